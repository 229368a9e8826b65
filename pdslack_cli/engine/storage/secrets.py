"""The secret store: keeps secrets that a vendor shows only once. They are stored before a change is done.

Either a command (it gets one JSON object on standard input), or a file of mode 0600, replaced atomically.
Before the first call it is checked that the store can be written.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pdslack_cli.config.sources.files import read_bytes, write_private
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.match import MatchStatus
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Ref

DEFAULT_FILE = ".pdslack/secrets.json"
COMMAND_SECONDS = 30

_SECRETS = TypeAdapter(dict[str, dict[str, str]], config=ConfigDict(defer_build=True))


PUBLIC = frozenset({"app_id"})
"""Names of what the store keeps and what is no secret: it is part of addresses that people open."""


class SecretStoreError(PdslackError):
    """A secret could not be stored. The message never holds the secret."""

    hint = "set PDSLACK_SECRET_FILE to a writable file, or PDSLACK_SECRET_COMMAND to a working command"


class SecretStore(Protocol):
    """What an apply needs of a store."""

    @property
    def place(self) -> str:
        """Where secrets are stored, to show in messages."""

    def check_writable(self) -> None:
        """Raise SecretStoreError unless `store` can be expected to work."""

    def store(self, ref: Ref, name: str, value: str) -> None:
        """Store a secret; raises SecretStoreError."""

    def forget(self, ref: Ref, name: str) -> None:
        """Remove what is stored under this name, if the store can; raises SecretStoreError."""

    def has(self, ref: Ref, name: str) -> bool | None:
        """Whether the secret is stored; None if the store cannot know."""

    def all_of(self, kind: str, name: str) -> Sequence[str]:
        """The secrets of that name of all objects of a kind; none if the store cannot be asked."""


class FileStore:
    """Secrets in one JSON file: `{"webhook/sync": {"secret": "…"}}`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        return str(self.path)

    def check_writable(self) -> None:
        with self._lock:
            self._write(self._read())

    def store(self, ref: Ref, name: str, value: str) -> None:
        _hide({name: value})
        with self._lock:
            secrets = self._read()
            secrets.setdefault(str(ref), {})[name] = value
            self._write(secrets)

    def forget(self, ref: Ref, name: str) -> None:
        with self._lock:
            secrets = self._read()
            kept = secrets.get(str(ref), {})
            kept.pop(name, None)
            if not kept:
                secrets.pop(str(ref), None)
            self._write(secrets)

    def has(self, ref: Ref, name: str) -> bool | None:
        with self._lock:
            return name in self._read().get(str(ref), {})

    def all_of(self, kind: str, name: str) -> Sequence[str]:
        with self._lock:
            secrets = self._read()
        return [
            values[name] for ref, values in secrets.items() if ref.startswith(f"{kind}/") and name in values
        ]

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            secrets = _SECRETS.validate_json(read_bytes(self.path))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SecretStoreError(f"cannot read the secret store {self.path}: {error.strerror}") from None
        except ValidationError:  # whose text may repeat a secret
            raise SecretStoreError(
                f"cannot read the secret store {self.path}: expected "
                '{"KIND/KEY": {"NAME": "SECRET"}}, got something else'
            ) from None
        for values in secrets.values():
            _hide(values)
        return secrets

    def _write(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(self.path, json.dumps(secrets, indent=2, sort_keys=True))
        except OSError as error:
            raise SecretStoreError(f"cannot write the secret store {self.path}: {error.strerror}") from None


class CommandStore:
    """Secrets handed to a command, such as a vault's: `{"ref": …, "name": …, "value": …}` on its input."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.place = "the store of PDSLACK_SECRET_COMMAND"

    def check_writable(self) -> None:
        program = (self._command() or [""])[0]
        if shutil.which(program) is None:
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND: command not found: {program!r}")

    def _command(self) -> list[str]:
        try:
            return shlex.split(self.command)
        except ValueError as error:  # an unterminated quotation or escape
            raise SecretStoreError(f"cannot parse PDSLACK_SECRET_COMMAND: {error}") from None

    def store(self, ref: Ref, name: str, value: str) -> None:
        _hide({name: value})
        message = json.dumps({"ref": str(ref), "name": name, "value": value})
        try:
            # The command is the operator's own, from the environment; no shell sees it. Its output may repeat
            # the secret, be no text, or have no end: nothing reads it.
            done = subprocess.run(  # noqa: S603
                self._command(),
                input=message.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND did not end within {COMMAND_SECONDS} s") from None
        except OSError as error:
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND failed: {type(error).__name__}") from None
        if done.returncode:
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND failed with exit status {done.returncode}")

    def forget(self, ref: Ref, name: str) -> None:
        """Nothing: a command only stores."""

    def has(self, ref: Ref, name: str) -> bool | None:
        return None

    def all_of(self, kind: str, name: str) -> Sequence[str]:
        return ()


def secret_store(environ: Mapping[str, str], folder: Path) -> SecretStore:
    """The store configured in the environment, or the file beside the stack."""
    if environ.get("PDSLACK_SECRET_COMMAND"):
        return CommandStore(environ["PDSLACK_SECRET_COMMAND"])
    return FileStore(Path(environ.get("PDSLACK_SECRET_FILE") or folder / DEFAULT_FILE))


def _hide(values: Mapping[str, str]) -> None:
    """Mask these values from now on, except those that the store keeps and that are no secrets."""
    add_secrets(value for name, value in values.items() if name not in PUBLIC)


def secrets_lost_in_ci(environ: Mapping[str, str], creates: Iterable[Ref]) -> Iterable[Problem]:
    """Problems for secrets that would be lost: in CI the default file is deleted with the runner."""
    configured = environ.get("PDSLACK_SECRET_COMMAND") or environ.get("PDSLACK_SECRET_FILE")
    if not environ.get("CI") or configured:
        return
    for ref in creates:
        yield Problem(
            f"{ref} creates a secret that is shown only once, and CI would delete its file",
            hint="set PDSLACK_SECRET_COMMAND, or PDSLACK_SECRET_FILE to a persistent file",
        )


def missing_secrets(stack: Stack, live: LiveState, store: SecretStore) -> Iterable[Problem]:
    """Problems for objects whose secret is not in the store, so that nobody can use it."""
    for ref, match in resolve_ownership(stack, live.objects).matches.items():
        kind = MANAGED_NAMED.get(ref.kind)
        name = kind.secret_of(match.entry.spec) if kind else ""
        owned = match.live.owned if match.live else None
        if name and owned and owned.unfinished:
            message = f"{ref} exists, but no run confirmed that its {name} is stored"
            yield Problem(
                message, stack.location(ref), "the next apply replaces it with one that has a new secret"
            )
        elif name and match.match_status is MatchStatus.OURS and store.has(ref, name) is False:
            message = f"{ref} exists, but its {name} is not in the store"
            yield Problem(message, stack.location(ref), f"`pdslack rotate {ref}` creates a new one")
