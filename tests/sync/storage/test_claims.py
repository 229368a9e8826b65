"""Claims: held as long as the worker's process lives, taken over after that, and fenced."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from pdslack_cli.sync.storage import claims, inbox
from pdslack_cli.sync.storage.claims import LostClaimError
from pdslack_cli.sync.storage.engines.processes import beat
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.storage.opening import open_database
from tests.sync.postgres import new_database
from tests.sync.world import until


def arrive(database, kind="ack"):
    arrival = Arrival("slack", "dedup", "Q1", kind, {})
    database.write(lambda connection: inbox.accept(connection, arrival, 1.0))


def claim(database, now=2.0, worker="w"):
    owner = f"{database.process}/{worker}"
    return database.write(lambda connection: inbox.claim(connection, owner, now))


def test_a_claim_is_held_however_the_clock_jumps(opening):
    database = opening()
    arrive(database)
    claimed = claim(database)
    assert claim(database, 10_000_000.0, "other") is None
    database.write(lambda connection: inbox.finish(connection, claimed, 3.0))


def test_what_a_worker_held_when_it_failed_is_free(opening):
    database = opening()
    arrive(database)
    lost = claim(database)
    database.write(lambda connection: claims.release(connection, f"{database.process}/w"))
    again = claim(database, worker="w2")
    for late in (
        lambda connection: inbox.finish(connection, lost, 3.0),
        lambda connection: inbox.change_body(connection, lost.rows[0], begun=True),
        lambda connection: claims.postpone(connection, lost.claim, 9.0),
    ):
        with pytest.raises(LostClaimError):
            database.write(late)
    database.write(lambda connection: inbox.finish(connection, again, 3.0))


def test_what_a_dead_process_held_is_taken_over(opening):
    dead = opening()
    arrive(dead)
    lost = claim(dead)
    dead.close()  # which frees nothing
    living = opening()
    if not living.name.startswith("SQLite"):  # which has one process, and the lock tells that it is dead
        assert claim(living) is None
        buried = text("UPDATE processes SET alive_until = 0 WHERE id = :id")

        def bury(connection):
            connection.execute(buried, {"id": dead.process})
            beat(connection, living.process)

        living.write(bury)
    again = until(lambda: claim(living))
    assert [row.id for row in again.rows] == [row.id for row in lost.rows]


@pytest.mark.slow
def test_a_process_that_lives_says_so(postgres):
    database = open_database(new_database(postgres), Path())

    def alive(connection):
        query = text("SELECT alive_until - extract(epoch FROM clock_timestamp()) FROM processes")
        return connection.execute(query).scalar()

    first = database.read(alive)
    assert 0 < first <= 15
    before = time.monotonic()
    until(lambda: database.read(alive) > first - (time.monotonic() - before) + 1)
    database.close()
