"""Alert grouping settings, and the service fields they replaced (pagerduty.md 5.3)."""

from __future__ import annotations

from typing import Any, ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    list_of,
    number,
    one_of,
    prose,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import PlainlyRefused, invalid, lacks_ability
from pdslack_cli.sandbox.pagerduty.resource import RestResource

DAY, HOUR = 86_400, 3_600
MOST_SERVICES = 250
RECOMMENDED_WINDOW = 300
OLD_FIELDS = ("alert_grouping", "alert_grouping_timeout", "alert_grouping_parameters")
CONTENT_FIELD = r"summary|source|severity|component|group|class|custom_details(\.[^.\s]+)+"

CONTENT: Fields = {
    "aggregate": Field(one_of("all", "any"), required=True),
    "fields": Field(list_of(text(pattern=CONTENT_FIELD), least=1, unique=True), required=True),
    "time_window": Field(number(0, DAY), default=0, nullable=False),
}
CONFIGS: dict[str, Fields] = {
    "time": {"timeout": Field(number(0, DAY), default=0, nullable=False)},
    "intelligent": {
        "time_window": Field(number(0, HOUR), default=0, nullable=False),
        "iag_fields": Field(list_of(text(shortest=1), least=1), default=["summary"], nullable=False),
    },
    "content_based": CONTENT,
    "content_based_intelligent": {
        **CONTENT,
        "time_window": Field(number(0, HOUR), default=0, nullable=False),
    },
}


class AlertGroupingSettingsApi(RestResource):
    """How the alerts of one or more services become incidents."""

    name = "alert_grouping_setting"
    plural = "alert_grouping_settings"
    path = "/alert_grouping_settings"
    fields: ClassVar[Fields] = {
        "name": Field(prose()),
        "description": Field(prose()),
        "type": Field(one_of(*CONFIGS), required=True),
        "config": Field(record({}), required=True),
        "services": Field(
            list_of(reference("service"), least=1, most=MOST_SERVICES, unique=True), required=True
        ),
    }

    def selects(self, api: Api, document: Json) -> bool:
        """By service."""
        wanted = api.arguments.getlist("service_ids[]")
        return not wanted or any(service["id"] in wanted for service in document["services"])

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """Pages of the `after` and `before` kind, whose marks are opaque."""
        start = api.whole_argument("after", 0)
        end = start + api.limit()
        return SandboxResponse(
            {
                self.plural: [self.view(api, document) for document in documents[start:end]],
                "after": str(end) if end < len(documents) else None,
                "before": str(max(0, start - api.limit())) if start else None,
                "limit": api.limit(),
                "total": len(documents) if api.arguments.get("total") == "true" else None,
            }
        )

    def existing(self, api: Api, id: str, parent: str = "") -> Json:  # noqa: A002 - the vendor's own word
        """The document; where there is none, the 404 has no error object."""
        document = api.get(self.name, id)
        if document is None:
            raise PlainlyRefused(404, {})
        return document

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The configuration fits the type; a service is in one setting only."""
        if not api.has_feature("alert_grouping"):
            raise lacks_ability("alert_grouping")
        new["config"] = read_config(api, new["type"], body.get("config", new["config"]))
        single = len(new["services"]) == 1
        if not single and (new["type"] == "time" or new["config"].get("time_window") == DAY):
            raise invalid("Services must be a single one for this type and time window")
        for service in new["services"]:
            setting = setting_of(api, service["id"])
            if setting is not None and setting["id"] != new["id"]:
                raise invalid("Services must not belong to another alert grouping setting")
        now = api.now()
        return {**new, "created_at": (old or {}).get("created_at", now), "updated_at": now}

    def links(self, api: Api, document: Json) -> Json:
        """Return no links."""
        return {}

    def view(self, api: Api, document: Json) -> Json:
        """The type is how alerts are grouped, not the kind of object."""
        return {**super().view(api, document), "type": document["type"]}


def read_config(api: Api, type_: str, config: Any) -> Json:
    """The configuration of a type. Raises Refused; windows of no time mean the recommended one."""
    from_body = api.checked({"config": Field(record(CONFIGS[type_]), required=True)}, {"config": config})
    checked: Json = from_body["config"]
    window, limit = checked.get("time_window"), checked.get("timeout")
    if window is not None:
        checked["recommended_time_window"] = RECOMMENDED_WINDOW
    if window == 0:
        checked["time_window"] = RECOMMENDED_WINDOW
    elif window is not None and (window < 300 or HOUR < window < DAY):
        raise invalid("Config time window must be 300 to 3600 or 86400")
    if limit and limit < 60:
        raise invalid("Config timeout must be 0 or 60 to 86400")
    return checked


def setting_of(api: Api, service: str) -> Json | None:
    """The setting that a service belongs to."""
    for setting in api.all("alert_grouping_setting"):
        if any(member["id"] == service for member in setting["services"]):
            return setting
    return None


def leave(api: Api, service: str) -> None:
    """Take a service out of its setting; a setting without services is gone."""
    setting = setting_of(api, service)
    if setting is None:
        return
    rest = [member for member in setting["services"] if member["id"] != service]
    if rest:
        api.replace("alert_grouping_setting", {**setting, "services": rest})
    else:
        api.delete("alert_grouping_setting", setting["id"])


def apply_old_fields(api: Api, service: str, body: Json) -> None:
    """What the deprecated fields of a service do: any of them, null too, takes it out of its setting."""
    if not any(name in body for name in OLD_FIELDS):
        return
    setting = setting_of(api, service)
    if setting is not None and setting["type"] == "content_based_intelligent":
        raise invalid("Alert grouping parameters can't be changed for this alert grouping setting")
    parameters = body.get("alert_grouping_parameters") or {}
    if not isinstance(parameters, dict) or set(parameters) - {"type", "config"}:
        raise invalid("Alert grouping parameters has unknown fields")
    leave(api, service)
    config = dict(parameters.get("config") or {})
    type_ = parameters.get("type") or body.get("alert_grouping")
    if type_ is None:
        return
    minutes = config.get("timeout", body.get("alert_grouping_timeout"))
    if type_ == "time":
        config = {"timeout": 60 * (minutes or 0)}
    member = {"id": service, "type": "service_reference"}
    api.kinds["alert_grouping_setting"].add(api, {"type": type_, "config": config, "services": [member]})


def old_fields(api: Api, service: str) -> Json:
    """The deprecated fields as a service still shows them."""
    setting = setting_of(api, service)
    if setting is None:
        return dict.fromkeys(OLD_FIELDS)
    if setting["type"] == "content_based_intelligent":
        shown: Json = {"id": setting["id"], "type": "alert_grouping_setting_reference"}
        return {**dict.fromkeys(OLD_FIELDS), "alert_grouping_parameters": shown}
    config = dict(setting["config"])
    minutes = None
    if setting["type"] == "time":
        minutes = config["timeout"] // 60
        config = {"timeout": minutes}
    kind = setting["type"] if setting["type"] in ("time", "intelligent") else None
    return {
        "alert_grouping": kind,
        "alert_grouping_timeout": minutes,
        "alert_grouping_parameters": {"type": setting["type"], "config": config},
    }
