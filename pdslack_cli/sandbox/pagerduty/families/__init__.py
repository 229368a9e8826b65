"""Every family of PagerDuty's API that the sandbox knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from werkzeug.routing import Map

from pdslack_cli.sandbox.pagerduty.families import (
    account,
    catalogue,
    events,
    incident_types,
    paths,
    service_extras,
)
from pdslack_cli.sandbox.pagerduty.families.alert_grouping import AlertGroupingSettings
from pdslack_cli.sandbox.pagerduty.families.alerts import Alerts
from pdslack_cli.sandbox.pagerduty.families.automation import AutomationActions
from pdslack_cli.sandbox.pagerduty.families.cache_variables import CacheVariables
from pdslack_cli.sandbox.pagerduty.families.escalation_policies import EscalationPolicies
from pdslack_cli.sandbox.pagerduty.families.incidents import Incidents
from pdslack_cli.sandbox.pagerduty.families.integrations import Integrations
from pdslack_cli.sandbox.pagerduty.families.orchestrations import OrchestrationIntegrations, Orchestrations
from pdslack_cli.sandbox.pagerduty.families.schedules import Schedules
from pdslack_cli.sandbox.pagerduty.families.services import Services
from pdslack_cli.sandbox.pagerduty.families.slack_connections import SlackConnections
from pdslack_cli.sandbox.pagerduty.families.teams import Teams
from pdslack_cli.sandbox.pagerduty.families.triggers import WorkflowTriggers
from pdslack_cli.sandbox.pagerduty.families.users import ContactMethods, NotificationRules, Users
from pdslack_cli.sandbox.pagerduty.families.webhooks import WebhookSubscriptions
from pdslack_cli.sandbox.pagerduty.families.workflows import IncidentWorkflows, WorkflowActions
from pdslack_cli.sandbox.pagerduty.resource import Resource

ORCHESTRATION, SERVICE = "/event_orchestrations/<parent>", "/event_orchestrations/services/<parent>"

RESOURCES: Sequence[Resource] = (
    Teams(),
    Users(),
    ContactMethods(),
    NotificationRules(),
    Schedules(),
    EscalationPolicies(),
    Services(),
    Integrations(),
    service_extras.ServiceRules(),
    incident_types.CustomFields("service_field", "/services/custom_fields"),
    AlertGroupingSettings(),
    Orchestrations(),
    OrchestrationIntegrations(),
    CacheVariables("event_orchestration", f"{ORCHESTRATION}/cache_variables"),
    CacheVariables("service", f"{SERVICE}/cache_variables"),
    IncidentWorkflows(),
    WorkflowActions(),
    WorkflowTriggers(),
    WebhookSubscriptions(),
    SlackConnections(),
    Incidents(),
    Alerts(),
    incident_types.IncidentTypes(),
    incident_types.CustomFields(
        "incident_field", "/incidents/types/<parent>/custom_fields", parent="incident_type"
    ),
    AutomationActions(),
    catalogue.Priorities(),
    catalogue.Vendors(),
    catalogue.ExtensionSchemas(),
)

KINDS: Mapping[str, Resource] = {type_: kind for kind in RESOURCES for type_ in (kind.name, *kind.types)}
"""The resource behind each type that a reference may have."""

ROUTES = Map(
    [
        *chain.from_iterable(kind.rules() for kind in RESOURCES),
        *account.RULES,
        *catalogue.RULES,
        *events.RULES,
        *incident_types.RULES,
        *paths.RULES,
        *service_extras.RULES,
    ],
    default_subdomain="api",
    merge_slashes=False,
    redirect_defaults=False,
)
"""What each host answers: the REST API as `api`, the others under their own subdomain."""
