"""However a stack is broken, it is read, or refused with problems that have a place: nothing else happens."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.config.load import load, load_partly
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import ConfigError
from pdslack_cli.routing.testing.run_cases import run_cases
from tests.config.plain import dump, read
from tests.conftest import examples
from tests.support.factories import live_state

EXAMPLES = Path(__file__).parents[2] / "examples"
STACKS = [
    (EXAMPLES / "quickstart.yaml").read_text(),
    (EXAMPLES / "tutorial.yaml").read_text(),
    (EXAMPLES / "each" / "pdslack.yaml").read_text(),
    "\n".join(file.read_text() for file in sorted((EXAMPLES / "fintech").glob("*.yaml"))),
]
# A stack with every sort of time in it.
TIMES = """
owner: x
people: {maya: maya@acme.example}
schedules:
  s:
    time_zone: Pacific/Kiritimati
    layers:
      - name: L
        start: 2026-01-05T09:00:00
        handoff: 2026-01-06T09:00:00
        end: 2026-03-05T09:00:00
        rotate: 1 week
        people: [maya]
        only: [{days: mon-fri, from: "09:00", to: "17:00"}, {from: fri 17:00, to: mon 09:00}]
escalation_policies: {p: {levels: [{notify: [schedule/s], escalate_after: 15m}]}}
services:
  a:
    escalation_policy: p
    urgency: {support_hours: high, outside: low, raise_at: start}
    support_hours: {time_zone: Europe/Berlin, days: mon-fri, from: "08:00", to: "20:00"}
    auto_resolve_timeout: 4h
    acknowledgement_timeout: 30m
    auto_pause: 5m
    alert_grouping: {by: content, fields: [component], match: all, window: 10m}
    rules:
      - {label: a, if: "now in Mon,Tue 09:00:00 to 17:00:00 Europe/Berlin", then: {pause: 5m}}
tests:
  - name: t
    time_zone: Pacific/Kiritimati
    now: 2026-03-30T17:15:00
    send:
      - {to: service/a, event: {summary: x}, at: 2026-03-30T17:15:00+01:00}
      - {to: service/a, event: {summary: x}, after: 5m, repeat: 3}
    expect: {pause: 5m}
"""
EXTREMES = [
    *["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "0001-01-01", "1970-01-01T00:00:00"],
    *["9999-12-31T23:59:59", "9999-12-31T23:59:00-12:00", "9999-12-31", "2999-12-31T23:59:00"],
    *[
        "00:00",
        "23:59",
        "24:00",
        "1s",
        "0m",
        "520w",
        "99999999 weeks",
        "9" * 5000 + "w",
        "fri 17:00",
        "mon 00:00",
    ],
    *[10**30, -1, 10**400, float("inf"), float("nan")],
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
        "9" * 5000 + "s",
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
    return dump(data, allow_unicode=True, sort_keys=False)


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
        loaded = load_partly([file], {})
        problems = [*loaded.problems, *lint_stack(loaded.stack)]
    except ConfigError as error:
        problems = [*error.problems]
    length = len(text.splitlines()) + 1
    for problem in problems:
        assert problem.location
        assert problem.location.line <= length
        assert " should " not in problem.message  # as pydantic speaks of what we have no words for


@pytest.mark.slow
@examples(150)
@given(broken_data())
def test_a_stack_with_wrong_values_is_refused_in_our_words(file: Path, text: str) -> None:
    refused_with_places(file, text)


@pytest.mark.slow
@examples(120)
@given(st.sampled_from(list(places(read(TIMES)))), st.sampled_from(EXTREMES))
def test_no_time_is_too_early_too_late_or_too_long_for_us(
    file: Path, place: tuple[Any, ...], extreme: Any
) -> None:
    stack = read(TIMES)
    *parent, step = place
    at(stack, tuple(parent))[step] = extreme
    text = dump(stack, sort_keys=False)
    refused_with_places(file, text)
    with suppress(ConfigError):
        loaded = load([file], {})
        lint_stack(loaded)
        run_cases(routing_model_of(loaded.specs), [placed.case for placed in loaded.cases])
        make_plan(loaded, live_state())


@pytest.mark.slow
@examples(200)
@given(broken_text())
def test_a_stack_with_broken_lines_is_refused_in_our_words(file: Path, text: str) -> None:
    refused_with_places(file, text)
