"""What an account lacks or hides ends no export, and no plan that can do without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import cycle

import pytest

from pdslack_cli.errors import PdslackError
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.together import strike_together
from tests.export.account import Accounts, Json
from tests.export.exports import exported_text, is_adoption, loaded, read
from tests.kinds.full_account import full_account
from tests.support.factories import stack
from tests.support.runs import Runner

Edit = Callable[[Json], object]

REFUSALS = ("402", "403", "404", "410", "501")
ESSENTIAL = {"/auth.test"}  # whether the token is good for anything at all


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        yield sandbox


@pytest.fixture
def healthy(sandbox):
    """The sandbox, in which nothing goes wrong afterwards."""
    yield sandbox
    sandbox.faults.clear()
    sandbox.calls.clear()


def reads(sandbox: Sandbox) -> list[str]:
    """Patterns of all reads since the calls were forgotten: those of one list differ in ids only."""
    paths = {call.path for call in sandbox.calls} - ESSENTIAL
    return sorted({re.sub(r"(?<=/)[A-Z0-9]{7,}(?=/|$)", "[A-Z0-9]+", path) + "$" for path in paths})


def export_text(sandbox: Sandbox) -> str:
    return exported_text(read(sandbox))


@pytest.mark.slow
def test_an_export_leaves_out_what_is_refused_and_says_so(healthy, tmp_path):
    sandbox = healthy
    sandbox.calls.clear()
    export_text(sandbox)
    patterns = reads(sandbox)
    assert len(patterns) > 25

    # Each list with one of the refusals, in turn: a read treats all of them alike, which the next test holds.
    faults = [
        Fault(status, path=pattern, times=100_000)
        for pattern, status in zip(patterns, cycle(REFUSALS), strict=False)
    ]

    def refuse(together: Sequence[Fault]) -> Sequence[Fault]:
        sandbox.faults.clear()
        for fault in together:
            sandbox.faults.add(fault)
        text = export_text(sandbox)
        struck = [fault for fault, matched in sandbox.faults.waiting() if matched]
        sandbox.faults.clear()
        assert struck, together
        wanted = loaded({"pdslack.yaml": text}, tmp_path)

        plan = Runner(sandbox).plan(wanted, adopt=True)

        assert plan.problems == (), together
        changes = plan_json(plan)["resource_changes"]
        assert [change["address"] for change in changes if not is_adoption(change)] == [], together
        return struck

    strike_together(faults, 4, refuse)


@pytest.mark.slow
@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("used", ["teams: {mine: {}}", "channels: {mine: {}}", "people: {m: m@acme.example}"])
def test_a_plan_goes_on_without_what_it_does_not_need(healthy, status, used):
    sandbox = healthy
    wanted = stack(f"owner: acme\nslack: {{workspace: {read(sandbox).workspace}}}\n{used}\n")
    runner = Runner(sandbox)
    sandbox.calls.clear()
    changes = plan_json(runner.plan(wanted))["resource_changes"]

    for pattern in reads(sandbox):
        needed = any(part in pattern for part in (["teams"] if "teams" in used else ["conversations"]))
        sandbox.faults.clear()
        sandbox.faults.add(Fault(status, path=pattern, times=100_000))
        try:
            plan = runner.plan(wanted)
        except PdslackError:
            assert needed, pattern
        else:
            assert plan_json(plan)["resource_changes"] == changes, pattern


@pytest.mark.slow
def test_what_is_not_read_has_its_plural(healthy):
    healthy.faults.add(Fault("403", path="/(escalation_policies|schedules)$", times=100_000))
    text = export_text(healthy)
    assert "the escalation policies are not read: " in text
    assert "the schedules are not read: " in text


OF_NO_SHAPE: list[tuple[str, Edit, str]] = [
    ("service", lambda raw: raw["support_hours"].pop("end_time"), "it cannot be read: "),
    ("schedule", lambda raw: raw["schedule_layers"][0].pop("id"), "it cannot be read: "),
    ("incident_workflow", lambda raw: raw.update(is_enabled="on"), "workflow 'one': cannot be read: "),
    (
        "service_field",
        lambda raw: raw.update(field_type=None),
        "service custom field 'one': cannot be read: ",
    ),
    ("vendor", lambda raw: raw.update(name=7), "the vendors are not read: "),
    (
        "path",
        lambda raw: [rule.update(conditions=[{}]) for rule in raw["sets"][0]["rules"]],
        "cannot be read: ",
    ),
    ("cache_variable", lambda raw: raw.update(conditions=[7]), "cannot be read: "),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "edit", "told"), OF_NO_SHAPE, ids=[kind for kind, *_ in OF_NO_SHAPE])
def test_an_export_goes_on_around_what_it_cannot_read(healthy, tmp_path, kind, edit, told):
    sandbox, snapshot = healthy, healthy.snapshot()
    for stored in sandbox.store.all(f"pagerduty.{kind}"):
        if stored.get("name", "one") in ("one", "Datadog", "last_host"):
            edit(stored)
            sandbox.store.replace(f"pagerduty.{kind}", stored["id"], stored)
    try:
        text = export_text(sandbox)
        wanted = loaded({"pdslack.yaml": text}, tmp_path)
        plan = Runner(sandbox).plan(wanted, adopt=True)
    finally:
        sandbox.store.restore(snapshot)

    assert told in text
    assert plan.problems == ()
    changes = plan_json(plan)["resource_changes"]
    assert [change["address"] for change in changes if not is_adoption(change)] == []
