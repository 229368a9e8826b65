"""Open the database that a URL names."""

from __future__ import annotations

import re
from pathlib import Path

from pdslack_cli.config.sources.files import refuse_irregular
from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.storage.database import Database

_SCHEME = re.compile(r"(?P<dialect>[a-z][a-z0-9]*)(\+[a-z0-9]+)?:", re.IGNORECASE)


def open_database(url: str, default: Path, *, beside: bool = False) -> Database:
    """Open the database of that URL: `postgresql://…`, or a path of an SQLite file.

    `beside`: for a moment, beside a service that may be running; then the file must exist.
    """
    scheme = _SCHEME.match(url)
    dialect = scheme["dialect"].lower() if scheme else ""
    if dialect in {"postgresql", "postgres"}:
        from pdslack_cli.sync.storage.engines.postgres import PostgresDatabase  # late: psycopg

        return PostgresDatabase(url)
    if dialect not in {"", "sqlite"} and "://" in url:  # not taken for a path, which would show a password
        raise PdslackError(f"--database: expected an SQLite file or postgresql://…, got a URL of {dialect!r}")
    from pdslack_cli.sync.storage.engines.sqlite import SqliteDatabase  # late: only one of them is used

    path = Path(url.removeprefix("sqlite:///")) if url else default
    if beside and not path.is_file():
        error = PdslackError(f"there is no database {path}")
        error.hint = "run it in the folder of the stack that is served, or pass --database"
        raise error
    try:
        refuse_irregular(path)  # SQLite takes a device for an empty file, and keeps nothing
    except OSError as error:
        raise PdslackError(f"cannot open the database {path}: {error.strerror}") from None
    return SqliteDatabase(path, beside=beside)
