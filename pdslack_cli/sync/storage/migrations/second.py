"""Claims that last as long as their process, instead of a time; and indexes to purge by."""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    "CREATE TABLE processes (id TEXT NOT NULL PRIMARY KEY, alive_until DOUBLE PRECISION NOT NULL)",
    "ALTER TABLE inbox DROP COLUMN lease_until",
    "ALTER TABLE messages DROP COLUMN lease_until",
    "ALTER TABLE replies DROP COLUMN lease_until",
    "CREATE INDEX incidents_read ON incidents (read_at) WHERE status = 'resolved'",
    "CREATE INDEX audit_time ON audit (time)",
)


def second(connection: Connection) -> None:
    """Bring version 1 to version 2."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
