"""The context of a command that calls the vendors: stack, clients, secret store, audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pdslack_cli.analysis.needs import needs
from pdslack_cli.cli.run.files import current_environment, load_stack, stack_folder
from pdslack_cli.cli.run.sandbox import sandbox_environment, sandbox_folder
from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.settings import Region, Settings
from pdslack_cli.config.sources.environment import foreign_hosts
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.slack_app.secrets import AppSecrets, app_creations
from pdslack_cli.engine.storage.audit import AUDIT_FILE, AuditLog
from pdslack_cli.engine.storage.lock import exclusive_run
from pdslack_cli.engine.storage.secrets import SecretStore, secret_store
from pdslack_cli.engine.tokens import refuse_without_tokens
from pdslack_cli.kinds import MANAGED
from pdslack_cli.render.output.progress import Progress
from pdslack_cli.render.output.streams import echo
from pdslack_cli.visible import one_line


@dataclass(frozen=True)
class Context:
    """The context of a run: stack, connections, secret store, and the folder of the stack."""

    stack: Stack
    clients: Clients
    secrets: SecretStore
    environ: Mapping[str, str]
    folder: Path
    sandboxed: bool
    audit: AuditLog
    progress: Progress
    writes: bool = False  # and so it holds the lock of the folder

    @cached_property
    def app_secrets(self) -> AppSecrets:
        """What the secret store has of the Slack apps, and the log of what runs before this one made."""
        app, made = self.stack.header.slack_app, app_creations(self.audit.past_runs())
        return AppSecrets(self.secrets, app, self.environ, self.sandboxed, made)

    @property
    def may_restore(self) -> frozenset[str]:
        """The kinds whose archived objects the available tokens can restore."""
        return frozenset(kind.name for kind in MANAGED if kind.can_restore(self.clients))


@contextmanager
def opened(
    files: Sequence[Path] | None,
    *,
    sandbox: bool,
    reset: bool = False,
    writes: bool = False,
    tokens_required: bool = True,
    quiet: bool = False,
    shared: bool = False,
) -> Iterator[Context]:
    """Load the stack and connect, to the real accounts or to the sandbox; disconnect at the end.

    Raises PdslackError if no token is set, unless the command reports that itself.

    A command that `writes` waits for the lock of the folder, so that it sees what other runs created.
    While a command runs whose sandbox is `shared`, others with `--sandbox` use that one.
    """
    stack, environ = load_stack(files)
    folder = stack_folder(files)
    if sandbox:
        folder = sandbox_folder(folder)
    with (
        exclusive_run(folder, _print_waiting) if writes else nullcontext(),
        sandbox_environment(environ, folder, needs(stack), sandbox=sandbox, reset=reset, shared=shared) as (
            environ,
            state,
        ),
    ):
        audit = AuditLog(folder / AUDIT_FILE, environ, state, stack.owner)
        settings = _read_settings(environ, stack.header.pagerduty.region, sandbox=sandbox)
        if tokens_required:
            refuse_without_tokens(stack, settings)
        progress = Progress(quiet=quiet)
        clients = connect(
            settings,
            workspace=stack.workspace,
            elsewhere=stack.elsewhere,
            on_call=audit.note,
            on_wait=progress.waiting,
            paced=not sandbox,
        )
        secrets = secret_store(environ, folder, stack.owner, sandbox=sandbox)
        yield Context(stack, clients, secrets, environ, folder, sandbox, audit, progress, writes=writes)


@contextmanager
def connected(region: Region, workspace: str, folder: Path, *, sandbox: bool) -> Iterator[Clients]:
    """Connect without a stack, to the real accounts or to the sandbox of a stack in `folder`."""
    folder, wanted = sandbox_folder(folder), {"workspace": workspace}
    with sandbox_environment(current_environment(), folder, wanted, sandbox=sandbox, reset=False) as (
        environ,
        _,
    ):
        settings = _read_settings(environ, region, sandbox=sandbox)
        yield connect(settings, workspace=workspace, paced=not sandbox)


def _read_settings(environ: Mapping[str, str], region: Region, *, sandbox: bool) -> Settings:
    """Return the client settings; reports a host that is neither the vendor's nor the sandbox's."""
    settings = Settings.read(environ, region)
    for line in [] if sandbox else foreign_hosts(settings):
        echo(one_line(line), err=True)
    return settings


def _print_waiting() -> None:
    echo("Another run holds the lock on this stack; waiting for it to finish.", err=True)
