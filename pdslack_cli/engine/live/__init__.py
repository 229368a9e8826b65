"""Read the live objects of both products, in as few calls as the vendors allow.

One list per kind that can carry a mark or that the stack refers to; then, for the objects that the stack
manages, the parts that need calls of their own. PagerDuty and Slack are read at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, compress
from typing import Any, NamedTuple

from pdslack_cli.clients import Clients
from pdslack_cli.clients.create_once import LOOKUP_DELAYS
from pdslack_cli.clients.http.calls import NAMES, Provider
from pdslack_cli.clients.http.readers import (
    MOST_READS,
    ReadCount,
    ReadWatcher,
    map_concurrently,
    readers,
    submitted,
)
from pdslack_cli.clients.just_made import texts_in
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live.lists import KindRead, kinds_to_read, read_kind
from pdslack_cli.engine.live.parts import PartsRead, parts_to_read, read_parts
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.engine.storage.recent import NO_WRITES, ObjectId, RecentWrites
from pdslack_cli.errors import ProblemsError
from pdslack_cli.kinds import KIND_NAMED, kind_of
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.model import Creation, Live, Ref

SETTLE_SECONDS = 1.0  # what was written right after what shows may need the same time to show


@dataclass(frozen=True)
class LiveState:
    """The live objects, the cost of reading them (`calls`, wall-clock `seconds`), and notices.

    `unread` are the kinds whose list was denied, so that objects of ours may be hidden. `made` are the ids of
    what runs in this folder created a moment ago; `created` holds what they created at any time, by id
    (`PastRuns.created`). `killed` are the refs at which a run was killed that may have created something.
    `gone` is what lists still showed, or may show again.
    """

    objects: Objects
    calls: int = 0
    seconds: float = 0.0
    notices: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    created: Mapping[str, Creation] = field(default_factory=dict)
    killed: tuple[Ref, ...] = ()
    gone: frozenset[ObjectId] = frozenset()
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @property
    def seen(self) -> frozenset[ObjectId]:
        """Kind and id of every object, and of what is gone, which lists may show again."""
        return self.gone.union((live.kind, live.id) for lives in self.objects.values() for live in lives)


def read_live(
    stack: Stack,
    clients: Clients,
    recent: RecentWrites = NO_WRITES,
    *,
    everything: bool = False,
    watch: ReadWatcher | None = None,
) -> LiveState:
    """Read what the stack needs; raises ApiError, or ProblemsError where the account cannot serve it.

    `recent` is what earlier runs wrote a moment ago. All is read again, for up to 10 s, until it shows: a
    plan that misses what was created would create it twice. Where a run was killed and no id is known, or a
    list cannot be read again so soon, the 10 s are waited for before that. `everything` reads all objects
    that could be ours, even of kinds that the stack has no section for.
    """
    began, calls = clients.clock.time(), clients.calls
    awaited = recent.awaited(stack)
    clients.just_made.add(*awaited)  # what a list shows by now need not be found by its id yet
    killed = _killed(stack, recent)
    if killed or any(awaited.values()):
        clients.on_wait(sum(LOOKUP_DELAYS), "until lists show what an earlier run may have created")
        clients.clock.sleep(sum(LOOKUP_DELAYS))
    read = partial(_read_once, stack, clients, recent, watch=watch, everything=everything)

    def shows_all(live: LiveState) -> bool:
        return (not awaited or awaited.keys() <= _texts_in(live)) and recent.are_shown(stack, live.objects)

    live = read()
    for seconds in LOOKUP_DELAYS[1:]:
        if shows_all(live):
            break
        clients.clock.sleep(seconds)
        live = read(gone=live.gone)
        if shows_all(live):
            clients.clock.sleep(SETTLE_SECONDS)
            live = read(gone=live.gone)
    return replace(
        live,
        calls=clients.calls - calls,
        seconds=clients.clock.time() - began,
        notices=(*_killed_notice(killed), *live.notices),
        made=frozenset().union(*recent.made.values()),
        killed=tuple(killed),
        gone=live.gone | recent.deleted,
    )


def _killed(stack: Stack, recent: RecentWrites) -> Sequence[Ref]:
    """The refs at which a run was killed that may have created something."""
    entries = stack.wanted.keys() | stack.extended.keys()
    return sorted(
        ref
        for ref, made in recent.made.items()
        # What has no entry, as the Slack apps, is read with the rest.
        if not made and (ref in entries or ref.kind not in KIND_NAMED)
    )


def _killed_notice(killed: Sequence[Ref]) -> Iterable[str]:
    if killed:
        refs = ", ".join(map(str, killed))
        yield (
            f"a run was killed, or still runs, that began to write {refs}: waited "
            f"{sum(LOOKUP_DELAYS):.0f} s before reading, so that what it created is found"
        )


def _texts_in(live: LiveState) -> set[str]:
    """Every string in the live objects, ids included."""
    return texts_in([(one.id, one.raw, one.parts) for one in chain(*live.objects.values())])


def _read_once(
    stack: Stack,
    clients: Clients,
    recent: RecentWrites,
    *,
    watch: ReadWatcher | None,
    everything: bool,
    gone: frozenset[ObjectId] = frozenset(),
) -> LiveState:
    """Read it all, without what is gone since it was listed: lists may show it for some seconds."""
    objects, parts, unread, now = _read_all(stack, clients, watch, gone, everything=everything)
    if lacking := [one.lacking for one in parts if one.lacking]:
        raise ProblemsError(sorted(lacking, key=str))
    lost = [one.live for one in parts if one.gone] + _deleted(chain(*objects.values()), recent, clients)
    if lost:  # what takes their place may have parts as well
        gone |= {(live.kind, live.id) for live in lost}
        return _read_once(stack, clients, recent, watch=watch, everything=everything, gone=gone)
    complete = {(one.live.kind, one.live.id): one.live for one in parts}
    return LiveState(
        {
            name: tuple(complete.get((one.kind, one.id), one) for one in lives)
            for name, lives in objects.items()
        },
        notices=tuple(sorted(unread.values())),
        unread=frozenset(unread),
        gone=gone,
        read_at=now,
    )


class _Answers(NamedTuple):
    """The objects of each kind, their parts, why lists could not be read, and when all of it was."""

    objects: Mapping[str, Sequence[Live]]
    parts: Sequence[PartsRead]
    unread: Mapping[str, str]
    now: datetime


def _read_all(
    stack: Stack,
    clients: Clients,
    watch: ReadWatcher | None,
    gone: frozenset[ObjectId],
    *,
    everything: bool,
) -> _Answers:
    kinds, count = kinds_to_read(stack, clients, everything=everything), ReadCount(watch)
    objects: dict[str, Sequence[Live]] = {}
    unread: dict[str, str] = {}
    parts: list[Future[PartsRead]] = []
    now: datetime | None = None
    with readers(MOST_READS) as pool:
        lists = dict(
            zip(kinds, submitted(pool, kinds, partial(read_kind, stack, clients), count), strict=True)
        )
        for provider in NAMES:
            found = _lists_of(provider, lists)
            # By the vendor's clock: what is over, and who is on call at this moment, is for PagerDuty to say.
            now = now or clients.pagerduty.now
            listed = {
                kind.name: tuple(replace(one, read_at=now) for one in lives if (one.kind, one.id) not in gone)
                for kind, lives, _ in found
            }
            # While the other vendor still lists: nothing that has parts is matched by objects of the other.
            wanted = parts_to_read(stack, listed)
            parts += submitted(pool, wanted, partial(read_parts, stack, clients), count)
            objects |= listed
            unread |= {kind.name: why for kind, _, why in found if why}
        found_parts = [future.result() for future in parts]
    return _Answers(objects, found_parts, unread, now or clients.pagerduty.now)


def _deleted(lives: Iterable[Live], recent: RecentWrites, clients: Clients) -> list[Live]:
    """Those that this folder has just deleted, and that lists alone still show."""
    listed = [live for live in lives if (live.kind, live.id) in recent.deleted and not live.retired]
    gone = map_concurrently(listed, lambda live: kind_of(live).is_gone(clients, live))
    return list(compress(listed, gone))


def _lists_of(provider: Provider, lists: Mapping[LookupKind[Any], Future[KindRead]]) -> Sequence[KindRead]:
    """The lists of a vendor, once all of them are read."""
    of_vendor = [future for kind, future in lists.items() if kind.provider == provider]
    wait(of_vendor)
    # Of several errors that of the first kind, whichever vendor answers first.
    failed = any(future.exception() for future in of_vendor)
    return [future.result() for future in (lists.values() if failed else of_vendor)]
