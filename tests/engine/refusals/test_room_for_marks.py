"""A text that a person wrote, up to the vendor's limit, has no room for a mark: the plan says so."""

from __future__ import annotations

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.marking import plan_adopt
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.kinds.base.calls import Session
from tests.kinds.laws.test_every_kind import all_said, in_two_worlds, runner, settle
from tests.kinds.laws.test_every_mark import MARKED, applied, entry_of, only_lives, problem_each, ref_of

pytestmark = pytest.mark.slow

__all__ = ["runner"]


def field_of(kind) -> str:
    """The field that holds the mark."""
    return kind.marked_text(kind.spec.model_construct())[0]


def without_text(kinds, **more: object) -> Stack:
    """The entries without the field that holds the mark."""
    return all_said(
        {
            kind: {name: value for name, value in entry_of(kind).items() if name != field_of(kind)} | more
            for kind in kinds
        }
    )


def with_text(kinds, **more: object) -> Stack:
    return all_said({kind: {**entry_of(kind), field_of(kind): "Short", **more} for kind in kinds})


def fill(kinds, runner, *, marked: bool) -> None:
    """Make the texts as long as the vendors allow, with the marks or without."""
    wanted = without_text(kinds)
    session = Session(runner.clients(wanted), runner.plan(wanted).id_index, "payments", runner.secrets, print)
    for kind, live in zip(kinds, only_lives(kinds, runner), strict=True):
        mark, spec = live.owned if marked else None, kind.decode(live, session.id_index)
        filled = {field_of(kind): "x" * (kind.mark_limit - (len(str(mark)) + 2 if mark else 0))}
        kind.update(session, live, spec.model_copy(update=filled), set(filled), mark)


TEXTS = [kind for kind in MARKED if kind.mark_limit and field_of(kind) != "name"]


def judged(runner, wanted: Stack, make, **options: object) -> Plan:
    clients = runner.clients(wanted)
    live = runner.read(wanted, clients)
    return with_refusals(make(wanted, live, **options), wanted, live, clients, Allowed(100))


def assert_told(plan: Plan, kinds) -> None:
    for problem in problem_each(plan, [f"{kind.name}/one" for kind in kinds]):
        assert "leaves room for" in problem.message
        assert "shorten it there" in problem.hint


@in_two_worlds(TEXTS)
def test_longer_mark_has_no_room(kinds, runner):
    applied(kinds, runner)
    fill(kinds, runner, marked=True)

    settle(runner, without_text(kinds))
    assert_told(judged(runner, without_text(kinds, protect=True), make_plan), kinds)
    settle(runner, with_text(kinds, protect=True))


@in_two_worlds(TEXTS)
def test_what_is_adopted_has_no_room(kinds, runner):
    applied(kinds, runner)
    fill(kinds, runner, marked=False)
    refs = [str(ref_of(kind)) for kind in kinds]

    assert_told(judged(runner, without_text(kinds), make_plan, adopt=True), kinds)
    for wanted in (without_text(kinds), with_text(kinds)):
        assert_told(judged(runner, wanted, plan_adopt, patterns=refs), kinds)
