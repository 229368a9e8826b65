"""The first tables, as they were: later changes are steps of their own."""

from __future__ import annotations

from sqlalchemy import Connection

IDENTITY = {
    "sqlite": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
    "postgresql": "BIGSERIAL NOT NULL PRIMARY KEY",
}

TABLES = """
CREATE TABLE version (
    number INTEGER NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);
CREATE TABLE inbox (
    id {identity},
    source TEXT NOT NULL,
    dedup TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at DOUBLE PRECISION NOT NULL,
    done_at DOUBLE PRECISION,
    state TEXT NOT NULL,
    next_at DOUBLE PRECISION NOT NULL,
    attempts INTEGER NOT NULL,
    failing_since DOUBLE PRECISION,
    error TEXT,
    owner TEXT,
    lease_until DOUBLE PRECISION,
    UNIQUE (dedup)
);
CREATE INDEX inbox_done ON inbox (done_at);
CREATE INDEX inbox_due ON inbox (next_at) WHERE state = 'ready';
CREATE INDEX inbox_heads ON inbox (key, id) WHERE state = 'ready';
CREATE TABLE incidents (
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    service TEXT NOT NULL,
    status TEXT NOT NULL,
    urgency TEXT NOT NULL,
    stamp TEXT NOT NULL,
    read_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX incidents_status ON incidents (status);
CREATE TABLE messages (
    id {identity},
    incident TEXT NOT NULL,
    channel TEXT NOT NULL,
    fallback TEXT NOT NULL,
    template TEXT NOT NULL,
    posted_to TEXT,
    ts TEXT,
    thread_of INTEGER,
    storm INTEGER,
    summary_of INTEGER,
    page INTEGER,
    wanted TEXT NOT NULL,
    wanted_hash TEXT NOT NULL,
    shown_hash TEXT,
    posting_since DOUBLE PRECISION,
    reposts INTEGER NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    next_at DOUBLE PRECISION NOT NULL,
    attempts INTEGER NOT NULL,
    failing_since DOUBLE PRECISION,
    error TEXT,
    owner TEXT,
    lease_until DOUBLE PRECISION,
    UNIQUE (incident, channel)
);
CREATE INDEX messages_due ON messages (next_at) WHERE state = 'dirty';
CREATE INDEX messages_storm ON messages (storm);
CREATE TABLE replies (
    id {identity},
    message BIGINT NOT NULL,
    dedup TEXT NOT NULL,
    body TEXT NOT NULL,
    posting_since DOUBLE PRECISION,
    created_at DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    next_at DOUBLE PRECISION NOT NULL,
    attempts INTEGER NOT NULL,
    failing_since DOUBLE PRECISION,
    error TEXT,
    owner TEXT,
    lease_until DOUBLE PRECISION,
    UNIQUE (message, dedup)
);
CREATE INDEX replies_heads ON replies (message, id) WHERE state = 'ready';
CREATE TABLE pace (
    key TEXT NOT NULL,
    next_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (key)
);
CREATE TABLE storms (
    id {identity},
    channel TEXT NOT NULL,
    summary INTEGER NOT NULL,
    began_at DOUBLE PRECISION NOT NULL,
    joined_at DOUBLE PRECISION NOT NULL
);
CREATE TABLE audit (
    id {identity},
    time DOUBLE PRECISION NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    incident TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_incident ON audit (incident)
"""


def first(connection: Connection) -> None:
    """Create the tables of version 1."""
    for statement in TABLES.split(";"):
        connection.exec_driver_sql(statement.replace("{identity}", IDENTITY[connection.dialect.name]))
