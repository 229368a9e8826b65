"""Reading: the live objects of both products, in as few calls as the vendors allow.

One list per kind that can carry a mark and for whatever the stack refers to; then, for the objects that
the stack manages, the parts that only calls of their own can tell. PagerDuty and Slack at the same time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, TypeVar

from pdslack_cli.clients import Clients
from pdslack_cli.clients.once import LOOKUP_DELAYS
from pdslack_cli.clients.slack import VARIABLES, Actor
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.ownership.matching import MatchStatus, Objects, resolve_ownership
from pdslack_cli.errors import ApiError, AuthError, NotFoundError, PlanLimitError, Problem, ProblemsError
from pdslack_cli.kinds import LOOKED_UP, MANAGED_NAMED, READ, kind_of
from pdslack_cli.kinds.base.kind import Kind, LookupKind
from pdslack_cli.kinds.catalogue import Catalogue
from pdslack_cli.model import Json, Live, Ref

READERS = 24  # calls in flight, while the vendors' pace allows it: `clients/throttle.py` holds all of them
SETTLING = 1.0  # seconds

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class LiveState:
    """What was read, what reading it cost (`calls`, wall-clock `seconds`), and what people should know."""

    objects: Objects
    calls: int = 0
    seconds: float = 0.0
    notices: tuple[str, ...] = ()

    @property
    def seen(self) -> frozenset[tuple[str, str]]:
        """Kind and id of every object."""
        return frozenset((live.kind, live.id) for lives in self.objects.values() for live in lives)


def read_live(
    stack: Stack,
    clients: Clients,
    just_made: Mapping[Ref, Collection[str]] | None = None,
    *,
    everything: bool = False,
) -> LiveState:
    """Read what the stack needs; raises ApiError, or ProblemsError where the account cannot serve it.

    `just_made` are the ids of what was made a moment ago (`AuditLog.recently_made`). While lists do not show
    all of it they are read again, for 10 s: a plan that misses it would make it a second time. `everything`
    reads all that could be ours, whether the stack has a section for it or not.
    """
    began, calls = clients.clock.time(), clients.calls
    ids = _ids_wanted(stack, just_made or {})
    live = _read_once(stack, clients, everything=everything)
    for seconds in LOOKUP_DELAYS[1:]:
        if not ids or ids <= _texts_in(live):
            break
        clients.clock.sleep(seconds)
        live = _read_once(stack, clients, everything=everything)
        if ids <= _texts_in(live):
            # What was written right after it lags just as much.
            clients.clock.sleep(SETTLING)
            live = _read_once(stack, clients, everything=everything)
    return replace(live, calls=clients.calls - calls, seconds=clients.clock.time() - began)


def _ids_wanted(stack: Stack, just_made: Mapping[Ref, Collection[str]]) -> frozenset[str]:
    """The ids of what was just made and is still in the stack."""
    return frozenset().union(*(just_made[ref] for ref in just_made.keys() & stack.wanted.keys()))


def _texts_in(live: LiveState) -> set[str]:
    """Every text in what was read: ids are among them."""
    found: set[str] = set()
    left: list[Any] = [(one.id, one.raw, one.parts) for one in chain(*live.objects.values())]
    while left:
        value = left.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, Mapping):
            left += value.values()
        elif isinstance(value, list | tuple):
            left += value
    return found


def _read_once(stack: Stack, clients: Clients, *, everything: bool) -> LiveState:
    kinds = [
        kind
        for kind in READ
        if _is_needed(kind, stack) or _may_be_ours(kind.name, stack, clients, everything=everything)
    ]
    if any(kind.provider == "slack" for kind in kinds):
        # A token of another workspace, or of another kind, must not even list channels.
        identity_in(stack.workspace, clients)
    notices: list[str] = []
    lists = map_concurrently(kinds, lambda kind: (kind.name, _read(kind, stack, clients, notices)))
    return LiveState(_with_parts(stack, clients, dict(lists)), notices=tuple(sorted(notices)))


def with_catalogues(live: LiveState, clients: Clients, names: Collection[str]) -> LiveState:
    """The same with these catalogues read as well: for names where there are only ids."""
    began, calls = clients.clock.time(), clients.calls
    kinds = [kind for kind in LOOKED_UP if isinstance(kind, Catalogue) and kind.name in names]
    found = dict(map_concurrently(kinds, lambda kind: (kind.name, _names_of(kind, clients))))
    return replace(
        live,
        objects={**live.objects, **found},
        calls=live.calls + clients.calls - calls,
        seconds=live.seconds + clients.clock.time() - began,
    )


def _names_of(kind: Catalogue, clients: Clients) -> Sequence[Live]:
    try:
        return tuple(kind.read_all(clients))
    except ApiError:
        return ()  # an id that nobody can tell the name of is shown as it is


def _is_needed(kind: LookupKind[Any], stack: Stack) -> bool:
    """Whether the stack means objects of this kind."""
    entries = stack.of_kind(kind.name)
    if kind.name not in MANAGED_NAMED:
        return any(entry.ref in stack.referred for entry in entries)
    return bool(entries) or (not kind.marked and kind.name in stack.sections)


def _may_be_ours(name: str, stack: Stack, clients: Clients, *, everything: bool) -> bool:
    """Whether there may be objects of ours that no entry means, and the tokens at hand can read them.

    What has no mark is ours by what it joins, so it is looked for where the stack has a section of that.
    """
    kind = MANAGED_NAMED.get(name)
    if kind is None or not kind.is_readable(clients):
        return False
    return kind.marked or everything or kind.joins <= stack.sections


def _read(kind: LookupKind[Any], stack: Stack, clients: Clients, notices: list[str]) -> Sequence[Live]:
    """All objects of one kind; one that the account lacks or hides is empty unless the stack needs it.

    Where no entry means it, it is read for the sake of notices of what is left behind. That it is hidden is
    one itself, and for what has no mark any failure is.
    """
    entries = stack.of_kind(kind.name)
    managed = kind.name in MANAGED_NAMED
    if not managed:
        entries = [entry for entry in entries if entry.ref in stack.referred]
    try:
        return tuple(kind.read(clients, [entry.spec for entry in entries]))
    except ApiError as error:
        if managed and not _is_needed(kind, stack) and (error.unavailable or not kind.marked):
            if not (kind.marked and isinstance(error, PlanLimitError | NotFoundError)):
                plural = kind.plural.replace("_", " ")
                notices.append(f"whether {plural} of ours are left behind could not be read: {error.message}")
            return ()
        if not isinstance(error, PlanLimitError):
            raise
        if not entries:
            return ()
        message = f"this account's plan has no {kind.plural.replace('_', ' ')}: {error.message}"
        raise ProblemsError([Problem(message, stack.location(entries[0].ref), error.hint)]) from error


def identity_in(workspace: str, clients: Clients, token: Actor = "bot") -> Json:  # noqa: S107 - its kind
    """Whom a Slack token acts as; raises AuthError where that is not in this workspace (empty: any)."""
    identity = clients.slack.identity(token)
    # An org-wide token names the organisation where a workspace token names the workspace.
    if workspace and workspace not in {identity.get("team_id"), identity.get("enterprise_id")}:
        raise AuthError(
            f"{VARIABLES[token]} is for workspace {identity.get('team_id')} ({identity.get('team')}), "
            f"the file names {workspace}",
            provider="slack",
            hint="use the token of that workspace, or correct `slack: {workspace: …}`",
        )
    return identity


def _with_parts(stack: Stack, clients: Clients, objects: Objects) -> Objects:
    """The same objects, with the parts that the stack manages."""
    ownership = resolve_ownership(stack, objects)
    matches = ownership.matches
    jobs: list[tuple[Kind[Any], Live, frozenset[str]]] = []
    for ref, entry in stack.wanted.items():
        match = matches[ref]
        if match.live and match.match_status is not MatchStatus.UNUSABLE:
            kind = kind_of(ref)
            fields = entry.spec.without_create_only.managed & kind.part_fields
            if fields:
                jobs += [(kind, live, fields) for live in (match.live, *match.duplicates)]
    # Several that no entry wants may go only if they are alike in all they have.
    several = Counter((live.kind, live.owned) for live in ownership.unwanted)
    for live in ownership.unwanted:
        kind = kind_of(live)
        if kind.marked and several[live.kind, live.owned] > 1 and not live.retired:
            jobs.append((kind, live, kind.part_fields))
    complete = map_concurrently(jobs, lambda job: job[0].read_parts(clients, job[1], job[2]))
    by_id = {(live.kind, live.id): live for live in complete}
    return {
        name: tuple(by_id.get((live.kind, live.id), live) for live in lives)
        for name, lives in objects.items()
    }


def map_concurrently(items: Iterable[T], work: Callable[[T], R]) -> list[R]:
    """The results of the work, many at a time; the first error ends it, and what has not begun is left."""
    with ThreadPoolExecutor(READERS, thread_name_prefix="read") as pool:
        try:
            futures = [pool.submit(work, item) for item in items]
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
