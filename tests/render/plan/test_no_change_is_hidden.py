"""Whatever differs between what is live and what is wanted is a line of the plan, in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds import KIND_NAMED, MANAGED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.as_markdown import plan_markdown
from pdslack_cli.render.plan.difference import difference, leaves
from pdslack_cli.render.plan.lines import Line, lines_of
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.plan.wording import change_lines
from tests.config.plain import dump, read
from tests.conftest import examples
from tests.kinds import strategies, strategies_services, strategies_slack
from tests.kinds.examples import EXAMPLES, WORLD
from tests.kinds.pagerduty.automation.test_action import automation_actions
from tests.kinds.pagerduty.automation.test_runner import automation_runners
from tests.kinds.pagerduty.incident.test_incident_custom_field import incident_custom_fields
from tests.kinds.pagerduty.incident.test_incident_type import incident_types
from tests.kinds.pagerduty.incident.test_status_update_template import status_update_templates
from tests.kinds.pagerduty.outbound.test_addon import addons
from tests.kinds.pagerduty.outbound.test_extension import extensions
from tests.kinds.pagerduty.outbound.test_oauth_client import oauth_clients
from tests.kinds.pagerduty.service.test_service_custom_field import service_custom_fields
from tests.kinds.pagerduty.service.test_shared_grouping import shared_groupings
from tests.kinds.pagerduty.shifts.test_shift_schedule import shift_schedules
from tests.kinds.pagerduty.test_business_service_laws import business_services
from tests.kinds.pagerduty.test_maintenance_window import maintenance_windows
from tests.kinds.pagerduty.test_team_laws import teams
from tests.support.factories import live_state, live_team, stack

ENTRIES = {
    "shift_schedule": shift_schedules,
    "team": teams,
    "schedule": strategies.schedules,
    "escalation_policy": strategies.escalation_policies,
    "service": strategies_services.services,
    "routing": strategies_services.routings,
    "channel": strategies_slack.channels,
    "user_group": strategies_slack.user_groups,
    "notification_rule": strategies_slack.notification_rules,
    "webhook": strategies.webhooks,
    "workflow": strategies.workflows,
    "business_service": business_services,
    "alert_grouping": shared_groupings,
    "incident_custom_field": incident_custom_fields,
    "incident_type": incident_types,
    "automation_runner": automation_runners,
    "oauth_client": oauth_clients,
    "extension": extensions,
    "addon": addons,
    "automation_action": automation_actions,
    "maintenance_window": maintenance_windows,
    "status_update_template": status_update_templates,
    "service_custom_field": service_custom_fields,
}

every_kind = pytest.mark.parametrize("kind", MANAGED, ids=lambda kind: kind.name)


def text_leaves(lines: list[Line]) -> list[str]:
    """The lines with a symbol that are no heads of deeper ones."""
    following = [*lines[1:], Line(0, "", "")]
    return [
        f"{line.symbol} {line.text}"
        for line, after in zip(lines, following, strict=True)
        if line.symbol.strip() and after.depth <= line.depth
    ]


def markdown_leaves(markdown: str) -> list[str]:
    return [line for line in markdown.splitlines() if line[:1] in "+-!" and line[1:].strip()]


def as_read(spec: Resource) -> Resource:
    """The same as a vendor's object is decoded: what is the default anyway is not set."""
    return spec.restricted_to(spec.non_default_fields)


def update(kind: Kind, there: Json, wanted: Json) -> Change:
    before = as_read(kind.spec.model_validate(there))
    spec = kind.spec.model_validate(wanted)
    after = spec.merged_onto(before, datetime.now(UTC))
    fields = [name for name in spec.managed if getattr(after, name) != getattr(before, name)]
    return Change(
        Ref(kind.name, "one"), Action.UPDATE, kind, Live(kind.name, "P1", "one", {}), before, after,
        tuple(fields), read_at=datetime.now(UTC),
    )  # fmt: skip


def document(change: Change) -> Json:
    (found,) = plan_json(Plan("acme", (change,)))["resource_changes"]
    return json.loads(json.dumps(found))


@pytest.mark.slow_after(2)
@every_kind
@examples(30)
@given(data=st.data())
def test_what_differs_is_a_leaf_in_every_format(kind, data):
    change = update(kind, data.draw(ENTRIES[kind.name]), data.draw(ENTRIES[kind.name]))
    if not change.fields:
        return
    found = document(change)

    for field in change.field_names:
        assert any(leaf["path"][0] == field for leaf in found["differences"]), field
    assert len(text_leaves(list(change_lines(change)))) >= len(change.fields)
    assert len(markdown_leaves(plan_markdown(ShownPlan.of(Plan("acme", (change,)))))) >= len(change.fields)


@pytest.mark.slow
@every_kind
@examples(30)
@given(data=st.data())
def test_replaying_after_over_before_gives_what_apply_writes(kind, data):
    change = update(kind, data.draw(ENTRIES[kind.name]), data.draw(ENTRIES[kind.name]))
    said = document(change)["change"]

    # Where a list only grows otherwise, what is said of it here is all of it.
    whole = {"exact": True} if "exact" in kind.spec.model_fields else {}
    replayed = kind.spec.model_validate(said["before"] | said["after"]).model_copy(update=whole)
    now = datetime.now(UTC)
    replayed = replayed.merged_onto(change.before, now)
    for name in change.fields:
        assert getattr(replayed.as_written(now), name) == getattr(change.after.as_written(now), name), name
    assert {name for name in said["after"] if said["before"].get(name) != said["after"][name]} <= set(
        change.field_names
    )


@every_kind
def test_what_is_new_shows_what_is_written_and_nothing_else(kind):
    section = {**WORLD.get(kind.section, {}), "one": read(EXAMPLES[kind.name].entry)}
    entries = {**WORLD, kind.section: section}
    (change,) = (
        one
        for one in make_plan(stack(dump(entries)), live_state()).changes
        if one.ref == Ref(kind.name, "one")
    )

    assert change.after_content.keys() == {*change.field_names}


@pytest.mark.slow_after(1)
@every_kind
@examples(30)
@given(data=st.data())
def test_what_is_the_same_is_no_leaf(kind, data):
    entry = data.draw(ENTRIES[kind.name])
    change = update(kind, entry, entry)
    if not change.fields:
        assert document(change)["differences"] == []
        assert [line for line in change_lines(change) if line.symbol.strip()] == []


# --- any two values ----------------------------------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab\n, ", max_size=4)
keys = st.sampled_from(["label", "name", "if", "otherwise", "then", "x"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.slow
@examples(400)
@given(values, values)
def test_any_two_unequal_values_have_a_leaf(before, after):
    found = difference(("x",), "x", before, after)
    shown = text_leaves(list(lines_of(found, 0)))
    if before != after:
        assert shown
        assert list(leaves([found]))


@pytest.mark.slow
@examples(200)
@given(st.lists(values, max_size=5))
def test_no_item_of_a_list_is_taken_for_another(items):
    for place in range(len(items)):
        fewer = items[:place] + items[place + 1 :]
        (leaf, *more) = leaves([difference(("x",), "x", items, fewer)])
        assert (leaf["action"], more) == ("remove", [])
        assert leaf["before"] == items[place]


@examples(200)
@given(st.permutations(["maya", "tom", "maya", "ines"]))
def test_another_order_alone_is_a_leaf(people):
    there = ["maya", "tom", "maya", "ines"]
    found = list(leaves([difference(("people",), "people", there, people)])) if there != people else []
    assert bool(found) == (there != people)
    assert {leaf["action"] for leaf in found} <= {"move"}


# --- the mark ----------------------------------------------------------------------------------------

TEAM = "owner: acme\nteams: {payments: {name: Payments, previously: money}}"


@pytest.mark.parametrize(
    ("live", "adopt"),
    [
        pytest.param(live_team(), True, id="adoption"),
        pytest.param(live_team(description="[pdslack:acme/money]"), False, id="another key"),
    ],
)
def test_a_change_of_the_mark_alone_is_a_leaf(live, adopt):
    plan = make_plan(stack(TEAM), live_state(live), adopt=adopt)
    (change,) = plan.changes

    assert change.fields == ()
    assert [leaf["path"] for leaf in document(change)["differences"]] == [["mark"]]
    assert any("mark" in line for line in text_leaves(list(change_lines(change))))
    assert any("mark" in line for line in markdown_leaves(plan_markdown(ShownPlan.of(plan))))


def test_a_release_shows_the_mark_that_goes():
    kind = KIND_NAMED["team"]
    assert isinstance(kind, Kind)
    live = live_team(description="[pdslack:acme/payments]")
    spec = kind.spec.model_validate({"name": "a"})
    change = Change(Ref("team", "payments"), Action.RELEASE, kind, live, spec, read_at=live.read_at)

    assert text_leaves(list(change_lines(change))) == [f"~ mark: {str(live.owned)[1:-1]} -> null"]


@pytest.mark.parametrize(
    "kind", [one for one in MANAGED if one.archives_on_delete], ids=lambda kind: kind.name
)
def test_bringing_back_what_was_put_away_is_a_leaf(kind):
    spec = read(EXAMPLES[kind.name].entry)
    change = replace(update(kind, spec, spec), action=Action.RESTORE)
    plan = Plan("acme", (change,))

    (leaf,) = document(change)["differences"]
    assert (leaf["path"], leaf["before"], leaf["after"]) == ([kind.retired_word], True, False)
    shown = f"~ {kind.retired_word}: true -> false"
    assert shown in text_leaves(list(change_lines(change)))
    assert kind.retired_word in "".join(markdown_leaves(plan_markdown(ShownPlan.of(plan))))


def test_a_secret_that_changes_shows_that_it_does():
    token = "xoxb-" + "1" * 12 + "-{}" + "a" * 20
    change = update(
        KIND_NAMED["team"], {"name": "a", "description": token.format("x")},
        {"name": "a", "description": token.format("y")},
    )  # fmt: skip

    (line,) = text_leaves(list(change_lines(change)))
    assert line.startswith("~ description:")
    assert "xoxb-1" not in line
