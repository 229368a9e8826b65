"""However a stack is broken, it is read, or refused with problems that have a place: nothing else happens."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pdslack_cli.config.load import load
from pdslack_cli.errors import ConfigError
from tests.config.plain import read

EXAMPLES = Path(__file__).parents[2] / "examples"
STACKS = [
    (EXAMPLES / "quickstart.yaml").read_text(),
    (EXAMPLES / "tutorial.yaml").read_text(),
    (EXAMPLES / "each" / "pdslack.yaml").read_text(),
    "\n".join(file.read_text() for file in sorted((EXAMPLES / "fintech").glob("*.yaml"))),
]
LINES = ["", "- x", "a: b", "  null", "services:", "{", "'", "&a *b", "<<: x", "\t", "? x", "---", "%"]
MARKS = list("\"'{}[]:,&*!|>#%@`-\t\\$ \x00é😀")
ODD = [
    *[
        None,
        True,
        False,
        0,
        -1,
        10**30,
        1.5,
        "",
        " ",
        "text",
        "a\nb",
        "\x00",
        "😀" * 300,
        [],
        [[]],
        [None],
        {},
    ],
    *["maya", "person/maya", "schedule/x", "/", "team/", "all", "severity", "P1", "never", "unrouted"],
    *[
        "${x}",
        "${",
        "0s",
        "1 week",
        "999999999999999w",
        "09:00",
        "fri 17:00",
        "mon-fri",
        "2026-02-30T00:00:00",
    ],
    *["9999-12-31T23:59:59", "0001-01-01T00:00:00", "event.x matches regex '('", "not event.x", "{{event.x"],
    *["https://x.y", "[pdslack:other/x]", ["maya", "maya"], {"a": "b"}, {"name": 5}, {"lookup": True}],
    *[{"by": "content"}, {"from": "x", "regex": "("}, {"otherwise": {}}, {"if": "x"}, {"like": "x"}],
]


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*path, step)
        yield from places(inner, *path, step)


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def broken_data(draw: st.DrawFn) -> str:
    """A stack of which values are replaced, removed, repeated, moved or renamed."""
    data = read(draw(st.sampled_from(STACKS)))
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(data))
        *parent, step = draw(st.sampled_from(paths))
        holder = at(data, tuple(parent))
        change = draw(st.sampled_from(["replace", "remove", "move", "rename", "wrap"]))
        if change == "remove":
            del holder[step]
        elif change == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from(["A b", "x", "", "name", "lookup", "like"]))] = holder.pop(step)
        elif change == "move":
            holder[step] = copy.deepcopy(at(data, draw(st.sampled_from(paths))))
        elif change == "wrap":
            holder[step] = [holder[step]]
        else:
            holder[step] = copy.deepcopy(draw(st.sampled_from(ODD)))
        if not data:
            break
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


@st.composite
def broken_text(draw: st.DrawFn) -> str:
    """A stack of which lines are removed, repeated, swapped, shifted, or hold a character more."""
    lines = draw(st.sampled_from(STACKS)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        change = draw(st.sampled_from(["remove", "repeat", "swap", "shift", "insert", "replace"]))
        if change == "remove" and len(lines) > 1:
            del lines[one]
        elif change == "repeat":
            lines.insert(other, lines[one])
        elif change == "swap":
            lines[one], lines[other] = lines[other], lines[one]
        elif change == "shift":
            lines[one] = " " * draw(st.integers(0, 8)) + lines[one].lstrip()
        elif change == "insert":
            column = draw(st.integers(0, len(lines[one])))
            lines[one] = lines[one][:column] + draw(st.sampled_from(MARKS)) + lines[one][column:]
        else:
            lines[one] = draw(st.sampled_from(LINES))
    return "\n".join(lines)


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "apps.csv").write_text((EXAMPLES / "each" / "apps.csv").read_text())
        yield Path(folder) / "pdslack.yaml"


def refused_with_places(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="")
    try:
        load([file], {})
    except ConfigError as error:
        length = len(text.splitlines()) + 1
        for problem in error.problems:
            assert problem.mark
            assert problem.mark.line <= length
            assert " should " not in problem.message  # as pydantic speaks of what we have no words for


@settings(max_examples=300, deadline=None)
@given(broken_data())
def test_a_stack_with_wrong_values_is_refused_in_our_words(file: Path, text: str) -> None:
    refused_with_places(file, text)


@settings(max_examples=300, deadline=None)
@given(broken_text())
def test_a_stack_with_broken_lines_is_refused_in_our_words(file: Path, text: str) -> None:
    refused_with_places(file, text)
