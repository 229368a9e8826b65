"""No secret of the accounts, and no token, appears in what any command prints, writes or logs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pdslack_cli.analysis.needs import needs
from pdslack_cli.config.load import load
from pdslack_cli.sandbox.server import Sandbox
from tests.support import forked
from tests.support.census import documents

EXAMPLES = Path(__file__).parents[3] / "examples"
VARIABLES = {
    name: f"{name}ValueNobodyMaySee" for name in ("HEADER", "PATH", "TOPIC", "TITLE", "SOURCE", "RUNBOOK")
}
WEBHOOK = """
channels:
  hidden: {topic: "Ask ${TOPIC}", bookmarks: {Runbook: "https://wiki.example/${RUNBOOK}"}}
services:
  hidden:
    name: "Hidden of ${SOURCE}"
    description: "Reads from ${SOURCE}"
    escalation_policy: payments
    integrations: [{name: "${SOURCE}", type: events-api-v2}]
    channels: [hidden]
    rules:
      - label: "of ${SOURCE}"
        if: event.source matches '${SOURCE}'
        then: {title: "${TITLE}: {{event.summary}}", note: "See ${RUNBOOK}"}
tests:
  - name: "fails with ${TITLE}"
    send: {to: service/hidden, event: {summary: "${TITLE}", source: "${SOURCE}", severity: critical}}
    expect: {priority: P1}
messages:
  hidden: {blocks: [{type: header, text: {type: plain_text, text: "${TITLE}"}}]}
each:
  - rows: ["${HEADER}"]
    as: header
    webhooks:
      sync:
        url: "https://sync.example/${PATH}"
        from: account
        events: [incident.*]
        headers: {X-Key: "${HEADER}", X-Row: "${header}"}
"""

# Documents whose fields are secrets in a real account, wherever they stand in them.
SECRET_FIELDS = {"integration_key", "routing_key", "secret", "value", "token", "signing_secret"}


def secrets_of(sandbox: Sandbox) -> set[str]:
    """Every secret that the accounts hold, and every token that reaches them."""
    found = {
        value for name, value in sandbox.environment().items() if name.endswith(("KEY", "TOKEN", "SECRET"))
    }
    for (kind, _), document in documents(sandbox).items():
        if kind in {"pagerduty.integration", "pagerduty.webhook_subscription"} or "integration" in kind:
            found |= set(_values(document))
    return {value for value in found if len(value) >= 16} | set(VARIABLES.values())


def _values(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, name)
    elif isinstance(value, str) and name in SECRET_FIELDS:
        yield value


COMMANDS = [
    ["validate", "stack"],
    ["test", "stack"],
    ["test", "stack", "--format", "json", "--junit", "junit.xml"],
    ["test", "stack", "--format", "github"],
    ["test", "stack", "--format", "markdown"],
    ["fmt", "stack", "--diff"],
    ["route", "-f", "stack", "--to", "service/hidden", "--source", VARIABLES["SOURCE"], "--summary", "x"],
    ["route", "-f", "stack", "--to", "service/hidden", "--source", VARIABLES["SOURCE"], "--format", "json"],
    ["message", "hidden", "-f", "stack"],
    ["message", "hidden", "-f", "stack", "--format", "json"],
    ["graph", "stack"],
    ["graph", "stack", "--format", "svg", "--out", "graph.svg"],
    ["graph", "stack", "--format", "html", "--out", "graph.html"],
    ["plan", "stack"],
    ["plan", "stack", "--format", "json", "--out", "plan.json"],
    ["show", "plan.json"],
    ["show", "plan.json", "--format", "json"],
    ["plan", "stack", "--format", "markdown"],
    ["plan", "stack", "--format", "github"],
    ["plan", "stack", "--format", "jsonl"],
    ["apply", "stack", "--yes"],
    ["apply", "stack", "--yes", "--format", "json"],
    ["apply", "stack", "--yes", "--format", "jsonl"],
    ["output", "stack"],
    ["output", "stack", "--format", "json"],
    ["output", "stack", "--format", "gitlab"],
    ["report", "stack"],
    ["report", "stack", "--format", "json"],
    ["report", "stack", "--format", "html"],
    ["coverage", "stack", "--format", "json"],
    ["replay", "stack", "--format", "json"],
    ["list", "services", "-f", "stack", "--format", "json"],
    ["graph", "stack", "--diff"],
    ["graph", "stack", "--diff", "--format", "html", "--out", "graph.html"],
    ["doctor", "stack"],
    ["doctor", "stack", "--format", "json"],
    ["doctor", "stack", "--format", "markdown"],
    ["doctor", "stack", "--format", "github"],
    ["list", "services"],
    ["audit", "stack"],
    ["export", "--owner", "other"],
    ["release", "-f", "stack", "webhook/sync", "--yes"],
    ["release", "-f", "stack", "service/hidden", "channel/hidden", "--yes"],
    ["export", "--owner", "other"],
    ["export", "--owner", "other", "--out", "exported"],
    ["adopt", "-f", "stack", "webhook/sync", "service/hidden", "channel/hidden", "--yes"],
    ["rotate", "-f", "stack", "webhook/sync", "--yes"],
    ["destroy", "stack", "--yes"],
]


def run(world: Sandbox, folder: Path, *words: str) -> str:
    """All that a command prints, as a process of its own and at the highest verbosity."""
    environ = {
        **world.environment(),
        "PATH": os.environ["PATH"],
        "NO_PROXY": "127.0.0.1",
        **{f"PDSLACK_VAR_{name}": value for name, value in VARIABLES.items()},
    }
    done = forked.run(["--debug", *words], cwd=folder, env=environ)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def world():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.slow
def test_no_command_tells_a_secret(world, tmp_path):
    folder = tmp_path / "stack"
    shutil.copytree(EXAMPLES / "fintech", folder, ignore=shutil.ignore_patterns(".pdslack"))
    (folder / "webhooks.yaml").write_text(WEBHOOK)
    world.seed(needs(load([folder], {f"PDSLACK_VAR_{name}": "x" for name in VARIABLES})))
    secrets: set[str] = set()
    for words in COMMANDS:
        printed = {" ".join(words): run(world, tmp_path, *words)}
        written = {
            str(file): file.read_text(errors="replace")
            for file in tmp_path.rglob("*")
            if file.is_file() and file.name != "secrets.json"
        }
        secrets |= secrets_of(world)
        leaks = [
            place
            for place, text in (printed | written).items()
            if any(each.lower() in text.lower() for each in secrets)
        ]
        assert not leaks, (words, leaks)
    assert len(secrets) > 10


@pytest.mark.slow
def test_the_one_place_where_a_secret_belongs_has_it(world, tmp_path):
    (tmp_path / "one.yaml").write_text(
        "owner: one\nwebhooks: {w: {url: 'https://w.example/', from: account, events: ['incident.*']}}\n"
    )

    run(world, tmp_path, "apply", "one.yaml", "--yes")

    kept = (tmp_path / ".pdslack" / "secrets.json").read_text()
    assert re.search(r'"webhook/w": \{\s+"secret": "[0-9a-f]{32,}"', kept)


@pytest.mark.parametrize("flags", [(), ("--sandbox",)], ids=["accounts", "sandbox"])
def test_what_a_run_keeps_is_not_committed_without_a_gitignore_of_the_stack(accounts, flags):
    git = ("git", "-C", str(accounts.cli.folder))
    subprocess.run([*git, "init", "-q"], check=True)
    webhook = "webhooks: {sync: {url: https://a.example, from: account, events: [incident.triggered]}}\n"
    accounts.cli.write("owner: payments\n" + webhook, "pdslack.yaml")

    accounts.cli("apply", "--yes", *flags)

    assert (accounts.cli.folder / ".pdslack/secrets.json").exists()
    untracked = subprocess.run(
        [*git, "status", "--porcelain", "-uall"], capture_output=True, check=True
    ).stdout
    assert b"pdslack.yaml" in untracked
    assert b".pdslack/" not in untracked
