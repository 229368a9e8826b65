from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.expand.layers import with_layers
from pdslack_cli.config.expand.variables import Variables
from pdslack_cli.config.locations import Locations
from pdslack_cli.config.sources.source import StackSource
from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.errors import Location, Problem
from pdslack_cli.model import DataPath

Read = Callable[..., StackSource]

STACK = """\
vars: {critical: "'critical'", list: [a, b]}
defaults:
  services: {urgency: high, support_hours: {from: "08:00"}}
services:
  api:
    name: Payments API
    rules:
      - label: first
      - {if: x, then: {}}
    members: ${list}
    support_hours: {to: "20:00"}
    empty:
  'quoted': &anchor {a: 1}
  merged: {<<: *anchor, b: 2}
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        pytest.param((), (1, 1), (1, 1), id="the whole"),
        pytest.param(("services",), (5, 3), (4, 1), id="section"),
        pytest.param(("services", "api"), (6, 5), (5, 3), id="entry"),
        pytest.param(("services", "api", "name"), (6, 11), (6, 5), id="field"),
        pytest.param(("services", "api", "rules", 1), (9, 9), (9, 9), id="item"),
        pytest.param(("services", "api", "rules", 1, "if"), (9, 14), (9, 10), id="field of an item"),
        pytest.param(
            ("services", "api", "rules", 1, "then", 0), (9, 23), (9, 17), id="the only one of a list"
        ),
        pytest.param(("services", "api", "empty"), (12, 10), (12, 5), id="nothing written"),
        pytest.param(("services", "quoted"), (13, 13), (13, 3), id="quoted key, anchored value"),
        pytest.param(("services", "merged", "a"), (13, 25), (13, 22), id="merged, where it is written"),
        pytest.param(("services", "merged", "b"), (14, 28), (14, 25), id="beside what is merged"),
        pytest.param(("services", "api", "team"), (6, 5), (5, 3), id="missing field: its entry"),
        pytest.param(("services", "api", "name", "x"), (6, 11), (6, 5), id="field of a text: the text"),
        pytest.param(("services", "api", "rules", 7, "if"), (8, 7), (7, 5), id="missing item: its list"),
        pytest.param(("services", "api", "rules", "x"), (8, 7), (7, 5), id="no index: its list"),
        pytest.param(("services", "api", "members", 1), (10, 14), (10, 5), id="item of a variable's list"),
        pytest.param(("nowhere", "x"), (1, 1), (1, 1), id="missing section: the file"),
        pytest.param(("services", "api", "urgency"), (3, 23), (3, 14), id="default, where it is written"),
        pytest.param(
            ("services", "api", "support_hours", "from"), (3, 51), (3, 45), id="default inside a field"
        ),
        pytest.param(("services", "api", "support_hours", "to"), (11, 25), (11, 21), id="beside a default"),
    ],
)
def test_every_value_and_key_has_its_place(
    path: DataPath, value: tuple[int, int], key: tuple[int, int], read: Read
) -> None:
    source = read({"a.yaml": STACK})
    _, locations = with_layers(source.data, source.locations, [])
    assert locations.value(path) == Location("a.yaml", *value)
    assert locations.key(path) == Location("a.yaml", *key)


def test_places_are_in_the_file_that_holds_them(read: Read) -> None:
    locations = read({"a.yaml": "s: {a: 1}\n", "b.yaml": "\ns:\n  b: 2\n"}).locations
    assert locations.value(("s", "a")) == Location("a.yaml", 1, 8)
    assert locations.value(("s", "b")) == Location("b.yaml", 3, 6)


@pytest.mark.parametrize(
    ("written", "wanted", "place"),
    [
        pytest.param("event.a == 'x'", "a", (1, 11), id="plain"),
        pytest.param("event.a ==\n    'x'", "'x'", (2, 5), id="plain over two lines"),
        pytest.param("&x event.a", "a", (1, 14), id="anchored"),
        pytest.param("!!str event.a", ".a", (1, 16), id="tagged"),
        pytest.param("'event.a == ''x'' and b'", "b", (1, 27), id="single-quoted"),
        pytest.param("'a ''x''\n    and b'", "b", (2, 9), id="single-quoted over two lines"),
        pytest.param(r'"a \"x\" \\d \u00e9 and b"', "b", (1, 29), id="double-quoted with escapes"),
        pytest.param(r'"a \x20\t \n and b"', "b", (1, 22), id="double-quoted with escaped blanks"),
        pytest.param('"a \\\n    and b"', "b", (2, 9), id="double-quoted with an escaped line end"),
        pytest.param("|\n  event.a\n  and b\n", "b", (3, 7), id="literal"),
        pytest.param(
            "|-  # why\n\n\n    event.a\n      and b\n", "b", (5, 11), id="literal with more indent"
        ),
        pytest.param(">\n  event.a\n  and b\n", "b", (3, 7), id="folded"),
        pytest.param("&x >-\n  event.a\n  and b", "b", (3, 7), id="anchored and folded"),
        pytest.param("'😀 and b'", "b", (1, 12), id="beyond the first plane"),
        pytest.param("${critical} or b", "or b", (1, 17), id="after a variable"),
        pytest.param("x ${critical} b", "critical", (1, 7), id="in a variable"),
        pytest.param("x $${y} b", "{y}", (1, 7), id="after a literal"),
        pytest.param("a ${none:-} b", "b", (1, 17), id="after a variable that is empty"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_character_of_a_text_has_its_place(
    written: str, wanted: str, place: tuple[int, int], line_end: str, read: Read
) -> None:
    text = f"if: {written}\nvars: {{critical: \"'critical'\"}}\n"
    source = read({"a.yaml": text.replace("\n", line_end)})
    offset = source.data["if"].rindex(wanted)
    assert source.locations.inside(("if",), offset) == Location("a.yaml", *place)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        pytest.param("ab", (1, 7), id="plain"),
        pytest.param("'ab'", (1, 8), id="quoted"),
        pytest.param("|\n  ab\n", (2, 5), id="literal"),
        pytest.param("''", (1, 6), id="empty"),
    ],
)
def test_the_end_of_a_text_is_behind_its_last_character(
    written: str, place: tuple[int, int], read: Read
) -> None:
    source = read({"a.yaml": f"if: {written}\n"})
    assert source.locations.inside(("if",), len(source.data["if"].rstrip())) == Location("a.yaml", *place)


def test_inside_what_is_not_text_is_where_it_begins(read: Read) -> None:
    locations = read({"a.yaml": "owner: 12345\nvars: {c: d}\n"}).locations
    assert locations.inside(("owner",), 3) == Location("a.yaml", 1, 8)
    assert locations.inside(("vars",), 3) == Location("a.yaml", 2, 7)


# Blanks fold, and what is not printable is written as an escape.
letters = st.text(st.sampled_from("ab.'\"\\:#{[,é😀 \n\t"), min_size=1, max_size=60)


@given(letters, st.sampled_from([None, "'", '"', "|", ">"]), st.integers(5, 40), st.data())
def test_the_place_of_a_character_holds_that_character(
    value: str, style: str | None, width: int, data: st.DataObject
) -> None:
    written = yaml.dump({"key": value}, default_style=style, width=width, allow_unicode=True)
    problems: list[Problem] = []
    root = compose("a.yaml", written, problems)
    assert root is not None
    locations = Locations(root, {"a.yaml": written}, Variables({}, {}, problems))
    offset = data.draw(st.integers(0, len(value) - 1))
    location = locations.inside(("key",), offset)
    if not value[offset].isspace():
        there = written.split("\n")[location.line - 1][location.column - 1 :]
        assert there[0] == value[offset] or there[:2] in ("\\" + value[offset], "\\U", "''")
