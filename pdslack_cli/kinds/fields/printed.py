"""Shapes of a printed value that plain JSON has no word for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class InOrder:
    """A mapping whose order counts, as a Python-mode dump holds it: two dicts of one content are equal.

    Not a dataclass, which pydantic would print as a mapping of its fields.
    """

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self.pairs = pairs
