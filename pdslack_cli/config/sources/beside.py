"""Find stack files that a run did not read: beside those that were named, and in folders inside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pdslack_cli.config.sources.discover import (
    find_files,
    read_text,
    stack_files_inside,
    yaml_files_in,
)
from pdslack_cli.config.sources.foreign import is_foreign
from pdslack_cli.config.yaml.peek import top_level
from pdslack_cli.errors import Location, Problem, Severity

_MOST_NAMED = 5


def unread_beside(arguments: Sequence[Path], owner: str) -> Iterator[Path]:
    """Yield the stack files of this owner in the folders of the files that were named."""
    read = {os.path.realpath(file.path) for file in find_files(arguments, [])}
    for folder in sorted({file.parent for file in arguments if not os.path.isdir(file)}):
        for path in yaml_files_in(folder, []):
            if os.path.realpath(path) not in read and _is_of(path, owner):
                yield path


def part_of_a_stack(arguments: Sequence[Path]) -> Problem | None:
    """Return the problem of named files without an owner, if a file beside them may name that of theirs."""
    for folder in sorted({file.parent for file in arguments if not os.path.isdir(file)}):
        for path in yaml_files_in(folder, []):
            if "owner" in top_level(text := _text(path)).keys and not is_foreign(text):
                hint = f"add `owner:`, or name the folder, to read {path} and the rest of its stack: {folder}"
                return Problem("the stack has no 'owner'", Location(str(arguments[0]), 1, 1), hint)
    return None


def unread_inside(arguments: Sequence[Path]) -> Sequence[Problem]:
    """Return the notice about stack files in folders inside the folders that are read.

    They are parts of this stack: a folder inside that names an owner is a stack of its own.
    """
    read = {os.path.realpath(argument) for argument in arguments}
    found: list[Path] = []
    for folder in (each for each in arguments or (Path(),) if os.path.isdir(each)):
        for inside, files in stack_files_inside(folder).items():
            named = {os.path.realpath(path) for path in (inside, *files)}
            if not read & named and not any("owner" in top_level(_text(path)).keys for path in files):
                found += files
    if not found:
        return []
    shown = ", ".join(map(str, found[:_MOST_NAMED])) + ", …" * (len(found) > _MOST_NAMED)
    folders = " ".join(map(str, dict.fromkeys((*(arguments or (Path(),)), *(path.parent for path in found)))))
    hint = f"to read them as well, name the folders: {folders}"
    return [Problem(f"not read, since it is in a folder inside: {shown}", None, hint, Severity.INFO)]


def _text(path: Path) -> str:
    return read_text(path, []) or ""


def _is_of(path: Path, owner: str) -> bool:
    """Return whether a file is part of a stack of this owner; a file without an owner may be."""
    text = _text(path)
    return not is_foreign(text) and top_level(text).keys.get("owner", owner) == owner
