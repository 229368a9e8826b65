"""Reads that lag: a first apply completes, and an apply right after it makes nothing twice."""

from __future__ import annotations

from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pytest

from pdslack_cli.clients.http.call_log import ApiCall
from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action
from pdslack_cli.engine.order import Phase, PlanStep
from pdslack_cli.engine.report import Result
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.conftest import FakeClock
from tests.kinds.strategies import SOON
from tests.support.census import census
from tests.support.factories import stack
from tests.support.runs import Runner

EXAMPLES = Path(__file__).parents[3] / "examples"
CASE = f"""
    owner: cases
    slack: {{workspace: T0SANDBOX}}
    people: {{ana: ana@acme.example, bo: bo@acme.example}}
    teams: {{ops: {{tags: [gold], members: {{manager: [ana], responder: [bo]}}}}}}
    schedules:
      s:
        time_zone: Etc/UTC
        teams: [ops]
        layers: [{{name: L, start: 2026-01-05T09:00:00, rotate: 1 week, people: [ana, bo]}}]
        overrides: [{{from: "{SOON}T09:00:00", to: "{SOON}T17:00:00", who: bo}}]
    escalation_policies:
      oncall: {{team: ops, tags: [gold], levels: [{{notify: [person/ana], escalate_after: 10m}}]}}
    services:
      api:
        escalation_policy: oncall
        integrations: [events-api-v2]
        alert_grouping: {{by: time, window: 10m}}
        rules: [{{label: a, if: "event.severity matches 'critical'", then: {{severity: error}}}}]
    business_services: {{cards: {{description: Cards, team: ops}}}}
    maintenance_windows:
      m: {{description: Work, from: "{SOON}T09:00:00Z", to: "{SOON}T11:00:00Z", services: [api]}}
    user_groups: {{g: {{handle: on-duty, members: [ana, team/ops], channels: [c]}}}}
    channels: {{c: {{topic: t, purpose: p, members: [ana], bookmarks: {{Wiki: "https://wiki.acme.example"}}}}}}
    notification_rules: {{n: {{from: service/api, to: c}}}}
    routing:
      main: {{team: ops, integrations: [A, B], routes: [{{if: "event.source matches 'a'", to: api}}]}}
    webhooks: {{sync: {{url: "https://sync.acme.example", from: service/api, events: ["incident.*"]}}}}
    workflows: {{w: {{team: ops, triggers: [{{manual: true, services: [api]}}]}}}}
"""
EXAMPLE_STACKS = "fintech", "quickstart.yaml", "tutorial.yaml", "each", "complete"


class SharedClock(FakeClock):
    """Whoever waits on it lets time pass in the sandbox too."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.sandbox = sandbox

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.sandbox.clock.advance(seconds)


@pytest.fixture
def runner(tmp_path):
    with Sandbox() as sandbox:
        yield Runner(sandbox, audit=AuditLog(tmp_path / "audit.jsonl", {}), clock=SharedClock(sandbox))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "lag"),
    [
        *(("some of everything", lag) for lag in (1, 3, 8)),
        *zip(EXAMPLE_STACKS, cycle((8, 1, 3)), strict=False),
    ],
)
def test_first_apply_completes_and_one_right_after_it_finds_nothing_to_do(runner, name, lag):
    wanted = load([EXAMPLES / name], {}) if name in EXAMPLE_STACKS else stack(CASE)
    runner.seed(wanted)
    runner.sandbox.faults.add(Fault("lag", seconds=lag, times=1_000_000))

    first = runner.apply(wanted)
    assert first.complete, [str(result.error) for result in first.results if result.error]
    made = census(runner.sandbox)
    second = runner.plan(wanted)

    assert [(change.ref, change.action, change.fields) for change in second.changes] == []
    assert runner.carry_out(second, wanted).complete
    assert census(runner.sandbox) == made


def test_lag_is_one(runner):
    """What the tests above are about: without the log, a second plan would make all of it again."""
    wanted, runner.audit = stack(CASE), None
    runner.seed(wanted)
    runner.sandbox.faults.add(Fault("lag", seconds=60, times=1_000_000))
    first = runner.plan(wanted)

    assert runner.carry_out(first, wanted).complete
    assert len(runner.plan(wanted).changes) == len(first.changes)


def test_what_was_made_a_moment_ago_is_waited_for_ten_seconds_and_no_longer(runner):
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}}")
    assert runner.apply(wanted).complete
    (team,) = runner.sandbox.store.all("pagerduty.team")
    runner.sandbox.store.delete("pagerduty.team", team["id"])
    began = runner.clock.time()

    plan = runner.plan(wanted)

    assert [change.action for change in plan.changes] == [Action.CREATE]
    assert runner.clock.time() - began == 10


def test_what_this_folder_removed_is_not_waited_for(runner):
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}}")
    assert runner.apply(wanted).complete
    assert runner.destroy(wanted).complete
    began = runner.clock.time()

    assert [change.action for change in runner.plan(wanted).changes] == [Action.CREATE]
    assert runner.clock.time() == began


def test_bookmark_that_this_folder_removed_is_not_waited_for(runner):
    text = "owner: acme\nslack: {workspace: T0SANDBOX0}\nchannels: {c: {topic: t, bookmarks: %s}}"
    assert runner.apply(stack(text % "{Wiki: 'https://wiki.acme.example'}")).complete
    wanted = stack(text % "{}")
    assert runner.apply(wanted).complete
    began = runner.clock.time()

    assert not runner.plan(wanted).changes
    assert runner.clock.time() == began


@pytest.mark.parametrize("left", ["", ", create_only: [overrides], overrides: [{OVERRIDE}]"])
def test_part_that_is_not_read_is_not_waited_for(runner, left):
    """A schedule without its overrides in the file, or with them at its creation alone."""
    override = f'{{from: "{SOON}T09:00:00", to: "{SOON}T17:00:00", who: bo}}'

    def schedule(fields: str) -> Stack:
        layers = "layers: [{name: L, start: 2026-01-05T09:00:00, rotate: 1 week, people: [bo]}]"
        return stack(
            f"owner: acme\npeople: {{bo: bo@acme.example}}\n"
            f"schedules: {{s: {{time_zone: Etc/UTC, {layers}{fields}}}}}"
        )

    wanted = schedule(f", overrides: [{override}]")
    runner.seed(wanted)
    assert runner.apply(wanted).complete
    began = runner.clock.time()

    assert runner.plan(schedule(left.replace("{OVERRIDE}", override))).changes == ()
    assert runner.clock.time() == began


@pytest.mark.slow
def test_what_was_added_to_a_service_that_is_looked_up_is_waited_for(runner):
    theirs = stack(
        "owner: other\npeople: {bo: bo@acme.example}\nservices: {api: {escalation_policy: p}}\n"
        "escalation_policies: {p: {levels: [{notify: [person/bo], escalate_after: 5m}]}}"
    )
    runner.seed(theirs)
    assert runner.apply(theirs).complete
    wanted = stack(
        "owner: acme\nservices: {api: {lookup: true, integrations: [{name: A, type: events-api-v2}]}}"
    )
    runner.sandbox.faults.add(Fault("lag", seconds=8, times=1_000_000))
    assert runner.apply(wanted).complete

    assert runner.plan(wanted).changes == ()


@pytest.mark.slow
def test_connection_that_this_folder_removed_under_its_own_name_is_not_waited_for(runner):
    wanted = stack(
        "owner: acme\nslack: {workspace: T0SANDBOX0}\nteams: {ops: {}}\nchannels: {alerts: {}}\n"
        "notification_rules: {ops: {from: team/ops, to: alerts}}"
    )
    assert runner.apply(wanted).complete
    assert runner.destroy(wanted).complete
    began = runner.clock.time()

    runner.plan(wanted)
    assert runner.clock.time() == began


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


class LogOfKilledRun(AuditLog):
    """The log of a process that is killed after its nth write, before the next line is written."""

    def __init__(self, path: Path, writes: int, *methods: str) -> None:
        super().__init__(path, {})
        self.left, self.methods = writes, methods or ("POST",)

    def note(self, call: ApiCall) -> None:
        super().note(call)
        self.left -= call.method in self.methods and not call.path.endswith(READS)
        if self.left <= 0:
            raise Killed

    def watch(self, event: PlanStep | Result) -> None:
        if self.left <= 0:
            raise Killed
        super().watch(event)


READS = (".list", ".info", ".conversations", ".members", "auth.test")


@pytest.mark.slow
def test_run_that_is_killed_between_a_creation_and_its_line_makes_nothing_twice(runner, tmp_path):
    wanted, writes = stack(CASE), 0
    runner.seed(wanted)
    start = runner.sandbox.snapshot()
    assert runner.apply(wanted).complete
    expected = census(runner.sandbox)
    calls = [call for call in runner.sandbox.calls if call.method == "POST"]
    posts = sum(not call.path.endswith(READS) for call in calls)
    assert posts > 10
    for writes in range(1, posts + 1):
        runner.sandbox.restore(start)
        runner.sandbox.faults.clear()
        path = tmp_path / f"audit-{writes}.jsonl"
        runner.audit = LogOfKilledRun(path, writes)
        with suppress(Killed):
            runner.apply(wanted)
        runner.audit = AuditLog(path, {})
        runner.sandbox.faults.add(Fault("lag", seconds=8, times=1_000_000))

        report = runner.apply(wanted)

        assert report.complete, [str(result.error) for result in report.results if result.error]
        assert census(runner.sandbox) == expected, writes


def test_killed_run_is_waited_for_once_and_said(runner):
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}}")
    (change,) = runner.plan(wanted).changes
    runner.audit.watch(PlanStep(change, Phase.GROW))
    began = runner.clock.time()

    plan = runner.plan(wanted)

    assert runner.clock.time() - began == 10
    (notice,) = plan.notices
    assert notice.startswith("a run was killed, or still runs, that began to write team/ops: ")
    assert runner.apply(wanted).complete
    assert runner.plan(wanted).notices == ()


def test_killed_run_is_waited_for_by_no_run_after_the_one_that_looked(runner):
    wanted = stack("owner: acme\nteams: {ops: {name: Ops}}")
    (change,) = runner.plan(wanted).changes
    runner.audit.watch(PlanStep(change, Phase.GROW))
    assert runner.read(wanted, runner.clients(wanted)).killed == (change.ref,)
    runner.audit.settle([change.ref])
    began = runner.clock.time()

    assert runner.plan(wanted).notices == ()
    assert runner.clock.time() == began


def test_run_that_was_killed_at_a_person_is_waited_for(runner):
    """People and looked-up services are no objects of ours, but parts of them are."""
    wanted = stack(
        "owner: acme\npeople: {bo: {email: bo@acme.example, "
        "contact_methods: [{type: email, address: b@acme.example, label: B}]}}"
    )
    runner.seed(wanted)
    (change,) = runner.plan(wanted).changes
    runner.audit.watch(PlanStep(change, Phase.GROW))

    assert runner.read(wanted, runner.clients(wanted)).killed == (change.ref,)


def test_what_a_run_created_whose_name_is_unique_is_found_though_the_list_lags(runner):
    wanted = stack("owner: acme\nincident_types: {attack: {label: Attack}}")
    plan = runner.plan(wanted)
    assert runner.carry_out(plan, wanted).complete
    runner.sandbox.faults.add(Fault("lag", seconds=8, times=1_000_000))

    report = runner.carry_out(plan, wanted)

    assert report.complete, [str(result.error) for result in report.results if result.error]


def test_log_that_is_no_log_tells_nothing(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'[]\n{"time": 1}\n\xff\xfe\n{"time": "2026-01-01T00:00:00", "ref": 1}\n')

    assert AuditLog(path, {}).past_runs().recently_made() == {}
    assert AuditLog(tmp_path, {}).past_runs().recently_made() == {}


@pytest.mark.slow
def test_what_another_machine_deleted_a_moment_ago_and_still_shows_is_deleted(runner):
    wanted, runner.audit = stack(CASE), None
    runner.seed(wanted)
    assert runner.apply(wanted).complete
    runner.sandbox.clock.advance(600)
    runner.sandbox.faults.add(Fault("lag", seconds=8, times=1_000_000))
    assert runner.destroy(wanted).complete

    report = runner.destroy(wanted)

    assert report.complete, [str(result.error) for result in report.results if result.error]
    assert report.results
