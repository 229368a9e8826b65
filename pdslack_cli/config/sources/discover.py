"""Arguments → the files that they name, and the text in them."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Sequence
from pathlib import Path

from yaml.reader import Reader

from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.config.suggest import suggest
from pdslack_cli.config.yaml.positions import location_at
from pdslack_cli.errors import Location, Problem

DEFAULT_FILE = Path("pdslack.yaml")
_YAML = re.compile(r"(?!\.).*(?<!\.test)\.ya?ml")  # neither hidden, nor a file of tests

_NAME_A_FILE = f"name a file or a folder; without a name, {DEFAULT_FILE} of this folder is read"


def find_files(arguments: Sequence[Path], problems: list[Problem]) -> list[Path]:
    """Return each file once: those given, and the YAML files right inside the folders given.

    Without arguments this is `pdslack.yaml`. Folders inside folders, hidden files and `*.test.yaml` are only
    read when they are given by name.
    """
    found: dict[str, Path] = {}
    for argument in arguments or (DEFAULT_FILE,):
        # Unlike pathlib, os.path does not raise where a folder is closed to us or links go in a circle.
        files = _files_in(argument, problems) if os.path.isdir(argument) else [argument]
        for file in files:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def read_text(file: Path, problems: list[Problem], *, named_at: Location | None = None) -> str | None:
    """Return the text of `file`; None, and a problem, where it has none that YAML could read.

    `named_at` is the place of a file that names this one.
    """
    start = named_at or Location(str(file), 1, 1)
    try:
        content = read_bytes(file)
    except FileNotFoundError:
        hint = "its name is relative to the file that names it" if named_at else _NAME_A_FILE
        problems.append(Problem(f"there is no file '{file}'", start, _near(file) or hint))
        return None
    except OSError as error:
        hint = "check that it is a file of at most 10 MB, and its permissions"
        problems.append(Problem(f"the file cannot be read: {error.strerror}", start, hint))
        return None
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        readable = content[: error.start].decode()
        location = location_at(str(file), readable, len(readable))
        problems.append(Problem("the file is not UTF-8 text", location, "save it in UTF-8"))
        return None
    control = Reader.NON_PRINTABLE.search(text)
    if control:
        location = location_at(str(file), text, control.start())
        message = f"a control character (U+{ord(control.group()):04X}) stands here"
        problems.append(
            Problem(message, location, 'remove it, or write it as an escape in double quotes: "\\x1b"')
        )
        return None
    return text


def _files_in(folder: Path, problems: list[Problem]) -> list[Path]:
    start = Location(str(folder), 1, 1)
    try:
        files = sorted(
            file for file in folder.iterdir() if _YAML.fullmatch(file.name) and not os.path.isdir(file)
        )
    except OSError as error:
        problems.append(
            Problem(f"the folder cannot be read: {error.strerror}", start, "check its permissions")
        )
        return []
    if not files:
        hint = "files end in .yaml or .yml; folders inside it are not searched"
        problems.append(Problem(f"the folder '{folder}' holds no YAML files", start, hint))
    return files


def _near(file: Path) -> str:
    try:
        return suggest(file.name, os.listdir(file.parent))
    except OSError:
        return ""
