"""Files → one checked Stack, or every problem that they have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from pdslack_cli.config import check
from pdslack_cli.config.cases import read_cases
from pdslack_cli.config.expand.layers import is_looked_up, with_layers
from pdslack_cli.config.locations import DataPath, Locations
from pdslack_cli.config.sections import NOT_YET, SECTIONS, TOP_LEVEL_KEYS
from pdslack_cli.config.sources.source import StackSource, each_once, read_sources, sources_of
from pdslack_cli.config.stack import Header, Stack, StackEntry
from pdslack_cli.config.suggest import suggest
from pdslack_cli.config.validation_errors import problems_of
from pdslack_cli.errors import ConfigError, Problem
from pdslack_cli.kinds import KIND_NAMED, KINDS, MANAGED_NAMED, kind_of
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import KEY_HINT, KEY_PATTERN, references
from pdslack_cli.model import Name, Ref

# A stack whose own words are wrong is checked all the same, to tell all problems at once.
_UNREADABLE = Header(owner="unknown")


def load(paths: Sequence[FilePath], environ: Mapping[str, str]) -> Stack:
    """Read files and folders into a Stack; raises ConfigError with all problems at once."""
    return _stack(read_sources(paths, environ))


def load_texts(texts: Mapping[str, str], environ: Mapping[str, str]) -> Stack:
    """Read files, by name, that are written nowhere yet; raises ConfigError with all problems at once."""
    return _stack(sources_of(texts, environ))


def _stack(source: StackSource) -> Stack:
    problems: list[Problem] = []
    data, locations = with_layers(source.data, source.locations, problems)
    stack = _Loader(data, locations, problems).stack()
    if problems:
        raise ConfigError(each_once(problems))
    return stack


class _Loader:
    """Collects problems while it turns plain data into entries."""

    def __init__(self, data: dict[str, Any], locations: Locations, problems: list[Problem]) -> None:
        self.data = data
        self.locations = locations
        self.problems = problems
        self.written: set[Ref] = set()  # also what is wrong in itself: it can be referred to

    def stack(self) -> Stack:
        header = self._header()
        before = len(self.problems)
        entries = {entry.ref: entry for entry in self._entries()}
        entries |= {entry.ref: entry for entry in self._catalogued(entries.values())}
        known = self.written | entries.keys()
        self.problems += check.unknown_references(entries, known, self.locations, self.data)
        self.problems += check.cycles(entries, self.locations)
        if len(self.problems) == before:
            specs = {ref: entry.spec for ref, entry in entries.items()}
            entries = {ref: self._resolved(entry, specs) for ref, entry in entries.items()}
        self.problems += check.unknown_create_only(entries, self.locations)
        self.problems += check.one_object_each(entries, self.locations)
        self.problems += check.protected_without_mark(entries, self.locations)
        self.problems += check.texts_with_marks(entries, self.locations, self.data)
        if header is not _UNREADABLE:
            self.problems += check.no_room_for_mark(entries, self.locations, header.owner)
        present = frozenset(kind.name for section, kind in SECTIONS.items() if section in self.data)
        implied = frozenset(ref.kind for ref in entries)
        tests = self.data.get("tests") or []
        cases = read_cases(tests, self.locations, self.problems)
        stack = Stack(header, entries, present | implied, self.locations, cases)
        if header is not _UNREADABLE:
            self.problems += self._workspace_missing(stack)
        return stack

    def _header(self) -> Header:
        for key in self.data:
            if key in NOT_YET:
                self._problem(f"{key!r} is not supported yet", (key,), "remove it for now")
            elif key not in TOP_LEVEL_KEYS:
                hint = suggest(key, TOP_LEVEL_KEYS) or (
                    f"valid sections are {', '.join(SECTIONS)}; "
                    "where the file belongs to another program, name the files of the stack instead"
                )
                self._problem(f"unknown key {key!r}", (key,), hint)
        data = {key: self.data[key] for key in Header.model_fields if self.data.get(key) is not None}
        for layer in ("bases", "defaults"):
            for section in data[layer] if isinstance(data.get(layer), dict) else ():
                if section not in SECTIONS:
                    self._problem(
                        f"unknown section {section!r}", (layer, section), suggest(section, SECTIONS)
                    )
        try:
            return Header.model_validate(data)
        except ValidationError as error:
            self.problems += problems_of(error, Header, data, (), self.locations)
            return _UNREADABLE

    def _entries(self) -> Iterator[StackEntry]:
        for section, kind in SECTIONS.items():
            entries = self.data.get(section)
            if entries is None:
                continue
            if not isinstance(entries, dict):
                self._problem(f"{section!r} must be a mapping", (section,), "write `key: {…}` below it")
                continue
            # People are two kinds: who they are in PagerDuty, and in Slack.
            names = [other.name for other in KINDS if other.spec is kind.spec]
            for key, data in entries.items():
                self.written |= {Ref(name, key) for name in names}
                yield from self._entry(kind, key, data)

    def _entry(self, kind: Section[Any], key: str, data: Any) -> Iterator[StackEntry]:
        path: DataPath = (kind.section, key)
        if not re.fullmatch(KEY_PATTERN, key):
            hint = f"{KEY_HINT}, and `name:` for what the product shows"
            self._problem(f"{key!r} is not a valid key", path, hint)
            return
        data = {} if data is None else data
        model = Resource if is_looked_up(data) and kind.name in MANAGED_NAMED else kind.spec
        try:
            spec = model.model_validate(data)
            spec = spec.model_copy(update={"name": spec.name or key})
            objects = [(Ref(kind.name, key), spec)] if model is Resource else list(kind.entries(key, spec))
        except ValidationError as error:
            self.problems += problems_of(error, model, data, path, self.locations)
            return
        for ref, wanted in objects:
            yield StackEntry(ref, wanted, KIND_NAMED[ref.kind], path)

    def _catalogued(self, entries: Iterable[StackEntry]) -> Iterator[StackEntry]:
        """Names that the vendors' catalogues must hold: looked up like any other entry."""
        for entry in list(entries):
            for ref in references(entry.spec):
                if isinstance(ref.key, Name):
                    spec = Resource(name=ref.key, lookup=True)
                    yield StackEntry(ref, spec, KIND_NAMED[ref.kind], entry.path)

    def _resolved(self, entry: StackEntry, specs: Mapping[Ref, Resource]) -> StackEntry:
        if entry.spec.lookup:
            return entry
        try:
            return replace(entry, spec=entry.kind.resolved(entry.spec, specs), written=entry.spec)
        except PydanticCustomError as error:
            self._problem(
                f"{entry.ref}: {error.message()}", entry.path, (error.context or {}).get("hint", "")
            )
            return entry

    def _workspace_missing(self, stack: Stack) -> Iterator[Problem]:
        for ref, entry in stack.wanted.items():
            if kind_of(ref).needs_workspace and not stack.workspace:
                yield Problem(
                    f"{entry.ref} needs the id of the Slack workspace",
                    self.locations.key(entry.path),
                    "write `slack: {workspace: T…}`; pdslack refuses to touch any other",
                )
                return

    def _problem(self, message: str, path: DataPath, hint: str = "") -> None:
        self.problems.append(Problem(message, self.locations.key(path), hint))
