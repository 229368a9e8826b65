"""What happens while nothing can be stored, and after it: nothing is taken that is not kept."""

from __future__ import annotations

import json
import sqlite3

import pytest
import requests
from sqlalchemy import text

from tests.sync.world import MAYA, until


@pytest.fixture
def full(world, database):
    """The database takes no write, as on a disk that is full or was mounted anew for reading only."""
    if database:
        pytest.skip("a file is what gets full")
    driver = world.service.database.write(lambda connection: connection.connection.driver_connection)

    refused = []

    def refuse(action: int, name: str | None, *_: object) -> int:
        if action != sqlite3.SQLITE_PRAGMA or name != "wal_checkpoint":
            return sqlite3.SQLITE_OK
        refused.append(name)  # the log cannot be folded into a file that cannot grow
        return sqlite3.SQLITE_DENY

    def switch(state: str) -> None:
        driver.set_authorizer(refuse if state == "ON" else None)
        driver.execute(f"PRAGMA query_only={state}")

    switch("ON")
    until(lambda: refused)
    yield lambda: switch("OFF")
    switch("OFF")


@pytest.mark.slow
def test_nothing_is_acknowledged_that_is_not_stored(world, full, caplog):
    event = {"id": "E-full", "event_type": "incident.triggered", "data": {"id": "Q0FULL", "type": "incident"}}
    assert world.webhook(json.dumps({"event": event}).encode()).status_code == 503
    assert world.slack("actions", payload=click(world)).status_code == 503
    ready = requests.get(f"{world.service.url}/readyz", timeout=90)
    assert ready.status_code == 503
    assert "cannot be written" in ready.text
    missed = world.trigger("While the disk is full", dedup_key="full")
    full()
    assert requests.get(f"{world.service.url}/readyz", timeout=90).json()["ok"]
    world.sandbox.advance(120)  # PagerDuty repeats what was not taken
    world.shows(missed, "triggered")
    assert "Traceback" not in caplog.text


@pytest.mark.slow
def test_nothing_is_taken_for_a_file_that_is_gone(world, database):
    if database:
        pytest.skip("a file is what can be deleted")
    file = world.folder / "serve.sqlite"
    away = file.rename(world.folder / "away.sqlite")
    try:
        body = {
            "id": "E-gone",
            "event_type": "incident.triggered",
            "data": {"id": "Q0GONE", "type": "incident"},
        }
        assert world.webhook(json.dumps({"event": body}).encode()).status_code == 503
        for probe in ("healthz", "readyz"):  # only a restart helps
            assert "serve.sqlite was deleted or replaced" in requests.get(f"{world.service.url}/{probe}").text
    finally:
        away.rename(file)
    assert requests.get(f"{world.service.url}/readyz").json()["ok"]


def click(world) -> dict[str, object]:
    message = {"ts": "1.1", "channel": "C0", "metadata": {"event_payload": {"incident": "Q0NOWHERE"}}}
    return world.payload(MAYA, message, "pdslack_acknowledge")


def test_connections_that_the_database_ends_are_made_anew(world, database, caplog):
    if not database:
        pytest.skip("a file has no connections to end")
    before = world.trigger("Before", dedup_key="lost-before")
    world.shows(before, "triggered")
    ended = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    world.service.database.read(lambda connection: connection.execute(text(ended)).all())
    after = world.trigger("After", dedup_key="lost-after")
    world.sandbox.advance(120)
    world.shows(after, "triggered")
    world.set_status(before, "resolved")
    world.shows(before, "resolved")
    assert until(lambda: requests.get(f"{world.service.url}/readyz", timeout=90).json()["ok"])
    assert "Traceback" not in caplog.text
