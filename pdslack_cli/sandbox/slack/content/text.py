"""Texts as Slack keeps and returns them (slack.md 1.10)."""

from __future__ import annotations

import re

CONTROL = re.compile(r"(<(?:[@#!][^<>]+|(?:https?|mailto):[^<>]+)>)")
"""Mentions and links that are already in Slack's own form."""

URL = re.compile(r"(https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])")
AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")


def escaped(text: str) -> str:
    """With `&`, `<` and `>` as entities; an entity that is there already stays one."""
    return AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def marked_up(text: str) -> str:
    """Escaped, with links in angle brackets; mentions and links in Slack's own form stay as they are."""
    return "".join(part if index % 2 else _linked(part) for index, part in enumerate(CONTROL.split(text)))


def _linked(text: str) -> str:
    return "".join(
        f"<{escaped(part)}>" if index % 2 else escaped(part) for index, part in enumerate(URL.split(text))
    )
