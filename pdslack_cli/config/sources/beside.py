"""Find stack files in the folders of named files that the run did not read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pdslack_cli.config.sources.discover import find_files, read_text, yaml_files_in
from pdslack_cli.config.sources.foreign import is_foreign
from pdslack_cli.config.yaml.peek import top_level


def unread_beside(arguments: Sequence[Path], owner: str) -> Iterator[Path]:
    """Yield the stack files of this owner in the folders of the files that were named."""
    read = {os.path.realpath(file.path) for file in find_files(arguments, [])}
    for folder in sorted({file.parent for file in arguments if not os.path.isdir(file)}):
        for path in yaml_files_in(folder, []):
            if os.path.realpath(path) not in read and _is_of(path, owner):
                yield path


def _is_of(path: Path, owner: str) -> bool:
    """Return whether a file is part of a stack of this owner; a file without an owner may be."""
    text = read_text(path, []) or ""
    return not is_foreign(text) and top_level(text).keys.get("owner", owner) == owner
