"""Every family of PagerDuty's API that the sandbox knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from pdslack_cli.sandbox.http import Routes
from pdslack_cli.sandbox.pagerduty.families.account import account, audit, catalogue
from pdslack_cli.sandbox.pagerduty.families.account.addons import AddonsApi
from pdslack_cli.sandbox.pagerduty.families.account.automation import (
    AutomationActionsApi,
    AutomationRunnersApi,
)
from pdslack_cli.sandbox.pagerduty.families.account.invocations import InvocationsApi
from pdslack_cli.sandbox.pagerduty.families.account.oauth_clients import OAuthClientsApi
from pdslack_cli.sandbox.pagerduty.families.account.tags import TagsApi
from pdslack_cli.sandbox.pagerduty.families.account.triggers import WorkflowTriggersApi
from pdslack_cli.sandbox.pagerduty.families.account.workflows import IncidentWorkflowsApi, WorkflowActionsApi
from pdslack_cli.sandbox.pagerduty.families.analytics import people, queries
from pdslack_cli.sandbox.pagerduty.families.incidents import (
    events,
    field_options,
    incident_actions,
    incident_types,
    likeness,
    pauses,
)
from pdslack_cli.sandbox.pagerduty.families.incidents.alerts import AlertsApi
from pdslack_cli.sandbox.pagerduty.families.incidents.change_events import ChangeEventsApi
from pdslack_cli.sandbox.pagerduty.families.incidents.incidents import IncidentsApi
from pdslack_cli.sandbox.pagerduty.families.incidents.log_entries import LogEntriesApi, NotificationsApi
from pdslack_cli.sandbox.pagerduty.families.incidents.templates import TemplatesApi
from pdslack_cli.sandbox.pagerduty.families.people import oncalls, shift_events, subscriptions
from pdslack_cli.sandbox.pagerduty.families.people.escalation_policies import EscalationPoliciesApi
from pdslack_cli.sandbox.pagerduty.families.people.oncalls import OverridesApi
from pdslack_cli.sandbox.pagerduty.families.people.schedules import SchedulesApi
from pdslack_cli.sandbox.pagerduty.families.people.shift_exceptions import CustomShiftsApi, ShiftOverridesApi
from pdslack_cli.sandbox.pagerduty.families.people.shift_schedules import ShiftRotationsApi, ShiftSchedulesApi
from pdslack_cli.sandbox.pagerduty.families.people.teams import TeamsApi
from pdslack_cli.sandbox.pagerduty.families.people.users import (
    ContactMethodsApi,
    HandoffRulesApi,
    NotificationRulesApi,
    StatusUpdateRulesApi,
    UsersApi,
)
from pdslack_cli.sandbox.pagerduty.families.rules import paths
from pdslack_cli.sandbox.pagerduty.families.rules.cache_variables import CacheVariablesApi
from pdslack_cli.sandbox.pagerduty.families.rules.orchestrations import (
    OrchestrationIntegrationsApi,
    OrchestrationsApi,
)
from pdslack_cli.sandbox.pagerduty.families.services import (
    dependencies,
    impacts,
    incident_channels,
    service_extras,
)
from pdslack_cli.sandbox.pagerduty.families.services.alert_grouping import AlertGroupingSettingsApi
from pdslack_cli.sandbox.pagerduty.families.services.business_services import BusinessServicesApi
from pdslack_cli.sandbox.pagerduty.families.services.extensions import ExtensionsApi
from pdslack_cli.sandbox.pagerduty.families.services.integrations import IntegrationsApi
from pdslack_cli.sandbox.pagerduty.families.services.maintenance import MaintenanceWindowsApi
from pdslack_cli.sandbox.pagerduty.families.services.services import ServicesApi
from pdslack_cli.sandbox.pagerduty.families.services.slack_connections import SlackConnectionsApi
from pdslack_cli.sandbox.pagerduty.families.services.webhooks import WebhookSubscriptionsApi
from pdslack_cli.sandbox.pagerduty.resource import RestResource

ORCHESTRATION, SERVICE = "/event_orchestrations/<parent>", "/event_orchestrations/services/<parent>"

FIELDS = (
    incident_types.CustomFieldsApi("service_field", "/services/custom_fields"),
    incident_types.CustomFieldsApi(
        "incident_field", "/incidents/types/<parent>/custom_fields", parent="incident_type"
    ),
)

RESOURCES: Sequence[RestResource] = (
    TeamsApi(),
    UsersApi(),
    ContactMethodsApi(),
    NotificationRulesApi(),
    HandoffRulesApi(),
    StatusUpdateRulesApi(),
    TagsApi(),
    SchedulesApi(),
    ShiftSchedulesApi(),
    ShiftRotationsApi(),
    ShiftOverridesApi(),
    CustomShiftsApi(),
    OverridesApi(),
    EscalationPoliciesApi(),
    ServicesApi(),
    BusinessServicesApi(),
    IntegrationsApi(),
    service_extras.ServiceRulesApi(),
    AlertGroupingSettingsApi(),
    OrchestrationsApi(),
    OrchestrationIntegrationsApi(),
    CacheVariablesApi("event_orchestration", f"{ORCHESTRATION}/cache_variables"),
    CacheVariablesApi("service", f"{SERVICE}/cache_variables"),
    IncidentWorkflowsApi(),
    WorkflowActionsApi(),
    WorkflowTriggersApi(),
    OAuthClientsApi(),
    WebhookSubscriptionsApi(),
    SlackConnectionsApi(),
    ExtensionsApi(),
    AddonsApi(),
    MaintenanceWindowsApi(),
    IncidentsApi(),
    AlertsApi(),
    ChangeEventsApi(),
    LogEntriesApi(),
    NotificationsApi(),
    incident_types.IncidentTypesApi(),
    *FIELDS,
    AutomationRunnersApi(),
    TemplatesApi(),
    AutomationActionsApi(),
    InvocationsApi(),
    catalogue.PrioritiesApi(),
    catalogue.VendorsApi(),
    catalogue.ExtensionSchemasApi(),
)

KINDS: Mapping[str, RestResource] = {type_: kind for kind in RESOURCES for type_ in (kind.name, *kind.types)}
"""The resource behind each type that a reference may have."""

ROUTES = Routes(
    [
        *chain.from_iterable(kind.rules() for kind in RESOURCES),
        *chain.from_iterable(map(field_options.rules, FIELDS)),
        *field_options.OLD_RULES,
        *account.RULES,
        *audit.RULES,
        *queries.RULES,
        *people.RULES,
        *catalogue.RULES,
        *events.RULES,
        *oncalls.RULES,
        *shift_events.RULES,
        *subscriptions.rules(),
        *incident_actions.RULES,
        *incident_types.RULES,
        *likeness.RULES,
        *pauses.RULES,
        *paths.RULES,
        *service_extras.RULES,
        *dependencies.RULES,
        *impacts.RULES,
        *incident_channels.rules(),
    ],
    default_subdomain="api",
    merge_slashes=False,
    redirect_defaults=False,
)
"""What each host answers: the REST API as `api`, the others under their own subdomain."""
