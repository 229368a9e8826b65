"""The parts of objects that take calls of their own: members, bookmarks, rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live.lists import lacking_part
from pdslack_cli.engine.ownership.match import MatchStatus
from pdslack_cli.engine.ownership.matching import Objects, resolve_ownership
from pdslack_cli.errors import ApiError, NotFoundError, PlanLimitError, Problem
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Live, Ref


class PartsToRead(NamedTuple):
    """The parts of an object to read: these fields for the entry of `ref`, or all parts where it has none."""

    ref: Ref
    kind: Kind[Any]
    live: Live
    fields: frozenset[str]
    spec: Resource | None


def parts_to_read(stack: Stack, objects: Objects) -> Iterator[PartsToRead]:
    """The parts that the stack manages, of these objects."""
    ownership = resolve_ownership(stack, objects)
    matches = ownership.matches
    for ref, entry in (*stack.wanted.items(), *stack.extended.items()):
        match = matches[ref]
        if match.live and match.match_status is not MatchStatus.UNUSABLE:
            kind = kind_of(ref)
            fields = entry.spec.without_create_only.managed & kind.part_fields
            for live in (match.live, *match.duplicates) if fields else ():
                yield PartsToRead(ref, kind, live, fields, entry.spec)
    # Several objects under one mark without an entry are deleted only if all their parts are equal.
    several = Counter((live.kind, live.owned) for live in ownership.unwanted)
    for live in ownership.unwanted:
        kind = kind_of(live)
        if kind.marked and several[live.kind, live.owned] > 1 and not live.retired:
            yield PartsToRead(Ref(live.kind, live.name), kind, live, kind.part_fields, None)


class PartsRead(NamedTuple):
    """An object with its parts; or without, where the account's plan lacks one, or it is gone itself."""

    live: Live
    lacking: Problem | None = None
    gone: bool = False


def read_parts(stack: Stack, clients: Clients, one: PartsToRead) -> PartsRead:
    """Read the parts of an object; raises ApiError."""
    try:
        if one.spec is None:
            return PartsRead(_whole(one.kind, one.live, clients))
        return PartsRead(one.kind.read_parts(clients, one.live, one.fields, one.spec))
    except PlanLimitError as error:
        return PartsRead(one.live, lacking=lacking_part(one.ref, error, stack))
    except ApiError as error:
        if isinstance(error, NotFoundError) and one.kind.is_gone(clients, one.live):
            return PartsRead(one.live, gone=True)
        error.message = f"{one.ref}: cannot read its {', '.join(sorted(error.fields))}: {error.message}"
        raise


def _whole(kind: Kind[Any], live: Live, clients: Clients) -> Live:
    """The object with all of its parts but those that the account's plan lacks."""
    for part in kind.parts:
        with suppress(PlanLimitError):
            live = kind.read_parts(clients, live, part.fields)
    return live
