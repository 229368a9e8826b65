"""Files of our own that hold something else than we wrote: an error that names them, never a traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest

from tests.cli.conftest import STACK

pytestmark = pytest.mark.slow_after(2)

WEBHOOK = (
    STACK + "webhooks: {sync: {url: https://a.example/x, from: account, events: [incident.triggered]}}\n"
)
TESTED = (
    STACK + "routing: {events: {name: Events}}\n"
    "tests: [{name: ends, send: {to: routing/events, event: {summary: x}}, expect: {service: null}}]\n"
)
DEEP = "[" * 10_000 + "]" * 10_000


def _set(*path: str | int, to: object) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = to

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_set("saved_plan", to=[]), id="a list"),
        pytest.param(_set("saved_plan", to=None), id="nothing"),
        pytest.param(_set("saved_plan", "version", to=2), id="another version"),
        pytest.param(_set("saved_plan", "request", to=7), id="no request"),
        pytest.param(_set("saved_plan", "request", "files", to="x"), id="files that are no list"),
        pytest.param(_set("saved_plan", "request", "max_deletes", to="many"), id="a limit that is no number"),
        pytest.param(_set("saved_plan", "basis", to=None), id="no basis"),
        pytest.param(_set("saved_plan", "basis", "changes", to=[{"x": 1}]), id="a change without an address"),
        pytest.param(_set("saved_plan", "basis", "changes", to=[[1]]), id="a change that is a list"),
        pytest.param(_set("saved_plan", "basis", "changes", 0, "address", to=[1]), id="an address as a list"),
        pytest.param(
            _set("saved_plan", "basis", "changes", 0, "action", to=None), id="a change without action"
        ),
        pytest.param(_set("saved_plan", "basis", "changes", 0, "before", to=5), id="a number before"),
        pytest.param(_set("saved_plan", "basis", "changes", 0, "after", to="x"), id="a text after"),
        pytest.param(
            _set("saved_plan", "basis", "context", to={"team/payments": 5}), id="a context of numbers"
        ),
    ],
)
def test_saved_plan_of_another_shape_is_refused(cli, change):
    cli("plan", "--sandbox", "--out", "plan.json")
    document = json.loads((cli.folder / "plan.json").read_text())
    change(document)
    cli.write(json.dumps(document), "plan.json")

    refused = cli("apply", "plan.json", code=1)

    assert "plan.json is a saved plan that this version of pdslack cannot read" in refused.err


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(DEEP, id="nested deep"),
        pytest.param(
            '{"format_version": "1.2", "saved_plan": ' + DEEP + "}", id="a plan that is nested deep"
        ),
        pytest.param('{"format_version": "1.2", "saved_plan": {', id="cut off"),
        pytest.param("\0\0", id="zeros"),
        pytest.param("", id="empty"),
    ],
)
def test_file_that_is_no_plan_is_told_as_a_file(cli, content):
    cli.write(content, "plan.json")
    assert "plan.json" in cli("apply", "plan.json", code=1).err


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[]", id="a list"),
        pytest.param('"text"', id="a text"),
        pytest.param("null", id="null"),
        pytest.param('{"webhook/sync": []}', id="no names"),
        pytest.param('{"webhook/sync": {"secret": 5}}', id="a number"),
        pytest.param("{", id="cut off"),
        pytest.param("", id="empty"),
        pytest.param(DEEP, id="nested deep"),
        pytest.param("\udcff", id="no text"),
    ],
)
def test_secret_store_that_is_none_is_refused_before_anything_is_made(accounts, content):
    cli = accounts.cli
    cli.write(WEBHOOK)
    (cli.folder / ".pdslack").mkdir()
    (cli.folder / ".pdslack" / "secrets.json").write_bytes(content.encode(errors="surrogateescape"))

    refused = cli("apply", "--yes", code=1)

    assert "cannot read the secret store" in refused.err
    assert "expected" in refused.err
    assert accounts.sandbox.calls == []


@pytest.mark.parametrize("command", ["'vault", 'vault "a', "vault \\"])
def test_secret_command_that_does_not_end_is_refused_before_anything_is_made(accounts, command):
    accounts.patch.setenv("PDSLACK_SECRET_COMMAND", command)
    accounts.cli.write(WEBHOOK)

    refused = accounts.cli("apply", "--yes", code=1)

    assert "cannot parse PDSLACK_SECRET_COMMAND" in refused.err
    assert accounts.sandbox.calls == []
    assert "cannot parse PDSLACK_SECRET_COMMAND" in accounts.cli("doctor", code=1).out


@pytest.mark.slow
def test_secret_store_matters_only_to_a_stack_with_secrets(cli):
    cli.write("[]", ".pdslack/secrets.json")
    cli("plan", "--sandbox")
    cli("apply", "--sandbox", "--yes")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"garbage\n" * 1000, id="garbage"),
        pytest.param(b"SQLite format 3\0" + bytes(2000), id="a database's head alone"),
    ],
)
def test_sandbox_file_that_is_none_is_refused(cli, content):
    path = cli.folder / ".pdslack" / "sandbox.sqlite"
    path.parent.mkdir()
    path.write_bytes(content)

    for words in (["plan", "--sandbox"], ["sandbox"]):
        refused = cli(*words, code=1)
        assert "cannot start the sandbox: .pdslack/sandbox.sqlite: file is not a database" in refused.err
        assert "delete the file" in refused.err


def test_sandbox_file_that_is_a_pipe_is_refused(cli):
    (cli.folder / ".pdslack").mkdir()
    os.mkfifo(cli.folder / ".pdslack" / "sandbox.sqlite")

    assert "it is a FIFO" in cli("plan", "--sandbox", code=1).err


def test_event_that_is_nested_deep_is_refused(cli):
    cli.write(DEEP, "event.json")
    assert "event.json" in cli("route", "event.json", code=1).err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="FIFOs need POSIX")
@pytest.mark.parametrize(
    "words",
    [
        pytest.param("plan --sandbox --out result", id="a saved plan"),
        pytest.param("graph --format svg --out result", id="a picture"),
        pytest.param("test --junit result", id="a report of tests"),
        pytest.param("export --owner payments --sandbox --overwrite --out .", id="an export"),
        pytest.param("init --force .", id="a starter"),
        pytest.param("replay --sandbox --save result", id="alerts"),
    ],
)
def test_fifo_in_place_of_a_result_is_refused_without_waiting(cli, words):
    cli.write(TESTED)
    if words.startswith(("export", "init")):
        (cli.folder / "pdslack.yaml").unlink()
        os.mkfifo(cli.folder / "pdslack.yaml")
    else:
        os.mkfifo(cli.folder / "result")

    assert "it is a FIFO, not a regular file" in cli(*words.split(), code=1).err
