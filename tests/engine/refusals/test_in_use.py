"""What something else needs is not deleted, and the plan names what needs it: a table over all such pairs."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

HEAD = "owner: acme\npeople: {ana: ana@acme.example, bo: bo@acme.example}\n"
POLICY = "escalation_policies: {p: {levels: [{notify: [person/ana]}]}}\n"
LAYER = "{name: L, start: 2026-01-05T09:00:00, rotate: 1 week, people: [ana, bo]}"
SCHEDULE = "schedules: {s: {time_zone: Etc/UTC, layers: [" + LAYER + "]}}\n"
SHIFT = "{name: D, from: 2026-01-05T09:00:00, to: 2026-01-06T09:00:00, recurrence: FREQ=DAILY, people: [ana]}"
SHIFTS = "shift_schedules: {s: {time_zone: Etc/UTC, rotations: [{events: [" + SHIFT + "]}]}}\n"
TEAM = "teams: {t: {members: {manager: [ana, bo]}}}\n"


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


class Account:
    """What is live, and what somebody makes in it by hand."""

    def __init__(self, runner: Runner, before: str) -> None:
        self.runner, self.stack = runner, stack(HEAD + before)
        runner.seed(self.stack)
        assert runner.apply(self.stack).complete
        self.pagerduty = runner.clients(self.stack).pagerduty

    def id(self, plural: str, name: str) -> str:
        (found,) = [raw for raw in self.pagerduty.list(f"/{plural}", plural) if raw["name"] == name]
        return found["id"]

    def by_shifts(self, name: str) -> str:
        listed = self.pagerduty.list("/v3/schedules", "schedules")
        return next(raw["id"] for raw in listed if raw["summary"] == name)

    def user(self, name: str) -> dict:
        (found,) = [raw for raw in self.pagerduty.list("/users", "users") if raw["email"].startswith(name)]
        return {"id": found["id"], "type": "user_reference"}

    def policy(self, *targets: dict, team: str = "") -> None:
        body = {
            "type": "escalation_policy",
            "name": "By hand",
            "escalation_rules": [{"escalation_delay_in_minutes": 5, "targets": list(targets)}],
            "teams": [{"id": self.id("teams", team), "type": "team_reference"}] if team else [],
        }
        self.pagerduty.create("/escalation_policies", {"escalation_policy": body})

    def schedule(self, person: str, team: str) -> None:
        layer = {
            "start": "2026-01-05T09:00:00Z",
            "rotation_virtual_start": "2026-01-05T09:00:00Z",
            "rotation_turn_length_seconds": 86400,
            "users": [{"user": self.user(person)}],
        }
        body = {
            "type": "schedule",
            "name": "By hand",
            "time_zone": "Etc/UTC",
            "schedule_layers": [layer],
            "teams": [{"id": self.id("teams", team), "type": "team_reference"}],
        }
        self.pagerduty.create("/schedules", {"schedule": body})

    def service(self, policy: str) -> None:
        used = {"id": self.id("escalation_policies", policy), "type": "escalation_policy_reference"}
        body = {"type": "service", "name": "By hand", "escalation_policy": used}
        self.pagerduty.create("/services", {"service": body})

    def refused(self, after: str) -> list[str]:
        """What an apply of another file would refuse, as its plan tells."""
        wanted = stack(HEAD + after)
        plan = self.runner.judged(wanted, deletes=100)
        if not plan.problems:
            report = self.runner.carry_out(plan, wanted)
            assert report.complete, report.results
        self.hints = [problem.hint for problem in plan.problems]
        return [problem.message for problem in plan.problems]


CALLED = "'By hand' ("


@pytest.mark.parametrize(
    ("before", "make", "after", "refused"),
    [
        pytest.param(
            POLICY + SCHEDULE,
            lambda account: account.policy(
                {"id": account.id("schedules", "s"), "type": "schedule_reference"}
            ),
            POLICY + "schedules: {}\n",
            "schedule/s cannot be deleted, because it is used by the escalation policy " + CALLED,
            id="schedule of a policy",
        ),
        pytest.param(
            POLICY + SHIFTS,
            lambda account: account.policy({"id": account.by_shifts("s"), "type": "schedule_v3_reference"}),
            POLICY + "shift_schedules: {}\n",
            "shift_schedule/s cannot be deleted, because it is used by the escalation policy " + CALLED,
            id="schedule with shifts of a policy",
        ),
        pytest.param(
            POLICY,
            lambda account: account.service("p"),
            "escalation_policies: {}\n",
            "escalation_policy/p cannot be deleted, because it is used by the service " + CALLED,
            id="policy of a service",
        ),
        pytest.param(
            TEAM,
            lambda account: account.policy(account.user("ana"), team="t"),
            "teams: {}\n",
            "team/t cannot be deleted, because it is used by the escalation policy " + CALLED,
            id="team of a policy",
        ),
        pytest.param(
            TEAM,
            lambda account: account.schedule("ana", "t"),
            "teams: {}\n",
            "team/t cannot be deleted, because it is used by the schedule " + CALLED,
            id="team of a schedule",
        ),
        pytest.param(
            TEAM,
            lambda account: account.policy(account.user("bo"), team="t"),
            TEAM.replace(", bo", ""),
            "team/t: person/bo cannot be removed, because the escalation policy " + CALLED,
            id="member whom a policy of the team calls",
        ),
        pytest.param(
            TEAM,
            lambda account: account.schedule("bo", "t"),
            TEAM.replace(", bo", ""),
            "team/t: person/bo cannot be removed, because the schedule " + CALLED,
            id="member whom a schedule of the team calls",
        ),
    ],
)
def test_what_a_foreign_object_needs_is_refused_by_the_plan(runner, before, make, after, refused):
    account = Account(runner, before)
    make(account)

    (message,) = account.refused(after)

    assert message.startswith(refused)
    assert "which is not in the stack" in message


OWN = TEAM + SCHEDULE.replace("layers", "teams: [t], layers") + (
    "escalation_policies: {p: {team: t, levels: [{notify: [schedule/s, person/bo]}]}}\n"
    "services: {web: {escalation_policy: p}}\n"
)  # fmt: skip


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(
            "teams: {}\nschedules: {}\nescalation_policies: {}\nservices: {}\n", id="all of it goes"
        ),
        pytest.param(
            OWN.replace(", bo", "").replace(", person/bo", ""), id="a person goes from all that call them"
        ),
        pytest.param(
            "teams: {}\nschedules: {}\n"
            "escalation_policies: {p: {team: null, levels: [{notify: [person/bo]}]}}\n"
            "services: {web: {escalation_policy: p}}\n",
            id="what used it lets go",
        ),
    ],
)
def test_what_the_plan_itself_lets_go_is_deleted(runner, after):
    assert Account(runner, OWN).refused(after) == []


def test_what_the_file_no_longer_names_in_a_field_that_it_leaves_out_still_needs_it(runner):
    account = Account(runner, OWN)

    (message, *_) = account.refused(
        "teams: {}\n" + SCHEDULE + "escalation_policies: {p: {levels: [{notify: [schedule/s]}]}}\n"
        "services: {web: {escalation_policy: p}}\n"
    )

    assert message == ("team/t cannot be deleted, because it is used by escalation_policy/p, schedule/s")
    assert account.hints[0].startswith(
        "escalation_policy/p leaves `team` out, which keeps it: write `team: null`; "
        "schedule/s leaves `teams` out, which keeps it: write `teams: []`; change or delete"
    )


@pytest.mark.parametrize("resolved", [False, True])
def test_schedule_that_an_open_incident_still_escalates_to_is_kept(runner, resolved):
    account = Account(runner, OWN.replace(", person/bo", ""))
    service = {"id": account.id("services", "web"), "type": "service_reference"}
    body = {"incident": {"type": "incident", "title": "Down", "service": service}}
    made = account.pagerduty.create("/incidents", body, sender="ana@acme.example")["incident"]
    if resolved:
        change = {"incident": {"type": "incident", "status": "resolved"}}
        account.pagerduty.update(f"/incidents/{made['id']}", change, sender="ana@acme.example")

    refused = account.refused(
        TEAM + "schedules: {}\nescalation_policies: {p: {team: t, levels: [{notify: [person/bo]}]}}\n"
        "services: {web: {escalation_policy: p}}\n"
    )

    message = "schedule/s cannot be deleted, because open incidents (1) still escalate to it"
    assert refused == ([] if resolved else [message])
