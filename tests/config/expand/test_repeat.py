from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pdslack_cli.config.sources.source import StackSource
from pdslack_cli.errors import Location

Read = Callable[..., StackSource]
Complain = Callable[..., list[str]]

APPS = "name,tier,env\npay,1,prod\nauth,2,prod\nlab,3,test\n"


def each(rows: str, template: str = "s: {'${app.name}': '${app.tier}'}", when: str = "") -> str:
    lines = [f"each:\n  - rows: {rows}", "as: app", *([f"when: {when}"] if when else []), template]
    return "\n    ".join(lines) + "\n"


@pytest.mark.parametrize(
    ("files", "repeated"),
    [
        pytest.param(
            {"a.yaml": each("apps.csv"), "apps.csv": APPS},
            {"s": {"pay": "1", "auth": "2", "lab": "3"}},
            id="CSV, whose fields are text",
        ),
        pytest.param(
            {"a.yaml": each("apps.yaml"), "apps.yaml": "- {name: pay, tier: 1}\n- {name: auth, tier: [2]}\n"},
            {"s": {"pay": 1, "auth": [2]}},
            id="YAML, whose values keep their types",
        ),
        pytest.param(
            {"a.yaml": each("[{name: pay, tier: null}]")},
            {"s": {"pay": None}},
            id="a list in the file itself",
        ),
        pytest.param(
            {"a.yaml": each("[pay, auth]", "s: {'${app}': {n: 'the ${app}'}}")},
            {"s": {"pay": {"n": "the pay"}, "auth": {"n": "the auth"}}},
            id="rows that are one value",
        ),
        pytest.param(
            {
                "a.yaml": each(
                    "[{name: pay, on_call: {first: maya}}]", "s: {'${app.name}': '${app.on_call.first}'}"
                )
            },
            {"s": {"pay": "maya"}},
            id="a field inside a field",
        ),
        pytest.param(
            {
                "a.yaml": each("[{name: pay}]", "s: {'${env}-${app.name}': '${app.tier:-none} ${env}'}"),
                "b.yaml": "vars: {env: prod}",
            },
            {"vars": {"env": "prod"}, "s": {"prod-pay": "none prod"}},
            id="beside variables of other files and defaults",
        ),
        pytest.param(
            {"a.yaml": "vars: {env: prod}\n" + each("[{name: '${env}', tier: 'x ${env}'}]")},
            {"vars": {"env": "prod"}, "s": {"prod": "x prod"}},
            id="variables in rows",
        ),
        pytest.param(
            {"a.yaml": "s: {own: 0}\n" + each("apps.csv"), "b.yaml": "s: {other: 9}", "apps.csv": APPS},
            {"s": {"own": 0, "pay": "1", "auth": "2", "lab": "3", "other": 9}},
            id="beside what is written out",
        ),
        pytest.param(
            {
                "a.yaml": "routing: {r: {team: t, routes: [first]}}\n"
                + each("apps.csv", "routing: {r: {routes: ['${app.name}']}}"),
                "b.yaml": "routing: {r: {routes: [last]}}",
                "apps.csv": APPS,
            },
            {"routing": {"r": {"team": "t", "routes": ["first", "pay", "auth", "lab", "last"]}}},
            id="routes, in the order of files and rows",
        ),
        pytest.param(
            {"a.yaml": "tests: [0]\n" + each("[1, 2]", "tests: ['${app}']")},
            {"tests": [0, 1, 2]},
            id="lists",
        ),
        pytest.param(
            {"a.yaml": each("apps.csv", when="{app.env: prod}"), "apps.csv": APPS},
            {"s": {"pay": "1", "auth": "2"}},
            id="rows of one sort",
        ),
        pytest.param(
            {
                "a.yaml": "vars: {v: 2}\n" + each("apps.csv", when="{app.env: prod, app.tier: '${v}'}"),
                "apps.csv": APPS,
            },
            {"vars": {"v": 2}, "s": {"auth": "2"}},
            id="rows that are equal in all, a number also to its text",
        ),
        pytest.param(
            {"a.yaml": each("[{name: a, tier: 1, on: true}, {name: b, tier: 2}]", when="{app.on: true}")},
            {"s": {"a": 1}},
            id="a row without the field",
        ),
        pytest.param(
            {"a.yaml": each("apps.csv", when="{app.env: none}"), "apps.csv": APPS},
            {"s": {}},
            id="no rows: the section is there, and empty",
        ),
        pytest.param({"a.yaml": each("[]", "x-note: {}\n    s: {}")}, {"s": {}}, id="x- keys are dropped"),
    ],
)
def test_what_is_repeated_is_as_if_written_out(
    files: Mapping[str, str], repeated: dict[str, Any], read: Read
) -> None:
    assert read(files, *(name for name in files if not name.startswith("apps."))).data == repeated


@pytest.mark.parametrize(
    ("files", "sources"),
    [
        pytest.param(
            {"d/a.yaml": each("../t/apps.csv"), "t/apps.csv": "name,tier\npay,1\n"},
            ["d/a.yaml"],
            id="in another folder",
        ),
        pytest.param(
            {"d/a.yaml": each("apps.yml"), "d/apps.yml": "- {name: pay, tier: '1'}\n"},
            ["d/a.yaml"],
            id="in the stack's folder, of which it is no file itself",
        ),
    ],
)
def test_a_table_is_found_beside_the_file_that_names_it(
    files: Mapping[str, str], sources: list[str], read: Read
) -> None:
    source = read(files, "d")
    assert source.data == {"s": {"pay": "1"}}
    assert list(source.files) == sources


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("each: {}\n", "a.yaml:1:7: 'each' must be a list (begin each item", id="a mapping"),
        pytest.param(
            "each: [x]\n", "a.yaml:1:8: an item of 'each' must be a mapping", id="an item that is text"
        ),
        pytest.param(
            "each:\n  - as: app\n    s: {}\n",
            "a.yaml:2:5: this item of 'each' has no 'rows' (name a table, `rows: apps.csv`, or",
            id="no rows",
        ),
        pytest.param(
            "each:\n  - rows: []\n    s: {}\n",
            "a.yaml:2:5: this item of 'each' has no 'as' (write `as: app`; ${app.FIELD}",
            id="no as",
        ),
        pytest.param(
            "each:\n  - {row: [a], as: app}\n",
            "a.yaml:2:6: unknown key 'row' (did you mean 'rows'?)",
            id="a misspelled rows",
        ),
        pytest.param(
            "each:\n  - {rows: [{a: 1}], as: app, if: {app.a: 1}}\n",
            "a.yaml:2:31: unknown key 'if' (did you mean 'when'?)",
            id="another word for when",
        ),
        pytest.param(
            "for_each:\n  - {rows: [{a: 1}], as: app, s: {'${app.a}': 1}}\n",
            "a.yaml:1:1: unknown key 'for_each' (write `each`)",
            id="another word for each",
        ),
        pytest.param(
            "each:\n  - {rows: [{name: a}, {name: b}], as: app, s: {'${app.tier}': 1}}\n",
            "a.yaml:2:49 (row 1): undefined variable 'app.tier' (the fields of the row are name)",
            id="a field that no row has",
        ),
        pytest.param(
            "each:\n  - {rows: [a], as: app, s: {x: '${app.tier}'}}\n",
            "a.yaml:2:33 (row 1): undefined variable 'app.tier' (a row is one value here: write ${app})",
            id="a field of a row that is one value",
        ),
        pytest.param(
            "each: [{rows: [], as: 1}]\n",
            "a.yaml:1:23: 'as' must be a name (use letters and",
            id="as a number",
        ),
        pytest.param("each: [{rows: [], as: a.b}]\n", "a.yaml:1:23: 'as' must be a name", id="as a path"),
        pytest.param(
            each("apps.txt"),
            "a.yaml:2:11: rows: expected a CSV or YAML table, got 'apps.txt' (name a .csv or .yaml file",
            id="another format",
        ),
        pytest.param(
            each("{a: 1}"),
            "a.yaml:2:11: rows: expected a CSV or YAML table, got a mapping",
            id="rows that are a mapping",
        ),
        pytest.param(
            each("'${env}'"),
            "a.yaml:2:11: rows: expected a CSV or YAML table, got '${env}'",
            id="rows that are a variable",
        ),
        pytest.param(
            each("none.csv"),
            "a.yaml:2:11: there is no file 'none.csv' (its name is relative to the file that names it)",
            id="no such file",
        ),
        pytest.param(
            each("a.yml"), "a.yaml:2:11: there is no file 'a.yml' (did you mean 'a.yaml'?)", id="misspelt"
        ),
        pytest.param(
            each("a.yaml"),
            "a.yaml:1:1: the file must contain a list of rows (begin each",
            id="a stack's file",
        ),
        pytest.param(
            each("[]", "owner: x"),
            "a.yaml:4:5: 'owner' is not allowed inside 'each' (it is set once, for the whole stack)",
            id="what is said once",
        ),
        pytest.param(
            each("[]", "s: '${app}'"),
            "a.yaml:4:5: 's' has nothing to repeat (write its entries below it)",
            id="a section that is one variable",
        ),
        pytest.param(
            each("[]", when="[prod]"), "a.yaml:4:11: 'when' must be a mapping", id="a list of conditions"
        ),
        pytest.param(
            each("[{env: a, name: b}]", when="{app.evn: prod}"),
            "a.yaml:4:12: no row has a field 'app.evn' (did you mean 'app.env'?)",
            id="a field that no row has",
        ),
        pytest.param(
            each("[{env: a, name: b}]", when="{tier: prod}"),
            "a.yaml:4:12: no row has a field 'tier' (the fields are app, app.env, app.name)",
            id="a field without its row",
        ),
        pytest.param(
            each("[{env: a, name: b}]", when="{app.env: [a, b]}"),
            "a.yaml:4:21: 'when' compares a field with one value (every field under `when` must be equal",
            id="a choice of values",
        ),
        pytest.param(
            each("[{name: a, tier: 1}, {name: b, teir: 2}]"),
            "a.yaml:4:24 (row 2): undefined variable 'app.tier' (did you mean 'app.teir'?)",
            id="a field that a row lacks",
        ),
        pytest.param(
            each("[{name: [], tier: 1}]"),
            "a.yaml:4:9 (row 1): variable 'app.name' is a list and cannot be part of a text",
            id="a list in a key",
        ),
        pytest.param(
            each("[{name: a, tier: 1}, {name: a, tier: 1}]"),
            "a.yaml:4:9 (row 2): 's.a' is defined twice, first at a.yaml:4:9 (row 1)",
            id="two rows of one key",
        ),
        pytest.param(
            each("[{name: own}]", "s: {'${app.name}': 1}") + "s:\n  own: 2\n",
            "a.yaml:4:9 (row 1): 's.own' is defined twice, first at a.yaml:6:3",
            id="a row against what is written out",
        ),
        pytest.param(
            each("[{name: a}]", "s: {'${app.name}': 1, 'a': 2}"),
            "a.yaml:4:27 (row 1): 'a' is defined twice, first at a.yaml:4:9 (row 1)",
            id="two keys of one row",
        ),
    ],
)
def test_what_cannot_be_repeated_is_a_problem(text: str, expected: str, complaints: Complain) -> None:
    (found,) = complaints({"a.yaml": text})
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(each("[a]", "s: {'x-${HUSH}': 1}"), "x-${HUSH}", id="by its name"),
        pytest.param(each("['${HUSH}']", "s: {'${app}': 1}"), "${app}", id="by a row"),
        pytest.param(each("[{n: 'x ${HUSH}'}]", "s: {'${app.n}': 1}"), "${app.n}", id="by a field of a row"),
        pytest.param("vars: {v: '${HUSH}'}\n" + each("[a]", "s: {'${v}': 1}"), "${v}", id="by a variable"),
        pytest.param(
            "vars: {w: '${v}', v: 'x${HUSH:-y}'}\n" + each("['${w}']", "s: {'${app}': 1}"),
            "${app}",
            id="by all of them",
        ),
        pytest.param(each("[a, b]", "s: {'${HUSH}-${app}': 1}"), "${HUSH}-${app}", id="once for all rows"),
        pytest.param(each("[a]", "s: {'${app}': [{'X-${HUSH}': 1}]}"), "X-${HUSH}", id="the key of a field"),
    ],
)
def test_key_takes_no_value_of_the_environment(text: str, told: str, complaints: Complain) -> None:
    """It is hidden wherever it is shown, and a key is in names, marks, logs and outputs."""
    (found,) = complaints({"a.yaml": text}, environ={"PDSLACK_VAR_HUSH": "hush-4711"})
    assert f"key '{told}' takes the value of PDSLACK_VAR_HUSH, which is never shown" in found
    assert "set HUSH under `vars:`" in found
    assert "4711" not in found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(each("[{n: a, v: '${HUSH}'}]", "s: {'${app.n}': '${app.v}'}"), id="another field"),
        pytest.param("vars: {HUSH: a}\n" + each("[a]", "s: {'${HUSH}': 1}"), id="declared"),
        pytest.param(each("[a]", "s: {'${EMPTY:-a}': 1}"), id="a default"),
    ],
)
def test_other_keys_are_filled_beside_a_value_of_the_environment(text: str, read: Read) -> None:
    environ = {"PDSLACK_VAR_HUSH": "hush-4711", "PDSLACK_VAR_EMPTY": ""}
    assert list(read({"a.yaml": text}, environ=environ).data["s"]) == ["a"]


def test_a_clash_names_the_rows_of_the_table(complaints: Complain) -> None:
    table = "name,tier\na,1\nb,2\n\na,3\n"
    (found,) = complaints({"a.yaml": each("apps.csv"), "apps.csv": table}, "a.yaml")
    assert found == (
        "a.yaml:4:9 (apps.csv row 5): 's.a' is defined twice, first at a.yaml:4:9 (apps.csv row 2)"
        " (keep one of the two, or give them different names)"
    )


def test_a_mistake_of_the_template_is_told_once(complaints: Complain) -> None:
    text = each("apps.csv", "s: {'${app.name}': '${app.teir}'}")
    (found,) = complaints({"a.yaml": text, "apps.csv": APPS}, "a.yaml")
    assert found.startswith("a.yaml:4:24 (apps.csv row 2): undefined variable 'app.teir' (did you mean")


def test_what_is_repeated_has_the_place_of_the_template_and_the_name_of_its_row(read: Read) -> None:
    text = each("apps.csv", "s: {'${app.name}': {if: \"event.x == '${app.tier}' and y\"}}")
    source = read({"a.yaml": text, "apps.csv": APPS}, "a.yaml")
    assert source.locations.key(("s", "auth")) == Location("a.yaml", 4, 9, "apps.csv row 3")
    assert source.locations.value(("s", "auth", "if")) == Location("a.yaml", 4, 29, "apps.csv row 3")
    offset = source.data["s"]["auth"]["if"].index("y")
    # Behind the variable, whose value is shorter than its name.
    column = text.split("\n")[3].index(" y") + 2
    assert source.locations.inside(("s", "auth", "if"), offset) == Location(
        "a.yaml", 4, column, "apps.csv row 3"
    )


def test_rows_that_explode_are_refused(complaints: Complain) -> None:
    rows = f"[{', '.join(['1'] * 1000)}]"
    template = f"s: {{'${{app}}': [{', '.join(['x'] * 1000)}]}}"
    (found,) = complaints({"a.yaml": each(rows, template)})
    assert found.startswith("a.yaml:2:5: the rows of 'each' expand to more than 500,000 values (repeat less")


def test_aliases_and_merges_of_the_file_work_in_what_is_repeated(read: Read) -> None:
    text = "x-base: &base {tier: '${app.tier}'}\n" + each("apps.csv", "s: {'${app.name}': {<<: *base, n: 1}}")
    data = read({"a.yaml": text, "apps.csv": APPS}, "a.yaml").data
    assert data["s"]["auth"] == {"tier": "2", "n": 1}
