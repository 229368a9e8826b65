"""The rules of services, over the sandbox's PagerDuty."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ApiError, ConfigError
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import service

pytestmark = pytest.mark.slow_after(2)

CRITICAL = """
      - label: Critical
        if: event.severity matches 'critical'
        then: {priority: P1}
"""


def with_rules(rules: str, **sections: str):
    return service(f"rules:{rules}", **sections)


def active(account) -> bool:
    return bool(account.pagerduty.get(f"{account.service_path('api')}/active")["active"])


def priority(account, name: str) -> str:
    priorities = account.pagerduty.list("/priorities", "priorities")
    return next(each["id"] for each in priorities if each["name"] == name)


def test_rules_are_written_and_put_in_force(account):
    account.made(with_rules(CRITICAL))
    (rule,) = account.rules(account.service_path("api"))
    assert rule["label"] == "Critical"
    assert rule["conditions"] == [{"expression": "event.severity matches 'critical'"}]
    assert rule["actions"] == {"priority": priority(account, "P1")}
    assert active(account)


@pytest.mark.parametrize(
    ("then", "actions"),
    [
        pytest.param(
            "{title: 'X {{alert.service}}'}",
            {"extractions": [{"target": "event.summary", "template": "X {{event.custom_details.service}}"}]},
            id="title",
        ),
        pytest.param(
            "{title: Done, set: {event.class: '{{event.h}}', alert.h: {from: event.source, regex: 'd(.)'}}}",
            {
                "extractions": [
                    {"target": "event.class", "template": "{{event.h}}"},
                    {"target": "event.h", "source": "event.source", "regex": "d(.)"},
                    {"target": "event.summary", "template": "Done"},
                ]
            },
            id="set, and the title last",
        ),
        pytest.param(
            "{variables: {h: event.source, n: {from: event.class, regex: '[0-9]+'}}}",
            {
                "variables": [
                    {"name": "h", "path": "event.source", "type": "regex", "value": "(.*)"},
                    {"name": "n", "path": "event.class", "type": "regex", "value": "[0-9]+"},
                ]
            },
            id="variables",
        ),
        pytest.param(
            "{severity: warning, event_action: resolve, note: Look, suppress: true, pause: 5m}",
            {
                "severity": "warning",
                "event_action": "resolve",
                "annotate": "Look",
                "suppress": True,
                "suspend": 300,
            },
            id="plain words",
        ),
        pytest.param(
            "{webhook: {name: Tell, url: 'https://x.example/y', body: {a: b}}}",
            {
                "automation_actions": [
                    {
                        "name": "Tell",
                        "url": "https://x.example/y",
                        "auto_send": False,
                        "headers": [],
                        "parameters": [{"key": "a", "value": "b"}],
                        "trigger_types": ["alert_triggered"],
                    }
                ]
            },
            id="webhook",
        ),
        pytest.param("{suppress: false, note: '', severity: null}", {}, id="nothing said"),
    ],
)
def test_what_a_rule_does_is_what_pagerduty_is_told(account, then, actions):
    account.made(with_rules(f"\n      - {{label: one, then: {then}}}"))
    (rule,) = account.rules(account.service_path("api"))
    told = {name: value for name, value in rule["actions"].items() if value}
    assert told == actions


def test_names_are_looked_up(account):
    account.sandbox.seed({"automation_actions": ["Restart"], "custom_fields": ["impact"]})
    then = (
        "{priority: p1, escalation_policy: second, fields: {impact: 3}, run: {action: Restart, on: paused}}"
    )
    account.made(with_rules(f"\n      - then: {then}"))
    actions = account.rules(account.service_path("api"))[0]["actions"]
    policies = account.pagerduty.list("/escalation_policies", "escalation_policies")
    assert actions["escalation_policy"] == next(each["id"] for each in policies if each["name"] == "second")
    assert actions["priority"] == priority(account, "P1")
    assert actions["incident_custom_field_updates"][0]["value"] == "3"
    assert actions["pagerduty_automation_actions"][0]["trigger_types"] == ["alert_suspended"]


def test_nested_rules_are_sets_of_their_own(account):
    account.made(
        with_rules("""
      - label: outer
        rules:
          - label: inner
            rules: [{label: innermost, then: {suppress: true}}]
          - label: next
      - otherwise: {suppress: true}
""")
    )
    document = account.document(account.service_path("api"))
    assert [each["id"] for each in document["sets"]] == ["start", "nested-1", "nested-1-1"]
    assert document["catch_all"]["actions"]["suppress"] is True


def test_a_set_is_spliced_in_or_shared(account):
    sets = "sets: {common: [{label: shared, then: {suppress: true}}]}"
    rules = """
      - {label: a, rules: common}
      - {label: b, rules: common}
      - use: common
"""
    account.made(with_rules(rules, sets=sets))
    path = account.service_path("api")
    assert [rule["actions"].get("route_to") for rule in account.rules(path)] == ["common", "common", None]
    assert [rule["label"] for rule in account.rules(path, "common")] == ["shared"]
    (change,) = account.plan(with_rules(rules, sets=sets.replace("label: shared", "label: new"))).changes
    assert change.fields == ("rules",)


@pytest.mark.slow
def test_a_rule_keeps_its_id_by_label_then_condition_then_place(account):
    account.made(
        with_rules("""
      - {label: one, if: event.class exists}
      - {if: event.group exists, then: {severity: info}}
      - {if: event.source exists, then: {severity: error}}
""")
    )
    path = account.service_path("api")
    one, group, source = (rule["id"] for rule in account.rules(path))
    account.made(
        with_rules("""
      - {if: event.group exists, then: {severity: warning}}
      - {label: one, if: event.class matches 'x'}
      - {if: event.component exists, then: {severity: error}}
      - {label: new}
""")
    )
    ids = [rule["id"] for rule in account.rules(path)]
    assert ids[:3] == [group, one, source]
    assert ids[3] not in {one, group, source}


# --- rules of other hands ----------------------------------------------------------------------------


def test_rules_of_other_hands_are_taken_over_only_on_demand(account):
    account.made(service())
    path = account.service_path("api")
    account.replace_rules(path, {"label": "Theirs", "conditions": [], "actions": {"suppress": True}})
    account.pagerduty.update(f"{path}/active", {"active": True})
    (problem,) = account.problems(with_rules(CRITICAL))
    assert "the service has 1 rules, and the file contains none of them: `--adopt` replaces them" in problem
    account.made(with_rules(CRITICAL), adopt=True)
    assert [rule["label"] for rule in account.rules(path)] == ["Critical"]


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param("\n      - {if: event.class exists, then: {severity: error}}", id="what it does"),
        pytest.param("\n      - {if: event.group exists, then: {severity: info}}", id="its condition"),
        pytest.param("\n      - {label: x, if: event.class exists, then: {severity: info}}", id="its label"),
        pytest.param(" []", id="all of it"),
    ],
)
def test_an_edited_rule_is_still_ours(account, edited):
    account.made(with_rules("\n      - {if: event.class exists, then: {severity: info}}"))
    account.made(with_rules(edited))


def test_event_rules_are_switched_off_only_on_demand(account):
    account.made(service())
    service_id = account.service("api")["id"]
    account.pagerduty.create(f"/services/{service_id}/rules", {"rule": {"actions": {}}})
    (problem,) = account.problems(with_rules(CRITICAL))
    assert "1 event rules of the service would be switched off" in problem
    assert not active(account)
    account.made(with_rules(CRITICAL), adopt=True)
    assert active(account)


def test_no_rules_leave_event_rules_in_force(account):
    account.made(service())
    service_id = account.service("api")["id"]
    account.pagerduty.create(f"/services/{service_id}/rules", {"rule": {"actions": {}}})
    account.made(with_rules(" []"))
    assert not active(account)


@pytest.mark.slow
def test_a_path_that_was_switched_off_is_put_in_force_again(account):
    account.made(with_rules(CRITICAL))
    account.pagerduty.update(f"{account.service_path('api')}/active", {"active": False})
    (change,) = account.plan(with_rules(CRITICAL)).changes
    assert change.fields == ("rules_active",)
    account.made(with_rules(CRITICAL))
    assert active(account)


def test_rules_that_moved_since_the_plan_are_not_overwritten(account):
    account.made(with_rules(CRITICAL))
    wanted = with_rules(CRITICAL.replace("P1", "P2"))
    plan = account.plan(wanted)
    path = account.service_path("api")
    account.replace_rules(path, {"label": "Meanwhile", "conditions": [], "actions": {"suppress": True}})
    report = account.carry_out(plan, wanted)
    (result,) = report.results
    assert isinstance(result.error, ApiError)
    assert "changed by somebody else after this plan was made" in str(result.error)
    assert "run again" in result.error.hint
    assert [rule["label"] for rule in account.rules(path)] == ["Meanwhile"]


def test_odd_documents_of_other_tools_read_as_rules(account):
    account.made(service())
    path = account.service_path("api")
    document = {
        "sets": [
            {
                "id": "start",
                "rules": [
                    {
                        "label": None,
                        "conditions": None,
                        "actions": {"route_to": "step-two", "suppress": False},
                    },
                    {"conditions": [], "actions": {"route_to": "step-two", "annotate": "", "priority": None}},
                ],
            },
            {"id": "step-two", "rules": [{"actions": {"severity": "info", "extractions": []}}]},
        ],
        "catch_all": {"actions": {"suppress": False}},
    }
    account.pagerduty.update(path, {"orchestration_path": document})
    account.pagerduty.update(f"{path}/active", {"active": True})
    rules = """
      - rules: {set: step-two, rules: [{then: {severity: info}}]}
      - rules: {set: step-two, rules: [{then: {severity: info}}]}
"""
    assert account.plan(with_rules(rules)).changes == ()


# --- the vendor's moods ------------------------------------------------------------------------------


def test_what_the_plan_of_the_account_lacks_is_told_with_the_rule(account):
    account.take_away("suspend")
    report = account.apply(with_rules("\n      - {label: Wait, then: {pause: 5m}}"))
    assert report.complete
    (notice,) = report.notices
    assert notice.startswith("service/api: rule 'Wait': The feature suspend is not available")


def test_accounts_without_event_rules_have_no_flag(account):
    account.take_away("event_rules")
    account.made(with_rules(CRITICAL))
    (problem,) = account.problems(with_rules(CRITICAL + "    rules_active: false\n"))
    assert "rules_active: this account has no event rules" in problem


def test_a_flag_that_reads_back_stale_is_waited_for(account):
    account.made(service(""))
    plan = account.plan(with_rules(CRITICAL))
    account.sandbox.faults.add(Fault("stale", provider="pagerduty", method="GET", path="/active$", times=3))
    account.forget_calls()

    assert account.carry_out(plan, with_rules(CRITICAL)).complete

    path = f"{account.service_path('api')}/active"
    assert account.calls()[f"PUT {path}"] == 2
    assert active(account)


def test_a_flag_of_a_new_service_is_set_again_until_it_sticks(account):
    account.sandbox.faults.add(Fault("500", provider="pagerduty", method="PUT", path="/active$", times=2))
    account.made(with_rules(CRITICAL))
    assert active(account)


def test_rules_cost_a_path_and_a_flag(account):
    account.made(with_rules(CRITICAL))
    account.forget_calls()
    account.plan(with_rules(CRITICAL))
    calls = [call for call in account.calls() if "/services/" in call]
    path = account.service_path("api")
    assert sorted(calls) == sorted([f"GET {path}", f"GET {path}/active"])


# --- mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "message", "hint"),
    [
        pytest.param("[{then: {drop: true}}]", "'drop' is not allowed here", "only global rules", id="drop"),
        pytest.param(
            "[{rules: [{then: {drop: true}}]}]",
            "'drop' is not allowed here",
            "only global",
            id="nested drop",
        ),
        pytest.param(
            "[{otherwise: {}}, {label: a}]",
            "`otherwise` must be the last item",
            "no rule of the path matches",
            id="otherwise first",
        ),
        pytest.param("[{label: a, otherwise: {}}]", "`otherwise` cannot", "of its own", id="otherwise label"),
        pytest.param("[{use: common, if: event.x exists}]", "`use` cannot", "of its own", id="use"),
        pytest.param("[{use: commun}]", "unknown set 'commun'", "'common'", id="no such set"),
        pytest.param(
            "[{use: dropping}]", "with its sets put in: 'drop' is not", "only global", id="set drops"
        ),
        pytest.param(
            "[{rules: start}]", "'start' is not a valid name", "choose another", id="set named start"
        ),
        pytest.param("[{rules: 5}]", "expected rules", "key of an entry of `sets`", id="no rules"),
        pytest.param("[{then: {titel: x}}]", "unknown key 'titel'", "'title'", id="typo"),
        pytest.param("[{if: event.x contains 'y'}]", "`contains`", "`matches part`", id="condition"),
        pytest.param("[{then: {title: '{{event.load-avg}}'}}]", "found `-`", "brackets", id="template"),
        pytest.param("[{then: {set: {event.x y: a}}}]", "'event.x y' is not a field", "", id="target"),
        pytest.param("[{then: {set: {event.summary: a}}}]", "`set` ends with", "`title`", id="summary"),
        pytest.param(
            "[{then: {variables: {h: {from: event.x, regex: '(?=a)'}}}}]",
            "is not a pattern",
            "RE2",
            id="pattern",
        ),
        pytest.param("[{then: {severity: high}}]", "must be one of", "", id="severity"),
        pytest.param(
            "[{then: {webhook: {name: a, url: 'https://x.y', on: paused}}}]",
            "no button",
            "`send: auto`",
            id="button",
        ),
        pytest.param("[{then: {fields: {impact: {}}}}]", "is not a value", "a text", id="field value"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(rules, message, hint):
    sets = """
sets:
  common: [{label: x}]
  dropping: [{then: {drop: true}}]
  start: []
"""
    with pytest.raises(ConfigError) as raised:
        service(f"rules: {rules}", sets=sets)
    assert any(message in problem.message and hint in problem.hint for problem in raised.value.problems), (
        raised.value.problems
    )


def test_a_set_that_leads_back_to_itself_is_refused():
    sets = "sets: {one: [{use: two}], two: [{rules: one}]}"
    with pytest.raises(ConfigError) as raised:
        service("rules: [{use: one}]", sets=sets)
    (problem,) = raised.value.problems
    assert "refer to each other in a cycle" in problem.message


def test_a_mistake_in_a_condition_is_pointed_at():
    with pytest.raises(ConfigError) as raised:
        service("rules:", "  - label: a", "    if: event.severity == critical and event.x contains 'y'")
    (problem,) = raised.value.problems
    assert problem.location
    assert (problem.location.line, problem.location.column) == (10, 52)
