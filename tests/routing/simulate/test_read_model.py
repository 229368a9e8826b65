"""A world made from PagerDuty's own JSON decides like one made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pdslack_cli.routing.simulate.model import RoutingModel
from pdslack_cli.routing.simulate.oncall import read_policy
from pdslack_cli.routing.simulate.read_model import read_orchestration, read_service, read_slack_connection
from pdslack_cli.routing.simulate.trace import EventOutcome
from tests.routing.building import rule, send


def start(*rules: dict[str, Any], otherwise: str = "") -> dict[str, Any]:
    return {
        "orchestration_path": {
            "sets": [{"id": "start", "rules": list(rules)}],
            "catch_all": {"actions": {"route_to": otherwise} if otherwise else {}},
        }
    }


SERVICE = {
    "id": "PSVC",
    "name": "payments-api",
    "status": "active",
    "escalation_policy": {"id": "PEP", "type": "escalation_policy_reference"},
    "teams": [{"id": "PTEAM", "type": "team_reference"}],
    "incident_urgency_rule": {"type": "constant", "urgency": "severity_based"},
}
POLICY = {
    "id": "PEP",
    "name": "Payments",
    "escalation_rules": [{"targets": [{"id": "PUSER", "type": "user_reference"}]}],
}


def connection(source: str, kind: str, **config: Any) -> dict[str, Any]:
    return {
        "id": "C",
        "channel_id": "C0PAY",
        "source_id": source,
        "source_type": f"{kind}_reference",
        "config": {"events": ["incident.triggered"], "urgency": None, "priorities": None, **config},
    }


def read(connection: dict[str, Any], **service: Any) -> RoutingModel:
    return RoutingModel(
        orchestrations={
            "O": read_orchestration(
                {"id": "O", "name": "Everything"},
                global_rules=start(rule(severity="warning")),
                router=start(otherwise="PSVC"),
                cache_variables=[
                    {"name": "n", "configuration": {"type": "trigger_event_count", "ttl_seconds": 60}}
                ],
            )
        },
        services={"PSVC": read_service({**SERVICE, **service}, rules=start(rule(annotate="seen")))},
        escalation_policies={"PEP": read_policy(POLICY)},
        notification_rules=(read_slack_connection(connection),),
    )


def test_event_goes_all_the_way():
    trace = send(read(connection("PSVC", "service")))
    assert (trace.service, trace.note, trace.urgency) == ("PSVC", "seen", "low")
    assert (trace.on_call, trace.channels) == (("PUSER",), ("C0PAY",))


@pytest.mark.parametrize(
    ("source", "kind", "config", "heard"),
    [
        pytest.param("PTEAM", "team", {}, True, id="of a team"),
        pytest.param("PTEAM", "service", {}, False, id="of a service with the id of a team"),
        pytest.param("PSVC", "service", {"priorities": []}, True, id="an empty list means no priority"),
        pytest.param(
            "PSVC", "service", {"priorities": ["no_priority", "P1"]}, True, id="no_priority among others"
        ),
        pytest.param("PSVC", "service", {"priorities": ["P1"]}, False, id="only a priority"),
        pytest.param("PSVC", "service", {"urgency": "high"}, False, id="another urgency"),
    ],
)
def test_slack_connection_hears(source, kind, config, heard):
    assert bool(send(read(connection(source, kind, **config))).channels) is heard


@pytest.mark.parametrize("status", ["disabled", "maintenance"])
def test_sleeping_service_makes_no_incident(status):
    assert send(read(connection("PSVC", "service"), status=status)).outcome is EventOutcome.IGNORED
