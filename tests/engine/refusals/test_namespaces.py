"""Names that several kinds share: the plan reports those that are taken, whichever kind has them."""

from __future__ import annotations

import pytest

from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.slack.text import RESERVED_NAMES
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.refusals.test_names import applied, planned
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(4)

HEAD = "owner: acme\nslack: {workspace: T0ACME}\npeople: {ana: ana@acme.example}\n"

# A channel and a user group, by key; `{}` is the name of the one or the handle of the other.
ENTRIES = {"channels": "{name: NAME}", "user_groups": "{name: Group of KEY, handle: NAME, members: [ana]}"}


def file_of(**sections: dict[str, str]) -> str:
    return HEAD + "".join(
        f"{section}: {{"
        + ", ".join(
            f"{key}: {ENTRIES[section].replace('NAME', name).replace('KEY', key)}"
            for key, name in names.items()
        )
        + "}\n"
        for section, names in sections.items()
    )


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


def messages(runner: Runner, text: str) -> list[str]:
    return [problem.message for problem in planned(runner, text).problems]


def test_every_namespace_of_several_kinds_is_in_the_table():
    shared = {
        kind.section: field
        for kind in MANAGED
        for field, namespace in kind.namespaces.items()
        if any(namespace in other.namespaces.values() for other in MANAGED if other is not kind)
    }
    assert shared == {"channels": "name", "user_groups": "handle"}


def by_hand(runner: Runner, holder: str) -> str:
    """Something in Slack that has the name `taken`; what the plan calls it."""
    slack = runner.clients(stack(HEAD)).slack
    if holder.endswith("user group"):
        made = slack.call("usergroups.create", name="By hand", handle="taken")["usergroup"]
        if holder.startswith("disabled"):
            slack.call("usergroups.disable", usergroup=made["id"])
    elif holder.endswith("person"):
        people = [user for user in runner.sandbox.store.all("slack.user") if not user["is_bot"]]
        made = next(user for user in people if (user["name"] == "ana") == (holder == "known person"))
        runner.sandbox.store.replace("slack.user", made["id"], {**made, "name": "taken"})
    else:
        private = "private" in holder
        made = slack.call("conversations.create", token="user", name="taken", is_private=private)["channel"]
        if holder.startswith("archived"):
            slack.call("conversations.archive", token="user", channel=made["id"])
    return str(made["id"])


HOLDERS = ["channel", "archived channel", "private channel", "archived private channel"]
HOLDERS += ["user group", "disabled user group"]


@pytest.mark.parametrize("before", [{"one": "free"}, {}], ids=["renamed", "created"])
@pytest.mark.parametrize(
    ("section", "holder"),
    [
        *(("channels", holder) for holder in HOLDERS),
        *(("user_groups", holder) for holder in [*HOLDERS, "person", "known person"]),
    ],
)
def test_name_that_something_of_another_kind_has_is_refused_by_the_plan(runner, section, holder, before):
    id_ = by_hand(runner, holder)
    if before:
        applied(runner, file_of(**{section: before}))

    found = messages(runner, file_of(**{section: {"one": "taken"}}))

    if section == "channels" and holder in HOLDERS[:2] and not before:
        assert len(found) == 1  # a channel of our name is to be adopted, or brought back
        return
    kind = next(kind for kind in MANAGED if kind.section == section)
    field = next(iter(kind.namespaces)) if section == "channels" else "handle"
    (message,) = found
    assert message.startswith(f"{kind.name}/one: the {field} 'taken' is taken by ")
    assert id_ in message


def test_of_two_entries_that_want_one_name_the_second_is_refused(runner):
    (message,) = messages(runner, file_of(channels={"c": "same"}, user_groups={"g": "same"}))
    assert message == "user_group/g: the handle 'same' is taken by channel/c, which gets it in the same plan"


def test_handle_that_a_new_group_gets_by_its_key_is_compared_and_shown(runner):
    text = HEAD + "channels: {same: {}}\nuser_groups: {same: {members: [ana]}}"
    assert messages(runner, text) == [
        "user_group/same: the handle 'same' is taken by channel/same, which gets it in the same plan"
    ]
    (created,) = planned(runner, HEAD + "user_groups: {same: {members: [ana]}}").changes
    assert created.after_content["handle"] == "same"


@pytest.mark.parametrize("name", RESERVED_NAMES)
def test_reserved_key_without_a_handle_is_refused(runner, name):
    (message,) = messages(runner, HEAD + f"user_groups: {{{name}: {{members: [ana]}}}}")
    assert message == f"user_group/{name}: the handle {name!r} is taken by Slack, which reserves it"


@pytest.mark.slow
def test_own_handle_in_use_stays_free_for_its_own_group(runner):
    applied(runner, file_of(user_groups={"a": "same"}, channels={"c": "other"}))
    applied(runner, file_of(user_groups={"a": "same"}, channels={"c": "other", "d": "third"}))


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        pytest.param(
            {"channels": {"c": "one"}, "user_groups": {"g": "two"}},
            {"channels": {"c": "two"}, "user_groups": {"g": "one"}},
            1,
            id="channel and group exchange",
        ),
        pytest.param(
            {"user_groups": {"g": "one", "h": "two"}},
            {"user_groups": {"g": "two", "h": "one"}},
            1,
            id="two groups exchange",
        ),
        pytest.param(
            {"channels": {"c": "one"}, "user_groups": {"g": "two"}},
            {"channels": {"c": "three"}, "user_groups": {"g": "one"}},
            0,
            id="group takes the name that a channel gives up",
        ),
        pytest.param(
            {"channels": {"c": "one"}},
            {"channels": {"c": "two"}, "user_groups": {"g": "one"}},
            0,
            id="new group takes the name that a channel gives up",
        ),
    ],
)
def test_names_that_change_hands_between_kinds_converge(runner, before, after, between):
    applied(runner, file_of(**before))
    plan = planned(runner, file_of(**after))
    assert len([notice for notice in plan.notices if "temporarily, because" in notice]) == between
    applied(runner, file_of(**after))


def test_name_of_what_the_plan_archives_stays_taken(runner):
    applied(runner, file_of(channels={"c": "one"}, user_groups={"g": "two"}))
    (message,) = messages(runner, file_of(channels={"d": "two"}, user_groups={}))
    assert message == "channel/d: the name 'two' is taken by user_group/g"
    (message,) = messages(runner, file_of(channels={}, user_groups={"g": "two", "h": "one"}))
    assert message == "user_group/h: the handle 'one' is taken by channel/c"
