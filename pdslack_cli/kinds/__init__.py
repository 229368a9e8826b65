"""The registry of all kinds, in dependency order: each kind comes after the kinds that it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pdslack_cli.kinds.base.kind import Kind, LookupKind
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.catalogue import (
    ExtensionSchemas,
    Priorities,
    Vendors,
    WorkflowActions,
)
from pdslack_cli.kinds.pagerduty.automation.action import AutomationActions
from pdslack_cli.kinds.pagerduty.automation.runner import AutomationRunners
from pdslack_cli.kinds.pagerduty.business_service import BusinessServices
from pdslack_cli.kinds.pagerduty.custom_fields.service_custom_field import ServiceCustomFields
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicies
from pdslack_cli.kinds.pagerduty.grouping.shared_grouping import SharedGroupings
from pdslack_cli.kinds.pagerduty.incident.incident_custom_field import IncidentCustomFields
from pdslack_cli.kinds.pagerduty.incident.incident_type import IncidentTypes
from pdslack_cli.kinds.pagerduty.incident.status_update_template import StatusUpdateTemplates
from pdslack_cli.kinds.pagerduty.maintenance_window import MaintenanceWindows
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRules
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routings
from pdslack_cli.kinds.pagerduty.orchestration.rule_set import RuleSets
from pdslack_cli.kinds.pagerduty.outbound.addon import Addons
from pdslack_cli.kinds.pagerduty.outbound.extension import Extensions
from pdslack_cli.kinds.pagerduty.outbound.oauth_client import OAuthClients
from pdslack_cli.kinds.pagerduty.outbound.webhook import Webhooks
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedules
from pdslack_cli.kinds.pagerduty.service.service import Services
from pdslack_cli.kinds.pagerduty.shifts.shift_schedule import ShiftSchedules
from pdslack_cli.kinds.pagerduty.team import Teams
from pdslack_cli.kinds.pagerduty.workflow.workflow import Workflows
from pdslack_cli.kinds.people import People, SlackUsers
from pdslack_cli.kinds.slack.channel import Channels
from pdslack_cli.kinds.slack.user_group import UserGroups
from pdslack_cli.kinds.slack.workflow import SlackWorkflows
from pdslack_cli.kinds.sync.message import Messages
from pdslack_cli.kinds.sync.rule import SyncRules
from pdslack_cli.model import Live, Ref

PEOPLE = People()

LOOKED_UP: tuple[LookupKind[Any], ...] = (
    PEOPLE,
    SlackUsers(),
    Priorities(),
    Vendors(),
    ExtensionSchemas(),
    WorkflowActions(),
)
"""The kinds that are found and referred to, and never created or deleted."""

MANAGED: tuple[Kind[Any], ...] = (
    Teams(),
    ShiftSchedules(),
    Schedules(),
    EscalationPolicies(),
    IncidentTypes(),
    IncidentCustomFields(),
    AutomationRunners(),
    AutomationActions(),
    ServiceCustomFields(),
    Services(),
    SharedGroupings(),
    BusinessServices(),
    MaintenanceWindows(),
    StatusUpdateTemplates(),
    Routings(),
    Channels(),
    UserGroups(),
    NotificationRules(),
    OAuthClients(),
    Webhooks(),
    Extensions(),
    Addons(),
    Workflows(),
)
"""The kinds that are created, changed and deleted."""

READ: tuple[LookupKind[Any], ...] = (*LOOKED_UP, *MANAGED)
"""The kinds that have live objects."""

KINDS: tuple[Section[Any], ...] = (*READ, RuleSets(), SyncRules(), Messages(), SlackWorkflows())
"""The kinds that a file may hold."""

KIND_NAMED: Mapping[str, Section[Any]] = {kind.name: kind for kind in KINDS}
READ_NAMED: Mapping[str, LookupKind[Any]] = {kind.name: kind for kind in READ}
MANAGED_NAMED: Mapping[str, Kind[Any]] = {kind.name: kind for kind in MANAGED}
EXTENDED_NAMED: Mapping[str, Kind[Any]] = {PEOPLE.name: PEOPLE, **MANAGED_NAMED}
"""The kinds of objects to which an entry that only looks one up can add something."""


def kind_of(one: Ref | Live) -> Kind[Any]:
    """Return the kind of an object that may change; raises KeyError for a kind that is only looked up."""
    return EXTENDED_NAMED[one.kind]
