"""Path documents as PagerDuty and other tools leave them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pdslack_cli.kinds.pagerduty.orchestration.extractions import decode_variable
from pdslack_cli.kinds.pagerduty.orchestration.paths import change_path, decode_path, encode_path
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rule
from tests.kinds.strategies_services import EMPTY_PATH, id_index, read_rules


def document(*rules, catch_all=None, **sets):
    """A document whose first set holds these rules."""
    given = [{"id": "start", "rules": list(rules)}]
    given += [{"id": name.replace("_", "-"), "rules": rules} for name, rules in sets.items()]
    return {"sets": given, "catch_all": {"actions": catch_all or {}}}


def printed(rules: tuple[Rule, ...]):
    return [rule.model_dump(mode="json", by_alias=True, exclude_unset=True) for rule in rules]


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param({}, [], id="no document"),
        pytest.param({"sets": None, "catch_all": None}, [], id="nulls for all"),
        pytest.param(
            document({"conditions": None, "label": None, "actions": None}), [{}], id="nulls in a rule"
        ),
        pytest.param(
            document({"conditions": ["event.x exists"]}), [{"if": "event.x exists"}], id="bare conditions"
        ),
        pytest.param(
            document({"conditions": [{"expression": "event.x exists"}, {"expression": "event.y exists"}]}),
            [{"if": ["event.x exists", "event.y exists"]}],
            id="several conditions",
        ),
        pytest.param(
            document(
                {"disabled": False, "actions": {"suppress": False, "drop_event": False, "annotate": ""}}
            ),
            [{}],
            id="defaults that clients write out",
        ),
        pytest.param(
            document({"actions": {"route_to": "nested-1"}}, nested_1=[{"label": "in"}]),
            [{"rules": [{"label": "in"}]}],
            id="a set that we named",
        ),
        pytest.param(
            document({"actions": {"route_to": "step-two"}}, step_two=[{"label": "in"}]),
            [{"rules": {"set": "step-two", "rules": [{"label": "in"}]}}],
            id="a set with a name",
        ),
        pytest.param(
            document(*[{"actions": {"route_to": "nested-1"}}] * 2, nested_1=[{"label": "in"}]),
            [{"rules": {"set": "nested-1", "rules": [{"label": "in"}]}}] * 2,
            id="two ways into one set",
        ),
        pytest.param(
            document({"actions": {"route_to": "nowhere"}}),
            [{"rules": {"set": "nowhere"}}],
            id="a set that is gone",
        ),
        pytest.param(
            document({"actions": {"route_to": "nested-1"}}, nested_1=[]),
            [{"rules": {"set": "nested-1"}}],
            id="an empty set, which is not the same as none",
        ),
        pytest.param(
            document({"actions": {"route_to": "a"}}, a=[{"actions": {"route_to": "a"}}]),
            [{"rules": {"set": "a", "rules": [{"rules": {"set": "a"}}]}}],
            id="a circle",
        ),
        pytest.param(
            document(
                {
                    "actions": {
                        "extractions": [
                            {"target": "event.class", "template": "a"},
                            {"target": "event.class", "source": "event.source", "regex": "b"},
                        ]
                    }
                }
            ),
            [
                {
                    "then": {
                        "set": [{"event.class": "a"}, {"event.class": {"from": "event.source", "regex": "b"}}]
                    }
                }
            ],
            id="a field that is set twice",
        ),
        pytest.param(
            document({"actions": {"priority": "PGONE"}}),
            [{"then": {"priority": "PGONE (not in the stack)"}}],
            id="a priority that nobody refers to",
        ),
        pytest.param(
            document(catch_all={"suppress": True}),
            [{"otherwise": {"suppress": True}}],
            id="what happens otherwise",
        ),
    ],
)
def test_whatever_was_written_reads_as_rules(live, expected):
    assert printed(decode_path(live, id_index(), "service")) == expected


def test_unrouted_events_are_always_suppressed_so_that_is_not_said():
    assert decode_path(document(catch_all={"suppress": True}), id_index(), "unrouted") == ()


def test_the_empty_document_is_what_pagerduty_calls_empty():
    assert encode_path((), id_index(), {}) == {
        "sets": [{"id": "start", "rules": []}],
        "catch_all": {"actions": {}},
    }


def test_actions_that_we_do_not_speak_of_stay():
    live = document(
        {"id": "1", "label": "a", "actions": {"enrich": 1}}, catch_all={"enrich": 2, "suppress": True}
    )
    rules = read_rules("service", [{"label": "a", "then": {"severity": "info"}}])
    after = change_path(rules, id_index(), live, "service")
    assert after["sets"][0]["rules"][0]["actions"] == {"enrich": 1, "severity": "info"}
    assert after["catch_all"]["actions"] == {"enrich": 2}


def test_sets_that_no_rule_leads_to_stay_and_so_do_those_they_lead_to():
    leads = {"label": "a", "actions": {"route_to": "shared"}}
    live = document(
        {"id": "1", **leads},
        shared=[{"id": "2", "label": "b", "actions": {}}],
        stray=[{"id": "3", **leads}],
        nested_9=[{"id": "4", "label": "c", "actions": {"severity": "info"}}],
    )
    rules = read_rules("global", [{"label": "a", "then": {"severity": "info"}}])
    after = change_path(rules, id_index(), live, "global")
    assert after["sets"][0]["rules"][0]["actions"] == {"severity": "info"}
    assert after["sets"][1:] == live["sets"][1:]


def test_an_unchanged_document_is_sent_as_it_was_read():
    live = document(
        {"id": "2", "label": "b", "conditions": None, "actions": {"route_to": "nested-7"}},
        {
            "id": "1",
            "conditions": [{"expression": " event.x exists ", "new": 1}],
            "actions": {"annotate": None},
        },
        nested_7=[
            {"id": "3", "actions": {"automation_actions": [{"name": "n", "url": "https://a.b", "new": 1}]}}
        ],
        shared=[{"id": "4", "label": None, "actions": {}}],
    )
    rules = decode_path(live, id_index(), "global")
    assert change_path(rules, id_index(), live, "global") == live
    (first, second) = rules
    moved = change_path((second, first), id_index(), live, "global")
    assert moved == {
        **live,
        "sets": [{"id": "start", "rules": live["sets"][0]["rules"][::-1]}, *live["sets"][1:]],
    }


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        pytest.param([{"label": "b"}, {"label": "a"}], ["2", "1"], id="labels, wherever they stand"),
        pytest.param(
            [{"if": "event.c exists"}, {"label": "a"}], ["3", "1"], id="conditions where there is no label"
        ),
        pytest.param(
            [{"label": "new", "if": "event.z exists"}, {"label": "b"}], ["1", "2"], id="else the place"
        ),
        pytest.param(
            [{"label": "x"}, {"label": "y"}, {"label": "z"}, {"label": "w"}],
            ["1", "2", "3", None],
            id="and no more",
        ),
        pytest.param(
            [{"label": "c", "if": "event.a exists"}], ["1"], id="the label changed, not the condition"
        ),
    ],
)
def test_a_rule_continues_the_one_that_it_is(wanted, ids):
    live = document(
        {"id": "1", "label": "a", "conditions": [{"expression": "event.a exists"}]},
        {"id": "2", "label": "b", "conditions": [{"expression": "event.b exists"}]},
        {"id": "3", "label": None, "conditions": [{"expression": "event.c exists"}]},
    )
    after = encode_path(read_rules("service", wanted), id_index(), live)
    assert [rule.get("id") for rule in after["sets"][0]["rules"]] == ids


def test_nested_rules_continue_those_of_the_set_that_their_parent_led_to():
    live = document(
        {"id": "1", "label": "parent", "actions": {"route_to": "theirs"}},
        theirs=[{"id": "2", "label": "child"}],
    )
    wanted = [{"label": "new"}, {"label": "parent", "rules": [{"label": "child"}]}]
    after = encode_path(read_rules("service", wanted), id_index(), live)
    assert [(each["id"], [rule.get("id") for rule in each["rules"]]) for each in after["sets"]] == [
        ("start", [None, "1"]),
        ("nested-2", ["2"]),
    ]


def test_of_two_lists_that_were_one_set_only_the_first_continues_it():
    live = document(
        {"id": "1", "label": "a", "actions": {"route_to": "shared"}},
        {"id": "2", "label": "b", "actions": {"route_to": "shared"}},
        shared=[{"id": "3", "label": "child"}],
    )
    wanted = [{"label": "a", "rules": [{"label": "child"}]}, {"label": "b", "rules": [{"label": "child"}]}]
    after = encode_path(read_rules("service", wanted), id_index(), live)
    assert [[rule.get("id") for rule in each["rules"]] for each in after["sets"]] == [
        ["1", "2"],
        ["3"],
        [None],
    ]


def test_a_list_does_not_continue_a_set_that_is_wanted_by_name():
    live = document(
        {"id": "1", "label": "a", "actions": {"route_to": "common"}}, common=[{"id": "2", "label": "child"}]
    )
    wanted = [
        {"label": "a", "rules": [{"label": "child"}]},
        {"label": "b", "rules": {"set": "common", "rules": [{"label": "child"}]}},
    ]
    after = encode_path(read_rules("service", wanted), id_index(), live)
    ids = {each["id"]: [rule.get("id") for rule in each["rules"]] for each in after["sets"]}
    assert ids == {"start": ["1", None], "nested-1": [None], "common": ["2"]}


def test_a_set_keeps_its_name_beside_sets_without_one():
    wanted = [{"rules": {"set": "nested-2", "rules": [{"label": "a"}]}}, {"rules": [{"label": "b"}]}]
    rules = read_rules("service", wanted)
    after = encode_path(rules, id_index(), EMPTY_PATH)
    assert [each["id"] for each in after["sets"]] == ["start", "nested-2", "nested-2-0"]


@pytest.mark.parametrize(
    ("rules", "place", "message"),
    [
        pytest.param(
            [
                {"rules": {"set": "a", "rules": [{"label": "one"}]}},
                {"rules": {"set": "a", "rules": [{"label": "two"}]}},
            ],
            (1, "rules", "set"),
            "two sets are named 'a'",
            id="one name for two sets",
        ),
        pytest.param(
            [{"rules": {"set": "a", "rules": [{"rules": {"set": "a"}}]}}],
            (0, "rules", "set"),
            "the set 'a' leads back to itself: a → a",
            id="a set in itself",
        ),
        pytest.param(
            [
                {"rules": {"set": "a", "rules": [{"rules": {"set": "b"}}]}},
                {"rules": {"set": "b", "rules": [{"rules": {"set": "a"}}]}},
            ],
            (0, "rules", "set"),
            "the set 'a' leads back to itself: a → b → a",
            id="sets in a circle",
        ),
        pytest.param(
            [{"rules": {"set": "start", "rules": []}}],
            (0, "rules", "shared", "set"),
            "'start' is not a valid name of a set",
            id="the name of the first set",
        ),
        pytest.param(
            [{"rules": {"set": "a", "rules": [{"then": {"drop": True}}]}}],
            (0, "rules", "rules", 0, "then", "drop"),
            "'drop' is not allowed here",
            id="inside a set",
        ),
    ],
)
def test_a_mistake_stands_where_it_is_written(rules, place, message):
    with pytest.raises(ValidationError) as raised:
        read_rules("service", rules)
    (error,) = raised.value.errors()
    assert (error["loc"], error["msg"]) == (place, message)


@pytest.mark.parametrize("path", [None, ""])
def test_variable_that_is_taken_from_nowhere_is_written_as_it_is(path):
    live = {"name": "host", "path": path, "type": "regex", "value": "on (.*)"}
    name, found = decode_variable(live)
    assert (name, found.model_dump(mode="json")) == ("host", {"from": "", "regex": "on (.*)"})
