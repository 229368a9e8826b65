"""Migrations: the tables of every version become those that the code knows, and lose nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text

from pdslack_cli.errors import PdslackError
from pdslack_cli.sync.storage.migrations import MIGRATIONS, migrate
from pdslack_cli.sync.storage.tables import metadata
from tests.sync.postgres import new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def connection(request):
    url = "sqlite://"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres")).replace("postgresql", "postgresql+psycopg", 1)
    engine = create_engine(url)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def schema(connection):
    """Columns, indexes and keys of all tables, as the database has them."""
    found = inspect(connection)
    return {
        table: (
            [
                (one["name"], str(one["type"]).split()[0].replace("REAL", "DOUBLE"), one["nullable"])
                for one in found.get_columns(table)
            ],
            sorted(
                (one["name"], one["column_names"], bool(one["dialect_options"]))
                for one in indexes(found, table)
            ),
            sorted(one["column_names"] for one in found.get_unique_constraints(table)),
            found.get_pk_constraint(table)["constrained_columns"],
        )
        for table in found.get_table_names()
        if table != "sqlite_sequence"
    }


def indexes(found, table):
    return [
        {
            **one,
            "dialect_options": (one.get("dialect_options") or {}).get(f"{found.dialect.name}_where")
            is not None,
        }
        for one in found.get_indexes(table)
        if "duplicates_constraint" not in one
    ]


def test_the_steps_make_the_tables_that_the_code_knows(connection):
    migrate(connection)
    migrated = schema(connection)
    for name in migrated:
        connection.execute(text(f"DROP TABLE {name}"))
    metadata.create_all(connection)
    assert migrated == schema(connection)


def test_a_database_of_the_first_version_keeps_its_rows(connection):
    MIGRATIONS[0](connection)
    connection.execute(text("INSERT INTO version (number, created_at) VALUES (1, 5)"))
    columns = "source, dedup, key, kind, body, received_at, state, next_at, attempts, owner, lease_until"
    connection.execute(
        text(f"INSERT INTO inbox ({columns}) VALUES ('s','d','k','x','{{}}',1,'ready',1,0,'w',9)")
    )
    migrate(connection)
    assert connection.execute(text("SELECT id, dedup, state, owner FROM inbox")).all() == [
        (1, "d", "ready", "w")
    ]
    assert connection.execute(text("SELECT number, created_at FROM version")).all() == [(len(MIGRATIONS), 5)]


def test_a_newer_database_is_refused(connection):
    migrate(connection)
    connection.execute(text("UPDATE version SET number = 99"))
    with pytest.raises(PdslackError, match="version 99"):
        migrate(connection)
