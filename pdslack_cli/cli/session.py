"""What commands that reach the vendors share: the stack, the clients, and the sandbox in their place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.settings import Region, Settings
from pdslack_cli.config.load import load
from pdslack_cli.config.sources.environment import foreign_hosts, read_environment
from pdslack_cli.config.sources.files import refuse_irregular
from pdslack_cli.config.stack import Stack
from pdslack_cli.config.suggest import suggest
from pdslack_cli.engine.storage.audit import AUDIT_FILE, AuditLog
from pdslack_cli.engine.storage.lock import exclusive_run
from pdslack_cli.engine.storage.secrets import SecretStore, secret_store
from pdslack_cli.engine.tokens import refuse_without_tokens
from pdslack_cli.errors import ConfigError, PdslackError, Problem, ProblemsError, Severity
from pdslack_cli.kinds import KIND_NAMED, MANAGED, READ_NAMED
from pdslack_cli.kinds.people import Person
from pdslack_cli.model import Json, Ref
from pdslack_cli.render.output.console import stderr
from pdslack_cli.render.output.safe import one_line
from pdslack_cli.render.output.streams import echo
from pdslack_cli.render.problems import print_problems

if TYPE_CHECKING:
    from pdslack_cli.sandbox.server import Sandbox


@dataclass(frozen=True)
class Context:
    """One run: its stack, its connections, its secret store, and the folder that the stack lies in."""

    stack: Stack
    clients: Clients
    secrets: SecretStore
    environ: Mapping[str, str]
    folder: Path
    sandboxed: bool
    audit: AuditLog

    @property
    def may_restore(self) -> frozenset[str]:
        """The kinds whose retired objects the tokens at hand can bring back."""
        return frozenset(kind.name for kind in MANAGED if kind.can_restore(self.clients))


SANDBOX_FILE = Path(".pdslack", "sandbox.sqlite")


def stack_folder(files: Sequence[Path] | None) -> Path:
    """The folder of the stack, which the run keeps its own files in (`.pdslack/`)."""
    first = (files or [Path()])[0]
    return first if first.is_dir() else first.parent


def sandbox_folder(folder: Path) -> Path:
    """Where the sandbox of a stack in `folder` is: there, or in the current folder; a new one is made there.

    So the files that `export --sandbox --out FOLDER` writes are compared with what they were exported from.
    """
    here = Path()
    return folder if (folder / SANDBOX_FILE).exists() or not (here / SANDBOX_FILE).exists() else here


def load_stack(files: Sequence[Path] | None) -> tuple[Stack, Mapping[str, str]]:
    environ = _read_environment()
    return load(files or [], environ), environ


def advice(stack: Stack) -> Sequence[Problem]:
    """What the lints find worth a look; raises ConfigError with all of it where some of it must be mended."""
    found = lint_stack(stack)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise ConfigError(found)
    return found


@contextmanager
def opened(
    files: Sequence[Path] | None,
    *,
    sandbox: bool,
    reset: bool = False,
    writes: bool = False,
    tokens_required: bool = True,
) -> Iterator[Context]:
    """Load the stack and connect, to the real accounts or to the sandbox; closes what it opened.

    Raises PdslackError where no token is set at all, unless the command itself says more about that.

    A command that `writes` waits until no other does in that folder: it then sees what that one made.
    """
    stack, environ = load_stack(files)
    folder = stack_folder(files)
    if sandbox:
        folder = sandbox_folder(folder)
    with (
        exclusive_run(folder, _say_waiting) if writes else nullcontext(),
        _environment(environ, folder, seeds(stack), sandbox=sandbox, reset=reset) as environ,
    ):
        audit = AuditLog(folder / AUDIT_FILE, environ)
        settings = _read_settings(environ, stack.header.pagerduty.region, sandbox=sandbox)
        if tokens_required:
            refuse_without_tokens(stack, settings)
        clients = connect(settings, workspace=stack.workspace, on_call=audit.note, paced=not sandbox)
        secrets = secret_store(environ, folder)
        yield Context(stack, clients, secrets, environ, folder, sandbox, audit)


@contextmanager
def connected(region: Region, workspace: str, folder: Path, *, sandbox: bool) -> Iterator[Clients]:
    """Connect without a stack, to the real accounts or to the sandbox that a stack in `folder` would use."""
    folder, wanted = sandbox_folder(folder), {"workspace": workspace}
    with _environment(_read_environment(), folder, wanted, sandbox=sandbox, reset=False) as environ:
        settings = _read_settings(environ, region, sandbox=sandbox)
        yield connect(settings, workspace=workspace, paced=not sandbox)


def _read_environment() -> Mapping[str, str]:
    """The environment with `.env` under it; what of `.env` is not used is told on standard error."""
    notices: list[Problem] = []
    environ = read_environment(Path.cwd(), notices)
    if notices:
        print_problems(notices, stderr())
    return environ


def _read_settings(environ: Mapping[str, str], region: Region, *, sandbox: bool) -> Settings:
    """How to reach the vendors; a host that is neither theirs nor the sandbox's is announced."""
    settings = Settings.read(environ, region)
    for sentence in [] if sandbox else foreign_hosts(settings):
        echo(one_line(f"Warning: {sentence}"), err=True)
    return settings


def _say_waiting() -> None:
    echo("Another run holds the lock on this stack; waiting for it to finish.", err=True)


@contextmanager
def _environment(
    environ: Mapping[str, str], folder: Path, wanted: Json, *, sandbox: bool, reset: bool
) -> Iterator[Mapping[str, str]]:
    if not sandbox:
        yield environ
        return
    from pdslack_cli.sandbox.server import past_proxies  # late, as in open_sandbox

    with (
        open_sandbox(folder / SANDBOX_FILE) as server,
        _exported(past_proxies(os.environ)),
    ):
        if reset:
            server.reset()
        try:
            server.seed(wanted)
        except ValueError as refused:
            raise PdslackError(f"the sandbox cannot hold what the stack looks up: {refused}") from refused
        yield {**environ, **server.environment()}


def open_sandbox(path: Path, port: int = 0) -> Sandbox:
    """The sandbox whose state is in that file; raises PdslackError where it cannot be."""
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
    """HTTP libraries look for proxies in the process's own environment, so there it is changed meanwhile."""
    before = {name: os.environ[name] for name in variables if name in os.environ}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
        os.environ.update(before)


# What the sandbox calls a section where PagerDuty's own lists have a shorter word.
SEED_WORDS = {
    "routing": "event_orchestrations",
    "automation_action": "automation_actions",
    "custom_field": "custom_fields",
    "incident_type": "incident_types",
}


def seeds(stack: Stack) -> Json:
    """What the sandbox must know beforehand: people, look-ups, the workspace; nothing that apply makes."""
    names: dict[str, list[str]] = {}
    people = []
    for ref, entry in stack.entries.items():
        if isinstance(entry.spec, Person):
            person = {"name": ref.key, "email": entry.spec.email, "slack": entry.spec.slack}
            people.append({word: value for word, value in person.items() if value})
        elif entry.spec.lookup and not entry.spec.id and ref.kind in READ_NAMED:
            word = SEED_WORDS.get(ref.kind, READ_NAMED[ref.kind].plural)
            names.setdefault(word, []).append(str(entry.spec.name))
    return {**names, "people": people, "workspace": stack.workspace}


def parse_refs(stack: Stack, texts: Sequence[str] | None) -> list[Ref]:
    """The refs that `--only` names, also by patterns; raises ProblemsError for what matches none."""
    refs: list[Ref] = []
    problems = []
    known = {str(ref): ref for ref in stack.wanted}
    for text in texts or ():
        kind, _, key = text.partition("/")
        if any(letter in text for letter in "*?["):
            matched = [ref for name, ref in known.items() if fnmatchcase(name, text)]
        else:
            matched = [ref for ref in [Ref(kind, key)] if ref in stack.entries]
        if not matched and kind not in KIND_NAMED and "*" not in kind:
            problems.append(
                Problem(f"{text!r} is not a reference", hint="write KIND/KEY, e.g. service/payments-api")
            )
        elif not matched:
            problems.append(Problem(f"the stack has no {text!r}", hint=suggest(text, known)))
        refs += matched
    if problems:
        raise ProblemsError(problems)
    return list(dict.fromkeys(refs))
