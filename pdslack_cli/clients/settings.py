"""Settings of the clients: hosts and tokens, read once from environment variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, get_args

from pydantic import SecretStr

from pdslack_cli.clients.http.certificates import certificates
from pdslack_cli.errors import AuthError, ConfigError, Problem
from pdslack_cli.masking import MASK, add_secrets, mask_echo
from pdslack_cli.model import host_of

Region = Literal["us", "eu"]

SecretName = Literal[
    "PAGERDUTY_API_KEY",
    "PAGERDUTY_USER_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_USER_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_CONFIG_TOKEN",
    "SLACK_SIGNING_SECRET",
    "PAGERDUTY_WEBHOOK_SECRET",
]

ALIASES: Mapping[str, str] = {"PAGERDUTY_API_KEY": "PAGERDUTY_TOKEN", "SLACK_BOT_TOKEN": "SLACK_TOKEN"}

TOKEN_SOURCES: Mapping[SecretName, str] = {
    "PAGERDUTY_API_KEY": "an admin creates it under Integrations > API Access Keys",
    "PAGERDUTY_USER_TOKEN": "an admin who is linked to a Slack user creates it under User Settings",
    "SLACK_BOT_TOKEN": "it starts with xoxb- and is shown on api.slack.com/apps under OAuth & Permissions",
    "SLACK_USER_TOKEN": "it starts with xoxp- and is shown on api.slack.com/apps under OAuth & Permissions",
    "SLACK_APP_TOKEN": "it starts with xapp- and is shown on api.slack.com/apps under Basic Information",
    "SLACK_CONFIG_TOKEN": "it starts with xoxe. and is created on api.slack.com/apps, below the list of apps",
    "SLACK_SIGNING_SECRET": "it is shown on api.slack.com/apps under Basic Information",
    "PAGERDUTY_WEBHOOK_SECRET": "PagerDuty shows it once, when the webhook is created; several: with commas",
}

SLACK_API_URL = "https://slack.com/api"

# pagerduty.md 1.1
PAGERDUTY_URLS: Mapping[Region, Mapping[str, str]] = {
    "us": {
        "PAGERDUTY_API_URL": "https://api.pagerduty.com",
        "PAGERDUTY_APP_URL": "https://app.pagerduty.com",
        "PAGERDUTY_EVENTS_URL": "https://events.pagerduty.com/v2",
    },
    "eu": {
        "PAGERDUTY_API_URL": "https://api.eu.pagerduty.com",
        "PAGERDUTY_APP_URL": "https://app.eu.pagerduty.com",
        "PAGERDUTY_EVENTS_URL": "https://events.eu.pagerduty.com/v2",
    },
}


@dataclass(frozen=True)
class Settings:
    """How to reach both vendors. URLs have no slash at the end; `ca_bundle` is a file of certificates."""

    secrets: Mapping[SecretName, SecretStr]
    pagerduty_api_url: str
    pagerduty_app_url: str
    pagerduty_events_url: str
    slack_api_url: str
    ca_bundle: str | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str], region: Region = "us") -> Self:
        """Read the settings; hosts default to the region's. Raises ConfigError with all malformed values."""
        problems: list[Problem] = []
        secrets = _read_secrets(environ, problems)
        add_secrets(secret.get_secret_value() for secret in secrets.values())
        defaults = {**PAGERDUTY_URLS[region], "SLACK_API_URL": SLACK_API_URL}
        urls = {name: _read_url(environ, name, default, problems) for name, default in defaults.items()}
        encrypted = any(url.startswith("https:") for url in urls.values())
        ca_bundle = _read_ca_bundle(environ, problems, encrypted=encrypted)
        if problems:
            raise ConfigError(problems)
        return cls(
            secrets=secrets,
            pagerduty_api_url=urls["PAGERDUTY_API_URL"],
            pagerduty_app_url=urls["PAGERDUTY_APP_URL"],
            pagerduty_events_url=urls["PAGERDUTY_EVENTS_URL"],
            slack_api_url=urls["SLACK_API_URL"],
            ca_bundle=ca_bundle,
        )

    def has(self, name: SecretName) -> bool:
        """Whether that secret is set."""
        return name in self.secrets

    def secret(self, name: SecretName) -> str:
        """The secret in the clear, to be sent and never kept. Raises AuthError where it is not set."""
        if name not in self.secrets:
            raise AuthError(
                f"{name} is not set",
                provider=name.partition("_")[0].lower(),
                hint=f"set it in the environment or in .env: {TOKEN_SOURCES[name]}; --sandbox needs none",
            )
        return self.secrets[name].get_secret_value()

    def mask(self, text: str) -> str:
        """Mask all secrets in a text that others wrote (a proxy's page may echo a header)."""
        for secret in self.secrets.values():
            text = text.replace(secret.get_secret_value(), MASK)
        return mask_echo(text)


def _read_secrets(environ: Mapping[str, str], problems: list[Problem]) -> dict[SecretName, SecretStr]:
    secrets: dict[SecretName, SecretStr] = {}
    for name in get_args(SecretName):
        spelled = name if environ.get(name, "").strip() else ALIASES.get(name, name)
        value = environ.get(spelled, "").strip()
        if not value:
            continue
        # Sent in a header: the HTTP libraries refuse other characters with an error that shows the value.
        if not re.fullmatch(r"[!-~]+", value):
            problems.append(
                Problem(
                    f"{spelled} contains a space or another character that is invalid in a token",
                    hint="copy it again, without quotes or line breaks",
                )
            )
        secrets[name] = SecretStr(value)
    return secrets


def _read_url(environ: Mapping[str, str], name: str, default: str, problems: list[Problem]) -> str:
    url = environ.get(name, "").strip() or default
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", url) or not host_of(url):
        # The value is not shown: it may contain a password or a token.
        problems.append(
            Problem(f"{name} must be a URL without user, query or fragment", hint=f"for example {default}")
        )
    return url.rstrip("/")


def _read_ca_bundle(environ: Mapping[str, str], problems: list[Problem], *, encrypted: bool) -> str | None:
    """Return the file of certificates; where no host is `encrypted`, as in a sandbox, it is not read."""
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        path = environ.get(name)
        if path:
            try:
                if encrypted:
                    certificates(path)
            except OSError:
                hint = "set it to a file of certificates in PEM format"
                problems.append(Problem(f"{name}: cannot load certificates from {path!r}", hint=hint))
            return path
    return None
