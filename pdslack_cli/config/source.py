"""YAML files → one piece of plain data, and the place of everything in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pdslack_cli.config.compose import compose
from pdslack_cli.config.discover import find_files, read_text
from pdslack_cli.config.join import join
from pdslack_cli.config.marks import Marks, Path
from pdslack_cli.config.nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.config.tokens import find_token
from pdslack_cli.config.variables import Variables
from pdslack_cli.errors import ConfigError, Problem

__all__ = ["Marks", "Path", "Source", "read_sources"]


@dataclass(frozen=True)
class Source:
    """All files of a run as one: `data` with variables filled in, but without `defaults` laid under it."""

    data: dict[str, Any]
    marks: Marks
    files: tuple[str, ...]


class _Document(NamedTuple):
    file: FilePath
    text: str
    root: MappingNode
    priority: int


def read_sources(paths: Sequence[FilePath], environ: Mapping[str, str]) -> Source:
    """Read files and folders (default: `pdslack.yaml`) into one Source.

    Files are joined in the order of their top-level `priority:` (an integer, 0 where it is left out, lower
    first), then of file name; top-level keys that begin with `x-` are dropped. Raises ConfigError with
    everything that is wrong in any of the files.
    """
    problems: list[Problem] = []
    files = find_files(paths, problems)
    documents = [document for file in files if (document := _read_document(file, problems))]
    documents.sort(key=lambda document: (document.priority, document.file.name, document.file))
    root = join([document.root for document in documents], problems) if documents else None
    if root is None or len(documents) < len(files):
        # Without the file that holds `vars:`, every variable would seem undefined.
        raise ConfigError(_each_once(problems))
    variables = Variables(_declared_variables(root, problems), environ, problems)
    data = _filled(root, variables, problems)
    if problems:
        raise ConfigError(_each_once(problems))
    texts = {str(document.file): document.text for document in documents}
    return Source(data, Marks(root, texts, variables), tuple(texts))


def _each_once(problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong with a value that aliases repeat is found at each of them, but is one problem."""
    return list(dict.fromkeys(problems))


def _read_document(file: FilePath, problems: list[Problem]) -> _Document | None:
    text = read_text(file, problems)
    root = None if text is None else compose(str(file), text, problems)
    if text is None or root is None:
        return None
    _refuse_tokens(root, problems)
    entries = {key: entry for key, entry in root.entries.items() if not key.startswith("x-")}
    priority = _priority(entries.pop("priority", None), problems)
    return _Document(file, text, MappingNode(entries, root.mark), priority)


def _priority(entry: Entry | None, problems: list[Problem]) -> int:
    if entry is None:
        return 0
    value = entry.node.value if isinstance(entry.node, ScalarNode) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    hint = "it orders files whose routes are joined: lower comes first, 0 where it is left out"
    problems.append(Problem("'priority' is not a whole number", entry.node.mark, hint))
    return 0


def _refuse_tokens(node: Node, problems: list[Problem]) -> None:
    if isinstance(node, MappingNode):
        for entry in node.entries.values():
            _refuse_tokens(entry.node, problems)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            _refuse_tokens(item, problems)
    elif isinstance(node.value, str) and (token := find_token(node.value)):
        hint = "keep it in the environment and write ${NAME} here; if it is real, revoke it now"
        problems.append(Problem(f"this looks like {token}", node.mark, hint))


def _declared_variables(root: MappingNode, problems: list[Problem]) -> Mapping[str, Entry]:
    entry = root.entries.get("vars")
    if entry is None or (isinstance(entry.node, ScalarNode) and entry.node.value is None):
        return {}
    if not isinstance(entry.node, MappingNode):
        problems.append(Problem("'vars' is not a mapping", entry.node.mark, "write `name: value` below it"))
        return {}
    return entry.node.entries


def _filled(root: MappingNode, variables: Variables, problems: list[Problem]) -> dict[str, Any]:
    """Fill every section but `owner`: what marks an object as ours must not depend on who runs us."""
    data: dict[str, Any] = {}
    for key, entry in root.entries.items():
        owner = entry.node.value if key == "owner" and isinstance(entry.node, ScalarNode) else None
        if isinstance(owner, str) and "${" in owner:
            problems.append(Problem("'owner' cannot hold a variable", entry.node.mark, "write it out"))
        else:
            data[key] = variables.fill(entry.node)
    return data
