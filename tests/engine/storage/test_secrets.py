"""Secrets that a vendor shows once are stored before anything else, and never shown."""

from __future__ import annotations

import json
import re
import stat
import sys
from contextlib import nullcontext

import pytest

from pdslack_cli.engine.apply import apply_plan
from pdslack_cli.engine.change import Action
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_rotate
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals.deletes import too_many_deletes
from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.engine.storage import secrets
from pdslack_cli.engine.storage.secrets import (
    CommandStore,
    FileStore,
    SecretStoreError,
    missing_secrets,
    secret_store,
    secrets_lost_in_ci,
)
from pdslack_cli.model import Ref
from pdslack_cli.render.plan.wording import change_lines, sentence
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import MemoryStore, Runner

pytestmark = pytest.mark.slow_after(2)

SYNC = Ref("webhook", "sync")


def test_file_keeps_secrets_of_several_objects(tmp_path):
    store = FileStore(tmp_path / "deep" / "secrets.json")
    store.check_writable()

    store.store(SYNC, "secret", "first")
    store.store(Ref("webhook", "other"), "secret", "second")

    assert json.loads(store.path.read_text()) == {
        "webhook/other": {"secret": "second"},
        "webhook/sync": {"secret": "first"},
    }
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert (store.has(SYNC, "secret"), store.has(SYNC, "else")) == (True, False)
    assert [path.name for path in store.path.parent.iterdir()] == ["secrets.json"]


@pytest.mark.parametrize(
    "content", [pytest.param("{", id="half a file"), pytest.param("hello", id="not JSON")]
)
def test_file_that_cannot_be_read_is_told_before_it_is_overwritten(tmp_path, content):
    path = tmp_path / "secrets.json"
    path.write_text(content)

    with pytest.raises(SecretStoreError, match="got something else"):
        FileStore(path).check_writable()
    assert path.read_text() == content


def test_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SecretStoreError, match="cannot read the secret store") as caught:
        FileStore(tmp_path / "file" / "secrets.json").check_writable()
    assert "PDSLACK_SECRET_FILE" in caught.value.hint


def test_command_gets_the_secret_on_its_input(tmp_path):
    target = tmp_path / "got.json"
    program = f"import sys; open({str(target)!r}, 'w').write(sys.stdin.read())"
    store = CommandStore(f'{sys.executable} -c "{program}"')
    store.check_writable()

    store.store(SYNC, "secret", "value")

    assert json.loads(target.read_text()) == {"ref": "webhook/sync", "name": "secret", "value": "value"}
    assert store.has(SYNC, "secret") is None


def test_failing_command_is_told_without_the_secret():
    store = CommandStore(f'{sys.executable} -c "import sys; print(sys.stdin.read()); sys.exit(3)"')

    with pytest.raises(SecretStoreError, match="exit status 3") as caught:
        store.store(SYNC, "secret", "do-not-show")
    assert "do-not-show" not in str(caught.value)


@pytest.mark.parametrize(
    ("program", "failure"),
    [
        pytest.param("printf '\\377\\376'", None, id="bytes that are no text"),
        pytest.param("exec yes", "did not end within", id="output without an end"),
        pytest.param("exec sleep 60", "did not end within", id="it hangs"),
    ],
)
def test_what_a_command_writes_is_of_no_concern(monkeypatch, program, failure):
    monkeypatch.setattr(secrets, "COMMAND_SECONDS", 0.1 if failure else 30)
    store = CommandStore(f'sh -c "{program}"')
    with pytest.raises(SecretStoreError, match=failure) if failure else nullcontext():
        store.store(Ref("webhook", "sync"), "signing secret", "x")


def test_missing_command_is_told_before_the_first_call():
    with pytest.raises(SecretStoreError, match="command not found: 'no-such-program'"):
        CommandStore("no-such-program --now").check_writable()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, FileStore, id="default"),
        pytest.param({"PDSLACK_SECRET_FILE": "x.json"}, FileStore, id="a file"),
        pytest.param({"PDSLACK_SECRET_COMMAND": "vault"}, CommandStore, id="a command"),
    ],
)
def test_environment_chooses_the_store(tmp_path, environ, expected):
    assert isinstance(secret_store(environ, tmp_path), expected)


@pytest.mark.parametrize(
    ("environ", "refused"),
    [
        pytest.param({}, False, id="at a desk"),
        pytest.param({"CI": "true"}, True, id="in CI, nowhere to keep it"),
        pytest.param({"CI": "true", "PDSLACK_SECRET_FILE": "x"}, False, id="in CI, with a file"),
        pytest.param({"CI": "true", "PDSLACK_SECRET_COMMAND": "x"}, False, id="in CI, with a command"),
    ],
)
def test_ci_refuses_a_secret_that_would_be_lost(environ, refused):
    assert [problem.message.split()[0] for problem in secrets_lost_in_ci(environ, [SYNC])] == [
        "webhook/sync"
    ] * refused


WEBHOOK = """
    owner: acme
    webhooks: {sync: {url: "https://acme.example/hook", from: account, events: ["incident.*"]}}
"""


class BrokenStore(MemoryStore):
    """A store that worked when it was proved, and fails when it matters."""

    def store(self, ref, name, value):
        raise SecretStoreError("the vault is sealed")


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


def test_secret_is_stored_before_its_change_counts_as_done(runner):
    assert runner.apply(stack(WEBHOOK)).complete

    (secret,) = runner.secrets.kept.values()
    assert runner.secrets.kept.keys() == {(SYNC, "secret")}
    assert re.fullmatch(r"[0-9a-f]{32,}", secret)


def test_secret_that_could_not_be_stored_is_made_again_by_the_next_apply(runner):
    wanted = stack(WEBHOOK)

    report = Runner(runner.sandbox, BrokenStore()).apply(wanted)

    assert [(result.outcome, str(result.error)) for result in report.results] == [
        (StepOutcome.FAILED, "the vault is sealed")
    ]
    live = read_live(wanted, runner.clients(wanted))
    (problem,) = missing_secrets(wanted, live, runner.secrets)
    assert problem.message == "webhook/sync exists, but no run confirmed that its secret is stored"
    (change,) = make_plan(wanted, live).changes
    assert (change.action, change.reason) == (
        Action.REPLACE, "its secret is shown only once, and no run confirmed that it was stored"
    )  # fmt: skip
    assert runner.apply(wanted).complete
    assert runner.secrets.kept.keys() == {(SYNC, "secret")}
    assert runner.plan(wanted).changes == ()


def test_many_that_lost_their_secrets_are_made_again_within_the_delete_limits(runner):
    hook = "{{url: 'https://acme.example/{n}', from: account, events: [incident.triggered]}}"
    hooks = ", ".join(f"h{n}: {hook.format(n=n)}" for n in range(6))
    wanted = stack(f"owner: acme\nwebhooks: {{{hooks}}}")
    Runner(runner.sandbox, BrokenStore()).apply(wanted)

    plan = runner.plan(wanted)

    assert len(plan.of(Action.REPLACE)) == 6
    assert list(too_many_deletes(plan, None)) == []


@pytest.mark.parametrize("kind", ["500", "lost"])
@pytest.mark.parametrize("text", [WEBHOOK, WEBHOOK.replace("/hook", "/other")], ids=["rotated", "replaced"])
@pytest.mark.parametrize("call", range(1, 7))
def test_new_secret_that_is_cut_at_any_call_is_made_good_by_the_next_apply(runner, text, kind, call):
    assert runner.apply(stack(WEBHOOK)).complete
    wanted, clients = stack(text), runner.clients(stack(text))
    live = read_live(wanted, clients)
    plan = plan_rotate(wanted, live, ["*"]) if text == WEBHOOK else make_plan(wanted, live)
    runner.sandbox.faults.add(Fault(kind, provider="pagerduty", nth=call, times=200))
    apply_plan(plan, clients, runner.secrets)
    runner.sandbox.faults.clear()

    assert runner.apply(wanted).complete

    (webhook,) = runner.sandbox.store.all("pagerduty.webhook_subscription")
    assert runner.secrets.kept == {(SYNC, "secret"): webhook["_secret"]}
    assert runner.plan(wanted).changes == ()


def test_rotate_makes_and_stores_a_new_secret(runner):
    wanted = stack(WEBHOOK)
    assert runner.apply(wanted).complete
    before = dict(runner.secrets.kept)
    clients = runner.clients(wanted)

    plan = plan_rotate(wanted, read_live(wanted, clients), ["webhook/*"])
    assert apply_plan(plan, clients, runner.secrets).complete

    assert runner.secrets.kept.keys() == before.keys()
    assert runner.secrets.kept != before
    live = read_live(wanted, clients)
    assert len(live.objects["webhook"]) == 1
    assert make_plan(wanted, live).changes == ()
    assert list(missing_secrets(wanted, live, runner.secrets)) == []


def test_rotate_shows_that_the_secret_changes_and_where_the_new_one_is(runner):
    wanted = stack(WEBHOOK)
    assert runner.apply(wanted).complete
    plan = plan_rotate(wanted, read_live(wanted, runner.clients(wanted)), ["webhook/sync"])
    (change,) = plan.changes

    assert "its signing secret changes" in change.warnings[0]
    assert [line.text for line in change_lines(change) if line.symbol == "~"] == [
        "secret: (sensitive value) -> (sensitive value)"
    ]
    assert "must be replaced (because its secret is rotated)" in sentence(change)
    assert runner.carry_out(plan, wanted).notices == ("webhook/sync: its secret is in memory",)


def test_a_new_url_warns_that_the_secret_changes(runner):
    assert runner.apply(stack(WEBHOOK)).complete
    (change,) = runner.plan(stack(WEBHOOK.replace("/hook", "/other"))).changes
    assert "its signing secret changes" in change.warnings[0]


def test_no_delete_leaves_a_replacement_out_for_it_deletes_the_old_one(runner):
    assert runner.apply(stack(WEBHOOK)).complete
    plan = runner.plan(stack(WEBHOOK.replace("/hook", "/other")), delete=False)
    assert plan.changes == ()
    assert plan.left_out == {"--no-delete": (Ref("webhook", "sync"),)}


def test_rotate_refuses_to_lose_headers_that_only_the_live_webhook_has(runner):
    with_headers = stack(WEBHOOK.replace("events:", "headers: {X-Key: value}, events:"))
    assert runner.apply(with_headers).complete
    without = stack(WEBHOOK)

    plan = plan_rotate(without, read_live(without, runner.clients(without)), ["webhook/sync"])

    assert plan.changes == ()
    assert "the headers of the old one (X-Key) cannot be read" in plan.problems[0].message


def test_rotation_that_was_cut_short_does_not_lose_the_secret_silently(runner):
    wanted = stack(WEBHOOK)
    assert runner.apply(wanted).complete
    plan = plan_rotate(wanted, read_live(wanted, runner.clients(wanted)), ["webhook/sync"])
    runner.sandbox.faults.add(Fault("500", method="DELETE", times=99))

    assert not runner.carry_out(plan, wanted).complete

    runner.sandbox.faults.clear()
    (notice,) = runner.plan(wanted).notices
    assert "`pdslack rotate webhook/sync` creates a new one" in notice
