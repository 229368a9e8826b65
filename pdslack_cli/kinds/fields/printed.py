"""Types for printed values that plain JSON cannot represent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class InOrder:
    """A mapping whose order is significant, in a Python-mode dump, where equal dicts may differ in order.

    Not a dataclass, which pydantic would print as a mapping of its fields.
    """

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self.pairs = pairs
