"""What a plan can touch: the services, teams and people behind its changes.

Upwards go policies and services that notify by a changed schedule or policy, in the stack and outside of it,
and services that run a changed automation action.
Downwards goes what a change, or what was found upwards, refers to: a global rule touches the services of all
routes, and a service the people whom it notifies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Impact, Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.kind import readable
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.model import SCHEDULES, Ref

UPWARDS = {
    **dict.fromkeys(SCHEDULES, "escalation_policy"),
    "escalation_policy": "service",
    "automation_runner": "automation_action",
    "automation_action": "service",
}
"""The kinds whose users notify by them or run them, and the kind of those users."""

DOWNWARDS = frozenset({"service", "team", "person", "escalation_policy", *SCHEDULES})

Links = Mapping[Ref, frozenset[Ref]]


def impact_of(plan: Plan, stack: Stack, live: LiveState) -> Impact:
    """Return everything that the changes of a plan can touch; nothing for a plan without changes."""
    changed = {change.ref for change in plan.changes}
    if not changed:
        return Impact()
    links = _links(plan, stack, live, changed)
    users = _inverted(links)
    reached = _closure(
        changed, lambda ref: (user for user in users.get(ref, ()) if user.kind == UPWARDS.get(ref.kind))
    )
    reached = _closure(
        reached, lambda ref: (other for other in links.get(ref, ()) if other.kind in DOWNWARDS)
    )

    def of(kind: str) -> tuple[Ref, ...]:
        return tuple(sorted((ref for ref in reached if ref.kind == kind), key=str))

    return Impact(of("service"), of("team"), of("person"))


def _links(plan: Plan, stack: Stack, live: LiveState, changed: Iterable[Ref]) -> Links:
    """What refers to what: in the files, in the objects that change, and in those that may notify by them."""
    links: dict[Ref, set[Ref]] = {}
    for ref, entry in stack.entries.items():
        links.setdefault(ref, set()).update(entry.references)
    for change in plan.changes:
        links.setdefault(change.ref, set()).update(
            *(references(side) for side in (change.before, change.after))
        )
    for name in _users({ref.kind for ref in changed}):
        lives = live.objects.get(name, ())
        others = [one for one in lives if plan.id_index.ref(name, one.id, one.name) not in links]
        for one, spec in readable(MANAGED_NAMED[name], others, plan.id_index):
            links[plan.id_index.ref(name, one.id, one.name)] = set(references(spec))
    return {ref: frozenset(found) for ref, found in links.items()}


def _users(kinds: Iterable[str]) -> Iterator[str]:
    """The kinds whose objects notify by objects of the given kinds or run them, directly or not."""
    found = {UPWARDS[kind] for kind in kinds if kind in UPWARDS}
    if found:
        yield from found
        yield from _users(found)


def _inverted(links: Links) -> Links:
    """What is referred to by what."""
    users: dict[Ref, set[Ref]] = {}
    for ref, named in links.items():
        for other in named:
            users.setdefault(other, set()).add(ref)
    return {ref: frozenset(found) for ref, found in users.items()}


def _closure(refs: Iterable[Ref], following: Callable[[Ref], Iterable[Ref]]) -> set[Ref]:
    """These, and all that is reached from them."""
    reached, left = set(refs), list(refs)
    while left:
        found = set(following(left.pop()))
        left += found - reached
        reached |= found
    return reached
