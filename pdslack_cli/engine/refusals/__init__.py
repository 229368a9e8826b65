"""What an apply of a plan refuses to do, told by the plan itself: one place decides it for every command."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pdslack_cli.clients import Clients
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.refusals.deletes import open_incidents, too_many_deletes
from pdslack_cli.engine.refusals.in_use import in_use


@dataclass(frozen=True)
class Allowed:
    """What the user said is meant: so many deletes (None: the usual limits), services with open incidents."""

    deletes: int | None = None
    open_incidents: bool = False


def with_refusals(plan: Plan, live: LiveState, clients: Clients, allowed: Allowed) -> Plan:
    """The plan, with whatever an apply of it refuses among its problems; `live` is what it was made from.

    Only a plan that deletes a service makes a call: for its open incidents.
    """
    refused = [*too_many_deletes(plan, allowed.deletes), *in_use(plan, live.objects)]
    if not allowed.open_incidents:
        refused += open_incidents(plan, clients)
    return replace(plan, problems=(*plan.problems, *refused))
