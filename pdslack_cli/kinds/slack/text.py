"""Normalization of texts and names in Slack (slack.md 1.10 and 5)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.slack.emoji import with_characters
from pdslack_cli.masking import mask_secrets
from pdslack_cli.model import Json

LONGEST_NAME = 80
RESERVED_NAMES = ("channel", "everyone", "group", "here")  # mentions of many people (slack.md 5)
TEXTS = ("topic", "purpose")  # of a channel
LONGEST_TEXT = 250  # of a topic, and of a purpose with its mark

_LINK = re.compile(r"<((?:https?://|mailto:)[^\s<>|]+)(?:\|([^<>]*))?>")


def plain(text: str) -> str:
    """Return the text as it is displayed: equal for what was written and for what Slack stores.

    Slack escapes `&`, `<` and `>`, wraps links and names emoji, possibly repeatedly, so these are undone
    until the text no longer changes.
    """
    text = text.strip()
    while (simpler := _undone(text)) != text:
        text = simpler
    return text


def as_sent(text: str) -> str:
    """Undo Slack's conversion once: sending the result stores the same text again."""
    text = _LINK.sub(_address, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _undone(text: str) -> str:
    return with_characters(as_sent(text)).strip()


def _address(link: re.Match[str]) -> str:
    """Return the text of a link: Slack stores `acme.example` as `<http://acme.example|acme.example>`."""
    url, label = link[1], link[2]
    if not label:
        return url
    return label if label in {url, url.partition("://")[2], url.removeprefix("mailto:")} else link[0]


def read_text(value: object) -> object:
    """Validate before pydantic: null becomes empty, other types are passed on."""
    return "" if value is None else plain(value) if isinstance(value, str) else value


SlackText = Annotated[
    str,
    Field(max_length=LONGEST_TEXT),
    BeforeValidator(read_text),
    WithJsonSchema({"type": ["string", "null"], "maxLength": LONGEST_TEXT}),
]
"""A topic or purpose; null clears it. Emoji may be written as 🔥 or as `:fire:`."""


def never_had_text(raw: Json) -> bool:
    """Return whether a channel never had a topic or a purpose.

    A released channel has had a purpose, even if it is empty now.
    """
    return not any(
        (raw.get(text) or {}).get("last_set") or (raw.get(text) or {}).get("value") for text in TEXTS
    )


def _channel_name(name: str) -> str:
    name = name.removeprefix("#")  # as Slack shows it
    if name in RESERVED_NAMES:
        raise problem(
            f"Slack refuses the channel name {name!r}, which it reserves",
            f"choose a name other than {', '.join(map(repr, RESERVED_NAMES))}",
        )
    if (
        re.fullmatch(r"[\w-]+", name)
        and name == name.lower()
        and name.strip("-_")
        and len(name) <= LONGEST_NAME
    ):
        return name
    better = slug(name) if mask_secrets(name) == name else ""  # a part of a secret is not masked
    raise problem(
        f"Slack refuses the channel name {name!r}",
        f"it takes lower-case letters, digits, `-` and `_`, at most {LONGEST_NAME}"
        + (f": write {better!r}" if better else ""),
    )


def slug(text: str) -> str:
    """Return the nearest name that Slack accepts; empty if there is none."""
    return re.sub(r"\W+", "-", text.lower()).strip("-_")[:LONGEST_NAME].rstrip("-_")


ChannelName = Annotated[
    str,
    AfterValidator(_channel_name),
    WithJsonSchema(
        {
            **written.text_schema("channel name", "", "payments-incidents"),
            "maxLength": LONGEST_NAME,
        }
    ),
]
"""A name that Slack takes as it is: over the API it mends nothing (slack.md 5)."""
