"""The links at the top of a channel, managed whole (slack.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.errors import NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.fields.scalars import Url
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unsaid_fields
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.slack.text import plain, read_text
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients
    from pdslack_cli.kinds.slack.channel import Channel

MOST = 100  # in one channel

Title = Annotated[str, Field(min_length=1, max_length=256), BeforeValidator(read_text)]
Link = Annotated[Url, Field(max_length=2048)]

Bookmarks = Annotated[
    dict[Title, Link],
    Field(max_length=MOST),
    BeforeValidator(lambda value: {} if value is None else value),
    WithJsonSchema(
        {
            "type": ["object", "null"],
            "additionalProperties": {"type": "string", "format": "uri"},
            "examples": [{"Runbook": "https://wiki.acme.example/payments"}],
        }
    ),
]


class ChannelBookmarks(Part["Channel"]):
    """The links of a channel: one list, and a call for each link that changes."""

    fields = children = frozenset({"bookmarks"})

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"bookmarks": read(clients, live.id)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        if "bookmarks" not in live.parts:
            return {}
        return {"bookmarks": decode(live.parts["bookmarks"])}

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        return export_notes(live.parts.get("bookmarks", ()))

    def write(self, session: Session, ref: Ref, live: Live, spec: Channel) -> None:
        write(session, live, spec.bookmarks)


def read(clients: Clients, channel_id: str) -> list[Json]:
    """The bookmarks that are links. Slack documents no other type; we leave those alone."""
    found = clients.slack.list("bookmarks.list", "bookmarks", channel_id=channel_id)
    return [bookmark for bookmark in found if bookmark["type"] == "link"]


def decode(bookmarks: Iterable[Json]) -> dict[str, str]:
    return {title: plain(bookmark["link"]) for title, bookmark in by_title(bookmarks).items()}


def export_notes(bookmarks: Iterable[Json]) -> Iterable[str]:
    """What the bookmarks hold that no file can say."""
    for title, bookmark in by_title(bookmarks).items():
        yield from as_comment(unsaid_fields(bookmark, {}, {"emoji": ""}), f"bookmark {title!r}")


def by_title(bookmarks: Iterable[Json]) -> dict[str, Json]:
    """Slack allows a title twice, a mapping does not: the second is numbered, so that a plan sees it."""
    named: dict[str, Json] = {}
    for bookmark in bookmarks:
        title = plain(bookmark["title"])
        numbered = (title if number == 1 else f"{title} ({number})" for number in range(1, MOST + 1))
        named[next(free for free in numbered if free not in named)] = bookmark
    return named


def write(session: Session, live: Live, wanted: Mapping[str, str]) -> None:
    """Make the links of the channel those that are wanted; `live` holds those that are there."""
    there = [(title, plain(raw["link"]), raw) for title, raw in by_title(live.parts["bookmarks"]).items()]
    # One of another title that leads to the same place keeps its emoji, and where it stands.
    places = continued([*wanted.items()], [(title, link) for title, link, _ in there])
    made: list[Json] = []
    for (title, link), place in zip(wanted.items(), places, strict=True):
        if place is None:
            made.append(_add(session, live, title, link))
        else:
            _edit(session, live, there[place], title, link)
    for place, (_, _, raw) in enumerate(there):
        if place not in places:
            _remove(session, live, raw)
    if not live.new:
        withdraw_younger(
            made,
            lambda: read(session.clients, live.id),
            {bookmark["id"] for bookmark in live.parts["bookmarks"]},
            lambda bookmark: plain(bookmark["title"]),
            lambda bookmark: _remove(session, live, bookmark),
        )


def _remove(session: Session, live: Live, bookmark: Json) -> None:
    with suppress(NotFoundError):
        session.clients.slack.call("bookmarks.remove", channel_id=live.id, bookmark_id=bookmark["id"])


def _edit(session: Session, live: Live, there: tuple[str, str, Json], title: str, link: str) -> None:
    before_title, before_link, raw = there
    changes: Json = {"title": title} if title != before_title else {}
    changes |= {"link": link} if link != before_link else {}
    if changes:
        session.clients.slack.call("bookmarks.edit", channel_id=live.id, bookmark_id=raw["id"], **changes)


def _add(session: Session, live: Live, title: str, link: str) -> Json:
    clients = session.clients
    before = {bookmark["id"] for bookmark in live.parts["bookmarks"]}

    def find() -> Json | None:
        new = [bookmark for bookmark in read(clients, live.id) if bookmark["id"] not in before]
        return next((bookmark for bookmark in new if plain(bookmark["title"]) == title), None)

    def post() -> Json:
        answer = clients.slack.call("bookmarks.add", channel_id=live.id, title=title, type="link", link=link)
        return dict(answer["bookmark"])

    return create_once(post, find, unique=False, clock=clients.clock)
