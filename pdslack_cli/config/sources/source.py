"""Combine YAML files to plain data with locations."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pdslack_cli.config.cures.keys import intended_key, intended_section, unknown_section
from pdslack_cli.config.expand.join import join
from pdslack_cli.config.expand.repeat import repeated
from pdslack_cli.config.expand.rows import table_file
from pdslack_cli.config.expand.variables import Variables
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sections import SECTIONS, TOP_LEVEL_KEYS
from pdslack_cli.config.sources.discover import (
    TEST_SUFFIXES,
    FoundFile,
    decoded,
    find_files,
    no_stack_files,
    read_text,
)
from pdslack_cli.config.sources.foreign import is_foreign
from pdslack_cli.config.tokens import refuse_tokens
from pdslack_cli.config.yaml.look_alikes import with_look_alikes_named
from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.config.yaml.other_formats import other_format
from pdslack_cli.config.yaml.recover import compose_partly, is_independent
from pdslack_cli.errors import ConfigError, Location, Problem
from pdslack_cli.model import DataPath
from pdslack_cli.suggest import suggest

_log = logging.getLogger(__name__)

_FEWEST_KEYS, _MOST_KEYS = 2, 5  # that tell a file of another program; that are shown

__all__ = [
    "DataPath",
    "Locations",
    "StackSource",
    "each_once",
    "read_sources",
    "read_sources_partly",
    "sources_of",
]


@dataclass(frozen=True)
class StackSource:
    """All files of a run combined: variables substituted, `each:` expanded, nothing inherited yet."""

    data: dict[str, Any]
    locations: Locations
    files: tuple[str, ...]
    problems: tuple[Problem, ...] = ()  # what is wrong is still in `data`, as it was written
    unread: frozenset[str] = frozenset()  # sections of which an entry is not even well-formed YAML


class _Documents(NamedTuple):
    """The files that could be parsed, in order; `complete` if nothing depends on what could not be."""

    documents: list[_Document]
    complete: bool
    unread: frozenset[str]


class _Document(NamedTuple):
    file: FilePath
    text: str
    root: MappingNode
    priority: int
    each: MappingItem | None


def read_sources(paths: Sequence[FilePath], environ: Mapping[str, str]) -> StackSource:
    """Read files and folders to one source; raises ConfigError with all problems."""
    source = read_sources_partly(paths, environ)
    if source.problems:
        raise ConfigError(source.problems)
    return source


def read_sources_partly(paths: Sequence[FilePath], environ: Mapping[str, str]) -> StackSource:
    """Read files and folders (default: the current folder) to one source, with its problems.

    Files are joined in the order of their top-level `priority:` (an integer, default 0, lower first), then by
    file name; top-level keys that begin with `x-` are dropped. Raises ConfigError if a file cannot be parsed
    at all.
    """
    problems: list[Problem] = []
    files = {file: read_text(file.path, problems) for file in find_files(paths, problems)}
    return _source(paths, files, environ, problems)


def sources_of(texts: Mapping[str, str], environ: Mapping[str, str]) -> StackSource:
    """Like `read_sources_partly`, for texts of files, by name, that do not exist yet."""
    problems: list[Problem] = []
    files = {
        FoundFile(FilePath(name), True): decoded(FilePath(name), text.encode(), problems)
        for name, text in texts.items()
    }
    return _source([], files, environ, problems)


def _source(
    paths: Sequence[FilePath],
    files: Mapping[FoundFile, str | None],
    environ: Mapping[str, str],
    problems: list[Problem],
) -> StackSource:
    documents, complete, unread = _read_documents(files, problems)
    if not documents and not problems:
        problems.append(no_stack_files(paths[0] if paths else FilePath()))
    if not documents or not complete:
        # Without the file that holds `vars:`, every variable would seem undefined.
        raise ConfigError(each_once(problems))
    variables = Variables(_declared_variables(documents, problems), environ, problems)
    root = join([part for document in documents for part in _parts(document, variables, problems)], problems)
    root = _with_intended_sections(root, problems)
    data = _filled(root, variables)
    texts = {str(document.file): document.text for document in documents}
    locations = Locations(root, texts, variables)
    unread |= _sections_lacking(root)
    return StackSource(data, locations, tuple(texts), tuple(each_once(problems)), unread)


def _with_intended_sections(root: MappingNode, problems: list[Problem]) -> MappingNode:
    """Report misspelt sections, and give them their names, so that what is in them is checked as well."""
    entries = dict(root.entries)
    for key, entry in root.entries.items():
        intended = "" if isinstance(entry.node, ScalarNode) else intended_section(key, entries)
        if intended:
            problems.append(unknown_section(key, entry.key))
            entries[intended] = entries.pop(key)
    return replace(root, entries=entries)


def _sections_lacking(root: MappingNode) -> AbstractSet[str]:
    """Return the sections that may have more entries than could be read."""
    nodes = {key: entry.node for key, entry in root.entries.items()}
    lacking = {key for key, node in nodes.items() if isinstance(node, MappingNode) and node.lacking}
    return lacking | (SECTIONS.keys() if root.lacking else set())


def each_once(problems: Sequence[Problem]) -> list[Problem]:
    """Remove repeated problems of a value that aliases, inheritance or rows repeat."""
    found: dict[tuple[str, Location | None, str], Problem] = {}
    for problem in problems:
        place = problem.location._replace(row="") if problem.location else None
        found.setdefault((problem.message, place, problem.hint), with_look_alikes_named(problem))
    return list(found.values())


def _read_documents(files: Mapping[FoundFile, str | None], problems: list[Problem]) -> _Documents:
    texts: dict[FilePath, str] = {}
    nodes: dict[FilePath, Node | None] = {}
    unread: set[str] = set()
    unreadable = 0
    for file, text in files.items():
        if text is None:
            unreadable += 1
            continue
        found: list[Problem] = []
        partly = compose_partly(str(file.path), text, found)
        node = partly.root
        keys = node.entries if isinstance(node, MappingNode) and not partly.unread else None
        if not _is_empty(node) and is_foreign(text, keys):
            if not file.named:
                _log.debug("%s: skipped, since its keys are those of another program", file.path)
                continue
            if isinstance(node, MappingNode) and (foreign := _foreign(node)):
                problems.append(foreign)
                unread |= SECTIONS.keys()
                continue
        problems += found
        unread |= partly.unread
        if node is None and is_independent(text):
            unread |= SECTIONS.keys()
            continue
        texts[file.path], nodes[file.path] = text, node
    tables = _tables(nodes)
    documents = [
        _document(file, texts[file], root, problems)
        for file, node in nodes.items()
        if file not in tables and (root := _sections(str(file), texts[file], node, problems))
    ]
    documents.sort(key=lambda document: (document.priority, document.file.name, document.file))
    complete = not unreadable and len(documents) + len(tables) == len(nodes)
    return _Documents(documents, complete, frozenset(unread))


def _foreign(root: MappingNode) -> Problem | None:
    """Return the problem of a file that is named and has other keys than a stack, most not misspelt."""
    keys = [key for key in root.entries if not key.startswith("x-")]
    compose = "services" in keys  # else the file would be ours
    misspelt = sum(bool(suggest(key, TOP_LEVEL_KEYS)) for key in keys) * 2 > len(keys)
    if not compose and (len(keys) < _FEWEST_KEYS or misspelt):
        return None
    listed = f"its keys are {', '.join(keys[:_MOST_KEYS])}{', …' if len(keys) > _MOST_KEYS else ''}"
    why = "it is one of Docker Compose" if compose else listed
    hint = "a stack has `owner:` and sections such as `services:`; name the files of the stack instead"
    return Problem(f"this is not a stack file: {why}", root.location, hint)


def _is_empty(node: Node | None) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _tables(nodes: Mapping[FilePath, Node | None]) -> set[FilePath]:
    """Return the files that are only tables of rows for other files."""
    named = {
        os.path.realpath(file.parent / table_file(rows.node))
        for file, root in nodes.items()
        if isinstance(root, MappingNode) and (each := root.entries.get("each"))
        if isinstance(each.node, SequenceNode)
        for item in each.node.items
        if isinstance(item, MappingNode) and (rows := item.entries.get("rows"))
    }
    return {
        file
        for file, node in nodes.items()
        if isinstance(node, SequenceNode) and os.path.realpath(file) in named
    }


def _sections(file: str, text: str, node: Node | None, problems: list[Problem]) -> MappingNode | None:
    if isinstance(node, MappingNode):
        return node
    if _is_empty(node):
        problems.append(Problem("the file is empty", Location(file, 1, 1), "it needs at least `owner: NAME`"))
    elif node is not None:
        of_tests = file.endswith(TEST_SUFFIXES)
        hint = f"begin with {'`tests:`' if of_tests else 'sections such as `owner:` and `services:`'}"
        problem = other_format(file, text) if isinstance(node, ScalarNode) else None
        problems.append(problem or Problem("the file has no sections", node.location, hint))
    return None


def _document(file: FilePath, text: str, root: MappingNode, problems: list[Problem]) -> _Document:
    refuse_tokens(root, problems)
    entries = {key: entry for key, entry in root.entries.items() if not key.startswith("x-")}
    each = entries.pop("each", None) or _each_by_another_name(entries, problems)
    priority = _priority(entries.pop("priority", None), problems)
    return _Document(file, text, replace(root, entries=entries), priority, each)


def _each_by_another_name(entries: dict[str, MappingItem], problems: list[Problem]) -> MappingItem | None:
    """Take out what is meant to be `each`, so that no other mistake follows from its name."""
    unknown = (key for key in entries if key not in TOP_LEVEL_KEYS)
    name = next((key for key in unknown if intended_key(key, TOP_LEVEL_KEYS, entries) == "each"), "")
    if name:
        problems.append(unknown_section(name, entries[name].key))
    return entries.pop(name, None)


def _parts(document: _Document, variables: Variables, problems: list[Problem]) -> list[MappingNode]:
    """Return a document, followed by the partial files of its `each:`."""
    each = document.each
    return [
        document.root,
        *(repeated(each.node, document.file.parent, variables, problems) if each else ()),
    ]


def _priority(entry: MappingItem | None, problems: list[Problem]) -> int:
    if entry is None:
        return 0
    value = entry.node.value if isinstance(entry.node, ScalarNode) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    hint = "it orders files whose routes are joined: lower comes first, the default is 0"
    problems.append(Problem("'priority' must be a whole number", entry.node.location, hint))
    return 0


def _declared_variables(documents: Sequence[_Document], problems: list[Problem]) -> Mapping[str, MappingItem]:
    """Return the entries of `vars:` of all files, needed to substitute keys before the files are joined."""
    roots = [document.root for document in documents]
    declarations = [
        MappingNode({"vars": root.entries["vars"]}, root.location) for root in roots if "vars" in root.entries
    ]
    entry = join(declarations, problems).entries["vars"] if declarations else None
    if entry is None or (isinstance(entry.node, ScalarNode) and entry.node.value is None):
        return {}
    if not isinstance(entry.node, MappingNode):
        problems.append(
            Problem("'vars' must be a mapping", entry.node.location, "write `name: value` below it")
        )
        return {}
    return entry.node.entries


def _filled(root: MappingNode, variables: Variables) -> dict[str, Any]:
    """Substitute variables in every section."""
    if (owner := root.entries.get("owner")) and isinstance(owner.node, ScalarNode):
        variables.refuse_passed("owner", owner.node)
    return {key: _filled_section(key, entry.node, variables) for key, entry in root.entries.items()}


def _filled_section(key: str, node: Node, variables: Variables) -> Any:
    if key in ("defaults", "bases") and isinstance(node, MappingNode):
        return {name: _filled_section(name, entry.node, variables) for name, entry in node.entries.items()}
    return variables.fill(node, SECTIONS[key].own_variables if key in SECTIONS else "")
