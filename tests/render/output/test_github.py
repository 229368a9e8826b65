"""What GitHub Actions is told: escaped, in its place, and never more than was meant."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import Location, PdslackError, Problem
from pdslack_cli.render.output.github import SUMMARY_LIMIT, Runner, log


@pytest.mark.parametrize(
    ("message", "location", "title", "expected"),
    [
        pytest.param("wrong", None, "", "::error::wrong", id="a message alone"),
        pytest.param(
            "wrong",
            Location("a.yaml", 3, 7),
            "pdslack",
            "::error file=a.yaml,line=3,col=7,title=pdslack::wrong",
            id="with its place",
        ),
        pytest.param("100%\r\n::set-output::x", None, "", "::error::100%25 %0A: :set-output::x", id="lines"),
        pytest.param(
            "x: y, z", Location("a,b:c%.yaml", 1, 1), "1, 2: 3",
            "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=1%2C 2%3A 3::x: y, z",
            id="commas and colons of properties",
        ),
    ],
)  # fmt: skip
def test_annotation_is_escaped(message, location, title, expected):
    assert Runner({}).annotation("error", message, location, title) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param("stack.yaml", "infra/stack.yaml", id="relative to where the command runs"),
        pytest.param("../people.yaml", "people.yaml", id="above it"),
        pytest.param("/elsewhere/stack.yaml", "/elsewhere/stack.yaml", id="outside of the repository"),
    ],
)
def test_annotation_names_the_file_from_the_root_of_the_repository(file, expected, tmp_path, monkeypatch):
    (tmp_path / "infra").mkdir()
    monkeypatch.chdir(tmp_path / "infra")
    runner = Runner({"GITHUB_WORKSPACE": str(tmp_path)})

    assert (
        runner.annotation("warning", "x", Location(file, 1, 2))
        == f"::warning file={expected},line=1,col=2::x"
    )


def test_problem_is_annotated_with_what_to_do_about_it():
    problem = Problem("unknown policy 'on-cal'", Location("a.yaml", 4, 24), "did you mean 'on-call'?")

    assert Runner({}).problem(problem) == (
        "::error file=a.yaml,line=4,col=24,title=pdslack::unknown policy 'on-cal'%0Adid you mean 'on-call'?"
    )


def test_secrets_are_masked_only_where_a_runner_hides_the_command_itself():
    secrets = ["one%two", "", " "]

    assert Runner({"GITHUB_ACTIONS": "true"}).masks(secrets) == ["::add-mask::one%25two"]
    assert Runner({}).masks(secrets) == []


def test_outputs_are_appended_and_none_can_make_up_another(tmp_path):
    path = tmp_path / "output"
    path.write_text("before=1\n")

    Runner({"GITHUB_OUTPUT": str(path)}).set_outputs({"add": "1", "name": "x\nfake=2"})

    assert path.read_text() == "before=1\nadd=1\nname=x fake=2\n"


def test_summary_has_less_room_where_something_stands_in_it(tmp_path):
    path = tmp_path / "summary"
    runner = Runner({"GITHUB_STEP_SUMMARY": str(path)})
    assert runner.summary_room() == SUMMARY_LIMIT

    runner.add_summary("für\n")

    assert runner.summary_room() == SUMMARY_LIMIT - 5


def test_outside_of_a_runner_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = Runner({})

    runner.add_summary("x")
    runner.set_outputs({"a": "b"})

    assert runner.keep("comment.md", "x") is None
    assert list(tmp_path.iterdir()) == []


def test_file_of_the_runner_that_cannot_be_written_is_a_message(tmp_path):
    with pytest.raises(PdslackError, match=r"cannot write .* for GitHub Actions: it is a directory"):
        Runner({"GITHUB_OUTPUT": str(tmp_path)}).set_outputs({"a": "b"})


def test_log_is_no_place_for_commands():
    stop, *lines, resume = log("  ::add-mask::x\n::error::y\n").splitlines()

    token = stop.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert lines == ["  : :add-mask::x", ": :error::y"]
    assert resume == f"::{token}::"
    assert stop not in log("again")
