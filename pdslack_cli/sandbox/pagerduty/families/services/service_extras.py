"""Feature switches and old event rules of services (pagerduty.md 5.6 and 7.6)."""

from __future__ import annotations

from typing import ClassVar

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, anything, boolean, mapping, record
from pdslack_cli.sandbox.pagerduty.refusals import not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.settings import Feature
from pdslack_cli.sandbox.store import Store

FEATURE: Feature = "aiops"


class ServiceRulesApi(RestResource):
    """Event rules from before orchestrations: in force while the service's path is not active."""

    name = "service_rule"
    wrapper = "rule"
    plural = "rules"
    path = "/services/<parent>/rules"
    parent = "service"
    fields: ClassVar[Fields] = {
        "disabled": Field(boolean, default=False, nullable=False),
        "conditions": Field(mapping),
        "time_frame": Field(mapping),
        "variables": Field(anything),
        "actions": Field(mapping),
    }

    def new_id(self, store: Store) -> str:
        """A UUID."""
        return ids.long(store)

    def selects(self, api: Api, document: Json) -> bool:
        """This list has no filters."""
        return True

    def links(self, api: Api, document: Json) -> Json:
        """Only `self`."""
        return {"self": f"{api.base}/services/{document['_parent']}/rules/{document['id']}"}

    def view(self, api: Api, document: Json) -> Json:
        """The object as answers show it: with its place in the list, without unset fields."""
        rules = [rule["id"] for rule in api.find(self.name, _parent=document["_parent"])]
        shown = {name: value for name, value in super().view(api, document).items() if value is not None}
        del shown["type"]
        return {**shown, "position": rules.index(document["id"]) if document["id"] in rules else len(rules)}


def list_enablements(api: Api, kind: str, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """The one feature there is."""
    api.kinds[kind].existing(api, id)
    return SandboxResponse({"enablements": [enablement(api, id)]})


def switch_enablement(api: Api, kind: str, id: str, feature: str) -> SandboxResponse:  # noqa: A002
    """Switch it; where the plan lacks it, this succeeds with a warning."""
    api.kinds[kind].existing(api, id)
    if feature != FEATURE:
        raise not_found()
    wanted = {"enabled": Field(boolean, required=True)}
    switch = api.checked({"enablement": Field(record(wanted), required=True)}, api.bare_body())["enablement"]
    document = {"id": id, "enabled": switch["enabled"], "updated_at": api.now()}
    known = api.get("enablement", id)
    (api.insert if known is None else api.replace)("enablement", document)
    return SandboxResponse({"enablement": enablement(api, id)})


def enablement(api: Api, id: str) -> Json:  # noqa: A002
    """The switch of a service or orchestration: on, unless somebody turned it off."""
    document = api.get("enablement", id) or {"enabled": True}
    shown = {"feature": FEATURE, **{name: value for name, value in document.items() if name != "id"}}
    if not api.has_feature(FEATURE):
        message = "Your account is not entitled to use the aiops feature."
        shown["warnings"] = [{"message": message}]
    return shown


RULES = tuple(
    rule
    for kind, folder in (("service", "/services"), ("event_orchestration", "/event_orchestrations"))
    for rule in (
        Rule(
            f"{folder}/<id>/enablements",
            methods=["GET"],
            defaults={"kind": kind},
            endpoint=list_enablements,
        ),
        Rule(
            f"{folder}/<id>/enablements/<feature>",
            methods=["PUT"],
            defaults={"kind": kind},
            endpoint=switch_enablement,
        ),
    )
)
