"""The links at the top of a channel, managed as a complete list (slack.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    SerializationInfo,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.errors import NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.scalars import FILLED, URL_PATTERN, Pattern, Url
from pdslack_cli.kinds.fields.shorthand import or_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.slack.emoji import with_characters
from pdslack_cli.kinds.slack.text import as_sent, plain, read_text
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

MOST = 100  # in one channel

LONGEST_TITLE = 256
LONGEST_LINK = 2048

Title = Annotated[str, FILLED, Field(max_length=LONGEST_TITLE), BeforeValidator(read_text)]
Link = Annotated[
    Url,
    Field(max_length=LONGEST_LINK),
    BeforeValidator(lambda value: as_sent(value) if isinstance(value, str) else value),
]

_URL_SCHEMA = written.text_schema("URL", URL_PATTERN)
EMOJI_PATTERN = r":[a-z0-9_+'-]+:"


class Bookmark(Spec):
    """A link at the top of a channel. A URL alone is short for one whose emoji is not managed."""

    model_config = ConfigDict(json_schema_extra=or_text)

    url: Annotated[Link, Field(description="where it leads")]
    emoji: Annotated[
        str,
        BeforeValidator(lambda value: "" if value is None else value),
        Pattern(rf"^({EMOJI_PATTERN})?$", "emoji", 'write its name in Slack, such as ":book:"'),
        Field(description="an emoji before its title, such as `:book:`; null: none"),
    ] = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value

    @model_serializer(mode="wrap")
    def _shortest(self, dump: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        written_out = dump(self)
        short = info.exclude_unset and "emoji" not in self.model_fields_set
        return self.url if short else written_out


Bookmarks = Annotated[
    dict[Title, Bookmark],
    Field(max_length=MOST),
    BeforeValidator(lambda value: {} if value is None else value),
    WithJsonSchema(
        {
            "type": ["object", "null"],
            "maxProperties": MOST,
            "propertyNames": {"maxLength": LONGEST_TITLE},
            "additionalProperties": {
                "anyOf": [
                    {**_URL_SCHEMA, "maxLength": LONGEST_LINK},
                    {
                        "type": "object",
                        "properties": {
                            "url": {
                                **_URL_SCHEMA,
                                "maxLength": LONGEST_LINK,
                                "description": "where the link leads",
                            },
                            "emoji": {
                                "type": ["string", "null"],
                                "pattern": f"^({EMOJI_PATTERN})?$",
                                "description": "what is shown before the title",
                            },
                        },
                        "required": ["url"],
                        "additionalProperties": False,
                    },
                ]
            },
            written.X_LIMIT: (
                f"at most {MOST}, with titles of {LONGEST_TITLE} and links of {LONGEST_LINK} characters"
            ),
            "examples": [
                {
                    "Runbook": "https://wiki.acme.example/payments",
                    "Board": {"url": "https://acme.example/board", "emoji": ":bar_chart:"},
                }
            ],
        }
    ),
]


class HasBookmarks(Protocol):
    @property
    def bookmarks(self) -> Bookmarks: ...


class ChannelBookmarks(Part[HasBookmarks]):
    """The links of a channel: read in one list, written one call per changed link."""

    fields = children = frozenset({"bookmarks"})
    stored = "bookmarks"
    empty: ClassVar[Bookmarks] = {}

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {"bookmarks": read(clients, live.id)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"bookmarks": decode(live.parts["bookmarks"])}

    def write(self, session: Session, ref: Ref, live: Live, spec: HasBookmarks) -> None:
        write(session, live, spec.bookmarks)


def read(clients: Clients, channel_id: str) -> list[Json]:
    """Read the bookmarks that are links; other, undocumented types are left unchanged."""
    found = clients.slack.list("bookmarks.list", "bookmarks", channel_id=channel_id)
    return [bookmark for bookmark in found if text_at(bookmark, "type") == "link"]


def decode(bookmarks: Iterable[Json]) -> dict[str, Bookmark]:
    return {
        title: Bookmark.from_wire(url=as_sent(bookmark["link"]), emoji=bookmark.get("emoji") or "")
        for title, bookmark in by_title(bookmarks).items()
    }


def with_their_emoji(wanted: Bookmarks, live: Bookmarks) -> dict[str, Bookmark]:
    """Return the wanted bookmarks, with the live emoji where the file names none or another name of it."""
    after = dict(wanted)
    for title in wanted.keys() & live.keys():
        emoji, there = (with_characters(each[title].emoji) for each in (wanted, live))
        if "emoji" not in wanted[title].model_fields_set or emoji == there:
            after[title] = Bookmark.from_wire(url=wanted[title].url, emoji=live[title].emoji)
    return after


def by_title(bookmarks: Iterable[Json]) -> dict[str, Json]:
    """Index the bookmarks by title; a repeated title, which Slack allows, gets a number."""
    named: dict[str, Json] = {}
    for bookmark in bookmarks:
        title = plain(bookmark["title"])
        numbered = (title if number == 1 else f"{title} ({number})" for number in range(1, MOST + 1))
        named[next(free for free in numbered if free not in named)] = bookmark
    return named


def write(session: Session, live: Live, wanted: Mapping[str, Bookmark]) -> None:
    """Create, update and delete links to match the wanted ones; `live` are the current ones."""
    there = [(title, as_sent(raw["link"]), raw) for title, raw in by_title(live.parts["bookmarks"]).items()]
    # One of another title that leads to the same place keeps its emoji, and where it stands.
    keys = [(title, bookmark.url) for title, bookmark in wanted.items()]
    places = continued(keys, [(title, link) for title, link, _ in there])
    made: list[Json] = []
    for (title, bookmark), place in zip(wanted.items(), places, strict=True):
        if place is None:
            made.append(_add(session, live, title, bookmark))
        else:
            _edit(session, live, there[place], title, bookmark)
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


def _edit(session: Session, live: Live, there: tuple[str, str, Json], title: str, bookmark: Bookmark) -> None:
    before_title, before_link, raw = there
    changes: Json = {"title": title} if title != before_title else {}
    changes |= {"link": bookmark.url} if bookmark.url != before_link else {}
    if "emoji" in bookmark.model_fields_set and bookmark.emoji != (raw.get("emoji") or ""):
        changes["emoji"] = bookmark.emoji
    if changes:
        session.clients.slack.call("bookmarks.edit", channel_id=live.id, bookmark_id=raw["id"], **changes)


def _add(session: Session, live: Live, title: str, bookmark: Bookmark) -> Json:
    clients = session.clients
    before = {bookmark["id"] for bookmark in live.parts["bookmarks"]}

    def find() -> Json | None:
        new = [bookmark for bookmark in read(clients, live.id) if bookmark["id"] not in before]
        return next((bookmark for bookmark in new if plain(bookmark["title"]) == title), None)

    def post() -> Json:
        body: Json = {"title": title, "type": "link", "link": bookmark.url}
        body |= {"emoji": bookmark.emoji} if bookmark.emoji else {}
        return dict(clients.slack.call("bookmarks.add", channel_id=live.id, **body)["bookmark"])

    return create_once(post, find, unique=False, clock=clients.clock)
