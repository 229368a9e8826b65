"""Catalogues, such as of priorities, that are read only where a change names one by its id alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.readers import map_concurrently
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds import READ, READ_NAMED
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.model import Live


def unread_catalogues(plan: Plan, live: LiveState) -> Collection[str]:
    """The catalogues that changes refer to and that were not read, so that only ids are known."""
    shown = set().union(*(references(change.before) for change in plan.changes))
    return {
        ref.kind
        for ref in shown
        if ref.kind not in live.objects and ref.kind in READ_NAMED and READ_NAMED[ref.kind].named_alone
    }


def with_catalogues(live: LiveState, clients: Clients, names: Collection[str]) -> LiveState:
    """Also read these catalogues, to show names instead of ids."""
    began, calls = clients.clock.time(), clients.calls
    kinds = [kind for kind in READ if kind.name in names]
    found = dict(map_concurrently(kinds, lambda kind: (kind.name, _names_of(kind, clients))))
    return replace(
        live,
        objects={**live.objects, **found},
        calls=live.calls + clients.calls - calls,
        seconds=live.seconds + clients.clock.time() - began,
    )


def _names_of(kind: LookupKind[Any], clients: Clients) -> Sequence[Live]:
    try:
        return tuple(kind.read_all(clients))
    except ApiError:
        return ()  # an id whose name cannot be read is shown as an id
