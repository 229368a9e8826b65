"""Which incidents PagerDuty's own Slack app tells to which channel (pagerduty.md 9.4, slack.md 9).

PagerDuty calls it a Slack connection: it joins a service or a team with a channel. It has no name and no
text that could carry a mark, so its two ends say which one it is, and whose.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import ApiError, NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import Kind, Provider
from pdslack_cli.kinds.base.section import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import CatalogRef, RefTo, problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.pagerduty.events import event_doubts, similar_event
from pdslack_cli.model import Json, Live, Owned, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

EVENTS = (
    "triggered",
    "acknowledged",
    "unacknowledged",
    "escalated",
    "delegated",
    "reassigned",
    "annotated",
    "priority_updated",
    "responder.added",
    "responder.replied",
    "status_update_published",
    "resolved",
    "reopened",
    # In use, though PagerDuty's own schema lists them for webhooks only.
    "action_invocation.created",
    "action_invocation.terminated",
    "action_invocation.updated",
)
UNUSUAL_EVENTS = frozenset({"reopened", *(event for event in EVENTS if event.startswith("action_"))})
EVENT_PREFIX = "incident."
OTHER_FAMILIES = ("service.",)  # of events: their names are sent as they are

NO_PRIORITY = "no_priority"  # PagerDuty's word for our `none`

# What a new rule is where the file is silent: all that PagerDuty's own schema lists, of any incident.
USUAL_EVENTS = tuple(event for event in EVENTS if event not in UNUSUAL_EVENTS)
NEW: Json = {
    "notification_type": "responder",
    "config": {
        "events": [EVENT_PREFIX + event for event in USUAL_EVENTS],
        "urgency": None,
        "priorities": None,
    },
}

SERVER_MADE = frozenset({"id", "source_name", "channel_name"})

# --- fields ------------------------------------------------------------------------------------------


def _some_source(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    if not refs:
        raise problem("`from` is empty", "name a service or a team, or take the rule out")
    return tuple(sorted(set(refs)))


Sources = Annotated[
    tuple[Annotated[Ref, RefTo("service", "team")], ...], AfterValidator(_some_source), OneOrSeveral()
]


def _sorted_events(events: Iterable[str]) -> tuple[str, ...]:
    """Without repeats and in our order, since PagerDuty keeps none; events that are new to us at the end."""
    places: dict[str, int] = {event: place for place, event in enumerate(EVENTS)}
    return tuple(sorted(set(events), key=lambda event: (places.get(event, len(places)), event)))


def _short(event: str) -> str:
    return event.removeprefix(EVENT_PREFIX)


def _event(event: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*", event):
        hint = similar_event(event, EVENTS, "write a name such as triggered or responder.added")
        raise problem(f"{event!r} is not the name of an event", hint)
    return _short(event)


def _wire(event: str, live: Collection[str]) -> str:
    """The event as PagerDuty names it; what is live has that name already."""
    return event if event in live or event.startswith(OTHER_FAMILIES) else EVENT_PREFIX + event


def _triggered_among(events: tuple[str, ...]) -> tuple[str, ...]:
    if "triggered" not in events:
        misspelt = difflib.get_close_matches("triggered", set(events) - {*EVENTS}, n=1, cutoff=0.8)
        hint = f"{misspelt[0]!r} may be meant to be it" if misspelt else "PagerDuty demands it: add it"
        raise problem("`events` lacks `triggered`", hint)
    return events


_EVENT_SCHEMA = WithJsonSchema({"anyOf": [{"enum": list(EVENTS)}, {"type": "string"}]})

EventSet = Annotated[
    tuple[Annotated[str, AfterValidator(_event), _EVENT_SCHEMA], ...],
    AfterValidator(_sorted_events),
    AfterValidator(_triggered_among),
]

Priority = Annotated[
    Literal["none"] | Annotated[Ref, CatalogRef("priority")], Field(union_mode="left_to_right")
]


def _sorted_priorities(priorities: Iterable[Ref | str]) -> tuple[Ref | str, ...]:
    """Without repeats and by name, `none` last."""

    def place(priority: Ref | str) -> tuple[bool, str]:
        return (False, priority.key.casefold()) if isinstance(priority, Ref) else (True, "")

    return tuple(sorted(set(priorities), key=place))


def _some_priority(priorities: tuple[Ref | str, ...]) -> tuple[Ref | str, ...]:
    # PagerDuty's empty list means something else than our files' (pagerduty.md 9.4), so nobody guesses.
    if not priorities:
        raise problem(
            "`priorities` is empty",
            "write null for incidents of any priority, [none] for those without a priority",
        )
    return _sorted_priorities(priorities)


PrioritySet = Annotated[tuple[Priority, ...], AfterValidator(_some_priority)]


class NotificationRule(Resource):
    """Tells a channel about incidents of a service or of a team's services."""

    from_: Annotated[Sources, Field(alias="from", description="whose incidents")]
    to: Annotated[Ref, RefTo("channel")]
    urgency: Annotated[Literal["high", "low"] | None, Field(description="null: of any urgency")] = None
    priorities: Annotated[
        PrioritySet | None,
        Field(description="names; `none`: without a priority; null: any", examples=[["P1", "P2", "none"]]),
    ] = None
    events: Annotated[EventSet, Field(description="what to tell; `triggered` must be among it")] = (
        USUAL_EVENTS
    )
    audience: Annotated[
        Literal["responder", "stakeholder"], Field(description="whom the messages are written for")
    ] = "responder"
    via: Annotated[Literal["pagerduty", "sync"], Field(description="who posts the messages")] = "pagerduty"
    severities: Annotated[
        tuple[Literal["critical", "error", "warning", "info"], ...] | None,
        Field(description="needs `via: sync`"),
    ] = None

    @field_validator("via")
    @classmethod
    def _sync_comes_later(cls, via: str) -> str:
        if via == "sync":
            raise problem(
                "`via: sync` is not supported yet",
                "it is for the two-way service; leave it out, and PagerDuty's Slack app posts",
            )
        return via

    @field_validator("severities")
    @classmethod
    def _severity_needs_sync(cls, severities: object, info: ValidationInfo) -> object:
        if severities is not None and "via" in info.data:
            raise problem(
                "PagerDuty's Slack app cannot choose by severity",
                "it knows urgency and priority: let the service's rules set a priority by severity, "
                "or the service's `urgency: severity` an urgency",
            )
        return severities

    @model_validator(mode="after")
    def _one_object_for_an_id(self) -> Self:
        if self.id is not None and len(self.from_) > 1:
            raise problem("`id` names one connection, `from` several", "write a rule for each")
        return self


# --- the kind ----------------------------------------------------------------------------------------


class NotificationRules(Kind[NotificationRule]):
    name, section, spec = "notification_rule", "notification_rules", NotificationRule
    provider: ClassVar[Provider] = "pagerduty"
    plural = "slack_connections"
    marked = False
    joins = frozenset({"channel"})
    needs_workspace = True

    def entries(self, key: str, spec: NotificationRule) -> Iterable[tuple[Ref, Resource]]:
        # It has no name in PagerDuty, so there is none to keep.
        spec = spec.restricted_to(spec.model_fields_set - {"name"})
        for source in spec.from_:
            suffix = "" if len(spec.from_) == 1 else f":{source if source.kind == 'team' else source.key}"
            yield Ref(self.name, key + suffix), spec.model_copy(update={"from_": (source,)})

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[Resource]) -> Iterable[Live]:
        if not clients.workspace:
            return ()
        try:
            return [self.live(raw) for raw in self._list(clients)]
        except NotFoundError as error:
            if not wanted:
                return ()
            error.hint = (
                f"connect the workspace {clients.workspace} in PagerDuty under Integrations > Slack; "
                "no API can do that"
            )
            raise

    def _list(self, clients: Clients) -> list[Json]:
        return clients.pagerduty.list(_path(clients), self.plural, token="user", host="app")

    def live(self, raw: Json) -> Live:
        ends = raw.get("source_name") or raw["source_id"], raw.get("channel_name") or raw["channel_id"]
        return Live(self.name, raw["id"], " → ".join(ends), raw)

    def identity(self, live: Live) -> Hashable:
        return _source_kind(live.raw), live.raw["source_id"], live.raw["channel_id"]

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable | None:
        if not isinstance(spec, NotificationRule):
            return None
        (source,) = spec.from_
        if source not in id_index or spec.to not in id_index:
            return None
        return source.kind, id_index.id(source), id_index.id(spec.to)

    def is_readable(self, clients: Clients) -> bool:
        return bool(clients.workspace) and clients.pagerduty.has("user")

    def owned_by_endpoints(self, live: Live, ours: IdIndex) -> bool:
        source = ours.known(_source_kind(live.raw), live.raw["source_id"])
        return source is not None and ours.known("channel", live.raw["channel_id"]) is not None

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> NotificationRule:
        raw, config = live.raw, live.raw["config"]
        priorities = config.get("priorities")
        return NotificationRule.from_wire(
            from_=(id_index.ref(_source_kind(raw), raw["source_id"], raw.get("source_name")),),
            to=id_index.ref("channel", raw["channel_id"], raw.get("channel_name")),
            urgency=config.get("urgency"),
            priorities=None if priorities is None else _decoded_priorities(priorities, id_index),
            events=_sorted_events(_short(event) for event in config["events"]),
            audience=raw.get("notification_type") or "responder",
        )

    def encode(self, spec: NotificationRule, id_index: IdIndex, live: Live | None) -> Json:
        """The whole connection: PUT replaces it, and what `config` leaves out is not kept."""
        fields = spec.model_fields_set
        raw = live.raw if live else NEW
        body: Json = {name: raw[name] for name in ("source_id", "source_type", "channel_id") if name in raw}
        body["notification_type"] = raw.get("notification_type") or NEW["notification_type"]
        config = NEW["config"] | raw["config"]
        if "from_" in fields:
            (source,) = spec.from_
            body |= {"source_id": id_index.id(source), "source_type": f"{source.kind}_reference"}
        if "to" in fields:
            body["channel_id"] = id_index.id(spec.to)
        if "audience" in fields:
            body["notification_type"] = spec.audience
        if "urgency" in fields:
            config["urgency"] = spec.urgency
        if "events" in fields:
            there = live.raw["config"]["events"] if live else ()
            config["events"] = [_wire(event, there) for event in spec.events]
        if "priorities" in fields:
            config["priorities"] = _encoded_priorities(spec.priorities, id_index)
        return {**body, "config": config}

    # --- what a plan asks ----------------------------------------------------------------------------

    def doubts(
        self, spec: NotificationRule, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        return event_doubts(spec.events, EVENTS)

    def warnings(
        self, before: NotificationRule | None, after: NotificationRule, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        if before is not None and fields:
            yield (
                "conditions that somebody set for this channel in the browser are lost: PagerDuty's API "
                "neither shows nor keeps them"
            )

    # --- writing -------------------------------------------------------------------------------------

    def create(self, session: Session, ref: Ref, spec: NotificationRule, mark: Owned) -> Live:
        clients, id_index = session.clients, session.id_index
        body = {"slack_connection": self.encode(spec, id_index, None)}
        wanted = self.wanted_identity(spec, id_index)

        def post() -> Json:
            answer = clients.pagerduty.create(_path(clients), body, token="user", host="app")
            return dict(answer["slack_connection"])

        def find() -> Json | None:
            raws = self._list(clients)
            return next((raw for raw in raws if self.identity(self.live(raw)) == wanted), None)

        with _channel_explained():
            return self.live(create_once(post, find, unique=False, clock=clients.clock))

    def update(
        self,
        session: Session,
        live: Live,
        spec: NotificationRule,
        fields: Collection[str],
        mark: Owned | None,
    ) -> None:
        id_index = session.id_index
        before = self.encode(self.decode(live, id_index).restricted_to(fields), id_index, live)
        held = {name: value for name, value in live.raw.items() if name not in SERVER_MADE}
        held["config"] = NEW["config"] | held["config"]
        body = {
            "slack_connection": merged(self.encode(spec.restricted_to(fields), id_index, live), before, held)
        }
        path = f"{_path(session.clients)}/{live.id}"
        with _channel_explained():
            session.clients.pagerduty.update(path, body, token="user", host="app")

    def delete(self, session: Session, live: Live) -> None:
        path = f"{_path(session.clients)}/{live.id}"
        try:
            session.clients.pagerduty.delete(path, token="user", host="app")
        except NotFoundError:
            return


def _path(clients: Clients) -> str:
    return f"/integration-slack/workspaces/{clients.workspace}/connections"


def _source_kind(raw: Json) -> str:
    return str(raw["source_type"]).removesuffix("_reference")


def _decoded_priorities(ids: Iterable[str], id_index: IdIndex) -> tuple[Ref | str, ...]:
    """An empty list means incidents without a priority, and no others (pagerduty.md 9.4)."""
    return _sorted_priorities(
        "none" if id_ == NO_PRIORITY else id_index.ref("priority", id_) for id_ in ids
    ) or ("none",)


def _encoded_priorities(priorities: tuple[Ref | str, ...] | None, id_index: IdIndex) -> list[str] | None:
    if priorities is None:
        return None
    if priorities == ("none",):
        return []
    return [id_index.id(one) if isinstance(one, Ref) else NO_PRIORITY for one in priorities]


@contextmanager
def _channel_explained() -> Iterator[None]:
    """PagerDuty sees less of Slack than we do: its own app has to be in a private channel."""
    try:
        yield
    except ApiError as error:
        if error.status == 400 and "channel" in error.message.lower():
            error.hint = "if the channel is private, invite PagerDuty's app in Slack: /invite @PagerDuty"
        raise
