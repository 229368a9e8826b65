"""Notification rules with `via: sync`: they exist in the file only, for the two-way service."""

from __future__ import annotations

from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule


class SyncRules(Section[NotificationRule]):
    """Entries of `notification_rules` too, of which `NotificationRules` makes references of this kind."""

    name, spec = "sync_rule", NotificationRule

    @property
    def title(self) -> str:
        return "notification rule"
