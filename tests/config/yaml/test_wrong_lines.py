"""Lines that YAML reads as something else: one problem, its place, and a cure."""

from __future__ import annotations

import pytest

from tests.config.yaml.test_compose import complaints

LINES = {
    "a section without its colon": (
        "a:\n  b: 1\nc\n  d: 2\n",
        "3:1",
        "this line has no 'key: '",
        "write `c:`",
    ),
    "a key without its colon": (
        "a:\n  b\n    c: 1\n",
        "2:3",
        "this line has no 'key: '",
        "write `b:`",
    ),
    "a line without a key": (
        "a:\n  b; 1\n  c: 2\n",
        "2:3",
        "this line has no 'key: '",
        "write `key: value`, or remove it",
    ),
    "a prompt": (
        "$ cat a.yaml\nb: 1\n",
        "1:1",
        "this line has no 'key: '",
        "",
    ),
    "a comment of another language": (
        "a: 'x'  // why\n",
        "1:9",
        "this is no comment in YAML",
        "begin comments with #",
    ),
    "a quote too many": (
        'a: "x""\nb: 1\n',
        "1:7",
        "the text is closed already before this quote",
        "remove it",
    ),
    "a line indented less than its neighbours": (
        "a:\n  b:\n    c: 1\n    d: 2\n  e: 3\n    f: 4\n",
        "5:3",
        "this line is indented by 2 spaces, and those around it by 4",
        "indent it by 4 spaces, like line 4",
    ),
    "a first line that is indented": (
        "  a: 1\nb: 2\n",
        "1:3",
        "this line is indented by 2 spaces, and those below it by 0",
        "indent it by 0 spaces, like line 2",
    ),
    "an item among keys": (
        "a:\n  b: 1\n  - c: 2\n",
        "3:3",
        "a list item is not allowed among keys",
        "remove the dash",
    ),
    "an entry beside its section": (
        "a: 1\nb:\nc:\n    d: 1\n  e:\n    d: 2\n",
        "5:3",
        "this line is indented by 2 spaces, like none of those that it could belong to",
        "or 4 spaces, like line 4; or indent line 3 by 2 spaces too, below `b:`",
    ),
    "an item indented less than those above": (
        "a:\n  b:\n    - c\n   - d\n",
        "4:4",
        "this line is indented by 3 spaces, like none of those that it could belong to",
        "indent it by 4 spaces, like line 3",
    ),
    "a bullet": (
        "a:\n  • b: 1\n    c: 2\n",
        "2:3",
        "• begins no item of a list",
        "write - in its place",
    ),
    "a dash of a text editor": (
        "a:\n  – b: 1\n    c: 2\n",
        "2:3",
        "– begins no item of a list",
        "– is an en dash (U+2013) here: write -",
    ),
    "a star": (
        "a:\n  * b\n  * c\n",
        "2:3",
        "* begins no item of a list",
        "write - in its place",
    ),
    "no-break spaces that indent": (
        "a:\n  b: 1\n\xa0\xa0c: 2\n  d: 3\n",
        "3:1",
        "YAML does not read this character as a plain one",
        "there is a no-break space",
    ),
    "lines of a diff": (
        "a:\n  b: 1\n-  c: 2\n+  c: 3\n",
        "3:1",
        "lines of a diff are left in this file",
        "keep the lines that begin with +",
    ),
    "JSON without a comma": (
        '{"a": "b" "c": 1}\n',
        "1:11",
        "a comma is missing before this",
        'write `",`',
    ),
    "JSON without a comma at the end of a line": (
        '{"a": "b"\n "c": 1}\n',
        "1:9",
        "a comma is missing after this",
        'write `",`',
    ),
    "brackets without a comma": (
        "a: {b: [c] d: [e]}\n",
        "1:12",
        "a comma is missing before this",
        "write `],`",
    ),
    "a semicolon": (
        "a: {b: [c]; d: [e]}\n",
        "1:11",
        "a comma separates values in brackets, not ;",
        "write a comma",
    ),
    "an equals sign between key and value": (
        "a:\n  b = c\n  d: 1\n",
        "2:3",
        "this is not YAML: it has no 'key: '",
        "write `b: c`, with a colon",
    ),
    "a block of Terraform": (
        's:\n  resource "a" "b" {\n    c = 1\n  }\n  d: 1\n',
        "2:3",
        "this is Terraform's language",
        "",
    ),
}


@pytest.mark.parametrize("case", LINES)
def test_a_line_that_reads_as_something_else_is_one_problem(case: str) -> None:
    text, place, message, hint = LINES[case]
    (found,) = complaints(text)
    assert found.startswith(f"a.yaml:{place}: {message}")
    assert hint in found
