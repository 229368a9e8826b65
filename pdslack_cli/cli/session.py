"""The context of commands that call the vendors: the stack, the clients, and the sandbox if enabled."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.analysis.needs import needs
from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.settings import Region, Settings
from pdslack_cli.config.cases import load_cases_beside
from pdslack_cli.config.load import load, load_partly
from pdslack_cli.config.sources.beside import unread_inside
from pdslack_cli.config.sources.environment import foreign_hosts, read_environment
from pdslack_cli.config.sources.files import refuse_irregular
from pdslack_cli.config.sources.source import each_once
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.storage.audit import AUDIT_FILE, AuditLog
from pdslack_cli.engine.storage.lock import exclusive_run
from pdslack_cli.engine.storage.secrets import SecretStore, secret_store
from pdslack_cli.engine.tokens import refuse_without_tokens
from pdslack_cli.errors import ConfigError, PdslackError, Problem, ProblemsError, Severity
from pdslack_cli.kinds import KIND_NAMED, MANAGED
from pdslack_cli.model import Json, Ref
from pdslack_cli.render.output.console import stderr
from pdslack_cli.render.output.progress import Progress
from pdslack_cli.render.output.streams import echo
from pdslack_cli.render.problems import print_problems
from pdslack_cli.suggest import nearest, suggest
from pdslack_cli.visible import one_line

if TYPE_CHECKING:
    from pdslack_cli.sandbox.control.remote import RemoteSandbox
    from pdslack_cli.sandbox.server import Sandbox


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

    @property
    def may_restore(self) -> frozenset[str]:
        """The kinds whose archived objects the available tokens can restore."""
        return frozenset(kind.name for kind in MANAGED if kind.can_restore(self.clients))


SANDBOX_FILE = Path(".pdslack", "sandbox.sqlite")


def stack_folder(files: Sequence[Path] | None) -> Path:
    """The folder of the stack, where the run keeps its own files (`.pdslack/`)."""
    first = (files or [Path()])[0]
    return first if first.is_dir() else first.parent


def sandbox_folder(folder: Path) -> Path:
    """Return the folder of the sandbox of a stack: `folder`, or the current one; by default a new one.

    So the files that `export --sandbox --out FOLDER` writes are compared with the sandbox they came from.
    """
    here = Path()
    return folder if (folder / SANDBOX_FILE).exists() or not (here / SANDBOX_FILE).exists() else here


def load_stack(files: Sequence[Path] | None) -> tuple[Stack, Mapping[str, str]]:
    environ = _read_environment()
    return load(files or [], environ), environ


def check_files(files: Sequence[Path] | None) -> tuple[Stack, Sequence[Problem]]:
    """Return the stack and its lint warnings; raises ConfigError with all problems.

    If some entries are invalid, the lints of the others are reported as well.
    """
    environ = _read_environment()
    loaded = load_partly(files or [], environ)
    found = [*loaded.problems, *lint_stack(loaded.stack), *unread_inside(files or [])]
    try:
        load_cases_beside(files or [], environ, loaded.stack)
    except ConfigError as error:
        found += error.problems
    found = each_once(found)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise ConfigError(found)
    return loaded.stack, found


def advice(context: Context, files: Sequence[Path] | None) -> Sequence[Problem]:
    """Return the lint warnings and what was not read; raises ConfigError with all if some are errors.

    A sandbox has every word that the stack uses, so that it is not asked.
    """
    found = lint_stack(context.stack, asked=not context.sandboxed)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise ConfigError(found)
    return [*found, *unread_inside(files or [])]


def not_refused(warnings: Sequence[Problem], plan: Plan) -> Sequence[Problem]:
    """Return the warnings about other places than the plan's problems: each place is shown once."""
    refused = {problem.location for problem in plan.problems}
    return [one for one in warnings if one.location is None or one.location not in refused]


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
        _environment(environ, folder, needs(stack), sandbox=sandbox, reset=reset, shared=shared) as (
            environ,
            state,
        ),
    ):
        audit = AuditLog(folder / AUDIT_FILE, environ, state)
        settings = _read_settings(environ, stack.header.pagerduty.region, sandbox=sandbox)
        if tokens_required:
            refuse_without_tokens(stack, settings)
        clients = connect(
            settings,
            workspace=stack.workspace,
            elsewhere=stack.elsewhere,
            on_call=audit.note,
            paced=not sandbox,
        )
        secrets = secret_store(environ, folder)
        yield Context(stack, clients, secrets, environ, folder, sandbox, audit, Progress(quiet=quiet))


@contextmanager
def connected(region: Region, workspace: str, folder: Path, *, sandbox: bool) -> Iterator[Clients]:
    """Connect without a stack, to the real accounts or to the sandbox of a stack in `folder`."""
    folder, wanted = sandbox_folder(folder), {"workspace": workspace}
    with _environment(_read_environment(), folder, wanted, sandbox=sandbox, reset=False) as (environ, _):
        settings = _read_settings(environ, region, sandbox=sandbox)
        yield connect(settings, workspace=workspace, paced=not sandbox)


def _read_environment() -> Mapping[str, str]:
    """Return the environment with `.env` under it; unused settings of `.env` are reported on stderr."""
    notices: list[Problem] = []
    environ = read_environment(Path.cwd(), notices)
    if notices:
        print_problems(notices, stderr())
    return environ


def _read_settings(environ: Mapping[str, str], region: Region, *, sandbox: bool) -> Settings:
    """Return the client settings; reports a host that is neither the vendor's nor the sandbox's."""
    settings = Settings.read(environ, region)
    for line in [] if sandbox else foreign_hosts(settings):
        echo(one_line(line), err=True)
    return settings


def _print_waiting() -> None:
    echo("Another run holds the lock on this stack; waiting for it to finish.", err=True)


@contextmanager
def _environment(
    environ: Mapping[str, str],
    folder: Path,
    wanted: Json,
    *,
    sandbox: bool,
    reset: bool,
    shared: bool = False,
) -> Iterator[tuple[Mapping[str, str], str]]:
    """The environment of the run, and the name of the sandbox's state; that is empty for real accounts."""
    if not sandbox:
        yield environ, ""
        return
    from pdslack_cli.sandbox.server import past_proxies  # late, as in open_sandbox

    with (
        _running_sandbox(folder / SANDBOX_FILE, shared=shared) as server,
        _exported(past_proxies(os.environ)),
    ):
        if reset:
            server.reset()
        seed_sandbox(server, wanted)
        yield {**environ, **server.environment()}, server.state_id()


@contextmanager
def _running_sandbox(path: Path, *, shared: bool) -> Iterator[Sandbox | RemoteSandbox]:
    """Run the sandbox of a state file, or use the one that shares it; raises PdslackError on failure."""
    from pdslack_cli.sandbox.control.remote import RemoteSandbox  # late, as in open_sandbox

    if remote := RemoteSandbox.of(path):
        yield remote
        return
    server = open_sandbox(path)
    with server, announced(path, server) if shared else nullcontext():
        yield server


@contextmanager
def announced(path: Path, server: Sandbox) -> Iterator[None]:
    """Let other commands with `--sandbox` find this sandbox; raises PdslackError on failure."""
    from pdslack_cli.sandbox.control.remote import published  # late, as in open_sandbox

    with ExitStack() as stack:
        try:
            stack.enter_context(published(path, server.url))
        except OSError as error:
            raise PdslackError(f"cannot start the sandbox: {error.strerror} ({path.parent})") from None
        yield


def seed_sandbox(server: Sandbox | RemoteSandbox, wanted: Json) -> None:
    """Add what a stack expects to find; raises PdslackError for what an account cannot have."""
    try:
        server.seed(wanted)
    except ValueError as refused:
        raise PdslackError(f"the sandbox cannot hold what the stack looks up: {refused}") from refused


def open_sandbox(path: Path, port: int = 0) -> Sandbox:
    """Open the sandbox whose state is in that file; raises PdslackError on failure."""
    from pdslack_cli.sandbox.server import Sandbox  # late: werkzeug, and only for --sandbox

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        refuse_irregular(path)
        return Sandbox(str(path), port)
    except OSError as error:
        raise PdslackError(f"cannot start the sandbox: {error.strerror} ({path})") from None
    except sqlite3.Error as error:
        reason = "another sandbox uses it" if "locked" in str(error) else error
        unusable = PdslackError(f"cannot start the sandbox: {path}: {reason}")
        unusable.hint = (
            "stop the sandbox that uses the file, or delete the file: it contains only test accounts"
        )
        raise unusable from None


@contextmanager
def _exported(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables temporarily, because HTTP libraries read proxies from the process."""
    before = {name: os.environ[name] for name in variables if name in os.environ}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
        os.environ.update(before)


def parse_refs(stack: Stack, texts: Sequence[str] | None, more: Sequence[Ref] = ()) -> list[Ref]:
    """Parse the refs or patterns of `--only`; raises ProblemsError for those that match nothing.

    `more` can be named beside the entries.
    """
    refs: list[Ref] = []
    problems = []
    known = {str(ref): ref for ref in (*stack.wanted, *stack.extended, *more)}
    for text in texts or ():
        kind, _, key = text.partition("/")
        if any(letter in text for letter in "*?["):
            matched = [ref for name, ref in known.items() if fnmatchcase(name, text)]
        else:
            matched = [ref for ref in [Ref(kind, key)] if ref in stack.entries or ref in more]
        if not matched and kind not in KIND_NAMED and "*" not in kind:
            near = nearest(kind, KIND_NAMED) if key else ""
            hint = f"did you mean '{near}/{key}'?" if near else "write KIND/KEY, e.g. service/payments-api"
            problems.append(Problem(f"{text!r} is not a reference", hint=hint))
        elif not matched:
            problems.append(Problem(f"the stack has no {text!r}", hint=suggest(text, known)))
        refs += matched
    if problems:
        raise ProblemsError(problems)
    return list(dict.fromkeys(refs))
