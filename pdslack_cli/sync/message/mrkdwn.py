"""Slack's mrkdwn from texts that others wrote: escaped, on one line, and cut (slack.md 5 and 8)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pdslack_cli.sync.message.view import Responder

ELLIPSIS = "…"

_SLACK_USER = re.compile(r"[UW][A-Z0-9]{1,20}")
_URL = re.compile(r"https?://[^\s/?#<>|\"`\\]+[^\s<>|\"`\\]*", re.IGNORECASE)
_MARKUP = re.compile(r"<(?P<kind>[@#!])?(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_ENTITY_CUT = re.compile(r"&[a-z]{0,3}$")

# What only hides text or turns it round, besides control characters.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean(text: object) -> str:
    """Return the text without control and direction characters; line breaks and tabs stay."""
    kept = "".join(
        char if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"} else " "
        for char in str(text).replace("\r\n", "\n")
    )
    return _INVISIBLE.sub("", kept)


def one_line(text: object) -> str:
    """Return the text on one line."""
    return " ".join(clean(text).split())


def escape(text: object) -> str:
    """Escape the characters that mean something to Slack, so that no text mentions or links anything."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_typed(text: str, name_of: Callable[[str], str]) -> str:
    """Return a message as the person typed it, without what Slack marks up (slack.md 1.10).

    `name_of` returns the name of a Slack user.
    """

    def typed(markup: re.Match[str]) -> str:
        kind, target, label = markup["kind"] or "", markup["target"], markup["label"] or ""
        match kind:
            case "@":
                return f"@{label or name_of(target)}"
            case "#":
                return f"#{label or target}"
            case "!":
                return label or f"@{target}"  # a group, or @here
        plain = target.removeprefix("mailto:")
        return f"{label} ({plain})" if label and label not in target else plain

    unmarked = _MARKUP.sub(typed, text)
    return unmarked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters of an escaped text, never ending inside an entity or a `<…>`."""
    if len(text) <= limit:
        return text
    kept = _ENTITY_CUT.sub("", text[: max(limit - 1, 0)])
    opened = kept.rfind("<")
    if opened > kept.rfind(">"):
        kept = kept[:opened]
    return (kept.rstrip() + ELLIPSIS)[:limit]


def shown(text: object, limit: int = 300) -> str:
    """Return foreign text for a line of mrkdwn or plain text: cleaned, escaped and cut."""
    # Cut before escaping as well: a text of megabytes is not escaped whole.
    return cut(escape(one_line(str(text)[: limit * 4])), limit)


def web_address(url: object, limit: int = 3000) -> str:
    """Return an http(s) address that is safe in `<…|…>` and in a button; "" for anything else."""
    address = str(url).strip()
    return address if len(address) <= limit and _URL.fullmatch(address) and address.isprintable() else ""


def link(url: object, label: object, limit: int = 300) -> str:
    """Return a link, or the label alone if the address is none."""
    address = web_address(url, 2000)
    text = shown(label, limit)
    return f"<{escape(address)}|{text.replace('|', '¦')}>" if address and text else text


def mention(responder: Responder) -> str:
    """Return the mention of a person, or the name of one who has no Slack account."""
    if _SLACK_USER.fullmatch(responder.slack_id):
        return f"<@{responder.slack_id}>"
    return shown(responder.name or responder.email, 100)


def mentions(responders: Iterable[Responder], most: int = 10) -> str:
    """Return the mentions of several people, each once, and how many more there are."""
    words: list[str] = [*dict.fromkeys(word for word in map(mention, responders) if word)]
    more = [f"{len(words) - most} more"] if len(words) > most else []
    return ", ".join(words[:most] + more)


def when(time: datetime | None) -> str:
    """Return a time that Slack shows in the reader's time zone."""
    if time is None:
        return ""
    fallback = f"{time:%Y-%m-%d %H:%M} {time.tzname() or ''}".strip()
    return f"<!date^{int(time.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def length(span: timedelta | None) -> str:
    """Return a length of time in its two largest units, such as `1h 12m`; "" for None."""
    if span is None:
        return ""
    rest = int(span.total_seconds())
    words: list[str] = []
    for unit, seconds in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        if count or (unit == "s" and not words):
            words.append(f"{count}{unit}")
    return " ".join(words[:2])
