"""The environment of a run, with what `.env` may add to it.

A checkout is not trusted: whoever may open a pull request may commit a `.env`. So it gives tokens and
`PDSLACK_VAR_…` only, and nothing that says where these are sent or what is run.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from dotenv import dotenv_values

from pdslack_cli.clients.settings import ALIASES, SecretName, Settings
from pdslack_cli.config.expand.variables import VARIABLE_PREFIX
from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.errors import ConfigError, Problem, Severity
from pdslack_cli.masking import add_secrets

_TOKENS = frozenset({*get_args(SecretName), *ALIASES.values()})
_OTHER_NAME = {**ALIASES, **{alias: name for name, alias in ALIASES.items()}}
_VENDOR_DOMAINS = ("pagerduty.com", "slack.com")


def read_environment(folder: Path, notices: list[Problem]) -> dict[str, str]:
    """The process's environment, and under it what `.env` in that folder may set. Raises ConfigError.

    What `.env` sets beside that is named in `notices`, and not used. Tokens and variables are masked from
    now on.
    """
    environ = dict(os.environ)
    path = folder / ".env"
    written = _read(path)
    ignored = [name for name in written if not _may_set(name)]
    if ignored:
        hint = f"{path.name} may set only tokens and {VARIABLE_PREFIX}…; set it in the environment"
        message = f"{', '.join(ignored)} in {path.name} is ignored"
        notices.append(Problem(message, hint=hint, severity=Severity.WARNING))
    for name, value in written.items():
        # The other name of a token counts as well: a file must not replace what the environment gives.
        if _may_set(name) and not {name, _OTHER_NAME.get(name, name)} & os.environ.keys():
            environ[name] = value
    add_secrets(secrets_in(environ))
    return environ


def secrets_in(environ: Mapping[str, str]) -> list[str]:
    """The values that are never shown: tokens, and what `${name}` stands for."""
    return [value for name, value in environ.items() if _may_set(name)]


def variables_in(environ: Mapping[str, str]) -> dict[str, str]:
    """What `${name}` stands for, by its name."""
    return {
        name.removeprefix(VARIABLE_PREFIX): value
        for name, value in environ.items()
        if name.startswith(VARIABLE_PREFIX)
    }


def foreign_hosts(settings: Settings) -> list[str]:
    """A sentence for each URL that is not the vendor's own: tokens and all data go there."""
    urls = {
        "PAGERDUTY_API_URL": settings.pagerduty_api_url,
        "PAGERDUTY_APP_URL": settings.pagerduty_app_url,
        "PAGERDUTY_EVENTS_URL": settings.pagerduty_events_url,
        "SLACK_API_URL": settings.slack_api_url,
    }
    foreign: dict[str, list[str]] = {}
    for name, url in urls.items():
        parts = urlsplit(url)
        own = parts.scheme == "https" and any(
            f".{parts.hostname}".endswith(f".{domain}") for domain in _VENDOR_DOMAINS
        )
        if not own:
            foreign.setdefault(f"{parts.scheme}://{parts.netloc}", []).append(name)
    return [
        f"{', '.join(names)}: requests and tokens go to {host}, which is not the vendor's own host"
        for host, names in foreign.items()
    ]


def _may_set(name: str) -> bool:
    return name in _TOKENS or name.startswith(VARIABLE_PREFIX)


def _read(path: Path) -> Mapping[str, str]:
    try:
        text = read_bytes(path).decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        # Without its cause: a decoding error holds the content of the file.
        raise ConfigError([Problem(f"{path} cannot be read: {reason}")]) from None
    # Without interpolation: `${AWS_SECRET_ACCESS_KEY}` in a value would read the environment for the file.
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}
