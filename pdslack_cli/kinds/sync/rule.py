"""Notification rules with `via: sync`: they exist in the file only, for the two-way service."""

from __future__ import annotations

from collections.abc import Mapping

from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.slack.channel_spec import refuse_elsewhere
from pdslack_cli.model import Ref


class SyncRules(Section[NotificationRule]):
    """Entries of `notification_rules` too, of which `NotificationRules` makes references of this kind."""

    name, spec = "sync_rule", NotificationRule

    @property
    def title(self) -> str:
        return "notification rule"

    def resolved(self, spec: NotificationRule, specs: Mapping[Ref, Resource]) -> NotificationRule:
        refuse_elsewhere("to", [spec.to], specs)
        refuse_elsewhere("fallback", [spec.fallback], specs)
        return spec
