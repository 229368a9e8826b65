"""The variables of a message template: `{{pagerduty.incident.title}}`, or `${…}` as tutorials write it.

An incident fills them in when its message is rendered; of a file only their names can be checked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping

VARIABLES: Mapping[str, str] = {
    "pagerduty.incident.id": "its id, such as Q1K7T5ZD0PLW2A",
    "pagerduty.incident.number": "its number, as people write it",
    "pagerduty.incident.incident_number": "the same; PagerDuty's REST API calls it so",
    "pagerduty.incident.title": "its title",
    "pagerduty.incident.description": "the description of its first alert",
    "pagerduty.incident.body": "the same as description",
    "pagerduty.incident.status": "triggered, acknowledged or resolved",
    "pagerduty.incident.urgency": "high or low",
    "pagerduty.incident.severity": "critical, error, warning or info: the worst of its alerts",
    "pagerduty.incident.priority": "the name of its priority, such as P1",
    "pagerduty.incident.priority.name": "the same",
    "pagerduty.incident.html_url": "its page in PagerDuty",
    "pagerduty.incident.created_at": "when it was triggered, in the reader's time zone",
    "pagerduty.incident.acknowledged_at": "when it was acknowledged first",
    "pagerduty.incident.resolved_at": "when it was resolved",
    "pagerduty.incident.duration": "from trigger to resolution, such as 12m",
    "pagerduty.incident.acknowledged_by": "who acknowledged it, as mentions",
    "pagerduty.incident.resolved_by": "who resolved it, as a mention",
    "pagerduty.incident.assignee": "the first person whom it is assigned to, as a mention",
    "pagerduty.incident.assigned_to": "everybody whom it is assigned to, as mentions",
    "pagerduty.incident.teams": "the names of its teams",
    "pagerduty.incident.service.name": "the name of its service",
    "pagerduty.incident.service.html_url": "the page of its service in PagerDuty",
    "pagerduty.incident.escalation_policy.name": "the name of its escalation policy",
    "pagerduty.incident.escalation_level": "the level that is notified now",
    "pagerduty.incident.runbook_url": "the runbook of its service",
    "pagerduty.incident.conference_url": "the war room: the address of its conference bridge",
    "pagerduty.incident.conference_number": "the telephone number of its conference bridge",
    "pagerduty.incident.alert_count": "how many alerts it has",
    "pagerduty.service.id": "the id of its service",
    "pagerduty.service.name": "the name of its service",
    "pagerduty.service.html_url": "the page of its service in PagerDuty",
    "pagerduty.oncall.user.name": "who is on call at the lowest level",
    "pagerduty.oncall.user.email": "the e-mail address of that person",
    "pagerduty.oncall.user.slack_id": "the Slack id of that person: `<@{{…}}>` is a mention",
    "pagerduty.oncall.user.html_url": "the page of that person in PagerDuty",
    "pagerduty.oncall.users": "everybody who is on call, as mentions",
    "pagerduty.alert.summary": "the summary of its first alert",
    "pagerduty.alert.source": "where that alert came from",
    "pagerduty.alert.severity": "the severity of that alert",
    "pagerduty.alert.component": "its component",
    "pagerduty.alert.group": "its group",
    "pagerduty.alert.class": "its class",
}
"""Every variable with a fixed name, and what it means."""

FAMILIES: Mapping[str, str] = {
    "pagerduty.incident.custom_fields.": "the value of that custom field: NAME is its name or display name",
    "pagerduty.alert.details.": "that custom detail of its first alert",
}
"""Prefixes of the variables whose last word is a name of the account."""

PREFIX = "pagerduty."

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}|\$\{\s*(pagerduty\.[^{}]*?)\s*\}")


def variables_in(text: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each variable in a text, and where it begins."""
    for found in _VARIABLE.finditer(text):
        yield _name(found), found.start()


def filled(text: str, value: Callable[[str], str]) -> str:
    """Return the text with each variable replaced by `value` of its name."""
    return _VARIABLE.sub(lambda found: value(_name(found)), text)


def is_variable(name: str) -> bool:
    """Return whether a template may use this name."""
    return name in VARIABLES or any(
        name.startswith(family) and len(name) > len(family) for family in FAMILIES
    )


def similar_variable(name: str) -> str:
    """Return the variable that somebody who wrote `name` probably means, or ""."""
    short = {known.removeprefix(PREFIX): known for known in VARIABLES}
    words = [*VARIABLES, *short]
    close = difflib.get_close_matches(name, words, n=1, cutoff=0.6)
    if close:
        return short.get(close[0], close[0])
    last = name.rpartition(".")[2]
    return next((known for known in VARIABLES if last and known.endswith(f".{last}")), "")


def _name(found: re.Match[str]) -> str:
    return str(found[1] if found[1] is not None else found[2])
