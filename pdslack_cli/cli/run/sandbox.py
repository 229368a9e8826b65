"""The sandbox of a stack: where its state is, opening and sharing it, and what is seeded."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pdslack_cli.cli.run.files import without_links
from pdslack_cli.config.sources.files import make_folder_of, refuse_irregular
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from pdslack_cli.sandbox.control.remote import RemoteSandbox
    from pdslack_cli.sandbox.server import Sandbox


SANDBOX_FILE = Path(".pdslack", "sandbox.sqlite")


def sandbox_folder(folder: Path) -> Path:
    """Return the folder of the sandbox of a stack: `folder`, or the current one; by default a new one.

    So the files that `export --sandbox --out FOLDER` writes are compared with the sandbox they came from.
    """
    here = without_links(Path())
    return folder if (folder / SANDBOX_FILE).exists() or not (here / SANDBOX_FILE).exists() else here


@contextmanager
def sandbox_environment(
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
        seed_sandbox(server, wanted, reset=reset)
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


def seed_sandbox(server: Sandbox | RemoteSandbox, wanted: Json, *, reset: bool = False) -> None:
    """Add what a stack expects to find, optionally to a sandbox that is emptied; raises PdslackError."""
    try:
        if reset:
            server.reset()
        server.seed(wanted)
    except ValueError as refused:
        raise PdslackError(f"the sandbox cannot hold what the stack looks up: {refused}") from refused
    except sqlite3.Error as error:  # such as of a full disk
        raise PdslackError(f"the sandbox cannot keep its state: {error}") from None


def open_sandbox(path: Path, port: int = 0) -> Sandbox:
    """Open the sandbox whose state is in that file; raises PdslackError on failure."""
    from pdslack_cli.sandbox.server import Sandbox  # late: werkzeug, and only for --sandbox

    try:
        make_folder_of(path)
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
