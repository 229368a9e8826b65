"""Every value of the sample file replaced by values of other types: refused or taken, never a traceback."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from importlib import resources
from itertools import zip_longest
from typing import Any

import pytest

from pdslack_cli.config.load import load_texts
from pdslack_cli.errors import ConfigError
from tests.config.plain import read

SAMPLE = read(resources.files("pdslack_cli.config.reference").joinpath("sample.yaml").read_text("utf-8"))
WRONG = [None, True, [{"a": 1}]]

Path = tuple[str | int, ...]


def paths(value: Any, path: Path) -> Iterator[Path]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield from paths(inner, (*path, step))


def replaced(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = replaced(data[path[0]], path[1:], value)
    return copy


def rounds() -> list[list[Path]]:
    """The paths of all values: a section alone, and then in each round one of each entry."""
    by_entry: dict[Path, list[Path]] = defaultdict(list)
    for path in paths(SAMPLE, ()):
        by_entry[path[:2]].append(path)
    entries = [found for entry, found in by_entry.items() if len(entry) == 2]
    return [[(section,)] for section in SAMPLE] + [
        [path for path in row if path] for row in zip_longest(*entries)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_no_value_of_a_file_ends_in_a_traceback(wrong: Any) -> None:
    for row in rounds():
        data = SAMPLE
        for path in row:
            data = replaced(data, path, wrong)
        with suppress(ConfigError):
            load_texts({"a.yaml": json.dumps(data)}, {})  # which is YAML, and faster to write
