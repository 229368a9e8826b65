"""A Slack workspace in the sandbox, and stacks of channels for it."""

from __future__ import annotations

from textwrap import dedent, indent

from tests.support.factories import stack
from tests.support.runs import Runner

PEOPLE = ["maya", "tom", "ines"]
HEAD = "owner: payments\nslack: {workspace: T0ACME}\npeople:\n" + "".join(
    f"  {name}: {name}@acme.example\n" for name in PEOPLE
)


def channels(text: str, owner: str = "payments"):
    """A stack with these entries of `channels:`."""
    head = HEAD.replace("owner: payments", f"owner: {owner}")
    return stack(head + "channels:\n" + indent(dedent(text), "  "))


class Workspace(Runner):
    """The sandbox's Slack, with what people and other apps do in it by hand."""

    def call(self, method: str, *, token: str = "user", **arguments: object):
        return self.clients(self.people).slack.call(method, token=token, **arguments)

    @property
    def people(self):
        return stack(HEAD)

    def user(self, name: str) -> str:
        return self.sandbox.store.find("slack.user", email=f"{name}@acme.example")[0]["id"]

    def channel(self, name: str) -> dict:
        (found,) = self.sandbox.store.find("slack.channel", name=name)
        return found

    def members(self, name: str) -> set[str]:
        """Who is in the channel, by name."""
        users = [self.sandbox.store.get("slack.user", id_) for id_ in self.channel(name)["members"]]
        return {user["name"] for user in users}

    def bookmarks(self, name: str) -> list[tuple[str, str]]:
        listed = self.call("bookmarks.list", channel_id=self.channel(name)["id"])["bookmarks"]
        return [(bookmark["title"], bookmark["link"]) for bookmark in listed]

    def changes(self, wanted, **options: object) -> dict[str, tuple[str, ...]]:
        """What a plan changes: the fields by ref."""
        plan = self.plan(wanted, **options)
        assert plan.problems == ()
        return {str(change.ref): change.fields for change in plan.changes}

    def made(self, wanted, **options: object) -> None:
        """Apply, and see that nothing is left to do."""
        report = self.apply(wanted, **options)
        assert report.complete, [str(result.error) for result in report.results if result.error]
        assert self.changes(wanted, **options) == {}

    def methods(self) -> list[str]:
        """What Slack was asked since the last `forget_calls`."""
        return [call.path.strip("/") for call in self.sandbox.calls if call.provider == "slack"]
