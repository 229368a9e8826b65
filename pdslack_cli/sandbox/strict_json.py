"""JSON as vendors take it: of bounded depth, and without the numbers and texts that JSON does not have."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 100


def parse(content: bytes | str) -> Any:
    """The value of a JSON text. Raises ValueError for everything else."""
    try:
        value = json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    _check_depth(value)
    json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if abs(value) == float("inf"):
        raise ValueError("a number is too large")
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise ValueError("it nests too deep")
