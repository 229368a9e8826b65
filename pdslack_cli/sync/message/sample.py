"""An invented incident, for previews of templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pdslack_cli.sync.message.view import (
    AlertFacts,
    FieldValue,
    IncidentStatus,
    IncidentView,
    Linked,
    OnDuty,
    Responder,
)

_PAGE = "https://acme.pagerduty.com"
_MAYA = Responder("PMAYA01", "Maya Lindqvist", "maya@acme.example", "U0MAYA001", f"{_PAGE}/users/PMAYA01")
_TOM = Responder("PTOM001", "Tom Baker", "tom@acme.example", "", f"{_PAGE}/users/PTOM001")
_START = datetime(2026, 3, 4, 9, 12, 41, tzinfo=UTC)
_INCIDENT = IncidentView(
    id="Q1K7T5ZD0PLW2A",
    title="payments-api: p99 latency above 2 s",
    status="triggered",
    number=4812,
    url=f"{_PAGE}/incidents/Q1K7T5ZD0PLW2A",
    urgency="high",
    priority="P1",
    severity="critical",
    service=Linked("PSVCPAY", "Payments API", f"{_PAGE}/services/PSVCPAY"),
    teams=(Linked("PTEAMPY", "Payments", f"{_PAGE}/teams/PTEAMPY"),),
    escalation_policy=Linked("PEPPAY1", "Payments", f"{_PAGE}/escalation_policies/PEPPAY1"),
    escalation_level=1,
    assignees=(_MAYA,),
    on_call=(OnDuty(_MAYA, 1, "PSCHED1"), OnDuty(_TOM, 2)),
    runbook="https://wiki.acme.example/payments",
    conference_url="https://meet.acme.example/war-room",
    conference_number="+1 415 555 0100,,123#",
    custom_fields=(
        FieldValue("Customer impact", "checkout", "customer_impact"),
        FieldValue("Region", "eu", "region"),
        FieldValue("Affected users", 1200, "affected_users"),
    ),
    alerts=(
        AlertFacts(
            summary="p99 latency above 2 s for 5 minutes",
            severity="critical",
            source="prometheus",
            component="payments-api",
            group="payments",
            class_="latency",
            description="p99 latency of payments-api is 2.4 s",
            details={"region": "eu", "p99_seconds": 2.4, "labels": {"cluster": "eks-1"}},
            links=(("Dashboard", "https://grafana.acme.example/d/payments"),),
        ),
    ),
    alert_count=1,
    created_at=_START,
)


def sample_incident(status: IncidentStatus = "triggered") -> IncidentView:
    """Return an incident in that state with a value for every field that a message may show."""
    acknowledged, resolved = status != "triggered", status == "resolved"
    return replace(
        _INCIDENT,
        status=status,
        acknowledged_at=_START + timedelta(minutes=2) if acknowledged else None,
        resolved_at=_START + timedelta(minutes=40) if resolved else None,
        acknowledgers=(_MAYA,) if acknowledged else (),
        resolved_by=_MAYA if resolved else None,
    )
