"""Accounts and stacks with one fault each, for the doctor to find."""

from __future__ import annotations

from tests.cli.accounts import Accounts
from tests.cli.conftest import STACK


def archived(accounts: Accounts) -> None:
    channel = {"name": "incidents", "archived": True, "creator": "U0SANDBOXBU"}
    accounts.seed(channels=[channel])


def only_in_slack(accounts: Accounts) -> None:
    accounts.sandbox.vendors["slack"].seed({"people": [{"name": "Tom", "email": "tom@acme.example"}]})
    accounts.cli.write(STACK.replace("members: [maya]", "members: [tom]").replace("people:\n", TOM))


def only_in_pagerduty(accounts: Accounts) -> None:
    accounts.sandbox.vendors["pagerduty"].seed({"people": [{"name": "Tom", "email": "tom@acme.example"}]})


def unwritable(accounts: Accounts) -> None:
    accounts.patch.setenv("PDSLACK_SECRET_FILE", str(accounts.cli.folder / "pdslack.yaml" / "secrets.json"))


def applied_and_forgotten(accounts: Accounts) -> None:
    accounts.cli("apply", "--yes")
    (accounts.cli.folder / ".pdslack" / "secrets.json").unlink()


TOM = "people:\n  tom: tom@acme.example\n"
LEFT = {"name": "Tom", "email": "tom@acme.example", "deleted": True}
MEMBER = STACK.replace("people:\n", TOM).replace(
    "description: Takes money}", "description: Takes money, members: {manager: [tom]}}"
)
LOW = STACK + """\
schedules: {primary: {lookup: true}}
escalation_policies:
  payments: {levels: [{notify: [person/maya]}]}
services:
  api: {escalation_policy: payments, urgency: low}
  cards:
    escalation_policy: payments
    support_hours: {time_zone: Europe/Berlin, days: mon-fri, from: "08:00", to: "20:00"}
"""  # fmt: skip
PRIORITY = STACK.replace("urgency: high}", "priorities: [P1]}")
WEBHOOK = (
    STACK + "webhooks: {sync: {url: 'https://sync.acme.example/x', from: account, events: ['incident.*']}}\n"
)
WAR_ROOM = STACK.replace("notification_rules:", "  war-room: {lookup: true}\nnotification_rules:")
PRIVATE = {"name": "war-room", "private": True}
