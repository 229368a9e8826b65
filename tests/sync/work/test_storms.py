"""A storm's pages list every member, in whatever order they join."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import insert, select, update

from pdslack_cli.sync.storage import messages as outbox
from pdslack_cli.sync.storage.messages import Content
from pdslack_cli.sync.storage.opening import open_database
from pdslack_cli.sync.storage.tables import incidents, messages
from pdslack_cli.sync.work import storms
from pdslack_cli.sync.work.storms import PAGE

NOW = 1e9


@pytest.fixture
def database(tmp_path):
    opened = open_database("", tmp_path / "serve.sqlite")
    yield opened
    opened.close()


def incident(connection, number: int) -> None:
    texts = dict.fromkeys(("title", "url", "service", "urgency", "stamp"), "x")
    row = {"id": f"Q{number}", "number": number, "status": "triggered", "read_at": NOW, **texts}
    connection.execute(insert(incidents).values(row))
    outbox.want(connection, f"Q{number}", "C1", Content("text", []), NOW)


@pytest.mark.parametrize("late", [1, 3, PAGE + 1])
def test_those_that_join_late_push_nobody_off_the_last_page(database, late):
    """Their posts failed, or their worker was killed, so they stand before the others."""

    def storm(connection) -> str:
        for number in range(late + PAGE):
            incident(connection, number)
        first = messages.c.id <= late
        connection.execute(update(messages).where(first).values(owner="posts it"))
        assert storms.join(connection, "C1", NOW)
        connection.execute(update(messages).where(first).values(owner=None))
        assert storms.join(connection, "C1", NOW)
        pages = connection.execute(select(messages).where(messages.c.page.is_not(None)))
        return json.dumps([storms.rendered(connection, page).blocks for page in pages])

    shown = database.write(storm)
    assert [number for number in range(late + PAGE) if f"#{number} x" not in shown] == []
