"""Refuse names that another object has; warn where the vendor may refuse them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Change, Plan
from pdslack_cli.engine.names import frees_name, name_moves, temporary_name, wanted_name
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem

CHOOSE = "choose another `name:`, or rename that one first"


def taken_names(plan: Plan, objects: Objects, stack: Stack, clients: Clients) -> Iterator[Problem]:
    """Names in the plan that are taken, for kinds whose vendor certainly refuses duplicates."""
    unknown: list[Change] = []
    for change in plan.changes:
        if change.kind.unique_names and (name := wanted_name(change)):
            if holder := _holder(change, name, plan, objects):
                yield _taken(change, holder, stack)
            else:
                unknown.append(change)
    for kind in {change.kind for change in unknown}:
        names = {wanted_name(change) for change in unknown}
        hidden = kind.hidden_names(clients, names, {live.id for live in objects.get(kind.name, ())})
        for change in unknown:
            if change.kind is kind and (holder := hidden.get(wanted_name(change), "")):
                yield _taken(change, holder, stack)
    for change in name_moves(plan.changes).via_temporary_name:
        name, _ = temporary_name(change)
        if holder := _holder(change, name, plan, objects):
            message = f"{change.ref}: the temporary name {name!r} is taken by {holder}"
            yield Problem(message, stack.location(change.ref), "rename that one first")


def _taken(change: Change, holder: str, stack: Stack) -> Problem:
    message = f"{change.ref}: the name {wanted_name(change)!r} is taken by {holder}"
    return Problem(message, stack.field_location(change.ref, "name"), CHOOSE)


def doubtful_names(change: Change, plan: Plan, objects: Objects) -> Iterator[str]:
    """Warnings about names the vendor may refuse: whether they must be unique is not documented."""
    if change.kind.perhaps_unique_names and (holder := _holder(change, wanted_name(change), plan, objects)):
        yield f"the name {wanted_name(change)!r} is also used by {holder}; PagerDuty may refuse it"


def _holder(change: Change, name: str, plan: Plan, objects: Objects) -> str:
    """What has or gets a name, ignoring case; an empty string where the name is free."""
    if not name:
        return ""
    changes = {other.live.id: other for other in plan.changes if other.live and _alike(change, other)}
    for live in objects.get(change.ref.kind, ()):
        other = changes.get(live.id)
        stays = not (other and frees_name(other))
        itself = change.live is not None and live.id == change.live.id
        if live.name.casefold() == name.casefold() and stays and not itself:
            return plan.display_name(live) + (" (archived)" if live.retired else "")
    # Of two changes that want the same name, the second in the plan gets the problem.
    for other in takewhile(lambda other: other is not change, plan.changes):
        if _alike(change, other) and wanted_name(other).casefold() == name.casefold():
            return f"{other.ref}, which gets it in the same plan"
    return ""


def _alike(change: Change, other: Change) -> bool:
    return change.ref.kind == other.ref.kind
