"""What happened to an incident, as short thread replies: what, by whom, when; and a summary at its end.

Most of it comes from the incident's log, so that what a lost webhook would have told is told all the same.
What the log does not hold comes from the events themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pdslack_cli.model import Json
from pdslack_cli.sync.message.mrkdwn import length, link, shown
from pdslack_cli.sync.message.view import IncidentView
from pdslack_cli.sync.storage.messages import Content, digest
from pdslack_cli.sync.vendors.shapes import time_of

LONGEST_TEXT, LONGEST_NAME = 2_500, 100
MENTION = re.compile(r"<@([A-Z0-9]+)>")

# entries of the log that get a reply
SHOWN_ENTRIES: Mapping[str, str] = {
    "acknowledge_log_entry": "acknowledged",
    "unacknowledge_log_entry": "no longer acknowledged",
    "resolve_log_entry": "resolved",
    "annotate_log_entry": "note added",
    "escalate_log_entry": "escalated",
    "delegate_log_entry": "moved to another escalation policy",
    "snooze_log_entry": "snoozed",
    "urgency_change_log_entry": "urgency changed",
    "exhaust_escalation_path_log_entry": "everybody was paged and nobody acknowledged",
}
ASSIGNED = "assign_log_entry"
ENDS = ("resolve_log_entry", "merge_log_entry")

EVENT_OF: Mapping[str, str] = {
    "acknowledge_log_entry": "acknowledged",
    "unacknowledge_log_entry": "unacknowledged",
    "resolve_log_entry": "resolved",
    "annotate_log_entry": "annotated",
    "escalate_log_entry": "escalated",
    "delegate_log_entry": "delegated",
    "snooze_log_entry": "acknowledged",
    "urgency_change_log_entry": "priority_updated",
    "exhaust_escalation_path_log_entry": "escalated",
    "assign_log_entry": "reassigned",
}
"""The event that a rule's `events` names, by the entry of the log."""

# events that the log does not hold
EVENTS: Mapping[str, str] = {
    "incident.priority_updated": "priority changed",
    "incident.status_update_published": "status update",
    "incident.workflow.started": "workflow started",
    "incident.workflow.completed": "workflow completed",
    "incident.responder.added": "responder added",
    "incident.responder.replied": "responder replied",
    "incident.conference_bridge.updated": "conference bridge changed",
    "incident.service_updated": "moved to another service",
    "incident.reopened": "reopened",
    "incident.incident_type.changed": "incident type changed",
}

# changes of which those who follow the channel should hear, not only those who follow the thread
ICONS: Mapping[str, str] = {
    "acknowledge_log_entry": ":eyes:",
    "resolve_log_entry": ":white_check_mark:",
    "annotate_log_entry": ":memo:",
    "escalate_log_entry": ":arrow_up:",
    "incident.status_update_published": ":mega:",
}


@dataclass(frozen=True)
class TimelineEntry:
    """A reply to post once; `dedup` names it, `event` is what rules call it (empty: always posted)."""

    dedup: str
    at: str
    event: str
    content: Content


def from_log(log: Sequence[Json]) -> Iterator[TimelineEntry]:
    """The replies that a log gives, oldest first. The first assignment belongs to the trigger."""
    assigned = False
    for entry in log:
        kind = str(entry.get("type"))
        if kind == ASSIGNED:
            if assigned:
                yield _entry(entry, kind, f"reassigned to {_names(entry.get('assignees'))}")
            assigned = True
        elif kind in SHOWN_ENTRIES:
            yield _entry(entry, kind, SHOWN_ENTRIES[kind] + _whom(kind, entry), _note(kind, entry))


def from_event(event: Json) -> TimelineEntry | None:
    """The reply for an event; None where the log has it, or it is of no interest."""
    kind = str(event.get("event_type"))
    if kind not in EVENTS:
        return None
    data = event.get("data") or {}
    what, text = _event_detail(kind, data if isinstance(data, dict) else {})
    shown = {"agent": event.get("agent"), "created_at": event.get("occurred_at")}
    entry = _entry(shown, kind, EVENTS[kind] + what, text)
    # By when it happened and what it says: several webhooks may tell of it, each as an event of its own.
    return replace(entry, dedup=f"{kind}:{digest(json.dumps([entry.at, entry.content.text]))}")


def mentioned(content: str) -> frozenset[str]:
    """The Slack users whom the content of a message mentions."""
    return frozenset(MENTION.findall(content))


def late_mention(users: Iterable[str]) -> TimelineEntry:
    """The reply that mentions people who could not be found in time for the message."""
    people = ", ".join(f"<@{user}>" for user in sorted(users))
    return TimelineEntry(
        f"mentions:{digest(people)}", "", "", _content(f":bell: On call or assigned: {people}")
    )


def summary(view: IncidentView, log: Sequence[Json]) -> TimelineEntry | None:
    """The last reply of a resolved incident: how long it took, and who did what.

    None while its log does not tell of the end: it was read a moment earlier, or cannot be read.
    """
    end = next((entry for entry in reversed(log) if entry.get("type") in ENDS), None)
    if end is None:
        return None
    who = ", ".join(shown(person.name, LONGEST_NAME) for person in view.acknowledgers)
    took = length(view.time_to_resolve)
    lines = ["*Summary*", *([f"Duration: {took}"] if took else [])]
    if view.acknowledged_at:
        lines.append(f"Acknowledged after {length(view.time_to_acknowledge)}{f' by {who}' if who else ''}")
    else:
        lines.append("Never acknowledged")
    if took:
        lines.append(f"Resolved after {took}{_by(end.get('agent'))}")
    if into := link(view.merged_into.url, view.merged_into.name or view.merged_into.id):
        lines.append(f"Merged into {into}")
    for kind, word in {"escalate_log_entry": "Escalations", "annotate_log_entry": "Notes"}.items():
        if number := sum(entry.get("type") == kind for entry in log):
            lines.append(f"{word}: {number}")
    return TimelineEntry(f"summary:{end.get('id')}", "", "", _content("\n".join(lines)))


def _entry(entry: Json, kind: str, what: str, quoted: object = "") -> TimelineEntry:
    at = str(entry.get("created_at") or "")
    icon = ICONS.get(kind, ":small_blue_diamond:")
    text = f"{icon} {what[:1].upper()}{what[1:]}{_by(entry.get('agent'))} {_moment(at)}".rstrip()
    text += f": {shown(quoted, LONGEST_TEXT)}" if quoted else ""
    event = EVENT_OF.get(kind, kind.removeprefix("incident."))
    return TimelineEntry(str(entry.get("id")), at, event, _content(text))


def _whom(kind: str, entry: Json) -> str:
    if kind in ("escalate_log_entry", "delegate_log_entry") and entry.get("assignees"):
        return f" to {_names(entry['assignees'])}"
    return ""


def _note(kind: str, entry: Json) -> object:
    """What a person wrote: the note, or the one with which an incident was resolved."""
    channel = entry.get("channel")
    channel = channel if isinstance(channel, dict) else {}
    if kind == "annotate_log_entry" or (kind == "resolve_log_entry" and channel.get("type") == "note"):
        return channel.get("summary") or channel.get("content")
    return ""


def _event_detail(kind: str, data: Json) -> tuple[str, object]:
    """What happened in more words, and what is quoted of it."""
    match kind:
        case "incident.priority_updated":
            return f" to {shown(_summary(data.get('priority')) or 'none')}", ""
        case "incident.status_update_published":
            return "", data.get("message")
        case "incident.workflow.started" | "incident.workflow.completed":
            return "", _summary(data.get("incident_workflow")) or data.get("summary")
        case "incident.responder.added" | "incident.responder.replied":
            who = _summary(data.get("user")) or _summary(data.get("escalation_policy"))
            return "", f"{who} {data.get('state') or ''}".strip()
        case "incident.service_updated":
            return "", _summary(data.get("service"))
        case "incident.conference_bridge.updated":
            return "", data.get("conference_url")
    return "", ""


def _names(people: object) -> str:
    found = [shown(_summary(person)) for person in (people if isinstance(people, list) else [])]
    return ", ".join(filter(None, found)) or "nobody"


def _by(agent: object) -> str:
    """Who did it; nothing for what PagerDuty did by itself."""
    if isinstance(agent, dict) and str(agent.get("type", "")).startswith("user") and agent.get("summary"):
        return f" by {shown(str(agent['summary']))}"
    return ""


def _summary(reference: object) -> str:
    return str(reference.get("summary") or "") if isinstance(reference, dict) else ""


def _moment(text: str) -> str:
    """A time, which Slack shows in each reader's time zone; empty for what is no time."""
    if (at := time_of(text)) is None:
        return ""
    return f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>"


def _content(text: str) -> Content:
    return Content(text, [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}])
