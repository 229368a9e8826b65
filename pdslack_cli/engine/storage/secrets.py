"""The secret store: where a secret goes that a vendor shows once, before its change counts as done.

Either a command of the user's (it gets one JSON object on standard input), or a file of mode 0600 that is
replaced whole. That it can be written is proved before the first call.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.matching import MatchStatus, resolve_ownership
from pdslack_cli.engine.storage.private_file import write_private
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Ref

DEFAULT_FILE = ".pdslack/secrets.json"
COMMAND_SECONDS = 30

_SECRETS = TypeAdapter(dict[str, dict[str, str]])


class SecretStoreError(PdslackError):
    """A secret could not be stored. The message never holds the secret."""

    hint = "set PDSLACK_SECRET_FILE or PDSLACK_SECRET_COMMAND to a place that works"


class SecretStore(Protocol):
    """What an apply needs of a store."""

    @property
    def place(self) -> str:
        """Where secrets are kept, for people."""

    def check_writable(self) -> None:
        """Raise SecretStoreError unless `keep` can be expected to work."""

    def store(self, ref: Ref, name: str, value: str) -> None:
        """Store a secret; raises SecretStoreError."""

    def has(self, ref: Ref, name: str) -> bool | None:
        """Whether the secret is stored; None where the store cannot tell."""


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
        add_secrets([value])
        with self._lock:
            secrets = self._read()
            secrets.setdefault(str(ref), {})[name] = value
            self._write(secrets)

    def has(self, ref: Ref, name: str) -> bool | None:
        with self._lock:
            return name in self._read().get(str(ref), {})

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
        add_secrets(value for values in secrets.values() for value in values.values())
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
        from shutil import which

        program = (self._words() or [""])[0]
        if which(program) is None:
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND: there is no command {program!r}")

    def _words(self) -> list[str]:
        try:
            return shlex.split(self.command)
        except ValueError as error:  # a quotation or an escape that does not end
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND is not a command line: {error}") from None

    def store(self, ref: Ref, name: str, value: str) -> None:
        add_secrets([value])
        message = json.dumps({"ref": str(ref), "name": name, "value": value})
        try:
            # The command is the operator's own, from the environment; no shell sees it.
            done = subprocess.run(  # noqa: S603
                self._words(),
                input=message,
                text=True,
                capture_output=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND failed: {type(error).__name__}") from None
        if done.returncode:
            # Its output may repeat the secret, so only the status is told.
            raise SecretStoreError(f"PDSLACK_SECRET_COMMAND failed with exit status {done.returncode}")

    def has(self, ref: Ref, name: str) -> bool | None:
        return None


def secret_store(environ: Mapping[str, str], folder: Path) -> SecretStore:
    """The store that the environment names, else the file beside the stack."""
    if environ.get("PDSLACK_SECRET_COMMAND"):
        return CommandStore(environ["PDSLACK_SECRET_COMMAND"])
    return FileStore(Path(environ.get("PDSLACK_SECRET_FILE") or folder / DEFAULT_FILE))


def lost_secrets(environ: Mapping[str, str], creates: Iterable[Ref]) -> Iterable[Problem]:
    """In CI the default file dies with the runner, so creating a secret there would lose it."""
    told = environ.get("PDSLACK_SECRET_COMMAND") or environ.get("PDSLACK_SECRET_FILE")
    if not environ.get("CI") or told:
        return
    for ref in creates:
        yield Problem(
            f"{ref} makes a secret that is shown once, and CI would throw the file away",
            hint="set PDSLACK_SECRET_COMMAND, or PDSLACK_SECRET_FILE to a file that is kept",
        )


def missing_secrets(stack: Stack, live: LiveState, store: SecretStore) -> Iterable[Problem]:
    """The objects whose secret, shown once, is not in the store: nobody could verify by it."""
    for ref, match in resolve_ownership(stack, live.objects).matches.items():
        kind = MANAGED_NAMED.get(ref.kind)
        name = kind.secret_name if kind else ""
        owned = match.live.owned if match.live else None
        if name and owned and owned.unfinished:
            message = f"{ref} exists, but no run confirmed that its {name} is stored"
            yield Problem(message, stack.location(ref), "the next apply replaces it by one with a new secret")
        elif name and match.match_status is MatchStatus.OURS and store.has(ref, name) is False:
            message = f"{ref} exists, but its {name} is not in the store"
            yield Problem(message, stack.location(ref), f"`pdslack rotate {ref}` makes a new one")
