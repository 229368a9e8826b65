"""An audit trail of whatever is changed, and not of incidents alone: its entries name a ref."""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    "DROP INDEX audit_incident",
    "ALTER TABLE audit RENAME COLUMN incident TO ref",
    "UPDATE audit SET ref = 'incident/' || ref",
    "CREATE INDEX audit_ref ON audit (ref)",
)


def third(connection: Connection) -> None:
    """Bring version 2 to version 3."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
