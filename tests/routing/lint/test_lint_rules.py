"""Traps in rules among others, and names that lead nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pdslack_cli.routing.lint.implication import implies
from pdslack_cli.routing.lint.rules import lint_path
from pdslack_cli.routing.pcl.conditions import parse
from pdslack_cli.routing.simulate.model import SimulatedService
from tests.routing.building import router, rule, service_rules


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("event.a matches 'x'", "event.a matches 'x'", True),
        ("event.a matches 'x'", "event.a matches 'y'", False),
        ("event.a matches 'x'", "event.b matches 'x'", False),
        ("event.a matches 'X'", "event.a matches 'x'", True),
        ("event.a matches exactly 'x'", "event.a matches 'x'", True),
        ("event.a matches 'x'", "event.a matches exactly 'x'", False),
        ("event.a == 'x'", "event.a matches exactly 'x'", True),
        ("event.a matches 'disk full'", "event.a matches part 'disk'", True),
        ("event.a matches part 'disk'", "event.a matches 'disk full'", False),
        ("event.a matches part 'disk full'", "event.a matches part 'disk'", True),
        ("event.a matches part 'disk'", "event.a matches part exactly 'disk'", False),
        ("event.a == 'disk 1'", "event.a matches regex '^disk [0-9]'", True),
        ("event.a matches 'disk 1'", "event.a matches regex '^disk [0-9]'", False),
        ("event.a matches regex 'a'", "event.a exists", True),
        ("event.a > 5", "event.a > 3", True),
        ("event.a > 5", "event.a >= 5", True),
        ("event.a >= 5", "event.a > 5", False),
        ("event.a > 3", "event.a > 5", False),
        ("event.a < 3", "event.a <= 3", True),
        ("event.a <= 3", "event.a < 3", False),
        ("event.a < 3", "event.a > 1", False),
        ("event.a == 4", "event.a > 3.5", True),
        ("event.a == 3", "event.a > 3.5", False),
        ("event.a exists and event.b exists", "event.a exists", True),
        ("event.a exists", "event.a exists and event.b exists", False),
        ("event.a exists", "event.a exists or event.b exists", True),
        ("event.a exists or event.b exists", "event.a exists", False),
        ("event.b exists and event.a exists", "event.a exists and event.b exists", True),
        ("not event.a exists", "not event.a matches 'x'", True),
        ("not event.a matches 'x'", "not event.a exists", False),
        ("event.a exists", "true", True),
        ("false", "event.a exists", True),
    ],
)
def test_implies(narrow, wide, expected):
    assert implies(parse(narrow).tree, parse(wide).tree) is expected


def found(path, **options) -> list[tuple[str, tuple]]:
    return [(one.finding.id, one.where) for one in lint_path(path, **options)]


def at(position: int, *rest) -> tuple:
    return ("sets", 0, "rules", position, *rest)


@pytest.mark.parametrize(
    ("rules", "unreachable"),
    [
        pytest.param([rule(), rule("event.class exists")], [1], id="after an unconditional rule"),
        pytest.param([rule("event.class exists"), rule("event.class exists")], [1], id="after an equal rule"),
        pytest.param(
            [rule("event.class exists"), rule("event.class matches 'x'")], [1], id="after a more general one"
        ),
        pytest.param(
            [rule("event.class matches 'x'"), rule("event.class exists")], [], id="before a more general one"
        ),
        pytest.param(
            [rule("event.class exists", "event.group exists"), rule("event.group matches 'x'")],
            [1],
            id="any condition",
        ),
        pytest.param(
            [rule("event.group exists"), rule("event.group matches 'x'", "event.class exists")],
            [],
            id="not all of it",
        ),
        pytest.param([rule(disabled=True), rule("event.class exists")], [], id="after a disabled rule"),
        pytest.param([rule(), rule(disabled=True)], [], id="itself disabled"),
        pytest.param(
            [rule("trigger_count over 5 minutes > 3"), rule("trigger_count over 5 minutes > 3")],
            [],
            id="thresholds",
        ),
    ],
)
def test_unreachable_rules(rules, unreachable):
    assert [where for id_, where in found(service_rules(*rules)) if id_ == "unreachable-rule"] == [
        at(position) for position in unreachable
    ]


def test_dynamic_route_lets_later_rules_live():
    dynamic = rule(dynamic_route_to={"source": "event.source", "regex": ".*", "lookup_by": "service_id"})
    assert found(router(dynamic, rule(route_to="S"))) == []


def action(**actions):
    return service_rules(rule(**actions))


def variable(name="n", pattern=".*"):
    return {"name": name, "path": "event.source", "type": "regex", "value": pattern}


@pytest.mark.parametrize(
    ("path", "lint", "where"),
    [
        pytest.param(
            action(annotate="{{event.sumary}}"), "unknown-field", at(0, "actions", "annotate"), id="field"
        ),
        pytest.param(
            action(annotate="{{incident.title}}"), "unknown-root", at(0, "actions", "annotate"), id="root"
        ),
        pytest.param(
            action(annotate="{{variables.n}}"), "unset-variable", at(0, "actions", "annotate"), id="variable"
        ),
        pytest.param(
            action(annotate="{{cache_var.n}}"),
            "unknown-cache-variable",
            at(0, "actions", "annotate"),
            id="cache variable in a template",
        ),
        pytest.param(
            action(annotate="{{event.summary"), "open-braces", at(0, "actions", "annotate"), id="braces"
        ),
        pytest.param(
            action(annotate="{{n}}", variables=[variable()]),
            "template-alias",
            at(0, "actions", "annotate"),
            id="alias",
        ),
        pytest.param(
            action(variables=[variable()]), "unused-variable", at(0, "actions", "variables", 0), id="unused"
        ),
        pytest.param(
            action(variables=[variable(pattern="(a)(b)")], annotate="{{variables.n}}"),
            "several-groups",
            at(0, "actions", "variables", 0),
            id="groups",
        ),
        pytest.param(
            action(extractions=[{"target": "event.sumary", "template": "x"}]),
            "unknown-target",
            at(0, "actions", "extractions", 0, "target"),
            id="target",
        ),
        pytest.param(
            action(suppress=True, suspend=60),
            "suppress-and-suspend",
            at(0, "actions"),
            id="suppress, suspend",
        ),
        pytest.param(
            action(
                automation_actions=[
                    {"name": "h", "url": "u", "headers": [{"key": "K", "value": "{{event.x}}"}]}
                ]
            ),
            "unknown-field",
            at(0, "actions", "automation_actions", 0, "headers", 0, "value"),
            id="header",
        ),
        pytest.param(
            action(incident_custom_field_updates=[{"id": "F", "value": "{{event.x}}"}]),
            "unknown-field",
            at(0, "actions", "incident_custom_field_updates", 0, "value"),
            id="custom field",
        ),
        pytest.param(
            service_rules(otherwise={"annotate": "{{event.x}}"}),
            "unknown-field",
            ("catch_all", "actions", "annotate"),
            id="catch-all",
        ),
        pytest.param(
            service_rules(rule("cache_var.x exists")),
            "unknown-cache-variable",
            at(0, "conditions", 0, "expression"),
            id="cache variable in a condition",
        ),
        pytest.param(
            router(rule("cache_var.n exists", route_to="S")),
            "cache-variable-in-router",
            at(0, "conditions", 0, "expression"),
            id="cache variable in a router",
        ),
        pytest.param(
            service_rules(rule("event.severity matches 'high'")),
            "impossible-value",
            at(0, "conditions", 0, "expression"),
            id="traps of conditions",
        ),
        pytest.param(
            service_rules(*(rule(f"event.class matches 'c{n}'") for n in range(26))),
            "too-many-rules",
            at(25),
            id="26 rules",
        ),
    ],
)
def test_finds(path, lint, where):
    assert found(path, cache_variables={"n"} if "router" in lint else ()) == [(lint, where)]


@pytest.mark.parametrize(
    ("value", "options", "lints"),
    [
        ("most", {"F": ("all", "few")}, ["unknown-option"]),
        ("all", {"F": ("all", "few")}, []),
        ('["all", "most"]', {"F": ("all", "few")}, ["unknown-option"]),
        ('["all", "few"]', {"F": ("all", "few")}, []),
        ("3", {"F": ("3", "4")}, []),
        ("{{event.class}}", {"F": ("all", "few")}, []),
        ("most", {"F": ()}, []),
        ("most", {}, []),
    ],
)
def test_a_field_gets_what_it_offers(value, options, lints):
    path = action(incident_custom_field_updates=[{"id": "F", "value": value}])
    assert [lint for lint, _ in found(path, options=options)] == lints


def test_used_names_are_fine():
    path = action(
        variables=[variable("a"), variable("b")],
        extractions=[{"target": "event.custom_details.x", "source": "variables.b", "regex": ".*"}],
        annotate="{{variables.a}} {{cache_var.n}} {{event.custom_details.x}} {{raw_event.y}}",
    )
    assert found(path, cache_variables={"n"}) == []


@pytest.mark.parametrize(
    ("below", "otherwise", "expected"),
    [
        pytest.param([rule("event.class exists")], {"priority": "P3"}, True, id="may fall through"),
        pytest.param([], {"priority": "P3"}, True, id="falls through"),
        pytest.param([rule("event.class exists"), rule()], {"priority": "P3"}, False, id="ends with a rule"),
        pytest.param(
            [rule("event.class exists"), rule(disabled=True)], {"priority": "P3"}, True, id="disabled end"
        ),
        pytest.param([rule("event.class exists")], {"severity": "info"}, False, id="another field"),
        pytest.param([rule("event.class exists")], {}, False, id="does nothing"),
    ],
)
def test_the_catch_all_of_a_path_acts_below_a_rule_too(below, otherwise, expected):
    path = service_rules(
        rule("event.source exists", priority="P1", route_to="more"), otherwise=otherwise, more=below
    )
    overrides = [("otherwise-overrides", ("sets", 0, "rules", 0))]
    assert found(path) == (overrides if expected else [])


def test_routes_to_services_whose_rules_are_off_or_that_stand_twice():
    busy = SimulatedService("S", "payments-api", rules=service_rules(rule()), active=False)
    path = router(rule("event.class exists", route_to="S"), rule("event.group exists", route_to="S"))
    assert found(path, services={"S": busy}) == [
        ("inactive-service", at(0, "actions", "route_to")),
        ("repeated-service", at(1, "actions", "route_to")),
        ("inactive-service", at(1, "actions", "route_to")),
    ]
    assert found(path, services={"S": replace(busy, rules=service_rules())})[0][0] == "repeated-service"
