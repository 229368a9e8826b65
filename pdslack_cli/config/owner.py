"""Whose files these are, where they cannot be read as a stack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pdslack_cli.config.sources.discover import find_files, read_text

_OWNER = re.compile(r"^owner:\s*[\"']?([a-z0-9-]{1,24})\b", re.MULTILINE)


def likely_owner(arguments: Sequence[Path]) -> str:
    """The owner that the files seem to name, "" where none does: even a broken stack's problems are whose."""
    for file in find_files(arguments, []):
        found = _OWNER.search(read_text(file.path, []) or "")
        if found:
            return found[1]
    return ""
