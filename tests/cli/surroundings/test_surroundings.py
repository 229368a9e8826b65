"""Hostile surroundings: what a checkout holds reaches neither the tokens nor the environment."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pdslack_cli.clients import settings
from pdslack_cli.sandbox.server import Sandbox

pytestmark = pytest.mark.slow_after(2)


@pytest.fixture
def stranger():
    """Somebody's own server, which answers as the vendors do."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendors(accounts, monkeypatch):
    """The vendors where they are without a word in the environment."""
    for name, url in accounts.sandbox.environment().items():
        if name.startswith("PAGERDUTY_") and name.endswith("_URL"):
            monkeypatch.setitem(settings.PAGERDUTY_URLS["us"], name, url)
            monkeypatch.delenv(name)
    monkeypatch.setattr(settings, "SLACK_API_URL", accounts.sandbox.environment()["SLACK_API_URL"])
    monkeypatch.delenv("SLACK_API_URL")
    return accounts


@pytest.mark.parametrize("words", [("plan",), ("plan", "--format", "json"), ("doctor",), ("apply", "--yes")])
def test_committed_dotenv_sends_nothing_elsewhere_and_runs_nothing(vendors, stranger, words):
    hosts = {name: url for name, url in stranger.environment().items() if name.endswith("_URL")}
    lines = [f"{name}={url}" for name, url in hosts.items()]
    ran = vendors.cli.folder / "ran"
    vendors.cli.write("\n".join([*lines, f"PDSLACK_SECRET_COMMAND=touch {ran}", ""]), ".env")

    done = vendors.cli(*words)

    assert stranger.calls == []
    assert vendors.sandbox.calls
    assert not ran.exists()
    assert f"{', '.join([*hosts, 'PDSLACK_SECRET_COMMAND'])} in .env are ignored" in done.err
    assert not any(url in done.err for url in hosts.values())


MODULES = ("sitecustomize", "usercustomize", "yaml", "requests", "venv", "typer", "pdslack_cli/__init__")
SETTINGS = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "BASH_ENV", "LD_PRELOAD", "TMPDIR", "HOME", "PATH")


@pytest.mark.slow
@pytest.mark.parametrize("words", [["plan", "--sandbox"], ["apply", "--sandbox", "--yes"]])
def test_no_module_of_a_checkout_runs(cli, words):
    """By the command as it is installed: only a fresh interpreter does what its start looks for."""
    command = Path(sys.executable).with_name("pdslack")
    if not command.exists():
        pytest.skip("pdslack is not installed beside this Python")
    ran = cli.folder / "ran"
    for name in MODULES:
        cli.write(f"open({str(ran)!r}, 'a').write(__file__)\nraise SystemExit('taken over')\n", f"{name}.py")
    cli.write("\n".join(f"{name}={cli.folder}" for name in SETTINGS), ".env")

    done = subprocess.run(
        [command, *words], cwd=cli.folder, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert not ran.exists()


SCRIPT = "automation_actions: {{look: {{script: {{file: '{name}'}}}}}}"
CANVAS = "channels: {{c: {{canvas: '{name}'}}}}"
ROWS = "each: [{{rows: '{name}', as: row, services: {{'${{row.id}}': {{description: '${{row.id}}'}}}}}}]"


@pytest.mark.parametrize("entry", [SCRIPT, CANVAS, ROWS], ids=["script", "canvas", "rows"])
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        pytest.param("../beside.csv", "", id="in the repository"),
        pytest.param("{root}/outside.csv", "is outside of the repository", id="absolute"),
        pytest.param("../../outside.csv", "is outside of the repository", id="above"),
        pytest.param("link.csv", "is outside of the repository", id="a link"),
        pytest.param("folder/outside.csv", "is outside of the repository", id="through a link"),
        pytest.param(".env.csv", "is a hidden file", id="hidden"),
        pytest.param("../.git/config.csv", "is a hidden file", id="in a hidden folder"),
    ],
)
def test_file_that_a_stack_names_is_one_of_its_repository(cli, entry, name, refused):
    root, repository = cli.folder, cli.folder / "repository"
    for file in ("outside", "repository/beside", "repository/.git/config", "repository/stack/.env"):
        cli.write("id\nhush-hush\n", f"{file}.csv")
    (repository / "stack/link.csv").symlink_to(root / "outside.csv")
    (repository / "stack/folder").symlink_to(root)
    cli.patch.chdir(repository / "stack")
    cli.write(f"owner: acme\n{entry.format(name=name.format(root=root))}\n", "repository/stack/pdslack.yaml")

    done = cli("validate", code=None)

    assert ("it is not read" in done.err) == bool(refused), done.err
    assert refused in done.err
    assert not refused or "hush-hush" not in done.err + done.out


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("words", ["plan --sandbox", "validate", "test", "fmt", "validate --format markdown"])
@pytest.mark.parametrize("linked", ["pdslack.yaml", "extra.yaml", "folder"])
def test_stack_file_that_is_a_link_out_of_the_repository_is_not_read(cli, linked, words):
    cli.write("services: {a: {password: hush-hush}}\n", "outside/pdslack.yaml")
    before = (cli.folder / "outside/pdslack.yaml").read_text()
    (cli.folder / "repository/.git").mkdir(parents=True)
    if linked != "pdslack.yaml":
        cli.write("owner: a\n", "repository/pdslack.yaml")
    target = cli.folder / "outside" / ("" if linked == "folder" else "pdslack.yaml")
    (cli.folder / "repository" / linked).symlink_to(target)
    cli.patch.chdir(cli.folder / "repository")

    done = cli(*words.split(), *(["folder"] if linked == "folder" else []), code=1)

    assert "leads out of its repository by a link" in done.out + done.err
    assert "hush-hush" not in done.out + done.err
    assert (cli.folder / "outside/pdslack.yaml").read_text() == before


@pytest.mark.slow
def test_host_that_is_not_the_vendors_is_announced(accounts):
    note = f"Note: PagerDuty and Slack are at {accounts.sandbox.url}."
    for words in (["plan"], ["export", "--owner", "other"]):
        err = accounts.cli(*words).err
        assert note in err
        assert "Warning" not in err


def test_sandbox_is_not_announced(cli):
    err = cli("plan", "--sandbox").err
    assert "Warning" not in err
    assert "Note" not in err


# --- variables ---------------------------------------------------------------------------------------

HOOK = """\
owner: payments
webhooks:
  sync: {url: "https://hooks.example/${HOOK_PATH}", from: account, events: ["incident.*"]}
"""


@pytest.fixture
def hook(cli, monkeypatch):
    cli.write(HOOK)
    monkeypatch.setenv("PDSLACK_VAR_HOOK_PATH", "first-path")
    return cli


@pytest.mark.slow
def test_value_of_the_environment_is_masked_and_its_change_shows(hook, monkeypatch):
    hook("apply", "--sandbox", "--yes")
    assert hook("plan", "--sandbox").out.startswith("No changes.")

    monkeypatch.setenv("PDSLACK_VAR_HOOK_PATH", "second-path")
    shown = [
        hook("plan", "--sandbox", *words)
        for words in ((), ("--format", "json"), ("--format", "markdown"), ("--out", "plan.json"))
    ]

    texts = [*(done.out + done.err for done in shown), (hook.folder / "plan.json").read_text()]
    for text in texts:
        assert "first-path" not in text
        assert "second-path" not in text
        assert "https://hooks.example/***(" in text
    (change,) = shown[1].json["resource_changes"]
    assert change["changed_fields"] == ["url"]
    assert change["change"]["before"]["url"] != change["change"]["after"]["url"]


@pytest.mark.slow
def test_saved_plan_of_another_value_is_stale(hook, monkeypatch):
    hook("plan", "--sandbox", "--out", "plan.json")
    monkeypatch.setenv("PDSLACK_VAR_HOOK_PATH", "second-path")

    refused = hook("apply", "plan.json", code=1)

    assert "Saved plan is stale" in refused.err
    assert "path" not in refused.err
    monkeypatch.setenv("PDSLACK_VAR_HOOK_PATH", "first-path")
    hook("apply", "plan.json")


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "PAGERDUTY_API_KEY", "HOME"])
def test_environment_is_not_the_files_to_read(cli, monkeypatch, name):
    monkeypatch.setenv(name, "hunter-4711")
    cli.write(f"owner: a\nservices: {{s: {{description: 'x ${{{name}}}'}}}}\n")

    refused = cli("plan", "--sandbox", code=1)

    assert f"only PDSLACK_VAR_… of the environment is read: set PDSLACK_VAR_{name}" in refused.err
    assert "hunter" not in refused.out + refused.err


def test_traceback_of_a_defect_and_the_debug_log_hold_no_secret(hook, monkeypatch):
    def broken(*_):
        raise RuntimeError("defect at https://hooks.example/first-path")

    monkeypatch.setattr("pdslack_cli.cli.run.files.load", broken)

    with pytest.raises(AssertionError, match="Traceback") as seen:  # what the fixture sees on standard error
        hook("plan", "--sandbox", code=1)

    assert "defect at https://hooks.example/***" in str(seen.value)
    assert "first-path" not in str(seen.value)


# --- the sandbox's file ------------------------------------------------------------------------------


@pytest.mark.slow
def test_second_sandbox_on_one_file_is_told(cli):
    cli("plan", "--sandbox")
    folder = cli.folder / ".pdslack"
    assert (folder.stat().st_mode & 0o777, (folder / "sandbox.sqlite").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )
    with Sandbox(str(folder / "sandbox.sqlite")):
        for words in (("plan", "--sandbox"), ("sandbox",)):
            refused = cli(*words, code=1)
            assert "sandbox.sqlite: another sandbox uses it" in refused.err
            assert "stop the sandbox that uses the file" in refused.err


def test_state_of_another_version_is_refused(cli):
    cli("plan", "--sandbox")
    with closing(sqlite3.connect(cli.folder / ".pdslack" / "sandbox.sqlite")) as database:
        database.execute("PRAGMA user_version = 1")
    refused = cli("plan", "--sandbox", code=1)
    assert "sandbox.sqlite: another version of pdslack wrote it" in refused.err
    assert "delete the file" in refused.err


# --- files -------------------------------------------------------------------------------------------

ROWS = "owner: a\neach: [{rows: rows.csv, as: row, teams: {'${row.key}': {}}}]\n"
PLACES = {
    "pdslack.yaml": (("validate",), ("plan", "--sandbox"), ("test",), ("validate", "--format", "markdown")),
    "rows.csv": (("validate", "rows.yaml"),),
    "pdslack.test.yaml": (("test",),),
    ".env": (("validate",), ("plan", "--sandbox", "--format", "github")),
    "event.json": (("route", "event.json"),),
    "alerts.jsonl": (("replay", "--from", "alerts.jsonl", "--base", "pdslack.yaml"),),
    ".pdslack/lock": (("apply", "--sandbox", "--yes"),),
    ".pdslack/secrets.json": (("apply", "--sandbox", "--yes", "hook.yaml"),),
    ".pdslack/sandbox.sqlite": (("plan", "--sandbox"),),
    ".gitignore": (("init", ".", "--force"),),
}


@pytest.mark.parametrize("target", ["FIFO", "/dev/zero", "/proc/self/environ"])
@pytest.mark.parametrize(
    ("place", "words"), [(place, words) for place, calls in PLACES.items() for words in calls], ids=str
)
def test_no_file_of_a_checkout_hangs_a_command_or_is_taken_for_data(cli, monkeypatch, place, words, target):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-secret-4711")
    for name, text in (("rows.yaml", ROWS), ("hook.yaml", HOOK.replace("${HOOK_PATH}", "x"))):
        if name in words:
            cli.write(text, name)
    path = cli.folder / place
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if target == "FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to(target)

    done = cli(*words, code=1)

    printed = done.out + done.err
    assert "aws-secret-4711" not in printed
    assert place.rpartition("/")[2] in printed


STATE_FILES = ("audit.jsonl", "secrets.json", "lock", "sandbox.sqlite", "sandbox.url", "serve.sqlite")


@pytest.mark.parametrize(
    "words",
    ["apply --yes", "plan --sandbox", "rotate webhook/sync --yes", "sandbox", "queue", "audit"],
)
@pytest.mark.parametrize("linked", [*STATE_FILES, ""])
def test_own_file_that_a_checkout_makes_a_link_is_not_followed(accounts, linked, words):
    cli = accounts.cli
    cli.write(HOOK.replace("${HOOK_PATH}", "x"))
    outside = cli.write("precious", "outside/victim").parent
    link = cli.folder / ".pdslack" / linked
    if linked:
        link.parent.mkdir()
    link.symlink_to(outside / "victim" if linked else outside)

    refused = cli(*words.split(), code=1)

    assert f".pdslack{'/' if linked else ''}{linked} is a link" in refused.err
    assert [path.name for path in outside.iterdir()] == ["victim"]
    assert (outside / "victim").read_text().strip() == "precious"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
@pytest.mark.parametrize("mode", [0o000, 0o600])
def test_folder_of_own_files_that_cannot_be_read_is_told(accounts, mode):
    cli = accounts.cli
    cli.write("owner: acme\n")
    state = cli.folder / ".pdslack"
    state.mkdir()
    (state / "lock").touch()
    state.chmod(mode)

    refused = cli("plan", code=1)

    state.chmod(0o700)
    assert "cannot read the folder" in refused.err
    assert "Permission denied" in refused.err


def test_audit_log_that_is_a_fifo_is_told_and_the_apply_goes_on(cli):
    (cli.folder / ".pdslack").mkdir()
    os.mkfifo(cli.folder / ".pdslack" / "audit.jsonl")

    done = cli("apply", "--sandbox", "--yes")

    assert "it is a FIFO, not a regular file" in done.out + done.err
    assert "Apply complete!" in done.out


@pytest.mark.slow
def test_export_names_the_variable_and_plans_to_nothing(hook):
    hook("apply", "--sandbox", "--yes")

    exported = hook("export", "--sandbox", "--owner", "payments").out

    assert "https://hooks.example/${HOOK_PATH}" in exported
    assert "first-path" not in exported
    hook.write(exported)
    assert hook("plan", "--sandbox").out.startswith("No changes.")


def test_url_that_is_none_is_told_without_its_token(cli):
    cli.write(HOOK.replace("https://hooks.example/${HOOK_PATH}", "ftp://x.example/?token=hunter-4711"))

    refused = cli("validate", code=1)

    assert "?token=" in refused.err
    assert "hunter" not in refused.err


@pytest.mark.slow
def test_run_that_looked_for_what_a_killed_one_made_spares_the_next_one_the_wait(cli, monkeypatch):
    waited = []
    monkeypatch.setattr("pdslack_cli.clients.http.throttle.SystemClock.sleep", lambda _, s: waited.append(s))
    cli("apply", "--sandbox", "--yes")
    log = cli.folder / ".pdslack" / "audit.jsonl"
    line = next(line for line in log.read_text().splitlines() if '"team/payments"' in line)
    log.write_text(
        f"{log.read_text()}{json.dumps(json.loads(line) | {'outcome': 'started', 'creates': True})}\n"
    )
    waited.clear()

    assert "a run was killed, or still runs" in cli("plan", "--sandbox").out
    assert "waiting 10 s until lists show" in cli("apply", "--sandbox", "--yes").err
    assert sum(waited) == 20
    assert "killed" not in cli("plan", "--sandbox").out
    assert sum(waited) == 20


SECRET = "kyxgqzvydzbvmxkjvxxvrgkgwrbdhycnbmvzrsrytgqfcgvjmsnswryqxysb"
CUT = {
    "a value": "services: {{api: {{urgency: '{}'}}}}",
    "a name that is corrected": "channels: {{c: {{name: '{}'}}}}",
    "a button": "messages: {{m: {{blocks: [{{type: actions, elements: [{{type: button, action_id: a, "
    "text: {{type: plain_text, text: '{}'}}}}]}}]}}}}",
}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("before", [0, 33, 55, 70])
@pytest.mark.parametrize("entry", CUT.values(), ids=CUT)
def test_no_part_of_a_secret_is_shown_where_a_text_is_cut(cli, monkeypatch, entry, before):
    monkeypatch.setenv("PDSLACK_VAR_SECRET", SECRET)
    cli.write(f"owner: a\n{entry.format(('lorem ipsum ' * 9)[:before] + '${SECRET}')}\n")

    for words in (("validate",), ("validate", "--format", "json"), ("message", "m", "--format", "json")):
        done = cli(*words, code=None)
        assert not any(SECRET[n : n + 6] in done.out + done.err for n in range(len(SECRET) - 5))
