"""All kinds, each after those it refers to: later ones are recognised by the ids of earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.catalogue import (
    AutomationActions,
    CustomFields,
    IncidentTypes,
    Priorities,
    Vendors,
    WorkflowActions,
)
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicies
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRules
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routings
from pdslack_cli.kinds.pagerduty.orchestration.rule_set import RuleSets
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedules
from pdslack_cli.kinds.pagerduty.service.service import Services
from pdslack_cli.kinds.pagerduty.team import Teams
from pdslack_cli.kinds.pagerduty.webhook import Webhooks
from pdslack_cli.kinds.pagerduty.workflow.workflow import Workflows
from pdslack_cli.kinds.people import People, SlackUsers
from pdslack_cli.kinds.slack.channel import Channels

KINDS: tuple[Section[Any], ...] = (
    People(),
    SlackUsers(),
    Priorities(),
    Vendors(),
    AutomationActions(),
    CustomFields(),
    IncidentTypes(),
    WorkflowActions(),
    Teams(),
    Schedules(),
    EscalationPolicies(),
    Services(),
    Routings(),
    RuleSets(),
    Channels(),
    NotificationRules(),
    Webhooks(),
    Workflows(),
)

KIND_NAMED: Mapping[str, Section[Any]] = {kind.name: kind for kind in KINDS}
