"""What an account holds and no file can speak of: counted, so that nobody takes an export for the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pdslack_cli.kinds.base.kind import Provider
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

Listing = Callable[["Clients"], list[Json]]


def _pagerduty(path: str, wrapper: str, *, paged: bool = True) -> Listing:
    return lambda clients: clients.pagerduty.list(path, wrapper, paged=paged)


def _user_groups(clients: Clients) -> list[Json]:
    return clients.slack.list("usergroups.list", "usergroups")


UNMANAGED: Mapping[Provider, Mapping[str, Listing]] = {
    "pagerduty": {
        "business services": _pagerduty("/business_services", "business_services"),
        "extensions": _pagerduty("/extensions", "extensions"),
        "maintenance windows": _pagerduty("/maintenance_windows", "maintenance_windows"),
        "schedules with shifts (v3)": _pagerduty("/v3/schedules", "schedules"),
        "tags": _pagerduty("/tags", "tags"),
        "automation actions": _pagerduty("/automation_actions/actions", "actions"),
        "custom fields of services": _pagerduty("/services/custom_fields", "fields", paged=False),
    },
    "slack": {"user groups": _user_groups},
}
"""How to list them, by what they are called (pagerduty.md 4.2, 5.5, 6, 9.2, 10; slack.md 2.4)."""
