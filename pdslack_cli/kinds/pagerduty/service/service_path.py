"""The rules of a service: its orchestration path, and the flag that activates it (pagerduty.md 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pdslack_cli.errors import ApiError, AuthError, NotFoundError, ignore_unavailable
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.orchestration import paths
from pdslack_cli.kinds.pagerduty.orchestration.paths import (
    PATHS,
    change_path,
    decode_path,
    does,
    foreign_rules,
    read_path,
    replace_path,
    start_of,
)
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rules
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

GONE = 410  # the flag, once an account has no event rules: then every path is in force

# The flag can read back stale: 30 s of looking in all.
LOOKUP_DELAYS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)


def _path(service_id: str) -> str:
    return f"{PATHS}/services/{service_id}"


class HasRules(Protocol):
    @property
    def rules(self) -> Rules: ...


class ServiceRules(Part[HasRules]):
    """The rules of a service: a document, and a flag that activates it."""

    fields = children = rules = frozenset({"rules"})
    stored = "path"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return read_parts(clients, live.id)

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"rules": decode_rules(live, id_index)}

    def obstacles(
        self, spec: HasRules, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        return () if adopt else obstacles(spec.rules, live, id_index)

    def export_notes(self, before: HasRules, live: Live, id_index: IdIndex) -> Iterable[str]:
        return export_notes(before.rules, live, id_index)

    def write(self, session: Session, ref: Ref, live: Live, spec: HasRules) -> None:
        write_rules(session, ref, live, spec.rules)


def read_parts(clients: Clients, service_id: str) -> Mapping[str, Any]:
    """Read the path, whether it is active, and if not, the number of event rules that apply instead."""
    path = _read_document(clients, service_id)
    if not path:
        return {"path": path, "active": False, "event_rules": 0}
    if read_active(clients, service_id):
        return {"path": path, "active": True, "event_rules": 0}
    event_rules: list[Json] = []
    with ignore_unavailable():  # accounts made lately have no event rules
        event_rules = clients.pagerduty.list(f"/services/{service_id}/rules", "rules")
    return {"path": path, "active": False, "event_rules": len(event_rules)}


def _read_document(clients: Clients, service_id: str) -> Json:
    """Read the path; {} if the service is gone, which PagerDuty answers like a denial (pagerduty.md 7.3)."""
    try:
        return read_path(clients, _path(service_id))
    except AuthError:
        try:
            clients.pagerduty.get(f"/services/{service_id}")
        except NotFoundError:
            return {}
        raise


def read_active(clients: Clients, service_id: str) -> bool:
    """Read whether the path is active."""
    return _flag(lambda: clients.pagerduty.get(f"{_path(service_id)}/active"))


def decode_rules(live: Live, id_index: IdIndex) -> Rules:
    """Return the active rules: none if the path is inactive."""
    return decode_path(live.parts["path"], id_index, "service") if live.parts["active"] else ()


def obstacles(wanted: Rules, live: Live, id_index: IdIndex) -> Iterable[str]:
    """Return the existing rules that the rules of the file would disable."""
    way_out = "`--adopt` replaces them, or take `rules` out of the file"
    if not wanted:
        return
    if event_rules := live.parts["event_rules"]:
        yield f"rules: {event_rules} event rules of the service would be switched off: {way_out}"
    if "rules" in live.own_rules:
        return
    there = decode_path(live.parts["path"], id_index, "service")
    if foreign := foreign_rules(wanted, there, does):
        yield f"rules: the service has {foreign} rules, and the file contains none of them: {way_out}"


def export_notes(rules: Rules, live: Live, id_index: IdIndex) -> Iterable[str]:
    """Describe what the service has that `rules` in a file cannot express."""
    path, active = live.parts["path"], live.parts["active"]
    if active or not path:
        yield from paths.export_notes(rules, path, id_index, "service")
    if event_rules := live.parts["event_rules"]:
        yield f"{event_rules} event rules are in force in place of its rules; `rules:` would switch them off"
    elif not active and path and any(start_of(path)):
        yield "it has rules that are switched off; `rules:` would replace them"


def write_rules(session: Session, ref: Ref, live: Live, rules: Rules) -> None:
    """Replace the path, then activate it: an active path that is only half written would lose events."""
    replace_path(
        session,
        ref,
        _path(live.id),
        live.parts.get("path"),
        lambda now: change_path(rules, session.id_index, now, "service"),
        new=live.new,
    )
    if rules and not live.parts.get("active"):
        _activate(session, live)


def _activate(session: Session, live: Live) -> None:
    """Activate the path. For an existing service the flag is read again, because it may not be stored."""
    pagerduty, clock = session.clients.pagerduty, session.clients.clock
    path = f"{_path(live.id)}/active"
    for seconds in LOOKUP_DELAYS:
        clock.sleep(seconds)
        # Said again each time: the first word may not have stuck.
        is_active = _flag(lambda: pagerduty.update(path, {"active": True}))
        if is_active and (live.new or read_active(session.clients, live.id)):
            return
    raise ApiError(
        "PagerDuty stored the rules of the service, but did not put them in force within 30 s",
        provider="pagerduty",
        method="PUT",
        path=path,
        hint="run again: the plan shows whether they are active by now",
    )


def _flag(call: Callable[[], Json]) -> bool:
    try:
        return bool(call().get("active"))
    except ApiError as error:
        if error.status == GONE:
            return True
        raise
