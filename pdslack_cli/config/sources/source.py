"""YAML files → one piece of plain data, and the place of everything in it."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pdslack_cli.config.expand.join import join
from pdslack_cli.config.expand.repeat import repeated
from pdslack_cli.config.expand.rows import table_file
from pdslack_cli.config.expand.variables import Variables
from pdslack_cli.config.locations import DataPath, Locations
from pdslack_cli.config.sections import belong_to_stack
from pdslack_cli.config.sources.discover import (
    FoundFile,
    decoded,
    find_files,
    no_stack_files,
    read_text,
)
from pdslack_cli.config.tokens import refuse_tokens
from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.config.yaml.peek import top_level
from pdslack_cli.errors import ConfigError, Location, Problem

_log = logging.getLogger(__name__)

__all__ = ["DataPath", "Locations", "StackSource", "each_once", "read_sources", "sources_of"]


@dataclass(frozen=True)
class StackSource:
    """All files of a run as one: `data` with variables filled in and `each:` repeated, but nothing laid
    under its entries yet."""

    data: dict[str, Any]
    locations: Locations
    files: tuple[str, ...]


class _Document(NamedTuple):
    file: FilePath
    text: str
    root: MappingNode
    priority: int
    each: MappingItem | None


def read_sources(paths: Sequence[FilePath], environ: Mapping[str, str]) -> StackSource:
    """Read files and folders (default: the current folder) into one Source.

    Files are joined in the order of their top-level `priority:` (an integer, 0 where it is left out, lower
    first), then of file name; top-level keys that begin with `x-` are dropped. Raises ConfigError with
    everything that is wrong in any of the files.
    """
    problems: list[Problem] = []
    files = {file: read_text(file.path, problems) for file in find_files(paths, problems)}
    return _source(paths, files, environ, problems)


def sources_of(texts: Mapping[str, str], environ: Mapping[str, str]) -> StackSource:
    """The same for files, by name, that are written nowhere yet. Raises ConfigError."""
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
    documents, complete = _read_documents(files, problems)
    if not documents and not problems:
        problems.append(no_stack_files(paths[0] if paths else FilePath()))
    if not documents or not complete:
        # Without the file that holds `vars:`, every variable would seem undefined.
        raise ConfigError(each_once(problems))
    variables = Variables(_declared_variables(documents, problems), environ, problems)
    root = join([part for document in documents for part in _parts(document, variables, problems)], problems)
    data = _filled(root, variables, problems)
    if problems:
        raise ConfigError(each_once(problems))
    texts = {str(document.file): document.text for document in documents}
    return StackSource(data, Locations(root, texts, variables), tuple(texts))


def each_once(problems: Sequence[Problem]) -> list[Problem]:
    """Tell once what is wrong with a value that aliases, layers or rows repeat."""
    found: dict[tuple[str, Location | None, str], Problem] = {}
    for problem in problems:
        place = problem.location._replace(row="") if problem.location else None
        found.setdefault((problem.message, place, problem.hint), problem)
    return list(found.values())


def _read_documents(
    files: Mapping[FoundFile, str | None], problems: list[Problem]
) -> tuple[list[_Document], bool]:
    """The documents in their order, and whether every file could be understood."""
    texts: dict[FilePath, str] = {}
    nodes: dict[FilePath, Node | None] = {}
    unreadable = 0
    for file, text in files.items():
        if text is None:
            unreadable += 1
            continue
        found: list[Problem] = []
        node = compose(str(file.path), text, found)
        if not file.named and not _is_stack_file(node, text):
            _log.debug("%s: skipped, since none of its top-level keys is one of a stack", file.path)
            continue
        texts[file.path], nodes[file.path] = text, node
        problems += found
    tables = _tables(nodes)
    documents = [
        _document(file, texts[file], root, problems)
        for file, node in nodes.items()
        if file not in tables and (root := _sections(str(file), node, problems))
    ]
    documents.sort(key=lambda document: (document.priority, document.file.name, document.file))
    return documents, not unreadable and len(documents) + len(tables) == len(nodes)


def _is_stack_file(node: Node | None, text: str) -> bool:
    """Whether a file that was not named is part of the stack.

    What is not well-formed YAML, and what is empty, counts as such: a plan would delete what it held.
    """
    if isinstance(node, MappingNode):
        return belong_to_stack(node.entries)
    if isinstance(node, ScalarNode):
        return node.value is None
    keys, well_formed = top_level(text)
    return not well_formed or belong_to_stack(keys)


def _tables(nodes: Mapping[FilePath, Node | None]) -> set[FilePath]:
    """The files that are no part of the stack themselves: others take their rows from them."""
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


def _sections(file: str, node: Node | None, problems: list[Problem]) -> MappingNode | None:
    if isinstance(node, MappingNode):
        return node
    if isinstance(node, ScalarNode) and node.value is None:
        problems.append(Problem("the file is empty", Location(file, 1, 1), "it needs at least `owner: NAME`"))
    elif node is not None:
        hint = "begin with sections such as `owner:` and `services:`"
        problems.append(Problem("the file has no sections", node.location, hint))
    return None


def _document(file: FilePath, text: str, root: MappingNode, problems: list[Problem]) -> _Document:
    refuse_tokens(root, problems)
    entries = {key: entry for key, entry in root.entries.items() if not key.startswith("x-")}
    each = entries.pop("each", None)
    priority = _priority(entries.pop("priority", None), problems)
    return _Document(file, text, MappingNode(entries, root.location), priority, each)


def _parts(document: _Document, variables: Variables, problems: list[Problem]) -> list[MappingNode]:
    """A document, then the partial files that its `each:` stands for."""
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
    """The entries of `vars:` of all files, which those that stand in keys need before files are joined."""
    roots = [document.root for document in documents]
    said = [
        MappingNode({"vars": root.entries["vars"]}, root.location) for root in roots if "vars" in root.entries
    ]
    entry = join(said, problems).entries["vars"] if said else None
    if entry is None or (isinstance(entry.node, ScalarNode) and entry.node.value is None):
        return {}
    if not isinstance(entry.node, MappingNode):
        problems.append(
            Problem("'vars' must be a mapping", entry.node.location, "write `name: value` below it")
        )
        return {}
    return entry.node.entries


def _filled(root: MappingNode, variables: Variables, problems: list[Problem]) -> dict[str, Any]:
    """Fill every section but `owner`: what marks an object as ours must not depend on who runs us."""
    data: dict[str, Any] = {}
    for key, entry in root.entries.items():
        owner = entry.node.value if key == "owner" and isinstance(entry.node, ScalarNode) else None
        if isinstance(owner, str) and "${" in owner:
            problems.append(Problem("'owner' cannot contain a variable", entry.node.location, "write it out"))
        else:
            data[key] = variables.fill(entry.node)
    return data
