from __future__ import annotations

import sqlite3
import threading
from contextlib import ExitStack

import pytest

from pdslack_cli.sandbox.store import Store


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def names(store: Store) -> list[str]:
    return [document["name"] for document in store.all("team")]


def insert_twice(store: Store, id_: str) -> None:
    with store.transaction():
        for _ in range(2):
            store.insert("team", id_, {"name": id_})


def test_documents_come_back_as_copies_in_the_order_they_were_made(store):
    for id_ in ("b", "a"):
        store.insert("team", id_, {"name": id_})
    store.insert("user", "a", {"name": "same id, other kind"})
    copy = store.get("team", "a")
    copy["name"] = "changed"
    store.replace("team", "b", {"name": "B"})
    assert names(store) == ["B", "a"]
    store.delete("team", "b")
    assert names(store) == ["a"]
    assert store.get("team", "b") is None


def test_an_id_is_taken_once_per_kind(store):
    store.insert("team", "a", {})
    with pytest.raises(sqlite3.IntegrityError):
        store.insert("team", "a", {})


@pytest.mark.parametrize(
    "change", [lambda store: store.replace("team", "a", {}), lambda store: store.delete("team", "a")]
)
def test_what_is_not_there_cannot_change(store, change):
    with pytest.raises(KeyError):
        change(store)


def test_find_compares_fields(store):
    for id_, colour in (("a", "red"), ("b", "blue"), ("c", "red")):
        store.insert("team", id_, {"name": id_, "colour": colour, "size": 3})
    assert [team["name"] for team in store.find("team", colour="red", size=3)] == ["a", "c"]


def test_what_is_read_for_many_at_once_is_what_is_read_for_each(store):
    for number, parent in enumerate(["a", "b", "a"]):
        store.insert("child", str(number), {"name": f"child {number}", "_parent": parent})
    store.insert("other", "1", {"name": "of another kind", "_parent": "a"})
    parents = ["a", "b", "none"]
    assert store.find_each("child", "_parent", parents) == {
        parent: store.find("child", _parent=parent) for parent in parents
    }
    assert len(store.find("child", _parent="a")) == 2


def test_a_transaction_is_all_or_nothing(store):
    with pytest.raises(sqlite3.IntegrityError):
        insert_twice(store, "a")
    assert names(store) == []


@pytest.mark.parametrize("writes", ["before", "after", "never"])
def test_an_inner_transaction_undoes_only_itself(store, writes):
    with store.transaction():
        if writes == "before":
            store.insert("team", "a", {"name": "a"})
        with pytest.raises(sqlite3.IntegrityError):
            insert_twice(store, "b")
        if writes == "after":
            store.insert("team", "a", {"name": "a"})
    assert names(store) == ([] if writes == "never" else ["a"])


def test_an_outer_transaction_undoes_what_an_inner_one_wrote(store):
    def too_late() -> None:
        with store.transaction():
            with store.transaction():
                store.insert("team", "a", {"name": "a"})
                store.next_number()
            raise KeyError("too late")

    with pytest.raises(KeyError):
        too_late()
    assert names(store) == []
    assert store.next_number() == 1


def test_a_transaction_keeps_other_threads_out(store):
    store.insert("counter", "c", {"value": 0})

    def count() -> None:
        for _ in range(50):
            with store.transaction():
                value = store.get("counter", "c")["value"]
                store.replace("counter", "c", {"value": value + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("counter", "c") == {"value": 200}


def test_a_stale_view_shows_what_was_before_the_last_write(store):
    store.insert("team", "a", {"name": "a"})
    with store.transaction():
        store.replace("team", "a", {"name": "A"})
        store.insert("team", "b", {"name": "b"})
    with store.as_before_last_write():
        assert names(store) == ["a"]
    assert names(store) == ["A", "b"]
    store.delete("team", "a")
    with store.as_before_last_write():
        assert names(store) == ["A", "b"]
    with store.as_before_last_write():
        assert names(store) == ["A", "b"], "a stale view is no write"


def test_a_file_outlives_its_store(tmp_path):
    path = str(tmp_path / "state.sqlite")
    first = Store(path)
    first.insert("team", "a", {"name": "a"})
    number = first.next_number()
    first.close()
    second = Store(path)
    assert names(second) == ["a"]
    assert second.next_number() == number + 1
    second.close()


@pytest.mark.parametrize("file", [pytest.param(None, id="memory"), pytest.param("state.sqlite", id="file")])
def test_a_snapshot_brings_everything_back(tmp_path, file):
    path = ":memory:" if file is None else str(tmp_path / file)
    store = Store(path)
    store.insert("team", "a", {"name": "a"})
    snapshot = store.snapshot()
    store.insert("team", "b", {"name": "b"})
    store.restore(snapshot)
    assert names(store) == ["a"]
    store.insert("team", "c", {"name": "c"})
    store.close()
    if file is not None:
        reopened = Store(path)
        assert names(reopened) == ["a", "c"], "a restored store still writes to its file"
        reopened.close()


def test_reset_forgets_everything_and_counts_from_one(store):
    store.insert("team", "a", {"name": "a"})
    store.next_number()
    store.reset()
    assert names(store) == []
    assert store.next_number() == 1


def replaced_and_undone(store: Store) -> None:
    with store.transaction():
        store.replace("team", "T1", {"name": "Two"})
        assert store.peek("team", "T1") == {"name": "Two"}
        store.insert("team", "T1", {"name": "Taken"})


def test_what_is_peeked_at_is_what_is_there_now(store: Store) -> None:
    assert store.peek("team", "T1") is None
    store.insert("team", "T1", {"name": "One"})
    assert store.peek("team", "T1") == {"name": "One"}
    with pytest.raises(sqlite3.IntegrityError):
        replaced_and_undone(store)
    assert store.peek("team", "T1") == {"name": "One"}
    with store.as_before_last_write():
        assert store.peek("team", "T1") is None
    store.delete("team", "T1")
    assert store.peek("team", "T1") is None


def fill_the_disk(store: Store, depth: int, *, undone: bool) -> None:
    """Write in nested transactions until the disk is full; `undone`: SQLite itself undoes all of them."""
    with ExitStack() as stack:
        for number in range(depth):
            stack.enter_context(store.transaction())
            store.insert("team", f"lost-{number}", {"name": "lost"})
        if undone:
            store._connection.execute("ROLLBACK")
            raise sqlite3.OperationalError("disk I/O error")
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        store.insert("team", "large", {"name": "x" * 1_000_000})


@pytest.mark.parametrize("undone", [False, True])
@pytest.mark.parametrize("depth", [1, 3])
def test_full_disk_loses_what_was_being_written_and_nothing_else(store: Store, depth: int, undone: bool):
    store.insert("team", "a", {"name": "a"})

    with pytest.raises(sqlite3.Error):
        fill_the_disk(store, depth, undone=undone)

    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.insert("team", "b", {"name": "b"})
    assert names(store) == ["a", "b"]
