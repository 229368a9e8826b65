"""Runs of automation actions on incidents (pagerduty.md 10.3). Nothing is run: each is completed at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.access import USER_KINDS
from pdslack_cli.sandbox.pagerduty.api import SITE, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.users import requester
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, record, text
from pdslack_cli.sandbox.pagerduty.refusals import invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime.outbound import publishing

STATES = ("created", "completed")
MOST_LISTED = 25
METADATA: Fields = {"incident_id": Field(text(shortest=1), required=True), "alert_id": Field(text())}


class InvocationsApi(RestResource):
    """The newest 25, without pages."""

    name = "invocation"
    plural = "invocations"
    path = "/automation_actions/invocations"
    methods = frozenset({"index", "show"})
    fields: ClassVar[Fields] = {"metadata": Field(record(METADATA), required=True)}

    def rules(self) -> Iterator[RuleFactory]:
        """Reading, and running one of an action."""
        yield from super().rules()
        of_action = "/automation_actions/actions/<action>/invocations"
        yield Rule(of_action, methods=["POST"], endpoint=self.invoke)

    def invoke(self, api: Api, action: str) -> SandboxResponse:
        """Run an action on an incident. Raises Refused where it may not be run by hand, or not any more."""
        found = api.kinds["action"].existing(api, action)
        wanted = api.checked(self.fields, api.body(self.name))["metadata"]
        incident = api.kinds["incident"].existing(api, wanted["incident_id"])
        if not found["allow_invocation_manually"]:
            raise invalid("Action cannot be invoked manually")
        if found["only_invocable_on_unresolved_incidents"] and incident["status"] == "resolved":
            raise invalid("Action can only be invoked on unresolved incidents")
        invocation = _invocation(api, found, incident)
        api.insert(self.name, invocation)
        for state in STATES:
            _publish(api, invocation, incident, state)
        return self.answer(api, invocation, self.created)

    def documents(self, api: Api, parent: str = "") -> list[Json]:
        """The newest first."""
        return api.all(self.name)[::-1]

    def selects(self, api: Api, document: Json) -> bool:
        """By state, by what was run, and on which incident."""
        wanted = api.arguments
        return (
            wanted.get("invocation_state") in (None, document["state"])
            and wanted.get("not_invocation_state") != document["state"]
            and wanted.get("action_id") in (None, document["action_id"])
            and wanted.get("incident_id") in (None, document["metadata"]["incident"]["id"])
        )

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """The first of them."""
        return SandboxResponse({self.plural: [self.view(api, one) for one in documents[:MOST_LISTED]]})

    def summary(self, document: Json) -> str:
        """What was run."""
        return str(document["action_snapshot"]["name"])


def _invocation(api: Api, action: Json, incident: Json) -> Json:
    person = None if api.token.kind in USER_KINDS else requester(api, needed=False)
    user = api.token.user or (person or api.all("user")[0])["id"]
    data = {name: value for name, value in action["action_data_reference"].items() if value is not None}
    snapshot = {"name": action["name"], "action_type": action["action_type"], "action_data_reference": data}
    return {
        "id": ids.ulid(api.store),
        "action_id": action["id"],
        "action_snapshot": snapshot,
        "runner_id": action["runner"] or "",
        "timing": [{"timestamp": api.now(), "state": state} for state in STATES],
        "duration": 0,
        "state": STATES[-1],
        "metadata": {
            "agent": {"id": user, "type": "user_reference"},
            "incident": {"id": incident["id"], "type": "incident_reference"},
        },
    }


def _publish(api: Api, invocation: Json, incident: Json, state: str) -> None:
    """`created`, and `updated` for what comes of it (orchestration.md 5.6)."""
    data = {
        "type": "incident_action_invocation",
        "id": invocation["id"],
        "self": f"{api.base}/automation_actions/invocations/{invocation['id']}",
        "html_url": f"{SITE}/incidents/{incident['id']}",
        "incident": invocation["metadata"]["incident"],
        "action": {"id": invocation["action_id"], "type": "action_reference"},
        "state": state,
    }
    event = "created" if state == STATES[0] else "updated"
    agent = invocation["metadata"]["agent"]
    publishing.publish(api, f"incident.action_invocation.{event}", incident, agent, data)
