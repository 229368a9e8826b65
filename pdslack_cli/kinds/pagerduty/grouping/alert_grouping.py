"""Alert grouping of a service: a separate object at PagerDuty (pagerduty.md 5.3).

A service is in at most one grouping setting, and a setting may cover several services. Ours cover one service
and have its mark. The grouping fields of the service itself are never sent: they would remove it from its
setting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from pdslack_cli.clients.create_once import create_once
from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.errors import PlanLimitError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.mark import join_mark, split_mark
from pdslack_cli.kinds.pagerduty.base import reference, remove
from pdslack_cli.kinds.pagerduty.grouping.grouping import (
    AlertGrouping,
    Grouping,
    decode_grouping,
    encode_grouping,
    export_notes,
)
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

OWN_MARK = "alert_grouping/"  # how the keys begin in marks of settings that stand alone
PATH, WRAPPER, PLURAL = "/alert_grouping_settings", "alert_grouping_setting", "alert_grouping_settings"

# --- the part --------------------------------------------------------------------------------------


class HasAlertGrouping(Protocol):
    @property
    def alert_grouping(self) -> AlertGrouping: ...


class ServiceGrouping(Part[HasAlertGrouping]):
    """The alert grouping of a service: a separate object that has the mark of the service."""

    fields = single = frozenset({"alert_grouping"})
    stored = "alert_grouping"

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"alert_grouping": decode_grouping(live.parts["alert_grouping"])}

    def obstacles(
        self, spec: HasAlertGrouping, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        return obstacles(live, spec.alert_grouping, adopt=adopt)

    def held_by(self, live: Live) -> Mapping[str, str]:
        setting = live.parts.get("shared_grouping")
        _, owned = split_mark(setting.get("description")) if setting else ("", None)
        return {setting["id"]: owned.key} if setting and owned and _stands_alone(setting) else {}

    def removed_by(self, live: Live, after: HasAlertGrouping) -> Collection[str]:
        setting = live.parts.get("alert_grouping")
        return {setting["id"]} if setting and after.alert_grouping is None else ()

    def export_notes(self, before: HasAlertGrouping, live: Live, id_index: IdIndex) -> Iterable[str]:
        return export_notes(before.alert_grouping, live.parts["alert_grouping"], live.name)

    def write(self, session: Session, ref: Ref, live: Live, spec: HasAlertGrouping) -> None:
        write_setting(session, ref, live, spec.alert_grouping)

    def delete(self, session: Session, live: Live) -> None:
        delete_setting(session, live)

    def marks(self, live: Live) -> Collection[OwnershipMark | None]:
        setting = live.parts.get("alert_grouping")
        return (_mark_of(setting),) if setting and _is_of_service(setting) else ()

    def mark(self, session: Session, live: Live, mark: OwnershipMark | None, owners: Collection[str]) -> None:
        mark_setting(session, live, mark, owners)


# --- reading and writing ---------------------------------------------------------------------------


def read_settings(clients: Clients) -> Mapping[str, Json]:
    """Read every setting, by the id of each service in it, from one list."""
    settings = clients.pagerduty.list(PATH, PLURAL)
    return {
        text_at(service, "id"): setting for setting in settings for service in setting.get("services") or ()
    }


def setting_parts(setting: Json | None, *, exported: bool = False) -> Mapping[str, Json | None]:
    """Return the setting that a service is in; one that is an entry of its own is none of the service.

    An export makes an entry of each that has a name and several services.
    """
    is_entry = bool(exported and setting and setting.get("name") and len(setting["services"]) > 1)
    if is_entry or (setting and _stands_alone(setting)):
        return {"alert_grouping": None, "shared_grouping": setting}
    return {"alert_grouping": setting}


def obstacles(live: Live, grouping: object, *, adopt: bool) -> Iterable[str]:
    """Return why we cannot change the setting that the service is in.

    One that is an entry of its own must let go of the service, which only the whole plan shows.
    """
    setting = live.parts.get("alert_grouping") or live.parts.get("shared_grouping")
    if setting is None or _stands_alone(setting):
        return
    name = f"the alert grouping setting {setting.get('name') or setting['id']!r}"
    _, owned = split_mark(setting.get("description"))
    if len(setting["services"]) > 1:
        yield (
            f"alert_grouping: {name} is shared by {len(setting['services'])} services: take this one out of "
            "it in PagerDuty (Automation, Alert Grouping), or leave `alert_grouping` out"
        )
    elif owned is None and grouping is None:
        yield f"alert_grouping: {name} is not ours: delete it in PagerDuty"
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


def _stands_alone(setting: Json) -> bool:
    """Return whether the setting is an entry of its own."""
    _, owned = split_mark(setting.get("description"))
    return bool(owned and owned.key.startswith(OWN_MARK))


def _is_of_service(setting: Json) -> bool:
    """Return whether the setting is a part of one service, and no entry of its own."""
    return len(setting.get("services") or ()) == 1 and not _stands_alone(setting)


def _mark_of(setting: Json) -> OwnershipMark | None:
    """Return the mark of a setting that is a part of one service."""
    _, owned = split_mark(setting.get("description"))
    return owned if _is_of_service(setting) else None


def _is_ours(setting: Json, live: Live) -> bool:
    """Return whether the setting has the mark of its service, bound to its current name.

    An early mark has no check; then it is enough that the setting covers the service.
    """
    owned = _mark_of(setting)
    if owned is None or live.owned is None or owned.address != live.owned.address:
        return False
    return not owned.check or owned.fits(setting.get("name") or "")


def write_setting(session: Session, ref: Ref, live: Live, grouping: Grouping | None) -> None:
    """Create, update or delete the setting of the service."""
    setting = live.parts.get("alert_grouping")
    pagerduty = session.clients.pagerduty
    if grouping is None:
        if setting is not None:
            remove(session.clients, f"{PATH}/{setting['id']}")
        return
    body = encode_grouping(grouping)
    name = setting.get("name") or "" if setting else live.name
    mark = OwnershipMark.bound(session.owner, ref.key, name)
    if setting is not None:
        text, _ = split_mark(setting.get("description"))
        before = decode_grouping(setting)
        if type(before) is type(grouping):
            body = merged(body, encode_grouping(before), {name: setting[name] for name in body})
        body |= {"name": setting.get("name"), "description": join_mark(text, mark)}
        pagerduty.update(f"{PATH}/{setting['id']}", {WRAPPER: body})
        return
    body["description"] = join_mark("", mark)
    body |= {"name": live.name, "services": [reference(live.id, "service")]}
    create_once(
        lambda: pagerduty.create(PATH, {WRAPPER: body}),
        lambda: next((one for one in _of_service(session, live) if not _stands_alone(one)), None),
        unique=True,  # PagerDuty refuses a second one for a service
        clock=session.clients.clock,
    )


def mark_setting(session: Session, live: Live, mark: OwnershipMark | None, owners: Collection[str]) -> None:
    """Write the service's mark to its setting, if one of `owners` wrote the mark that is there.

    A setting without a mark ("") is marked only if settings were read, because the file manages it then.
    """
    if set(owners) <= {""} and not live.parts.get("alert_grouping"):
        return
    with suppress(PlanLimitError):
        for setting in _of_service(session, live):
            owned = _mark_of(setting)
            if _is_of_service(setting) and (owned.owner if owned else "") in owners:
                written = mark and OwnershipMark.bound(mark.owner, mark.key, setting.get("name") or "")
                text, _ = split_mark(setting.get("description"))
                body: Json = {name: setting[name] for name in ("name", "type", "config") if name in setting}
                body["description"] = join_mark(text, written)
                session.clients.pagerduty.update(f"{PATH}/{setting['id']}", {WRAPPER: body})


def delete_setting(session: Session, live: Live) -> None:
    """Delete our setting of this service alone; it would outlive the service."""
    with suppress(PlanLimitError):
        for setting in _of_service(session, live):
            if _is_ours(setting, live):
                remove(session.clients, f"{PATH}/{setting['id']}")


def _of_service(session: Session, live: Live) -> list[Json]:
    return session.clients.pagerduty.list(PATH, PLURAL, service_ids=[live.id])
