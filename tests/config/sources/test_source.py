from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.config.sources.source import StackSource, read_sources
from pdslack_cli.errors import ConfigError, Location

Read = Callable[..., StackSource]
Complain = Callable[..., list[str]]

OWNER = "owner: payments\n"


def test_a_file_becomes_plain_data_without_its_x_keys(read: Read) -> None:
    source = read({"pdslack.yaml": OWNER + "x-base: &base {urgency: high}\nservices:\n  api: {<<: *base}\n"})
    assert source.data == {"owner": "payments", "services": {"api": {"urgency": "high"}}}
    assert source.files == ("pdslack.yaml",)


def test_defaults_are_read_and_not_yet_laid(read: Read) -> None:
    source = read({"a.yaml": "defaults: {services: {urgency: high}}\nservices: {api: {}}\n"})
    assert source.data == {"defaults": {"services": {"urgency": "high"}}, "services": {"api": {}}}


def test_files_are_joined_by_priority_then_by_name(read: Read) -> None:
    routes = "routing: {{main: {{routes: [{{to: {0}}}]}}}}\ntests: [{0}]\n"
    source = read(
        {
            "late.yaml": routes.format("late") + "priority: 1\n",
            "b.yaml": routes.format("b"),
            "folder/a.yaml": routes.format("a"),
            "early.yaml": routes.format("early") + "priority: -1\n",
        }
    )
    assert source.files == ("early.yaml", "folder/a.yaml", "b.yaml", "late.yaml")
    assert source.data["tests"] == ["early", "a", "b", "late"]
    assert [route["to"] for route in source.data["routing"]["main"]["routes"]] == ["early", "a", "b", "late"]
    assert "priority" not in source.data
    assert source.locations.value(("routing", "main", "routes", 1, "to")) == Location("folder/a.yaml", 1, 32)


@pytest.mark.parametrize("value", ["high", "'1'", "1.5", "true", "[1]", ""])
def test_priority_is_a_whole_number(value: str, complaints: Complain) -> None:
    (complaint,) = complaints({"a.yaml": f"{OWNER}priority: {value}\n"})
    assert complaint.startswith(
        f"a.yaml:2:{11 if value else 9}: 'priority' must be a whole number (it orders"
    )


def test_what_is_wrong_in_all_files_is_told_at_once(complaints: Complain) -> None:
    found = complaints(
        {
            "a.yaml": "owner: ${team}\nservices:\n  api: {}\n  api: {}\n",
            "b.yaml": "owner: ${team}\nservices:\n  api: {note: '${nme}', key: xoxb-123456-abcdef}\n",
        }
    )
    assert found == [
        "a.yaml:4:3: 'api' is defined twice, first at a.yaml:3:3"
        " (keep one of the two, or give them different names)",
        "b.yaml:3:30: this looks like a Slack token (xoxb…)"
        " (set PDSLACK_VAR_name and write ${name} here; if it is real, revoke it now)",
        "b.yaml:3:3: 'services.api' is defined twice, first at a.yaml:3:3"
        " (keep one of the two, or give them different names)",
        "a.yaml:1:8: undefined variable 'team' (set PDSLACK_VAR_team in the environment "
        "or team under `vars:`, or write ${team:-default})",
    ]


def test_what_is_wrong_in_an_anchor_is_told_once(complaints: Complain) -> None:
    found = complaints(
        {"a.yaml": "x-a: &a {u: '${nope}', t: xoxb-123456-abcdef}\ns:\n  a: *a\n  b: {<<: *a}\n"}
    )
    assert [complaint.split(" (")[0] for complaint in found] == [
        "a.yaml:1:27: this looks like a Slack token",
        "a.yaml:1:13: undefined variable 'nope'",
    ]


def test_variables_are_not_missed_while_a_file_cannot_be_read(complaints: Complain) -> None:
    found = complaints({"a.yaml": "vars: {env: prod\n", "b.yaml": "name: ${env}\n"})
    assert found[0].startswith("a.yaml:1:7: the bracket '{' opened here is not closed")
    assert len(found) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "a.yaml:1:1: the file is empty (it needs at least `owner: NAME`)", id="empty"),
        pytest.param("# nothing\n", "a.yaml:1:1: the file is empty", id="only a comment"),
        pytest.param("---\n", "a.yaml:1:1: the file is empty", id="only a document's start"),
        pytest.param("\n- a\n", "a.yaml:2:1: the file has no sections (begin with", id="a list"),
        pytest.param("word\n", "a.yaml:1:1: the file has no sections", id="a word"),
    ],
)
def test_a_file_holds_sections(text: str, expected: str, complaints: Complain) -> None:
    (found,) = complaints({"a.yaml": text})
    assert found.startswith(expected)


@pytest.mark.parametrize("value", ["[a]", "word"])
def test_vars_is_a_mapping(value: str, complaints: Complain) -> None:
    found = complaints({"a.yaml": f"vars: {value}\n"})
    assert found == ["a.yaml:1:7: 'vars' must be a mapping (write `name: value` below it)"]


def test_an_empty_vars_is_no_problem(read: Read) -> None:
    assert read({"a.yaml": OWNER + "vars:\n"}).data == {"owner": "payments", "vars": None}


@pytest.mark.parametrize(
    ("files", "arguments", "expected"),
    [
        pytest.param(
            ["pdslack.yaml", "other.yml", "a.test.yaml", "deep/b.yaml"],
            [],
            ["other.yml", "pdslack.yaml"],
            id="no argument: the current folder",
        ),
        pytest.param(["pdslack.yaml", "other.yaml"], ["pdslack.yaml"], None, id="a file alone"),
        pytest.param(
            ["s/b.yml", "s/a.yaml", "s/a.test.yaml", "s/.c.yaml", "s/d.json", "s/deep/e.yaml"],
            ["s"],
            ["s/a.yaml", "s/b.yml"],
            id="a folder: its YAML files but tests, hidden ones and those in folders inside",
        ),
        pytest.param(["s/a.test.yaml", "b.txt"], ["s/a.test.yaml", "b.txt"], None, id="any file by its name"),
        pytest.param(["s/a.yaml"], ["s", "s/a.yaml", "./s/../s/a.yaml"], ["s/a.yaml"], id="each file once"),
    ],
)
def test_arguments_are_files_and_folders(
    files: list[str], arguments: list[str], expected: list[str] | None, read: Read, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(OWNER)
    source = read_sources([Path(argument) for argument in arguments], {})
    assert source.files == tuple(expected or arguments)


def test_a_folder_named_like_a_file_is_a_folder(read: Read) -> None:
    assert read({"s.yaml/a.yaml": OWNER}, "s.yaml").files == ("s.yaml/a.yaml",)
    assert read({"t/x.yaml/a.yaml": OWNER, "t/b.yaml": OWNER}, "t").files == ("t/b.yaml",)


@pytest.mark.parametrize(
    ("files", "arguments", "expected"),
    [
        pytest.param(
            [],
            [],
            "there are no stack files in this folder (`pdslack init` writes a first one; -C FOLDER runs in"
            " another folder; folders inside are not searched)",
            id="an empty folder",
        ),
        pytest.param(
            ["pdslack.yalm"],
            [],
            "there are no stack files in this folder (did you mean 'pdslack.yalm'?)",
            id="a misspelt ending",
        ),
        pytest.param(
            ["s/stack.yaml"],
            ["s/stak.yaml"],
            "s/stak.yaml:1:1: there is no file 's/stak.yaml' (did you mean 'stack.yaml'?)",
            id="misspelt",
        ),
        pytest.param(
            [],
            ["gone/stack.yaml"],
            "gone/stack.yaml:1:1: there is no file 'gone/stack.yaml'"
            " (name a file or a folder; without a name, the stack files of this folder are read)",
            id="in a folder that does not exist",
        ),
        pytest.param(
            ["s/a.test.yaml"],
            ["s"],
            "there are no stack files in the folder 's' (`pdslack init` writes a first one; -C FOLDER runs in"
            " another folder; folders inside are not searched)",
            id="folder without files",
        ),
        pytest.param(
            ["a.yaml"],
            ["a.yaml/b.yaml"],
            "a.yaml/b.yaml:1:1: the file cannot be read: Not a directory"
            " (check that it is a file of at most 10 MB, and its permissions)",
            id="a file taken for a folder",
        ),
    ],
)
def test_an_argument_that_names_nothing_is_a_problem(
    files: list[str], arguments: list[str], expected: str, read: Read, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(OWNER)
    with pytest.raises(ConfigError) as raised:
        read_sources([Path(argument) for argument in arguments], {})
    assert [str(problem) for problem in raised.value.problems] == [expected]


def test_links_that_go_in_a_circle_are_a_problem(complaints: Complain, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("a.yaml")
    (found,) = complaints({}, "a.yaml")
    assert found.startswith("a.yaml:1:1: the file cannot be read: ")


def test_a_link_to_nothing_is_a_problem_and_not_offered(complaints: Complain, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("gone/b.yaml")
    (found,) = complaints({}, "a.yaml")
    assert found.startswith(
        "a.yaml:1:1: there is no file 'a.yaml': it is a link to 'gone/b.yaml' (name a file"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_a_problem(complaints: Complain, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch(0o000)
    assert complaints({}, "a.yaml") == [
        "a.yaml:1:1: the file cannot be read: Permission denied"
        " (check that it is a file of at most 10 MB, and its permissions)"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a: 1\nb: \xc3\xa9 \xe9\n", "a.yaml:2:6: the file is not UTF-8 text", id="Latin-1"),
        pytest.param("a: é\n".encode("utf-16"), "a.yaml:1:1: the file is UTF-16 text", id="UTF-16"),
        pytest.param(
            "\ufeffa: é\n".encode("utf-16-be"), "a.yaml:1:1: the file is UTF-16 text", id="UTF-16-BE"
        ),
        pytest.param(b"\xef\xbb\xbfa: \xff", "a.yaml:1:4: the file is not UTF-8 text", id="after a BOM"),
        pytest.param(b"a: 1\r\nb: \x1b[0m\r\n", "a.yaml:2:4: control character U+001B", id="control"),
        pytest.param(bytes(1000), "a.yaml:1:1: control character U+0000", id="zeros"),
    ],
)
def test_what_is_not_text_is_a_problem(
    content: bytes, expected: str, complaints: Complain, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    (found,) = complaints({}, "a.yaml")
    assert found.startswith(expected)


def test_a_byte_order_mark_is_not_part_of_the_text(read: Read) -> None:
    source = read({"a.yaml": "\ufeffowner: payments\n"})
    assert source.data == {"owner": "payments"}
    assert source.locations.value(("owner",)) == Location("a.yaml", 1, 8)


def test_a_named_part_of_a_stack_gets_the_folder_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "pdslack.yaml").write_text(OWNER)
    part = tmp_path / "routing.yaml"
    part.write_text("services: {api: {escalation_policy: elsewhere}}\n")

    with pytest.raises(ConfigError) as refused:
        load([part], {})

    (problem,) = refused.value.problems
    assert (problem.message, problem.location) == ("the stack has no 'owner'", Location(str(part), 1, 1))
    assert problem.hint.endswith(f": {tmp_path}")


@pytest.mark.parametrize(
    ("beside", "text"), [("services: {}\n", "services: {}\n"), (OWNER, "ownr: payments\n")]
)
def test_a_file_without_an_owner_is_no_part_of_what_is_beside_it(
    tmp_path: Path, beside: str, text: str
) -> None:
    (tmp_path / "other.yaml").write_text(beside)
    (tmp_path / "a.yaml").write_text(text)

    with pytest.raises(ConfigError) as refused:
        load([tmp_path / "a.yaml"], {})

    assert "name the folder" not in refused.value.problems[0].hint
