"""What the report of a failed run advises works: running again, or first settling what the errors name."""

from __future__ import annotations

import json
import re
import shlex
from typing import NamedTuple

import pytest

from pdslack_cli.sandbox.faults import Fault
from tests.cli.accounts import Accounts

WORLD = """\
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
"""
ALERTING = """\
escalation_policies: {first: {levels: [{notify: [person/maya], escalate_after: 30m}]}}
services: {api: {escalation_policy: first, alert_grouping: {by: time, window: 5m}}}
"""
WEBHOOK = "webhooks: {hook: {url: https://acme.example/hook, from: account, events: [incident.triggered]}}\n"
CHANNEL = "channels: {war: {topic: Up}}\n"


class Kind(NamedTuple):
    """A file, and the call that creates what it says."""

    text: str
    method: str
    path: str


KINDS = {
    "team": Kind("teams: {one: {}}\n", "POST", "^/teams$"),
    "alert_grouping": Kind(ALERTING, "POST", "^/alert_grouping_settings$"),
    "rules": Kind(
        ALERTING.replace("alert_grouping: {by: time, window: 5m}", "rules: [{then: {severity: info}}]"),
        "PUT",
        "^/event_orchestrations/services/[^/]*$",
    ),
    "webhook": Kind(WEBHOOK, "POST", "^/webhook_subscriptions$"),
    "channel": Kind(CHANNEL, "POST", "conversations.create$"),
    "topic": Kind(CHANNEL, "POST", "conversations.setTopic$"),
    "user_group": Kind("user_groups: {oncall: {members: [maya]}}\n", "POST", "usergroups.create$"),
    "notification_rule": Kind(
        f"teams: {{one: {{}}}}\n{CHANNEL}notification_rules: {{told: {{from: team/one, to: war}}}}\n",
        "POST",
        "connections$",
    ),
    "cache_variable": Kind(
        ALERTING.replace(
            "alert_grouping: {by: time, window: 5m}", "cache_variables: {h: {recent: event.group}}"
        ),
        "POST",
        "/cache_variables$",
    ),
    "rotation": Kind(
        "shift_schedules: {s: {time_zone: Etc/UTC, rotations: [{events: [{name: W, from: "
        "'2026-01-05T09:00:00', to: '2026-01-12T09:00:00', recurrence: FREQ=WEEKLY, people: [maya]}]}]}}\n",
        "POST",
        "/rotations$",
    ),
    "bookmark": Kind(
        'channels: {war: {bookmarks: {Wiki: "https://acme.example"}}}\n', "POST", "bookmarks.add$"
    ),
    "workflows' app": Kind(
        "slack_app: {name: Incidents, socket_mode: true}\nchannels: {war: {}}\nslack_workflows: {page: "
        "{trigger: {webhook: {}}, steps: [{function: send_message, inputs: {channel: war, message: Hi}}]}}\n",
        "POST",
        "apps.manifest.create$",
    ),
    "slack_app": Kind("slack_app: {name: Incidents, socket_mode: true}\n", "POST", "apps.manifest.create$"),
}
FAULTS = ("402", "403", "404", "409", "410", "429", "500", "501", "reset", "lost")


def advised(err: str) -> tuple[bool, list[list[str]]]:
    """Whether something must be settled first, and the commands that a report advises."""
    found = re.search(
        r"^(Run|Settle what the errors name, then run) (`.*`): (it does|they do) what is left\.$", err, re.M
    )
    assert found, err
    return found[1] != "Run", [shlex.split(command)[1:] for command in re.findall("`(.*?)`", found[2])]


def follow(there: Accounts, commands: list[list[str]], code: int | None = 0) -> list[int]:
    return [there.cli(*words, "--yes", code=code).code for words in commands]


def settle_app(there: Accounts) -> None:
    """What the error says: delete the app, if it is there, and forget that its creation began."""
    for app in there.sandbox.store.all("slack.app"):
        there.sandbox.store.delete("slack.app", app["id"])
    path = there.cli.folder / ".pdslack/secrets.json"
    path.write_text(path.read_text().replace('"creation_started"', '"settled"'))


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_an_apply_advises_works(there: Accounts, kind: str, fault: str):
    made = KINDS[kind]
    there.cli.write(WORLD + made.text)
    there.sandbox.faults.add(Fault(fault, method=made.method, path=made.path, times=1000, seconds=1))
    ended = there.cli("apply", "--yes", code=None)
    if ended.code:
        settle, commands = advised(ended.err)
        if settle:
            assert follow(there, commands, code=None) == [1]
            if "apps.manifest" in made.path:
                settle_app(there)
        there.sandbox.faults.clear()
        follow(there, commands)
    there.sandbox.faults.clear()
    assert "No changes. " in there.cli("plan").out


@pytest.mark.slow
@pytest.mark.parametrize("reviewed", ["saved", "expected"])
def test_what_was_reviewed_is_planned_anew(there: Accounts, reviewed: str):
    there.cli.write(WORLD + "teams: {one: {}, two: {}}\n")
    document = there.cli("plan", "--only", "team/*", "--out", "plan.json", "--format", "json").json
    exactly = {"saved": ["plan.json"], "expected": ["--only", "team/*", "--expect", document["fingerprint"]]}
    there.sandbox.faults.add(Fault("500", method="POST", path="^/teams$", nth=2, times=1000))
    assert advised(there.cli("apply", *exactly[reviewed], code=1).err) == (
        False,
        [["apply", "--only", "team/*"]],
    )


MARKING = f"""\
{WORLD}{ALERTING}
webhooks:
  hook: {{url: https://acme.example/hook, from: account, events: [incident.triggered]}}
  other: {{url: https://acme.example/other, from: account, events: [incident.triggered]}}
"""
COMMANDS = {
    "adopt": ("adopt", "service/api", "escalation_policy/first"),
    "adopt --from": ("adopt", "*/*", "--from", "former"),
    "release": ("release", "service/api", "escalation_policy/first"),
    "rotate": ("rotate", "webhook/*"),
    "destroy": ("destroy",),
}


def begin(there: Accounts, command: str) -> None:
    """The world before a command."""
    former = MARKING.replace("owner: acme", "owner: former")
    there.cli.write(former if command == "adopt --from" else MARKING)
    there.cli("apply", "--yes")
    there.cli.write(MARKING)
    if command == "adopt":
        there.cli("release", *COMMANDS[command][1:], "--yes")


def end(there: Accounts, command: str, secrets: dict) -> None:
    """What must be true after it, however it came about."""
    if command == "destroy":
        assert "Nothing to destroy" in there.cli("destroy", "--yes").out
    elif command == "release":
        marked = [
            one
            for kind in ("service", "escalation_policy", "alert_grouping_setting")
            for one in there.sandbox.store.all(f"pagerduty.{kind}")
            if "[pdslack:" in (one.get("description") or "")
        ]
        assert marked == []
    else:
        assert "No changes. " in there.cli("plan").out
    if command == "rotate":
        now = stored(there)
        assert [ref for ref in secrets if now[ref] == secrets[ref]] == []


def stored(there: Accounts) -> dict:
    return json.loads((there.cli.folder / ".pdslack/secrets.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["403", "404", "500", "reset", "lost"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_any_command_advises_works_wherever_it_failed(there: Accounts, command: str, fault: str):
    begin(there, command)
    before, secrets = there.sandbox.snapshot(), stored(there)
    kept = (there.cli.folder / ".pdslack/secrets.json").read_text()
    for nth in range(1, 20):
        there.sandbox.store.restore(before)
        (there.cli.folder / ".pdslack/secrets.json").write_text(kept)
        (there.cli.folder / ".pdslack/audit.jsonl").unlink(missing_ok=True)
        for method in ("PUT", "POST", "DELETE"):
            there.sandbox.faults.add(Fault(fault, provider="pagerduty", method=method, nth=nth, times=1000))
        done = there.cli(*COMMANDS[command], "--yes", code=None)
        there.sandbox.faults.clear()
        if done.code:
            _, commands = advised(done.err)
            follow(there, commands)
        end(there, command, secrets)
        if not done.code and nth > 4:
            break
