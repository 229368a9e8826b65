"""What a pull request shows of the fintech example: a comment, annotations, a summary, outputs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pdslack_cli.analysis.needs import needs
from pdslack_cli.config.load import load
from pdslack_cli.sandbox.faults import Fault

FINTECH = Path(__file__).parents[3] / "examples" / "fintech"


@pytest.fixture
def repository(cli, monkeypatch):
    """A repository on a runner, with the example in a folder of its own."""
    shutil.copytree(FINTECH, cli.folder / "infra" / "fintech", ignore=shutil.ignore_patterns(".pdslack"))
    runner = {"GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_OUTPUT": "outputs", "RUNNER_TEMP": "temp"}
    (cli.folder / "temp").mkdir()
    for name, path in runner.items():
        monkeypatch.setenv(name, str(cli.folder / path))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(cli.folder))
    monkeypatch.chdir(cli.folder / "infra")
    return cli


def edit(cli, name: str, old: str, new: str) -> None:
    path = cli.folder / "infra" / "fintech" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def line_of(cli, name: str, text: str) -> int:
    lines = (cli.folder / "infra" / "fintech" / name).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(text))


def outputs(cli) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (cli.folder / "outputs").read_text().splitlines())


def plan(cli, code: int = 0) -> str:
    return cli("plan", "--sandbox", "--format", "github", "fintech", code=code).out


@pytest.mark.slow
def test_step_has_the_counts_and_the_fingerprint(repository):
    plan(repository)
    fingerprint = repository("plan", "--sandbox", "--format", "json", "fintech").json["fingerprint"]

    assert outputs(repository) == {
        "has_changes": "true",
        "import": "0",
        "add": "16",
        "change": "0",
        "destroy": "0",
        "archive": "0",
        "disable": "0",
        "fingerprint": fingerprint,
        "comment_file": str(repository.folder / "temp" / "pdslack-plan-fintech.md"),
    }


@pytest.mark.slow
def test_comment_and_summary_are_the_markdown_of_the_plan(repository):
    plan(repository)
    comment = Path(outputs(repository)["comment_file"]).read_text()

    assert comment.startswith("<!-- pdslack/plan:fintech -->\n")
    assert "**Plan: 16 to add, 0 to change, 0 to destroy. (" in comment
    folded = [token.content for token in MarkdownIt().parse(comment) if token.type == "fence"]
    assert len(folded) == 16 + 1  # the objects, and who is on call
    assert (repository.folder / "summary.md").read_text() == comment
    printed = repository("plan", "--sandbox", "--format", "markdown", "fintech").out
    assert printed.partition("(")[0] == comment.partition("(")[0]


def test_mistake_is_annotated_at_its_place_in_the_repository(repository):
    edit(repository, "services.yaml", "escalation_policy: payments", "escalation_policy: payment")

    log = plan(repository, code=1)

    line = line_of(repository, "services.yaml", "    escalation_policy: payment")
    assert (
        f"::error file=infra/fintech/services.yaml,line={line},col=24,title=pdslack::"
        "unknown escalation policy 'payment'%0Adid you mean 'payments'?\n"
    ) in log
    comment = Path(outputs(repository)["comment_file"]).read_text()
    assert comment.startswith("<!-- pdslack/plan:fintech -->\n")
    assert "**Failed: 1 problem.**" in comment
    assert "did you mean 'payments'?" in comment
    assert "has_changes" not in outputs(repository)


@pytest.mark.slow
def test_warning_is_annotated_at_its_entry(repository):
    repository("apply", "--sandbox", "--yes", "fintech")
    edit(repository, "on-call.yaml", "people: [tom, ines]", "people: [ines, tom]")

    log = plan(repository)

    line = line_of(repository, "on-call.yaml", "  payments-primary:")
    at = f"::warning file=infra/fintech/on-call.yaml,line={line},col=3,title=schedule/payments-primary::"
    assert at in log
    assert "WARNING: schedule/payments-primary: " in Path(outputs(repository)["comment_file"]).read_text()


@pytest.mark.slow
def test_section_left_behind_is_a_notice(repository):
    repository("apply", "--sandbox", "--yes", "fintech")
    (repository.folder / "infra" / "fintech" / "workflows.yaml").unlink()

    assert "::notice title=pdslack::workflow/major-incident is ours" in plan(repository)


@pytest.mark.slow
def test_tokens_are_masked_before_anything_else_is_said(repository, monkeypatch):
    monkeypatch.setenv("PAGERDUTY_API_KEY", "u+secretsecretsecret")
    (repository.folder / "infra" / ".env").write_text("SLACK_TOKEN=xoxb-from-dot-env\n")

    assert plan(repository).startswith(
        "::add-mask::u+secretsecretsecret\n::add-mask::xoxb-from-dot-env\n::stop-commands::"
    )


@pytest.mark.slow
def test_apply_tells_what_it_did(repository):
    log = repository("apply", "--sandbox", "--yes", "--format", "github", "fintech").out

    summary = (repository.folder / "summary.md").read_text()
    assert log.endswith("Apply complete! Resources: 16 added, 0 changed, 0 destroyed.\n")
    assert summary.startswith("<!-- pdslack/apply:fintech -->\n## pdslack apply: `fintech`\n")
    assert "service/payments-api: Creation complete" in summary


@pytest.mark.slow
def test_step_that_failed_is_annotated_at_its_entry(repository, accounts):
    accounts.sandbox.seed(needs(load([FINTECH], {})))
    accounts.sandbox.faults.add(Fault("403", "slack", path="conversations.create"))

    log = repository("apply", "--yes", "--format", "github", "fintech", code=1).out

    (failed,) = re.findall("title=channel/(.*?)::", log)
    line = line_of(repository, "slack.yaml", f"  {failed}:")
    assert f"::error file=infra/fintech/slack.yaml,line={line},col=3,title=channel/{failed}::" in log
    assert "Apply incomplete." in (repository.folder / "summary.md").read_text()


@pytest.mark.slow
def test_markdown_of_an_apply_is_one_document(repository):
    done = repository("apply", "--sandbox", "--yes", "--format", "markdown", "fintech")

    assert done.out.startswith("<!-- pdslack/apply:fintech -->\n")
    assert "**Apply complete! Resources: 16 added, 0 changed, 0 destroyed.**" in done.out
    assert done.err == ""


@pytest.mark.parametrize("format_", ["markdown", "github"])
def test_validation_speaks_every_format(repository, format_):
    good = repository("validate", "--format", format_, "fintech").out
    assert "Success! The configuration is valid: 16 objects of owner 'fintech'." in good
    edit(repository, "routing.yaml", "to: auth", "to: aut")

    bad = repository("validate", "--format", format_, "fintech", code=1).out

    assert "unknown service 'aut'" in bad


@pytest.mark.slow
def test_comment_in_the_docs_is_what_the_command_prints(repository):
    repository("apply", "--sandbox", "--yes", "fintech")
    edit(repository, "on-call.yaml", "- notify: [person/maya]", "- notify: [person/ines]")
    edit(repository, "slack.yaml", "  platform-alerts:\n", "  payments-releases: {members: [team/payments]}\n"
         "  platform-alerts:\n")  # fmt: skip
    slow = "      - label: Slow\n        if: event.class matches 'latency'\n        then: {priority: P2}\n"
    edit(repository, "services.yaml", "      - label: Chatter\n", f"{slow}      - label: Chatter\n")

    printed = repository("plan", "--sandbox", "--format", "markdown", "fintech").out

    page = (FINTECH.parents[1] / "docs" / "ci.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- comment -->\n````markdown\n")[2].partition("````\n")[0]
    assert timeless(printed) == timeless(shown)


def timeless(comment: str) -> str:
    """A comment without what differs from run to run: calls, seconds, and the ids in the fingerprint."""
    return re.sub(r"[0-9a-f]{64}|\(\d+ calls, [\d.]+ s\)", "…", comment)
