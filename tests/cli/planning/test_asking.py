"""What changes while a question waits for its answer is seen, and nothing is done."""

from __future__ import annotations

import io
import os
import sys

import pytest

from pdslack_cli.clients import connect
from pdslack_cli.clients.settings import Settings

pytestmark = pytest.mark.slow_after(2)

STACK = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
teams: {payments: {name: Payments, description: Takes money}}
escalation_policies: {first: {team: payments, repeat: 1, levels: [{notify: [person/maya]}]}}
webhooks: {sync: {url: https://a.example/x, from: account, events: [incident.triggered]}}
"""


class Waiting(io.StringIO):
    """A terminal whose user does something elsewhere before the answer."""

    def __init__(self, answer: str, meanwhile) -> None:
        super().__init__(f"{answer}\n")
        self.meanwhile = meanwhile

    def isatty(self) -> bool:
        return True

    def readline(self, *limit) -> str:
        self.meanwhile()
        return super().readline(*limit)


@pytest.fixture
def asked(accounts):
    """Run a command whose question is answered after `meanwhile` ran."""
    accounts.cli.write(STACK)
    accounts.cli("apply", "--yes")

    def run(*words: str, meanwhile, answer: str = "yes", code: int = 0):
        accounts.patch.setattr(sys, "stdin", Waiting(answer, meanwhile))
        return accounts.cli(*words, code=code)

    run.accounts = accounts
    return run


def by_hand(plural: str, **changed: object) -> None:
    """Change the first object of that list, as somebody in the web interface does."""
    pagerduty = connect(Settings.read(os.environ), workspace="T0ACME").pagerduty
    found = pagerduty.list(f"/{plural}", plural)[0]
    wrapper = {"escalation_policies": "escalation_policy"}.get(plural, plural.removesuffix("s"))
    name = {"name": found["name"]} if "name" in found else {}
    body = {"type": wrapper, **name, **changed}
    if plural == "escalation_policies":
        rule = found["escalation_rules"][0]
        body["escalation_rules"] = [
            rule,
            {name: rule[name] for name in ("targets", "escalation_delay_in_minutes")},
        ]
    pagerduty.update(f"/{plural}/{found['id']}", {wrapper: body})


def add_level() -> None:
    by_hand("escalation_policies")


def rename_team() -> None:
    by_hand("teams", name="Money")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "words", "answer", "meanwhile", "moved"),
    [
        pytest.param(
            "repeat: 1", "repeat: 2", ["apply"], "yes", add_level,
            "escalation_policy/first has changed: levels", id="a level added by hand",
        ),
        pytest.param(
            "repeat: 1", "repeat: 2", ["apply"], "yes", rename_team,
            "team/payments", id="what it refers to",
        ),
        pytest.param(
            "", "", ["destroy"], "payments", add_level, "escalation_policy/first has changed", id="destroy"
        ),
        pytest.param(
            "", "", ["release", "escalation_policy/first"], "yes", add_level,
            "escalation_policy/first has changed", id="release",
        ),
        pytest.param(
            "owner: payments", "owner: others", ["adopt", "team/*", "--from", "payments"], "yes", rename_team,
            "team/payments", id="adopt",
        ),
        pytest.param(
            "", "", ["rotate", "webhook/sync"], "yes",
            lambda: by_hand("webhook_subscriptions", active=False),
            "webhook/sync has changed", id="rotate",
        ),
    ],
)  # fmt: skip
def test_what_moves_while_the_question_waits_is_named_and_nothing_is_done(
    asked, old, new, words, answer, meanwhile, moved
):
    asked.accounts.cli.write(STACK.replace(old, new) if old else STACK)
    writes: list[str] = []

    def move() -> None:
        meanwhile()
        asked.accounts.sandbox.calls.clear()

    refused = asked(*words, meanwhile=move, answer=answer, code=1)

    writes = [call.method for call in asked.accounts.sandbox.calls if call.method not in {"GET"}]
    assert "Something changed while waiting for confirmation; nothing was applied" in refused.err
    assert moved in refused.err
    assert not {"PUT", "DELETE", "PATCH"} & set(writes)


def test_answer_without_any_change_is_carried_out(asked):
    asked.accounts.cli.write(STACK.replace("repeat: 1", "repeat: 2"))
    assert "1 changed" in asked("apply", meanwhile=lambda: None).out


@pytest.mark.slow
def test_other_answer_than_yes_does_nothing(asked):
    asked.accounts.cli.write(STACK.replace("repeat: 1", "repeat: 2"))
    assert "cancelled" in asked("apply", meanwhile=lambda: None, answer="y", code=1).err


def test_app_that_somebody_changes_meanwhile_is_not_changed(asked):
    accounts = asked.accounts
    app = "slack_app: {{socket_mode: true, command: /{}}}\n"
    accounts.cli.write(STACK + app.format("incident"))
    accounts.cli("app", "--create", "--yes")
    accounts.cli.write(STACK + app.format("inc"))
    (made,) = accounts.sandbox.store.all("slack.app")
    made["manifest"]["features"]["slash_commands"] = [{"command": "/by-hand", "description": "Mine"}]

    refused = asked(
        "app",
        "--update",
        meanwhile=lambda: accounts.sandbox.store.replace("slack.app", made["id"], made),
        code=1,
    )

    assert "the app was changed meanwhile, and nothing is done" in refused.err
    assert accounts.sandbox.store.get("slack.app", made["id"])["manifest"] == made["manifest"]
