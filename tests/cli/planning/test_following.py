"""User groups and topics follow who is on call, as a plan shows and an apply writes it."""

from __future__ import annotations

import pytest

DAY = 24 * 60 * 60
STACK = """
owner: acme
people: {{ada: ada@acme.example, bo: bo@acme.example, cy: cy@acme.example}}
schedules:
  primary:
    time_zone: Europe/London
    layers: [{{name: Daily, start: "2026-01-05T00:00:00", rotate: 1 day, people: {people}{more}}}]
escalation_policies:
  web:
    levels: [{{notify: [schedule/primary]}}, {{notify: [person/cy]}}]
channels:
  shop: {{topic: Shop, topic_on_call: {topic}}}
user_groups:
  oncall: {{name: On call, on_call: {group}}}
"""
FOREIGN = """
owner: acme
people: {ada: ada@acme.example}
schedules: {primary: {lookup: true}}
user_groups:
  oncall: {name: On call, on_call: [schedule/primary]}
"""


def written(
    people: str = "[ada]",
    group: str = "[schedule/primary]",
    topic: str = "schedule/primary",
    more: str = "",
) -> str:
    return STACK.format(people=people, group=group, topic=topic, more=more)


class Followed:
    """The accounts, with what follows the on-call in them."""

    def __init__(self, accounts) -> None:
        self.cli, self.sandbox = accounts.cli, accounts.sandbox
        people = [{"name": name, "email": f"{name}@acme.example"} for name in ("ada", "bo", "cy")]
        accounts.seed(people=people, workspace="T0ACME")

    def apply(self, text: str) -> None:
        self.cli.write(text)
        self.cli("apply", "--yes")
        assert self.changed() == {}

    def changed(self) -> dict[str, dict]:
        changes = self.cli("plan", "--format", "json").json["resource_changes"]
        return {one["address"]: one for one in changes}

    def names(self) -> dict[str, str]:
        return {one["id"]: one["name"] for one in self.sandbox.store.all("slack.user")}

    @property
    def members(self) -> set[str]:
        (group,) = self.sandbox.store.all("slack.user_group")
        return {self.names()[id_] for id_ in group["users"]}

    @property
    def topic(self) -> str:
        (channel,) = self.sandbox.store.find("slack.channel", name="shop")
        topic = channel["topic"]["value"]
        for id_, name in self.names().items():
            topic = topic.replace(id_, name)
        return topic

    def forget_in_slack(self, name: str) -> None:
        """Deactivate somebody's account."""
        (user,) = self.sandbox.store.find("slack.user", name=name)
        self.sandbox.store.replace("slack.user", user["id"], {**user, "deleted": True})


@pytest.fixture
def followed(accounts) -> Followed:
    return Followed(accounts)


@pytest.mark.slow
def test_a_plan_shows_the_people_whom_the_apply_writes(followed):
    followed.cli.write(written())
    assert "members: [ada]" in followed.cli("plan").out
    followed.apply(written())
    assert (followed.members, followed.topic) == ({"ada"}, "Shop | On call: <@ada>")

    # The schedule changes in the same plan: who is on call after it counts.
    followed.cli.write(written("[bo]"))
    assert set(followed.changed()) == {"schedule/primary", "user_group/oncall", "channel/shop"}
    followed.apply(written("[bo]"))
    assert (followed.members, followed.topic) == ({"bo"}, "Shop | On call: <@bo>")


@pytest.mark.slow
def test_a_handover_is_a_difference_in_what_follows_and_nothing_else(followed):
    followed.apply(written("[ada, bo]"))
    (first,) = followed.members
    (second,) = {"ada", "bo"} - {first}
    followed.sandbox.time.advance(DAY)
    assert set(followed.changed()) == {"user_group/oncall", "channel/shop"}
    followed.cli("apply", "--yes")
    assert (followed.members, followed.topic) == ({second}, f"Shop | On call: <@{second}>")
    assert followed.changed() == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "members"),
    [
        ("escalation_policy/web", {"ada"}),
        ("[{of: escalation_policy/web, levels: 1}]", {"ada"}),
        ("[{of: escalation_policy/web, levels: all}]", {"ada", "cy"}),
    ],
)
def test_of_a_policy_the_first_level_counts_or_all(followed, source, members):
    followed.apply(written(group=source, topic=source))
    assert followed.members == members
    assert all(f"<@{name}>" in followed.topic for name in members)


@pytest.mark.slow
def test_a_group_is_never_emptied(followed):
    followed.apply(written())
    # Nobody is on call any more.
    followed.cli.write(written(more=', end: "2026-06-01T00:00:00"'))
    said = followed.cli("plan").out
    assert (
        "user_group/oncall: nobody is on call now in schedule/primary: its members stay as they are" in said
    )
    followed.apply(written(more=', end: "2026-06-01T00:00:00"'))
    assert (followed.members, followed.topic) == ({"ada"}, "Shop | On call: nobody")

    # Somebody is, whom Slack does not know.
    followed.forget_in_slack("bo")
    followed.cli.write(written("[bo]"))
    said = followed.cli("plan").out
    assert "user_group/oncall: bo is on call now, but has no active Slack account: its members stay" in said
    followed.apply(written("[bo]"))
    assert (followed.members, followed.topic) == ({"ada"}, "Shop | On call: bo")


@pytest.mark.slow
def test_a_new_group_is_made_although_nobody_is_on_call(followed):
    followed.apply(written(more=', end: "2026-06-01T00:00:00"'))
    assert followed.members == set()


@pytest.mark.slow
def test_people_outside_of_the_file_are_matched_by_e_mail(followed):
    theirs = "owner: others\n" + written("[bo]").split("channels:")[0].replace("owner: acme\n", "").lstrip()
    followed.apply(theirs)
    followed.cli.write(FOREIGN)
    assert "members: [bo (not in the stack)]" in followed.cli("plan").out
    followed.apply(FOREIGN)
    assert followed.members == {"bo"}


@pytest.mark.slow
def test_what_was_on_call_when_a_plan_was_saved_is_what_it_applies(followed):
    followed.apply(written("[ada, bo]"))
    followed.sandbox.time.advance(DAY)
    followed.cli("plan", "--out", "saved.json")
    followed.sandbox.time.advance(DAY)
    assert "user_group/oncall" in followed.cli("apply", "saved.json", code=1).err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[schedule/primary]", "[{of: schedule/primary, levels: all}]", "a schedule has no levels"),
        ("[schedule/primary]", "[{of: escalation_policy/web, levels: 2}]", "must be one of 1, 'all'"),
        ("[schedule/primary]", "[schedule/secondary]", "schedule/secondary"),
        ("[schedule/primary]", "[person/ada]", "'person/ada' is not a reference to"),
        ("[schedule/primary]", "[]", "at least one is required"),
        ("topic: Shop", f"topic: {'S' * 201}", "must have at most 200 characters with `topic_on_call`"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_place(cli, old, new, message):
    cli.write(
        written().replace(old, new, 1)
        if "topic" in old
        else written().replace(f"on_call: {old}", f"on_call: {new}")
    )
    assert message in cli("validate", code=1).err


@pytest.mark.slow
@pytest.mark.parametrize("people", ["bo, person/ada", "cy, person/bo, person/ada"])
def test_the_people_of_one_level_are_named_in_the_same_order_by_every_plan(followed, people):
    level = f"{{notify: [person/{people}], assign: everyone}}"
    followed.apply(written(topic="escalation_policy/web").replace("{notify: [schedule/primary]}", level))
