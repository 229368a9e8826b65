"""Names that move between objects of which one refers to the other, and so is written after it."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.engine.refusals.test_names import HEAD, POLICY, applied, planned
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

# Two entries with the names A and B, the second of which refers to the first.
REFERRING = {
    "a team below another": """
teams: {a: {name: A}, b: {name: B, parent: a}}
""",
    "a service that depends on another": f"""
{POLICY}services:
  a: {{name: A, escalation_policy: p}}
  b: {{name: B, escalation_policy: p, depends_on: [service/a]}}
""",
    "a business service that depends on another": """
business_services: {a: {name: A}, b: {name: B, depends_on: [business_service/a]}}
""",
    "a user group with its channel": """
channels: {a: {name: A}}
user_groups: {b: {name: Group, handle: B, members: [ana], channels: [a]}}
""",
    "a channel with the members of a user group": """
user_groups: {a: {name: Group, handle: A, members: [ana]}}
channels: {b: {name: B, members: [user_group/a]}}
""",
}
AFTER = {
    "they exchange names": ("two", "one"),
    "it takes that of what refers to it": ("two", "three"),
    "it takes that of what it refers to": ("three", "one"),
}


def file_of(entries: str, one: str, other: str) -> str:
    return HEAD + entries.replace("A", one).replace("B", other)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        Runner(sandbox).seed(stack(HEAD))
        yield sandbox, sandbox.snapshot()


@pytest.fixture
def runner(sandbox):
    sandbox, empty = sandbox
    sandbox.restore(empty)
    return Runner(sandbox)


@pytest.mark.parametrize("after", AFTER.values(), ids=AFTER)
@pytest.mark.parametrize("entries", REFERRING.values(), ids=REFERRING)
def test_names_change_hands_whichever_is_written_first(runner, entries, after):
    applied(runner, file_of(entries, "one", "two"))

    plan = planned(runner, file_of(entries, *after))

    assert len(plan.changes) == 2
    applied(runner, file_of(entries, *after))
