"""Incidents that are shown without parts that could not be read yet."""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    "ALTER TABLE incidents ADD COLUMN unread TEXT",
    "ALTER TABLE incidents ADD COLUMN unread_since DOUBLE PRECISION",
    "CREATE INDEX incidents_unread ON incidents (unread_since) WHERE unread_since IS NOT NULL",
)


def fourth(connection: Connection) -> None:
    """Bring version 3 to version 4."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
