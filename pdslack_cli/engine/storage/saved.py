"""Saved plans: an apply does exactly what was reviewed, or nothing.

An apply makes the plan again, from the same files and options. It continues only if every change is still the
same, and if the changed objects and those they refer to are unchanged. A digest over the whole file keeps
what is shown and what is applied together: a file that was edited is neither shown nor applied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pdslack_cli.config.sources.files import open_regular, reported_writing, write_private
from pdslack_cli.engine.change import Change, Plan
from pdslack_cli.errors import PdslackError, Problem
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import Outsider
from pdslack_cli.masking import mask_secrets, mask_value
from pdslack_cli.model import Json, Ref

KEY = "saved_plan"  # beside the field names of Terraform's JSON plan
DIGEST = "digest"  # of everything else in the file
REMEDY = "make a new plan and have it reviewed"
FORMAT_VERSION = "1.2"  # of Terraform's JSON plan, which our documents follow


# The fields of a request, by the flag that changes each.
FLAGS: Mapping[str, str] = {
    "adopt": "--adopt",
    "delete": "--no-delete",
    "only": "--only",
    "max_deletes": "--max-deletes",
    "delete_with_open_incidents": "--delete-with-open-incidents",
    "sandbox": "--sandbox",
}


class _Saved(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PlanRequest(_Saved):
    """The arguments of a plan. `files` are relative to the working directory; empty means the default."""

    files: tuple[str, ...] = ()
    adopt: bool = False
    delete: bool = True
    only: tuple[str, ...] = ()
    max_deletes: int | None = None
    delete_with_open_incidents: bool = False
    sandbox: bool = False

    def arguments(self) -> Iterator[str]:
        """The command-line arguments that make the same plan."""
        for field, flag in FLAGS.items():
            value = getattr(self, field)
            if value == type(self).model_fields[field].default:
                continue
            if isinstance(value, bool):
                yield flag
            else:
                for each in value if isinstance(value, tuple) else (value,):
                    yield from (flag, str(each))
        yield from self.files


class ChangeFacts(_Saved):
    """A change as plain JSON values, without secrets."""

    address: str
    action: str
    id: str | None
    fields: tuple[str, ...]
    before: Json | None
    after: Json | None
    outsiders: tuple[
        str, ...
    ] = ()  # ids of what it refers to outside of the stack, where names may be shared

    @classmethod
    def of(cls, change: Change) -> ChangeFacts:
        return cls(
            address=_address(change.ref),
            action=change.action.name.lower(),
            id=change.live.id if change.live else None,
            fields=tuple(change.field_names),
            before=change.before_content if change.before else None,
            after=change.after_content if change.after else None,
            outsiders=tuple(sorted(_outsiders(change))),
        )

    @property
    def past_participle(self) -> str:
        """The action as a past participle: created, replaced."""
        return f"{self.action}d" if self.action.endswith("e") else f"{self.action}ed"


class Basis(_Saved):
    """What a plan depends on: its changes, and the objects they refer to as they were (`context`)."""

    owner: str
    changes: tuple[ChangeFacts, ...] = ()
    context: dict[str, Json] = {}

    @classmethod
    def of(cls, plan: Plan) -> Basis:
        """The basis of a plan, as plain JSON values and without secrets."""
        changes = [ChangeFacts.of(change).model_dump(mode="json") for change in plan.changes]
        return cls.model_validate_json(
            _canonical(
                {
                    "owner": plan.owner,
                    "changes": sorted(changes, key=_canonical),
                    "context": {_address(ref): content for ref, content in plan.context.items()},
                }
            )
        )

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the basis: two plans that share it do the same to the same objects."""
        return _digest(self.model_dump())

    def differences(self, now: Basis) -> Iterator[str]:
        """What differs from the plan made `now`, one sentence per object."""
        was, is_ = _by_address(self.changes), _by_address(now.changes)
        for address in sorted(was.keys() | is_.keys()):
            if was.get(address) != is_.get(address):
                yield f"{address} {_difference(was.get(address, []), is_.get(address, []))}"
        for address in sorted(self.context.keys() & now.context.keys()):
            before, after = self.context[address], now.context[address]
            if before != after and was.get(address) == is_.get(address):
                yield f"{address}, which a change refers to, has changed: {_differing(before, after)}"


class SavedPlan(_Saved):
    """The part of a saved plan's file that is read back, beside its JSON document."""

    version: Literal[1] = 1
    request: PlanRequest
    basis: Basis
    shown: Json  # what `pdslack show` prints; an apply does not read it

    def stale_problems(self, now: Basis) -> Sequence[Problem]:
        """Why this plan cannot be applied any more; empty if it can."""
        if self.basis == now:
            return []
        return [Problem("Saved plan is stale", hint=REMEDY), *map(Problem, self.basis.differences(now))]


def write_saved(path: Path, document: Json, saved: SavedPlan) -> None:
    """Write a plan's JSON document as a saved plan, readable by the user only; raises PdslackError."""
    content = mask_value({**document, KEY: saved.model_dump(mode="json")})
    with reported_writing(path):
        write_private(path, json.dumps({**content, DIGEST: _digest(content)}, indent=2) + "\n")


def read_saved(path: Path) -> SavedPlan | None:
    """The saved plan in a file, None where the file is something else; raises PdslackError."""
    found = read_saved_document(path)
    return found[1] if found else None


def read_saved_document(path: Path) -> tuple[Json, SavedPlan] | None:
    """The JSON document of a saved plan and the plan itself; as `read_saved`."""
    try:
        with open_regular(path) as file:
            document = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    if not (isinstance(document, dict) and "format_version" in document and KEY in document):
        return None
    if document["format_version"] != FORMAT_VERSION:
        written = (
            f"format {str(document['format_version'])[:20]} by pdslack {document.get('pdslack_version')}"
        )
        raise PdslackError(
            f"{path} was saved in {written}, and this version reads format {FORMAT_VERSION} only; {REMEDY}"
        )
    digest = document.pop(DIGEST, "")
    try:
        is_unchanged = digest == _digest(document)
        saved = SavedPlan.model_validate(document.pop(KEY))
    except (ValidationError, RecursionError):
        raise PdslackError(
            f"{path} is a saved plan that this version of pdslack cannot read; {REMEDY}"
        ) from None
    if not is_unchanged:
        raise PdslackError(f"{path} was changed after `pdslack plan` saved it; {REMEDY}")
    return document, saved


def _digest(value: Any) -> str:
    """The SHA-256 of a JSON value, however it is laid out."""
    return hashlib.sha256(_canonical(value).encode(errors="surrogatepass")).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _address(ref: Ref) -> str:
    """The reference of an object; that of one without an entry has its live name, which may hold a secret."""
    return mask_secrets(str(ref), salt=ref.kind)


def _by_address(changes: Iterable[ChangeFacts]) -> Mapping[str, list[ChangeFacts]]:
    found: dict[str, list[ChangeFacts]] = {}
    for change in changes:
        found.setdefault(change.address, []).append(change)
    return found


def _outsiders(change: Change) -> Iterator[str]:
    for ref in references([change.before, change.after]):
        if isinstance(ref.key, Outsider):
            yield ref.key.id


def _difference(was: Sequence[ChangeFacts], is_: Sequence[ChangeFacts]) -> str:
    """How the changes of one object differ, as a predicate of a sentence."""
    if not is_:
        return f"would no longer be {was[0].past_participle}"
    if not was:
        return f"would now be {is_[0].past_participle}, which is not in the saved plan"
    if len(was) != len(is_):
        return f"has {len(is_)} changes now, expected {len(was)}"
    before, after = next(pair for pair in zip(was, is_, strict=True) if pair[0] != pair[1])
    if before.action != after.action:
        return f"would now be {after.past_participle}, expected {before.past_participle}"
    if before.id != after.id:
        return f"is another object now ({after.id}, was {before.id})"
    if before.before == after.before and before.outsiders != after.outsiders:
        others = ", ".join(sorted({*after.outsiders} - {*before.outsiders})) or "fewer"
        return f"now refers to other objects outside of the stack ({others})"
    if before.before != after.before:
        return f"has changed: {_differing(before.before, after.before)}"
    return f"would be changed differently now: {_differing(before.after, after.after)}"


def _differing(before: Json | None, after: Json | None) -> str:
    before, after = before or {}, after or {}
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return ", ".join(names) or "its mark"
