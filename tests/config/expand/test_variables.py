from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.expand.variables import Variables
from pdslack_cli.config.sources.source import StackSource
from pdslack_cli.config.yaml.nodes import MappingItem, ScalarNode
from pdslack_cli.errors import Location, Problem

pytestmark = pytest.mark.slow_after(2)

Read = Callable[..., StackSource]
Complain = Callable[..., list[str]]

VARS = "vars: {env: prod, port: 8080, on: true, ratio: 0.5, nothing: null, blank: '', list: [a, '${env}']}\n"
ENVIRON = {
    "PDSLACK_VAR_HOST": "h1",
    "PDSLACK_VAR_env": "from the environment",
    "PDSLACK_VAR_EMPTY": "",
    "PDSLACK_VAR_NUMBER": "5",
}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("${env}", "prod", id="vars before the environment"),
        pytest.param("${HOST}", "h1", id="environment"),
        pytest.param("${NUMBER}", "5", id="what comes from the environment is text"),
        pytest.param("${port}", 8080, id="a number stays a number"),
        pytest.param("${on}", True, id="a boolean stays a boolean"),
        pytest.param("${nothing}", None, id="null stays null"),
        pytest.param("${list}", ["a", "prod"], id="a list stays a list, filled in"),
        pytest.param("'${port}'", 8080, id="quotes around a variable do not matter"),
        pytest.param("${port} ", 8080, id="nor do blanks that YAML strips"),
        pytest.param("'${port} '", "8080 ", id="but blanks inside quotes make it text"),
        pytest.param("p:${port}", "p:8080", id="a number in text"),
        pytest.param("x-${on}-${ratio}", "x-true-0.5", id="as YAML would write it"),
        pytest.param("${env}-${HOST}", "prod-h1", id="two in a text"),
        pytest.param("${NONE:-x y}", "x y", id="default"),
        pytest.param("${NONE:-5}", "5", id="a default is text"),
        pytest.param("${NONE:-}", "", id="empty default"),
        pytest.param("${EMPTY:-x}", "x", id="default for what is empty in the environment"),
        pytest.param("${blank:-x}", "x", id="default for what is empty in vars"),
        pytest.param("${nothing:-x}", "x", id="default for null"),
        pytest.param("a${EMPTY}b", "ab", id="an empty variable"),
        pytest.param("${env:-x}", "prod", id="default not needed"),
        pytest.param("$${env}", "${env}", id="literal"),
        pytest.param("$${env} ${env}", "${env} prod", id="literal and variable"),
        pytest.param("$$${env}", "$${env}", id="dollar before a literal"),
        pytest.param("'{{event.summary}} $5 $env {x}'", "{{event.summary}} $5 $env {x}", id="no variables"),
    ],
)
def test_variables_are_filled_in(written: str, value: object, read: Read) -> None:
    found = read({"a.yaml": f"{VARS}a: {written}\n"}, environ=ENVIRON).data["a"]
    assert found == value
    assert type(found) is type(value)


def test_variables_are_filled_in_at_any_depth_and_across_files(read: Read) -> None:
    data = read({"a.yaml": "s: {x: [{y: '${v}'}]}\n", "b.yaml": "vars: {v: '${w}!', w: 1}\n"}).data
    assert data == {"s": {"x": [{"y": "1!"}]}, "vars": {"v": "1!", "w": 1}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "a:\n  b: x ${evn}\n",
            ["a.yaml:2:6: undefined variable 'evn' (did you mean 'env'?)"],
            id="misspelt",
        ),
        pytest.param(
            "a: ${SYNC_URL}\n",
            [
                "a.yaml:1:4: undefined variable 'SYNC_URL'"
                " (set PDSLACK_VAR_SYNC_URL in the environment or SYNC_URL under `vars:`,"
                " or write ${SYNC_URL:-default})"
            ],
            id="undefined",
        ),
        pytest.param(
            "a: ${SECRET_OF_CI}\n",
            [
                "a.yaml:1:4: undefined variable 'SECRET_OF_CI'"
                " (only PDSLACK_VAR_… of the environment is read: set PDSLACK_VAR_SECRET_OF_CI)"
            ],
            id="a variable of the environment that is not meant for files",
        ),
        pytest.param(
            "a: ${{ secrets.X }}\nb: '${}'\nc: ${a\nd: ${A:-${B}}\nvars: {}\n",
            [
                f"a.yaml:{line}:4: '${{' is not followed by a variable name"
                " (write ${name} or ${name:-default}, or $${ for a literal ${)"
                for line in (1, 2, 3, 4)
            ]
            + ["a.yaml:4:4: undefined variable 'B' (set PDSLACK_VAR_B in the environment or B"],
            id="malformed",
        ),
        pytest.param(
            "a: ['x${list}']\n",
            [
                "a.yaml:1:5: variable 'list' is a list and cannot be part of a text"
                " (such a variable must be the whole value)"
            ],
            id="list in text",
        ),
        pytest.param("a: x${none}\n", ["a.yaml:1:4: variable 'none' is null and cannot"], id="null in text"),
        pytest.param("a: x${map}\n", ["a.yaml:1:4: variable 'map' is a mapping and"], id="mapping in text"),
        pytest.param(
            "a:\n  x-${env}: 1\n",
            [
                "a.yaml:2:3: key 'x-${env}' contains a variable"
                " (variables are allowed in values only: write the key out, or repeat it with `each:`)"
            ],
            id="in a key",
        ),
        pytest.param(
            "owner: pay-${NONE}\n", ["a.yaml:1:8: undefined variable 'NONE'"], id="undefined in owner"
        ),
    ],
)
def test_what_cannot_be_filled_in_is_a_problem(text: str, expected: list[str], complaints: Complain) -> None:
    variables = "vars: {env: prod, list: [1], none: null, map: {}}\n"
    found = complaints({"a.yaml": text, "b.yaml": variables}, environ={"SECRET_OF_CI": "x"})
    assert len(found) == len(expected)
    for complaint, start in zip(found, expected, strict=True):
        assert complaint.startswith(start)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param(
            "{a: '${a}'}", "a.yaml:1:8: variables refer to each other in a cycle: a → a", id="itself"
        ),
        pytest.param(
            "{a: '${b}', b: ['x${c:-1}'], c: {d: '${a}'}}",
            "variables refer to each other in a cycle: a → b → c → a (write one of them out)",
            id="over three",
        ),
    ],
)
def test_variables_may_not_refer_to_each_other_in_a_circle(
    variables: str, expected: str, complaints: Complain
) -> None:
    (found,) = complaints({"a.yaml": f"vars: {variables}\nx: ${{a}}\n"})
    assert expected in found


def test_what_a_variable_lacks_is_told_once(complaints: Complain) -> None:
    (found,) = complaints({"a.yaml": "vars: {url: 'https://${HOST}/'}\na: ${url}\nb: ${url}/x\n"})
    assert found.startswith("a.yaml:1:13: undefined variable 'HOST'")


def chain(value: str, length: int = 2000) -> str:
    links = "".join(f"  v{i}: {value.replace('@', str(i - 1))}\n" for i in range(1, length))
    return f"vars:\n  v0: [1]\n{links}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "vars:\n  v0: xxxxxxxxxx\n"
            + "".join(f"  v{i}: '{f'${{v{i - 1}}}' * 9}'\n" for i in range(1, 30)),
            "a.yaml:9:7: nested variables make this value too large",
            id="text that grows ninefold each line",
        ),
        pytest.param(
            chain("['${v@}', '${v@}', '${v@}', '${v@}', '${v@}', '${v@}']", 40),
            "a.yaml:10:8: nested variables make this value too large",
            id="lists that grow sixfold each line",
        ),
        pytest.param(
            chain("['${v@}']"),
            "a.yaml:101:3: variable 'v99' nests more than 100 levels deep",
            id="lists in lists",
        ),
    ],
)
def test_variables_that_explode_are_refused(text: str, expected: str, complaints: Complain) -> None:
    assert complaints({"a.yaml": text})[0].startswith(expected)


def test_a_long_chain_of_variables_is_no_problem(read: Read) -> None:
    assert read({"a.yaml": chain("${v@}") + "a: ${v1999}\n"}).data["a"] == [1]


def scalar(value: Any) -> ScalarNode:
    return ScalarNode(value, Location("a.yaml", 1, 1), 0, 0, "")


def filled(text: str, values: dict[str, Any]) -> tuple[Variables, Any]:
    problems: list[Problem] = []
    entries = {name: MappingItem(Location("a.yaml", 1, 1), scalar(value)) for name, value in values.items()}
    variables = Variables(entries, {}, problems)
    result = variables.fill(scalar(text))
    assert problems == []
    return variables, result


@pytest.mark.slow
@given(st.text())
def test_any_text_can_be_written_literally(text: str) -> None:
    _, value = filled(text.replace("${", "$${"), {})
    # A dollar right before a literal one would be read as part of it.
    assert value == text or "$${" in text


@pytest.mark.slow
@given(st.one_of(st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False), st.text("ab $")))
def test_a_value_that_is_one_variable_keeps_its_type(value: Any) -> None:
    _, found = filled("${v}", {"v": value})
    assert found == value
    assert type(found) is type(value)


pieces = st.lists(st.sampled_from(["${long}", "${short}", "${empty}", "$${", "x", "yz ", "${none:-d}"]))


@given(pieces)
def test_every_character_comes_from_where_it_was_written(written: list[str]) -> None:
    values = {"long": "LONGER THAN WRITTEN", "short": "S", "empty": ""}
    becomes = {"${long}": values["long"], "${short}": "S", "${empty}": "", "$${": "${", "${none:-d}": "d"}
    text = "".join(["|", *written])  # no text is one single variable
    variables, value = filled(text, values)
    origins = [0]
    at = 1
    for piece in written:
        result = becomes.get(piece)
        origins += [at] * len(result) if result is not None else range(at, at + len(piece))
        at += len(piece)
    assert value == "|" + "".join(becomes.get(piece, piece) for piece in written)
    assert [variables.origin(scalar(text), offset) for offset in range(len(value))] == origins
