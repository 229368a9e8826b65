"""The audit log: a JSON line when a step starts, and one when it has ended.

If no second line follows, the run was killed, and nobody knows what it did. Where that may be an object of
which the vendor would accept a second one, lists need not show it yet: the next run that writes waits until
they do, and notes that it looked. What no list shows has a line as soon as its id is known.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from pdslack_cli.clients.http.call_log import ApiCall
from pdslack_cli.config.sources.files import append_text, make_folder_of, open_regular, read_lines
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.concurrent_creates import may_be_created_twice
from pdslack_cli.engine.order import Phase, PlanStep
from pdslack_cli.engine.report import Result, StepOutcome
from pdslack_cli.engine.storage.recent import ObjectId, RecentWrites, State, state_before
from pdslack_cli.errors import ApiError, OutcomeUnknownError, PdslackError
from pdslack_cli.kinds import EXTENDED_NAMED
from pdslack_cli.kinds.fields.scalars import KEY_PATTERN
from pdslack_cli.model import Creation, Ref

AUDIT_FILE = ".pdslack/audit.jsonl"
RECENT = timedelta(minutes=1)
LONGEST_STEP = timedelta(minutes=5)  # with all retries and waits
STARTED = "started"
MADE = "made"  # and not finished yet
SETTLED = "looked for"
_CREATING = {Action.CREATE.name.lower(), Action.REPLACE.name.lower()}
TAIL = 2_000_000  # bytes, more than a minute's work writes


class AuditLog:
    """Appends to a file beside the stack; `who` is the CI actor or the local user.

    `sandbox` names the state of the sandbox that the run acts on, empty for real accounts. What is read back
    is of that state alone: a sandbox that was emptied has nothing of before, and real accounts never had it.
    `owner` is that of the stack: those of several owners may lie in one folder, and have the same refs.

    Calls and results arrive in the thread that made them, so the request ids collected per thread belong to
    the step that the thread finishes.
    """

    def __init__(self, path: Path, environ: Mapping[str, str], sandbox: str = "", owner: str = "") -> None:
        self.path = path
        self.sandbox, self.owner = sandbox, owner
        self.who = environ.get("GITHUB_ACTOR") or environ.get("GITLAB_USER_LOGIN") or _local_user()
        self._thread = threading.local()

    def note(self, call: ApiCall) -> None:
        """Remember a write until its step ends; record at once what it made and no list shows."""
        if call.method == "GET":
            return
        noted = self._noted()
        noted.made += call.made
        if call.made and noted.step and noted.step.change.kind.known_by_id_alone:
            with suppress(PdslackError):  # told when the step began
                self._append({**self._line(noted.step, MADE), "made": [*call.made]})
        if call.request_id:
            noted.requests.append(call.request_id)
        if call.removed:
            noted.removed.append(call.removed)

    def watch(self, event: PlanStep | Result) -> None:
        """Record each step as it begins and as it ends."""
        if isinstance(event, Result):
            self.record(event)
        else:
            self._noted().step = event
            creates = event.phase is Phase.GROW and _may_create_twice(event.change)
            more = {"creates": creates, "before": state_before(event)}
            self._append(self._line(event, STARTED) | {name: value for name, value in more.items() if value})

    @contextmanager
    def recorded(self, change: Change) -> Iterator[None]:
        """Context manager: record a change that a command makes outside of an apply.

        Raises PdslackError before it begins if the log cannot be written. What interrupts it leaves no line.
        """
        step = PlanStep(change, Phase.GROW)
        self.watch(step)
        try:
            yield
        except PdslackError as error:
            unknown = isinstance(error, OutcomeUnknownError)
            outcome = StepOutcome.UNKNOWN if unknown else StepOutcome.FAILED
            with suppress(PdslackError):
                self.record(Result(step, outcome, error))
            raise
        with suppress(PdslackError):
            self.record(Result(step, StepOutcome.DONE))

    def record(self, result: Result) -> None:
        """Append the result of a step; steps that never started leave no line. Raises PdslackError."""
        noted = self._noted()
        del self._thread.noted
        if result.outcome not in {StepOutcome.DONE, StepOutcome.FAILED, StepOutcome.UNKNOWN}:
            return
        line = {
            **self._line(result.step, result.outcome.value),
            "made": noted.made,
            "removed": noted.removed,
            "requests": noted.requests,
        }
        if isinstance(result.error, ApiError):
            line["error"] = f"{result.error.status} {result.error.code}".strip()
        elif result.error is not None:
            line["error"] = mask_tokens(str(result.error))
        self._append(line)

    def settle(self, refs: Iterable[Ref]) -> None:
        """Note that what a killed run may have created at these is looked for: no later run waits for it."""
        with suppress(PdslackError):  # then the next run looks for it once more
            for ref in refs:
                self._append(self._stamp(ref) | {"action": "read", "outcome": SETTLED})

    def _line(self, step: PlanStep, outcome: str) -> dict[str, Any]:
        live = step.change.live
        return {
            **self._stamp(step.change.ref),
            **({"id": live.id} if live else {}),
            "action": step.change.action.name.lower(),
            "step": step.phase.value,
            "fields": step.change.field_names,
            "outcome": outcome,
        }

    def _stamp(self, ref: Ref) -> dict[str, Any]:
        return {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": self.who,
            **({"sandbox": self.sandbox} if self.sandbox else {}),
            **({"owner": self.owner} if self.owner else {}),
            "ref": _noted_ref(ref),
        }

    def _append(self, line: Mapping[str, Any]) -> None:
        try:
            make_folder_of(self.path)
            append_text(self.path, json.dumps(line) + "\n")
        except OSError as error:
            raise PdslackError(f"cannot write the audit log {self.path}: {error.strerror}") from None

    def past_runs(self) -> PastRuns:
        """Read what runs in this folder did from the last lines of their log."""
        return PastRuns(tuple(self._tail()), self.owner)

    def _tail(self) -> Iterator[_Line]:
        """The last lines about these accounts; lines that cannot be parsed, or of the future, are skipped."""
        if not self.path.is_file():
            return
        try:
            with open_regular(self.path) as file:
                file.seek(max(0, self.path.stat().st_size - TAIL))
                lines = (file.read(TAIL) or b"").splitlines()  # a file of /proc may have nothing yet
        except OSError:
            return
        latest = datetime.now(UTC) + RECENT  # another machine's clock may be ahead
        for line in lines:
            with suppress(ValidationError):
                parsed = _Line.model_validate_json(line)
                if parsed.sandbox == self.sandbox and parsed.time <= latest:
                    yield parsed

    def _noted(self) -> _Noted:
        if not hasattr(self._thread, "noted"):
            self._thread.noted = _Noted()
        noted: _Noted = self._thread.noted
        return noted


def read_log(path: Path) -> list[tuple[datetime, dict[str, Any]]]:
    """All lines of an audit log as they were written, with their times; those that are none are skipped.

    Raises PdslackError if there is a log that cannot be read.
    """
    found = []
    try:
        for line in read_lines(path) if os.path.lexists(path) else ():
            with suppress(ValidationError, ValueError):
                found.append((_Line.model_validate_json(line).time, json.loads(line)))
    except OSError as error:
        raise PdslackError(f"cannot read the audit log {path}: {error.strerror}") from None
    return found


@dataclass
class _Noted:
    """The notes about the calls of a step."""

    step: PlanStep | None = None
    requests: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class _Line(BaseModel):
    """The fields of a line that are read back."""

    model_config = ConfigDict(defer_build=True)

    time: AwareDatetime
    ref: str
    action: str
    id: str = ""
    outcome: str = ""
    sandbox: str = ""
    owner: str = ""
    creates: bool = False  # of one that starts: it may create what could be created twice
    fields: list[str] = []
    before: dict[str, str] = {}
    made: list[str] = []
    removed: list[str] = []

    @property
    def own(self) -> list[str]:
        """The id of the object itself, which is created before its parts."""
        return self.made[:1] if self.action in _CREATING else []


class PastCreation(NamedTuple):
    """What a run created, or began to: `id` is empty where it is unknown."""

    id: str = ""
    finished: bool = False


@dataclass(frozen=True)
class PastRuns:
    """What runs in a folder did to these accounts, by the last lines of their log."""

    lines: tuple[_Line, ...]
    owner: str = ""

    def _is_of_another(self, line: _Line) -> bool:
        """Whether the line is of the stack of another owner, of which a ref means another object."""
        return bool(line.owner and self.owner) and line.owner != self.owner

    def recently_made(self) -> Mapping[Ref, Mapping[str, frozenset[str]]]:
        """The ids that runs in this folder created within the last minute, by ref.

        The vendors' lists may not show them yet. With each id come the fields that the step wrote, none for
        the object itself: what a part made shows only where the part is read. A ref without ids is one at
        which a run was killed: it may have created something, whose id nobody knows.
        """
        now = datetime.now(UTC)
        oldest = now - RECENT
        made: dict[Ref, dict[str, frozenset[str]]] = {}
        started: dict[Ref, datetime] = {}
        for line in self.lines:
            kind, _, key = line.ref.partition("/")
            ref, another = Ref(kind, key), self._is_of_another(line)
            if line.outcome in {STARTED, MADE}:
                if line.creates and not another:
                    started[ref] = line.time
                continue
            ids = made.setdefault(ref, {})
            if another:
                ids.pop(line.id, None)  # changed or deleted, so that it was seen
            else:
                started.pop(ref, None)
                if line.action == Action.DELETE.name.lower():
                    ids.clear()
            for removed in line.removed:  # what has no mark is removed under another name than its key
                for others in made.values():
                    others.pop(removed, None)
            if line.time >= oldest:
                # Of another owner lists show the objects as well, which may be taken over, but not the parts.
                parts = [] if another else line.made
                ids |= dict.fromkeys(parts, frozenset(line.fields)) | dict.fromkeys(line.own, frozenset())
        killed: dict[Ref, Mapping[str, frozenset[str]]] = {
            ref: {} for ref, time in started.items() if time >= now - LONGEST_STEP
        }
        return {ref: ids for ref, ids in made.items() if ids} | killed

    def creation(self, ref: Ref) -> PastCreation | None:
        """The last creation at a ref of which something came, or may have come."""
        before = found = None
        for line in self.lines:
            if line.ref != str(ref) or line.action not in _CREATING or self._is_of_another(line):
                continue
            if line.outcome == STARTED:
                before, found = found, PastCreation()
            elif own := next((id_ for id_ in line.own if id_ not in line.removed), ""):
                found = PastCreation(own, line.outcome == StepOutcome.DONE.value)
            elif line.outcome != StepOutcome.UNKNOWN.value:
                found = before
        return found

    def recent_writes(self) -> RecentWrites:
        """What runs in this folder created, changed and deleted within the last minute.

        What failed counts as not done, and what a run was killed at, or whose answer was lost, as done.
        """
        oldest = datetime.now(UTC) - RECENT
        before: dict[ObjectId, State] = {}
        latest: dict[ObjectId, State] = {}  # of the last step that started: no two change one object at once
        for line in self.lines:
            key = line.ref.partition("/")[0], line.id
            if line.time < oldest or key[0] not in EXTENDED_NAMED:
                continue
            if line.outcome == STARTED:
                latest[key] = line.before
                before[key] = {**before.get(key, {}), **line.before}
            elif line.outcome == StepOutcome.FAILED.value:
                undone = latest.get(key, {})
                before[key] = {name: was for name, was in before.get(key, {}).items() if name not in undone}
        return RecentWrites(self.recently_made(), before)

    def created(self) -> Mapping[str, Creation]:
        """What runs in this folder created, by id, each for the entry that it belonged to last.

        Without what was removed or released since, or belongs to another owner.
        """
        found: dict[str, Creation] = {}
        of: dict[tuple[Ref, bool], set[str]] = defaultdict(set)  # by ref, and whether it is of another owner
        for line in self.lines:
            if line.outcome == STARTED:
                continue
            kind, _, key = line.ref.partition("/")
            ref, another = Ref(kind, key), self._is_of_another(line)
            ids = of[ref, another]
            if line.id in found:
                for whose in (True, False):
                    of[found[line.id].ref, whose].discard(line.id)
                found[line.id] = found[line.id]._replace(ref=ref)
                ids.add(line.id)
            if line.action == Action.RELEASE.name.lower():
                for id_ in ids:
                    found.pop(id_, None)
                ids.clear()
            for id_ in line.made:
                found[id_] = Creation(ref, line.time)
                ids.add(id_)
            for id_ in line.removed:
                found.pop(id_, None)
        own = {id_ for (_, another), ids in of.items() if not another for id_ in ids}
        return {id_: creation for id_, creation in found.items() if id_ in own}


def _noted_ref(ref: Ref) -> str:
    """The reference, which is read back; that of what has no entry has its live name, maybe with a secret."""
    return str(ref) if re.fullmatch(KEY_PATTERN, str(ref.key)) else mask_tokens(str(ref))


def _may_create_twice(change: Change) -> bool:
    """Whether the change may create what lists show, and of which the vendor would accept a second one."""
    kind = change.kind
    if kind.known_by_id_alone:  # a list shows its children
        return bool(set(change.fields) & kind.child_fields)
    return may_be_created_twice(change) or bool(set(change.fields) & kind.part_fields)


def _local_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return f"uid {os.getuid()}"
