"""One incident as PagerDuty's website shows it: its timeline, its timers, and who was asked to help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime.informing import PENDING as UNANSWERED

MOST_ENTRIES = 60

DEVICES = {
    "email_notification": "E-mail",
    "phone_notification": "Phone call",
    "sms_notification": "Text message",
    "push_notification": "Push",
}
DONE = {
    "trigger": "triggered",
    "assign": "assigned",
    "notify": "notified",
    "acknowledge": "acknowledged",
    "unacknowledge": "acknowledgement ended",
    "resolve": "resolved",
    "escalate": "escalated",
    "annotate": "note added",
    "snooze": "snoozed",
    "reassign": "reassigned",
    "delegate": "moved to another policy",
    "urgency_change": "urgency changed",
    "exhaust_escalation_path": "nobody left to escalate to",
    "repeat_escalation_path": "escalation begins again",
}
PENDING = {
    "escalate": "escalates",
    "end_acknowledgement": "acknowledgement ends",
    "auto_resolve": "resolves itself",
    "raise_urgency": "becomes urgent",
}
ANSWERS = {UNANSWERED: "has not answered", "joined": "accepted", "declined": "declined"}
"""What people answered whom an incident asks to respond; all else is a request that was taken back."""


class ShownEntry(NamedTuple):
    """Something that happened to an incident, and who did it."""

    id: str
    at: str
    done: str
    by: str = ""


class AskedResponder(NamedTuple):
    """Somebody whom an incident asked to respond."""

    person: str
    name: str
    asked_by: str
    answer: str
    waiting: bool


class IncidentPane:
    """What the templates show of an incident. `name` names what a reference means, `time` writes a time."""

    def __init__(
        self, api: Api, incident: Json, name: Callable[[Json | None], str], time: Callable[[str], str]
    ) -> None:
        self._api, self._incident, self._name, self._time = api, incident, name, time

    @property
    def pending(self) -> list[str]:
        """What its timers will do, and when."""
        timers = sorted(self._of("timer"), key=lambda timer: str(timer["_due"]))
        return [
            f"{PENDING[timer['action']]} at {self._time(timer['_due'])}"
            for timer in timers
            if timer["action"] in PENDING
        ]

    @property
    def workflows(self) -> list[Json]:
        """The workflows that ran on it, the newest first, with what their steps did."""
        return self._of("workflow_instance")[::-1]

    @property
    def responders(self) -> list[AskedResponder]:
        """Whom it asked to respond, in the order of the requests."""
        return [
            AskedResponder(
                one["user"],
                self._person(one["user"]),
                self._name(request["requester"]),
                ANSWERS.get(one["state"], "is not asked any more"),
                one["state"] == UNANSWERED,
            )
            for request in self._of("responder_request")
            for one in request["_responders"]
        ]

    @property
    def people(self) -> list[tuple[str, str]]:
        """Everybody in the account, by name: the id and the name."""
        people = [(str(user["id"]), str(user["name"])) for user in self._api.all("user")]
        return sorted(people, key=lambda person: person[1].casefold())

    @property
    def timeline(self) -> list[ShownEntry]:
        """What happened to it, the newest first."""
        entries = [
            ShownEntry(entry["id"], entry["created_at"], self._done(entry), self._by(entry))
            for entry in self._of("log_entry")
        ]
        entries += [*self._asked(), *self._updates()]
        entries.sort(key=lambda entry: entry.at)
        return [entry._replace(at=self._time(entry.at)) for entry in entries[: -MOST_ENTRIES - 1 : -1]]

    def _asked(self) -> Iterator[ShownEntry]:
        """Requests to respond and their answers, of which PagerDuty has no log entries (pagerduty.md 11)."""
        for request in self._of("responder_request"):
            for number, one in enumerate(request["_responders"]):
                id_, name = f"{request['id']}-{number}", self._person(one["user"])
                asker = self._name(request["requester"])
                asked = f"{name} asked to respond: {request['message']}"
                yield ShownEntry(id_, request["requested_at"], asked, asker)
                if one["state"] in ("joined", "declined"):
                    answered = f"{name} {ANSWERS[one['state']]}"
                    yield ShownEntry(f"{id_}-answer", one["updated_at"], answered)

    def _updates(self) -> Iterator[ShownEntry]:
        for update in self._of("status_update"):
            done = f"status update: {update['message']}"
            yield ShownEntry(update["id"], update["created_at"], done, self._name(update["sender"]))

    def _of(self, kind: str) -> list[Json]:
        return self._api.find(kind, _parent=self._incident["id"])

    def _person(self, id_: str) -> str:
        return self._name({"id": id_, "type": "user_reference"})

    def _done(self, entry: Json) -> str:
        what = str(entry["type"]).removesuffix("_log_entry")
        done = DONE.get(what, what.replace("_", " "))
        if what == "notify":
            ring = (entry["channel"] or {}).get("notification") or {}
            return f"{self._name(entry.get('user'))} {done}: {DEVICES.get(str(ring.get('type')), '')}"
        if what in ("assign", "escalate") and entry.get("assignees"):
            people = ", ".join(self._name(assignee) for assignee in entry["assignees"])
            return f"{done} to {people}"
        if what == "field_value_change":
            (change,) = entry["channel"]["changeset"]["application_fields"]
            return f"{change['name']} changed to {change['value'] or 'none'}"
        if what == "annotate":
            return f"{done}: {(entry['channel'] or {}).get('summary') or ''}"
        return done

    def _by(self, entry: Json) -> str:
        agent: Any = entry["agent"]
        if agent["type"] == "user_reference":
            return self._name(agent)
        return "time" if (entry["channel"] or {}).get("type") == "timeout" else ""
