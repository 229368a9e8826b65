"""Read a whole account for an export: every object of every kind, with all its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, get_args

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.readers import ReadCount, ReadWatcher, map_concurrently
from pdslack_cli.engine.ownership.matching import Objects
from pdslack_cli.engine.tokens import identity_in
from pdslack_cli.errors import ApiError, MalformedAnswerError, Problem, ProblemsError
from pdslack_cli.kinds import MANAGED_NAMED, READ
from pdslack_cli.kinds.base.kind import LookupKind, Provider
from pdslack_cli.kinds.unmanaged import UNMANAGED
from pdslack_cli.model import Live

NAMES: dict[Provider, str] = {"pagerduty": "PagerDuty", "slack": "Slack"}
TOKENS: dict[Provider, str] = {"pagerduty": "PAGERDUTY_API_KEY", "slack": "SLACK_BOT_TOKEN"}


@dataclass(frozen=True)
class Account:
    """All objects of both products, and the id of the Slack workspace (empty: none was read).

    `unread` names what could not be read, `unread_parts` the same for single objects by kind and id;
    `unmanaged` counts the objects of kinds that files cannot manage.
    """

    objects: Objects
    workspace: str = ""
    unread: tuple[str, ...] = ()
    unmanaged: tuple[tuple[str, int], ...] = ()
    unread_parts: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


def read_account(
    clients: Clients, is_whole: Callable[[Live], bool], watch: ReadWatcher | None = None
) -> Account:
    """Read everything that the tokens at hand reach; `is_whole` selects the objects whose parts are read too.

    Raises ApiError, or ProblemsError where there is no token at all.
    """
    reached = [provider for provider in get_args(Provider) if clients.reaches(provider)]
    if not reached:
        hint = f"set {' and '.join(TOKENS.values())} in the environment or in .env, or use --sandbox"
        raise ProblemsError([Problem("no token is set to read an account with", hint=hint)])
    workspace = identity_in(clients.workspace, clients)["team_id"] if "slack" in reached else ""
    clients = replace(clients, workspace=workspace)
    kinds = [kind for kind in READ if kind.provider in reached]
    count = ReadCount(watch)
    lists = map_concurrently(kinds, lambda kind: _read(kind, clients), count)
    unread = [
        f"{NAMES[provider]} is not read: {token} is not set"
        for provider, token in TOKENS.items()
        if provider not in reached
    ]
    objects = {kind.name: found for kind, (found, _) in zip(kinds, lists, strict=True)}
    whole = _with_parts(clients, objects, is_whole, count)
    return Account(
        {
            name: tuple(whole[id_].live if (id_ := (name, live.id)) in whole else live for live in found)
            for name, found in objects.items()
        },
        workspace,
        (*unread, *(problem for _, problem in lists if problem)),
        tuple(_unmanaged(clients, reached)),
        {id_: one.unread for id_, one in whole.items() if one.unread},
    )


def _read(kind: LookupKind[Any], clients: Clients) -> tuple[Sequence[Live], str]:
    """The objects of one kind, or the reason that they could not be read."""
    try:
        return tuple(kind.read_all(clients)), ""
    except ApiError as error:
        if not _can_be_left_out(error):
            raise
        several = f"{kind.title}s".replace("ys", "ies")
        return (), f"the {several} are not read: {error.message}"


def _can_be_left_out(error: ApiError) -> bool:
    """Whether another try would fare no better, so that an export goes on and says what it lacks."""
    return error.unavailable or isinstance(error, MalformedAnswerError)


class _WithParts(NamedTuple):
    """An object with its parts, and which of those could not be read."""

    live: Live
    unread: tuple[str, ...] = ()


def _with_parts(
    clients: Clients, objects: Objects, is_whole: Callable[[Live], bool], count: ReadCount
) -> Mapping[tuple[str, str], _WithParts]:
    lives = [live for found in objects.values() for live in found if is_whole(live)]
    return {
        (one.live.kind, one.live.id): one
        for one in map_concurrently(lives, lambda live: _with_parts_of(clients, live), count)
    }


def _with_parts_of(clients: Clients, live: Live) -> _WithParts:
    kind = MANAGED_NAMED.get(live.kind)
    if kind is None:
        return _WithParts(live)
    try:
        return _WithParts(kind.read_whole(clients, live))
    except ApiError as error:
        if not _can_be_left_out(error):
            raise
    unread: list[str] = []
    for name in sorted(kind.exported_parts(live)):
        try:
            live = kind.read_parts(clients, live, {name})
        except ApiError as error:
            if not _can_be_left_out(error):
                raise
            unread.append(f"`{name}` is left out: {error.message}")
    return _WithParts(live, tuple(unread))


def _unmanaged(clients: Clients, reached: Iterable[Provider]) -> Iterator[tuple[str, int]]:
    """Count the objects of each kind that files cannot manage, as far as the tokens may read them."""
    listings = [listing for provider in reached for listing in UNMANAGED[provider].items()]

    def count(listing: tuple[str, Callable[[Clients], list[Any]]]) -> tuple[str, int]:
        title, read = listing
        try:
            return title, len(read(clients))
        except ApiError:
            return title, 0

    return ((title, number) for title, number in map_concurrently(listings, count) if number)
