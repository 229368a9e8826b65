"""Change events: what was deployed or configured, beside the incidents of the same service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, WrongError, instant, mapping, text
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments
from pdslack_cli.sandbox.pagerduty.resource import RestResource

RELATED_SPAN = timedelta(hours=24)
"""How long before an incident a change may be to be related to it."""


class ChangeEventsApi(RestResource):
    """They are created through the Events API; only a summary and details can be updated."""

    name = "change_event"
    plural = "change_events"
    path = "/change_events"
    methods = frozenset({"index", "show", "update"})
    fields: ClassVar[Fields] = {
        "summary": Field(text(1024, shortest=1), required=True),
        "custom_details": Field(mapping),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The lists: of the account, of a service, and of those that may explain an incident."""
        yield from super().rules()
        yield Rule("/services/<service>/change_events", methods=["GET"], endpoint=self.index_of)
        yield Rule("/incidents/<incident>/related_change_events", methods=["GET"], endpoint=self.related)

    def index_of(self, api: Api, service: str) -> SandboxResponse:
        """The change events of a service."""
        found = api.kinds["service"].existing(api, service)
        return self.paged(
            api,
            [one for one in self.documents(api) if one["_service"] == found["id"] and self.selects(api, one)],
        )

    def related(self, api: Api, incident: str) -> SandboxResponse:
        """The changes of the incident's service in the day before it."""
        found = api.kinds["incident"].existing(api, incident)
        begun = found["created_at"]
        since = (datetime.fromisoformat(begun) - RELATED_SPAN).strftime(STAMP)
        near = [
            one
            for one in self.documents(api)
            if one["_service"] == found["service"]["id"] and since <= one["timestamp"] <= begun
        ]
        reasons = {one["id"]: "related_service" for one in near}
        if near:
            reasons[near[0]["id"]] = "most_recent"
        return api.page(
            self.plural,
            near,
            lambda one: {**self.view(api, one), "correlation_reason": {"reason": reasons[one["id"]]}},
        )

    def documents(self, api: Api, parent: str = "") -> list[Json]:
        """The newest first."""
        return sorted(api.all(self.name), key=lambda one: str(one["timestamp"]))[::-1]

    def selects(self, api: Api, document: Json) -> bool:
        """By time, integration and team."""
        since, until = api.instant("since"), api.instant("until")
        if since and until and since > until:
            raise bad_arguments("since must be before until")
        at = datetime.fromisoformat(document["timestamp"])
        if (since and at < since) or (until and at > until):
            return False
        integrations = api.arguments.getlist("integration_ids[]")
        if integrations and document["integration"]["id"] not in integrations:
            return False
        teams = api.arguments.getlist("team_ids[]")
        return not teams or bool({*teams} & {*_teams(api, document)})

    def summary(self, document: Json) -> str:
        """The one that was sent."""
        return str(document["summary"])


def record(api: Api, event: Json) -> None:
    """Store an accepted change event. A key that no service has is accepted too, without effect."""
    for integration in api.find("integration", _key=event["routing_key"]):
        payload, service = event["payload"], integration["_parent"]
        details = payload.get("custom_details")
        api.insert(
            ChangeEventsApi.name,
            {
                "id": ids.ulid(api.store),
                "summary": payload["summary"],
                "source": payload.get("source"),
                "timestamp": _moment(api, payload.get("timestamp")),
                "custom_details": details if isinstance(details, dict) else {},
                "links": event.get("links") or [],
                "images": event.get("images") or [],
                "integration": {"id": integration["id"], "type": "inbound_integration_reference"},
                "services": [{"id": service, "type": "service_reference"}],
                "routing_key": event["routing_key"],
                "_service": service,
            },
        )


def _moment(api: Api, sent: object) -> str:
    """When it happened: as sent, or now where that is no time."""
    try:
        moment = datetime.fromisoformat(instant(sent, api.exists))
    except WrongError:
        return api.now()
    return moment.astimezone(UTC).strftime(STAMP)


def _teams(api: Api, document: Json) -> list[str]:
    """The teams of its service's escalation policy."""
    service = api.get("service", document["_service"])
    policy = service and api.get("escalation_policy", service["escalation_policy"]["id"])
    return [team["id"] for team in policy["teams"]] if policy else []
