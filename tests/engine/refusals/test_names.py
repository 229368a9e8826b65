"""Names that are taken are reported by the plan, and names that are swapped go through a third one."""

from __future__ import annotations

import threading

import pytest

from pdslack_cli.engine.apply import apply_plan
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.report import Result
from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow_after(2)

HEAD = """\
owner: acme
slack: {workspace: T0ACME}
people: {ana: ana@acme.example}
"""
POLICY = "escalation_policies: {p: {levels: [{notify: [person/ana]}]}}\n"
LAYERS = "time_zone: Etc/UTC, layers: [{start: 2026-01-05T09:00:00, rotate: 1 week, people: [ana]}]"

ROTATIONS = (
    "time_zone: Etc/UTC, rotations: [{events: [{name: E, from: 2026-01-05T17:00:00, to: 2026-01-06T09:00:00, "
    "recurrence: FREQ=DAILY, people: [ana]}]}]"
)

# What an entry of each kind needs beside its name.
FIELDS = {
    "services": "escalation_policy: p",
    "channels": "topic: T",
    "user_groups": "description: D",
    "teams": "description: D",
    "schedules": LAYERS,
    "shift_schedules": ROTATIONS,
    "escalation_policies": "levels: [{notify: [person/ana]}]",
    "workflows": "description: D",
    "business_services": "description: D",
    "status_update_templates": "description: D",
}
SECTION = {kind.section: kind for kind in MANAGED}
UNIQUE = ["services", "channels", "user_groups"]
PERHAPS = [
    "teams",
    "schedules",
    "shift_schedules",
    "escalation_policies",
    "workflows",
    "business_services",
    "status_update_templates",
]


def test_table_has_every_kind_whose_names_matter():
    # Names that never change cannot be in each other's way.
    changing = [kind for kind in MANAGED if "name" not in kind.frozen_fields]
    assert {kind.section for kind in changing if kind.unique_names} == set(UNIQUE)
    assert {kind.section for kind in MANAGED if kind.perhaps_unique_names} == set(PERHAPS)


def entries(section: str, **names: str) -> str:
    """A file with entries of one section, by key, of these names."""
    made = "".join(f"  {key}: {{name: {name}, {FIELDS[section]}}}\n" for key, name in names.items())
    policy = POLICY if section != "escalation_policies" else ""
    return HEAD + policy + f"{section}:\n{made or '  {}'}"


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(HEAD))
        yield runner


def planned(runner: Runner, text: str, **options: object):
    wanted = stack(text)
    return runner.judged(wanted, deletes=100, **options)


def applied(runner: Runner, text: str) -> None:
    """Plan and apply; the next plan is empty."""
    plan = planned(runner, text)
    assert plan.problems == ()
    wanted = stack(text)
    report = apply_plan(plan, runner.clients(wanted), runner.secrets)
    assert report.complete, report.results
    again = planned(runner, text)
    assert (again.problems, again.changes) == ((), ())


def messages(plan) -> list[str]:
    return [problem.message for problem in plan.problems]


def by_hand(runner: Runner, section: str, name: str) -> None:
    clients = runner.clients(stack(HEAD))
    if section == "channels":
        clients.slack.call("conversations.create", token="user", name=name)
    elif section == "user_groups":
        clients.slack.call("usergroups.create", name=name, handle="by-hand")
    else:
        policy = clients.pagerduty.list("/escalation_policies", "escalation_policies")[0]
        used = {"id": policy["id"], "type": "escalation_policy_reference"}
        body = {"type": "service", "name": name, "escalation_policy": used}
        clients.pagerduty.create("/services", {"service": body})


@pytest.mark.parametrize("section", UNIQUE)
def test_name_that_a_stranger_bears_is_refused_by_the_plan(runner, section):
    applied(runner, entries(section, web="web"))
    by_hand(runner, section, "taken")

    (message,) = messages(planned(runner, entries(section, web="taken")))

    kind = SECTION[section]
    assert message.startswith(f"{kind.name}/web: the name 'taken' is taken by the {kind.title} 'taken' (")
    assert message.endswith("which is not in the stack")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"web": "Web"}, {"web": "TAKEN"}, id="renamed"),
        pytest.param({}, {"web": "TAKEN"}, id="created"),
    ],
)
def test_name_in_another_case_is_taken_too(runner, before, after):
    applied(runner, entries("services", other="Other", **before))
    by_hand(runner, "services", "taken")

    (message,) = messages(planned(runner, entries("services", other="Other", **after)))

    assert message.startswith("service/web: the name 'TAKEN' is taken by the service 'taken' (")


ADOPTED = "by its id, with a new name"
PATHS = {
    "created": ({"other": "other"}, {"other": "other", "web": "taken"}),
    "renamed": ({"web": "web"}, {"web": "taken"}),
    "renamed along with its key": ({"old": "web"}, {"web": "taken, previously: old"}),
    ADOPTED: ({"other": "other"}, {"other": "other", "web": "taken, id: ID"}),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("holder", ["service", "channel", "user group", "archived channel"])
def test_name_that_is_taken_is_refused_on_every_path(runner, holder, path):
    """Each way to a new name, and each holder that the vendor refuses it for."""
    section = "services" if holder == "service" else "channels"
    before, after = PATHS[path]
    if before:
        applied(runner, entries(section, **before))
    slack = runner.clients(stack(HEAD)).slack
    if holder == "user group":
        slack.call("usergroups.create", name="Group", handle="taken")
    else:
        by_hand(runner, section, "taken")
    if holder == "archived channel":
        (taken,) = (raw for raw in slack.list("conversations.list", "channels") if raw["name"] == "taken")
        slack.call("conversations.archive", token="user", channel=taken["id"])
    text = entries(section, **after)
    if path == ADOPTED:
        text = text.replace("ID", stranger(runner, section))

    plan = planned(runner, text, adopt=path == ADOPTED)

    found = messages(plan)
    assert any("taken" in message or "archived" in message for message in found), found


def stranger(runner: Runner, section: str) -> str:
    """The id of an object that somebody made by hand; the bot may rename it."""
    clients = runner.clients(stack(HEAD))
    if section == "channels":
        made = clients.slack.call("conversations.create", name="stranger")["channel"]
        return str(made["id"])
    by_hand(runner, section, "Stranger")
    raws = clients.pagerduty.list("/services", "services")
    return next(str(raw["id"]) for raw in raws if raw["name"] == "Stranger")


def test_own_name_in_another_case_is_not_taken(runner):
    applied(runner, entries("services", web="Web"))
    applied(runner, entries("services", web="WEB"))


def test_two_entries_that_differ_in_case_only_are_told(runner):
    (message,) = messages(planned(runner, entries("services", a="Web", b="web")))
    assert message == "service/b: the name 'web' is taken by service/a, which gets it in the same plan"


@pytest.mark.parametrize("section", UNIQUE)
def test_name_of_an_own_object_that_keeps_it_is_told(runner, section):
    applied(runner, entries(section, a="one", b="two"))
    name = SECTION[section].name

    plan = planned(runner, entries(section, a="two", b="three"), only=[Ref(name, "a")])

    assert messages(plan) == [f"{name}/a: the name 'two' is taken by {name}/b"]
    assert plan.problems[0].hint == f"--only leaves out what makes way for it: pass --only {name}/b, too"


@pytest.mark.slow
def test_name_of_an_archived_channel_is_told(runner):
    applied(runner, entries("channels", a="one", b="two"))
    applied(runner, entries("channels", a="one"))

    (message,) = messages(planned(runner, entries("channels", a="two")))

    assert "channel/a: the name 'two' is taken by channel/b (archived)" in message


def test_name_of_a_channel_that_the_plan_archives_stays_taken(runner):
    applied(runner, entries("channels", a="one", b="two"))
    assert messages(planned(runner, entries("channels", a="two")))


@pytest.mark.parametrize("section", PERHAPS)
def test_name_that_the_vendor_may_refuse_is_warned_of(runner, section):
    applied(runner, entries(section, a="one", b="two"))

    plan = planned(runner, entries(section, a="TWO", b="two"))

    assert plan.problems == ()
    (change,) = plan.changes
    assert any("the name 'TWO' is also used by" in warning for warning in change.warnings)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("section", UNIQUE + PERHAPS)
@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        pytest.param({"a": "one", "b": "two"}, {"a": "two", "b": "one"}, 1, id="two exchange names"),
        pytest.param(
            {"a": "one", "b": "two", "c": "three"},
            {"a": "two", "b": "three", "c": "one"},
            1,
            id="three exchange names",
        ),
        pytest.param(
            {"a": "one", "b": "two", "c": "three"},
            {"a": "two", "b": "three", "c": "four"},
            0,
            id="each takes the name of the next",
        ),
    ],
)
def test_names_that_change_hands_converge(runner, section, before, after, between):
    applied(runner, entries(section, **before))
    plan = planned(runner, entries(section, **after))
    assert len([notice for notice in plan.notices if "temporarily, because" in notice]) == between
    applied(runner, entries(section, **after))


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("section", UNIQUE + PERHAPS)
def test_names_that_somebody_exchanged_are_exchanged_back(runner, section):
    text = entries(section, a="one", b="two")
    applied(runner, text)
    kind, wanted = SECTION[section], stack(text)
    plan = planned(runner, text)
    session = Session(runner.clients(wanted), plan.id_index, "acme", runner.secrets, print)
    lives = {live.name: live for live in read_live(wanted, session.clients).objects[kind.name]}
    for name, new in (("one", "other"), ("two", "one"), ("one", "two")):
        live = lives[name]
        spec = kind.decode(live, plan.id_index).model_copy(update={"name": new})
        kind.update(session, live, spec, {"name"}, live.owned)

    assert len(planned(runner, text).changes) == 2
    applied(runner, text)


@pytest.mark.parametrize("section", ["services", *PERHAPS])
def test_name_of_an_object_that_goes_is_taken(runner, section):
    applied(runner, entries(section, a="one", b="two"))
    applied(runner, entries(section, a="two"))


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("section", ["services", "teams"])
def test_exchange_that_is_cut_short_is_finished_by_the_next_run(runner, section):
    applied(runner, entries(section, a="one", b="two"))
    wanted = stack(entries(section, a="two", b="one"))
    plan = planned(runner, entries(section, a="two", b="one"))
    interrupted = threading.Event()

    def watch(event) -> None:
        if isinstance(event, Result):  # of the first step
            interrupted.set()

    report = apply_plan(plan, runner.clients(wanted), runner.secrets, [watch], interrupted)
    assert report.interrupted

    applied(runner, entries(section, a="two", b="one"))


PRIVATE = entries("channels", a="one").replace("topic: T", "private: true")


@pytest.mark.slow
def test_private_channel_that_goes_cannot_be_brought_back(runner):
    applied(runner, PRIVATE)
    (change,) = planned(runner, HEAD + "channels: {}").changes
    assert "pdslack cannot bring it back" in change.warnings[0]
    assert "pdslack cannot bring it back" not in str(planned(runner, entries("channels", a="two")).changes)


@pytest.mark.parametrize("archived", [False, True])
def test_name_of_a_private_channel_that_only_the_user_sees_is_taken(runner, archived):
    slack = runner.clients(stack(HEAD)).slack
    made = slack.call("conversations.create", token="user", name="one", is_private=True)["channel"]
    if archived:
        slack.call("conversations.archive", token="user", channel=made["id"])

    (message,) = messages(planned(runner, PRIVATE))

    what = "an archived" if archived else "a"
    expected = f"channel/a: the name 'one' is taken by {what} private channel that the bot is not in"
    assert message == f"{expected} ({made['id']})"


@pytest.mark.slow
def test_private_channels_that_the_user_sees_too_exchange_names(runner):
    text = entries("channels", a="one", b="two").replace("topic: T", "private: true, members: [ana]")
    applied(runner, text)
    applied(runner, text.replace("one", "x").replace("two", "one").replace("name: x", "name: two"))
