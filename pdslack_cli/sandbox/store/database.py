"""Open the SQLite database of a sandbox: its tables, its indices, and the version of its documents."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence

from pdslack_cli.sandbox.store.query import GREATEST, INDEXED, LISTED, field

FORMAT = 2  # of the documents; grows when older ones lack what is read

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS document_order ON document (kind, seq);
CREATE TABLE IF NOT EXISTS counter (value INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
CREATE TABLE IF NOT EXISTS state (id TEXT NOT NULL);
INSERT INTO state SELECT lower(hex(randomblob(8))) WHERE NOT EXISTS (SELECT 1 FROM state);
"""
NEW_STATE = "UPDATE state SET id = lower(hex(randomblob(8)))"
INDEX = (  # of the documents that have the field: most have few of them, and each index costs at every write
    "CREATE INDEX IF NOT EXISTS document_{0} ON document (kind, json_extract(doc, '$.{0}')) "
    "WHERE json_extract(doc, '$.{0}') IS NOT NULL;"
)


def open_database(path: str) -> sqlite3.Connection:
    """Return a connection to a file, made where there is none, or to memory (`:memory:`).

    Raises sqlite3.DatabaseError for a file of another version.
    """
    _make_private(path)
    connection = sqlite3.connect(path, timeout=1, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # from the first write, as long as open
        connection.execute("PRAGMA synchronous = OFF")  # outlives a kill, not a loss of power
        connection.execute("PRAGMA journal_mode = TRUNCATE")
        indices = [INDEX.format(one) for one in sorted(INDEXED)]
        indices += [_kind_index("listed", kind, fields) for kind, fields in LISTED.items()]
        indices += [_kind_index("greatest", kind, fields) for kind, fields in GREATEST.items()]
        connection.executescript(SCHEMA + "".join(indices))
        check_format(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: str) -> None:
    """Let nobody else read the file: what people try out may be of real accounts."""
    if path != ":memory:":
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)


def check_format(connection: sqlite3.Connection) -> None:
    """Mark a new file; raise sqlite3.DatabaseError for one whose documents lack what is read today."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    (used,) = connection.execute("SELECT EXISTS (SELECT 1 FROM document)").fetchone()
    if not used:
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    elif found != FORMAT:
        raise sqlite3.DatabaseError("another version of pdslack wrote it")


def _kind_index(purpose: str, kind: str, fields: Sequence[str]) -> str:
    name = f"{purpose}_{kind.replace('.', '_')}"
    columns = ", ".join(field(one) for one in fields)
    return f"CREATE INDEX IF NOT EXISTS {name} ON document ({columns}) WHERE kind = '{kind}';"
