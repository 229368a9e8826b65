"""An apply reports what became of every step, whatever goes wrong in one of them or beside them."""

from __future__ import annotations

import json

import pytest

from pdslack_cli.engine.apply import apply_plan
from pdslack_cli.engine.report import Result, StepOutcome
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.pagerduty.team import Teams
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

TEAMS = "owner: acme\nteams:\n" + "".join(f"  t{number}: {{name: T{number}}}\n" for number in range(6))
SERVICE = """
    owner: acme
    people: {maya: maya@acme.example}
    escalation_policies: {p: {levels: [{notify: [person/maya]}]}}
    services: {api: {escalation_policy: p, integrations: [events-api-v2]}}
"""


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def outcomes(report) -> dict[str, StepOutcome]:
    return {str(result.ref): result.outcome for result in report.results}


@pytest.mark.parametrize(
    "error", [KeyError("id"), TypeError("a token xoxb-1-secret\nand more"), RecursionError()]
)
def test_defect_in_one_step_is_a_failed_step_and_the_others_are_done(runner, monkeypatch, error):
    wanted = stack(TEAMS)
    plan = runner.plan(wanted)
    create = Teams.create

    def defective(self, session, ref, *rest):
        if ref.key == "t3":
            raise error
        return create(self, session, ref, *rest)

    monkeypatch.setattr(Teams, "create", defective)
    report = runner.carry_out(plan, wanted)

    assert outcomes(report) == {
        f"team/t{number}": StepOutcome.FAILED if number == 3 else StepOutcome.DONE for number in range(6)
    }
    (failed,) = report.of(StepOutcome.FAILED)
    assert type(error).__name__ in str(failed.error)
    assert "test_apply.py:" in str(failed.error)
    assert "secret" not in str(failed.error)


@pytest.mark.parametrize("kind", MANAGED, ids=lambda kind: kind.name)
def test_defect_of_any_kind_is_in_the_report(fintech, fintech_runner, monkeypatch, kind):
    if not fintech.of_kind(kind.name):
        pytest.skip("the example has none")
    start = fintech_runner.sandbox.snapshot()

    def defective(self, session, ref, *rest):
        raise KeyError("id")

    monkeypatch.setattr(type(kind), "create", defective)
    report = fintech_runner.apply(fintech)
    fintech_runner.sandbox.restore(start)

    assert {result.ref.kind for result in report.of(StepOutcome.FAILED)} == {kind.name}
    assert all("KeyError" in str(result.error) for result in report.of(StepOutcome.FAILED))
    assert {result.outcome for result in report.results} <= {
        StepOutcome.DONE,
        StepOutcome.FAILED,
        StepOutcome.SKIPPED,
    }


def test_watcher_that_fails_is_a_notice_and_the_others_hear_everything(runner):
    wanted, heard = stack(TEAMS), []

    def broken(event):
        raise BrokenPipeError("nobody listens")

    clients = runner.clients(wanted)
    report = apply_plan(runner.plan(wanted), clients, runner.secrets, (broken, heard.append))

    assert report.complete
    assert len([event for event in heard if isinstance(event, Result)]) == 6
    (notice,) = report.notices
    assert "nobody listens" in notice


def test_audit_log_that_cannot_be_written_is_a_notice(runner, tmp_path):
    wanted = stack(TEAMS)
    (tmp_path / ".pdslack").write_text("in the way")
    audit = AuditLog(tmp_path / ".pdslack" / "audit.jsonl", {})

    report = apply_plan(runner.plan(wanted), runner.clients(wanted), runner.secrets, (audit.watch,))

    assert report.complete
    (notice,) = report.notices
    assert "cannot write the audit log" in notice


def test_failed_step_is_in_the_audit_log(runner, tmp_path, monkeypatch):
    wanted = stack(TEAMS)
    audit = AuditLog(tmp_path / "audit.jsonl", {})
    plan = runner.plan(wanted)
    monkeypatch.setattr(Teams, "create", lambda *_: {}["id"])

    apply_plan(plan, runner.clients(wanted), runner.secrets, (audit.watch,))

    lines = [json.loads(line) for line in audit.path.read_text().splitlines()]
    lines = [line for line in lines if line["outcome"] != "started"]
    assert {line["outcome"] for line in lines} == {"failed"}
    assert all(line["error"].startswith("unexpected KeyError") for line in lines)


def test_object_that_we_posted_ourselves_is_finished_though_its_answer_was_lost_and_lists_were_stale(runner):
    wanted = stack(SERVICE)
    runner.seed(wanted)
    plan = runner.plan(wanted)
    runner.sandbox.faults.add(Fault("lost", provider="pagerduty", method="POST", path="^/services$"))
    runner.sandbox.faults.add(Fault("stale", provider="pagerduty", path="^/services$", times=6))

    report = runner.carry_out(plan, wanted)

    assert report.complete, [str(result.error) for result in report.results]
    assert report.notices == ()
    assert runner.plan(wanted).changes == ()


def test_creation_that_the_vendor_answered_with_a_failure_is_repeated_once(runner):
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}}")
    plan = runner.plan(wanted)
    runner.sandbox.faults.add(Fault("500", provider="pagerduty", method="POST", path="^/teams$"))

    assert runner.carry_out(plan, wanted).complete
    assert len(runner.sandbox.store.all("pagerduty.team")) == 1
