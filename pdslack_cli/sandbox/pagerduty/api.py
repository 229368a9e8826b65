"""The account in the context of one request: documents, caller, arguments, and responses."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Protocol

from werkzeug.datastructures import Headers, MultiDict

from pdslack_cli.model import Json
from pdslack_cli.routing.zones import schedule_zone
from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.pagerduty.fields import Fields, WrongError, instant, read
from pdslack_cli.sandbox.pagerduty.outlet import SlackOutlet
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments, invalid, lacks_ability
from pdslack_cli.sandbox.settings import ABILITIES, Ability, Feature, Token, read_abilities, read_plan
from pdslack_cli.sandbox.store import Store
from pdslack_cli.sandbox.store.query import INDEXED, QueryCondition

STAMP = "%Y-%m-%dT%H:%M:%SZ"
"""How times are kept: in UTC, so that they compare as text."""

NOTHING: Mapping[str, str] = MappingProxyType({})
SITE = "https://sandbox.pagerduty.com"
CLASSIC_LIMIT, CLASSIC_MOST, CLASSIC_END = 25, 100, 10_000

ACCOUNT_ID = "PACCOUNT"
ACCOUNT_TOKEN = Token(provider="pagerduty", kind="account")


class SandboxResponse(NamedTuple):
    """The response of a handler; without a body, the status is 204."""

    body: Json | None
    status: int = 200


View = Callable[[Json], Json]
SortKey = Callable[[Json], Any]

INCLUDED_BY = {
    "acknowledger": ("acknowledgers",),
    "assignee": ("assignees", "users"),
    "created_by": ("users",),
    "last_status_change_by": ("agents",),
    "escalation_policy": ("escalation_policies",),
    "first_trigger_log_entry": ("first_trigger_log_entries",),
    "priority": ("priorities",),
}
"""The words of `include[]` that ask for a field, where that is not its name or plural."""


class ObjectType(Protocol):
    """The objects of one type, as requests about other objects see them."""

    fields: ClassVar[Fields]

    @property
    def name(self) -> str: ...
    def add(self, api: Api, body: Json, parent: str = "", id: str = "") -> Json: ...  # noqa: A002
    def existing(self, api: Api, id: str, parent: str = "") -> Json: ...  # noqa: A002
    def links(self, api: Api, document: Json) -> Json: ...
    def type_of(self, document: Json) -> str: ...
    def view(self, api: Api, document: Json) -> Json: ...


@dataclass
class Api:
    """The context of a handler. Without a request (when seeding) it acts as the account itself."""

    store: Store
    clock: SandboxClock
    kinds: Mapping[str, ObjectType]
    """Every resource, by each of the types its objects may have."""

    base: str
    """The URL that `self` links begin with."""

    slack: SlackOutlet
    """Where PagerDuty's own Slack app writes."""

    token: Token = ACCOUNT_TOKEN
    arguments: MultiDict[str, str] = field(default_factory=MultiDict)
    headers: Headers = field(default_factory=Headers)
    content: bytes = b""
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """What the records of one request have in common."""

    depth: int = 0
    """How deep inside another object the one is that is shown; `include[]` is for the outermost."""

    ahead: dict[tuple[str, str], dict[str, list[Json]]] = field(default_factory=dict)
    """What a page has read for all of its objects, by kind, field and value."""

    stirred: dict[str, bool] = field(default_factory=dict)
    """The incidents that changed in this request, and whether they were created: workflows may start."""

    # Documents

    def get(self, kind: str, id: str) -> Json | None:  # noqa: A002 - the vendor's own word
        """The document, or None."""
        return self.store.get(f"pagerduty.{kind}", id)

    def peek(self, kind: str, id: str) -> Json | None:  # noqa: A002
        """The document, or None; requests share it, so it is not to be modified."""
        return self.store.peek(f"pagerduty.{kind}", id)

    def all(self, kind: str) -> list[Json]:
        """Every document of a kind, oldest first; requests share them, so they are not to be modified."""
        return self.store.shared(f"pagerduty.{kind}")

    def find(self, kind: str, **fields: str | int) -> list[Json]:
        """The documents whose top-level fields equal `fields`."""
        for name, value in fields.items():
            if len(fields) == 1 and value in (known := self.ahead.get((kind, name), {})):
                return known[str(value)]
        if fields.keys() <= INDEXED:
            return self.store.find(f"pagerduty.{kind}", **fields)
        return [
            document
            for document in self.all(kind)
            if all(document.get(name) == value for name, value in fields.items())
        ]

    def insert(self, kind: str, document: Json) -> None:
        """Store a new document."""
        self.store.insert(f"pagerduty.{kind}", document["id"], document)

    def replace(self, kind: str, document: Json) -> None:
        """Store a new version of a document."""
        self.store.replace(f"pagerduty.{kind}", document["id"], document)

    def keep(self, kind: str, document: Json) -> None:
        """Store a document, new or not; one that is the same is not written."""
        known = self.get(kind, document["id"])
        if known != document:
            (self.insert if known is None else self.replace)(kind, document)

    def delete(self, kind: str, id: str) -> None:  # noqa: A002
        """Delete a document."""
        self.store.delete(f"pagerduty.{kind}", id)

    def exists(self, type_: str, id: str) -> bool:  # noqa: A002
        """Whether there is an object of this type."""
        return self.get(self.kinds[type_].name, id) is not None

    def now(self) -> str:
        """The sandbox's time as PagerDuty writes it."""
        return self.clock.now().strftime(STAMP)

    # The request

    def body(self, wrapper: str) -> Json:
        """The object under `wrapper` in the body."""
        value = self.bare_body().get(wrapper)
        if not isinstance(value, dict):
            raise invalid(f"{wrapper.replace('_', ' ').capitalize()} can't be blank")
        return value

    def bare_body(self) -> Json:
        """The body of the few calls that have no wrapper."""
        try:
            value = strict_json.parse(self.content)
        except ValueError:
            raise bad_arguments("Request body must be JSON") from None
        if not isinstance(value, dict):
            raise bad_arguments("Request body must be a JSON object")
        return value

    def bodies(self, wrapper: str) -> list[Json]:
        """The objects in the list under `wrapper` in the body. Raises Refused where there are none."""
        value = self.bare_body().get(wrapper)
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            raise invalid(f"{wrapper.capitalize()} can't be blank")
        return value

    def checked(self, fields: Fields, body: Json) -> Json:
        """Validate `body` against a field table. Raises Refused."""
        return read(fields, body, self.exists)

    def included(self, what: str) -> bool:
        """Whether `include[]` asks for it."""
        return not self.depth and what in self._words

    @cached_property
    def _words(self) -> frozenset[str]:
        """The words of `include[]`; a page has hundreds of references that ask for them."""
        return frozenset(self.arguments.getlist("include[]"))

    def instant(self, argument: str) -> datetime | None:
        """A time among the arguments, in UTC unless it or `time_zone` names another; None if missing."""
        value = self.arguments.get(argument)
        if value is None:
            return None
        # In a query, the + of an offset that nobody has encoded is a space.
        return read_moment(re.sub(r" (?=\d\d:?\d\d$)", "+", value), argument, self.zone() or UTC)

    def zone(self) -> tzinfo | None:
        """The time zone in which the request wants times; None where it names none."""
        name = self.arguments.get("time_zone")
        if name is None:
            return None
        zone = schedule_zone(name)
        if zone is None:
            raise bad_arguments("time_zone is not a valid time zone")
        return zone

    # The account's plan

    def abilities(self) -> list[str]:
        """What the account can do."""
        known = read_abilities(self.store)
        return list(ABILITIES) if known is None else known

    def need(self, ability: Ability) -> None:
        """Refuse with 402 if the account lacks an ability."""
        if ability not in self.abilities():
            raise lacks_ability(ability)

    def has_feature(self, feature: Feature) -> bool:
        """Whether the account's plan has a feature."""
        return read_plan(self.store).get(feature, True)

    # Answers

    def author(self) -> Json:
        """Who made the objects of the newer APIs: the sandbox knows only its admin."""
        admin = self.reference("user", self.all("user")[0]["id"])
        return {name: admin[name] for name in ("id", "type", "self")}

    def view(self, kind: str, document: Json) -> Json:
        """Return an object as in a response: with links and summaries, without internal fields."""
        return self.kinds[kind].view(self, document)

    def reference(self, type_: str, id: str) -> Json:  # noqa: A002
        """Return a reference as in a response. If its object is gone, only id and type remain."""
        kind = self.kinds[type_]
        document = self.peek(kind.name, id)
        if document is None:
            return {"id": id, "type": f"{type_}_reference", "summary": None, "self": None, "html_url": None}
        return {"id": id, "type": f"{kind.type_of(document)}_reference", **kind.links(self, document)}

    def whole(self, reference: Json) -> Json:
        """The object behind a reference, or the reference where it is gone."""
        kind = reference["type"].removesuffix("_reference")
        document = self.get(self.kinds[kind].name, reference["id"])
        if document is None:
            return reference
        self.depth += 1
        try:
            return self.view(kind, document)
        finally:
            self.depth -= 1

    def children(self, wanted: str, kind: str, documents: list[Json]) -> list[Json]:
        """Objects inside another: references, or whole where `include[]` asks for them."""
        if self.included(wanted):
            return [self.view(kind, document) for document in documents]
        type_of = self.kinds[kind].type_of
        return [{"id": document["id"], "type": f"{type_of(document)}_reference"} for document in documents]

    def expanded(self, value: Any, name: str = "") -> Any:
        """Return `value`, of a field of that name, with all references in it completed.

        Where `include[]` asks for the field, the whole object takes the place of its reference.
        """
        if isinstance(value, list):
            return [self.expanded(element, name) for element in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"id", "type"} and str(value["type"]).removesuffix("_reference") in self.kinds:
            if self._words and any(map(self.included, INCLUDED_BY.get(name, (name, f"{name}s")))):
                return self.whole(value)
            return self.reference(value["type"].removesuffix("_reference"), value["id"])
        return {
            inner: self.expanded(element, inner) if isinstance(element, dict | list) else element
            for inner, element in value.items()  # most are scalars
        }

    def ordered(self, documents: list[Json], allowed: Mapping[str, SortKey]) -> list[Json]:
        """The documents as `sort_by` asks for: `name`, `name:desc` or `name desc`. Raises Refused."""
        asked = self.arguments.get("sort_by")
        if not (asked and allowed):
            return documents
        name, _, way = asked.replace(" ", ":").partition(":")
        if name not in allowed or way not in ("", "asc", "desc"):
            raise bad_arguments("sort_by is invalid")
        return sorted(documents, key=allowed[name], reverse=way == "desc")

    def page(
        self,
        wrapper: str,
        documents: Iterable[Json],
        view: View,
        usual: int = CLASSIC_LIMIT,
        ahead: Mapping[str, str] = NOTHING,
    ) -> SandboxResponse:
        """One classic page: `limit` (25, at most 100), `offset`, `more`, `total` (pagerduty.md 1.6).

        `ahead`: the kinds of which each object's view reads those that name it, and the field that does.
        """
        documents = list(documents)
        limit, offset = self.limit(usual), self.offset(self.limit(usual))
        shown = documents[offset : offset + limit]
        self._read_ahead(shown, ahead)
        return SandboxResponse(
            {
                wrapper: [view(document) for document in shown],
                "limit": limit,
                "offset": offset,
                "more": offset + limit < len(documents),
                "total": len(documents) if self.arguments.get("total") == "true" else None,
            }
        )

    def selected_page(
        self,
        wrapper: str,
        kind: str,
        conditions: Sequence[QueryCondition],
        order: str,
        view: View,
        ahead: Mapping[str, str] = NOTHING,
    ) -> SandboxResponse:
        """One classic page of a long list, chosen by the store."""
        limit, offset = self.limit(), self.offset(self.limit())
        stored = f"pagerduty.{kind}"
        documents = self.store.page(stored, conditions, order, limit + 1, offset)
        self._read_ahead(documents[:limit], ahead)
        total = self.store.count(stored, conditions) if self.arguments.get("total") == "true" else None
        return SandboxResponse(
            {
                wrapper: [view(document) for document in documents[:limit]],
                "limit": limit,
                "offset": offset,
                "more": len(documents) > limit,
                "total": total,
            }
        )

    def _read_ahead(self, documents: Sequence[Json], ahead: Mapping[str, str]) -> None:
        for kind, name in ahead.items():  # entries of who is on call have no ids
            ids = [document["id"] for document in documents]
            self.ahead[kind, name] = self.store.find_each(f"pagerduty.{kind}", name, ids)

    def offset(self, limit: int) -> int:
        """How many objects a page leaves out. Raises Refused where that is too far."""
        offset = self.whole_argument("offset", 0)
        if offset + limit > CLASSIC_END:
            raise bad_arguments("Offset must be less than or equal to 10000.")
        return offset

    def cursor_page(self, wrapper: str, documents: Iterable[Json], view: View) -> SandboxResponse:
        """One page of the newer kind: `cursor` in, `next_cursor` out, null at the end."""
        documents = list(documents)
        limit = self.limit()
        start = self.whole_argument("cursor", 0)
        end = start + limit
        return SandboxResponse(
            {
                wrapper: [view(document) for document in documents[start:end]],
                "limit": limit,
                "next_cursor": str(end) if end < len(documents) else None,
            }
        )

    def limit(self, usual: int = CLASSIC_LIMIT) -> int:
        """How many objects a page may have: what the request asks for, at most 100."""
        return min(self.whole_argument("limit", usual) or usual, CLASSIC_MOST)

    def whole_argument(self, name: str, default: int) -> int:
        """Return a numeric argument. Raises Refused if it is not a number."""
        value = self.arguments.get(name)
        if value in (None, ""):
            return default
        if not str(value).isdigit():
            raise bad_arguments(f"{name} must be a whole number")
        return int(str(value))


def read_moment(value: str, argument: str, zone: tzinfo) -> datetime:
    """A time of a query: a date too, and without an offset in that zone. Raises Refused."""
    try:
        bare = datetime.fromisoformat(value)
    except ValueError:
        bare = None
    if bare is not None and bare.tzinfo is None:
        return bare.replace(tzinfo=zone)
    try:
        return datetime.fromisoformat(instant(value, lambda *_: True))
    except WrongError as wrong:
        raise bad_arguments(f"{argument} {wrong}") from None
