"""`fmt` changes how a file is written, and nothing else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given

from pdslack_cli.config.layout.canonical import formatted
from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import MappingNode, SequenceNode
from tests.config.layout.drawn import Drawn, stacks
from tests.conftest import examples
from tests.test_readme import EXAMPLES


def fmt(text: str) -> str:
    return formatted("a.yaml", text)


def read(text: str):
    problems: list = []
    node = compose("a.yaml", text, problems)
    assert not problems
    return node


def plain(node):
    if isinstance(node, MappingNode):
        return {key: plain(item.node) for key, item in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    return (type(node.value), node.value)


def key_lines(node, path=()) -> dict[tuple, tuple[int, int]]:
    """The lines on which the entries of a file begin, and where their values do."""
    found = {}
    if isinstance(node, MappingNode):
        for key, item in node.entries.items():
            found[*path, key] = (item.key.line, item.node.location.line)
            found |= key_lines(item.node, (*path, key))
    elif isinstance(node, SequenceNode):
        for number, item in enumerate(node.items):
            found[*path, number] = (item.location.line, item.location.line)
            found |= key_lines(item, (*path, number))
    return found


@pytest.mark.slow
@examples(120)
@given(stacks())
def test_nothing_is_lost_and_comments_stay_where_they_are(drawn: Drawn):
    result = fmt(drawn.text)

    assert plain(read(result)) == plain(read(drawn.text))
    assert yaml.safe_load(result) == yaml.safe_load(drawn.text)  # a reader of YAML 1.1 sees no change either
    assert fmt(result) == result
    lines = result.splitlines()
    places = key_lines(read(result))
    for comment, (place, path) in drawn.comments.items():
        at = [number for number, line in enumerate(lines) if line.endswith(comment)]
        assert len(at) == 1, (comment, result)
        first = places[path][0]
        if place == "above":
            below = [line for line in lines[at[0] :] if not line.lstrip().startswith("#")]
            assert lines[first - 1] == next(filter(None, below)), (comment, result)
        else:
            others = [number for number, _ in places.values() if first < number <= at[0] + 1]
            assert first <= at[0] + 1, (comment, result)
            assert not others, (comment, result)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("# a\n\n\n# b\n", "# a\n\n# b\n", id="nothing but comments"),
        pytest.param("", "", id="nothing"),
        pytest.param(
            "# what\n%YAML 1.1\n--- # this\nowner:  x\n...\n# end\n",
            "# what\n%YAML 1.1\n--- # this\nowner: x\n# end\n",
            id="directives",
        ),
        pytest.param(
            "teams: {a: {}, # one\n  # two\n  b: {} # three\n  # four\n} # five\n",
            "teams: # five\n  a: {} # one\n  # two\n  b: {} # three\n  # four\n",
            id="comments in braces",
        ),
        pytest.param(
            "vars:\n  a: |+\n    t\n\n\n# c\nowner: x\n",
            "# c\nowner: x\n\nvars:\n  a: |+\n    t\n\n\n",
            id="empty lines that are text",
        ),
        pytest.param("? owner\n: x\n", "owner: x\n", id="explicit keys"),
        pytest.param("x-a: &a {b: 1}\nowner: x\nvars: *a\n", None, id="anchors first"),
        pytest.param("x-a: &a 1\nvars: {p: *a}\nx-b: &a 2\nowner: *a\n", None, id="an anchor of two values"),
        pytest.param("vars: {a: !!str , b: &c , d: *c}\n", None, id="empty values with a tag or an anchor"),
        pytest.param(
            "vars: {a: 'x', b: 'say \"x\"', c: \"y\", d: 17:00, e: yes}\n",
            'vars: {a: "x", b: \'say "x"\', c: "y", d: 17:00, e: yes}\n',
            id="quotes",
        ),
        pytest.param(
            "members:\n- a # one\n    # more\n- b\n",
            "members:\n  - a # one\n      # more\n  - b\n",
            id="a comment of two lines",
        ),
        pytest.param(
            "tests:\n  -\n    # what\n    name: x\n", "tests:\n  # what\n  - name: x\n", id="a lone dash"
        ),
    ],
)
def test_layout(before, after):
    assert fmt(before) == (before if after is None else after)


@pytest.mark.parametrize("path", EXAMPLES, ids=str)
def test_every_example_is_canonical(path):
    text = path.read_text(encoding="utf-8")
    assert fmt(text) == text
