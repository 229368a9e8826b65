"""The environment of a run, extended by `.env`.

A checkout is not trusted: anybody who may open a pull request may commit a `.env`. So it can set tokens and
`PDSLACK_VAR_…` only, but neither where these are sent nor which programs run.
"""

from __future__ import annotations

import io
import ipaddress
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from pdslack_cli.clients.settings import ALIASES, SecretName, Settings
from pdslack_cli.config.expand.variables import VARIABLE_PREFIX
from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.errors import ConfigError, Problem, Severity
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import host_of

_TOKENS = frozenset({*get_args(SecretName), *ALIASES.values()})
_OTHER_NAME = {**ALIASES, **{alias: name for name, alias in ALIASES.items()}}
_VENDOR_DOMAINS = ("pagerduty.com", "slack.com")


def read_environment(folder: Path, notices: list[Problem]) -> dict[str, str]:
    """Return the process's environment, extended by `.env` of that folder. Raises ConfigError.

    Other variables in `.env` are ignored and listed in `notices`. Tokens and variables are masked from now
    on.
    """
    environ = dict(os.environ)
    path = folder / ".env"
    written, unreadable = _read(path)
    for line in unreadable:
        message = f"line {line} of {path.name} is ignored: expected NAME=value"
        hint = "write one variable a line, and close quotes"
        notices.append(Problem(message, hint=hint, severity=Severity.WARNING))
    ignored = [name for name in written if not _may_set(name)]
    if ignored:
        hint = f"{path.name} may set only tokens and {VARIABLE_PREFIX}…; set others in the environment"
        message = f"{', '.join(ignored)} in {path.name} {'is' if len(ignored) == 1 else 'are'} ignored"
        notices.append(Problem(message, hint=hint, severity=Severity.WARNING))
    for name, value in written.items():
        # The other name of a token counts as well: a file must not replace what the environment gives.
        if _may_set(name) and not {name, _OTHER_NAME.get(name, name)} & os.environ.keys():
            environ[name] = value
    unreadable_values = [name for name in environ if _may_set(name) and not _is_text(environ[name])]
    if unreadable_values:
        message = f"{', '.join(unreadable_values)} in the environment: expected UTF-8 text, got other bytes"
        raise ConfigError([Problem(message, hint="set it in a shell that uses UTF-8")])
    add_secrets(secrets_in(environ))
    return environ


def _is_text(value: str) -> bool:
    """Return whether a value was UTF-8; Python keeps other bytes as halves of surrogate pairs."""
    return not any("\ud800" <= char <= "\udfff" for char in value)


def secrets_in(environ: Mapping[str, str]) -> list[str]:
    """Return the values that are never shown: tokens, and values of `${name}` variables."""
    return [value for name, value in environ.items() if _may_set(name)]


def variables_in(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values of `${name}` variables, by name."""
    return {
        name.removeprefix(VARIABLE_PREFIX): value
        for name, value in environ.items()
        if name.startswith(VARIABLE_PREFIX)
    }


def foreign_hosts(settings: Settings) -> list[str]:
    """Return a line for each host that is not the vendor's own: tokens and all data go there.

    It is a warning, except for this machine: there is a sandbox, and every command of it would warn.
    """
    urls = {
        "PAGERDUTY_API_URL": settings.pagerduty_api_url,
        "PAGERDUTY_APP_URL": settings.pagerduty_app_url,
        "PAGERDUTY_EVENTS_URL": settings.pagerduty_events_url,
        "SLACK_API_URL": settings.slack_api_url,
    }
    foreign: dict[str, list[str]] = {}
    for name, url in urls.items():
        parts = urlsplit(url)
        if not is_vendors_own(url):
            foreign.setdefault(f"{parts.scheme}://{parts.netloc}", []).append(name)
    return [_announced(host, names) for host, names in foreign.items()]


def _announced(host: str, names: Sequence[str]) -> str:
    if _is_loopback(host_of(host)):
        products = [product for product in ("PagerDuty", "Slack") if any(_is_of(product, n) for n in names)]
        return f"Note: {' and '.join(products)} {'is' if len(products) == 1 else 'are'} at {host}."
    return (
        f"Warning: {', '.join(names)}: requests and tokens go to {host}, which is not the vendor's own host"
    )


def _is_of(product: str, name: str) -> bool:
    return name.startswith(f"{product.upper()}_")


def _is_loopback(hostname: str) -> bool:
    try:
        return hostname == "localhost" or ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False


def is_vendors_own(url: str) -> bool:
    """Return whether a URL is at a vendor's own host."""
    parts = urlsplit(url)
    return parts.scheme == "https" and any(
        f".{parts.hostname}".endswith(f".{domain}") for domain in _VENDOR_DOMAINS
    )


def _may_set(name: str) -> bool:
    return name in _TOKENS or name.startswith(VARIABLE_PREFIX)


def _read(path: Path) -> tuple[Mapping[str, str], Sequence[int]]:
    """Return the variables of the file, and the numbers of the lines that are invalid."""
    try:
        text = read_bytes(path).decode()
    except FileNotFoundError:
        return {}, ()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        # Without its cause: a decoding error holds the content of the file.
        raise ConfigError([Problem(f"{path} cannot be read: {reason}")]) from None
    from dotenv.parser import parse_stream  # late: most runs have no such file

    # Not by `dotenv_values`, which logs in its own words, and reads the environment for `${NAME}` in a value.
    found = [*parse_stream(io.StringIO(text))]
    values = {one.key: one.value for one in found if one.key and one.value is not None}
    wrong = [one.original for one in found if one.error or (one.key and one.value is None)]
    # A statement begins with the empty lines before it.
    return values, [one.line + one.string[: -len(one.string.lstrip())].count("\n") for one in wrong]
