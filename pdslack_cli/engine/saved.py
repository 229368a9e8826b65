"""Saved plans: what was reviewed, so that an apply does exactly that or nothing.

An apply makes the plan again, from the same files and options. It goes on only where every change is still
the same, and where the objects that change, and those they refer to, are still as they were.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pdslack_cli.engine.change import Change, Plan
from pdslack_cli.engine.private_file import write_private
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.model import Json

KEY = "saved_plan"  # beside the field names of Terraform's JSON plan
REMEDY = "make the plan again, and have it reviewed again"


class _Saved(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(_Saved):
    """What a plan was asked for. `files` are relative to the working directory; none means the default."""

    files: tuple[str, ...] = ()
    adopt: bool = False
    delete: bool = True
    only: tuple[str, ...] = ()
    max_deletes: int | None = None
    delete_with_open_incidents: bool = False
    sandbox: bool = False


class Basis(_Saved):
    """What a plan stands on: its changes, and the objects they refer to as they were (`context`)."""

    owner: str
    changes: tuple[Json, ...] = ()
    context: dict[str, Json] = {}

    @classmethod
    def of(cls, plan: Plan) -> Basis:
        """What this plan stands on, in plain JSON values and without secrets."""
        return cls.model_validate_json(
            _canonical(
                {
                    "owner": plan.owner,
                    "changes": sorted(map(_facts, plan.changes), key=_canonical),
                    "context": {str(ref): words for ref, words in plan.context.items()},
                }
            )
        )

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of it all: two plans that have it in common do the same to the same objects."""
        return hashlib.sha256(_canonical(self.model_dump()).encode()).hexdigest()

    def moved(self, now: Basis) -> Iterator[str]:
        """What is no longer as it was, one sentence for each object."""
        was, is_ = _by_address(self.changes), _by_address(now.changes)
        for address in sorted(was.keys() | is_.keys()):
            if was.get(address) != is_.get(address):
                yield f"{address} {_moved(was.get(address, []), is_.get(address, []))}"
        for address in sorted(self.context.keys() & now.context.keys()):
            before, after = self.context[address], now.context[address]
            if before != after and was.get(address) == is_.get(address):
                yield f"{address}, which a change refers to, moved: {_differing(before, after)}"


class SavedPlan(_Saved):
    """What a file of a saved plan holds beside the plan for people and policies."""

    version: Literal[1] = 1
    request: Request
    basis: Basis

    def refuse_stale(self, now: Basis) -> Sequence[Problem]:
        """Why this plan may not be done any more; nothing where it may."""
        if self.basis == now:
            return []
        return [Problem("Saved plan is stale", hint=REMEDY), *map(Problem, self.basis.moved(now))]


def write_saved(path: Path, document: Json, saved: SavedPlan) -> None:
    """Write a plan's JSON document as a saved plan, for our eyes only; raises PdslackError."""
    if path.exists() and not path.is_file():
        raise PdslackError(f"cannot save the plan to {path}: it is not a file")
    text = json.dumps({**document, KEY: saved.model_dump(mode="json")}, indent=2, ensure_ascii=False)
    try:
        write_private(path, text + "\n")
    except OSError as error:
        raise PdslackError(f"cannot save the plan to {path}: {error.strerror}") from None


def read_saved(path: Path) -> SavedPlan | None:
    """The saved plan in a file, None where the file is something else; raises PdslackError."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not (isinstance(document, dict) and "format_version" in document and KEY in document):
        return None
    try:
        return SavedPlan.model_validate(document[KEY])
    except ValidationError:
        raise PdslackError(
            f"{path} is a saved plan that this version of pdslack cannot read; {REMEDY}"
        ) from None


def _facts(change: Change) -> Json:
    return {
        "address": str(change.ref),
        "action": change.action.name.lower(),
        "id": change.live.id if change.live else None,
        "fields": list(change.field_names),
        "before": change.before_words if change.before else None,
        "after": change.after_words if change.after else None,
    }


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _by_address(changes: Iterable[Json]) -> Mapping[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for change in changes:
        found.setdefault(change["address"], []).append(change)
    return found


def _moved(was: Sequence[Json], is_: Sequence[Json]) -> str:
    """How the changes of one object differ, in the words of a plan."""
    if not is_:
        return f"is no longer to be {_done(was[0])}"
    if not was:
        return f"is now to be {_done(is_[0])}, which the saved plan does not say"
    if len(was) != len(is_):
        return f"has {len(is_)} changes now, and had {len(was)}"
    before, after = next(pair for pair in zip(was, is_, strict=True) if pair[0] != pair[1])
    if before["action"] != after["action"]:
        return f"is now to be {_done(after)}, and was to be {_done(before)}"
    if before["id"] != after["id"]:
        return f"is another object now ({after['id']}, was {before['id']})"
    if before["before"] != after["before"]:
        return f"moved: {_differing(before['before'], after['before'])}"
    return f"is wanted otherwise now: {_differing(before['after'], after['after'])}"


def _done(change: Json) -> str:
    action: str = change["action"]
    return f"{action}d" if action.endswith("e") else f"{action}ed"


def _differing(before: Json, after: Json) -> str:
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return f"{', '.join(names)} changed" if names else "its mark changed"
