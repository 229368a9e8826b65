"""The cache: read again in time, and never worse than nothing while a vendor is down."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ApiError
from pdslack_cli.sync.vendors.cache import LONGEST, MOST, Cache
from tests.sync.world import FastClock


def failing():
    raise ApiError("down", provider="slack", status=503)


@pytest.mark.parametrize(
    ("age", "read", "expected"),
    [
        (0, failing, "old"),
        (59, lambda: "new", "old"),
        (61, lambda: "new", "new"),
        (61, failing, "old"),
        (LONGEST - 1, failing, "old"),
        (LONGEST + 1, failing, None),
        (-1, lambda: "new", "new"),  # the clock was set back
        (-3600, failing, "old"),
    ],
)
def test_a_value_is_read_again_in_time_or_kept_while_it_cannot_be(age, read, expected):
    clock = FastClock(0)
    cache = Cache(clock)
    assert cache.get("key", 60, lambda: "old") == "old"
    clock.advance(age)
    if expected is None:
        with pytest.raises(ApiError):
            cache.get("key", 60, read)
    else:
        assert cache.get("key", 60, read) == expected


def test_the_oldest_is_forgotten_first():
    cache = Cache(FastClock(0))
    for number in range(MOST + 1):
        cache.get(number, 60, lambda: "old")
    assert [cache.get(number, 60, lambda: "new") for number in (1, MOST, 0)] == ["old", "old", "new"]
