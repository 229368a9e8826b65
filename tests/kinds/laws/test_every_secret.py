"""What holds for every kind whose secret is shown once: nothing is replaced that may not be deleted."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_rotate
from tests.kinds.laws.test_every_kind import runner, said, settle
from tests.kinds.laws.test_every_mark import (
    MARKED,
    applied,
    entry_of,
    lives,
    make_others,
    only_another_name,
    ref_of,
)

pytestmark = pytest.mark.slow

__all__ = ["runner"]

every_secret = pytest.mark.parametrize(
    "kind", [kind for kind in MARKED if kind.secret_name], ids=lambda kind: kind.name
)


def rotation(kind, runner, **more) -> Plan:
    """The plan to rotate the secret of a kind's entry."""
    wanted = said(kind, {**entry_of(kind), **more})
    return plan_rotate(wanted, read_live(wanted, runner.clients(wanted)), [str(ref_of(kind))])


@every_secret
@pytest.mark.parametrize("other", ["leftover", "unfinished", "copy"])
def test_secret_is_not_rotated_beside_another_of_its_mark(kind, other, runner):
    applied([kind], runner)
    make_others([kind], runner, copies=other == "copy", unfinished=other == "unfinished")

    plan = rotation(kind, runner)

    assert plan.changes == ()
    assert "several objects carry its mark" in plan.problems[0].message
    settle(runner, said(kind, entry_of(kind)))
    assert len(lives(kind, runner)) == 1 + (other == "copy")


@every_secret
def test_secret_of_a_lone_object_that_may_be_a_copy_is_not_rotated(kind, runner):
    (copied,) = only_another_name([kind], runner)

    plan = rotation(kind, runner)

    assert plan.changes == ()
    assert "nothing is deleted" in plan.problems[0].message
    (change,) = rotation(kind, runner, id=copied.id).changes
    assert (change.action, change.live.id) == (Action.REPLACE, copied.id)


@every_secret
def test_secret_of_what_is_protected_is_not_rotated(kind, runner):
    settle(runner, said(kind, {**entry_of(kind), "protect": True}))

    for protect in ({"protect": True}, {"protect": False}, {}):
        plan = rotation(kind, runner, **protect)
        assert plan.changes == ()
        assert "is protected" in plan.problems[0].message
