"""No credential of a Slack app, and no address of a trigger, is lost silently, whatever the store does."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection

import pytest

from tests.cli.accounts import Accounts

STACK = """\
owner: payments
slack: {workspace: T0ACME}
slack_app: {socket_mode: true}
channels: {incidents: {}}
"""
WORKFLOWS = """\
slack_workflows:
  hook:
    trigger: {webhook: {}}
    steps: [{function: send_message, inputs: {channel: incidents, message: Help}}]
"""

STORE = """\
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
lines = folder / "stored.jsonl"
text = sys.stdin.read()
number = len(lines.read_text().splitlines()) + 1 if lines.exists() else 1
with lines.open("a") as file:
    file.write(text + "\\n")
sys.exit(number in json.loads((folder / "failing.json").read_text()))
"""


@pytest.fixture
def there(accounts: Accounts) -> Accounts:
    """Accounts whose secrets a command stores."""
    accounts.cli.write(STACK)
    accounts.cli.write(STORE, "store.py")
    accounts.patch.setenv("PDSLACK_SECRET_COMMAND", f"{sys.executable} {accounts.cli.folder}/store.py")
    fail_at(accounts, ())
    return accounts


def fail_at(there: Accounts, numbers: Collection[int]) -> None:
    """Have the command fail at these of its calls, counted from now on."""
    (there.cli.folder / "failing.json").write_text(json.dumps([*numbers]))
    (there.cli.folder / "stored.jsonl").unlink(missing_ok=True)


def apps(there: Accounts) -> list[str]:
    return [app["id"] for app in there.sandbox.store.all("slack.app")]


def planned(there: Accounts) -> list[str]:
    return [one["address"] for one in there.cli("plan", "--format", "json").json["resource_changes"]]


def test_an_apply_makes_no_app_that_the_next_one_could_not_find(there):
    there.cli("apply", "--yes")

    plan = there.cli("plan").out

    assert apps(there) == []
    assert "cannot be asked: write `id:` under `slack_app`, or have `pdslack app --create` make one" in plan
    assert "match the files" not in plan


@pytest.mark.slow
def test_an_app_that_is_made_by_itself_is_named_by_the_file(there):
    done = there.cli("app", "--create", "--yes")

    (app_id,) = apps(there)
    assert f"write `id: {app_id}` under `slack_app`" in done.out
    there.cli.write(STACK.replace("true}", f"true, id: {app_id}}}"))
    assert planned(there) == ["channel/incidents"]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("failing", range(1, 7))
def test_an_app_whose_credentials_could_not_be_stored_is_made_again(there, failing):
    fail_at(there, [failing])
    refused = there.cli("app", "--create", "--yes", code=1)

    assert "PDSLACK_SECRET_COMMAND failed with exit status 1" in refused.err
    assert ("the app was deleted again" in refused.err) == (failing > 1)  # the first call precedes it
    assert apps(there) == []
    fail_at(there, ())
    there.cli("app", "--create", "--yes")
    stored = (there.cli.folder / "stored.jsonl").read_text()
    assert len(apps(there)) == 1
    assert all(name in stored for name in ("signing_secret", "client_secret", "app_id"))


@pytest.mark.slow
def test_an_address_that_could_not_be_stored_is_stored_by_the_next_apply(there):
    there.cli("app", "--create", "--yes")
    named = STACK.replace("true}", f"true, id: {apps(there)[0]}}}")
    there.cli.write(named)
    there.cli("apply", "--yes")
    there.cli.write(named + WORKFLOWS)
    made = there.cli("app", "--update", "--yes").out
    workflows_id = apps(there)[1]
    assert f"write `workflows_id: {workflows_id}` under `slack_app`" in made
    named = named.replace(", id:", f", workflows_id: {workflows_id}, id:")
    there.cli.write(named + WORKFLOWS)
    assert planned(there) == []
    fail_at(there, [1])
    there.cli.write(named + WORKFLOWS.replace("  hook:", "  other:"))

    there.cli("apply", "--yes", code=1)

    assert planned(there) == ["slack_workflows_app/app"]
    assert "its address is not stored yet" in there.cli("plan").out.lower()
    fail_at(there, ())
    there.cli("apply", "--yes")
    assert "hooks.slack.com" in (there.cli.folder / "stored.jsonl").read_text()
    assert planned(there) == []


@pytest.mark.slow
def test_a_run_that_was_cut_off_before_the_store_is_told_by_plan_and_doctor(there, monkeypatch):
    monkeypatch.delenv("PDSLACK_SECRET_COMMAND")
    there.cli.write('{"slack_app/app": {"creation_started": "yes"}}', ".pdslack/secrets.json")

    for words in (("plan",), ("doctor",)):
        done = there.cli(*words, code=1)
        assert "cut off while Slack created the app, so it may exist" in done.out + done.err
