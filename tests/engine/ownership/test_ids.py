"""An `id:` in the file of an object that an apply replaces: the mark finds the new one."""

from __future__ import annotations

import pytest
import yaml

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_rotate
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds import MANAGED
from tests.kinds.examples import EXAMPLES
from tests.kinds.laws.test_every_kind import carry_out, runner, said, settle
from tests.kinds.laws.test_every_mark import entry_of, ref_of
from tests.support.factories import live_state, live_team, stack

__all__ = ["runner"]

SPEC_FIELDS = {
    (kind.name, info.alias or name): name for kind in MANAGED for name, info in kind.spec.model_fields.items()
}
REPLACED = [
    pytest.param(kind, name, id=f"{kind.name}-{name}")
    for kind in MANAGED
    for name in EXAMPLES[kind.name].changes
    if SPEC_FIELDS[kind.name, name] in kind.fixed_fields
]
SECRET = [kind for kind in MANAGED if kind.secret_name]


def assert_known_by_its_mark(runner, wanted, kind, old: str) -> None:
    plan = runner.plan(wanted)
    new = plan.id_index.id(ref_of(kind))
    (notice,) = (notice for notice in plan.notices if "remove `id:`" in notice)
    assert (plan.changes, plan.problems) == ((), ())
    assert new != old
    assert old in notice
    assert new in notice


def applied_id(runner, kind) -> str:
    wanted = said(kind, entry_of(kind))
    settle(runner, wanted)
    return str(runner.plan(wanted).id_index.id(ref_of(kind)))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), REPLACED)
def test_what_is_replaced_is_found_by_its_mark(kind, name, runner):
    old = applied_id(runner, kind)
    changed = {**entry_of(kind), "id": old, name: yaml.safe_load(EXAMPLES[kind.name].changes[name])}

    (change,) = runner.plan(said(kind, changed)).changes
    assert change.action is Action.REPLACE
    carry_out(runner, said(kind, changed))

    assert_known_by_its_mark(runner, said(kind, changed), kind, old)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SECRET, ids=lambda kind: kind.name)
def test_what_gets_a_new_secret_is_found_by_its_mark(kind, runner):
    old = applied_id(runner, kind)
    wanted = said(kind, {**entry_of(kind), "id": old})

    carry_out(
        runner, wanted, plan_rotate(wanted, read_live(wanted, runner.clients(wanted)), [str(ref_of(kind))])
    )

    assert_known_by_its_mark(runner, wanted, kind, old)


def test_id_of_nothing_is_told_where_nothing_carries_the_mark():
    wanted = stack("owner: acme\nteams: {ops: {name: Ops, id: PGONE}}")

    (problem,) = make_plan(wanted, live_state(live_team("POTHER", "Ops"))).problems

    assert "there is no team with id 'PGONE'" in problem.message
    assert "remove `id:`" in problem.hint
