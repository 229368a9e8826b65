"""The actions on an incident, by name; each is done with one call, in the name of the person who asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.model import Json
from pdslack_cli.sync.message.mrkdwn import as_typed
from pdslack_cli.sync.vendors.people import PagerDutyUser, PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReader

LONGEST_NOTE = 25_000
SNOOZES: Mapping[str, str] = {"1": "1 hour", "4": "4 hours", "8": "8 hours", "24": "1 day", "72": "3 days"}
"""The lengths of a snooze that are offered, by their hours."""


class RefusedError(Exception):
    """The action cannot be done; the text says why, to the person who asked."""


@dataclass(frozen=True)
class ActionContext:
    """An action to do: on which incident as it is now, by whom, with which values of the form."""

    pagerduty: PagerDutyClient
    reader: IncidentReader
    people: PeopleDirectory
    incident: Json
    user: PagerDutyUser
    values: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"/incidents/{self.incident['id']}"

    def change(self, **fields: Any) -> None:
        """Change the incident."""
        body = {"incident": {"id": self.incident["id"], "type": "incident_reference", **fields}}
        self.pagerduty.update(self.path, body, sender=self.user.email)

    def text(self, name: str) -> str:
        """A value of the form; refused where it is empty."""
        if not (text := str(self.values.get(name) or "").strip()):
            raise RefusedError("there was no text")
        return text[:LONGEST_NOTE]

    @property
    def note(self) -> str:
        """The note of a form, of a command, or of a message in the thread; the latter with Slack's markup."""
        typed = as_typed(str(self.values.get("markup") or ""), self.people.name_of)
        return (str(self.values.get("note") or "") or typed).strip()[:LONGEST_NOTE]


@dataclass(frozen=True)
class IncidentAction:
    """What can be done. `repeatable`: doing it twice is the same as once; `on_resolved`: even then.

    `leads_to` is the status by which an earlier try is known that was done, and whose answer was lost.
    `do` returns what the person is told beside what everybody sees.
    """

    do: Callable[[ActionContext], str]
    repeatable: bool = True
    on_resolved: bool = False
    leads_to: str = ""

    def was_done(self, incident: Json, user: PagerDutyUser) -> bool:
        """Whether the incident is as this action leaves it, by that person."""
        last = incident.get("last_status_change_by")
        by = last.get("id") if isinstance(last, dict) else None
        return bool(self.leads_to) and incident["status"] == self.leads_to and by == user.id


def acknowledge(context: ActionContext) -> str:
    """Acknowledge, unless this person has done so."""
    if context.incident["status"] == "acknowledged":
        names = [str((one.get("acknowledger") or {}).get("summary")) for one in _acknowledgements(context)]
        by = f" by {', '.join(names)}" if names else ""
        raise RefusedError(f"the incident is acknowledged already{by}")
    context.change(status="acknowledged")
    return ""


def _acknowledgements(context: ActionContext) -> list[Json]:
    found = context.incident.get("acknowledgements")
    return found if isinstance(found, list) else []


def resolve(context: ActionContext) -> str:
    """Resolve, with a note if there is one."""
    note = context.note
    context.change(status="resolved", **({"resolution": note} if note else {}))
    return ""


def escalate(context: ActionContext) -> str:
    """Escalate to the next level of the incident's escalation policy."""
    policy = context.reader.policy(context.incident["escalation_policy"]["id"])
    levels = len(policy.get("escalation_rules") or [])
    level = current_level(context) + 1
    if level > levels:
        raise RefusedError(f"{policy.get('summary') or 'the escalation policy'} has no level above {levels}")
    context.change(escalation_level=level)
    return ""


def current_level(context: ActionContext) -> int:
    """The highest level at which one of the assigned people is on call; PagerDuty names no level."""
    assigned = {one["assignee"]["id"] for one in context.incident.get("assignments") or []}
    on_call = context.reader.on_call(context.incident["escalation_policy"]["id"])
    levels = [int(entry.get("escalation_level") or 1) for entry in on_call if entry["user"]["id"] in assigned]
    return max(levels, default=1)


def reassign(context: ActionContext) -> str:
    """Assign to somebody, chosen as a Slack user."""
    other = context.people.acting(str(context.values.get("user") or ""))
    if other is None:
        raise RefusedError("PagerDuty has no user with the e-mail address of that Slack account")
    context.change(assignments=[{"assignee": {"id": other.id, "type": "user_reference"}}])
    return ""


def snooze(context: ActionContext) -> str:
    """Let an acknowledged incident rest for a while."""
    if context.incident["status"] != "acknowledged":
        raise RefusedError("only an acknowledged incident can be snoozed")
    hours = context.text("hours")
    if hours not in SNOOZES:
        raise RefusedError("no such length of a snooze is offered")
    body = {"duration": int(hours) * 3600}
    context.pagerduty.create(f"{context.path}/snooze", body, sender=context.user.email)
    return ""


def add_note(context: ActionContext) -> str:
    """Add a note."""
    if not (note := context.note):
        raise RefusedError("there was no text")
    body = {"note": {"content": note}}
    context.pagerduty.create(f"{context.path}/notes", body, sender=context.user.email)
    return ""


def run_workflow(context: ActionContext) -> str:
    """Run an incident workflow."""
    workflow = context.text("workflow")
    body = {
        "incident_workflow_instance": {
            "incident": {"id": context.incident["id"], "type": "incident_reference"}
        }
    }
    context.pagerduty.create(f"/incident_workflows/{workflow}/instances", body, sender=context.user.email)
    return ":gear: The workflow was started."


def status_update(context: ActionContext) -> str:
    """Publish a status update to the subscribers."""
    body = {"message": context.text("message")}
    context.pagerduty.create(f"{context.path}/status_updates", body, sender=context.user.email)
    return ""


ACTIONS: Mapping[str, IncidentAction] = {
    "acknowledge": IncidentAction(acknowledge, leads_to="acknowledged"),
    "resolve": IncidentAction(resolve, leads_to="resolved"),
    "escalate": IncidentAction(escalate, repeatable=False),
    "reassign": IncidentAction(reassign),
    "snooze": IncidentAction(snooze, repeatable=False),
    "note": IncidentAction(add_note, repeatable=False, on_resolved=True),
    "workflow": IncidentAction(run_workflow, repeatable=False),
    "status_update": IncidentAction(status_update, repeatable=False),
}
