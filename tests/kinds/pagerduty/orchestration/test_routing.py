"""Event orchestrations, over the sandbox's PagerDuty."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ApiError, ConfigError
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing, Routings
from pdslack_cli.model import Live
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import file

pytestmark = pytest.mark.slow_after(2)

SERVICES = "services: {api: {escalation_policy: first}, auth: {escalation_policy: first}}"
ROUTES = """routes:
      - {if: event.class matches 'card', to: api}
      - {label: Login, if: event.class matches 'login', to: auth}"""


def routing(*fields: str, **sections: str):
    """The stack with two services and one orchestration, `production`."""
    lines = ["routing:", "  production:", *(f"    {field}" for field in fields)]
    return file("\n".join(lines), SERVICES, *sections.values())


def live_path(account, document: str) -> str:
    return f"/event_orchestrations/{account.orchestration('production')['id']}/{document}"


def integrations(account) -> dict[str, str]:
    """The routing keys, by label."""
    live = account.orchestration("production")
    return dict(Routings().read_outputs(account.clients(routing()), Live("routing", live["id"], "", live)))


def test_routes_lead_to_services_by_id(account):
    account.made(routing(ROUTES, "otherwise: auth"))
    api, auth = account.service("api")["id"], account.service("auth")["id"]
    document = account.document(live_path(account, "router"))
    assert [(rule["label"], rule["actions"]) for rule in document["sets"][0]["rules"]] == [
        (None, {"route_to": api}),
        ("Login", {"route_to": auth}),
    ]
    assert document["catch_all"]["actions"] == {"route_to": auth}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        pytest.param(["description: a"], ["description: b"], ("description",), id="description"),
        pytest.param(["team: platform"], ["team: null"], ("team",), id="team taken off"),
        pytest.param(["team: platform"], ["description: b"], ("description",), id="team left out"),
        pytest.param([ROUTES], ["routes: [{to: auth}]"], ("routes",), id="routes"),
        pytest.param([ROUTES], ["otherwise: api"], ("otherwise",), id="routes left out"),
        pytest.param(
            [ROUTES, "dynamic: {service_name: event.custom_details.service}"],
            ["dynamic: null"],
            ("dynamic",),
            id="dynamic taken off",
        ),
        pytest.param(
            ["dynamic: {service_id: event.component, regex: '(P.*)'}"],
            [ROUTES],
            ("routes",),
            id="dynamic left out",
        ),
        pytest.param(["otherwise: api"], ["otherwise: unrouted"], ("otherwise",), id="unrouted"),
        pytest.param(
            ["rules: [{label: a, then: {drop: true}}, {otherwise: {severity: info}}]"],
            ["rules: [{label: a, then: {suppress: true}}]"],
            ("rules",),
            id="global rules",
        ),
        pytest.param(
            ["unrouted: [{label: a, then: {severity: info}}]"],
            ["unrouted: [{label: a, then: {severity: error}}, {otherwise: {title: Lost}}]"],
            ("unrouted",),
            id="rules for the unrouted",
        ),
        pytest.param(
            [ROUTES, "rules: [{then: {drop: true}}]"], ["rules: []"], ("rules",), id="rules cleared"
        ),
    ],
)
def test_an_update_changes_what_differs_and_keeps_the_rest(account, before, after, fields):
    teams = "teams: {platform: {}}"
    account.made(routing(*before, teams=teams))
    old = {name: account.document(live_path(account, name)) for name in ("router", "global", "unrouted")}
    wanted = routing(*after, teams=teams)
    changes = account.plan(wanted).changes
    assert [(str(change.ref), change.fields) for change in changes] == [("routing/production", fields)]
    account.made(wanted)
    touched = {"rules": "global", "unrouted": "unrouted"}.get(fields[0], "router")
    for name, document in old.items():
        if name != touched:
            assert account.document(live_path(account, name)) == document


@pytest.mark.slow
def test_a_router_is_replaced_whole_and_keeps_what_the_file_leaves_out(account):
    account.made(routing(ROUTES, "dynamic: {service_name: event.custom_details.service}", "otherwise: auth"))
    before = account.document(live_path(account, "router"))
    account.made(routing("routes: [{label: Login, if: event.group exists, to: auth}]"))
    after = account.document(live_path(account, "router"))
    assert after["sets"][0]["rules"][0] == before["sets"][0]["rules"][0]
    assert after["sets"][0]["rules"][1]["id"] == before["sets"][0]["rules"][2]["id"]
    assert after["catch_all"] == before["catch_all"]


def test_an_update_repeats_what_pagerduty_wants_together(account):
    account.made(routing("team: platform", "description: old", teams="teams: {platform: {}}"))
    account.forget_calls()
    account.made(routing("description: new", teams="teams: {platform: {}}"))
    (put,) = [call for call in account.sandbox.calls if call.method == "PUT"]
    assert {"name", "description", "team"} <= put.request_body["orchestration"].keys()


# --- integrations ------------------------------------------------------------------------------------


def test_the_integration_that_pagerduty_makes_becomes_the_first_of_the_file(account):
    account.made(routing("integrations: [Alertmanager, Datadog]"))
    assert list(integrations(account)) == ["Alertmanager", "Datadog"]


def test_the_default_integration_stays_where_the_file_names_none(account):
    account.made(routing())
    assert list(integrations(account)) == ["production Default Integration"]
    key = integrations(account)["production Default Integration"]
    account.made(routing("integrations: [Alertmanager]"))
    assert integrations(account) == {"Alertmanager": key}


@pytest.mark.slow
def test_integrations_are_only_added_to_unless_exact(account):
    account.made(routing("integrations: [Alertmanager, Datadog]"))
    before = integrations(account)
    account.made(routing("integrations: [Zabbix]"))
    assert list(integrations(account)) == ["Alertmanager", "Datadog", "Zabbix"]
    assert before.items() <= integrations(account).items()
    wanted = routing("integrations: [Datadog]", "exact: true")
    assert [
        warning.partition(" will be deleted")[0] for warning in account.warnings(account.plan(wanted))
    ] == [
        "integration 'Alertmanager'",
        "integration 'Zabbix'",
    ]
    account.made(wanted)
    assert integrations(account) == {"Datadog": before["Datadog"]}


def test_an_empty_list_that_is_not_exact_deletes_no_key(account):
    account.made(routing("integrations: []"))
    assert list(integrations(account)) == ["production Default Integration"]


@pytest.mark.parametrize("path", ["^/event_orchestrations$", "/integrations$"])
def test_a_lost_answer_makes_nothing_twice(account, path):
    account.sandbox.faults.add(Fault("lost", provider="pagerduty", method="POST", path=path))
    account.made(routing("integrations: [Alertmanager, Datadog]"))
    assert len(account.pagerduty.list("/event_orchestrations", "orchestrations")) == 1
    assert list(integrations(account)) == ["Alertmanager", "Datadog"]


# --- other hands -------------------------------------------------------------------------------------


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("document", "actions", "field"),
    [
        pytest.param("global", {"suppress": True}, "rules: [{label: a}]", id="global"),
        pytest.param("unrouted", {"severity": "info"}, "unrouted: [{label: a}]", id="unrouted"),
        pytest.param("router", {"route_to": "auth"}, "routes: [{label: a, to: api}]", id="router"),
    ],
)
def test_rules_of_other_hands_are_taken_over_only_on_demand(account, document, actions, field):
    account.made(routing())
    ids = {name: account.service(name)["id"] for name in ("api", "auth")}
    theirs = {name: ids.get(value, value) for name, value in actions.items()}
    conditions = [{"expression": "event.group exists"}]
    path = live_path(account, document)
    account.replace_rules(path, {"label": "Theirs", "conditions": conditions, "actions": theirs})
    (problem,) = account.problems(routing(field))
    assert "PagerDuty holds 1 here, and the file contains none of them: `--adopt` replaces them" in problem
    account.made(routing(field), adopt=True)
    assert [rule["label"] for rule in account.rules(path)] == ["a"]


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param("routes: [{if: event.group exists, to: api}]", id="its condition"),
        pytest.param("routes: [{if: event.class exists, to: auth}]", id="its service"),
        pytest.param("routes: []", id="all of it"),
    ],
)
def test_an_edited_route_is_still_ours(account, edited):
    account.made(routing("routes: [{if: event.class exists, to: api}]"))
    account.made(routing(edited))


def test_a_router_that_moved_since_the_plan_is_not_overwritten(account):
    account.made(routing(ROUTES))
    wanted = routing(ROUTES, "otherwise: api")
    plan = account.plan(wanted)
    path = live_path(account, "router")
    account.replace_rules(path, {"label": "Meanwhile", "actions": {"route_to": account.service("api")["id"]}})
    (result,) = account.carry_out(plan, wanted).results
    assert isinstance(result.error, ApiError)
    assert "changed by somebody else" in str(result.error)
    assert [rule["label"] for rule in account.rules(path)] == ["Meanwhile"]


def test_what_the_plan_of_the_account_lacks_is_told(account):
    account.take_away("dynamic_route_to", "global_orchestrations")
    account.made(file(SERVICES))
    report = account.apply(
        routing("dynamic: {service_name: event.component}", "rules: [{then: {severity: info}}]")
    )
    assert sorted(notice.removeprefix("routing/production: ")[:38] for notice in report.notices) == [
        "The feature global_orchestrations is n",
        "rule 'no. 1': The feature dynamic_rout",
    ]


def test_two_orchestrations_of_one_name_are_never_mixed_up(account):
    for _ in range(2):
        account.pagerduty.create("/event_orchestrations", {"orchestration": {"name": "production"}})
    (problem,) = account.problems(routing())
    assert "2 objects are named 'production'" in problem


def test_a_deleted_orchestration_takes_all_with_it(account):
    account.made(routing(ROUTES, "integrations: [Datadog]"))
    account.made(file("routing: {}", "services: {}"))
    assert account.pagerduty.list("/event_orchestrations", "orchestrations") == []
    assert account.pagerduty.list("/services", "services") == []


@pytest.mark.parametrize(
    ("fields", "documents"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([ROUTES, "otherwise: api"], ["router"], id="router"),
        pytest.param(
            [ROUTES, "rules: []", "unrouted: []", "integrations: [a]"],
            ["global", "integrations", "router", "unrouted"],
            id="all",
        ),
    ],
)
def test_only_what_the_file_manages_is_read(account, fields, documents):
    account.made(routing(*fields))
    account.forget_calls()
    account.plan(routing(*fields))
    base = live_path(account, "")
    read = sorted(call.removeprefix(f"GET {base}") for call in account.calls() if base in call)
    assert read == documents


# --- mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "message", "hint"),
    [
        pytest.param("routes: [{if: event.x exists}]", "no 'to'", "`to:`", id="no service"),
        pytest.param("routes: [{to: aip}]", "unknown service 'aip'", "'api'", id="no such service"),
        pytest.param("otherwise: nowhere", "unknown service 'nowhere'", "", id="otherwise"),
        pytest.param(
            "dynamic: {regex: a}",
            "needs one of `service_name`",
            "set the field that contains it",
            id="dynamic",
        ),
        pytest.param(
            "rules: [{then: {run: Restart}}]", "'run' is not allowed here", "rules of a service", id="run"
        ),
        pytest.param(
            "unrouted: [{then: {priority: P1}}]",
            "'priority' is not",
            "never becomes an incident",
            id="priority",
        ),
        pytest.param(
            "unrouted: [{otherwise: {suppress: true}}]", "'suppress' is not", "incident", id="suppress"
        ),
        pytest.param("integrations: [a, a]", "two integrations", "another label", id="labels"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(field, message, hint):
    with pytest.raises(ConfigError) as raised:
        routing(field)
    assert any(message in problem.message and hint in problem.hint for problem in raised.value.problems), (
        raised.value.problems
    )


def test_the_schema_describes_every_field():
    schema = Routing.model_json_schema()
    assert schema["properties"]["otherwise"]["examples"] == ["unrouted"]
    assert {"route", "rule"} <= {name.lower() for name in schema["$defs"]}
