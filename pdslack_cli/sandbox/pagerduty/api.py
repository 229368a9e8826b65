"""The account as one request sees it: documents, who asks, what they sent, and how objects are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.datastructures import Headers, MultiDict

from pdslack_cli.model import Json
from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.pagerduty.fields import Fields, WrongError, instant, read
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments, invalid, lacks_ability
from pdslack_cli.sandbox.settings import Token, read_abilities, read_plan
from pdslack_cli.sandbox.store import Store

if TYPE_CHECKING:
    from pdslack_cli.sandbox.pagerduty.resource import RestResource

STAMP = "%Y-%m-%dT%H:%M:%SZ"
"""How times are kept: in UTC, so that they compare as text."""

SITE = "https://sandbox.pagerduty.com"
ABILITIES = (
    "teams",
    "read_only_users",
    "service_support_hours",
    "urgencies",
    "coordinated_responding",
    "advanced_permissions",
    "team_responders",
    "permissions_service",
    "manage_schedules",
    "event_rules",
    "preview_intelligent_alert_grouping",
    "time_based_alert_grouping",
)
CLASSIC_LIMIT, CLASSIC_MOST, CLASSIC_END = 25, 100, 10_000

ACCOUNT_TOKEN = Token(provider="pagerduty", kind="account")


class SandboxResponse(NamedTuple):
    """What a handler answers; without a body, 204 is meant."""

    body: Json | None
    status: int = 200


View = Callable[[Json], Json]


@dataclass
class Api:
    """Everything a handler needs. Without a request (when seeding) it acts as the account itself."""

    store: Store
    clock: SandboxClock
    kinds: Mapping[str, RestResource]
    """Every resource, by each of the types its objects may have."""

    base: str
    """The URL that `self` links begin with."""

    token: Token = ACCOUNT_TOKEN
    arguments: MultiDict[str, str] = field(default_factory=MultiDict)
    headers: Headers = field(default_factory=Headers)
    content: bytes = b""
    _read: dict[str, list[Json]] = field(default_factory=dict)

    # Documents

    def get(self, kind: str, id: str) -> Json | None:  # noqa: A002 - the vendor's own word
        """The document, or None."""
        return self.store.get(f"pagerduty.{kind}", id)

    def all(self, kind: str) -> list[Json]:
        """Every document of a kind, oldest first; read once per request, so not to be changed in place."""
        if kind not in self._read:
            self._read[kind] = self.store.all(f"pagerduty.{kind}")
        return self._read[kind]

    def find(self, kind: str, **fields: str | int) -> list[Json]:
        """The documents whose top-level fields equal `fields`."""
        if fields.keys() <= {"name", "_parent"}:
            return self.store.find(f"pagerduty.{kind}", **fields)
        return [
            document
            for document in self.all(kind)
            if all(document.get(name) == value for name, value in fields.items())
        ]

    def insert(self, kind: str, document: Json) -> None:
        """Keep a new document."""
        self._read.pop(kind, None)
        self.store.insert(f"pagerduty.{kind}", document["id"], document)

    def replace(self, kind: str, document: Json) -> None:
        """Keep a new state of a document."""
        self._read.pop(kind, None)
        self.store.replace(f"pagerduty.{kind}", document["id"], document)

    def delete(self, kind: str, id: str) -> None:  # noqa: A002
        """Forget a document."""
        self._read.pop(kind, None)
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

    def checked(self, fields: Fields, body: Json) -> Json:
        """Validate `body` against a field table. Raises Refused."""
        return read(fields, body, self.exists)

    def included(self, what: str) -> bool:
        """Whether `include[]` asks for it."""
        return what in self.arguments.getlist("include[]")

    def instant(self, argument: str) -> datetime | None:
        """A time among the arguments; None where it is not given."""
        value = self.arguments.get(argument)
        if value is None:
            return None
        try:
            return datetime.fromisoformat(instant(value, self.exists))
        except WrongError as wrong:
            raise bad_arguments(f"{argument} {wrong}") from None

    # The account's plan

    def abilities(self) -> list[str]:
        """What the account can do."""
        known = read_abilities(self.store)
        return list(ABILITIES) if known is None else known

    def need(self, ability: str) -> None:
        """Refuse with 402 where the account lacks an ability."""
        if ability not in self.abilities():
            raise lacks_ability(ability)

    def has_feature(self, feature: str) -> bool:
        """Whether the account's plan has a feature."""
        return read_plan(self.store).get(feature, True)

    # Answers

    def author(self) -> Json:
        """Who made the objects of the newer APIs: the sandbox knows only its admin."""
        admin = self.reference("user", self.all("user")[0]["id"])
        return {name: admin[name] for name in ("id", "type", "self")}

    def view(self, kind: str, document: Json) -> Json:
        """An object as it is answered: links, summaries, and no inner fields."""
        return self.kinds[kind].view(self, document)

    def reference(self, type_: str, id: str) -> Json:  # noqa: A002
        """A reference as it is answered. Its object may be gone; then only id and type are left."""
        kind = self.kinds[type_]
        document = self.get(kind.name, id)
        if document is None:
            return {"id": id, "type": f"{type_}_reference", "summary": None, "self": None, "html_url": None}
        return {"id": id, "type": f"{kind.type_of(document)}_reference", **kind.links(self, document)}

    def whole(self, reference: Json) -> Json:
        """The object behind a reference, or the reference where it is gone."""
        kind = reference["type"].removesuffix("_reference")
        document = self.get(self.kinds[kind].name, reference["id"])
        return reference if document is None else self.view(kind, document)

    def children(self, wanted: str, kind: str, documents: list[Json]) -> list[Json]:
        """Objects inside another: references, or whole where `include[]` asks for them."""
        if self.included(wanted):
            return [self.view(kind, document) for document in documents]
        type_of = self.kinds[kind].type_of
        return [{"id": document["id"], "type": f"{type_of(document)}_reference"} for document in documents]

    def expanded(self, value: Any) -> Any:
        """`value` with every reference in it completed."""
        if isinstance(value, list):
            return [self.expanded(element) for element in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"id", "type"} and str(value["type"]).removesuffix("_reference") in self.kinds:
            return self.reference(value["type"].removesuffix("_reference"), value["id"])
        return {name: self.expanded(element) for name, element in value.items()}

    def page(
        self, wrapper: str, documents: Iterable[Json], view: View, usual: int = CLASSIC_LIMIT
    ) -> SandboxResponse:
        """One classic page: `limit` (25, at most 100), `offset`, `more`, `total` (pagerduty.md 1.6)."""
        documents = list(documents)
        limit = self.limit(usual)
        offset = self.whole_argument("offset", 0)
        if offset + limit > CLASSIC_END:
            raise bad_arguments("Offset must be less than or equal to 10000.")
        return SandboxResponse(
            {
                wrapper: [view(document) for document in documents[offset : offset + limit]],
                "limit": limit,
                "offset": offset,
                "more": offset + limit < len(documents),
                "total": len(documents) if self.arguments.get("total") == "true" else None,
            }
        )

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
        """A number among the arguments. Raises Refused where it is none."""
        value = self.arguments.get(name)
        if value in (None, ""):
            return default
        if not str(value).isdigit():
            raise bad_arguments(f"{name} must be a whole number")
        return int(str(value))
