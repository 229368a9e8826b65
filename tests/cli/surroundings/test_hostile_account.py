"""Names that others wrote into the account leave raw nowhere: no terminal, log or reviewer obeys them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
import yaml

from pdslack_cli.sandbox.store import Store
from tests.cli.accounts import Accounts

HOSTILE = "\x1b[31mred\x9b2K \u202eevil\u2028next\x85\u2066\r\n::set-output name=x::y\n##[error]boom\n::stop"
HOSTILE += "\n##vso[task.complete]"
STACK = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
teams: {payments: {members: {responder: [maya]}}}
schedules:
  primary:
    time_zone: Europe/Berlin
    layers: [{name: Weekly, start: 2026-01-05T09:00:00, rotate: 1 week, people: [maya]}]
escalation_policies: {first: {description: Cards, levels: [{notify: [schedule/primary]}]}}
channels: {incidents: {topic: Cards, purpose: Money}}
services:
  api: {escalation_policy: first, rules: [{label: A, if: event.class matches 'x', then: {priority: P1}}]}
  web: {escalation_policy: first, integrations: [Datadog]}
routing: {main: {description: All, routes: [{if: event.class matches 'card', to: api}]}}
notification_rules: {cards: {from: service/api, to: incidents}}
webhooks: {sync: {url: "https://sync.acme.example", from: account, events: ["incident.*"]}}
workflows: {tell: {description: Tell, triggers: [{manual: true, services: all}]}}
"""
NAMED = (
    "team", "schedule", "escalation_policy", "service", "user", "event_orchestration", "incident_workflow",
    "priority", "vendor", "integration",
)  # fmt: skip
TEXTS = ("name", "summary", "description")


SPOILT: list[bytes] = []
"""The accounts once they are spoilt, made once for all tests."""


@pytest.fixture
def hostile(accounts: Accounts) -> Accounts:
    accounts.cli.write(STACK)
    if not SPOILT:
        accounts.cli("apply", "--yes")
        spoil(accounts.sandbox.store)
        SPOILT.append(accounts.sandbox.snapshot())
    accounts.sandbox.restore(SPOILT[0])
    for name, value in accounts.sandbox.environment().items():
        accounts.patch.setenv(name, value)
    return accounts


def spoil(store: Store) -> None:
    """Put hostile text into all names and descriptions."""
    for kind in NAMED:
        for document in store.all(f"pagerduty.{kind}"):
            spoilt = {word: HOSTILE + str(document[word] or "") for word in TEXTS if word in document}
            store.replace(f"pagerduty.{kind}", document["id"], {**document, **spoilt})
    for channel in store.all("slack.channel"):
        spoilt = {word: {**channel[word], "value": HOSTILE + channel[word]["value"]} for word in ("topic",)}
        store.replace("slack.channel", channel["id"], {**channel, **spoilt})


# GitHub's own commands, of which each value is escaped; between a stop and its token nothing is one.
ALLOWED = re.compile(r"::(error|warning|notice|add-mask|stop-commands)( |::)|::[0-9a-f]{32}::$")


def raw_in(text: str) -> list[str]:
    """What stands in a text and should not."""
    found = [
        f"{unicodedata.category(char)} {char!r}"
        for char in text
        if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]
    found += re.findall(r"##\w*\[", text)
    found += [
        line for line in text.splitlines() if line.lstrip().startswith("::") and not ALLOWED.match(line)
    ]
    return found


LISTS = (
    "people",
    "slack-users",
    "priorities",
    "vendors",
    "actions",
    "teams",
    "channels",
    "webhooks",
    "user-groups",
)
COMMANDS = [
    *(["plan", "--format", each] for each in ("text", "json", "jsonl", "markdown", "github")),
    ["plan", "--adopt", "--out", "saved.json"],
    *(["apply", "--yes", "--format", each] for each in ("text", "json", "jsonl", "markdown", "github")),
    *(["destroy", "--yes", "--format", each] for each in ("text", "json", "jsonl", "markdown", "github")),
    ["release", "team/*", "--yes"],
    ["rotate", "webhook/sync", "--yes"],
    ["export", "--owner", "payments"],
    ["export", "--owner", "payments", "--by", "section", "--out", "exported"],
    ["doctor"],
    ["coverage"],
    *(["doctor", "--format", each] for each in ("json", "markdown", "github")),
    ["output", "--format", "json"],
    ["--debug", "plan"],
    *(["list", each] for each in LISTS),
    ["list", "people", "--format", "json"],
    ["graph", "--diff"],
    ["graph", "--diff", "--format", "svg"],
    ["replay"],
]


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_nothing_that_others_wrote_leaves_raw(hostile, words, monkeypatch, tmp_path):
    for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    done = hostile.run(*words)

    assert not re.search("Traceback|No such|Missing option", done.err)
    assert raw_in(done.out) == []
    assert raw_in(done.err) == []
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file() and path.name not in {"pdslack.yaml", "lock"} and path.suffix != ".sqlite":
            assert raw_in(path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.slow
def test_an_exported_text_reads_back_as_it_was(hostile):
    done = hostile.run("export", "--owner", "payments")
    assert done.code == 0, done.err
    exported = yaml.safe_load(done.out)
    texts = [entry.get("description", "") for entry in exported["services"].values()]
    assert all("\x1b[31mred" in text or not text for text in texts)


def test_the_account_is_hostile(hostile):
    assert any("\x1b" in team["name"] for team in hostile.sandbox.store.all("pagerduty.team"))
    assert Path("pdslack.yaml").exists()
