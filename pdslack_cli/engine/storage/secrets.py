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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pdslack_cli.config.sources.files import make_folder_of, read_bytes, write_private
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.match import MatchStatus
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.engine.storage.lock import locked
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Ref

DEFAULT_FILE = ".pdslack/secrets.json"
COMMAND_SECONDS = 30

_SECRETS = TypeAdapter(dict[str, dict[str, str]], config=ConfigDict(defer_build=True))


OWNER, IN_SANDBOX = "owner", " (sandbox)"
"""Whose secrets these are; a sandbox of an owner is another one, so that a trial replaces nothing real."""

PUBLIC = frozenset({"app_id", OWNER})
"""Names of what the store keeps and what is no secret: an app's id is part of addresses that people open."""


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

    def carried_over(self, owner: str, old: Ref, ref: Ref) -> AbstractContextManager[bool]:
        """Context manager: keep under `ref` what is stored for an owner under an old ref, which ends with it.

        What fails in between leaves both. False if the store cannot read.
        """

    def forget(self, ref: Ref, name: str) -> None:
        """Remove what is stored under this name, if the store can; raises SecretStoreError."""

    def has(self, ref: Ref, name: str) -> bool | None:
        """Whether the secret is stored; None if the store cannot know."""

    def read(self, ref: Ref, name: str) -> str:
        """The secret; "" if there is none or the store cannot be asked."""

    def all_of(self, kind: str, name: str) -> Sequence[str]:
        """The secrets of that name of all objects of a kind, of all owners; none if it cannot be asked."""


class FileStore:
    """Secrets in one JSON file: `{"webhook/sync": {"secret": "…", "owner": "payments"}}`.

    Stacks of several owners may keep theirs in one file. Where two have an object of one ref, the second
    one's are under `OWNER:webhook/sync`. A file that is `shared` by folders has a lock of its own: the lock
    of a folder does not keep runs of others out.
    """

    def __init__(self, path: Path, owner: str = "", *, shared: bool = False) -> None:
        self.path = path
        self.owner = owner
        self._shared = shared
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        return str(self.path)

    def check_writable(self) -> None:
        with self._changing():
            pass

    def store(self, ref: Ref, name: str, value: str) -> None:
        _hide({name: value})
        with self._changing() as secrets:
            address = self._address(secrets, ref)
            kept = {**self._own(secrets.get(address, {})), name: value}
            kept.pop(OWNER, None)
            secrets[address] = {**kept, **({OWNER: self.owner} if self.owner else {})}

    @contextmanager
    def carried_over(self, owner: str, old: Ref, ref: Ref) -> Iterator[bool]:
        before = FileStore(self.path, owner + IN_SANDBOX * self.owner.endswith(IN_SANDBOX))
        with self._changing() as secrets:
            address = before._address(secrets, old)
            if kept := before._own(secrets.get(address, {})):
                kept = {**kept, OWNER: self.owner}
                secrets[self._address(secrets, ref)] = kept
        yield True
        if kept:
            with self._changing() as secrets:
                for left in (address, self._address(secrets, ref)):
                    secrets.pop(left, None)
                secrets[self._address(secrets, ref)] = kept  # where the old one was in its way, too

    def forget(self, ref: Ref, name: str) -> None:
        with self._changing() as secrets:
            address = self._address(secrets, ref)
            kept = self._own(secrets.get(address, {}))
            kept.pop(name, None)
            if not kept.keys() - {OWNER}:
                secrets.pop(address, None)

    def has(self, ref: Ref, name: str) -> bool | None:
        return bool(self.read(ref, name))

    def read(self, ref: Ref, name: str) -> str:
        with self._lock:
            secrets = self._read()
        return self._own(secrets.get(self._address(secrets, ref), {})).get(name, "")

    def all_of(self, kind: str, name: str) -> Sequence[str]:
        with self._lock:
            secrets = self._read()
        refs = {address: address.rpartition(":")[2] for address in secrets}
        return [
            values[name]
            for address, values in secrets.items()
            if refs[address].startswith(f"{kind}/") and name in values
        ]

    def _address(self, secrets: Mapping[str, Mapping[str, str]], ref: Ref) -> str:
        """Return where the file keeps what belongs to a ref. What is real takes a sandbox's place."""
        if (own := f"{self.owner}:{ref}") in secrets:  # also when the other owner's is there no more
            return own
        owner = self._owner_of(secrets.get(str(ref), {}))
        real, gives_way = not self.owner.endswith(IN_SANDBOX), owner.endswith(IN_SANDBOX)
        return str(ref) if owner == self.owner or (real and gives_way) else own

    def _own(self, values: dict[str, str]) -> dict[str, str]:
        """Return these values, or none where they are another owner's."""
        return values if self._owner_of(values) == self.owner else {}

    def _owner_of(self, values: Mapping[str, str]) -> str:
        """Return whose values these are. What has no owner, as in files of before, is real."""
        return values.get(OWNER, self.owner.removesuffix(IN_SANDBOX) if values else self.owner)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, dict[str, str]]]:
        """Context manager: all secrets, written back at its end."""
        self._read()  # what is wrong with its path is told of the store, and not of its lock
        with self._lock, locked(Path(f"{self.path}.lock")) if self._shared else nullcontext():
            secrets = self._read()
            yield secrets
            self._write(secrets)

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
            make_folder_of(self.path)
            write_private(self.path, json.dumps(dict(sorted(secrets.items())), indent=2))
        except OSError as error:
            raise SecretStoreError(f"cannot write the secret store {self.path}: {error.strerror}") from None


class CommandStore:
    """Secrets handed to a command, such as a vault's: `{"ref": …, "name": …, "value": …, "owner": …}`."""

    def __init__(self, command: str, owner: str = "") -> None:
        self.command = command
        self.owner = owner
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
        whose = {OWNER: self.owner} if self.owner else {}
        message = json.dumps({"ref": str(ref), "name": name, "value": value, **whose})
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

    def carried_over(self, owner: str, old: Ref, ref: Ref) -> AbstractContextManager[bool]:
        return nullcontext(False)  # a command only stores

    def forget(self, ref: Ref, name: str) -> None:
        """Nothing: a command only stores."""

    def has(self, ref: Ref, name: str) -> bool | None:
        return None

    def read(self, ref: Ref, name: str) -> str:
        return ""

    def all_of(self, kind: str, name: str) -> Sequence[str]:
        return ()


def secret_store(
    environ: Mapping[str, str], folder: Path, owner: str = "", *, sandbox: bool = False
) -> SecretStore:
    """The store configured in the environment, or the file beside the stack, as it is for an owner."""
    owner += IN_SANDBOX if sandbox else ""
    if environ.get("PDSLACK_SECRET_COMMAND"):
        return CommandStore(environ["PDSLACK_SECRET_COMMAND"], owner)
    if named := environ.get("PDSLACK_SECRET_FILE"):
        return FileStore(Path(named), owner, shared=True)
    return FileStore(folder / DEFAULT_FILE, owner)


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
        elif name and owned and match.match_status is MatchStatus.OURS:
            # Until a new key is applied, the store has it under the one before.
            if any(store.has(known, name) is not False for known in (ref, Ref(ref.kind, owned.key))):
                continue
            message = f"{ref} exists, but its {name} is not in the store"
            yield Problem(message, stack.location(ref), f"`pdslack rotate {ref}` creates a new one")
