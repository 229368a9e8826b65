"""Connections of PagerDuty's own Slack app, on the `app.` host (pagerduty.md 9.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from werkzeug.routing import RuleFactory, Subdomain

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.access import USER_KINDS
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Exists,
    Field,
    Fields,
    WrongError,
    event_type,
    list_of,
    one_of,
    record,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, PlainlyRefused
from pdslack_cli.sandbox.pagerduty.resource import RestResource

USUAL_LIMIT = 50
MANDATORY = "incident.triggered"
NO_PRIORITY = "no_priority"
ADMINS = ("owner", "admin")


def events(value: Any, exists: Exists) -> list[str]:
    """Events, the triggered one among them; the server sorts them."""
    listed: list[str] = list_of(event_type, unique=True)(value, exists)
    if MANDATORY not in listed:
        raise WrongError(f"must include {MANDATORY}")
    return sorted(listed)


def priority(value: Any, exists: Exists) -> str:
    """The id of a priority, or the word for incidents without one."""
    if value != NO_PRIORITY and not (isinstance(value, str) and exists("priority", value)):
        raise WrongError("is not a priority")
    return str(value)


CONFIG: Fields = {
    "events": Field(events, required=True),
    "urgency": Field(one_of("high", "low")),
    # Null is any priority, an empty list is incidents without one; leaving it out is the latter.
    "priorities": Field(list_of(priority, unique=True), default=[]),
}


class SlackConnectionsApi(RestResource):
    """Which incidents of a service or team are posted to which channel of a workspace."""

    name = "slack_connection"
    plural = "slack_connections"
    path = "/integration-slack/workspaces/<parent>/connections"
    fields: ClassVar[Fields] = {
        "channel_id": Field(text(shortest=1), required=True),
        "source_id": Field(text(shortest=1), required=True),
        "source_type": Field(one_of("service_reference", "team_reference"), required=True),
        "notification_type": Field(one_of("responder", "stakeholder"), default="responder", nullable=False),
        "config": Field(record(CONFIG), required=True),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, on their own host."""
        yield Subdomain("app", super().rules())

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """A classic page, 50 by default, that always contains the total."""
        answer = api.page(self.plural, documents, lambda document: self.view(api, document), USUAL_LIMIT)
        return SandboxResponse({**(answer.body or {}), "total": len(documents)})

    def selects(self, api: Api, document: Json) -> bool:
        """This list has no filters."""
        return True

    def documents(self, api: Api, parent: str = "") -> list[Json]:
        """Those of the workspace."""
        return api.find(self.name, _parent=parent)

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The source must exist in PagerDuty, the channel in Slack."""
        kind = new["source_type"].removesuffix("_reference")
        if not api.exists(kind, new["source_id"]):
            raise refused(400, f"{kind.capitalize()} not found")
        channel = _channel(api, new)
        if channel is None or channel.get("is_archived"):
            raise refused(400, "You don't have Slack permission to that channel or we couldn't find it.")
        return new

    def view(self, api: Api, document: Json) -> Json:
        """The object as answers show it: with the current names of both ends."""
        source = api.get(document["source_type"].removesuffix("_reference"), document["source_id"])
        channel = _channel(api, document)
        kept = {name: value for name, value in document.items() if name[0] != "_"}
        return {
            **kept,
            "source_name": source and source["name"],
            "channel_name": channel and channel["name"],
        }

    def summary(self, document: Json) -> str:
        """Its id."""
        return str(document["id"])

    def admitted(self, api: Api, parent: str) -> str:
        """Only for admins, and only in the workspace that the account is connected to.

        Switching `slack_connection` off in the plan takes the connection away.
        """
        demand_admin(api)
        connected = api.has_feature("slack_connection")
        workspaces = {team["id"] for team in api.store.all("slack.team")}
        workspaces |= {channel["workspace"] for channel in api.store.all("slack.channel_elsewhere")}
        if not connected or parent not in workspaces:
            raise refused(
                404,
                "The PagerDuty has not been connected to this workspace. "
                "Please complete the installation and try again.",
            )
        return parent


def demand_admin(api: Api) -> None:
    """Refuse whoever is no admin; this API takes no account keys either."""
    if api.token.kind not in USER_KINDS:
        raise refused(401, "Unauthorized")
    if (api.get("user", api.token.user) or {}).get("role") not in ADMINS:
        raise refused(403, "Forbidden")


def _channel(api: Api, connection: Json) -> Json | None:
    """The channel of a connection, in the workspace of its path."""
    elsewhere = api.store.get("slack.channel_elsewhere", connection["channel_id"])
    if elsewhere and elsewhere["workspace"] == connection["_parent"]:
        return elsewhere
    ours = any(team["id"] == connection["_parent"] for team in api.store.all("slack.team"))
    return api.store.get("slack.channel", connection["channel_id"]) if ours else None


def refused(status: int, message: str) -> PagerDutyRefusal:
    """This API's errors have no code."""
    return PlainlyRefused(status, {"error": {"message": message}})
