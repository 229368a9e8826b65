"""Which item of a live list a wanted item continues."""

from __future__ import annotations

import pytest

from pdslack_cli.kinds.lenses.pairing import continued


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        pytest.param([("a", 0), ("b", 1)], [("b", 0), ("a", 1)], [1, 0], id="by name wherever it stands"),
        pytest.param([("new", 0)], [("old", 0)], [0], id="renamed in its place"),
        pytest.param([("new", 0), ("a", 1)], [("a", 0)], [None, 0], id="a name before a place"),
        pytest.param([("a", 0), ("a", 1)], [("a", 0)], [0, None], id="each is continued once"),
        pytest.param([(None, 0)], [(None, 5)], [None], id="no name is no name in common"),
        pytest.param([], [("a", 0)], [], id="nothing wanted"),
    ],
)
def test_items_continue_those_of_their_strongest_key(wanted, there, expected):
    assert continued(wanted, there) == expected
