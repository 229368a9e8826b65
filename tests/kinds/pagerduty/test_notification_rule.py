"""Notification rules, over the sandbox's PagerDuty and Slack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.engine.change import Action
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import read_live
from pdslack_cli.errors import AuthError, ConfigError, NotFoundError, Severity
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRules
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

CONNECTIONS = "/integration-slack/workspaces/T0ACME/connections"

WORLD = """
owner: payments
slack: {workspace: T0ACME}
teams: {payments: {}, platform: {}, foreign: {lookup: true}}
channels: {incidents: {}, alerts: {}, foreign: {lookup: true}}
notification_rules:
"""


def rules(*entries: str):
    return stack(WORLD + ("\n".join(f"  {entry}" for entry in entries) or "  {}") + "\n")


class Account(Runner):
    """The sandbox, and its Slack connections as PagerDuty tells them."""

    def call(self, method: str, path: str, *body: object):
        pagerduty = self.clients(rules()).pagerduty
        return getattr(pagerduty, method)(path, *body, token="user", host="app")

    def connections(self) -> list[dict]:
        return self.call("list", CONNECTIONS, "slack_connections")

    def connection(self) -> dict:
        (connection,) = self.connections()
        return connection

    def ends(self) -> set[tuple[str, str]]:
        return {(each["source_name"], each["channel_name"]) for each in self.connections()}

    def connect(self, team: str, channel: str) -> None:
        """By hand, between any team and any channel."""
        teams = self.clients(rules()).pagerduty.list("/teams", "teams")
        source = next(each for each in teams if each["name"] == team)
        (target,) = self.sandbox.store.find("slack.channel", name=channel)
        body = {
            "source_id": source["id"],
            "source_type": "team_reference",
            "channel_id": target["id"],
            "config": {"events": ["incident.triggered"], "urgency": None, "priorities": None},
        }
        self.call("create", CONNECTIONS, {"slack_connection": body})

    def made(self, wanted) -> None:
        """Apply, and see that nothing is left to do."""
        report = self.apply(wanted)
        assert report.complete, [str(result.error) for result in report.results if result.error]
        plan = self.plan(wanted)
        assert [(str(change.ref), change.fields) for change in plan.changes] == []


@pytest.fixture
def account():
    with Sandbox() as sandbox:
        account = Account(sandbox)
        account.seed(rules())
        yield account


def test_a_rule_without_filters_tells_of_everything(account):
    account.made(rules("all: {from: team/payments, to: incidents}"))
    connection = account.connection()
    assert connection["notification_type"] == "responder"
    assert connection["config"]["urgency"] is None
    assert connection["config"]["priorities"] is None
    assert len(connection["config"]["events"]) == 12


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param("urgency: high", {"urgency": "high"}, id="urgency"),
        pytest.param("urgency: null", {"urgency": None}, id="any urgency"),
        pytest.param("priorities: null", {"priorities": None}, id="any priority"),
        pytest.param("priorities: [none]", {"priorities": []}, id="no priority"),
        pytest.param(
            "events: [resolved, triggered]",
            {"events": ["incident.resolved", "incident.triggered"]},
            id="events",
        ),
        pytest.param(
            "events: [incident.triggered]", {"events": ["incident.triggered"]}, id="PagerDuty's own names"
        ),
    ],
)
def test_filters_are_told_as_pagerduty_means_them(account, entry, expected):
    account.made(rules(f"one: {{from: team/payments, to: incidents, {entry}}}"))
    config = account.connection()["config"]
    assert {name: config[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("event", "hint"),
    [
        pytest.param("action_invocation.created", None, id="in use, and not in PagerDuty's list"),
        pytest.param("resolvd", "did you mean 'resolved'?", id="misspelt"),
        pytest.param("zzz", "if an apply is refused, take it out", id="new to us"),
    ],
)
def test_an_event_that_is_unknown_to_us_is_at_most_warned_of(account, event, hint):
    wanted = rules(f"one: {{from: team/payments, to: incidents, events: [triggered, {event}]}}")

    told = lint_stack(wanted)

    assert [(problem.severity, problem.hint) for problem in told] == (
        [(Severity.WARNING, hint)] if hint else []
    )
    (spec,) = [entry.spec for entry in wanted.of_kind("notification_rule")]
    assert event in spec.events


LIVE_EVENTS = ["incident.triggered", "incident.brand_new.event", "service.updated", "else.where"]


@pytest.mark.parametrize(
    ("fields", "events"),
    [
        pytest.param("urgency: low", LIVE_EVENTS, id="another field changes"),
        pytest.param(
            "events: [triggered, resolved, brand_new.event, service.updated, else.where]",
            [*LIVE_EVENTS, "incident.resolved"],
            id="one more",
        ),
    ],
)
def test_live_events_that_are_unknown_to_us_are_kept_by_their_names(account, fields, events):
    account.made(rules())
    account.connect("payments", "incidents")
    live = NotificationRules().live(account.connection(), "T0ACME")
    live.raw["config"]["events"] = [*LIVE_EVENTS]
    wanted = rules(f"one: {{from: team/payments, to: incidents, {fields}}}")
    (spec,) = [entry.spec for entry in wanted.of_kind("notification_rule")]

    sent = NotificationRules().encode(spec.restricted_to(spec.managed - {"from_", "to"}), IdIndex(), live)

    assert sorted(sent["config"]["events"]) == sorted(events)


@pytest.mark.slow
def test_a_change_keeps_what_the_file_does_not_say_and_warns_of_what_it_cannot_keep(account):
    account.made(rules("one: {from: team/payments, to: incidents, priorities: [none], urgency: low}"))
    id_ = account.connection()["id"]
    changed = rules("one: {from: team/payments, to: incidents, urgency: high, audience: stakeholder}")
    (change,) = account.plan(changed).changes
    assert change.fields == ("urgency", "audience")
    assert "in the browser are lost" in change.warnings[0]
    account.made(changed)
    connection = account.connection()
    assert (connection["id"], connection["notification_type"]) == (id_, "stakeholder")
    assert (connection["config"]["urgency"], connection["config"]["priorities"]) == ("high", [])


@pytest.mark.slow
def test_a_rule_with_several_sources_is_a_connection_for_each(account):
    account.made(rules("both: {from: [team/payments, team/platform], to: incidents}"))
    assert account.ends() == {("payments", "incidents"), ("platform", "incidents")}
    one = rules("both: {from: team/platform, to: incidents}")
    (change,) = account.plan(one).changes
    assert change.action is Action.DELETE
    account.made(one)
    assert account.ends() == {("platform", "incidents")}


@pytest.mark.slow
def test_only_a_connection_between_two_ends_of_ours_is_deleted(account):
    account.made(rules())
    for team, channel in (("payments", "incidents"), ("payments", "foreign"), ("foreign", "incidents")):
        account.connect(team, channel)
    account.made(rules())
    assert account.ends() == {("payments", "foreign"), ("foreign", "incidents")}


def test_a_connection_that_somebody_made_by_hand_is_taken_over(account):
    account.made(rules())
    account.connect("foreign", "foreign")
    account.made(rules("all: {from: team/foreign, to: foreign, urgency: high}"))
    assert account.connection()["config"]["urgency"] == "high"


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("ends", [("payments", "incidents"), ("foreign", "foreign")], ids=str)
@pytest.mark.parametrize("choice", ["", "id: {id}, "], ids=["by its ends", "by its id"])
def test_of_two_that_people_made_neither_is_deleted(account, ends, choice):
    account.made(rules())
    account.connect(*ends)
    account.connect(*ends)
    taken, other = account.connections()
    ids = choice.format(id=taken["id"])
    wanted = rules(f"all: {{{ids}from: team/{ends[0]}, to: {ends[1]}, urgency: high}}")

    plan = account.plan(wanted)

    assert [change.action for change in plan.changes] == [Action.UPDATE]
    (notice,) = plan.notices
    assert f"exists a second time ({other['id']})" in notice
    account.made(wanted)
    assert {each["id"] for each in account.connections()} == {taken["id"], other["id"]}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("second", ["id: {other}, ", ""], ids=["both by id", "the other by its ends"])
def test_two_between_the_same_ends_are_two_rules(account, second):
    account.made(rules())
    account.connect("payments", "incidents")
    account.connect("payments", "incidents")
    one, other = (each["id"] for each in account.connections())
    ends = "from: team/payments, to: incidents"
    wanted = rules(
        f"low: {{id: {one}, {ends}, urgency: low}}",
        f"high: {{{second.format(other=other)}{ends}, urgency: high}}",
    )

    assert account.plan(wanted).notices == ()
    account.made(wanted)

    urgencies = {each["id"]: each["config"]["urgency"] for each in account.connections()}
    assert urgencies == {one: "low", other: "high"}


@pytest.mark.slow
def test_destroy_takes_connections_of_ours_that_the_file_has_no_section_for(account):
    account.made(rules("one: {from: team/payments, to: incidents}", "far: {from: team/foreign, to: alerts}"))
    without = stack(WORLD.replace("notification_rules:", ""))

    (notice,) = account.plan(without).notices

    assert notice.startswith("notification_rule/payments → incidents is ours, but the stack has no")
    assert account.destroy(without).complete
    assert account.ends() == {("foreign", "alerts")}


def test_destroy_says_what_it_leaves_behind(account):
    wanted = rules("far: {from: team/foreign, to: alerts}")
    account.made(wanted)
    clients = account.clients(wanted)

    plan = plan_destroy(wanted, read_live(wanted, clients, everything=True))

    assert [notice for notice in plan.notices if notice.startswith("notification_rule/far is left behind")]


def test_a_list_that_nothing_needs_and_that_fails_is_a_notice(account):
    account.made(rules())
    without = stack(WORLD.replace("notification_rules:", ""))
    account.sandbox.faults.add(Fault("500", method="GET", path="/connections", times=99))

    plan = account.plan(without)

    assert plan.problems == ()
    assert [
        notice
        for notice in plan.notices
        if "cannot check whether slack connections of ours are left behind" in notice
    ]


@pytest.mark.parametrize("fault", ["lost", "reset", "timeout", "500"])
def test_a_broken_call_leaves_nothing_double(account, fault):
    wanted = rules("one: {from: team/payments, to: incidents}")
    account.sandbox.faults.add(Fault(fault, method="POST", path="/connections", seconds=0.1))
    account.apply(wanted)
    account.made(wanted)
    assert account.connection()["channel_name"] == "incidents"


def test_a_connection_that_is_gone_when_it_is_to_go_is_no_failure(account):
    account.made(rules("one: {from: team/payments, to: incidents}"))
    plan = account.plan(rules())
    account.call("delete", f"{CONNECTIONS}/{account.connection()['id']}")
    assert account.carry_out(plan, rules()).complete


def test_without_rules_no_user_token_is_asked_for(account):
    without = stack(WORLD.replace("notification_rules:", ""))
    assert read_live(without, account.clients(without, PAGERDUTY_USER_TOKEN="")).calls > 0


def test_a_missing_user_token_is_named(account):
    wanted = rules("one: {from: team/payments, to: incidents}")
    with pytest.raises(AuthError, match="PAGERDUTY_USER_TOKEN is not set"):
        read_live(wanted, account.clients(wanted, PAGERDUTY_USER_TOKEN=""))


def test_a_workspace_that_pagerduty_is_not_connected_to_is_explained(account):
    wanted = rules("one: {from: team/payments, to: incidents}")
    clients = replace(account.clients(wanted), workspace="T0OTHER")
    assert NotificationRules().read(clients, []) == []
    with pytest.raises(NotFoundError) as refused:
        NotificationRules().read(clients, [entry.spec for entry in wanted.of_kind("notification_rule")])
    assert "connect the workspace T0OTHER" in refused.value.hint


def test_a_channel_that_pagerduty_cannot_see_is_explained(account):
    wanted = rules("one: {from: team/payments, to: incidents}")
    account.made(rules())
    plan = account.plan(wanted)
    (channel,) = account.sandbox.store.find("slack.channel", name="incidents")
    account.sandbox.store.replace("slack.channel", channel["id"], {**channel, "is_archived": True})
    (result,) = account.carry_out(plan, wanted).results
    assert "invite PagerDuty's app" in result.error.hint


@pytest.mark.parametrize(
    ("entry", "message", "hint"),
    [
        pytest.param("{to: incidents}", "has no 'from'", "", id="no source"),
        pytest.param(
            "{from: payments, to: incidents}",
            "'payments' is not a reference",
            "write team/payments",
            id="bare key",
        ),
        pytest.param("{from: [], to: incidents}", "at least one is required", "", id="no sources"),
        pytest.param(
            "{from: team/payments, to: alert}", "unknown channel", "did you mean 'alerts'", id="channel"
        ),
        pytest.param(
            "{from: team/payments, to: alerts, events: [resolved]}",
            "must contain `triggered`",
            "add triggered",
            id="no trigger",
        ),
        pytest.param(
            "{from: team/payments, to: alerts, events: [trigered]}",
            "must contain `triggered`",
            "did you mean 'triggered'?",
            id="event",
        ),
        pytest.param(
            "{from: team/payments, to: alerts, priorities: []}", "is empty", "[none]", id="empty priorities"
        ),
        pytest.param(
            "{from: team/payments, to: alerts, severities: [warning]}",
            "cannot choose by severity",
            "via: sync",
            id="severities",
        ),
        pytest.param(
            "{from: [team/payments, team/platform], to: alerts, id: PX}",
            "names one connection",
            "a rule for each",
            id="one id for two",
        ),
    ],
)
def test_a_bad_rule_is_a_problem_with_the_way_out(entry, message, hint):
    with pytest.raises(ConfigError) as refused:
        rules(f"one: {entry}")
    (problem,) = refused.value.problems
    assert message in problem.message
    assert hint in problem.hint


def test_two_rules_for_the_same_ends_are_a_problem():
    with pytest.raises(
        ConfigError, match="notification_rule/two and notification_rule/one mean the same object"
    ):
        rules(
            "one: {from: team/payments, to: alerts}", "two: {from: team/payments, to: alerts, urgency: low}"
        )
