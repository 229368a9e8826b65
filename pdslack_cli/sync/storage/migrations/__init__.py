"""Migrations of the database, numbered: each runs once, in the transaction that notes its number.

A step is written out and never changes: `tables.py` says how the tables are after the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, insert, inspect, select, update

from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.storage.migrations.first import first
from pdslack_cli.sync.storage.migrations.fourth import fourth
from pdslack_cli.sync.storage.migrations.second import second
from pdslack_cli.sync.storage.migrations.third import third
from pdslack_cli.sync.storage.tables import version

MIGRATIONS: Sequence[Callable[[Connection], None]] = (first, second, third, fourth)


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest version. Raises PdslackError if a newer pdslack wrote them."""
    found = 0
    if inspect(connection).has_table("version"):
        found = connection.execute(select(version.c.number)).scalar() or 0
    if found > len(MIGRATIONS):
        error = PdslackError(
            f"the database is of version {found}, and this pdslack knows versions up to {len(MIGRATIONS)}"
        )
        error.hint = "run the pdslack that wrote it, or a newer one"
        raise error
    if found == len(MIGRATIONS):
        return
    for step in MIGRATIONS[found:]:
        step(connection)
    if found:
        connection.execute(update(version).values(number=len(MIGRATIONS)))
    else:
        connection.execute(insert(version).values(number=len(MIGRATIONS), created_at=time.time()))
