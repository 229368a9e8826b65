"""What an operator is counted."""

from __future__ import annotations

from sqlalchemy import insert

from pdslack_cli.sync.operate.queue import count_incomplete
from pdslack_cli.sync.storage.opening import open_database
from pdslack_cli.sync.storage.tables import incidents


def test_only_open_incidents_lack_something_that_matters(tmp_path):
    texts = dict.fromkeys(("title", "url", "service", "urgency", "stamp"), "x")
    database = open_database("", tmp_path / "serve.sqlite")
    for number, (status, since) in enumerate([("triggered", 1.0), ("resolved", 1.0), ("triggered", None)]):
        row = {"id": f"Q{number}", "number": number, "status": status, "read_at": 1.0, "unread_since": since}
        database.write(
            lambda connection, row=row: connection.execute(insert(incidents).values(**row, **texts))
        )
    assert database.read(count_incomplete) == 1
    database.close()
