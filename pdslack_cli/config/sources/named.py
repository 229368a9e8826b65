"""Read the files that a stack file names: texts and tables beside it.

Who proposes a change of the files must not get at what else is on the machine: a plan shows such texts, and
an apply sends them. So only what belongs to the checkout is read, and nothing hidden, as `.env` and `.git`
are.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from pdslack_cli.config.sources.discover import read_text, roots_of
from pdslack_cli.errors import Location, Problem


def read_named(name: str, place: Location, problems: list[Problem]) -> str | None:
    """Read the text of the file of that name, written at `place`; None, and a problem, if it cannot be."""
    if re.match("https?:", name, re.IGNORECASE):
        hint = "download it, and write the name of the file"
        problems.append(Problem("expected the name of a file, got a web address", place, hint))
        return None
    folder = Path(place.file).parent
    reason = _refused(os.path.realpath(folder / name), folder)
    if reason:
        hint = "put it beside the file that names it, or elsewhere in the same repository"
        problems.append(Problem(f"'{folder / name}' {reason}: it is not read", place, hint))
        return None
    return read_text(folder / name, problems, named_at=place)


def _refused(target: str, folder: Path) -> str:
    """Return why a file, with its links followed, is not for a stack file of this folder; "" if it is."""
    for root in roots_of(Path(os.path.realpath(folder))):
        if Path(target).is_relative_to(root):
            inside = Path(target).relative_to(root).parts
            return "is a hidden file" if any(part.startswith(".") for part in inside) else ""
    return "is outside of the repository of the file that names it"
