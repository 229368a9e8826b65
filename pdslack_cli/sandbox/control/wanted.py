"""The body of a request to seed: sections, each with names or objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.control.bodies import BodyField, check_body, mistakes_in, shown, typed
from pdslack_cli.sandbox.pagerduty.seeding import SECTIONS, label_of
from pdslack_cli.sandbox.slack.content.channels import NAME_LENGTH, RESERVED, check_name
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.store import Store

CHANNEL_NAMES = {
    "invalid_name_required": "a channel needs a name",
    "invalid_name_specials": "expected lower-case letters, digits, - and _ in the name of a channel",
    "invalid_name_punctuation": "expected a letter or a digit in the name of a channel",
    "invalid_name_maxlength": f"expected at most {NAME_LENGTH} characters in the name of a channel",
}
EMOJI_NAME = re.compile(r"[a-z0-9_-]{1,100}")
NAMES = "a list of names, or of objects with `{}`"


def _moment(value: Any) -> None:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{shown(value)} is not a moment; write 2030-01-01T08:00:00Z") from None


def _optional(annotation: Any) -> BodyField:
    return typed(annotation, required=False)


def _channel_name(value: Any) -> None:
    typed(str).check(value)
    if value in RESERVED:
        raise ValueError(f"{shown(value)}: Slack keeps this name for itself")
    try:
        check_name(value)
    except SlackRefusal as refused:
        raise ValueError(f"{shown(value)}: {CHANNEL_NAMES[str(refused)]}") from None


def _emoji_names(value: Any) -> None:
    typed(list[str] | None, "a list of names").check(value)
    for name in value or ():
        if not EMOJI_NAME.fullmatch(name):
            raise ValueError(
                f"expected lower-case letters, digits, - and _ in the name of an emoji, got {shown(name)}"
            )


def _event(value: Any) -> None:
    if not isinstance(value, dict) or "summary" not in value:
        raise ValueError(f"expected {EVENT}, got {shown(value)}")


def _alerts(value: Any) -> None:
    if not isinstance(value, list):
        raise ValueError(f"expected a list of alerts, each with an `event`, got {shown(value)}")
    for number, alert in enumerate(value, start=1):
        if wrong := next(mistakes_in(ALERT, alert), ""):
            raise ValueError(f"alert {number}: {wrong}")


EVENT = "an object with `summary`, and perhaps `severity`, `source`, …"
ALERT = {
    "event": BodyField(EVENT, _event),
    "created_at": BodyField("a moment", _moment, required=False),
    "integration": _optional(str | None),
}
CHANNEL = {
    "name": BodyField("a channel's name", _channel_name),
    "id": _optional(str | None),
    "workspace": _optional(str | None),
    "creator": _optional(str | None),
    "members": _optional(list[str] | None),
    "bot": _optional(bool),
    "private": _optional(bool),
    "archived": _optional(bool),
}
GROUP = {
    "name": typed(str),
    "handle": _optional(str | None),
    "description": _optional(str | None),
    "users": _optional(list[str] | None),
}
INCIDENT = {
    "service": typed(str),
    "title": _optional(str | None),
    "created_at": BodyField("a moment", _moment, required=False),
    "alerts": BodyField("a list of alerts, each with an `event`", _alerts, required=False),
}
# The texts by which seeded objects are found again, at every request; the rest the vendors check.
TEXTS = {key: _optional(str | None) for key in ("name", "slack", "id", "description")}


def _section(
    label: str, meaning: str, fields: Mapping[str, BodyField] | None = None, *, by_name: bool = True
) -> BodyField:
    """A section of objects with that label; without `fields`, they have those that the vendor takes."""
    known = fields or {**TEXTS, label: typed(str)}

    def check(value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, list):
            raise ValueError(f"expected {meaning}, got {shown(value)}")
        for number, entry in enumerate(value, start=1):
            if wrong := next(mistakes(entry), ""):
                raise ValueError(f"entry {number}: {wrong}")

    def mistakes(entry: Any) -> Iterator[str]:
        if by_name and isinstance(entry, str):
            yield from mistakes_in({label: known[label]}, {label: entry})
            return
        if not isinstance(entry, dict):
            yield f"expected {'a text or ' if by_name else ''}an object with `{label}`, got {shown(entry)}"
            return
        if fields is None and label in entry:
            entry = {key: entry[key] for key in known.keys() & entry.keys()}
        yield from mistakes_in(known, entry)

    return BodyField(meaning, check, required=False)


def _named(label: str, fields: Mapping[str, BodyField] | None = None) -> BodyField:
    return _section(label, NAMES.format(label), fields)


WANTED: Mapping[str, BodyField] = {
    "workspace": typed(str | None, "the id of the Slack workspace", required=False),
    "people": _section("email", "a list of e-mail addresses, or of {email, name, slack}"),
    **{section: _named(label_of(kind)) for section, kind in SECTIONS.items()},
    "priorities": typed(list[str] | None, "a list of names", required=False),
    "vendors": typed(list[str] | None, "a list of names", required=False),
    "extension_schemas": typed(list[str] | None, "a list of labels", required=False),
    "channels": _named("name", CHANNEL),
    "user_groups": _named("name", GROUP),
    "emoji": BodyField("a list of names", _emoji_names, required=False),
    "workflow_actions": typed(
        list[str] | None,
        "a list of ids, such as pagerduty.com:logic:incident-workflows-loop-until:3",
        required=False,
    ),
    "incidents": _section(
        "service",
        "a list of {service, title, created_at, alerts}; these have no name",
        INCIDENT,
        by_name=False,
    ),
}

# Where the objects of a section are kept, and what they are called by.
_KEPT: Mapping[str, Sequence[tuple[str, str]]] = {
    "people": (("pagerduty.user", "email"), ("slack.user", "email")),
    **{section: ((f"pagerduty.{kind}", label_of(kind)),) for section, kind in SECTIONS.items()},
    "priorities": (("pagerduty.priority", "name"),),
    "vendors": (("pagerduty.vendor", "name"),),
    "extension_schemas": (("pagerduty.extension_schema", "label"),),
    "workflow_actions": (("pagerduty.workflow_action", "id"),),
    "channels": (("slack.channel", "name"),),
    "user_groups": (("slack.user_group", "name"),),
    "emoji": (("slack.emoji", "name"),),
    "incidents": (("pagerduty.incident", "title"),),
}

Names = Mapping[str, Mapping[str, str]]
"""What there is in each section: names by ids."""


def in_full(wanted: Any) -> Json:
    """What is wanted, with a person who is only an e-mail address as an object. Raises ValueError."""
    check_body(WANTED, wanted)
    people = wanted.get("people") or ()
    return {**wanted, "people": [{"email": one} if isinstance(one, str) else one for one in people]}


def names_in(store: Store) -> Names:
    """The names that exist now."""
    return {
        section: {
            f"{kind}/{one['id']}": str(one.get(label)) for kind, label in kept for one in store.all(kind)
        }
        for section, kept in _KEPT.items()
    }


def added(before: Names, after: Names) -> Mapping[str, Sequence[str]]:
    """The names of what was added, in each section that got something."""
    new = {
        section: list(dict.fromkeys(name for id_, name in names.items() if id_ not in before[section]))
        for section, names in after.items()
    }
    return {section: names for section, names in new.items() if names}
