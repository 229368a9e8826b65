"""The lists of objects: one for each kind that can carry a mark or that the stack refers to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.tokens import identity_in
from pdslack_cli.errors import ApiError, NotFoundError, PlanLimitError, Problem, ProblemsError
from pdslack_cli.kinds import MANAGED_NAMED, READ
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.model import Live, Ref


class KindRead(NamedTuple):
    """The objects of a kind; `unread` is the notice why there are none, where they could not be read."""

    kind: LookupKind[Any]
    lives: Sequence[Live] = ()
    unread: str = ""


def kinds_to_read(stack: Stack, clients: Clients, *, everything: bool) -> Sequence[LookupKind[Any]]:
    """The kinds that the stack uses, and those of which objects of ours may be left behind."""
    return [
        kind
        for kind in READ
        if _is_needed(kind, stack) or _may_be_ours(kind.name, stack, clients, everything=everything)
    ]


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


def read_kind(stack: Stack, clients: Clients, kind: LookupKind[Any]) -> KindRead:
    """All objects of one kind; empty where the account lacks or hides it and the stack does not need it.

    A kind without a section is read only to report objects that are left behind. That it cannot be read is
    then a notice; for kinds without marks, any failure is.
    """
    if kind.provider == "slack" and clients.slack.has("bot"):
        # A token of another workspace, or of another kind, must not even list channels.
        identity_in(stack.workspace, clients)
    entries = stack.of_kind(kind.name)
    managed = kind.name in MANAGED_NAMED
    if not managed:
        entries = [entry for entry in entries if entry.ref in stack.referred]
    try:
        return KindRead(kind, tuple(kind.read(clients, [entry.spec for entry in entries])))
    except ApiError as error:
        plural = kind.plural.replace("_", " ")
        if managed and not _is_needed(kind, stack) and (error.unavailable or not kind.marked):
            if kind.marked and isinstance(error, PlanLimitError | NotFoundError):
                return KindRead(kind)
            return KindRead(
                kind, unread=f"cannot check whether {plural} of ours are left behind: {error.message}"
            )
        if not isinstance(error, PlanLimitError):
            raise
        if error.fields:
            users = [entry.ref for entry in entries if error.fields & entry.spec.managed]
            raise ProblemsError([lacking_part(ref, error, stack) for ref in users]) from error
        message = f"this account's plan has no {plural}: {error.message}"
        location = stack.location(entries[0].ref) if entries else None
        raise ProblemsError([Problem(message, location, error.hint)]) from error


def lacking_part(ref: Ref, error: ApiError, stack: Stack) -> Problem:
    """A part of an entry that the account's plan lacks."""
    fields = sorted(error.fields)
    message = f"{ref}: this account's plan has no {', '.join(fields)}: {error.message}"
    return Problem(message, stack.field_location(ref, fields[0]), error.hint)
