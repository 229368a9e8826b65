"""The file of a running service is moved away and put back: no other file is made, or taken for it."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import func, select

from pdslack_cli.sync.storage import inbox
from pdslack_cli.sync.storage.database import DATABASE_FAILURES
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.storage.opening import open_database
from pdslack_cli.sync.storage.tables import inbox as table

READERS = 6  # at once: more than were needed before, so that new connections are made


def stored(connection) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def read_at_once(database, readers: int) -> list[int]:
    """What so many connections see, all of them open together."""
    if not readers:
        return []
    return database.read(lambda connection: [stored(connection), *read_at_once(database, readers - 1)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "service ?%20#.sqlite"  # none of which may be taken for a part of a URL


@pytest.fixture
def database(path):
    opened = open_database("", path)
    opened.write(lambda connection: inbox.accept(connection, Arrival("s", "d", "key", "kind", {}), 1.0))
    yield opened
    opened.close()


def nothing(path) -> None: ...


def empty(path) -> None:
    path.touch()


def another(path) -> None:
    open_database("", path.with_name("another.sqlite")).close()
    path.with_name("another.sqlite").rename(path)


@pytest.mark.parametrize("instead", [nothing, empty, another])
def test_no_other_file_is_made_or_taken_for_it(path, database, instead, tmp_path):
    assert read_at_once(database, 1) == [1]
    log = path.with_name(f"{path.name}-wal")
    kept, durable = log.stat().st_ino, log.read_bytes()

    away = path.rename(tmp_path / "away")
    instead(path)
    with pytest.raises(DATABASE_FAILURES, match="was deleted or replaced"):
        read_at_once(database, READERS)
    if instead is nothing:
        assert not path.exists()
    assert (log.stat().st_ino, log.read_bytes()) == (kept, durable)
    away.rename(path)

    assert read_at_once(database, READERS) == [1] * READERS
    assert database.write(lambda connection: inbox.accept(connection, Arrival("s", "e", "k", "k", {}), 1.0))
    killed = tmp_path / "killed"
    killed.mkdir()
    for file in (path, log):  # what the next process finds
        shutil.copy(file, killed / file.name)
    after = open_database("", killed / path.name)
    assert after.read(stored) == 2
    after.close()
