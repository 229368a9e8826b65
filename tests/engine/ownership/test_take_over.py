"""A whole stack changes its owner, or is let go: with all that belongs to it, whatever refers to what."""

from __future__ import annotations

import json

import pytest
import yaml

from pdslack_cli.engine.change import Action, Plan
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_adopt, plan_release
from pdslack_cli.model import Json
from pdslack_cli.render.plan.difference import differences_of
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.kinds.examples import EXAMPLES, WORLD
from tests.kinds.laws.test_every_kind import MANAGED, settle
from tests.support.census import ANNOUNCEMENTS, documents
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

GROUPED = {"alert_grouping": {"by": "time", "window": "10m"}}


def file_of(owner: str, **service: object) -> str:
    """The world and an entry of every kind."""
    data = {**WORLD, "owner": owner}
    for kind in MANAGED:
        entry = yaml.safe_load(EXAMPLES[kind.name].entry)
        if kind.section == "services":
            entry |= service
        if kind.section == "user_groups":
            entry |= {"handle": "one-group"}  # a channel of the stack has the name `one`
        data[kind.section] = {**WORLD.get(kind.section, {}), "one": entry}
    data["webhooks"]["two"] = {**data["webhooks"]["one"], "from": "service/one"}
    return dump(data)


def marks(runner: Runner) -> str:
    """All texts of the accounts that bear a mark."""
    kept = [one for (kind, _), one in documents(runner.sandbox).items() if kind != ANNOUNCEMENTS]
    return "\n".join(text for text in json.dumps(kept).split('"') if "[pdslack:" in text)


def marks_shown(plan: Plan) -> dict[str, tuple[str | None, str | None]]:
    """What the plan shows of the marks of service `one`, whatever its key will be."""
    (change,) = (one for one in plan.changes if one.ref.kind == "service" and one.existing.live.name == "one")
    found = differences_of(change)
    return {one.name: (one.before, one.after) for one in found if one.name.startswith("mark")}


def groupings_of_one(runner: Runner) -> dict[tuple[str, str], Json]:
    """The grouping settings that belong to one service, and are no entries of their own."""
    return {
        key: one
        for key, one in documents(runner.sandbox).items()
        if key[0].endswith("grouping_setting") and len(one["services"]) == 1
    }


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        old = stack(file_of("old", **GROUPED))
        runner.seed(old)
        settle(runner, old)
        yield runner


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [GROUPED, {}], ids=["grouping is managed", "grouping is not"])
def test_another_owner_takes_over_all_of_it(runner, grouped):
    new = stack(file_of("new", **grouped))
    assert "[pdslack:old/" in marks(runner)

    plan = plan_adopt(new, read_live(new, runner.clients(new)), ["*/*"], from_owner="old")

    assert plan.problems == ()
    assert {change.action for change in plan.changes} == {Action.ADOPT}
    assert runner.carry_out(plan, new).complete
    assert "[pdslack:old/" not in marks(runner)
    again = stack(file_of("new", alert_grouping={"by": "time", "window": "20m"}))
    assert runner.plan(new).changes == ()
    assert runner.plan(again).problems == ()
    settle(runner, again)


@pytest.mark.slow
def test_what_one_reference_needs_need_not_be_taken_over_with_it(runner):
    new = stack(file_of("new"))

    plan = plan_adopt(new, read_live(new, runner.clients(new)), ["webhook/two"], from_owner="old")

    assert (plan.problems, [str(change.ref) for change in plan.changes]) == ((), ["webhook/two"])


@pytest.mark.slow
def test_a_grouping_that_was_left_behind_is_taken_over_later(runner):
    new = stack(file_of("new", **GROUPED))
    adopt = plan_adopt(new, read_live(new, runner.clients(new)), ["*/*"], from_owner="old")
    assert runner.carry_out(adopt, new).complete
    ((key, setting),) = groupings_of_one(runner).items()
    setting = {**setting, "description": "[pdslack:old/one]"}
    runner.sandbox.store.replace(key[0], key[1], setting)
    changed = stack(file_of("new", alert_grouping={"by": "time", "window": "20m"}))
    (problem,) = runner.plan(changed).problems
    assert "`pdslack adopt service/one --from old` takes it over" in problem.message

    later = plan_adopt(
        changed, read_live(changed, runner.clients(changed)), ["service/one"], from_owner="old"
    )

    assert marks_shown(later) == {"mark of alert_grouping": ("old/one", "new/one")}
    assert runner.carry_out(later, changed).complete
    assert "[pdslack:old/" not in marks(runner)
    settle(runner, changed)


@pytest.mark.slow
def test_all_of_it_is_let_go(runner):
    old = stack(file_of("old", **GROUPED))

    plan = plan_release(old, read_live(old, runner.clients(old)), ["*"])

    assert plan.problems == ()
    assert marks_shown(plan)["mark of alert_grouping"] == ("old/one", None)
    assert runner.carry_out(plan, old).complete
    assert marks(runner) == ""


@pytest.mark.slow
@pytest.mark.parametrize("command", ["adopt", "apply --adopt"])
def test_a_grouping_is_adopted_with_its_service(command, runner):
    old = stack(file_of("old", **GROUPED))
    assert runner.carry_out(plan_release(old, read_live(old, runner.clients(old)), ["*"]), old).complete

    adopted = plan_adopt(old, read_live(old, runner.clients(old)), ["*"])
    plan = adopted if command == "adopt" else runner.plan(old, adopt=True)
    assert marks_shown(plan)["mark of alert_grouping"] == (None, "old/one")
    assert runner.carry_out(plan, old).complete

    assert runner.plan(old).changes == ()
    settle(runner, stack(file_of("old", alert_grouping={"by": "time", "window": "20m"})))


@pytest.mark.slow
def test_a_renamed_key_is_renamed_in_the_grouping_too(runner):
    data = yaml.safe_load(file_of("old", **GROUPED))
    data["services"]["first"] = {**data["services"].pop("one"), "name": "one", "previously": "one"}
    data["webhooks"]["two"]["from"] = "service/first"
    assert marks_shown(runner.plan(stack(dump(data))))["mark of alert_grouping"] == ("old/one", "old/first")

    settle(runner, stack(dump(data)))

    (grouping,) = groupings_of_one(runner).values()
    assert "[pdslack:old/first:" in grouping["description"]
