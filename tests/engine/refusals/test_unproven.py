"""Marks that people copied or wrote: nothing is removed from a copy, and no release lets another mark act."""

from __future__ import annotations

import json
import re

import pytest

from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.marking import plan_release
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.engine.refusals.children import removed_children
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.test_unseen import EMPTIED, FULL
from tests.support.census import documents
from tests.support.factories import mark, stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("check", ["", "?"], ids=["copied", "unfinished"])
@pytest.mark.parametrize("delete", [True, False], ids=["", "--no-delete"])
def test_nothing_is_removed_from_an_object_whose_mark_does_not_fit_its_name(delete, check):
    wanted = stack(EMPTIED)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(FULL))
        assert runner.apply(stack(FULL)).complete
        removing = {
            change.live.id: change
            for change in runner.plan(wanted).changes
            if removed_children(change) and "name" not in change.kind.frozen_fields  # nobody can rename those
        }
        assert {Ref("team", "ops"), Ref("service", "api"), Ref("workflow", "w")} <= {
            change.ref for change in removing.values()
        }
        for (kind, id_), held in documents(sandbox).items():
            if id_ in removing and "name" in held:
                text = json.dumps({**held, "name": f"{held['name']}-copy"})
                text = re.sub(r"(\[pdslack:[^:\]]+:)\w{4}", rf"\1{check}", text) if check else text
                sandbox.store.replace(kind, id_, json.loads(text))

        clients = runner.clients(wanted)
        live = runner.read(wanted, clients)
        plan = with_refusals(
            make_plan(wanted, live, delete=delete), wanted, live, clients, Allowed(deletes=99)
        )

        told = {
            problem.message.partition(" ")[0] for problem in plan.problems if "would lose" in problem.message
        }
        assert told == ({str(change.ref) for change in removing.values()} if delete else set())
        assert all("nothing is deleted" in problem.message for problem in plan.problems)


@pytest.mark.parametrize("method", ["rename", "setPurpose", "setTopic", "kick", "invite"])
def test_a_channel_whose_rename_was_cut_off_is_known_by_the_name_that_it_had(method):
    people = "owner: acme\nslack: {workspace: T0ACME}\npeople: {ana: ana@acme.example, bo: bo@acme.example}\n"
    before = stack(people + "channels: {alerts: {exact: true, members: [ana], topic: Old}}")
    after = stack(people + "channels: {alerts: {name: news, exact: true, members: [bo], topic: New}}")
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(before)
        assert runner.apply(before).complete
        plan = runner.plan(after)
        sandbox.faults.add(Fault("403", path=f"conversations.{method}$"))
        assert not runner.carry_out(plan, after).complete

        plan = runner.judged(after)

        assert plan.problems == ()
        assert runner.carry_out(plan, after).complete
        assert runner.plan(after).changes == ()
        (channel,) = sandbox.store.find("slack.channel", name="news")
        assert len(channel["members"]) == 2  # with the bot


ADOPTED = """
owner: acme
slack: {workspace: T0ACME}
channels: {alerts: {}}
"""


@pytest.mark.parametrize(
    ("text", "make"),
    [
        pytest.param(ADOPTED, lambda wanted, live: plan_release(wanted, live, ["channel/*"]), id="release"),
        pytest.param(ADOPTED.replace("alerts: {}", ""), make_plan, id="entry removed"),
        pytest.param(ADOPTED, plan_destroy, id="destroy"),
    ],
)
def test_nothing_is_released_to_the_owner_of_a_mark_before_ours(text, make):
    wanted = stack(text)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        by_hand = {"name": "alerts", "creator": "ana@acme.example"}
        sandbox.seed(
            {"people": [{"email": "ana@acme.example"}], "channels": [by_hand], "workspace": "T0ACME"}
        )
        assert runner.apply(stack(ADOPTED), adopt=True).complete
        (channel,) = sandbox.store.find("slack.channel", name="alerts")
        channel["purpose"]["value"] = f"Old {mark('other/c', 'alerts')} {channel['purpose']['value']}"
        sandbox.store.replace("slack.channel", channel["id"], channel)

        clients = runner.clients(wanted)
        live = runner.read(wanted, clients, everything=True)
        plan = with_refusals(make(wanted, live), wanted, live, clients, Allowed())

    (problem,) = plan.problems
    assert "channel/alerts: its description ends in another mark" in problem.message
