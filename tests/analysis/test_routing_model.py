"""The world that a stack makes is the one that PagerDuty has once the stack is applied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pdslack_cli.analysis.before_after import read_before_after
from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.model import Json
from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.oncall import on_call, read_policy, read_schedule
from pdslack_cli.routing.simulate.read_model import read_orchestration, read_service, read_slack_connection
from pdslack_cli.routing.simulate.rules import RulePath
from tests.support.factories import stack
from tests.support.runs import Runner

PATHS = "/event_orchestrations"


def keyed(value: Any, keys: dict[str, str]) -> Any:
    """PagerDuty's JSON with the keys of the file in the place of ids."""
    if isinstance(value, dict):
        return {name: keyed(inner, keys) for name, inner in value.items()}
    if isinstance(value, list):
        return [keyed(inner, keys) for inner in value]
    return keys.get(value, value) if isinstance(value, str) else value


def read_world(stack: Stack, clients: Clients) -> RoutingModel:
    """The world out of PagerDuty's answers, by the readers that know nothing of kinds."""
    id_index = resolve_ownership(stack, read_live(stack, clients).objects).id_index
    keys = {id_index.id(ref): ref.key for ref in stack.entries if ref in id_index}

    def get(path: str) -> Json:
        return keyed(clients.pagerduty.get(path), keys)

    def all_of(path: str, wrapper: str, **params: Any) -> list[Json]:
        return keyed(clients.pagerduty.list(path, wrapper, **params), keys)

    def path_of(owner: str) -> Json:
        return get(f"{PATHS}/{owner}")

    ids = {key: id_ for id_, key in keys.items()}
    connections = clients.pagerduty.list(
        f"/integration-slack/workspaces/{clients.workspace}/connections",
        "slack_connections",
        token="user",
        host="app",
    )
    return RoutingModel(
        orchestrations={
            raw["id"]: read_orchestration(
                raw,
                global_rules=path_of(f"{ids[raw['id']]}/global"),
                router=path_of(f"{ids[raw['id']]}/router"),
                unrouted=path_of(f"{ids[raw['id']]}/unrouted"),
            )
            for raw in all_of(PATHS, "orchestrations")
        },
        services={
            raw["id"]: read_service(
                raw,
                rules=path_of(f"services/{ids[raw['id']]}"),
                active=get(f"{PATHS}/services/{ids[raw['id']]}/active")["active"],
            )
            for raw in all_of("/services", "services")
        },
        escalation_policies={
            raw["id"]: read_policy(raw) for raw in all_of("/escalation_policies", "escalation_policies")
        },
        schedules={
            raw["id"]: read_schedule(raw)
            for raw in all_of("/schedules", "schedules", include=["schedule_layers"])
        },
        notification_rules=tuple(read_slack_connection(raw) for raw in keyed(connections, keys)),
        priorities={raw["id"]: raw["name"] for raw in all_of("/priorities", "priorities")},
    )


def plain(world: RoutingModel, priorities: set[str]) -> RoutingModel:
    """Without what PagerDuty adds by itself, and what only one of the two can know."""

    def of_path(path: RulePath) -> RulePath:
        sets = {name: tuple(replace(rule, id="") for rule in rules) for name, rules in path.sets.items()}
        return replace(path, sets=sets, catch_all=replace(path.catch_all, suppress=None))

    return replace(
        world,
        orchestrations={
            key: replace(
                one,
                global_rules=of_path(one.global_rules),
                router=of_path(one.router),
                unrouted=of_path(one.unrouted),
            )
            for key, one in world.orchestrations.items()
        },
        services={
            key: replace(one, rules=of_path(one.rules), active=True) for key, one in world.services.items()
        },
        notification_rules=tuple(
            sorted(
                (replace(rule, name="") for rule in world.notification_rules), key=lambda rule: rule.channel
            )
        ),
        # A layer cannot begin in the past: PagerDuty lets it begin with the apply (pagerduty.md 4.1).
        schedules={
            key: replace(one, layers=tuple(replace(layer, start=layer.anchor) for layer in one.layers or ()))
            for key, one in world.schedules.items()
        },
        priorities={str(id_): str(name) for id_, name in world.priorities.items() if str(name) in priorities},
    )


@pytest.fixture(scope="module")
def applied(fintech_runner: Runner, fintech: Stack) -> Clients:
    fintech_runner.apply(fintech)
    return fintech_runner.clients(fintech)


@pytest.mark.slow
def test_the_stack_makes_the_world_that_pagerduty_has_after_apply(fintech, applied):
    made = routing_model_of(fintech.specs)
    priorities = set(map(str, made.priorities))
    assert plain(made, priorities) == plain(read_world(fintech, applied), priorities)


@pytest.mark.slow
def test_what_is_live_reads_back_as_the_world_of_its_files(fintech, applied):
    worlds = read_before_after(fintech, applied)
    priorities = set(map(str, worlds.before.priorities))
    assert plain(worlds.before, priorities) == plain(routing_model_of(fintech.specs), priorities)
    assert worlds.after == worlds.before


def test_a_layer_that_has_ended_still_counts_for_its_time():
    ended = stack("""
        owner: payments
        people: {maya: maya@acme.example}
        schedules:
          primary:
            time_zone: Etc/UTC
            layers: [{start: 2020-01-06T00:00:00, end: 2020-02-03T00:00:00, rotate: 1 week, people: [maya]}]
    """)
    schedule = routing_model_of(ended.specs).schedules["primary"]
    (layer,) = schedule.layers or ()
    assert (on_call(schedule, layer.start), layer.end and on_call(schedule, layer.end)) == ("maya", None)
