"""What is forgotten: only what is over, and only after its time."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, insert, select, update

from pdslack_cli.model import Ref
from pdslack_cli.sync.storage import audit_trail, inbox, messages, replies
from pdslack_cli.sync.storage.inbox import Arrival
from pdslack_cli.sync.storage.messages import Content
from pdslack_cli.sync.storage.opening import open_database
from pdslack_cli.sync.storage.pace import posts_to
from pdslack_cli.sync.storage.retention import ARRIVALS_KEPT, AUDIT_KEPT, DAY, INCIDENTS_KEPT, purge
from pdslack_cli.sync.storage.tables import audit, incidents, pace, storms
from pdslack_cli.sync.storage.tables import inbox as arrivals
from pdslack_cli.sync.storage.tables import messages as outbox
from pdslack_cli.sync.storage.tables import replies as thread

NOW = 100 * 365 * DAY
EMPTY = Content("text", [])
OLD, YOUNG = INCIDENTS_KEPT + 1, INCIDENTS_KEPT - DAY
TABLES = (arrivals, incidents, outbox, thread, storms, audit, pace)


def incident(connection, id_, age, *, status="resolved", message="shown", reply="done", **more):
    """An incident with a message and a reply; returns the number of the message."""
    at = NOW - age
    texts = dict.fromkeys(("title", "url", "service", "urgency", "stamp"), "x")
    connection.execute(insert(incidents).values(id=id_, number=1, status=status, read_at=at, **texts))
    number = messages.want(connection, id_, "C1", EMPTY, at, **more)
    replies.add(connection, number, [("log-1", EMPTY)], at)
    connection.execute(update(outbox).where(outbox.c.id == number).values(state=message))
    connection.execute(update(thread).where(thread.c.message == number).values(state=reply))
    return number


def storm(connection, id_, age, *, other_age=OLD, **other):
    """An incident in a storm with another one."""
    summary = messages.want(connection, "storm-C1-1", "C1", EMPTY, NOW - age, summary_of=-1)
    connection.execute(update(outbox).where(outbox.c.id == summary).values(summary_of=summary, state="shown"))
    connection.execute(insert(storms).values(channel="C1", summary=summary, began_at=1, joined_at=NOW - age))
    incident(connection, id_, age, message="summarized", storm=summary)
    incident(connection, "QOTHER", other_age, message="summarized", storm=summary, **other)


def arrival(connection, age, state="done"):
    inbox.accept(connection, Arrival("slack", "1", "Q1", "note", {}), 1.0)
    connection.execute(update(arrivals).values(state=state, done_at=None if state == "ready" else NOW - age))


def entry(connection, age):
    audit_trail.record(connection, NOW - age, "maya", "note", Ref("incident", "Q1"), "done")


def turn(connection, age):
    posts_to("C1").take_turn(connection, NOW - age)


CASES = {
    "resolved long ago": (incident, ("Q1", OLD), {}, True),
    "resolved of late": (incident, ("Q1", YOUNG), {}, False),
    "open": (incident, ("Q1", OLD), {"status": "triggered"}, False),
    "message to be sent": (incident, ("Q1", OLD), {"message": "dirty"}, False),
    "message parked": (incident, ("Q1", OLD), {"message": "parked"}, False),
    "message dropped": (incident, ("Q1", OLD), {"message": "dropped"}, True),
    "reply to be sent": (incident, ("Q1", OLD), {"reply": "ready"}, False),
    "reply parked": (incident, ("Q1", OLD), {"reply": "parked"}, False),
    "storm that is over": (storm, ("Q1", OLD), {}, True),
    "storm with a young member": (storm, ("Q1", OLD), {"other_age": YOUNG}, False),
    "storm with an open member": (storm, ("Q1", OLD), {"status": "acknowledged"}, False),
    "handled arrival": (arrival, (ARRIVALS_KEPT + 1,), {}, True),
    "arrival handled of late": (arrival, (ARRIVALS_KEPT - DAY,), {}, False),
    "arrival that waits": (arrival, (ARRIVALS_KEPT + 1,), {"state": "ready"}, False),
    "audit entry": (entry, (AUDIT_KEPT + 1,), {}, True),
    "audit entry of this year": (entry, (AUDIT_KEPT - DAY,), {}, False),
    "pace of a channel": (turn, (DAY + 2,), {}, True),
    "pace of today": (turn, (60,), {}, False),
}


@pytest.fixture(scope="module")
def opened(database, tmp_path_factory):
    """One database for all cases."""
    found = open_database(database, tmp_path_factory.mktemp("retention") / "serve.sqlite")
    yield found
    found.close()


@pytest.mark.parametrize(("make", "arguments", "more", "forgotten"), CASES.values(), ids=CASES)
def test_only_what_is_over_is_forgotten(opened, make, arguments, more, forgotten):
    database = opened
    database.write(lambda connection: [connection.execute(delete(table)) for table in TABLES])
    database.write(lambda connection: make(connection, *arguments, **more))
    before = rows(database)
    while database.write(lambda connection: purge(connection, NOW)):
        pass
    assert rows(database) == ({} if forgotten else before)


def rows(database):
    """How many rows each table has."""

    def count(connection):
        numbers = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar()
            for table in TABLES
        }
        return {name: number for name, number in numbers.items() if number}

    return database.read(count)
