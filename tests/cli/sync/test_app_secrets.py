"""No credential of a Slack app, and no address of a trigger, is lost silently, whatever the store does."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Collection

import pytest

from tests.cli.accounts import Accounts
from tests.support import forked

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
import json, os, pathlib, signal, sys
folder = pathlib.Path(__file__).parent
lines = folder / "stored.jsonl"
text = sys.stdin.read()
number = len(lines.read_text().splitlines()) + 1 if lines.exists() else 1
with lines.open("a") as file:
    file.write(text + "\\n")
if number in json.loads((folder / "killing.json").read_text()):
    os.kill(os.getppid(), signal.SIGKILL)
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


def fail_at(there: Accounts, failing: Collection[int], killing: Collection[int] = ()) -> None:
    """Have the command fail, or kill pdslack, at these of its calls, counted from now on."""
    for name, numbers in (("failing", failing), ("killing", killing)):
        (there.cli.folder / f"{name}.json").write_text(json.dumps([*numbers]))
    (there.cli.folder / "stored.jsonl").unlink(missing_ok=True)


def killed(there: Accounts, *words: str, at: int) -> None:
    """Run a command that is killed when it hands over that secret."""
    fail_at(there, (), [at])
    assert forked.run(words, cwd=there.cli.folder, env=os.environ).returncode == -signal.SIGKILL
    fail_at(there, ())


def log_of(there: Accounts) -> list[dict]:
    path = there.cli.folder / ".pdslack/audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def write_log(there: Accounts, lines: list[dict]) -> None:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (there.cli.folder / ".pdslack/audit.jsonl").write_text(text)


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


def refused_and_told(there: Accounts, words: list[str], said: str) -> None:
    """What would make the app says why it does not, and so do the commands that only look."""
    before = apps(there)
    for each in (words, ["plan"], ["apply", "--yes"], ["doctor"]):
        done = there.cli(*each, code=1)
        assert said in done.out + done.err, each
    assert apps(there) == before


@pytest.mark.slow
@pytest.mark.parametrize("at", range(2, 7))  # the first one precedes the creation
@pytest.mark.parametrize(
    ("words", "ref", "field"),
    [
        (["app", "--create", "--yes"], "slack_app/app", "id"),
        (["app", "--update", "--yes"], "slack_workflows_app/app", "workflows_id"),
    ],
)
def test_an_app_whose_creation_was_killed_is_named_by_the_next_run(there, words, ref, field, at):
    text = STACK
    if field == "workflows_id":
        there.cli("app", "--create", "--yes")
        text = STACK.replace("true}", f"true, id: {apps(there)[0]}}}")
        there.cli.write(text)
        there.cli("apply", "--yes")
        text += WORKFLOWS
        there.cli.write(text)

    killed(there, *words, at=at)

    app_id = apps(there)[-1]
    assert [(line["outcome"], line.get("made")) for line in log_of(there) if line["ref"] == ref] == [
        ("started", None),
        ("made", [app_id]),
    ]
    refused_and_told(there, words, f"an earlier run created the app {app_id}, and was cut off before all of")
    assert f"write `{field}: {app_id}` under `slack_app`" in there.cli(*words, code=1).err

    # Both ways out: its id in the file, or deleted by hand and forgotten.
    there.cli.write(text.replace("socket_mode: true", f"socket_mode: true, {field}: {app_id}"))
    assert ref not in there.cli("plan").out.split("Plan:")[0] or field == "workflows_id"
    there.cli.write(text)
    there.sandbox.store.delete("slack.app", app_id)
    write_log(there, [line for line in log_of(there) if line["ref"] != ref])
    there.sandbox.clock.advance(60)
    assert app_id not in there.cli(*words).out


@pytest.mark.slow
@pytest.mark.parametrize("stores", ["by a command", "in a file"])
@pytest.mark.parametrize("known", [True, False], ids=["id known", "no answer"])
def test_an_app_whose_creation_was_cut_off_is_never_created_again_by_itself(there, stores, known):
    if stores == "in a file":
        there.patch.delenv("PDSLACK_SECRET_COMMAND")
    there.cli("app", "--create", "--yes")
    (app_id,) = apps(there)
    there.cli.write('{"slack_app/app": {"creation_started": "yes"}}', ".pdslack/secrets.json")
    write_log(there, log_of(there)[: 2 if known else 1])

    said = f"an earlier run created the app {app_id}" if known else "so it may exist: look for it at"

    refused_and_told(there, ["app", "--create", "--yes"], said)


@pytest.mark.slow
def test_an_app_that_was_created_is_not_created_twice_where_the_store_cannot_be_asked(there):
    there.cli("app", "--create", "--yes")
    (app_id,) = apps(there)

    again = there.cli("app", "--create", "--yes", code=1).err

    assert (
        f"an earlier run created the app {app_id}\n  write `id: {app_id}` under `slack_app`; or delete it"
        in again
    )
    assert f"write `id: {app_id}` under `slack_app`" in there.cli("plan").out
    assert apps(there) == [app_id]


@pytest.mark.slow
def test_what_the_command_does_to_apps_is_in_the_audit_log(there):
    there.patch.delenv("PDSLACK_SECRET_COMMAND")
    there.cli("app", "--create", "--yes")
    there.cli.write(STACK.replace("true}", "true, command: /incident}"))
    there.cli("app", "--update", "--yes")

    assert [(line["ref"], line["action"], line["outcome"]) for line in log_of(there)] == [
        ("slack_app/app", "create", "started"),
        ("slack_app/app", "create", "made"),
        ("slack_app/app", "create", "done"),
        ("slack_app/app", "update", "started"),
        ("slack_app/app", "update", "done"),
    ]
    assert log_of(there)[-1]["fields"] == ["features", "oauth_config"]

    noted = len(log_of(there))
    assert "No changes" in there.cli("app", "--update", "--yes").out
    assert len(log_of(there)) == noted
