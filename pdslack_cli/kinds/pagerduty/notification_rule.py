"""Which incidents PagerDuty's Slack app posts to which channel (pagerduty.md 9.4, slack.md 9).

PagerDuty calls it a Slack connection: it connects a service or a team with a channel. It has no name and no
text field for a mark, so its two endpoints identify it and its owner.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.errors import ApiError, NotFoundError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import Kind, Provider
from pdslack_cli.kinds.base.spec import Resource, UnsentName
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.kinds.pagerduty.events import EVENTS, USUAL_EVENTS, event_doubts
from pdslack_cli.kinds.pagerduty.notification_filters import (
    EVENT_PREFIX,
    EventSet,
    PrioritySet,
    Sources,
    short_event,
    sorted_events,
    sorted_priorities,
    wire_event,
)
from pdslack_cli.model import SCHEDULES, Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

NO_PRIORITY = "no_priority"  # PagerDuty's word for our `none`

# What a new rule is where the file is silent: all that PagerDuty's own schema lists, of any incident.
NEW: Json = {
    "notification_type": "responder",
    "config": {
        "events": [EVENT_PREFIX + event for event in USUAL_EVENTS],
        "urgency": None,
        "priorities": None,
    },
}

# What only the two-way service can do, with other ways to the same end.
_ONLY_SYNC = {
    "severities": (
        "choose by severity",
        "; or let the service's rules set a priority by severity, or the service's `urgency: severity` "
        "an urgency",
    ),
    "on_call": ("do that", ""),
    "message": ("do that", ""),
    "fallback": ("do that", ""),
}

SERVER_MADE = frozenset({"id", "source_name", "channel_name"})


class NotificationRule(Resource):
    """Posts incidents of a service or of a team's services to a channel."""

    name: UnsentName = ""
    from_: Annotated[Sources, Field(alias="from", description="whose incidents: service/KEY or team/KEY")]
    to: Annotated[Ref, RefTo("channel"), Field(description="the channel to notify")]
    urgency: Annotated[
        Literal["high", "low"] | None, Field(description="only incidents of this urgency; null: any")
    ] = None
    priorities: Annotated[
        PrioritySet | None,
        Field(description="only these; `none`: without one; null: any", examples=[["P1", "P2", "none"]]),
    ] = None
    events: Annotated[EventSet, Field(description="which events are posted; `triggered` is required")] = (
        USUAL_EVENTS
    )
    audience: Annotated[
        Literal["responder", "stakeholder"], Field(description="whom the messages are written for")
    ] = "responder"
    via: Annotated[
        Literal["pagerduty", "sync"],
        Field(description="who posts: PagerDuty's Slack app, or the two-way service (sync)"),
    ] = "pagerduty"
    severities: Annotated[
        tuple[Literal["critical", "error", "warning", "info"], ...] | None,
        Field(
            min_length=1, description="only incidents whose worst alert is one of these; needs `via: sync`"
        ),
    ] = None
    on_call: Annotated[
        tuple[Annotated[Ref, RefTo("person", *SCHEDULES)], ...] | None,
        Field(min_length=1, description="only while one of these is on call for it; needs `via: sync`"),
    ] = None
    message: Annotated[
        Annotated[Ref, RefTo("message")] | None,
        Field(description="the template of `messages`; default: `default`; needs `via: sync`"),
    ] = None
    fallback: Annotated[
        Annotated[Ref, RefTo("channel")] | None,
        Field(description="where to post if `to` is archived, deleted or closed to us; needs `via: sync`"),
    ] = None

    @field_validator("via")
    @classmethod
    def _sync_has_one_audience(cls, via: str, info: ValidationInfo) -> str:
        if via == "sync" and info.data.get("audience") == "stakeholder":
            raise problem(
                "the two-way service writes for responders alone",
                "remove `audience: stakeholder`, or `via: sync`; `message` says what a message shows",
            )
        return via

    @model_validator(mode="after")
    def _needs_sync(self) -> Self:
        names = [name for name in _ONLY_SYNC if getattr(self, name) is not None]
        if names and self.via == "pagerduty":
            what, other_way = _ONLY_SYNC[names[0]]
            hint = f"add `via: sync`, and the two-way service posts{other_way if len(names) == 1 else ''}"
            raise problem(f"PagerDuty's Slack app cannot {what}", hint, (names[0],), needs=("via",))
        return self

    @model_validator(mode="after")
    def _one_object_for_an_id(self) -> Self:
        if self.id is not None and len(self.from_) > 1:
            raise problem(
                "names one connection, and `from` several", "write a rule for each", ("id",), needs=()
            )
        return self


# --- the kind ----------------------------------------------------------------------------------------


class NotificationRules(Kind[NotificationRule]):
    name, section, spec = "notification_rule", "notification_rules", NotificationRule
    provider: ClassVar[Provider] = "pagerduty"
    plural = "slack_connections"
    marked = False
    sought_with = frozenset({"channel"})  # every connection has one
    needs_workspace = True

    def entries(self, key: str, spec: NotificationRule) -> Iterable[tuple[Ref, Resource]]:
        # It has no name in PagerDuty, so there is none to keep.
        spec = spec.restricted_to(spec.model_fields_set - {"name"})
        if spec.via == "sync":
            yield Ref("sync_rule", key), spec
            return
        for source in spec.from_:
            suffix = "" if len(spec.from_) == 1 else f":{source if source.kind == 'team' else source.key}"
            yield Ref(self.name, key + suffix), spec.model_copy(update={"from_": (source,)})

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[Resource]) -> Iterable[Live]:
        if not clients.workspace:
            return ()
        found: list[Live] = []
        for workspace in sorted({clients.workspace, *clients.elsewhere.values()}):
            try:
                found += self._list(clients, workspace)
            except NotFoundError as error:
                if wanted:
                    error.hint = (
                        f"connect the workspace {workspace} in PagerDuty under Integrations > Slack; "
                        "no API can do that"
                    )
                    raise
        return found

    def _list(self, clients: Clients, workspace: str) -> list[Live]:
        raws = clients.pagerduty.list(_path(workspace), self.plural, token="user", host="app")
        return [self.live(raw, workspace) for raw in raws]

    def live(self, raw: Json, workspace: str) -> Live:
        ends = raw.get("source_name") or raw["source_id"], raw.get("channel_name") or raw["channel_id"]
        return Live(self.name, raw["id"], " → ".join(ends), raw, parts={"workspace": workspace})

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
            events=sorted_events(short_event(event) for event in config["events"]),
            audience=raw.get("notification_type") or "responder",
        )

    def encode(self, spec: NotificationRule, id_index: IdIndex, live: Live | None) -> Json:
        """Encode the whole connection: PUT replaces it, and fields missing in `config` are lost."""
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
            config["events"] = [wire_event(event, there) for event in spec.events]
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

    def create(self, session: Session, ref: Ref, spec: NotificationRule, mark: OwnershipMark) -> Live:
        clients, id_index = session.clients, session.id_index
        body = {"slack_connection": self.encode(spec, id_index, None)}
        wanted = self.wanted_identity(spec, id_index)
        workspace = clients.elsewhere.get(id_index.id(spec.to), clients.workspace)

        def post() -> Json:
            answer = clients.pagerduty.create(_path(workspace), body, token="user", host="app")
            made: Json = answer["slack_connection"]
            return made

        def find() -> Json | None:
            lives = self._list(clients, workspace)
            return next((live.raw for live in lives if self.identity(live) == wanted), None)

        with _channel_explained():
            return self.live(create_once(post, find, unique=False, clock=clients.clock), workspace)

    def update(
        self,
        session: Session,
        live: Live,
        spec: NotificationRule,
        fields: Collection[str],
        mark: OwnershipMark | None,
    ) -> None:
        id_index = session.id_index
        before = self.encode(self.decode(live, id_index).restricted_to(fields), id_index, live)
        held = {name: value for name, value in live.raw.items() if name not in SERVER_MADE}
        held["config"] = NEW["config"] | held["config"]
        body = {
            "slack_connection": merged(self.encode(spec.restricted_to(fields), id_index, live), before, held)
        }
        path = _path_of(live)
        with _channel_explained():
            session.clients.pagerduty.update(path, body, token="user", host="app")

    def delete(self, session: Session, live: Live) -> None:
        remove(session.clients, _path_of(live), token="user", host="app")

    def check_exists(self, clients: Clients, live: Live) -> None:
        clients.pagerduty.get(_path_of(live), token="user", host="app")


def _path(workspace: str) -> str:
    return f"/integration-slack/workspaces/{workspace}/connections"


def _path_of(live: Live) -> str:
    return f"{_path(live.parts['workspace'])}/{live.id}"


def _source_kind(raw: Json) -> str:
    return text_at(raw, "source_type").removesuffix("_reference")


def _decoded_priorities(ids: Iterable[str], id_index: IdIndex) -> tuple[Ref | str, ...]:
    """Decode the priorities: an empty list means only incidents without a priority (pagerduty.md 9.4)."""
    return sorted_priorities(
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
    """Add a hint to a refusal of the channel: PagerDuty's app must be a member of a private channel."""
    try:
        yield
    except ApiError as error:
        if error.status == 400 and "channel" in error.message.lower():
            error.hint = "if the channel is private, invite PagerDuty's app in Slack: /invite @PagerDuty"
        raise
