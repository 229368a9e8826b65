"""Whatever write fails, also among leftovers, clones, strangers and duplicates: the next run completes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds import MANAGED
from pdslack_cli.model import Json
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.together import IDS, strike_together
from tests.support.census import census
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow

BEFORE = """
    owner: acme
    slack: {workspace: T0SANDBOX}
    people: {ana: ana@acme.example, bo: bo@acme.example}
    teams: {ops: {name: Ops, description: before, members: {manager: [ana]}}}
    schedules:
      s: {name: Primary, time_zone: Etc/UTC, description: before, layers: [
        {name: L, start: "2026-01-05T09:00:00", rotate: 1 week, people: [ana, bo]}], overrides: [
        {from: "2026-01-05T09:00:00", to: "2090-01-05T09:00:00", who: ana}]}
    shift_schedules:
      n: {name: Nights, time_zone: Etc/UTC, description: before, rotations: [{events: [
        {name: E, from: "2090-01-05T09:00:00", to: "2090-01-06T09:00:00", recurrence: FREQ=DAILY,
          people: [ana]}
      ]}], custom_shifts: [{from: "2026-01-05T09:00:00", to: "2090-01-05T09:00:00", who: ana}]}
    escalation_policies:
      p: {name: P, description: before, levels: [{notify: [schedule/s], escalate_after: 10m}]}
    incident_types: {attack: {label: Attack, description: before}}
    incident_custom_fields:
      harm: {label: Harm, description: before, options: [gold, iron]}
      vector: {label: Vector, description: before, incident_type: attack}
    services:
      api:
        name: API
        description: before
        escalation_policy: p
        integrations: [events-api-v2]
        automation_actions: [mend]
        rules: [{label: a, if: "event.severity matches 'critical'", then: {severity: error}}]
      card: {name: Card, escalation_policy: p}
      cash: {name: Cash, escalation_policy: p}
    alert_groupings:
      all: {name: All, description: before, services: [card, cash],
        grouping: {by: content, fields: [component], match: all, window: 10m}}
    business_services:
      shop: {name: Shop, description: before, depends_on: [service/api], subscribers: [person/ana]}
    service_custom_fields: {tier: {label: Tier, description: before, options: [gold, iron]}}
    maintenance_windows:
      move: {description: before, from: "2090-01-05T09:00:00Z", to: "2090-01-05T11:00:00Z", services: [api]}
    oauth_clients:
      o: {name: O, client_id: before, client_secret: x, token_url: "https://login.acme.example"}
    extensions: {x: {name: X, schema: ServiceNow (v7), services: [api], config: {target: before}}}
    addons: {x: {name: X, url: "https://before.acme.example"}}
    automation_runners: {west: {name: West, description: before, teams: [ops]}}
    status_update_templates: {customers: {name: Customers, description: before, message: Down}}
    automation_actions: {mend: {name: Mend, description: before, script: mend, runner: west, teams: [ops]}}
    channels: {c: {topic: before, purpose: p, bookmarks: {Wiki: "https://wiki.acme.example"}}}
    user_groups: {g: {name: G, description: before, members: [ana], channels: [c]}}
    notification_rules: {n: {from: service/api, to: c, urgency: high}}
    routing: {main: {name: Main, description: before, integrations: [A, B], otherwise: api}}
    webhooks:
      sync: {url: "https://sync.acme.example", from: account, events: ["incident.*"], description: before}
    workflows: {w: {name: W, description: before, triggers: [{manual: true, services: [api]}]}}
"""
LATER = (
    '{name: F, from: "2090-01-05T09:00:00", to: "2090-01-05T11:00:00", recurrence: FREQ=DAILY, people: [ana]}'
)
AFTER = (
    BEFORE.replace("before", "after")
    .replace("urgency: high", "urgency: low")
    .replace("manager: [ana]", "manager: [ana], responder: [bo]")
    .replace("{severity: error}", "{severity: warning}")
    .replace("members: [ana], channels", "members: [ana, bo], channels")
    .replace("[events-api-v2]", "[events-api-v2, {name: Other, type: events-api-v2}]")
    .replace("wiki.acme", "other.acme")
    .replace('2090-01-05T09:00:00", who: ana', '2090-01-06T09:00:00", who: bo')
    .replace("depends_on: [service/api]", "depends_on: []")
    .replace("subscribers: [person/ana]", "subscribers: [person/bo]")
    .replace("[gold, iron]", "[gold, lead]")
    .replace("T11:00", "T12:00")
    .replace("people: [ana]}\n      ]}]", f"people: [bo]}}]}}, {{events: [{LATER}]}}]")
    .replace("integrations: [A, B]", "integrations: [A, B, C]")
    .replace("[{manual: true, services: [api]}]", "[{manual: true, services: all}]")
)
LISTS = {
    "teams": "team",
    "schedules": "schedule",
    "escalation_policies": "escalation_policy",
    "event_orchestrations": "orchestration",
    "incident_workflows": "incident_workflow",
    "webhook_subscriptions": "webhook_subscription",
}


def applied(runner: Runner) -> None:
    assert runner.apply(stack(BEFORE)).complete


def with_leftovers(runner: Runner) -> None:
    """Two runs at the same moment, neither of which saw what the other made."""
    first, second = runner.plan(stack(BEFORE)), runner.plan(stack(BEFORE))
    assert runner.carry_out(first, stack(BEFORE)).complete
    for path in LISTS:
        runner.sandbox.faults.add(Fault("lag", path=f"/{path}$", seconds=600, times=2))
    assert runner.carry_out(second, stack(BEFORE)).complete
    runner.sandbox.faults.clear()
    assert len(runner.sandbox.store.all("pagerduty.team")) == 2


def with_clones(runner: Runner) -> None:
    """People copied our objects in the web interface, their descriptions and so our marks included."""
    applied(runner)
    pagerduty = runner.clients(stack(BEFORE)).pagerduty
    for path, wrapper in LISTS.items():
        if wrapper == "webhook_subscription":
            continue
        for raw in pagerduty.list(f"/{path}", path if path != "event_orchestrations" else "orchestrations"):
            if "[pdslack:" in (raw.get("description") or ""):
                whole = dict(pagerduty.get(f"/{path}/{raw['id']}")[wrapper])
                pagerduty.create(f"/{path}", {wrapper: copy_of(whole, f"{raw['name']} (copy)")})


def copy_of(raw: Json, name: str) -> Json:
    kept = ("description", "time_zone", "type", "schedule_layers", "escalation_rules", "team", "teams")
    body = {field: raw[field] for field in kept if raw.get(field)} | {"name": name}
    for layer in body.get("schedule_layers", ()):
        layer.pop("id")
    return body


def with_strangers(runner: Runner) -> None:
    """Others have two objects of one name, and our policy was pointed at one of them by hand."""
    applied(runner)
    pagerduty = runner.clients(stack(BEFORE)).pagerduty
    (ours,) = (raw for raw in pagerduty.list("/schedules", "schedules") if raw["name"] == "Primary")
    layers = pagerduty.get(f"/schedules/{ours['id']}")["schedule"]
    body = copy_of(dict(layers), "Twin") | {"description": ""}
    twins = [pagerduty.create("/schedules", {"schedule": body})["schedule"] for _ in range(2)]
    for _ in range(2):
        pagerduty.create("/teams", {"team": {"name": "Twin"}})
    policy = next(
        raw for raw in pagerduty.list("/escalation_policies", "escalation_policies") if raw["name"] == "P"
    )
    policy["escalation_rules"][0]["targets"] = [
        {"id": twin["id"], "type": "schedule_reference"} for twin in twins
    ]
    pagerduty.update(f"/escalation_policies/{policy['id']}", {"escalation_policy": dict(policy)})


def with_duplicates(runner: Runner) -> None:
    """Somebody made a second connection between the same ends, a second integration and a second bookmark."""
    applied(runner)
    clients = runner.clients(stack(BEFORE))
    path = f"/integration-slack/workspaces/{clients.workspace}/connections"
    (connection,) = clients.pagerduty.list(path, "slack_connections", token="user", host="app")
    fields = ("source_id", "source_type", "channel_id", "notification_type", "config")
    body = {"slack_connection": {field: connection[field] for field in fields}}
    clients.pagerduty.create(path, body, token="user", host="app")
    services = clients.pagerduty.list("/services", "services", include=["integrations"])
    (service,) = (raw for raw in services if raw["name"] == "API")
    (integration,) = service["integrations"]
    again = {"integration": {"name": integration["name"], "type": integration["type"]}}
    clients.pagerduty.create(f"/services/{service['id']}/integrations", again)
    channel = next(raw["id"] for raw in clients.slack.list("users.conversations", "channels"))
    clients.slack.call(
        "bookmarks.add", channel_id=channel, title="Wiki", type="link", link="https://wiki.acme.example"
    )


WORLDS = [applied, with_leftovers, with_clones, with_strangers, with_duplicates]


@pytest.mark.parametrize("text", [BEFORE, AFTER])
def test_the_worlds_have_every_kind(text):
    assert {ref.kind for ref in stack(text).wanted} >= {kind.name for kind in MANAGED}


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
def test_faults_at_any_sort_of_write_are_settled_by_the_next_run(world: Callable[[Runner], None]):
    """Their answer is lost, or the object is gone: by turns, and the other way round in the next world."""
    wanted = stack(AFTER)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        world(runner)
        start = sandbox.snapshot()
        runner.forget_calls()
        assert runner.apply(wanted).complete
        assert runner.plan(wanted).changes == ()
        expected = census(sandbox)
        sorts = {(call.provider, call.method, re.sub(IDS, "[^/]+", call.path)) for call in sandbox.calls}
        writes = {sort for sort in sorts if sort[1] != "GET" and not sort[2].endswith((".list", "auth.test"))}

        turn = WORLDS.index(world)
        faults = [
            Fault(("lost", "404")[number % 2], provider=provider, method=method, path=f"^{path}$")
            for number, (provider, method, path) in enumerate(sorted(writes), turn)
        ]

        def suffer(together: Sequence[Fault]) -> Sequence[Fault]:
            sandbox.restore(start)
            sandbox.faults.clear()
            for fault in together:
                sandbox.faults.add(fault)
            with suppress(PdslackError):  # Slack reads by POST, and a plan needs what it reads
                report = runner.apply(wanted)
                assert all(str(result.error) for result in report.of(StepOutcome.FAILED, StepOutcome.UNKNOWN))
            struck = [fault for fault, matched in sandbox.faults.waiting() if matched]
            sandbox.faults.clear()
            again = runner.apply(wanted)
            assert again.complete, (together, [str(result.error) for result in again.results if result.error])
            assert census(sandbox) == expected, together
            return struck

        strike_together(faults, 4, suffer)
        assert runner.plan(wanted).changes == ()
