"""A new stack, by asking or from flags: it validates, and the sandbox takes it as it is."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from dotenv import dotenv_values

from pdslack_cli import __version__
from pdslack_cli.cli.starter import installed_from
from pdslack_cli.clients.settings import SecretName
from pdslack_cli.config.load import load
from pdslack_cli.config.schema import json_schema

pytestmark = pytest.mark.slow_after(2)


class Terminal(io.StringIO):
    """Somebody who answers, line by line."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def empty(cli):
    (cli.folder / "pdslack.yaml").unlink()
    return cli


FLAGS = [
    *["--owner", "payments", "--region", "eu", "--workspace", "T0ACME", "--service", "payments-api"],
    *[
        "--channel",
        "payments-incidents",
        "--person",
        "maya=maya@acme.example",
        "--person",
        "tom=tom@acme.example",
    ],
]


@pytest.mark.slow
def test_a_starter_from_flags_alone_is_applied_on_the_sandbox(empty):
    done = empty("init", *FLAGS)

    assert done.out.splitlines() == [
        "Wrote pdslack.yaml",
        "Wrote pdslack.schema.json",
        "Wrote .env.example",
        "Wrote .gitignore",
        "Next: pdslack apply --sandbox",
    ]
    assert done.err == ""
    stack = load([Path("pdslack.yaml")], {})
    assert (stack.owner, stack.header.pagerduty.region, stack.workspace) == ("payments", "eu", "T0ACME")
    assert {"service/payments-api", "channel/payments-incidents", "person/tom"} <= set(
        map(str, stack.entries)
    )
    assert "Success!" in empty("validate").out
    assert "1 passed" in empty("test").out
    assert "0 to destroy" in empty("plan", "--sandbox").out
    assert "Apply complete!" in empty("apply", "--sandbox", "--yes").out
    assert empty("apply", "--sandbox", "--yes").out.startswith("No changes.")


def test_without_flags_and_without_a_terminal_it_asks_nothing(empty):
    done = empty("init", "my Stack", "--ci", "none")

    assert (done.out.splitlines()[-1], done.err) == (
        "Next: cd 'my Stack' && pdslack apply --sandbox",
        "",
    )
    assert load([Path("my Stack/pdslack.yaml")], {}).owner == "my-stack"


def test_on_a_terminal_it_asks_for_what_no_flag_says_until_it_fits(empty, monkeypatch):
    answers = ["PAYMENTS", "pay", "uk", "eu", "", "Card Alerts", "alerts", "maya", "m=m@x.example", ""]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(answers) + "\n"))

    done = empty("init", "--service", "card-api")

    assert "'PAYMENTS' is not a valid owner (use a-z, 0-9 and `-`, at most 24 characters)" in done.err
    assert "must be one of 'us', 'eu', got 'uk' (use one of these values)" in done.err
    assert "write 'card-alerts'" in done.err
    assert "write it like maya=maya@acme.example" in done.err
    assert "First service" not in done.err
    stack = load([Path("pdslack.yaml")], {})
    assert (stack.owner, stack.header.pagerduty.region, stack.workspace) == ("pay", "eu", "T0SANDBOX")
    assert {"service/card-api", "channel/alerts", "person/m"} <= set(map(str, stack.entries))


def test_all_wrong_flags_are_told_at_once_and_nothing_is_written(empty):
    done = empty("init", "--owner", "X Y", "--service", "A", "--person", "maya", code=1)

    assert [line for line in done.err.splitlines() if line.startswith("--")] == [
        "--owner: 'X Y' is not a valid owner",
        "--service: 'A' is not a valid key",
        "--person: expected NAME=EMAIL, got 'maya'",
    ]
    assert list(empty.folder.iterdir()) == []


def test_what_exists_is_overwritten_only_by_force(cli):
    before = Path("pdslack.yaml").read_text()

    done = cli("init", code=1)

    assert done.err.splitlines()[:2] == ["pdslack.yaml already exists", "  `--force` overwrites it"]
    assert [path.name for path in cli.folder.iterdir()] == ["pdslack.yaml"]
    assert Path("pdslack.yaml").read_text() == before
    assert (
        "Overwrote pdslack.yaml\nWrote pdslack.schema.json\n" in cli("init", "--force", "--owner", "new").out
    )
    assert load([Path("pdslack.yaml")], {}).owner == "new"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("*.pyc", "*.pyc\n.env\n.pdslack/\n", id="adds what is missing"),
        pytest.param(".pdslack/\n*.pyc\n", ".pdslack/\n*.pyc\n.env\n", id="once"),
        pytest.param("/.env\n.env\n.pdslack/", "/.env\n.env\n.pdslack/", id="leaves what says it all"),
    ],
)
def test_what_must_not_be_committed_is_added_to_what_is_ignored(empty, before, after):
    empty.write(before, ".gitignore")

    empty("init")

    assert Path(".gitignore").read_text() == after


@pytest.mark.parametrize("owner", ["123", "true", "null", "a-1", "1e5"])
def test_names_that_yaml_takes_for_something_else_stay_names(empty, owner):
    empty(
        "init", "--owner", owner, "--service", owner, "--channel", owner, "--person", f"{owner}={owner}@x.y"
    )

    stack = load([Path("pdslack.yaml")], {})
    assert stack.owner == owner
    assert {f"{kind}/{owner}" for kind in ("service", "channel", "person")} <= set(map(str, stack.entries))


def test_the_example_of_the_environment_names_every_token_that_is_used_and_holds_none(empty):
    empty("init")

    values = dotenv_values(".env.example")
    assert values.keys() == set(get_args(SecretName))
    assert not any(values.values())
    named = [line for line in Path(".env.example").read_text().split("\n\n") if "=" in line]
    assert all(paragraph.startswith("# ") for paragraph in named)


@pytest.fixture
def pipeline(empty):
    """Makes the pipeline of a stack in a folder of a repository, and reads it."""
    (empty.folder / ".git").mkdir()

    def pipeline(folder: str, ci: str, path: str) -> Any:
        done = empty("init", folder, "--ci", ci)
        assert f"Wrote {path}" in done.out.splitlines()
        return yaml.safe_load((empty.folder / path).read_text())

    return pipeline


@pytest.mark.parametrize("folder", [".", "infra", "on call/it's"])
def test_a_github_workflow_calls_our_action_in_the_folder_of_the_stack(pipeline, folder):
    workflow = pipeline(folder, "github", ".github/workflows/pdslack.yml")

    _, step = workflow["jobs"]["pdslack"]["steps"]
    assert step["uses"] == f"pdslack/pdslack@v{__version__}"
    assert step["with"] == {"working-directory": folder}
    action = yaml.safe_load((Path(__file__).parents[3] / "action.yml").read_text())
    assert step["with"].keys() <= action["inputs"].keys()


@pytest.mark.slow
@pytest.mark.parametrize("folder", [".", "infra", "on call/it's"])
def test_the_commands_of_a_gitlab_pipeline_work_in_the_folder_of_the_stack(empty, pipeline, folder):
    jobs = pipeline(folder, "gitlab", ".gitlab-ci.yml")

    assert shlex.split(jobs["default"]["before_script"][-1]) == ["cd", folder]
    empty.patch.chdir(folder)
    empty.patch.setenv("PDSLACK_SANDBOX", "1")
    for job in ("show-plan", "plan", "apply"):
        (command,) = jobs[job]["script"]
        empty(*shlex.split(command.removeprefix("pdslack ")))
    assert (empty.folder / jobs["plan"]["artifacts"]["paths"][0]).is_file()
    assert empty("plan").out.startswith("No changes.")


def test_editors_find_the_schema_beside_the_stack(empty):
    empty("init", "infra")

    first = (empty.folder / "infra" / "pdslack.yaml").read_text().splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((empty.folder / "infra" / path).read_text()) == json_schema()


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        pytest.param(None, f"x=={__version__}", id="an index"),
        pytest.param(
            {"url": "https://git.example/x", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "git+https://git.example/x@abc",
            id="a repository",
        ),
        pytest.param(
            {"url": "https://a.example/x.whl", "archive_info": {}}, "https://a.example/x.whl", id="a file"
        ),
        pytest.param({"url": "file:///src/x", "dir_info": {}}, None, id="a folder"),
    ],
)
def test_a_pipeline_installs_what_is_installed_here(tmp_path, monkeypatch, origin, expected):
    info = tmp_path / "x-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: x\nVersion: 1\n")
    if origin:
        (info / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(tmp_path)
    assert installed_from("x") == expected


def test_the_install_line_of_a_gitlab_pipeline_is_one_that_a_shell_understands(pipeline):
    jobs = pipeline(".", "gitlab", ".gitlab-ci.yml")

    line = f"pip() {{ printf '%s\\n' \"$@\"; }}; {jobs['default']['before_script'][0]}"
    package = jobs["variables"]["PDSLACK_PACKAGE"]
    done = subprocess.run(
        ["sh", "-c", line], env={"PDSLACK_PACKAGE": package}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["install", "--quiet", package]
