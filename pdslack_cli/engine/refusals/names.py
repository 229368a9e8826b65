"""Refuse names that another object has; warn where the vendor may refuse them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.calls import NAMES
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.names import (
    UniqueName,
    freed_names,
    live_names,
    name_moves,
    temporary_names,
    wanted_names,
)
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.model import Live


class Wanted(NamedTuple):
    """A name that a change gives to its object."""

    change: Change
    name: UniqueName


def taken_names(plan: Plan, objects: Objects, stack: Stack) -> Iterator[Problem]:
    """Names in the plan that are taken, for kinds whose vendor certainly refuses duplicates. Pure."""
    names = _Names(plan, objects)
    for wanted in names.wanted:
        if wanted.change.kind.unique_names and (holder := names.holder(wanted)):
            yield _taken(wanted, holder, stack)
    for change in name_moves(plan.changes).via_temporary_name:
        for field, value in temporary_names(change).items():
            name = UniqueName(change.kind.namespaces[field], field, value)
            if holder := names.holder(Wanted(change, name)):
                message = f"{change.ref}: the temporary {field} {value!r} is taken by {holder}"
                yield Problem(message, stack.location(change.ref), "rename that one first")


def names_taken_unseen(plan: Plan, objects: Objects, stack: Stack, clients: Clients) -> Iterator[Problem]:
    """Names in the plan that are taken by what no plan reads; makes calls for kinds with such names alone."""
    names = _Names(plan, objects)
    known = {live.id for name, lives in objects.items() if name in MANAGED_NAMED for live in lives}
    asked: dict[tuple[Kind[Any], Namespace], list[Wanted]] = defaultdict(list)
    for wanted in names.wanted:
        if wanted.change.kind.unique_names and not names.holder(wanted):
            asked[wanted.change.kind, wanted.name.namespace].append(wanted)
    for (kind, namespace), found in asked.items():
        hidden = kind.hidden_names(clients, namespace, {wanted.name.value for wanted in found}, known)
        for wanted in found:
            if holder := hidden.get(wanted.name.value, ""):
                yield _taken(wanted, holder, stack)


def _taken(wanted: Wanted, holder: str, stack: Stack) -> Problem:
    (change, (_, field, value)) = wanted
    message = f"{change.ref}: the {field} {value!r} is taken by {holder}"
    hint = f"choose another `{field}:`, or rename that one first"
    return Problem(message, stack.field_location(change.ref, field), hint)


def doubtful_names(plan: Plan, objects: Objects) -> Mapping[Change, Sequence[str]]:
    """Warnings about names the vendor may refuse: whether they must be unique is not documented."""
    names, warnings = _Names(plan, objects), defaultdict[Change, list[str]](list)
    for wanted in names.wanted:
        (change, (_, field, value)) = wanted
        if change.kind.perhaps_unique_names and (holder := names.holder(wanted)):
            warnings[change].append(
                f"the {field} {value!r} is also used by {holder}; PagerDuty may refuse it"
            )
    return warnings


def perhaps_hidden(plan: Plan, live: LiveState) -> Mapping[Change, Sequence[str]]:
    """Warnings about what earlier runs made for an entry and the vendor hides: it may still have the name."""
    hidden = live.created.keys() - {one.id for lives in live.objects.values() for one in lives}
    return {
        change: [
            f"a run in this folder made {id_} for it, which is archived or hidden now, and if that still has "
            f"this name, {NAMES[change.kind.provider]} refuses it; {change.kind.restore_hint}; or choose "
            "another name"
            for id_ in sorted(hidden)
            if live.created[id_].ref == change.ref
        ]
        for change in plan.of(Action.CREATE)
        if change.after and change.kind.may_hide(change.after)
    }


class _Names:
    """Who has and who gets the names of the plan, by what the vendor compares."""

    def __init__(self, plan: Plan, objects: Objects) -> None:
        self.plan = plan
        self.wanted = [Wanted(change, name) for change in plan.changes for name in wanted_names(change)]
        freed = {
            (change.live.id, name.key)
            for change in plan.changes
            if change.live
            for name in freed_names(change)
        }
        self.held: dict[object, list[Live]] = defaultdict(list)
        for kind in (MANAGED_NAMED[name] for name in objects if name in MANAGED_NAMED):
            for live in objects[kind.name]:
                for name in live_names(kind, live):
                    if (live.id, name.key) not in freed:
                        self.held[name.key].append(live)
        self.first: dict[object, Change] = {}
        for change, name in self.wanted:
            self.first.setdefault(name.key, change)

    def holder(self, wanted: Wanted) -> str:
        """What has or gets a name besides the object of the change; empty where the name is free."""
        change, name = wanted
        for live in self.held.get(name.key, ()):
            if change.live is None or live.id != change.live.id:
                word = MANAGED_NAMED[live.kind].retired_word
                return self.plan.display_name(live) + (f" ({word})" if live.retired else "")
        # Of two changes that want the same name, the second in the plan gets the problem.
        first = self.first.get(name.key, change)
        if first is not change:
            return f"{first.ref}, which gets it in the same plan"
        return "Slack, which reserves it" if name.value in name.namespace.reserved else ""
