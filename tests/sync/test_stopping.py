"""Asked to stop, the service finishes what it has begun: nothing is left in doubt for the next start."""

from __future__ import annotations

import pytest

from pdslack_cli.sync.storage import messages
from pdslack_cli.sync.storage.audit_trail import entries
from pdslack_cli.sync.storage.opening import open_database
from tests.sync.world import MAYA, FastClock, until
from tests.sync.world import world as running_world

SLOW = 1.0  # seconds
CALLS = {
    "a post": ("slack", "POST", "/chat.postMessage", "triggered"),
    "a change": ("slack", "POST", "/chat.update", "acknowledged"),
    "an act": ("pagerduty", "PUT", "/incidents/", "acknowledged"),
}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("call", CALLS)
def test_a_slow_call_is_finished(tmp_path, call):
    """On SQLite: the threads that are waited for are the same on both databases."""
    vendor, method, path, state = CALLS[call]
    with running_world(tmp_path, clock=FastClock(20)) as world:
        id_ = ""
        if call != "a post":
            id_ = world.trigger("Before")
            world.shows(id_, "triggered")
            until(lambda before=id_: world.row(before).state == "shown")
        world.sandbox.fault("slow", provider=vendor, method=method, path=path, seconds=SLOW)
        if id_:
            assert world.click(MAYA, id_, "pdslack_acknowledge")["ok"]
        else:
            id_ = world.trigger("Slow")
        until(
            lambda: any(struck for _, struck in world.sandbox.sandbox.faults.waiting())
        )  # the call is under way

        assert world.service.stop()

        if vendor == "pagerduty":
            assert world.incident(id_)["status"] == state
        else:
            assert world.message(id_)["text"].startswith(state)
        after = open_database("", tmp_path / "serve.sqlite")
        (row,) = after.read(lambda connection: messages.of_incident(connection, id_))
        done = after.read(lambda connection: list(entries(connection, incident=id_)))
        after.close()
        assert row.posting_since is None
        assert row.ts
        assert [entry["outcome"] for entry in done] == (["done"] if call != "a post" else [])
