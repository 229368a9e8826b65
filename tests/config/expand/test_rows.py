from __future__ import annotations

from collections.abc import Callable

import pytest

from pdslack_cli.config.sources.source import StackSource

Read = Callable[..., StackSource]
Complain = Callable[..., list[str]]

STACK = "each: [{rows: apps.csv, as: app, s: {'${app.name}': '${app.tier}'}}]\n"


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        pytest.param("name,tier\npay,1\n", {"pay": "1"}, id="plain"),
        pytest.param("name,tier\r\npay,1\r\n", {"pay": "1"}, id="Windows line ends"),
        pytest.param("name,tier\npay,1", {"pay": "1"}, id="no line end at the end"),
        pytest.param("\ufeffname,tier\npay,1\n", {"pay": "1"}, id="byte order mark"),
        pytest.param("name , tier\n pay ,\t1\n", {"pay": "1"}, id="blanks around fields"),
        pytest.param('name,tier\n"a, b","say ""x"""\n', {"a, b": 'say "x"'}, id="quotes"),
        pytest.param(
            'name,tier\npay,"two\nlines"\nauth,2\n', {"pay": "two\nlines", "auth": "2"}, id="line breaks"
        ),
        pytest.param("\nname,tier\n\npay,1\n,\n\n", {"pay": "1"}, id="empty lines and rows"),
        pytest.param("name,tier\npay,\n", {"pay": ""}, id="an empty field"),
        pytest.param("name,tier\n", {}, id="only a header"),
    ],
)
def test_csv_is_read_as_spreadsheets_write_it(table: str, rows: dict[str, str], read: Read) -> None:
    assert read({"a.yaml": STACK, "apps.csv": table}, "a.yaml").data == {"s": rows}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param("", ["apps.csv:1:1: the file is empty (its first line names the columns)"], id="empty"),
        pytest.param(
            "name,tier\npay,1\nauth\n",
            ["apps.csv:3:1: row 3 has 1 field, the header has 2 (put a field that contains commas in double"],
            id="a short row",
        ),
        pytest.param("name,tier\na,1,2\n", ["apps.csv:2:1: row 2 has 3 fields, the header"], id="a long row"),
        pytest.param(
            'name,tier\n"a\nb",1\nauth\n', ["apps.csv:4:1: row 3 has 1 field, the"], id="below a long one"
        ),
        pytest.param(
            "name;tier\npay;1\n",
            ["apps.csv:1:1: the columns are not separated by commas (save it with commas)"],
            id="semicolons",
        ),
        pytest.param(
            "name\ttier\npay\t1\n",
            ["apps.csv:1:1: the columns are not separated by commas (save it with commas)"],
            id="tabs",
        ),
        pytest.param(
            "# apps\nname,tier\n",
            ["apps.csv:2:1: row 2 has 2 fields, the header has 1 (the first line names the columns, and"],
            id="a comment",
        ),
        pytest.param(
            "name,\npay,1\n", ["apps.csv:1:1: column 2 has no name (name it, or remove"], id="no name"
        ),
        pytest.param("name,name\npay,1\n", ["apps.csv:1:1: two columns are named 'name'"], id="equal names"),
        pytest.param(
            'name,tier\npay,"1\n', ["apps.csv:2:1: this is not CSV: unexpected end"], id="open quote"
        ),
        pytest.param(
            "name,tier\npay,xoxb-1234567890\n",
            ["apps.csv:2:1: this looks like a Slack token (xoxb…) (set PDSLACK_VAR_name"],
            id="a token",
        ),
    ],
)
def test_what_is_wrong_with_a_table_has_its_place(
    table: str, expected: list[str], complaints: Complain
) -> None:
    found = complaints({"a.yaml": "each: [{rows: apps.csv, as: app}]\n", "apps.csv": table}, "a.yaml")
    assert len(found) == len(expected)
    for complaint, start in zip(found, expected, strict=True):
        assert complaint.startswith(start)
