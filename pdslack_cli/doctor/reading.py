"""Read the live objects of a stack kind by kind: what cannot be read is a finding, not the end of the run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from pdslack_cli.clients.http.readers import ReadCount, ReadWatcher, map_concurrently
from pdslack_cli.clients.settings import SecretName
from pdslack_cli.config.stack import Stack, StackEntry
from pdslack_cli.doctor.context import DoctorContext, Facts
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.engine.tokens import token_of
from pdslack_cli.errors import ApiError, PlanLimitError, Problem, ProblemsError
from pdslack_cli.kinds import MANAGED_NAMED, READ
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.model import Live

CHECK, PLAN, SCOPES = "access", "plan", "scopes"
LACKS_SCOPE = frozenset({"missing_scope", "invalid_types"})


class _KindToRead(NamedTuple):
    """A kind to read, with the entries to find."""

    kind: LookupKind[Any]
    entries: Sequence[StackEntry]


def read_facts(
    context: DoctorContext, working: Collection[SecretName], watch: ReadWatcher | None = None
) -> tuple[Facts, list[DoctorFinding]]:
    """Read the objects of the stack with the tokens that work."""
    asked = [one for one in _kinds_to_read(context.stack) if token_of(one.kind) in working]
    outcomes = map_concurrently(asked, lambda one: _read(one, context), ReadCount(watch))
    objects = {
        one.kind.name: outcome
        for one, outcome in zip(asked, outcomes, strict=True)
        if isinstance(outcome, tuple)
    }
    findings = [finding for outcome in outcomes if isinstance(outcome, list) for finding in outcome]
    if any(one.kind.needs_workspace and one.entries and one.kind.name in objects for one in asked):
        what = f"PagerDuty is connected to the Slack workspace {context.stack.workspace}"
        findings.append(DoctorFinding(FindingLevel.OK, CHECK, what))
    return Facts(context.stack, objects), findings


def _kinds_to_read(stack: Stack) -> Iterator[_KindToRead]:
    """The kinds of the stack, with the entries to find.

    Objects that are only looked up are read where an entry refers to them, people in both products: it
    matters who is on call without being in Slack.
    """
    paths = {stack.entries[ref].path for ref in stack.referred}
    for kind in READ:
        entries = stack.of_kind(kind.name)
        managed = kind.name in MANAGED_NAMED
        if not managed:
            entries = [entry for entry in entries if entry.path in paths]
        if entries or (managed and kind.name in stack.sections):
            yield _KindToRead(kind, entries)


def _read(asked: _KindToRead, context: DoctorContext) -> tuple[Live, ...] | list[DoctorFinding]:
    kind, entries = asked
    try:
        return tuple(kind.read(context.clients, [entry.spec for entry in entries]))
    except PlanLimitError as error:
        message = f"this account's plan has no {kind.plural.replace('_', ' ')}: {error.message}"
        location = context.stack.location(entries[0].ref) if entries else None
        return [DoctorFinding.of_problem(PLAN, Problem(message, location, error.hint))]
    except ProblemsError as error:
        return [DoctorFinding.of_problem(PLAN, problem) for problem in error.problems]
    except ApiError as error:
        # A token with no more rights than the file needs may not read what only the doctor looks at.
        needed = kind.name in MANAGED_NAMED or any(entry.ref in context.stack.referred for entry in entries)
        check = SCOPES if error.code in LACKS_SCOPE else CHECK
        return [DoctorFinding.of_error(check, error)] if needed else []
