"""Teams and who is in them (pagerduty.md 3.1 and 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.account import tags
from pdslack_cli.sandbox.pagerduty.families.people.on_call import of_team, on_rotation, targets
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, one_of, printable, prose, read, reference
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, invalid, not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime import auditing, subscriptions
from pdslack_cli.sandbox.settings import Ability

HAS_MEMBERS = "User cannot be removed as they belong to {} on this team"


class TeamsApi(RestResource):
    """Groups of people who own objects together."""

    name = "team"
    plural = "teams"
    path = "/teams"
    site = "/teams/{id}"
    by_name = True
    ability: ClassVar[Ability | None] = "teams"
    fields: ClassVar[Fields] = {
        "name": Field(printable(100), required=True),
        "description": Field(prose(1024)),
        "default_role": Field(one_of("manager", "none"), default="manager", nullable=False),
        "parent": Field(reference("team")),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and those of the team's members and escalation policies."""
        yield from super().rules()
        member, policy = "/teams/<id>/users/<user_id>", "/teams/<id>/escalation_policies/<policy_id>"
        yield Rule("/teams/<id>/members", methods=["GET"], endpoint=self.list_members)
        yield Rule(member, methods=["PUT"], endpoint=self.add_member)
        yield Rule(member, methods=["DELETE"], endpoint=self.remove_member)
        yield Rule(policy, methods=["PUT"], endpoint=self.add_policy)
        yield Rule(policy, methods=["DELETE"], endpoint=self.remove_policy)

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """A team is not above itself."""
        above = new["parent"]
        while above:
            if above["id"] == new["id"]:
                raise invalid("Parent can't be the team itself or a team below it")
            above = (api.get(self.name, above["id"]) or {}).get("parent")
        return new

    def blockers(self, api: Api, document: Json) -> Iterable[str]:
        """A team that still owns something stays."""
        for kind, words in (("escalation_policy", "escalation policies"), ("schedule", "schedules")):
            if any(of_team(owned, document["id"]) for owned in api.all(kind)):
                yield f"Team can't be deleted if it still has {words}"

    def in_use(self, *blockers: str) -> PagerDutyRefusal:
        """Team deletion has a code of its own."""
        return PagerDutyRefusal(400, "Invalid Input Provided", 6006, blockers)

    def deleted(self, api: Api, document: Json) -> None:
        """Its memberships go with it, and its tags are taken off."""
        tags.remove_all(api, self.name, document["id"])
        for below in api.all(self.name):
            if (below.get("parent") or {}).get("id") == document["id"]:
                api.replace(self.name, {**below, "parent": None})
        for membership in api.find("membership", team=document["id"]):
            api.delete("membership", membership["id"])
        subscriptions.forget(api, document["id"])

    def list_members(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """Everybody in the team, with the role they have there."""
        self.existing(api, id)

        def view(membership: Json) -> Json:
            person = {"id": membership["user"], "type": "user_reference"}
            shown = api.whole(person) if api.included("users") else api.expanded(person)
            return {"user": shown, "role": membership["role"]}

        return api.page("members", api.find("membership", team=id), view)

    def add_member(self, api: Api, id: str, user_id: str) -> SandboxResponse:  # noqa: A002
        """Add a user, or change the role of one. The role defaults to what the user may do at all."""
        self.existing(api, id)
        user = api.get("user", user_id)
        if user is None:
            raise not_found()
        if user["role"] == "read_only_user":
            raise invalid("User must not be a read-only user")
        body: Any = api.bare_body() if api.content else {}
        usual = "responder" if user["role"] == "limited_user" else "manager"
        role = Field(one_of("observer", "responder", "manager"), default=usual, nullable=False)
        membership = {
            "id": f"{id}/{user_id}",
            "team": id,
            "user": user_id,
            **read({"role": role}, body, api.exists),
        }
        if api.get("membership", membership["id"]):
            api.replace("membership", membership)
        else:
            api.insert("membership", membership)
            auditing.note_member(api, id, user_id, added=True)
        return SandboxResponse(None, HTTPStatus.NO_CONTENT)

    def remove_member(self, api: Api, id: str, user_id: str) -> SandboxResponse:  # noqa: A002
        """Remove a user, unless the team's policies or schedules need them (pagerduty.md 3.2)."""
        self.existing(api, id)
        if api.get("membership", f"{id}/{user_id}") is None:
            raise not_found()
        if any(of_team(policy, id) and user_id in targets(policy) for policy in api.all("escalation_policy")):
            raise invalid(HAS_MEMBERS.format("an escalation policy"))
        if any(
            of_team(schedule, id) and on_rotation(api, schedule, user_id) for schedule in api.all("schedule")
        ):
            raise invalid(HAS_MEMBERS.format("a schedule"))
        api.delete("membership", f"{id}/{user_id}")
        auditing.note_member(api, id, user_id, added=False)
        return SandboxResponse(None, HTTPStatus.NO_CONTENT)

    def add_policy(self, api: Api, id: str, policy_id: str) -> SandboxResponse:  # noqa: A002
        """Give the team an escalation policy, unless another team has it."""
        self.existing(api, id)
        policy = api.kinds["escalation_policy"].existing(api, policy_id)
        if any(team["id"] != id for team in policy["teams"]):
            raise invalid("Escalation Policy has already been taken")
        policy["teams"] = [{"id": id, "type": "team_reference"}]
        api.replace("escalation_policy", policy)
        return SandboxResponse(None, HTTPStatus.NO_CONTENT)

    def remove_policy(self, api: Api, id: str, policy_id: str) -> SandboxResponse:  # noqa: A002
        """Take a policy off the team; one that was not in it is answered the same."""
        self.existing(api, id)
        policy = api.kinds["escalation_policy"].existing(api, policy_id)
        policy["teams"] = [team for team in policy["teams"] if team["id"] != id]
        api.replace("escalation_policy", policy)
        return SandboxResponse(None, HTTPStatus.NO_CONTENT)
