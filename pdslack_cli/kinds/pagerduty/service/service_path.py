"""The rules of a service: its orchestration path, and the flag that activates it (pagerduty.md 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pdslack_cli.errors import ApiError, AuthError, StaleError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.orchestration import paths
from pdslack_cli.kinds.pagerduty.orchestration.paths import (
    EMPTY,
    PATHS,
    change_path,
    decode_path,
    does,
    foreign_rules,
    read_path,
    replace_path,
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
    @property
    def rules_active(self) -> bool: ...


class ServiceRules(Part[HasRules]):
    """The rules of a service: a document, and a flag that puts it in force."""

    fields = frozenset({"rules", "rules_active"})
    children = rules = frozenset({"rules"})
    stored = "path"

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return read_parts(clients, live.id)

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        rules = () if _is_unused(live) else decode_path(live.parts["path"], id_index, "service")
        # Without rules nobody has switched anything off.
        return {"rules": rules, "rules_active": live.parts["active"] or not rules}

    def is_bare(self, field: str, value: Any) -> bool:
        return field == "rules_active" or not value

    def obstacles(
        self, spec: HasRules, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        if live.parts["always_active"] and spec.rules and not spec.rules_active:
            yield (
                "rules_active: this account has no event rules that could take the place of its rules: "
                "set `disabled: true` on the rules instead"
            )
        if not adopt:
            yield from obstacles(spec, live, id_index)

    def export_notes(self, before: HasRules, live: Live, id_index: IdIndex) -> Iterable[str]:
        if before.rules or (live.parts["active"] and not _is_unused(live)):
            yield from paths.export_notes(before.rules, live.parts["path"], id_index, "service")
        if event_rules := live.parts["event_rules"]:
            yield f"{event_rules} event rules are in force in place of its rules; `rules:` switches them off"
        if event_rules is None:
            yield "its event rules, which `rules:` would switch off, are hidden from this token"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasRules) -> None:
        """An active path that is only half written would lose events: it is off before, or on after."""
        rules, active = spec.rules, live.parts.get("active")
        before = None if live.new else decode_path(live.parts["path"], session.id_index, "service")
        if rules and not spec.rules_active and active is not False:
            _switch(session, live, active=False)
        if rules != before:
            replace_path(
                session,
                ref,
                _path(live.id),
                live.parts.get("path"),
                lambda now: change_path(rules, session.id_index, now, "service"),
                new=live.new,
            )
        if rules and spec.rules_active and not active:
            _switch(session, live, active=True)


def _is_unused(live: Live) -> bool:
    """Whether the path is in the form of a service that never had rules, as most are."""
    path: Json = live.parts["path"]
    return EMPTY.items() <= path.items()


def read_parts(clients: Clients, service_id: str) -> Mapping[str, Any]:
    """Read the path, whether it is active, and if not, the number of event rules that apply instead.

    None stands for the number that this token may not know.
    """
    path = _read_document(clients, service_id)
    active = _flag(lambda: clients.pagerduty.get(_flag_path(service_id)))
    parts = {"path": path, "active": active is not False, "always_active": active is None, "event_rules": 0}
    if parts["active"]:
        return parts
    try:
        parts["event_rules"] = len(clients.pagerduty.list(f"/services/{service_id}/rules", "rules"))
    except ApiError as error:
        if not error.unavailable:
            raise
        # Accounts made lately have none; what this token may not see may be there.
        parts["event_rules"] = None if isinstance(error, AuthError) else 0
    return parts


def _read_document(clients: Clients, service_id: str) -> Json:
    """Read the path. That of a service that is gone is answered like a denial (pagerduty.md 7.3)."""
    try:
        return read_path(clients, _path(service_id))
    except AuthError:
        clients.pagerduty.get(f"/services/{service_id}")  # the better error, if it is gone
        raise


def obstacles(spec: HasRules, live: Live, id_index: IdIndex) -> Iterable[str]:
    """Return the existing rules that the rules of the file would disable."""
    way_out = "`--adopt` replaces them, or take `rules` out of the file"
    if not spec.rules:
        return
    event_rules = live.parts["event_rules"]
    if event_rules and spec.rules_active:
        yield f"rules: {event_rules} event rules of the service would be switched off: {way_out}"
    if event_rules is None and spec.rules_active:
        yield (
            "rules: event rules of the service would be switched off if it has any, which "
            f"PAGERDUTY_API_KEY may not see (403): use a key with full access, {way_out}"
        )
    if "rules" in live.own_rules:
        return
    there = decode_path(live.parts["path"], id_index, "service")
    if foreign := foreign_rules(spec.rules, there, does):
        yield f"rules: the service has {foreign} rules, and the file contains none of them: {way_out}"


def _flag_path(service_id: str) -> str:
    return f"{_path(service_id)}/active"


def _switch(session: Session, live: Live, *, active: bool) -> None:
    """Set the flag. For an existing service it is read again, because it may not be stored."""
    pagerduty, clock = session.clients.pagerduty, session.clients.clock
    path = _flag_path(live.id)
    for seconds in LOOKUP_DELAYS:
        clock.sleep(seconds)
        # Said again each time: the first word may not have stuck.
        now = _flag(lambda: pagerduty.update(path, {"active": active}))
        if now is None and not active:
            raise ApiError(
                "PagerDuty keeps the rules of the service in force: the account has no event rules instead",
                provider="pagerduty",
                method="PUT",
                path=path,
                hint="set `disabled: true` on the rules, and remove `rules_active`",
            )
        if now in (active, None) and (live.new or _flag(lambda: pagerduty.get(path)) in (active, None)):
            return
    raise StaleError(
        f"PagerDuty stored the rules of the service, but did not {_WORDS[active]} within 30 s",
        provider="pagerduty",
        method="PUT",
        path=path,
        hint="run again: the plan shows whether they are active by now",
    )


_WORDS = {True: "put them in force", False: "switch them off"}


def _flag(call: Callable[[], Json]) -> bool | None:
    """Return the flag; None where there is none, and every path is in force."""
    try:
        return bool(call().get("active"))
    except ApiError as error:
        if error.status == GONE:
            return None
        raise
