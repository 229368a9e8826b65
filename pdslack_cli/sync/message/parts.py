"""The parts of the usual message, as Block Kit blocks; a template chooses among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pdslack_cli.kinds.sync.message import MessagePart
from pdslack_cli.model import Json
from pdslack_cli.sync.message.mrkdwn import (
    cut,
    length,
    link,
    mention,
    mentions,
    one_line,
    shown,
    web_address,
    when,
)
from pdslack_cli.sync.message.values import as_words
from pdslack_cli.sync.message.view import AlertFacts, IncidentPart, IncidentView, Linked

STATUS_EMOJI: Mapping[str, str] = {"triggered": "🔴", "acknowledged": "🟡", "resolved": "🟢"}
SEVERITY_EMOJI: Mapping[str, str] = {"critical": "🔥", "error": "❗", "warning": "⚠️", "info": "💬"}

MOST_CUSTOM_FIELDS = 32  # a message has room for more, a reader has not
_FIELDS_IN_A_SECTION = 10
_MOST_DETAILS = 40
_LONGEST_DETAILS = 2800

LINK_ACTION = "pdslack_open_"  # the beginning of the action id of a button that only opens an address


def header(view: IncidentView) -> Iterator[Json]:
    number = f" #{view.number}" if view.number else ""
    title = shown(view.title or "Untitled incident", 120)
    yield {"type": "header", "text": plain(f"{STATUS_EMOJI[view.status]}{number} {title}")}


def facts(view: IncidentView) -> Iterator[Json]:
    severity = f"{SEVERITY_EMOJI.get(view.severity, '')} {shown(view.severity, 40)}".strip()
    level = f", level {view.escalation_level}" if view.escalation_level and view.is_open else ""
    policy = _linked(view.escalation_policy)
    yield from _fields(
        (
            ("Status", _status(view)),
            ("Service", _linked(view.service)),
            ("Urgency", shown(view.urgency, 20)),
            ("Priority", shown(view.priority, 60)),
            ("Severity", severity),
            ("Team", ", ".join(map(_linked, view.teams[:5]))),
            ("Assigned to", mentions(view.assignees) if view.is_open else ""),
            ("Escalation policy", policy + level if policy else ""),
        )
    )


def on_call(view: IncidentView) -> Iterator[Json]:
    if not view.is_open:
        return
    levels: dict[int, list[str]] = {}
    for duty in view.on_call:
        if (who := mention(duty.responder)) and who not in levels.setdefault(duty.level, []):
            levels[duty.level].append(who)
    words = [f"{', '.join(people[:5])} (level {level})" for level, people in sorted(levels.items())[:5]]
    none = "not known yet" if view.unread.keys() & {IncidentPart.ON_CALL, IncidentPart.INCIDENT} else "nobody"
    yield section(f"*On call:* {' · '.join(words) or none}")


def custom_fields(view: IncidentView) -> Iterator[Json]:
    some = view.custom_fields[:MOST_CUSTOM_FIELDS]
    named = ((field.label, shown(as_words(field.value), 500)) for field in some)
    yield from _fields(named)


def details(view: IncidentView) -> Iterator[Json]:
    """The details of the first alert. Slack folds a long text of a section behind *see more*."""
    if not view.alerts:
        return
    count = max(view.alert_count, len(view.alerts))
    title = f"*Alert details* (1 of {count} alerts)" if count > 1 else "*Alert details*"
    lines: list[str] = []
    for name, value in list(_detail_lines(view.alerts[0]))[:_MOST_DETAILS]:
        line = f"{shown(name, 60)}: {shown(as_words(value), 300)}"
        # A fence inside would end ours.
        lines.append(line.replace("`", "ˋ"))
    if lines:
        text = cut("\n".join(lines), _LONGEST_DETAILS)
        yield section(f"{title}\n```{text}```")


def timeline(view: IncidentView) -> Iterator[Json]:
    steps = [f"Triggered {when(view.created_at)}"] if view.created_at else []
    if view.acknowledged_at:
        took = length(view.time_to_acknowledge)
        steps.append(f"acknowledged{_by(mentions(view.acknowledgers[:3]))}{f' after {took}' if took else ''}")
    if view.resolved_at:
        took = length(view.time_to_resolve)
        who = _by(mention(view.resolved_by)) if view.resolved_by else ""
        steps.append(f"resolved{who}{f' after {took}' if took else ''}")
    if view.snoozed_until and view.is_open:
        steps.append(f"snoozed until {when(view.snoozed_until)}")
    if steps:
        yield {"type": "context", "elements": [mrkdwn(" · ".join(steps))]}


def links(view: IncidentView) -> Iterator[Json]:
    alert_links = [pair for alert in view.alerts[:3] for pair in alert.links]
    wanted = [
        ("pagerduty", "Open in PagerDuty", view.url),
        ("runbook", "📖 Runbook", view.runbook),
        ("war_room", "📞 War room", view.conference_url),
        *((str(number), label, url) for number, (label, url) in enumerate(dict.fromkeys(alert_links))),
    ]
    elements = [
        {"type": "button", "action_id": f"{LINK_ACTION}{key}", "text": plain(shown(label, 75)), "url": url}
        for key, label, url in wanted
        if web_address(url) and one_line(label)
    ]
    if elements:
        yield {"type": "actions", "block_id": f"pdslack_links_{view.id}", "elements": elements[:10]}
    if view.conference_number:
        number = shown(view.conference_number, 60)
        yield {"type": "context", "elements": [mrkdwn(f"📞 Dial {number}")]}


PARTS: Mapping[MessagePart, Callable[[IncidentView], Iterator[Json]]] = {
    "header": header,
    "facts": facts,
    "on_call": on_call,
    "links": links,
    "custom_fields": custom_fields,
    "details": details,
    "timeline": timeline,
}
"""How each part is made, except for the buttons, which depend on the template."""


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    """A text object in which Slack parses nothing but what is marked up already."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Json:
    return {"type": "section", "text": mrkdwn(text)}


def _fields(named: Iterable[tuple[str, str]]) -> Iterator[Json]:
    """Sections with two columns of fields; a field without a value is left out."""
    fields = [mrkdwn(f"*{shown(name, 80)}:*\n{value}") for name, value in named if value]
    for start in range(0, len(fields), _FIELDS_IN_A_SECTION):
        yield {"type": "section", "fields": fields[start : start + _FIELDS_IN_A_SECTION]}


def _status(view: IncidentView) -> str:
    status = view.status.capitalize()
    if view.status == "acknowledged":
        return status + _by(mentions(view.acknowledgers[:3]))
    if view.status == "resolved" and view.resolved_by:
        return status + _by(mention(view.resolved_by))
    return status


def _by(who: str) -> str:
    return f" by {who}" if who else ""


def _linked(thing: Linked) -> str:
    return link(thing.url, thing.name, 100)


def _detail_lines(alert: AlertFacts) -> Iterator[tuple[str, Any]]:
    for name in ("summary", "source", "component", "group", "class_", "description"):
        if value := getattr(alert, name):
            yield name.rstrip("_"), value
    yield from _flat(alert.details, "")


def _flat(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested data under their dotted names."""
    if isinstance(value, Mapping) and depth < 5:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name), depth + 1)
    elif value not in (None, "", [], {}):
        yield path, value
