"""Check for values that a plan of the same files refuses: the vendor would reject them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pdslack_cli.doctor.context import DoctorContext, Facts
from pdslack_cli.doctor.finding import DoctorFinding
from pdslack_cli.engine.refusals.unfit import looked_up
from pdslack_cli.errors import ApiError, Problem
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.model import Ref


def find_unfit(context: DoctorContext, facts: Facts) -> Iterator[DoctorFinding]:
    """Report the values that the vendor would reject in new objects, and in what would change of others."""
    for ref, entry in facts.stack.wanted.items():
        for doubt in _unfit(ref, context, facts):
            location = facts.stack.doubt_location(entry, doubt)
            yield DoctorFinding.of_problem("values", Problem(f"{ref}: {doubt.message}", location, doubt.hint))
    for ref in facts.stack.extended:
        for obstacle in _obstacles(ref, facts):
            problem = Problem(f"{ref}: {obstacle}", facts.stack.location(ref))
            yield DoctorFinding.of_problem("values", problem)


def _obstacles(ref: Ref, facts: Facts) -> Iterable[str]:
    """What keeps an entry from adding to the object that it looks up."""
    match, spec = facts.ownership.matches.get(ref), facts.stack.entries[ref].spec
    if match is None or match.problem or match.live is None:
        return ()
    index = facts.ownership.id_index
    return kind_of(ref).obstacles(spec, match.live, spec.additions, index, adopt=False)


def _unfit(ref: Ref, context: DoctorContext, facts: Facts) -> Iterable[Doubt]:
    match, spec = facts.ownership.matches.get(ref), facts.stack.entries[ref].spec
    if match is None or match.problem or ref.kind not in facts.objects:
        return ()
    kind, found = kind_of(ref), looked_up(facts.ownership.id_index, facts.objects)
    doubts = [*kind.unfit(None, spec, found)]
    if not doubts or match.live is None:
        return doubts
    try:  # what is live already is no fault: parts are read only now, to compare
        live = kind.read_parts(context.clients, match.live, spec.managed & kind.part_fields, spec)
    except ApiError:
        return ()
    before = kind.decode(live, facts.ownership.id_index)
    return kind.unfit(before, spec.merged_onto(before, datetime.now(UTC)), found)
