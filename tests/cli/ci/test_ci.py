"""Files for pipelines: they parse, and what they call exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pdslack_cli.cli.main import COMMAND

ROOT = Path(__file__).parents[3]
COMMANDS = COMMAND.commands  # type: ignore[attr-defined]
YAML = ["action.yml", "examples/ci/github.yml", "examples/ci/gitlab-ci.yml", ".pre-commit-hooks.yaml"]
CALLERS = ["action.yml", "examples/ci/gitlab-ci.yml", "examples/ci/Jenkinsfile", "examples/ci/policy.rego"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def flags(command: str) -> set[str]:
    return {flag for parameter in COMMANDS[command].params for flag in parameter.opts}


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    return yaml.safe_load(text("action.yml"))


@pytest.mark.parametrize("name", YAML)
def test_file_is_yaml(name):
    assert yaml.safe_load(text(name))


@pytest.mark.parametrize("name", CALLERS)
def test_every_call_is_of_a_command_and_flags_that_exist(name):
    calls = re.findall(r"(?:^|[\s'(])pdslack ([a-z]+) ([^|;>\n]*)", text(name), re.MULTILINE)

    assert calls
    for command, words in calls:
        assert command in COMMANDS
        unknown = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", words)) - flags(command)
        assert not unknown, f"pdslack {command}: {unknown}"


def test_flag_that_the_action_adds_exists():
    assert "(--expect " in text("action.yml")
    assert "--expect" in flags("apply")


@pytest.mark.slow
def test_action_tells_the_outputs_that_the_command_sets(action, cli, monkeypatch):
    monkeypatch.setenv("GITHUB_OUTPUT", str(cli.folder / "outputs"))
    monkeypatch.setenv("RUNNER_TEMP", str(cli.folder))
    cli("plan", "--sandbox", "--format", "github")
    set_ = {line.partition("=")[0] for line in (cli.folder / "outputs").read_text().splitlines()}

    assert set(action["outputs"]) == set_
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.run.outputs.{name} }}}}"


def test_action_uses_only_inputs_that_it_declares_and_all_of_them(action):
    assert set(re.findall(r"inputs\.([a-z-]+)", text("action.yml"))) == set(action["inputs"])


def test_no_text_of_others_becomes_part_of_a_script(action):
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_scripts_of_the_action_are_valid_bash(action):
    for step in action["runs"]["steps"]:
        subprocess.run(["bash", "-n"], input=step.get("run", ""), text=True, check=True)


def test_applies_never_run_beside_each_other():
    github = yaml.safe_load(text("examples/ci/github.yml"))
    assert github["concurrency"]["group"].startswith("pdslack-${{ github.event_name == 'push' && 'apply' ||")
    assert yaml.safe_load(text("examples/ci/gitlab-ci.yml"))["apply"]["resource_group"] == "pdslack"
    assert "disableConcurrentBuilds()" in text("examples/ci/Jenkinsfile")


def test_pre_commit_hooks_run_on_the_whole_stack():
    hooks = yaml.safe_load(text(".pre-commit-hooks.yaml"))

    assert [hook["entry"] for hook in hooks] == ["pdslack fmt", "pdslack validate"]
    for hook in hooks:
        assert hook["pass_filenames"] is False
        assert re.search(hook["files"], "infra/pdslack.yaml")


def test_image_runs_the_command_as_nobody_in_particular():
    lines = text("Dockerfile").splitlines()

    assert lines[-1] == 'ENTRYPOINT ["pdslack"]'
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert sum(line.startswith("FROM ") for line in lines) == 2
    assert not any("--no-compile" in line for line in lines)  # nobody in particular may not write bytecode


def test_image_is_built_from_files_that_exist_and_are_not_ignored():
    copies = [
        line.split()[1:-1] for line in text("Dockerfile").splitlines() if re.match("COPY (?!--from)", line)
    ]
    sources = {source for copy in copies for source in copy}
    kept = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}

    assert sources == kept
    assert all((ROOT / source).exists() for source in sources)
