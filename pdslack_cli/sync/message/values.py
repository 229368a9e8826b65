"""What the variables of a template stand for in one incident (the list: `kinds/sync/variables.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pdslack_cli.kinds.sync.variables import FAMILIES, filled
from pdslack_cli.model import Json
from pdslack_cli.sync.message.mrkdwn import clean, escape, mention, mentions, one_line, web_address, when
from pdslack_cli.sync.message.mrkdwn import length as length_of
from pdslack_cli.sync.message.view import AlertFacts, IncidentView, Responder

NOTHING = "—"  # for a link or a mention whose variable has no value
LONGEST = 3000  # characters of one value; blocks cut further

_CUSTOM_FIELD, _DETAIL = FAMILIES

# A link or mention of the template whose variable turned out empty. Values hold no `<`, for they are escaped.
_EMPTY_LINK = re.compile(r"<(?:[|][^<>]*|@|#|!subteam\^)>")

_Getter = Callable[[IncidentView], object]


class Markup(str):
    """A text that is mrkdwn already: made here, with everything foreign in it escaped."""

    __slots__ = ()


def _alert(view: IncidentView) -> AlertFacts:
    return view.alerts[0] if view.alerts else AlertFacts()


def _on_call(view: IncidentView) -> Responder:
    return view.on_call[0].responder if view.on_call else Responder()


def _description(view: IncidentView) -> str:
    return _alert(view).description or _alert(view).summary


_GETTERS: Mapping[str, _Getter] = {
    "pagerduty.incident.id": lambda view: view.id,
    "pagerduty.incident.number": lambda view: view.number or "",
    "pagerduty.incident.incident_number": lambda view: view.number or "",
    "pagerduty.incident.title": lambda view: one_line(view.title),
    "pagerduty.incident.description": _description,
    "pagerduty.incident.body": _description,
    "pagerduty.incident.status": lambda view: view.status,
    "pagerduty.incident.urgency": lambda view: view.urgency,
    "pagerduty.incident.severity": lambda view: view.severity,
    "pagerduty.incident.priority": lambda view: view.priority,
    "pagerduty.incident.priority.name": lambda view: view.priority,
    "pagerduty.incident.html_url": lambda view: web_address(view.url),
    "pagerduty.incident.created_at": lambda view: Markup(when(view.created_at)),
    "pagerduty.incident.acknowledged_at": lambda view: Markup(when(view.acknowledged_at)),
    "pagerduty.incident.resolved_at": lambda view: Markup(when(view.resolved_at)),
    "pagerduty.incident.duration": lambda view: length_of(view.time_to_resolve),
    "pagerduty.incident.acknowledged_by": lambda view: Markup(mentions(view.acknowledgers)),
    "pagerduty.incident.resolved_by": lambda view: Markup(mention(view.resolved_by or Responder())),
    "pagerduty.incident.assignee": lambda view: Markup(mentions(view.assignees[:1])),
    "pagerduty.incident.assigned_to": lambda view: Markup(mentions(view.assignees)),
    "pagerduty.incident.teams": lambda view: ", ".join(team.name for team in view.teams),
    "pagerduty.incident.service.name": lambda view: view.service.name,
    "pagerduty.incident.service.html_url": lambda view: web_address(view.service.url),
    "pagerduty.incident.escalation_policy.name": lambda view: view.escalation_policy.name,
    "pagerduty.incident.escalation_level": lambda view: view.escalation_level or "",
    "pagerduty.incident.runbook_url": lambda view: web_address(view.runbook),
    "pagerduty.incident.conference_url": lambda view: web_address(view.conference_url),
    "pagerduty.incident.conference_number": lambda view: view.conference_number,
    "pagerduty.incident.alert_count": lambda view: view.alert_count or len(view.alerts),
    "pagerduty.service.id": lambda view: view.service.id,
    "pagerduty.service.name": lambda view: view.service.name,
    "pagerduty.service.html_url": lambda view: web_address(view.service.url),
    "pagerduty.oncall.user.name": lambda view: _on_call(view).name,
    "pagerduty.oncall.user.email": lambda view: _on_call(view).email,
    "pagerduty.oncall.user.slack_id": lambda view: _on_call(view).slack_id,
    "pagerduty.oncall.user.html_url": lambda view: web_address(_on_call(view).url),
    "pagerduty.oncall.users": lambda view: Markup(mentions(duty.responder for duty in view.on_call)),
    "pagerduty.alert.summary": lambda view: _alert(view).summary,
    "pagerduty.alert.source": lambda view: _alert(view).source,
    "pagerduty.alert.severity": lambda view: _alert(view).severity,
    "pagerduty.alert.component": lambda view: _alert(view).component,
    "pagerduty.alert.group": lambda view: _alert(view).group,
    "pagerduty.alert.class": lambda view: _alert(view).class_,
}
"""The value of each variable; a property of the tests compares them with the list of names."""


def value_of(view: IncidentView, name: str) -> object:
    """Return the value of a variable in this incident; "" where the incident has none."""
    if name in _GETTERS:
        return _GETTERS[name](view)
    if name.startswith(_CUSTOM_FIELD):
        return _custom_field(view, name.removeprefix(_CUSTOM_FIELD))
    return as_words(_at(_alert(view).details, name.removeprefix(_DETAIL)))


def _custom_field(view: IncidentView, name: str) -> object:
    """The value of a field: templates call it as the API and the files do, or as PagerDuty's pages do."""
    by_label = {field.label: field.value for field in view.custom_fields}
    return {**by_label, **{field.name: field.value for field in view.custom_fields}}.get(name, "")


def as_words(value: object) -> str:
    """Return a value of PagerDuty's as people write it: true for True, a list with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(map(as_words, value))
    return str(value)


def filled_block(block: Json, view: IncidentView) -> Json:
    """Return a block of a template with every variable in its texts replaced."""
    filled_in: Json = _filled(block, view)
    return filled_in


def filled_text(text: str, view: IncidentView) -> str:
    """Return mrkdwn with its variables replaced; whatever they hold is escaped."""
    return _EMPTY_LINK.sub(NOTHING, filled(text, lambda name: _as_markup(value_of(view, name))))


def _filled(value: Any, view: IncidentView) -> Any:
    if isinstance(value, dict):
        is_text = value.get("type") in ("mrkdwn", "plain_text")
        # Nothing but what the template says becomes a mention or a link.
        more = {"verbatim": True} if value.get("type") == "mrkdwn" and "verbatim" not in value else {}
        return {
            name: filled_text(item, view)
            if is_text and name == "text" and isinstance(item, str)
            else _filled(item, view)
            for name, item in {**value, **more}.items()
        }
    if isinstance(value, list):
        return [_filled(item, view) for item in value]
    if isinstance(value, str):
        return filled(value, lambda name: one_line(as_words(value_of(view, name)))[:LONGEST])
    return value


def _as_markup(value: object) -> str:
    return value if isinstance(value, Markup) else escape(clean(as_words(value)[:LONGEST]).strip())


def _at(details: Mapping[str, Any], path: str) -> object:
    """Return the detail of that name, or along that dotted path."""
    if path in details:
        return details[path]
    found: object = details
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
