"""`pdslack serve`: the two-way service, until stopped."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.main import LONG_RUN
from pdslack_cli.cli.options import DATABASE, DatabaseUrl, Files, UseSandbox
from pdslack_cli.cli.run.files import load_stack
from pdslack_cli.cli.run.session import Context, opened
from pdslack_cli.clients.events import on_a_sandbox
from pdslack_cli.clients.settings import Settings
from pdslack_cli.engine.slack_app.secrets import APP
from pdslack_cli.errors import PdslackError
from pdslack_cli.masking import add_secrets
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.output.streams import echo


class LogFormat(StrEnum):
    """How the log is written."""

    JSON = "json"
    TEXT = "text"


if TYPE_CHECKING:
    from pdslack_cli.config.stack import Stack
    from pdslack_cli.sync.service import SyncService

NEEDED = ("sqlalchemy", "psycopg", "starlette", "uvicorn", "slack_bolt", "aiohttp", "prometheus_client")


Host = Annotated[str, typer.Option("--host", help="The address to listen on.", envvar="PDSLACK_HOST")]
Port = Annotated[
    int, typer.Option("--port", help="0 chooses a free one.", envvar="PDSLACK_PORT", min=0, max=65535)
]
SocketModeFlag = Annotated[
    bool | None,
    typer.Option(
        "--socket-mode/--no-socket-mode",
        help="Connect to Slack, which then needs no public address.",
        envvar="PDSLACK_SOCKET_MODE",
        show_default="if SLACK_APP_TOKEN is set",
    ),
]
LogAs = Annotated[
    LogFormat | None,
    typer.Option(
        "--log-format",
        help="How to write the log.",
        envvar="PDSLACK_LOG_FORMAT",
        show_default="text on a terminal, else json",
    ),
]


def serve(
    files: Files = None,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    database: DatabaseUrl = "",
    socket_mode: SocketModeFlag = None,
    log_format: LogAs = None,
    sandbox: UseSandbox = False,
) -> None:
    with reported_errors(files=files, command="serve"):
        require_extra()
        from pdslack_cli.sync.operate.logs import log_to_stderr  # late: a part of the service

        format_ = log_format or LogFormat("text" if sys.stderr.isatty() else "json")
        with opened(files, sandbox=sandbox, shared=True) as context, log_to_stderr(format_.value):
            _run(_service(context, host, port, database, socket_mode), context, files)


def require_extra() -> None:
    """Raise PdslackError where the packages of the service are not installed."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        error = PdslackError(f"this needs packages that are not installed: {', '.join(missing)}")
        error.hint = "install them: pip install 'pdslack-cli[serve]'"
        raise error


def _service(context: Context, host: str, port: int, database: str, socket_mode: bool | None) -> SyncService:
    from pdslack_cli.sync.service import ServiceSettings, SyncService  # late: the extra
    from pdslack_cli.sync.storage.opening import open_database  # late: the extra

    settings = Settings.read(_with_app_secret(context), context.stack.header.pagerduty.region)
    if socket_mode is None:  # the sandbox has every token, and reaches any address of this machine
        socket_mode = settings.has("SLACK_APP_TOKEN") and not on_a_sandbox(settings)
    for name in ("PAGERDUTY_API_KEY", "SLACK_BOT_TOKEN"):
        settings.secret(name)
    settings.secret("SLACK_APP_TOKEN" if socket_mode else "SLACK_SIGNING_SECRET")
    how = ServiceSettings(
        settings,
        _webhook_secrets(context, context.environ),
        host,
        port,
        socket_mode=socket_mode,
        status_token=_status_token(context),
        stored_secrets=partial(context.secrets.all_of, "webhook", "secret"),
    )
    if not context.stack.of_kind("sync_rule"):
        echo(
            "Warning: no notification rule has `via: sync`, so nothing is posted: add it to one, and apply",
            err=True,
        )
    if not how.webhook_secrets and not on_a_sandbox(settings):
        error = PdslackError(
            "there is no signing secret of a webhook, so no event of PagerDuty can be trusted"
        )
        error.hint = (
            "add a webhook to the file whose url ends with /pagerduty/webhook and apply, "
            "or set PAGERDUTY_WEBHOOK_SECRET"
        )
        raise error
    return SyncService(context.stack, open_database(database, context.folder / DATABASE), how)


def _status_token(context: Context) -> str:
    token = context.environ.get("PDSLACK_STATUS_TOKEN", "")
    add_secrets([token] if token else [])
    return token


def _with_app_secret(context: Context) -> Mapping[str, str]:
    """The environment, under it the signing secret that `pdslack app --create` stored."""
    stored = context.secrets.read(APP, "signing_secret")
    return {**({"SLACK_SIGNING_SECRET": stored} if stored else {}), **context.environ}


def _webhook_secrets(context: Context, environ: Mapping[str, str]) -> list[str]:
    """The secrets of webhooks: those of the environment and those that `apply` stored."""
    settings = Settings.read(environ)
    given = settings.secret("PAGERDUTY_WEBHOOK_SECRET") if settings.has("PAGERDUTY_WEBHOOK_SECRET") else ""
    secrets = [secret for secret in given.split(",") if secret]
    add_secrets(secrets)
    return [*secrets, *context.secrets.all_of("webhook", "secret")]


def _run(service: SyncService, context: Context, files: list[Path] | None) -> None:
    stopped, reload_ = threading.Event(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    signal.signal(signal.SIGHUP, lambda *_: reload_.set())
    extra: list[str] = []
    settings = service.how.settings
    service.start()
    try:
        if on_a_sandbox(settings):
            extra.append(_connected(service))
            service.current.replace(context.stack, [*service.how.webhook_secrets, *extra])
            page = settings.pagerduty_events_url.removesuffix("/pagerduty-events")
            echo(f"the sandbox is at {page} (in a browser: send an event there)", err=True)
        # What is loaded now stays: a search for garbage in it would hold up an event for a tenth of a second.
        gc.collect()
        gc.freeze()
        gc.set_threshold(LONG_RUN)
        echo(f"pdslack serves on {service.url}; {service.database.name}; stop it with Ctrl-C", err=True)
        while not stopped.wait(0.2):
            if reload_.is_set():
                reload_.clear()
                _reload(service, context, files, extra)
    finally:
        if not service.stop():
            echo("not all work was finished in time; the next start takes it up", err=True)


def _connected(service: SyncService) -> str:
    from pdslack_cli.sync.operate.sandbox_wiring import connect_sandbox  # late: the extra

    how = service.how
    return connect_sandbox(how.settings, service.clients.pagerduty, service.url, socket_mode=how.socket_mode)


def _reload(service: SyncService, context: Context, files: list[Path] | None, extra: list[str]) -> None:
    """Read the files again; where they are invalid, those in force stay."""
    try:
        stack, environ = load_stack(files)
        if _accounts(stack) != _accounts(context.stack):
            raise PdslackError("`slack.workspace` and `pagerduty.region` take effect at the next start")
        service.current.replace(stack, [*_webhook_secrets(context, environ), *extra])
    except PdslackError as error:
        echo(safe_line(f"the files are not read again: {error}"), err=True)
    else:
        echo("the files were read again", err=True)


def _accounts(stack: Stack) -> tuple[str | None, str]:
    """The accounts that the clients of a running service are bound to."""
    return stack.workspace, stack.header.pagerduty.region
