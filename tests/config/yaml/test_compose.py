from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import MappingNode, Node, ScalarNode
from pdslack_cli.errors import Problem


def plain(node: Node) -> Any:
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, MappingNode):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    return [plain(item) for item in node.items]


def composed(text: str) -> Any:
    problems: list[Problem] = []
    root = compose("a.yaml", text, problems)
    assert problems == []
    assert root is not None
    return plain(root)


def complaints(text: str) -> list[str]:
    problems: list[Problem] = []
    compose("a.yaml", text, problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *[pytest.param(word, word, id=f"{word} is text") for word in ("yes", "no", "on", "off", "y", "N")],
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="False"),
        pytest.param("", None, id="nothing"),
        pytest.param("~", None, id="tilde"),
        pytest.param("null", None, id="null"),
        pytest.param("'null'", "null", id="null in quotes is text"),
        pytest.param("17", 17, id="integer"),
        pytest.param("-17", -17, id="negative integer"),
        pytest.param("1.5", 1.5, id="decimal"),
        pytest.param("'17'", "17", id="digits in quotes are text"),
        pytest.param("!!str 17", "17", id="digits tagged as text are text"),
        pytest.param("17:00", "17:00", id="a time is text"),
        pytest.param("2026-01-05", "2026-01-05", id="a date is text"),
        pytest.param("2026-01-05T09:00:00", "2026-01-05T09:00:00", id="an instant is text"),
        pytest.param("012", "012", id="a leading zero is kept"),
        pytest.param("+4930123456", "+4930123456", id="a phone number is text"),
        pytest.param("0x1F", "0x1F", id="hexadecimal is text"),
        pytest.param("1_000", "1_000", id="digits with underscores are text"),
        pytest.param("1e3", "1e3", id="an exponent is text"),
        pytest.param(".nan", ".nan", id="not a number is text"),
        pytest.param("9" * 5000, "9" * 5000, id="digits too many for a number are text"),
        pytest.param("=", "=", id="an equals sign is text"),
    ],
)
def test_a_plain_scalar_is_what_it_looks_like(written: str, value: object) -> None:
    found = composed(f"a: {written}\n")["a"]
    assert found == value
    assert type(found) is type(value)


# PyYAML writes the rare line breaks so that it cannot read them back itself.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"))
json_like = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@given(
    st.dictionaries(texts, json_like, min_size=1, max_size=5),
    st.booleans() | st.none(),
    st.sampled_from([None, "'", '"']),
    st.integers(10, 100),
)
def test_what_a_yaml_writer_writes_is_read_as_it_was(
    data: dict[str, Any], flow: bool | None, style: str | None, width: int
) -> None:
    written = yaml.safe_dump(
        data, default_flow_style=flow, default_style=style, width=width, allow_unicode=True
    )
    # With a forced style the writer tags what would be text otherwise (!!int "1"), which we refuse.
    if "!!" not in written:
        assert composed(written) == data


SYNTAX_ERRORS = [
    pytest.param(
        "a:\n  if: event.x matches 'a: b'\n",
        "a.yaml:2:25: ': ' is not allowed inside unquoted text "
        "(put the whole text in quotes: \"event.x matches 'a: b'\")",
        id="colon in an unquoted condition",
    ),
    pytest.param(
        "a: 1\n  b: 2\n", "a.yaml:2:3: this line is indented by 2 spaces, like none", id="indented too far"
    ),
    pytest.param(
        "a:\n  b: 1\n c: 2\n",
        "a.yaml:3:2: this line is indented by 1 space, like none of those that it could belong to "
        "(indent it by 0 spaces, like line 1, or 2 spaces, like line 2)",
        id="dedented",
    ),
    pytest.param(
        "a: 'x' and y\n",
        "a.yaml:1:8: the quoted text ends before this, and more text follows "
        "(put the whole text in other quotes: \"'x' and y\")",
        id="text after a quoted text",
    ),
    pytest.param("a: {b: 1}}\n", "a.yaml:1:10: a key was expected here", id="one bracket too many"),
    pytest.param(
        "a: {t: ${env}, b: 1}\n",
        "a.yaml:1:9: brackets in a text need quotes here (put it in quotes: '${env}')",
        id="variable in a flow mapping",
    ),
    pytest.param(
        "a: [1, 2\nb: 3\n", "a.yaml:1:4: the bracket '[' opened here is not closed", id="unclosed list"
    ),
    pytest.param(
        "a: {b: 1\n", "a.yaml:1:4: the bracket '{' opened here is not closed", id="unclosed mapping"
    ),
    pytest.param("a: [b,,c]\n", "a.yaml:1:7: a value is missing here", id="two commas"),
    pytest.param("a: 1\nb: 'x\nc: 2\n", "a.yaml:2:4: this quote is never closed", id="unclosed quote"),
    pytest.param("a:\n\tb: 1\n", "a.yaml:2:1: a tab cannot indent YAML (use spaces)", id="tab"),
    pytest.param("a:\n  b: 1\n\tc: 1\n", "a.yaml:3:1: a tab cannot indent YAML", id="tab after a value"),
    pytest.param("a: @here\n", "a.yaml:1:4: text cannot begin with @ (put the whole", id="at sign"),
    pytest.param("a: `x`\n", "a.yaml:1:4: text cannot begin with `", id="backtick"),
    pytest.param("a: %x\n", "a.yaml:1:4: text cannot begin with %", id="percent"),
    pytest.param("a: [*, b]\n", "a.yaml:1:5: an unquoted '*' begins a YAML alias", id="star"),
    pytest.param("a: && b\n", "a.yaml:1:4: an unquoted '&' begins a YAML anchor", id="ampersand"),
    pytest.param("a: !{x}\n", "a.yaml:1:4: an unquoted '!' begins a YAML tag", id="bang bracket"),
    pytest.param("a: !x!y z\n", "a.yaml:1:4: an unquoted '!' begins a YAML tag", id="tag handle"),
    pytest.param(
        'a: "\\d+"\n',
        "a.yaml:1:5: a backslash in double quotes begins an escape, and this one does not exist "
        "(use single quotes, where a backslash is plain text)",
        id="regular expression in double quotes",
    ),
    pytest.param('a: "\\ud800"\n', "a.yaml:1:7: this escape is not a valid character", id="surrogate"),
    pytest.param("a: 1\nfoo\nb: 2\n", "a.yaml:2:1: this line has no 'key: '", id="line without a colon"),
    pytest.param("a: - b\n", "a.yaml:1:4: a list cannot begin on this line", id="list on the key's line"),
    pytest.param("a:\n  - b\n  c: 1\n", "a.yaml:3:3: a list item was expected here", id="key among items"),
    pytest.param("a: >= 5\n", "a.yaml:1:5: an unquoted '|' or '>' begins text", id="greater or equal"),
    pytest.param("[a]\nb: 1\n", "a.yaml:2:1: unexpected content after the end", id="text after the end"),
    pytest.param("%YAML 3.0\n---\na: 1\n", "a.yaml:1:1: this is not YAML: found incomp", id="any other"),
]


@pytest.mark.parametrize(("text", "complaint"), SYNTAX_ERRORS)
def test_a_syntax_error_is_said_in_the_writers_words(text: str, complaint: str) -> None:
    (found,) = complaints(text)
    assert found.startswith(complaint)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: 1\n---\nb: 1\n", ["a.yaml:2:1: a second document begins here"], id="two documents"),
        pytest.param(
            "1: x\n", ["a.yaml:1:1: a key must be text, got 1 (put it in quotes: '1')"], id="number as key"
        ),
        pytest.param("a: {true: x}\n", ["a.yaml:1:5: a key must be text, got true"], id="boolean as key"),
        pytest.param("a: {~: x}\n", ["a.yaml:1:5: a key must be text, got ~"], id="null as key"),
        pytest.param("?\n: x\n", ["a.yaml:1:1: a key must be text, got null"], id="no key"),
        pytest.param(
            "a: {{event.x}}\n",
            [
                "a.yaml:1:4: text that begins with {{ needs quotes "
                "(put the whole text in quotes: '{{event.x}}')"
            ],
            id="unquoted template",
        ),
        pytest.param("? [a]\n: b\n", ["a.yaml:1:3: a key must be text"], id="list as key"),
        pytest.param(
            "a:\n  b: 1\n  c: 2\n  b: 3\n",
            ["a.yaml:4:3: 'b' is defined twice, first at a.yaml:2:3 (keep one of the two"],
            id="duplicate key",
        ),
        pytest.param(
            "b: 1\nb: 2\n'b': 3\n",
            [
                "a.yaml:2:1: 'b' is defined twice, first at a.yaml:1:1",
                "a.yaml:3:1: 'b' is defined twice, first at a.yaml:1:1",
            ],
            id="triplicate key",
        ),
        pytest.param(
            "if: !event.x exists\n", ["a.yaml:1:5: an unquoted '!' begins a YAML tag (put text"], id="bang"
        ),
        pytest.param("if: ! event.x\n", ["a.yaml:1:5: an unquoted '!'"], id="bang and space"),
        pytest.param("a: !!set {b}\n", ["a.yaml:1:4: an unquoted '!'"], id="tag at a mapping"),
        pytest.param("a: !!seq []\n", ["a.yaml:1:4: an unquoted '!'"], id="tag at a list"),
        pytest.param(
            "x-a: &base {}\nb: *bse\nc: *bse\n",
            ["a.yaml:2:4: alias *bse is not defined in this file (write *base)"],
            id="misspelt alias is reported once",
        ),
        pytest.param(
            "s: {a: {<<: {b: 1}, <<: {c: 1}}}\n", ["a.yaml:1:21: '<<' is defined twice"], id="two merges"
        ),
        pytest.param(
            "s:\n  a:\n    to: #ops\n    topic: # none\n",
            ["a.yaml:3:9: '#' begins a comment here: the value is not read (put the text in quotes: '#ops';"],
            id="a sigil that begins a comment",
        ),
        pytest.param(
            "b: *a\na: &a 1\n", ["a.yaml:1:4: alias *a is not defined"], id="alias before its anchor"
        ),
        pytest.param(
            "a: &a {b: [*a]}\n", ["a.yaml:1:12: alias *a is used inside its own anchor"], id="cycle"
        ),
        pytest.param("a: &a 1\nb: {<<: *a}\n", ["a.yaml:1:4: << takes a mapping"], id="merged scalar"),
        pytest.param("b: {<<: [{}, 5]}\n", ["a.yaml:1:14: << takes a mapping, or a list"], id="merged list"),
        pytest.param(
            "1: x\na: !t x\nb: 1\nb: 2\n",
            [
                "a.yaml:2:4: an unq",
                "a.yaml:1:1: a key must be text, got 1",
                "a.yaml:4:1: 'b' is defined twice",
            ],
            id="all of them at once",
        ),
    ],
)
def test_what_yaml_allows_and_we_do_not_is_a_problem(text: str, expected: list[str]) -> None:
    found = complaints(text)
    assert len(found) == len(expected)
    for complaint, start in zip(found, expected, strict=True):
        assert complaint.startswith(start)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n", {"a": 1, "b": 3}, id="own keys win"),
        pytest.param("x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x}\n", {"a": 1, "b": 3}, id="wherever << stands"),
        pytest.param("y: {<<: [{a: 1}, {a: 2, b: 2}]}\n", {"a": 1, "b": 2}, id="the first of a list wins"),
        pytest.param("y: {'<<': 1}\n", {"<<": 1}, id="quoted it is a key"),
        pytest.param("x: &x [1]\ny: [*x, *x]\n", [[1], [1]], id="alias"),
        pytest.param("x: &x 1\nz: &x 2\ny: *x\n", 2, id="the last anchor of a name counts"),
    ],
)
def test_anchors_and_merges_work_within_a_file(text: str, value: object) -> None:
    assert composed(text)["y"] == value


LAUGHS = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(
            "a: &a x\nb: [" + "*a," * 100_000 + "]\n",
            "a.yaml:2:150005: the aliases of this file expand to more than 50,000 values",
            id="100,000 aliases",
        ),
        pytest.param(
            "a0: &a0 [x, x]\n" + LAUGHS,
            "a.yaml:6:15: the aliases of this file expand to more than 50,000 values",
            id="aliases to aliases",
        ),
        pytest.param(
            "a: " + "[" * 100_000,
            "a.yaml:1:102: the file is nested more than 100 levels deep here",
            id="100,000 brackets",
        ),
        pytest.param(
            "a: " + "{a: " * 100_000,
            "a.yaml:1:396: the file is nested more than 100 levels deep here",
            id="100,000 mappings in braces",
        ),
        pytest.param(
            "".join(" " * depth + "a:\n" for depth in range(1000)),
            "a.yaml:100:100: the file is nested more than 100 levels deep here",
            id="1,000 indentations",
        ),
        pytest.param(
            "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 1000)),
            "a.yaml:98:12: the file is nested more than 100 levels deep here",
            id="aliases that nest",
        ),
    ],
)
def test_a_file_that_explodes_is_refused(text: str, complaint: str) -> None:
    (found,) = complaints(text)
    assert found.startswith(complaint)


def test_a_thousand_entries_may_share_an_anchor() -> None:
    text = "x: &x {a: 1, b: {c: [1, 2, 3]}}\ny:\n" + "".join(f"  s{i}: {{<<: *x}}\n" for i in range(1000))
    assert composed(text)["y"]["s999"] == {"a": 1, "b": {"c": [1, 2, 3]}}


@pytest.mark.slow
def test_without_libyaml_a_file_is_read_the_same() -> None:
    # A process in which libyaml's module cannot be imported, as on a machine without it.
    program = """
import sys
sys.modules["yaml._yaml"] = None
from pdslack_cli.config.yaml.compose import compose
problems = []
text = "a: &a {b: no, t: 17:00}\\nc: ['é ''x''', *a, 5]\\nd: {\\n"
assert compose("a.yaml", text, problems) is None
print(*problems)
problems.clear()
root = compose("a.yaml", text[:-5], problems)
print(root.entries["c"].node.items[0].value, root.entries["c"].node.items[1].entries["t"].node, problems)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    refused, read = done.stdout.splitlines()
    assert refused.startswith("a.yaml:3:4: the bracket '{' opened here is not closed")
    assert read.startswith(
        "é 'x' ScalarNode(value='17:00', location=Location(file='a.yaml', line=1, column=18, "
    )
    assert read.endswith(" []")
