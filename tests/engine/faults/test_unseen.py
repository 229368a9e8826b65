"""What a denied read hides is not taken for gone: no plan is complete over it, and none deletes more."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds import MANAGED
from pdslack_cli.render.plan.wording import matches, summary
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.test_fault_worlds import BEFORE, IDS
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow

OVERRIDE = '{from: "2026-01-05T09:00:00", to: "2090-01-05T09:00:00", who: ana}'
FULL = BEFORE.replace(
    "description: before, members: {", "description: before, tags: [red], members: {"
).replace("channels: {c: {", "channels: {c: {pinned: hello, ")
# Everything that takes a read of its own is to be empty.
EMPTIED = (
    FULL.replace("tags: [red]", "tags: []")
    .replace("members: {manager: [ana]}", "members: {}")
    .replace(OVERRIDE, "")
    .replace('{Wiki: "https://wiki.acme.example"}', "{}")
    .replace("[{label: a, if: \"event.severity matches 'critical'\", then: {severity: error}}]", "[]")
    .replace("depends_on: [service/api], subscribers: [person/ana]", "depends_on: [], subscribers: []")
    .replace("[{manual: true, services: [api]}]", "[]")
    .replace("otherwise: api", "otherwise: unrouted")
    .replace("options: [gold, iron]", "options: [gold]")
)
HEAD = "owner: acme\nslack: {workspace: T0SANDBOX}\n"
SECTIONS = HEAD + "".join(f"{kind.section}: {{}}\n" for kind in MANAGED)


@pytest.fixture(scope="module")
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(FULL))
        assert runner.apply(stack(FULL)).complete
        yield runner


def planned(runner: Runner, text: str, *, destroys: bool) -> Plan:
    wanted = stack(text)
    if destroys:
        return plan_destroy(wanted, runner.read(wanted, runner.clients(wanted), everything=True))
    return runner.plan(wanted)


def actions(plan: Plan) -> set[tuple[str, str]]:
    return {(str(change.ref), change.action.name) for change in plan.changes}


@pytest.mark.parametrize(
    ("text", "destroys"),
    [
        pytest.param(FULL, False, id="as it is"),
        pytest.param(EMPTIED, False, id="parts are to be empty"),
        pytest.param(SECTIONS, False, id="sections are empty"),
        pytest.param(HEAD + "notification_rules: {}", False, id="found through objects of no section"),
        pytest.param(FULL, True, id="destroy"),
        pytest.param(HEAD, True, id="destroy, with nothing in the file"),
    ],
)
def test_a_plan_says_what_it_could_not_read(runner, text, destroys):
    runner.forget_calls()
    healthy = planned(runner, text, destroys=destroys)
    assert not healthy.unread
    if text == SECTIONS:
        assert {change.ref.kind for change in healthy.changes} == {ref.kind for ref in stack(FULL).wanted}
    reads = {(call.provider, f"^{re.sub(IDS, '[^/]+', call.path)}$") for call in runner.sandbox.calls}

    refused = []
    for provider, path in sorted(reads):
        runner.sandbox.faults.add(Fault("403", provider=provider, path=path, times=1000))
        try:
            plan = planned(runner, text, destroys=destroys)
        except PdslackError:
            refused.append((provider, path))
        else:
            assert actions(plan) <= actions(healthy), path
            if actions(plan) != actions(healthy):
                assert plan.unread, path
                assert not matches(plan)
                assert plan.changes or summary(plan).startswith(
                    ("No changes to what could be read", "Nothing to destroy among what could be read")
                )
        runner.sandbox.faults.clear()

    # What an empty section could not find is no answer either where the account lacks it altogether.
    for provider, path in refused:
        runner.sandbox.faults.add(Fault("402", provider=provider, path=path, times=1000))
        with pytest.raises(PdslackError):
            planned(runner, text, destroys=destroys)
        runner.sandbox.faults.clear()
