"""Select the files to format: those of the stack, and its test files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pdslack_cli.config.sources.discover import TEST_SUFFIXES, find_files, read_text
from pdslack_cli.config.sources.foreign import is_foreign
from pdslack_cli.errors import Problem


def files_to_format(arguments: Sequence[Path], problems: list[Problem]) -> list[Path]:
    """Return the stack files in a list of files and folders, and all test files in the folders.

    YAML files of other programs are skipped, unless they are named.
    """
    found = [file.path for file in find_files(arguments, problems) if file.named or _is_ours(file.path)]
    folders = [path for path in arguments or (Path(),) if path.is_dir()]
    tests = {path for folder in folders for suffix in TEST_SUFFIXES for path in folder.glob(f"[!.]*{suffix}")}
    return list(dict.fromkeys([*found, *sorted(tests)]))


def _is_ours(path: Path) -> bool:
    text = read_text(path, [])
    if text is None:
        return True  # reading it again tells why
    return not is_foreign(text)
