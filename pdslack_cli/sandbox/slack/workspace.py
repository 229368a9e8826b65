"""What every sandbox workspace has: its ids, its own app, and the tokens that open it."""

from __future__ import annotations

TEAM = "T0SANDBOX0"
DOMAIN = "sandbox"
ADMIN = "U0SANDBOXAD"
BOT_USER = "U0SANDBOXBU"
BOT = "B0SANDBOXBT"
APP = "A0SANDBOXAP"
PAGERDUTY_USER = "U0SANDBOXPD"
PAGERDUTY_BOT = "B0SANDBOXPD"
PAGERDUTY_APP = "A0SANDBOXPD"
GENERAL = "C0SANDBOXGE"
SLACKBOT = "USLACKBOT"

BOT_TOKEN = "xoxb-sandbox-bot"  # noqa: S105 - the sandbox's tokens are no secrets
USER_TOKEN = "xoxp-sandbox-admin"  # noqa: S105
APP_TOKEN = "xapp-sandbox-app"  # noqa: S105
CONFIG_TOKEN = "xoxe.xoxp-sandbox-config"  # noqa: S105
REFRESH_TOKEN = "xoxe-1-sandbox-refresh"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105

CONFIG_TOKEN_SECONDS = 12 * 60 * 60
