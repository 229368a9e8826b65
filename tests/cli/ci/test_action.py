"""The GitHub Action, step by step in a shell: a plan on the pull request, and its merge applies that plan."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import STACK, Cli
from tests.support.forked import executable

ROOT = Path(__file__).parents[3]
STEPS = {
    step.get("id") or step.get("name"): step
    for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq, as GitHub's own CLI has it inside"),
]

GH = f"""\
#!{sys.executable} -IS
# GitHub's API for the comments of one pull request, as `gh api` reaches it.
import json, pathlib, subprocess, sys

words = sys.argv[2:]
store = pathlib.Path(__file__).parent / "comments.json"
comments = json.loads(store.read_text())
path = next(word for word in words if word.startswith("repos/"))
body = next((word.removeprefix("body=@") for word in words if word.startswith("body=@")), None)
if body:
    text = pathlib.Path(body).read_text()
    if "PATCH" in words:
        (comment,) = [each for each in comments if str(each["id"]) == path.rpartition("/")[2]]
        comment["body"] = text
    else:
        author = {{"login": "github-actions[bot]"}}
        comments.append({{"id": len(comments) + 1, "user": author, "body": text}})
    store.write_text(json.dumps(comments))
else:
    answer = comments if path.endswith("/comments") else [{{"number": 7, "merged_at": "2026-01-01"}}]
    jq = ["jq", "-r", words[words.index("--jq") + 1]]
    sys.exit(subprocess.run(jq, input=json.dumps(answer), text=True).returncode)
"""


@dataclass
class Job:
    """One run of the action in a repository."""

    cli: Cli
    event: str
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""

    def step(self, name: str, **environ: str) -> int:
        """Run the script of a step; its outputs are added to the job's."""
        runner = self.cli.folder / "runner"
        out = runner / "outputs"
        out.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
            cwd=self.cli.folder, capture_output=True, text=True, timeout=120, check=False,
            env={
                **os.environ,
                "PATH": f"{runner}:{os.environ['PATH']}",
                "GITHUB_OUTPUT": str(out), "RUNNER_TEMP": str(runner), "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": self.event, "GITHUB_REPOSITORY": "acme/infra", "GITHUB_SHA": "abc",
                "PDSLACK_SANDBOX": "1", "FILES": "pdslack.yaml", "ARGUMENTS": "",
                "AUTHOR": "github-actions[bot]", "PULL": "7", **environ,
            },
        )  # fmt: skip
        self.outputs |= dict(line.split("=", 1) for line in out.read_text().splitlines())
        self.log += done.stdout + done.stderr
        return done.returncode

    def run(self, command: str = "", expect: str = "reviewed") -> int:
        """The whole job, with the conditions of its steps."""
        assert self.step("choose", COMMAND=command) == 0
        if self.outputs["command"] == "apply" and expect == "reviewed":
            if self.step("reviewed"):
                return 1
            expect = self.outputs["fingerprint"]
        code = self.step("run", COMMAND=self.outputs["command"], EXPECT=expect)
        if self.outputs["command"] == "plan" and "comment_file" in self.outputs:
            assert self.step("Comment on the pull request", FILE=self.outputs["comment_file"]) == 0, self.log
        return code


@pytest.fixture
def repository(cli):
    """A repository whose runner has the command and `gh`."""
    runner = cli.folder / "runner"
    runner.mkdir()
    (runner / "comments.json").write_text("[]")
    (runner / "gh").write_text(GH)
    (runner / "gh").chmod(0o755)
    executable(runner)
    return cli


def comments(cli) -> list[dict]:
    return json.loads((cli.folder / "runner" / "comments.json").read_text())


def write_comments(cli, found: list[dict]) -> None:
    (cli.folder / "runner" / "comments.json").write_text(json.dumps(found))


def test_pull_request_gets_one_comment_which_follows_the_plan(repository):
    assert Job(repository, "pull_request").run() == 0
    repository.write(STACK.replace("Takes money", "Takes the money"))
    assert Job(repository, "pull_request").run() == 0

    (comment,) = comments(repository)
    assert comment["body"].startswith("<!-- pdslack/plan:payments -->\n")
    assert "+ description: Takes the money" in comment["body"]


def test_mistake_is_commented_on_and_fails_the_job(repository):
    repository.write(STACK.replace("to: incidents", "to: incident"))

    job = Job(repository, "pull_request")

    assert job.run() == 1
    assert "::error file=pdslack.yaml," in job.log
    assert "unknown channel 'incident'" in comments(repository)[0]["body"]


def test_merge_applies_the_plan_of_the_comment(repository):
    Job(repository, "pull_request").run()

    job = Job(repository, "push")

    assert job.run() == 0, job.log
    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in job.log
    assert repository("plan", "--sandbox").out.startswith("No changes.")


def test_merge_of_something_else_than_was_reviewed_is_refused(repository):
    Job(repository, "pull_request").run()
    repository.write(STACK.replace("Takes money", "Takes the money"))

    job = Job(repository, "push")

    assert job.run() == 1
    assert "the plan does not match --expect" in job.log
    assert repository("plan", "--sandbox", "--detailed-exitcode", code=2)


def test_merge_without_a_reviewed_plan_is_refused(repository):
    job = Job(repository, "push")

    assert job.run() == 1
    assert "No pull request of this commit has a plan that could be applied." in job.log


def test_plan_that_somebody_else_commented_does_not_count(repository):
    Job(repository, "pull_request").run()
    (comment,) = comments(repository)
    write_comments(repository, [{**comment, "user": {"login": "mallory"}}])

    assert Job(repository, "push").run() == 1
    assert Job(repository, "pull_request").run() == 0
    assert [each["user"]["login"] for each in comments(repository)] == ["mallory", "github-actions[bot]"]


def test_plan_of_another_stack_does_not_count(repository):
    Job(repository, "pull_request").run()
    repository.write(STACK.replace("owner: payments", "owner: platform"))

    assert Job(repository, "push").run() == 1


def test_merge_may_apply_whatever_the_files_say(repository):
    assert Job(repository, "push").run(expect="anything") == 0


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "workflow_dispatch", "schedule"])
def test_only_a_push_applies_by_itself(repository, event):
    job = Job(repository, event)
    job.step("choose", COMMAND="")

    assert job.outputs["command"] == "plan"


# What stands in place of Python on the runner: it notes how it was called, and runs nothing.
PYTHON = f"""\
#!{sys.executable}
import json, os, pathlib, shutil, sys

here = pathlib.Path(__file__)
call = {{"words": sys.argv[1:], "folder": os.getcwd(), "environ": dict(os.environ)}}
with (pathlib.Path(os.environ["RUNNER_TEMP"]) / "calls").open("a") as file:
    file.write(json.dumps(call) + chr(10))
if "venv" in sys.argv:
    made = pathlib.Path(sys.argv[-1]) / "bin"
    made.mkdir(parents=True)
    shutil.copy(here, made / "python")
"""


def test_nothing_of_the_checkout_runs_at_the_installation_and_no_token_is_there(repository):
    runner = repository.folder / "runner"
    (runner / "pdslack").unlink()  # the folder is made here, as on a runner
    (runner / "python").write_text(PYTHON)
    (runner / "python").chmod(0o755)
    repository.write("raise SystemExit('taken over')", "venv.py")
    tokens = {"PAGERDUTY_API_KEY": "t", "SLACK_BOT_TOKEN": "t", "PDSLACK_VAR_X": "t"}

    job = Job(repository, "pull_request")
    added = str(runner / "path")
    assert job.step("install", GITHUB_PATH=added, GITHUB_ACTION_PATH=str(ROOT), **tokens) == 0, job.log

    calls = [json.loads(line) for line in (runner / "calls").read_text().splitlines()]
    assert [call["words"][:3] for call in calls] == [["-I", "-m", "venv"], ["-I", "-m", "pip"]]
    assert {call["folder"] for call in calls} == {str(runner)}
    assert not any(call["environ"].keys() & tokens.keys() for call in calls)


def test_only_the_step_that_plans_has_tokens(repository):
    pdslack = repository.folder / "runner" / "pdslack"
    seen = repository.folder / "runner" / "seen"
    pdslack.write_text(f'#!/bin/sh\nenv >> "{seen}"\necho "<!-- pdslack/validate:payments -->"\n')
    gh = repository.folder / "runner" / "gh"
    gh.write_text(f'#!/bin/sh\nenv >> "{seen}"\n')
    tokens = {"PAGERDUTY_API_KEY": "t-4711", "PAGERDUTY_TOKEN": "t-4711", "SLACK_USER_TOKEN": "t-4711"}
    comment = repository.write("<!-- pdslack/plan:payments -->", "comment.md")

    Job(repository, "push").step("reviewed", **tokens)
    Job(repository, "push").step("Comment on the pull request", FILE=str(comment), **tokens)
    assert "t-4711" not in seen.read_text()

    Job(repository, "push").step("run", COMMAND="plan", EXPECT="", **tokens)
    assert seen.read_text().count("t-4711") == 3


@pytest.mark.parametrize("path", [".", ":/elsewhere"])  # an empty part is the current folder, too
@pytest.mark.parametrize("step", ["reviewed", "run"])
def test_no_module_of_the_checkout_runs_where_the_job_leads_python_to_it(repository, step, path):
    runner = repository.folder / "runner"
    (runner / "pdslack").write_text(f"#!{sys.executable}\nimport yaml\n")
    repository.write("raise SystemExit('taken over')", "yaml.py")

    job = Job(repository, "push")
    job.step(step, COMMAND="plan", EXPECT="", PYTHONPATH=path)

    assert "taken over" not in job.log


@pytest.mark.parametrize("files", ["a.yaml\nb.yaml\n", "a.yaml b.yaml", "\n  a.yaml\n\n  b.yaml"])
def test_every_line_of_files_is_read(repository, files):
    repository.write(STACK, "a.yaml")
    repository.write("teams: {other: {name: Other}}\n", "b.yaml")

    job = Job(repository, "push")
    assert job.step("run", COMMAND="plan", EXPECT="", FILES=files, ARGUMENTS="--no-delete\n--adopt\n") == 0

    assert "team/payments will be created" in job.log
    assert "team/other will be created" in job.log


def test_unknown_command_is_refused(repository):
    job = Job(repository, "push")

    assert job.step("run", COMMAND="destroy") == 1
    assert "'destroy' is not validate, plan or apply." in job.log
