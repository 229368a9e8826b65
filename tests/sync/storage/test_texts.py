"""Both databases take any text that vendors and people may write."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from pdslack_cli.sync.storage import claims, inbox
from pdslack_cli.sync.storage.database import upsert
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.storage.tables import inbox as arrivals
from pdslack_cli.sync.storage.tables import incidents


@pytest.mark.parametrize(("text", "kept"), [("a\0b", "ab"), ("a\ud83d", "a?"), ("é😀\u202e", "é😀\u202e")])
def test_what_no_text_may_hold_is_left_out(opening, text, kept):
    values = dict.fromkeys(("title", "url", "service", "status", "urgency", "stamp"), text)

    def store(connection):
        upsert(connection, incidents, ("id",), {"id": "Q1", "number": 1, "read_at": 1.0, **values})
        inbox.accept(connection, Arrival("slack", "1", "Q1", "note", {"note": text}), 1.0)
        claimed = inbox.claim(connection, "worker", 2.0)
        assert claimed.rows[0].arrival.body == {"note": text}
        claims.fail(connection, claimed.claim, text, 2.0, passing=True)
        return [
            connection.execute(select(column)).scalar_one()
            for column in (incidents.c.title, arrivals.c.error)
        ]

    assert opening().write(store) == [kept, kept]
