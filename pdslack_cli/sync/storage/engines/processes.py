"""The live processes of a shared database, by its clock: claims of the others are released.

A process says every few seconds that it lives. One that is killed says nothing more; one that was only slow
has lost its claims, and stores nothing under them (`claims.py`).
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from pdslack_cli.sync.storage.claims import CLAIMED

BEAT = 3.0  # seconds
LIFE = 15.0  # seconds after the last beat
ALIVE = text(
    "INSERT INTO processes (id, alive_until) "
    "VALUES (:id, extract(epoch FROM clock_timestamp()) + :life) "
    "ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until"
)
BURY = text("DELETE FROM processes WHERE alive_until < extract(epoch FROM clock_timestamp())")


def beat(connection: Connection, process: str) -> None:
    """Record that a process is alive, and release the claims of dead ones."""
    connection.execute(ALIVE, {"id": process, "life": LIFE})
    connection.execute(BURY)
    for table in CLAIMED:
        due = "dirty" if table.name == "messages" else "ready"  # a literal, for the partial index
        connection.execute(
            text(
                f"UPDATE {table.name} SET owner = NULL WHERE state = '{due}' AND owner IS NOT NULL "  # noqa: S608
                "AND split_part(owner, '/', 1) NOT IN (SELECT id FROM processes)"
            )
        )
