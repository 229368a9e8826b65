"""What an operator sees and does: health, metrics, logs, audit trail, parked work, status page."""

from __future__ import annotations

import json
import logging
import re

import pytest
import requests

from pdslack_cli.sync.operate.logs import JsonFormatter, PlainFormatter
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.operate.queue import drop, parked, retry
from pdslack_cli.sync.receive.app import health
from pdslack_cli.sync.receive.socket_mode import SDK_LOG
from tests.sync.world import MAYA, until


def get(world, path, **headers):
    return requests.get(world.service.url + path, headers=headers, timeout=10)


def test_a_counter_is_there_before_it_counts():
    text = Metrics().text().decode()
    for label in (
        'parked_total{work="event"}',
        'retried_total{work="reply"}',
        'accepted_total{source="slack"}',
    ):
        assert f"pdslack_{label} 0.0" in text


@pytest.mark.slow
def test_health_and_metrics(world):
    id_ = world.trigger("Counted")
    world.shows(id_, "triggered")
    assert get(world, "/healthz").json() == {"ok": True, "problems": []}
    assert get(world, "/readyz").status_code == 200
    text = get(world, "/metrics").text
    for name in ("accepted_total{source=", "handled_total", "lag_seconds", "calls_total", "parked_total"):
        assert f"pdslack_{name}" in text


def test_the_status_page_needs_its_token(world):
    world.trigger("<script>alert(1)</script>", dedup_key="status")
    assert get(world, "/status").status_code == 401
    assert get(world, "/status?token=wrong").status_code == 401
    page = until(lambda: found if "&lt;script&gt;" in (found := status(world)) else None)
    assert "<script>" not in page


def status(world):
    return get(world, "/status", Authorization="Bearer seen-by-operators").text


@pytest.mark.slow
def test_parked_work_is_listed_retried_and_dropped(world, clock):
    world.sandbox.fault("500", provider="slack", path="/chat.postMessage", times=10_000)
    first, second = (world.trigger(f"Parked {number}", dedup_key=f"parked-{number}") for number in (1, 2))
    for id_ in (first, second):
        until(lambda id_=id_: world.row(id_) and world.row(id_).attempts)
    clock.advance(25 * 3600)

    def given_up():
        found = world.service.database.read(parked)
        return [entry for entry in found if entry.about.split()[1] in (first, second)]

    entries = until(lambda: found if len(found := given_up()) == 2 else None)
    assert all("internal_error" in entry.error for entry in entries)
    world.sandbox.sandbox.faults.clear()
    dropped = next(entry.id for entry in entries if second in entry.about)
    assert world.service.database.write(lambda connection: drop(connection, [dropped], clock.now())) == 1
    assert world.service.database.write(lambda connection: retry(connection, [], clock.now())) >= 1
    world.shows(first, "triggered")
    assert world.message(second) is None
    gone = world.service.database.read(lambda connection: parked(connection, dropped=True))
    assert [(one.id, one.state) for one in gone if second in one.about] == [(dropped, "dropped")]
    assert world.service.database.write(lambda connection: retry(connection, [dropped], clock.now())) == 1
    world.shows(second, "triggered")


def test_a_log_line_is_json_without_secrets(world):
    secret = world.service.current.webhook_secrets[-1]
    record = logging.LogRecord("x", logging.INFO, "x", 1, "xoxb-12345678901-abcdefghijk %s", ("\n",), None)
    record.incident = "Q1"
    line = json.loads(JsonFormatter().format(record))
    assert (line["incident"], line["level"]) == ("Q1", "info")
    assert "xoxb-12345678901" not in line["message"]
    assert secret not in str(line)


HOSTILE = "\x1b[2Jred \u202eevil\x9b\x7f\nforged line\n::error::x ##[error]y ##vso[task.complete]"


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_a_log_line_shows_no_hidden_character(formatter):
    record = logging.LogRecord("x", logging.INFO, "x", 1, "about %s", (HOSTILE,), None)
    record.incident = HOSTILE
    line = formatter.format(record)
    assert line.isprintable()
    assert not re.search(r"##\w*\[", line)


def test_the_log_of_slacks_sdk_has_reasons_without_tracebacks(caplog):
    try:
        raise OSError("no route to host")
    except OSError as error:
        SDK_LOG.exception("Failed to connect (error: %s)", error)
    assert "no route to host" in caplog.text
    assert "Traceback" not in caplog.text


def test_the_status_page_and_health_show_no_hidden_character(world):
    world.trigger(f"hidden {HOSTILE}", dedup_key="hidden")
    page = until(lambda: found if "forged line" in (found := status(world)) else None)
    assert page.replace("\n", "").isprintable()


def test_health_is_ascii():
    assert bytes(health([HOSTILE]).body).isascii()


@pytest.mark.slow
def test_files_that_are_read_again_take_effect(world):
    from pdslack_cli.config.load import load

    path = world.folder / "pdslack.yaml"
    text = path.read_text()
    changed = text + "messages: {default: {text: 'now {{pagerduty.incident.title}}', buttons_for: team}}\n"
    path.write_text(changed)
    secrets = world.service.current.webhook_secrets
    world.service.current.replace(load([path], {}), secrets)
    id_ = world.trigger("Read again")
    world.shows(id_, "now read again")
    world.click(MAYA, id_, "pdslack_acknowledge")
    until(lambda: world.audit(id_))
    assert world.audit(id_)[0]["outcome"] == "refused"  # the service has no team
    path.write_text(text)
    world.service.current.replace(load([path], {}), secrets)


@pytest.mark.slow
@pytest.mark.slow_after(1)
def test_socket_mode_needs_no_address(tmp_path, database):
    from tests.sync.world import FastClock
    from tests.sync.world import world as running_world

    if database:
        pytest.skip("one database is enough")
    with running_world(tmp_path, clock=FastClock(20), socket_mode=True) as world:
        until(lambda: get(world, "/readyz").status_code == 200)
        world.sandbox.app()
        id_ = world.trigger("By socket")
        world.shows(id_, "triggered")
        assert world.click(MAYA, id_, "pdslack_acknowledge")["ok"]
        world.shows(id_, "acknowledged")
