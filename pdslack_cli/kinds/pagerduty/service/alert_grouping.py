"""Which alerts of a service become one incident: an object of its own at PagerDuty (pagerduty.md 5.3).

A service is in one setting at most, and a setting may hold several services. Ours hold one, and carry the
mark of that service. The fields for grouping that a service itself has are never sent: they would pull it
out of its setting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.errors import PlanLimitError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import Duration, problem, within
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unsaid_fields
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.mark import join_mark, split_mark
from pdslack_cli.kinds.pagerduty.base import reference, remove
from pdslack_cli.model import Json, Live, Owned, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients
    from pdslack_cli.kinds.pagerduty.service.service import Service

PATH, WRAPPER, PLURAL = "/alert_grouping_settings", "alert_grouping_setting", "alert_grouping_settings"

DAY = Duration(86_400)
FOREVER = Duration(0)
UNTIL_RESOLVED = "until-resolved"

Window = Annotated[Duration, Field(description="the longest time between two alerts of an incident")]


def _in_one_order(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(fields)))


def _forever(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    return FOREVER if value == UNTIL_RESOLVED else read(value)


class ByTime(Spec):
    """All alerts of a stretch of time."""

    by: Literal["time"] = "time"
    window: Annotated[
        Duration,
        within("1m", "24h"),
        WrapValidator(_forever),
        PlainSerializer(lambda window: str(window) if window else UNTIL_RESOLVED),
        WithJsonSchema({"type": "string", "examples": ["10m", UNTIL_RESOLVED]}),
    ] = Field(default_factory=lambda: FOREVER, description="from the first alert on")


class ByIntelligence(Spec):
    """Alerts that PagerDuty finds alike."""

    by: Literal["intelligent"] = "intelligent"
    fields: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_in_one_order)] = ("summary",)
    window: Annotated[Window, within("5m", "1h")]


class ByContent(Spec):
    """Alerts with the same values in some fields."""

    by: Literal["content", "content-and-intelligent"] = "content"
    fields: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_in_one_order)]
    match: Annotated[Literal["all", "any"], Field(description="whether all fields must agree, or any")] = (
        "all"
    )
    window: Window

    @model_validator(mode="after")
    def _window_fits(self) -> Self:
        hour = Duration(3600)
        whole_day = self.by == "content" and self.window == DAY
        if not (Duration(300) <= self.window <= hour or whole_day):
            more = ", or 24h" if self.by == "content" else ""
            raise problem(f"a window of {self.window} is out of range", f"from 5m to 1h{more}")
        return self


_FORMS = {
    "content": "content",
    "content-and-intelligent": "content",
    "time": "time",
    "intelligent": "intelligent",
}


def _form(value: Any) -> str | None:
    if value is None:
        return "none"
    by = value.get("by") if isinstance(value, dict) else getattr(value, "by", None)
    return _FORMS.get(by) if isinstance(by, str) else None


AlertGrouping = Annotated[
    Annotated[ByContent, Tag("content")]
    | Annotated[ByTime, Tag("time")]
    | Annotated[ByIntelligence, Tag("intelligent")]
    | Annotated[None, Tag("none")],
    Discriminator(
        _form,
        custom_error_type="pdslack",
        custom_error_message="{message}",
        custom_error_context={
            "message": "this is no way to group alerts",
            "hint": "write a mapping with `by: content`, `time`, `intelligent` or `content-and-intelligent`",
        },
    ),
]

# --- lenses ----------------------------------------------------------------------------------------

_WIRE = {"content": "content_based", "content-and-intelligent": "content_based_intelligent"}
_WORDS: Mapping[str, Any] = {wire: word for word, wire in _WIRE.items()}


def encode_grouping(grouping: ByContent | ByTime | ByIntelligence) -> Json:
    """Type and configuration of a setting."""
    if isinstance(grouping, ByTime):
        return {"type": "time", "config": {"timeout": int(grouping.window)}}
    if isinstance(grouping, ByIntelligence):
        config: Json = {"time_window": int(grouping.window), "iag_fields": list(grouping.fields)}
        return {"type": "intelligent", "config": config}
    return {
        "type": _WIRE.get(grouping.by, grouping.by),
        "config": {
            "aggregate": grouping.match,
            "fields": list(grouping.fields),
            "time_window": int(grouping.window),
        },
    }


def decode_grouping(setting: Json | None) -> ByContent | ByTime | ByIntelligence | None:
    """The words for a setting; a type that we do not know stays as it is, and no file can say it."""
    if setting is None:
        return None
    config = setting.get("config") or {}
    window = Duration(config.get("time_window") or config.get("recommended_time_window") or 0)
    if setting["type"] == "time":
        return ByTime(by="time").model_copy(update={"window": Duration(config.get("timeout") or 0)})
    if setting["type"] == "intelligent":
        fields = tuple(sorted(config.get("iag_fields") or ["summary"]))
        return ByIntelligence.model_construct(by="intelligent", fields=fields, window=window)
    return ByContent.model_construct(
        by=_WORDS.get(setting["type"], setting["type"]),
        fields=tuple(sorted(config.get("fields") or ())),
        match=config.get("aggregate") or "all",
        window=window,
    )


def export_notes(setting: Json, service: str) -> Iterable[str]:
    """What a setting holds that no file can say; ours are called as their service."""
    grouping = decode_grouping(setting)
    said = encode_grouping(grouping) if grouping else {}
    text, _ = split_mark(setting.get("description"))
    held = {**setting, "description": text}
    usual = {"name": service, "description": ""}
    yield from as_comment(unsaid_fields(held, said, usual), "its alert grouping")


# --- the part --------------------------------------------------------------------------------------


class ServiceGrouping(Part["Service"]):
    """The alert grouping of a service: an object of its own, with the mark of the service."""

    fields = frozenset({"alert_grouping"})

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        if "alert_grouping" not in live.parts:
            return {}
        return {"alert_grouping": decode_grouping(live.parts["alert_grouping"])}

    def obstacles(
        self, spec: Service, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        return obstacles(live, spec.alert_grouping, adopt=adopt)

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        if "alert_grouping" not in live.parts:
            yield "its alert grouping could not be read, and stays as it is"
        if setting := live.parts.get("alert_grouping"):
            yield from export_notes(setting, live.name)

    def write(self, session: Session, ref: Ref, live: Live, spec: Service) -> None:
        write_setting(session, ref, live, spec.alert_grouping)

    def delete(self, session: Session, live: Live) -> None:
        delete_setting(session, live)

    def owners(self, live: Live) -> Collection[str]:
        return owners(live)

    def mark(self, session: Session, live: Live, mark: Owned | None, owners: Collection[str]) -> None:
        mark_setting(session, live, mark, owners)


# --- reading and writing ---------------------------------------------------------------------------


def read_settings(clients: Clients) -> Mapping[str, Json]:
    """Every setting, by the id of each service in it: one list for all."""
    settings = clients.pagerduty.list(PATH, PLURAL)
    return {service["id"]: setting for setting in settings for service in setting.get("services") or ()}


def obstacles(live: Live, grouping: object, *, adopt: bool) -> Iterable[str]:
    """Why the setting that the service is in cannot be changed by us."""
    setting = live.parts.get("alert_grouping")
    if setting is None:
        return
    name = f"the alert grouping setting {setting.get('name') or setting['id']!r}"
    _, owned = split_mark(setting.get("description"))
    if len(setting["services"]) > 1:
        yield (
            f"alert_grouping: {name} is shared by {len(setting['services'])} services: take this one out of "
            "it in PagerDuty (Automation, Alert Grouping), or leave `alert_grouping` out"
        )
    elif owned is None and not adopt:
        yield f"alert_grouping: {name} is not ours: `--adopt` takes it over, or delete it in PagerDuty"
    elif owned and live.owned and owned.owner != live.owned.owner:
        yield (
            f"alert_grouping: {name} belongs to owner {owned.owner!r}: "
            f"`pdslack adopt service/{live.owned.key} --from {owned.owner}` takes it over"
        )
    elif owned and live.owned and owned.key != live.owned.key and not adopt:
        yield f"alert_grouping: {name} carries the mark of service/{owned.key}: `--adopt` takes it over"
    elif grouping is None and not _is_ours(setting, live):
        yield f"alert_grouping: {name} was renamed by hand, or is a copy: delete it in PagerDuty"


def owners(live: Live) -> Collection[str]:
    """Whose mark the setting bears that holds this service alone, as far as it was read."""
    setting = live.parts.get("alert_grouping")
    owned = _mark_of(setting) if setting else None
    return () if owned is None else {owned.owner}


def _mark_of(setting: Json) -> Owned | None:
    """The mark of a setting of one service: only those have one."""
    _, owned = split_mark(setting.get("description"))
    return owned if len(setting.get("services") or ()) == 1 else None


def _is_ours(setting: Json, live: Live) -> bool:
    """Whether the setting carries the mark of its service, written with the name that it has.

    A mark of the first version has no check; that the setting is in the service says enough.
    """
    owned = _mark_of(setting)
    if owned is None or live.owned is None or owned.address != live.owned.address:
        return False
    return not owned.check or owned.fits(setting.get("name") or "")


def write_setting(
    session: Session, ref: Ref, live: Live, grouping: ByContent | ByTime | ByIntelligence | None
) -> None:
    """Make, change or delete the setting of the service."""
    setting = live.parts.get("alert_grouping")
    pagerduty = session.clients.pagerduty
    if grouping is None:
        if setting is not None:
            remove(session.clients, f"{PATH}/{setting['id']}")
        return
    body = encode_grouping(grouping)
    name = setting.get("name") or "" if setting else live.name
    mark = Owned.bound(session.owner, ref.key, name)
    if setting is not None:
        text, _ = split_mark(setting.get("description"))
        before = decode_grouping(setting)
        if before is not None and type(before) is type(grouping):
            body = merged(body, encode_grouping(before), {name: setting[name] for name in body})
        body |= {"name": setting.get("name"), "description": join_mark(text, mark)}
        pagerduty.update(f"{PATH}/{setting['id']}", {WRAPPER: body})
        return
    body["description"] = join_mark("", mark)
    body |= {"name": live.name, "services": [reference(live.id, "service")]}
    create_once(
        lambda: pagerduty.create(PATH, {WRAPPER: body}),
        lambda: next(iter(_of_service(session, live)), None),
        unique=True,  # PagerDuty refuses a second one for a service
        clock=session.clients.clock,
    )


def mark_setting(session: Session, live: Live, mark: Owned | None, owners: Collection[str]) -> None:
    """Give the mark of a service to its setting too, where that bears the mark of one of these owners.

    One that bears none ("") goes along where settings were read: nothing manages them elsewhere.
    """
    if set(owners) <= {""} and not live.parts.get("alert_grouping"):
        return
    with suppress(PlanLimitError):
        for setting in _of_service(session, live):
            owned = _mark_of(setting)
            alone = len(setting.get("services") or ()) == 1
            if alone and (owned.owner if owned else "") in owners:
                written = mark and Owned.bound(mark.owner, mark.key, setting.get("name") or "")
                text, _ = split_mark(setting.get("description"))
                body: Json = {name: setting[name] for name in ("name", "type", "config") if name in setting}
                body["description"] = join_mark(text, written)
                session.clients.pagerduty.update(f"{PATH}/{setting['id']}", {WRAPPER: body})


def delete_setting(session: Session, live: Live) -> None:
    """Delete the setting that is ours and holds this service alone; else it would outlive the service."""
    with suppress(PlanLimitError):
        for setting in _of_service(session, live):
            if _is_ours(setting, live):
                remove(session.clients, f"{PATH}/{setting['id']}")


def _of_service(session: Session, live: Live) -> list[Json]:
    return session.clients.pagerduty.list(PATH, PLURAL, service_ids=[live.id])
