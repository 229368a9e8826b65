"""Load files to one checked Stack, or to all of their problems."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from pdslack_cli.config.cases import read_cases
from pdslack_cli.config.catalogued import catalogued
from pdslack_cli.config.checks import entries as checks
from pdslack_cli.config.checks.cases import unknown_in_cases
from pdslack_cli.config.checks.double_posts import posted_by_both
from pdslack_cli.config.checks.partial import corrected, validated
from pdslack_cli.config.cures.keys import (
    as_key,
    invalid_key,
    misspelt_sections,
    not_a_section,
    unknown_section,
)
from pdslack_cli.config.expand.contents import with_contents
from pdslack_cli.config.expand.layers import is_looked_up, unused_layers, with_layers
from pdslack_cli.config.known_refs import known_refs
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sections import SECTIONS, TOP_LEVEL_KEYS
from pdslack_cli.config.sources.beside import part_of_a_stack
from pdslack_cli.config.sources.source import StackSource, each_once, read_sources_partly, sources_of
from pdslack_cli.config.stack import Header, Stack, StackEntry
from pdslack_cli.config.validation_errors import problems_of
from pdslack_cli.errors import ConfigError, Problem
from pdslack_cli.kinds import KIND_NAMED, MANAGED_NAMED, READ_NAMED, kind_of
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import KEY_PATTERN
from pdslack_cli.model import DataPath, Name, Ref
from pdslack_cli.suggest import suggest

# A stack without a valid owner is checked as if it had the shortest one, to report all problems at once.
_SHORTEST_OWNER = "x"


class Loaded(NamedTuple):
    """A stack with all valid entries, and all problems."""

    stack: Stack
    problems: Sequence[Problem]

    def checked(self) -> Stack:
        """Return the stack; raises ConfigError if there are problems."""
        if self.problems:
            raise ConfigError(self.problems)
        return self.stack


def load(paths: Sequence[FilePath], environ: Mapping[str, str]) -> Stack:
    """Load files and folders to a Stack; raises ConfigError with all problems at once."""
    return load_partly(paths, environ).checked()


def load_partly(paths: Sequence[FilePath], environ: Mapping[str, str]) -> Loaded:
    """Load the valid parts of files and folders; raises ConfigError if a file cannot be parsed at all."""
    source = read_sources_partly(paths, environ)
    ours = source.data.keys() <= TOP_LEVEL_KEYS - {"owner"}
    if ours and (part := part_of_a_stack(paths)):
        raise ConfigError([part])
    return _loaded(source)


def load_texts(texts: Mapping[str, str], environ: Mapping[str, str]) -> Stack:
    """Load the texts of files, by name, that do not exist yet; raises ConfigError with all problems."""
    return _loaded(sources_of(texts, environ)).checked()


def _loaded(source: StackSource) -> Loaded:
    problems: list[Problem] = []
    data, locations = with_layers(source.data, source.locations, problems)
    data = with_contents(data, locations, problems)
    stack = _Loader(data, locations, problems, source.unread).stack()
    # A value that could not be read is no second mistake.
    unread = {problem.location for problem in source.problems}
    found = [
        problem
        for problem in problems
        if problem.location not in unread and not locations.is_unfilled(problem.location)
    ]
    return Loaded(stack, each_once([*source.problems, *found]))


class _Loader:
    """Converts plain data to entries and collects problems."""

    def __init__(
        self, data: dict[str, Any], locations: Locations, problems: list[Problem], unread: Collection[str]
    ) -> None:
        self.data = data
        self.locations = locations
        self.problems = problems
        self.unread = unread
        self.known = known_refs(data, unread)
        self.removed: set[DataPath] = set()
        self.incomplete: set[DataPath] = set()  # mappings that lack a required field

    def stack(self) -> Stack:
        header = self._header()
        self._unused_layers()
        entries = {entry.ref: entry for entry in self._entries()}
        kept = corrected(self.data, self.removed)
        entries |= {entry.ref: entry for entry in catalogued(entries.values(), kept)}
        rest = self.locations.without(self.removed)
        referred = set().union(*(entry.references for entry in entries.values()))
        entries |= {entry.ref: entry for entry in _stand_ins(referred - entries.keys())}
        entries = self._resolved(self._without_cycles(entries))
        cut = {place[:2] for place in self.removed}
        self.problems += checks.one_object_each(entries, rest, self.incomplete | cut)
        self.problems += checks.protected_without_mark(entries, rest)
        self.problems += checks.renamed_but_looked_up(entries, rest)
        self.problems += posted_by_both(entries, rest, cut)
        self.problems += checks.texts_with_marks(entries, self.locations, self.data)
        self.problems += checks.no_room_for_mark(entries, rest, header.owner)
        present = frozenset(kind.name for section, kind in SECTIONS.items() if section in self.data)
        # A name in the account is no section: nothing is deleted for its sake.
        implied = frozenset(ref.kind for ref in entries if not isinstance(ref.key, Name))
        tests = self.data.get("tests") or []
        cases = read_cases(tests, self.locations, self.problems, self.known)
        partial = self._partial(entries)
        cut_out, incomplete = frozenset(self.removed), frozenset(self.incomplete)
        stack = Stack(
            header, entries, present | implied, rest, cases, partial, cut_out, incomplete, self.known
        )
        self.problems += unknown_in_cases(tests, stack, self.locations)
        if ("slack",) not in self.removed and "slack" not in misspelt_sections(self.data):
            self.problems += self._workspace_missing(stack)
        return stack

    def _header(self) -> Header:
        for key in self.data:
            if key not in TOP_LEVEL_KEYS:
                empty = [section for section in SECTIONS if self.data.get(section, key) is None]
                self.problems.append(unknown_section(key, self.locations.key((key,)), empty))
        data = {key: self.data[key] for key in Header.model_fields if self.data.get(key) is not None}
        for layer in ("bases", "defaults"):
            for section in data[layer] if isinstance(data.get(layer), dict) else ():
                if section not in SECTIONS:
                    self._unknown_layer(layer, section)
                    data[layer] = {name: value for name, value in data[layer].items() if name != section}
        try:
            return Header.model_validate(data)
        except ValidationError as error:
            named = misspelt_sections(self.data)
            self.problems += problems_of(
                error, Header, data, (), self.locations, lambda place, needs: place == () and "owner" in named
            )
            wrong = {str(detail["loc"][0]) for detail in error.errors()}
            self.removed |= {(key,) for key in wrong}
            rest = {key: value for key, value in data.items() if key not in wrong}
            return Header.model_validate({"owner": _SHORTEST_OWNER} | rest)

    def _unknown_layer(self, layer: str, key: str) -> None:
        """Report what stands among the sections of `defaults` or `bases`, often a field of an entry."""
        owners = [name for name, kind in SECTIONS.items() if key in kind.spec.model_fields]
        below = f"write it below its section: `{layer}: {{{owners[0]}: {{{key}: …}}}}`" if owners else ""
        hint = suggest(key, SECTIONS) or below or f"valid sections are {', '.join(SECTIONS)}"
        self._problem(f"unknown section {key!r}", (layer, key), hint)

    def _unused_layers(self) -> None:
        """Report the mistakes of bases and defaults that no entry has; the others are told of entries."""
        for path, data in unused_layers(self.data):
            model = SECTIONS[str(path[1])].spec
            try:
                model.model_validate(data, context=self.known)
            except ValidationError as error:
                self.problems += problems_of(
                    error, model, data, path, self.locations, lambda place, needs: place == (), self.known
                )

    def _entries(self) -> Iterator[StackEntry]:
        for section, kind in SECTIONS.items():
            entries = self.data.get(section)
            if entries is None:
                continue
            if not isinstance(entries, dict):
                # An undefined variable is a problem of the value: there, this one is dropped for it.
                place = self.locations.key if isinstance(entries, list) else self.locations.value
                if section not in self.unread:  # else it is the rest of what could not be read
                    self.problems.append(not_a_section(section, entries, place((section,))))
                continue
            for key, data in entries.items():
                yield from self._entry(kind, key, data)

    def _entry(self, kind: Section[Any], key: str, data: Any) -> Iterator[StackEntry]:
        path: DataPath = (kind.section, key)
        if not re.fullmatch(KEY_PATTERN, key):
            self.problems.append(invalid_key(key, self.locations.key(path)))
            if not isinstance(data, dict):
                return
            key = "" if as_key(key) in self.data[kind.section] else as_key(key)
        data = {} if data is None else data
        only_read = is_looked_up(data) and kind.name in MANAGED_NAMED
        model = kind.looked_up if only_read else kind.spec
        spec, removed, stand_ins = validated(model, data, path, self.locations, self.known, self.problems)
        self.removed |= {(*path, *place) for place in removed | stand_ins}
        self.incomplete |= {(*path, *place[:-1]) for place in stand_ins}
        if not key:
            return
        if spec is None:
            yield from _stand_ins([Ref(kind.name, key)], path, data)
            return
        spec = spec.model_copy(update={"name": spec.name or key} | ({"lookup": True} if only_read else {}))
        try:
            objects = [(Ref(kind.name, key), spec)] if only_read else [*kind.entries(key, spec)]
        except ValidationError as error:  # the key is not a valid name
            self.problems += problems_of(error, model, data, path, self.locations)
            yield from _stand_ins([Ref(kind.name, key)], path, data)
            return
        for ref, wanted in objects:
            yield StackEntry(ref, wanted, KIND_NAMED[ref.kind], path)

    def _without_cycles(self, entries: dict[Ref, StackEntry]) -> dict[Ref, StackEntry]:
        """Report circular references, and replace one entry of each by a placeholder."""
        while circle := checks.cycle(entries):
            entry = entries[circle[0]]
            message = f"entries refer to each other in a cycle: {' → '.join(map(str, circle))}"
            self._problem(message, entry.path, "remove one of these references")
            entries = entries | {circle[0]: _stand_in(entry)}
        return entries

    def _resolved(self, entries: Mapping[Ref, StackEntry]) -> dict[Ref, StackEntry]:
        """Return the entries with everything that they take from others filled in."""
        specs = {ref: entry.spec for ref, entry in entries.items()}
        return {ref: self._resolved_entry(entry, specs) for ref, entry in entries.items()}

    def _resolved_entry(self, entry: StackEntry, specs: Mapping[Ref, Resource]) -> StackEntry:
        if entry.spec.lookup:
            return entry
        try:
            return replace(entry, spec=entry.kind.resolved(entry.spec, specs), written=entry.spec)
        except PydanticCustomError as error:
            context = error.context or {}
            refs = entry.references
            if not self._cut_among(refs) and not any(ref.kind in self.known.unread for ref in refs):
                place = self.locations.value((*entry.path, *context.get("at", ())))
                message = f"{entry.ref}: {error.message()}"
                self.problems.append(Problem(message, place, context.get("hint", "")))
            return _stand_in(entry)

    def _cut_among(self, refs: Iterable[Ref]) -> bool:
        """Return whether mistakes were removed from an entry that one of the refs names."""
        cut = {place[:2] for place in self.removed}
        return any((KIND_NAMED[ref.kind].section, ref.key) in cut for ref in refs)

    def _partial(self, entries: Mapping[Ref, StackEntry]) -> frozenset[Ref]:
        """Return the valid parts of invalid entries."""
        cut = {place[:2] for place in self.removed}
        return frozenset(ref for ref, entry in entries.items() if entry.path in cut)

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


def _stand_in(entry: StackEntry) -> StackEntry:
    return next(iter(_stand_ins([entry.ref], entry.path)), entry)


def _stand_ins(refs: Iterable[Ref], path: DataPath = (), data: Any = None) -> Iterator[StackEntry]:
    """Return placeholders for entirely invalid entries: that they exist is known, and their names."""
    name = data.get("name") if isinstance(data, dict) else None
    for ref in refs:
        kind = KIND_NAMED[ref.kind]
        if kind.name in MANAGED_NAMED:
            spec = Resource.built(
                {"name": name if isinstance(name, str) and name else ref.key, "lookup": True}
            )
            yield StackEntry(ref, spec, kind, path)
        elif kind.name not in READ_NAMED:
            yield StackEntry(ref, kind.spec.built({"name": ref.key}), kind, path)
