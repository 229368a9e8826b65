"""`previously` takes an object along, which what is only looked up cannot."""

from __future__ import annotations

import pytest

from pdslack_cli.errors import ConfigError
from tests.config.plain import dump
from tests.kinds.laws.test_every_kind import MANAGED
from tests.support.factories import stack


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("named", [{}, {"id": "PX"}, {"name": "Another"}], ids=["key", "id", "name"])
@pytest.mark.parametrize("kind", [kind for kind in MANAGED if kind.marked], ids=lambda kind: kind.name)
def test_entry_that_is_only_looked_up_is_never_one_that_was_renamed(kind, named):
    entry = {"lookup": True, "previously": "a", **named}
    written = dump({"owner": "acme", "slack": {"workspace": "T0SANDBOX"}, kind.section: {"b": entry}})
    with pytest.raises(ConfigError) as raised:
        stack(written)

    problems = [problem for problem in raised.value.problems if "is only looked up" in problem.message]
    assert [problem.message for problem in problems] == [
        f"{kind.name}/b is only looked up, so it is not what had the key 'a'"
    ]
    assert written.splitlines()[problems[0].location.line - 1].strip() == "previously: a"
