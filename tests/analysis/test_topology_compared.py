"""A part of the graph of a stack, and what an apply changes in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdslack_cli.analysis.graph import Stage, Topology, narrowed
from pdslack_cli.analysis.topology import compare_topology
from pdslack_cli.engine.change import Action
from pdslack_cli.errors import ProblemsError
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.analysis.test_topology import edges, topology, wanted
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

# --- a part of it ----------------------------------------------------------------------------------

TWO = """
services:
  api: {escalation_policy: payments, integrations: [Datadog]}
  web: {escalation_policy: web}
channels: {incidents: {}}
notification_rules:
  api: {from: service/api, to: incidents}
  web: {from: service/web, to: incidents}
routing:
  production:
    integrations: [Alertmanager]
    routes:
      - {label: API, if: event.class matches 'api', to: api}
      - {label: Web, if: event.class matches 'web', to: web}
"""


@pytest.mark.parametrize(
    ("refs", "names"),
    [
        pytest.param(
            ["service/web"],
            {"Alertmanager", "production", "web/service", "web", "#incidents", "olga"},
            id="both ways from the middle",
        ),
        pytest.param(
            ["person/tom"],
            {"Alertmanager", "production", "Datadog", "api", "payments", "primary", "tom"},
            id="back from an end",
        ),
        pytest.param(
            ["notification_rule/web"],
            {"Alertmanager", "production", "web/service", "#incidents"},
            id="a rule",
        ),
        pytest.param(
            ["team/platform"],
            {"Alertmanager", "production", "web/service", "web", "#incidents", "olga"},
            id="a team",
        ),
        pytest.param(
            ["schedule/primary", "escalation_policy/elsewhere"],
            {"Alertmanager", "production", "Datadog", "api", "payments", "primary", "maya", "tom"}
            | {"elsewhere", "olga"},
            id="several",
        ),
    ],
)
def test_only_the_ways_through_some_objects_are_kept(refs, names):
    found = narrowed(topology(TWO), [Ref(*ref.split("/")) for ref in refs])
    kept = {"web/service" if node.ref == Ref("service", "web") else node.name for node in found.nodes}
    assert kept == names
    assert all({edge.source, edge.target} <= {node.ref for node in found.nodes} for edge in found.edges)
    assert set(found.teams) == {node.team for node in found.nodes if node.team}


def test_a_way_beside_the_objects_is_not_kept():
    found = narrowed(topology(TWO), [Ref("service", "web")])
    assert [target for target, _, _ in edges(found, "routing/production")] == ["service/web"]


def test_what_alerts_do_not_come_by_is_said():
    with pytest.raises(ProblemsError) as caught:
        narrowed(topology(TWO), [Ref("person", "idle"), Ref("service", "api"), Ref("team", "none")])
    assert [problem.message for problem in caught.value.problems] == [
        "person/idle is not in the graph",
        "team/none is not in the graph",
    ]


# --- against what is live --------------------------------------------------------------------------


@pytest.fixture
def runner() -> Iterator[Runner]:
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def compared(runner: Runner, before: str, after: str) -> Topology:
    """What a plan for `after` changes, once `before` is applied."""
    if before:
        runner.seed(wanted(before))
        assert runner.apply(wanted(before)).complete
    runner.seed(wanted(after))
    plan = runner.plan(wanted(after))
    assert plan.problems == ()
    found = compare_topology(wanted(after), plan)
    assert found.compared
    return found


def changed_nodes(found: Topology) -> dict[str, Action]:
    return {str(node.ref): node.action for node in found.nodes if node.action}


def changed_edges(found: Topology) -> set[tuple[str, str, str, Action]]:
    return {
        (str(edge.source), str(edge.target), edge.label, edge.action) for edge in found.edges if edge.action
    }


def test_at_first_all_is_created_but_people(runner):
    found = compared(runner, "", TWO)
    assert {node.stage for node in found.nodes if node.action is None} == {Stage.PERSON}
    assert {node.action for node in found.nodes if node.stage is not Stage.PERSON} == {Action.CREATE}
    assert {edge.action for edge in found.edges} == {Action.CREATE}


@pytest.mark.slow
def test_what_is_applied_changes_nothing(runner):
    found = compared(runner, TWO, TWO)
    assert changed_nodes(found) == {}
    assert changed_edges(found) == set()
    plain = topology(TWO)
    assert (set(found.nodes), set(found.edges)) == (set(plain.nodes), set(plain.edges))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "nodes", "edges"),
    [
        pytest.param(
            "class matches 'web'",
            "class matches 'site'",
            {"routing/production": Action.UPDATE},
            {("routing/production", "service/web", "Web", Action.UPDATE)},
            id="another condition under the same label",
        ),
        pytest.param(
            "to: web}",
            "to: api2}",
            {"routing/production": Action.UPDATE},
            {
                ("routing/production", "service/web", "Web", Action.DELETE),
                ("routing/production", "service/api2", "Web", Action.CREATE),
            },
            id="another service",
        ),
        pytest.param(
            "integrations: [Datadog]}",
            "integrations: [Datadog, Nagios]}",
            {"service/api": Action.UPDATE, "integration/payments/Nagios": Action.CREATE},
            {("integration/payments/Nagios", "service/api", "", Action.CREATE)},
            id="a new sender",
        ),
        pytest.param(
            "  web: {from: service/web, to: incidents}\n",
            "  web: {from: service/web, to: incidents, urgency: high}\n",
            {},
            {
                ("service/web", "channel/incidents", "", Action.DELETE),
                ("service/web", "channel/incidents", "if high urgency", Action.CREATE),
            },
            id="another filter",
        ),
        pytest.param(
            "  web: {from: service/web, to: incidents}\n",
            "  web: {from: service/web, to: incidents, audience: stakeholder}\n",
            {},
            {("service/web", "channel/incidents", "", Action.UPDATE)},
            id="a rule that changes in what no label says",
        ),
        pytest.param(
            "api: {escalation_policy: payments,",
            "api: {escalation_policy: elsewhere,",
            # Its sender is drawn with its team, and the policy that it has now is nobody's.
            {
                "service/api": Action.UPDATE,
                "integration/payments/Datadog": Action.DELETE,
                "integration//Datadog": Action.CREATE,
            },
            {
                ("service/api", "escalation_policy/payments", "", Action.DELETE),
                ("service/api", "escalation_policy/elsewhere", "", Action.CREATE),
                ("integration/payments/Datadog", "service/api", "", Action.DELETE),
                ("integration//Datadog", "service/api", "", Action.CREATE),
            },
            id="another policy",
        ),
    ],
)
def test_changes_are_seen(runner, old, new, nodes, edges):
    before = TWO.replace(
        "  web: {escalation_policy: web}\n",
        "  web: {escalation_policy: web}\n  api2: {escalation_policy: web}\n",
    )
    assert old in before
    found = compared(runner, before, before.replace(old, new))
    assert changed_nodes(found) == nodes
    assert changed_edges(found) == edges


@pytest.mark.slow
def test_what_is_only_live_is_drawn_as_deleted(runner):
    after = """
        services:
          api: {escalation_policy: payments, integrations: [Datadog]}
        channels: {}
        notification_rules: {}
        routing:
          production:
            integrations: [Alertmanager]
            routes: [{label: API, if: event.class matches 'api', to: api}]
        """
    found = compared(runner, TWO, after)
    assert changed_nodes(found) == {
        "routing/production": Action.UPDATE,
        "service/web": Action.DELETE,
        "channel/incidents": Action.DELETE,
    }
    assert changed_edges(found) == {
        ("routing/production", "service/web", "Web", Action.DELETE),
        ("service/web", "escalation_policy/web", "", Action.DELETE),
        ("service/api", "channel/incidents", "", Action.DELETE),
        ("service/web", "channel/incidents", "", Action.DELETE),
    }
