"""Connect the sandbox with the service: its webhook, and where its Slack app listens."""

from __future__ import annotations

from pdslack_cli.clients.events import point_sandbox_app
from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.clients.settings import Settings
from pdslack_cli.kinds.pagerduty.outbound.webhook import FAMILIES

DESCRIPTION = "pdslack serve, in the sandbox"
PATH = "/webhook_subscriptions"


def connect_sandbox(
    settings: Settings, pagerduty: PagerDutyClient, url: str, *, socket_mode: bool = False
) -> str:
    """Send everything to that URL; returns the secret of the webhook. Earlier ones of ours are removed."""
    for known in pagerduty.list(PATH, "webhook_subscriptions"):
        if known.get("description") == DESCRIPTION:
            pagerduty.delete(f"{PATH}/{known['id']}")
    wanted = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": f"{url}/pagerduty/webhook"},
        "description": DESCRIPTION,
        "events": sorted(FAMILIES["incident.*"]),
        "filter": {"type": "account_reference"},
    }
    made = pagerduty.create(PATH, {"webhook_subscription": wanted})["webhook_subscription"]
    names = {"interactivity_url": "actions", "command_url": "commands", "events_url": "events"}
    if not socket_mode:
        point_sandbox_app(settings, {name: f"{url}/slack/{path}" for name, path in names.items()})
    return str(made["delivery_method"]["secret"])
