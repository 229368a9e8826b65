"""Read the live objects of both products, in as few calls as the vendors allow.

One list per kind that can carry a mark or that the stack refers to; then, for the objects that the stack
manages, the parts that need calls of their own. PagerDuty and Slack are read at the same time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

from pdslack_cli.clients import Clients
from pdslack_cli.clients.create_once import LOOKUP_DELAYS
from pdslack_cli.clients.http.calls import NAMES
from pdslack_cli.clients.http.readers import (
    MOST_READS,
    ReadCount,
    ReadWatcher,
    map_concurrently,
    readers,
    submitted,
)
from pdslack_cli.clients.just_made import texts_in
from pdslack_cli.clients.slack import VARIABLES, Actor
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.ownership.matching import MatchStatus, Objects, resolve_ownership
from pdslack_cli.errors import ApiError, AuthError, NotFoundError, PlanLimitError, Problem, ProblemsError
from pdslack_cli.kinds import MANAGED_NAMED, READ, READ_NAMED, kind_of
from pdslack_cli.kinds.base.kind import Kind, LookupKind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import references
from pdslack_cli.model import Creation, Json, Live, Ref

SETTLE_SECONDS = 1.0  # extra wait, for writes that became visible later

JustMadeIds = Mapping[Ref, Mapping[str, Collection[str]]]
"""What was created a moment ago: ids with the fields of their step, by ref (`PastRuns.recently_made`)."""


@dataclass(frozen=True)
class LiveState:
    """The live objects, the cost of reading them (`calls`, wall-clock `seconds`), and notices.

    `unread` are the kinds whose list was denied, so that objects of ours may be hidden. `made` are the ids of
    what runs in this folder created a moment ago; `created` holds what they created at any time, by id
    (`PastRuns.created`). `killed` are the refs at which a run was killed that may have created something.
    `gone` are kind and id of what lists still showed.
    """

    objects: Objects
    calls: int = 0
    seconds: float = 0.0
    notices: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    created: Mapping[str, Creation] = field(default_factory=dict)
    killed: tuple[Ref, ...] = ()
    gone: frozenset[tuple[str, str]] = frozenset()
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @property
    def seen(self) -> frozenset[tuple[str, str]]:
        """Kind and id of every object, and of what is gone, which lists may show again."""
        return self.gone.union((live.kind, live.id) for lives in self.objects.values() for live in lives)


def read_live(
    stack: Stack,
    clients: Clients,
    just_made: JustMadeIds | None = None,
    *,
    everything: bool = False,
    watch: ReadWatcher | None = None,
) -> LiveState:
    """Read what the stack needs; raises ApiError, or ProblemsError where the account cannot serve it.

    `just_made` are the ids of recently created objects (`PastRuns.recently_made`). Lists are read again, for
    up to 10 s, until they show all of them: a plan that misses one would create it twice. Where a run was
    killed and no id is known, or a list cannot be read again so soon, the 10 s are waited for before that.
    `everything` reads all objects that could be ours, even of kinds that the stack has no section for.
    """
    began, calls = clients.clock.time(), clients.calls
    awaited = _awaited(stack, just_made or {})
    ids = awaited.keys()
    clients.just_made.add(*ids)  # what a list shows by now need not be found by its id yet
    entries = stack.wanted.keys() | stack.extended.keys()
    killed = sorted(ref for ref, made in (just_made or {}).items() if not made and ref in entries)
    if killed or any(awaited.values()):
        clients.on_wait(sum(LOOKUP_DELAYS), "until lists show what an earlier run may have created")
        clients.clock.sleep(sum(LOOKUP_DELAYS))
    live = _read_once(stack, clients, ReadCount(watch), everything=everything)
    for seconds in LOOKUP_DELAYS[1:]:
        if not ids or ids <= _texts_in(live):
            break
        clients.clock.sleep(seconds)
        live = _read_once(stack, clients, ReadCount(watch), everything=everything)
        if ids <= _texts_in(live):
            # What was written right after it may need the same time to show.
            clients.clock.sleep(SETTLE_SECONDS)
            live = _read_once(stack, clients, ReadCount(watch), everything=everything)
    return replace(
        live,
        calls=clients.calls - calls,
        seconds=clients.clock.time() - began,
        notices=(*_killed_notice(killed), *live.notices),
        made=frozenset().union(*(just_made or {}).values()),
        killed=tuple(killed),
    )


def _killed_notice(killed: Sequence[Ref]) -> Iterable[str]:
    if killed:
        refs = ", ".join(map(str, killed))
        yield (
            f"a run was killed, or still runs, that began to write {refs}: waited "
            f"{sum(LOOKUP_DELAYS):.0f} s before reading, so that what it created is found"
        )


def _awaited(stack: Stack, just_made: JustMadeIds) -> Mapping[str, bool]:
    """The ids of recently created objects that are still in the stack, and of parts that it still reads.

    With each, whether the vendor allows its list too seldom to look again.
    """
    found: dict[str, bool] = {}
    for ref, entry in (*stack.wanted.items(), *stack.extended.items()):
        kind = kind_of(ref)
        unread, seldom = kind.part_fields - entry.spec.without_create_only.managed, kind.seldom_listed_fields
        ids = just_made.get(ref, {})
        found |= {id_: not seldom.isdisjoint(ids[id_]) for id_ in ids if unread.isdisjoint(ids[id_])}
    return found


def _texts_in(live: LiveState) -> set[str]:
    """Every string in the live objects, ids included."""
    return texts_in([(one.id, one.raw, one.parts) for one in chain(*live.objects.values())])


def _read_once(
    stack: Stack,
    clients: Clients,
    count: ReadCount,
    *,
    everything: bool,
    gone: frozenset[tuple[str, str]] = frozenset(),
) -> LiveState:
    """Read it all, without what is gone since it was listed: lists may show it for some seconds."""
    kinds = [
        kind
        for kind in READ
        if _is_needed(kind, stack) or _may_be_ours(kind.name, stack, clients, everything=everything)
    ]
    unread: dict[str, str] = {}
    lacking: list[Problem] = []
    lost: list[Live] = []

    def read(kind: LookupKind[Any]) -> tuple[str, Sequence[Live]]:
        if kind.provider == "slack" and clients.slack.has("bot"):
            # A token of another workspace, or of another kind, must not even list channels.
            identity_in(stack.workspace, clients)
        return kind.name, _read(kind, stack, clients, unread)

    def read_parts(one: _PartsToRead) -> Live:
        return _with_parts(one, stack, clients, lacking, lost)

    objects: dict[str, Sequence[Live]] = {}
    now: datetime | None = None
    with readers(MOST_READS) as pool:
        lists = dict(zip(kinds, submitted(pool, kinds, read, count), strict=True))
        parts: list[Future[Live]] = []
        for provider in NAMES:
            of_vendor = [future for kind, future in lists.items() if kind.provider == provider]
            wait(of_vendor)
            # Of several errors that of the first kind, whichever vendor answers first.
            failed = any(future.exception() for future in of_vendor)
            found = [future.result() for future in (lists.values() if failed else of_vendor)]
            # By the vendor's clock: what is over, and who is on call at this moment, is for PagerDuty to say.
            now = now or clients.pagerduty.now
            listed = {
                name: tuple(replace(one, read_at=now) for one in lives if (one.kind, one.id) not in gone)
                for name, lives in found
            }
            # While the other vendor still lists: nothing that has parts is matched by objects of the other.
            parts += submitted(pool, _parts_to_read(stack, listed), read_parts, count)
            objects |= listed
        complete = {(live.kind, live.id): live for live in (future.result() for future in parts)}
    if lacking:
        raise ProblemsError(sorted(lacking, key=str))
    if lost:  # what takes their place may have parts as well
        gone |= {(live.kind, live.id) for live in lost}
        return _read_once(stack, clients, count, everything=everything, gone=gone)
    return LiveState(
        {
            name: tuple(complete.get((live.kind, live.id), live) for live in lives)
            for name, lives in objects.items()
        },
        notices=tuple(sorted(unread.values())),
        unread=frozenset(unread),
        gone=gone,
        read_at=now or clients.pagerduty.now,
    )


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


def _is_needed(kind: LookupKind[Any], stack: Stack) -> bool:
    """Whether the stack uses objects of this kind: an empty section does, for it deletes those of ours.

    One with rules of the two-way service alone does not: connections of PagerDuty's app are another kind.
    """
    entries = stack.of_kind(kind.name)
    if kind.name not in MANAGED_NAMED:
        return any(entry.ref in stack.referred for entry in entries)
    in_section = (entry for entry in stack.entries.values() if entry.path[0] == kind.section)
    return bool(entries) or (kind.name in stack.sections and not any(in_section))


def _may_be_ours(name: str, stack: Stack, clients: Clients, *, everything: bool) -> bool:
    """Whether objects of ours without an entry may exist, and the available tokens can read them.

    Most kinds with a mark are looked for in every run. The others cost a list only where the file has their
    section, or, without a mark, the sections of what they connect. Where `everything` is read, or the file
    has the section, a token that is not set is reported, if the stack names the workspace.
    """
    kind = MANAGED_NAMED.get(name)
    if kind is None:
        return False
    if everything or name in stack.sections:
        return bool(stack.workspace) or kind.is_readable(clients)
    return kind.is_readable(clients) and kind.sought_with <= stack.sections


def _read(
    kind: LookupKind[Any], stack: Stack, clients: Clients, unread: MutableMapping[str, str]
) -> Sequence[Live]:
    """All objects of one kind; empty where the account lacks or hides it and the stack does not need it.

    A kind without a section is read only to report objects that are left behind. That it cannot be read is
    then a notice, added to `unread`; for kinds without marks, any failure is.
    """
    entries = stack.of_kind(kind.name)
    managed = kind.name in MANAGED_NAMED
    if not managed:
        entries = [entry for entry in entries if entry.ref in stack.referred]
    try:
        return tuple(kind.read(clients, [entry.spec for entry in entries]))
    except ApiError as error:
        plural = kind.plural.replace("_", " ")
        if managed and not _is_needed(kind, stack) and (error.unavailable or not kind.marked):
            if not (kind.marked and isinstance(error, PlanLimitError | NotFoundError)):
                unread[kind.name] = f"cannot check whether {plural} of ours are left behind: {error.message}"
            return ()
        if not isinstance(error, PlanLimitError):
            raise
        if error.fields:
            users = [entry.ref for entry in entries if error.fields & entry.spec.managed]
            raise ProblemsError([_lacking(ref, error, stack) for ref in users]) from error
        message = f"this account's plan has no {plural}: {error.message}"
        location = stack.location(entries[0].ref) if entries else None
        raise ProblemsError([Problem(message, location, error.hint)]) from error


def _lacking(ref: Ref, error: ApiError, stack: Stack) -> Problem:
    """A part of an entry that the account's plan lacks."""
    fields = sorted(error.fields)
    message = f"{ref}: this account's plan has no {', '.join(fields)}: {error.message}"
    return Problem(message, stack.field_location(ref, fields[0]), error.hint)


def identity_in(workspace: str, clients: Clients, token: Actor = "bot") -> Json:  # noqa: S107 - its kind
    """The identity of a Slack token; raises AuthError if it is for another workspace (empty: any)."""
    identity = clients.slack.identity(token)
    # An org-wide token names the organisation where a workspace token names the workspace.
    if workspace and workspace not in {identity.get("team_id"), identity.get("enterprise_id")}:
        raise AuthError(
            f"{VARIABLES[token]} is for workspace {identity.get('team_id')} ({identity.get('team')}), "
            f"expected {workspace} as in the file",
            provider="slack",
            hint="use a token of that workspace, or correct `slack: {workspace: …}`",
        )
    return identity


class _PartsToRead(NamedTuple):
    """The parts of an object to read: these fields for the entry of `ref`, or all parts where it has none."""

    ref: Ref
    kind: Kind[Any]
    live: Live
    fields: frozenset[str]
    spec: Resource | None


def _parts_to_read(stack: Stack, objects: Objects) -> Iterator[_PartsToRead]:
    """The parts that the stack manages, of these objects."""
    ownership = resolve_ownership(stack, objects)
    matches = ownership.matches
    for ref, entry in (*stack.wanted.items(), *stack.extended.items()):
        match = matches[ref]
        if match.live and match.match_status is not MatchStatus.UNUSABLE:
            kind = kind_of(ref)
            fields = entry.spec.without_create_only.managed & kind.part_fields
            for live in (match.live, *match.duplicates) if fields else ():
                yield _PartsToRead(ref, kind, live, fields, entry.spec)
    # Several objects under one mark without an entry are deleted only if all their parts are equal.
    several = Counter((live.kind, live.owned) for live in ownership.unwanted)
    for live in ownership.unwanted:
        kind = kind_of(live)
        if kind.marked and several[live.kind, live.owned] > 1 and not live.retired:
            yield _PartsToRead(Ref(live.kind, live.name), kind, live, kind.part_fields, None)


def _with_parts(
    one: _PartsToRead, stack: Stack, clients: Clients, lacking: list[Problem], lost: list[Live]
) -> Live:
    """The object with these parts.

    A problem is added to `lacking` for one that the account's plan lacks; the object to `lost` if it is gone.
    """
    try:
        if one.spec is None:
            return _whole(one.kind, one.live, clients)
        return one.kind.read_parts(clients, one.live, one.fields, one.spec)
    except PlanLimitError as error:
        lacking.append(_lacking(one.ref, error, stack))
        return one.live
    except ApiError as error:
        if isinstance(error, NotFoundError) and _is_gone(one, clients):
            lost.append(one.live)
            return one.live
        error.message = f"{one.ref}: cannot read its {', '.join(sorted(error.fields))}: {error.message}"
        raise


def _is_gone(one: _PartsToRead, clients: Clients) -> bool:
    """Whether an object of which a part was not found does not exist itself."""
    try:
        one.kind.check_exists(clients, one.live)
    except NotFoundError:
        return True
    except ApiError:
        return False  # the part's own error says more
    return False


def _whole(kind: Kind[Any], live: Live, clients: Clients) -> Live:
    """The object with all of its parts but those that the account's plan lacks."""
    for part in kind.parts:
        with suppress(PlanLimitError):
            live = kind.read_parts(clients, live, part.fields)
    return live


def unread_catalogues(plan: Plan, live: LiveState) -> Collection[str]:
    """The catalogues that changes refer to and that were not read, so that only ids are known."""
    shown = set().union(*(references(change.before) for change in plan.changes))
    return {
        ref.kind
        for ref in shown
        if ref.kind not in live.objects and ref.kind in READ_NAMED and READ_NAMED[ref.kind].named_alone
    }
