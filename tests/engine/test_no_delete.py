"""`--no-delete` leaves out what removes a child of an object too, such as an integration with its key."""

from __future__ import annotations

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.refusals.children import removed_children
from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import Ref
from pdslack_cli.render.plan.wording import matches, summary
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.test_unseen import EMPTIED, FULL
from tests.support.census import documents
from tests.support.factories import mark, stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow

# They only connect two objects that stay: to remove one is no delete.
LINKS = {"pagerduty.subscription", "pagerduty.service_dependency", "pagerduty.tag_assignment"}


def test_children_of_every_kind_stay_and_are_told_as_left_out():
    wanted = stack(EMPTIED.replace("description: before", "description: after"))
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(FULL))
        assert runner.apply(stack(FULL)).complete
        there = documents(sandbox).keys()
        removing = {change.ref for change in runner.plan(wanted).changes if removed_children(change)}
        assert removing >= {Ref("team", "ops"), Ref("service", "api"), Ref("workflow", "w")}
        assert removing >= {Ref("incident_custom_field", "harm"), Ref("service_custom_field", "tier")}

        plan = runner.plan(wanted, delete=False)

        assert [str(change.ref) for change in plan.changes if removed_children(change)] == []
        assert {*plan.left_out["--no-delete"]} == removing
        assert "Left out by --no-delete" in summary(plan)
        assert runner.carry_out(plan, wanted).complete
        assert {kind for kind, _ in there - documents(sandbox).keys()} <= LINKS
        assert {change.ref for change in runner.plan(wanted).changes} >= removing


def test_the_mark_claims_no_rules_that_were_left_out():
    """Else the next plan would take rules that others wrote for ours, and replace them without `--adopt`."""
    head = """
        owner: acme
        people: {ana: ana@acme.example}
        escalation_policies: {p: {levels: [{notify: [person/ana]}]}}
        services:
          api: {escalation_policy: p"""
    wanted = stack(head + ", description: x, rules: [{label: ours, then: {severity: info}}]}")
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        assert runner.apply(stack(head + "}")).complete
        pagerduty = runner.clients(wanted).pagerduty
        (service,) = pagerduty.list("/services", "services")
        rules = [{"label": label, "conditions": [], "actions": {}} for label in ("ours", "theirs")]
        body = {
            "orchestration_path": {"sets": [{"id": "start", "rules": rules}], "catch_all": {"actions": {}}}
        }
        pagerduty.update(f"/event_orchestrations/services/{service['id']}", body)
        pagerduty.update(f"/event_orchestrations/services/{service['id']}/active", {"active": True})
        (change,) = runner.plan(wanted).changes
        assert removed_children(change) == 1

        assert runner.apply(wanted, delete=False).complete

        (service,) = pagerduty.list("/services", "services")
        _, owned = split_mark(service["description"])
        assert owned
        assert owned.rules("api") == frozenset()


HEAD = """\
owner: acme
people: {ana: ana@acme.example}
escalation_policies: {p: {levels: [{notify: [person/ana]}]}}
"""
# An entry of each kind that is replaced, and the field that replaces it, before and after.
REPLACED = {
    "webhook": ("webhooks: {one: {URL, from: account, events: [incident.triggered], protect: true}}",
                "URL", "url: https://a.example/1", "url: https://a.example/2"),
    "addon": ("addons: {one: {url: https://a.example, TYPE, protect: true}}",
              "TYPE", "type: full_page", "type: incident_show"),
    "extension": ("services: {a: {escalation_policy: p}, b: {escalation_policy: p}}\nextensions: {one: "
                  "{schema: Generic V2 Webhook, endpoint: https://a.example, SERVICES, protect: true}}",
                  "SERVICES", "services: [a]", "services: [b]"),
    "automation_runner": ("automation_runners: {one: {TYPE, protect: true}}",
                          "TYPE", "type: sidecar", "type: runbook, host: acme"),
}  # fmt: skip


def test_table_has_every_kind_that_is_replaced():
    assert {kind.name for kind in MANAGED if kind.fixed_fields} == REPLACED.keys()


@pytest.mark.parametrize("kind", REPLACED)
def test_what_is_protected_is_no_problem_where_nothing_is_replaced(kind):
    text, field, before, after = REPLACED[kind]
    there, wanted = (stack(HEAD + text.replace(field, value)) for value in (before, after))
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(there)
        assert runner.apply(there).complete
        (problem,) = runner.plan(wanted).problems
        assert problem.message == f"{kind}/one would be replaced, but is protected"

        plan = runner.plan(wanted, delete=False)

        assert (plan.problems, plan.changes) == ((), ())
        assert plan.left_out == {"--no-delete": (Ref(kind, "one"),)}


@pytest.mark.parametrize(
    ("there", "change", "why"),
    [
        pytest.param(
            "PGOES",
            {"description": mark("acme/goes", "Goes", protected=True)},
            "its mark protects it",
            id="protected",
        ),
        pytest.param("PGOES", {"name": "Other"}, "was renamed by hand, or copied", id="renamed"),
        pytest.param("PTWIN", {"description": f"x {mark('acme/goes', 'Goes')}"}, "differ in", id="unequal"),
        pytest.param("PCOPY", {"name": "Other"}, "is a copy with its mark", id="copied"),
    ],
)
def test_what_could_not_be_deleted_anyway_does_not_match_the_files(there, change, why):
    wanted = stack("owner: acme\nteams: {stays: {}}\n")
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        assert runner.apply(wanted).complete
        goes = {"id": "PGOES", "type": "team", "name": "Goes", "description": mark("acme/goes", "Goes")}
        for team in {"PGOES": goes, there: {**goes, "id": there, **change}}.values():
            sandbox.store.insert("pagerduty.team", team["id"], team)
        (problem,) = runner.plan(wanted).problems
        assert why in problem.message

        plan = runner.plan(wanted, delete=False)

        assert (plan.problems, plan.changes) == ((), ())
        assert "1 object with problems left out by --no-delete: a plan without it tells them" in plan.notices
        assert not matches(plan)
        assert summary(plan).startswith("No other changes.")


SINGLE = {
    "alert_grouping": ("escalation_policies: {p: {levels: [{notify: [person/ana]}]}}\n"
                       "services: {one: {escalation_policy: p, description: TEXT, alert_grouping: VALUE}}",
                       "{by: time, window: 10m}"),
    "pinned": ("channels: {one: {topic: TEXT, pinned: VALUE}}", "hello"),
    "canvas": ("channels: {one: {topic: TEXT, canvas: VALUE}}", "hello.md"),
}  # fmt: skip


def test_table_has_every_field_that_is_an_object_of_its_own():
    assert SINGLE.keys() == frozenset().union(*(kind.single_fields for kind in MANAGED))


@pytest.mark.parametrize("field", SINGLE)
def test_a_field_that_is_an_object_of_its_own_stays(field, tmp_path):
    (tmp_path / "hello.md").write_text("hello")
    template, value = SINGLE[field]

    def written(text: str, value: str) -> Stack:
        head = "owner: acme\nslack: {workspace: T0ACME}\npeople: {ana: ana@acme.example}\n"
        (tmp_path / "a.yaml").write_text(head + template.replace("TEXT", text).replace("VALUE", value))
        return load([tmp_path / "a.yaml"], {})

    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        there = written("before", value)
        runner.seed(there)
        assert runner.apply(there).complete
        wanted = written("after", "null")
        (problem,) = runner.judged(wanted, deletes=0).problems
        assert problem.message == "the plan deletes 1, --max-deletes allows 0"

        plan = runner.plan(wanted, delete=False)

        (change,) = plan.changes
        assert field not in change.fields
        assert {*plan.left_out["--no-delete"]} == {change.ref}
        assert runner.carry_out(plan, wanted).complete
        assert [one.fields for one in runner.plan(wanted).changes] == [(field,)]
