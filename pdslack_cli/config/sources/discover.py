"""Find and read the files that arguments name."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from yaml.reader import Reader

from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.config.sources.foreign import is_surely_ours
from pdslack_cli.config.yaml.positions import location_at
from pdslack_cli.errors import Location, Problem
from pdslack_cli.suggest import suggest

DEFAULT_FILE = Path("pdslack.yaml")
_YAML = re.compile(r"(?!\.).*(?<!\.test)\.ya?ml")  # neither hidden, nor a file of tests
TEST_SUFFIXES = (".test.yaml", ".test.yml")

_MOST_INSIDE, _LARGEST_INSIDE = 200, 1_000_000  # files, and bytes of each: a folder may hold anything

_NAME_A_FILE = "name a file or a folder; without a name, the stack files of this folder are read"


class FoundFile(NamedTuple):
    """A file to read. If it was not `named`, it is skipped unless it is a stack file."""

    path: Path
    named: bool


def find_files(arguments: Sequence[Path], problems: list[Problem]) -> list[FoundFile]:
    """Return each file once: those given, and the YAML files directly in the folders given.

    The default is the current folder. Subfolders, hidden files and `*.test.yaml` are read only if they are
    named. A `pdslack.yaml` counts as named.
    """
    found: dict[str, FoundFile] = {}
    for argument in arguments or (Path(),):
        # Unlike pathlib, os.path does not raise where a folder is closed to us or links go in a circle.
        is_folder = os.path.isdir(argument)
        paths = yaml_files_in(argument, problems) if is_folder else [argument]
        if not paths and not problems:
            problems.append(no_stack_files(argument))
        for path in paths:
            if _leads_out(path):
                hint = "what is read belongs to the checkout: put the file there, or name it where it is"
                problems.append(Problem(f"'{path}' leads out of its repository by a link", None, hint))
                continue
            name, named = os.path.realpath(path), not is_folder or path.name == DEFAULT_FILE.name
            first = found.get(name, FoundFile(path, named))
            found[name] = first._replace(named=first.named or named)
    return list(found.values())


def _leads_out(path: Path) -> bool:
    """Whether links lead from a path to what does not belong to its checkout: a problem shows such lines."""
    here = Path.cwd()
    inside = Path(os.path.abspath(path)).is_relative_to(here)
    folder = here if inside else Path(os.path.realpath(path.parent))
    return not any(Path(os.path.realpath(path)).is_relative_to(root) for root in roots_of(folder))


def roots_of(folder: Path) -> Iterator[Path]:
    """Yield the folder, its repository, and the working directory, unless that is everything."""
    yield folder
    yield from [parent for parent in folder.parents if (parent / ".git").exists()][:1]
    here = Path.cwd()
    if here.parent != here:
        yield here


def no_stack_files(folder: Path) -> Problem:
    """Return the problem of a folder without stack files."""
    hint = (
        "`pdslack init` writes a first one; -C FOLDER runs in another folder; folders inside are not searched"
    )
    where = "this folder" if folder == Path() else f"the folder '{folder}'"
    if inside := [str(path) for path in stack_files_inside(folder)]:
        hint = f"there are some in {', '.join(inside)}: run in that folder with -C {inside[0]}"
    return Problem(f"there are no stack files in {where}", None, _near(folder / DEFAULT_FILE) or hint)


def stack_files_inside(folder: Path) -> Mapping[Path, Sequence[Path]]:
    """Return the stack files directly in each folder of `folder`: those with sections of a stack alone.

    Links are not followed, and nothing deeper, hidden, large or not well-formed is read.
    """
    try:
        inside = sorted(Path(folder, entry.name) for entry in os.scandir(folder) if _is_inside(entry))
        files = [path for within in inside for path in yaml_files_in(within, [])][:_MOST_INSIDE]
        small = [path for path in files if path.stat().st_size <= _LARGEST_INSIDE]
    except OSError:
        return {}
    ours = [path for path in small if is_surely_ours(read_text(path, []) or "")]
    return {within: list(paths) for within, paths in groupby(ours, lambda path: path.parent)}


def _is_inside(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def read_text(file: Path, problems: list[Problem], *, named_at: Location | None = None) -> str | None:
    """Read the text of `file`; None, and a problem, if it is not valid text for YAML.

    `named_at` is the location in a file that names this one.
    """
    start = named_at or Location(str(file), 1, 1)
    try:
        content = read_bytes(file)
    except FileNotFoundError:
        hint = "its name is relative to the file that names it" if named_at else _NAME_A_FILE
        hint = "write its path with / in the place of \\" if "\\" in str(file) else hint
        where = f": it is a link to '{os.readlink(file)}'" if file.is_symlink() else ""
        problems.append(Problem(f"there is no file '{file}'{where}", start, _near(file) or hint))
        return None
    except OSError as error:
        hint = "check that it is a file of at most 10 MB, and its permissions"
        problems.append(Problem(f"the file cannot be read: {error.strerror}", start, hint))
        return None
    return decoded(file, content, problems)


def decoded(file: Path, content: bytes, problems: list[Problem]) -> str | None:
    """Decode the content of `file`; None, and a problem, if it is not valid text for YAML."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.append(_utf16(file))
        return None
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        readable = content[: error.start].decode()
        location = location_at(str(file), readable, len(readable))
        problems.append(Problem("the file is not UTF-8 text", location, "save it in UTF-8"))
        return None
    if text[:2].count("\0") == 1:  # without its mark at the beginning
        problems.append(_utf16(file))
        return None
    control = Reader.NON_PRINTABLE.search(text)
    if control:
        location = location_at(str(file), text, control.start())
        message = f"control character U+{ord(control.group()):04X} is not allowed"
        escape = f'"\\x{ord(control.group()):02x}"'
        hint = f"remove it, or write it as an escape in double quotes: {escape}"
        problems.append(Problem(message, location, hint))
        return None
    return text


def _utf16(file: Path) -> Problem:
    return Problem("the file is UTF-16 text", Location(str(file), 1, 1), "save it in UTF-8")


def yaml_files_in(folder: Path, problems: list[Problem]) -> list[Path]:
    """Return the files of a folder with the name of a YAML file."""
    try:
        files = sorted(
            file for file in folder.iterdir() if _YAML.fullmatch(file.name) and not os.path.isdir(file)
        )
    except OSError as error:
        start = Location(str(folder), 1, 1)
        problems.append(
            Problem(f"the folder cannot be read: {error.strerror}", start, "check its permissions")
        )
        return []
    return files


def _near(file: Path) -> str:
    try:
        names = (path.name for path in file.parent.iterdir() if path.exists())
        return suggest(file.name, (name for name in names if not name.startswith(".")))
    except OSError:
        return ""
