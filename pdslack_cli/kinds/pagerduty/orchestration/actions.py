"""Actions of a rule: the keys under `then:`, and PagerDuty's form of them (orchestration.md 2.6, 2.7)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    SerializationInfo,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.conditions import Template
from pdslack_cli.kinds.fields.durations import Duration
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.references import CatalogRef, RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Url, problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral, or_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.orchestration.extractions import (
    Values,
    Variables,
    decode_extraction,
    decode_variable,
    encode_extraction,
    encode_variable,
)
from pdslack_cli.model import Json, Ref

SUMMARY = "event.summary"

# --- custom fields ---------------------------------------------------------------------------------


def _field_value(value: Any) -> str | tuple[str, ...]:
    """Encode the value of a custom field: always text, a list as JSON (orchestration.md 2.6)."""
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    if not isinstance(value, str | int | float):
        raise problem(
            f"{value!r} is not a value for a custom field", "write a text, a number, a boolean or a list"
        )
    text = str(value)
    try:
        items = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):  # no list of texts, at least
        return text
    if isinstance(items, list) and all(isinstance(item, str) for item in items):
        return tuple(items)
    return text


FieldValue = Annotated[
    Template | tuple[Template, ...],
    BeforeValidator(_field_value),
    WithJsonSchema({"type": ["string", "number", "boolean", "array"]}),
]

# --- webhooks and automation actions ---------------------------------------------------------------

When = Literal["triggered", "suppressed", "paused"]
STATES: Mapping[str, When] = {
    "alert_triggered": "triggered",
    "alert_suppressed": "suppressed",
    "alert_suspended": "paused",
}


def on_of_true(value: Any) -> Any:
    """Restore the key `on` where a YAML 1.1 writer made it `true`."""
    if isinstance(value, dict) and "true" in value and "on" not in value:
        return {"on" if key == "true" else key: item for key, item in value.items()}
    return value


TRIGGER_TYPES: Mapping[When, str] = {when: state for state, when in STATES.items()}


Texts = dict[Annotated[str, FILLED], Template]


class RuleWebhook(Spec):
    """An HTTP request about the incident, sent immediately or by a button."""

    name: Annotated[str, USUAL_NAME, FILLED, Field(description="its label on the button and in the log")]
    url: Annotated[Url, Field(description="where the request goes")]
    send: Annotated[Literal["auto", "button"], Field(description="auto: at once; button: when asked")] = (
        "button"
    )
    headers: Texts = Field(default_factory=dict, description="headers of the request, by name")
    body: Texts = Field(default_factory=dict, description="fields of the JSON that is sent")
    on: Annotated[When, Field(description="the state of the alert that triggers it")] = "triggered"

    _on = model_validator(mode="before")(on_of_true)

    @model_validator(mode="after")
    def _button_needs_incident(self) -> Self:
        # Only a triggered alert has an incident to show the button on (pagerduty.md 7.3).
        if self.on != "triggered" and self.send == "button":
            raise problem(
                f"a webhook on {self.on} alerts has no button", "write `send: auto`", ("on",), needs=()
            )
        return self


class Run(Spec):
    """An automation action that PagerDuty runs: its name, or a mapping."""

    model_config = ConfigDict(json_schema_extra=or_text)

    action: Annotated[Ref, CatalogRef("automation_action"), Field(description="the action, by name")]
    on: Annotated[When, Field(description="the state of the alert that triggers it")] = "triggered"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"action": value} if isinstance(value, str) else on_of_true(value)

    @model_serializer
    def _shortest(self, info: SerializationInfo) -> Any:
        name = str(self.action.key)
        short = info.exclude_unset and self.on == "triggered"
        return name if short else {"action": name, "on": self.on}


# --- then ------------------------------------------------------------------------------------------


class RuleActions(Spec):
    """The actions on an event, its alert and its incident. Each path allows some of them (`FORBIDDEN`)."""

    title: Annotated[Template, Field(description="the alert's title; set after everything in `set`")] = ""
    set: Values = ()
    variables: Variables = ()
    severity: Annotated[
        Literal["info", "warning", "error", "critical"] | None, Field(description="the alert's severity")
    ] = None
    event_action: Annotated[
        Literal["trigger", "resolve"] | None,
        Field(description="what the event does: open or resolve an alert"),
    ] = None
    priority: Annotated[
        Annotated[Ref, CatalogRef("priority")] | None, Field(description="the incident's priority, by name")
    ] = None
    escalation_policy: Annotated[
        Annotated[Ref, RefTo("escalation_policy")] | None, Field(description="who is paged instead")
    ] = None
    note: Annotated[Template, Field(description="added to the incident")] = ""
    suppress: Annotated[bool, Field(description="make an alert, but no incident")] = False
    pause: Annotated[
        Duration | None, Field(description="wait this long for a resolve before an incident is made")
    ] = None
    drop: Annotated[
        bool, Field(description="treat the event as never sent; only in `rules` of `routing`")
    ] = False
    fields: dict[Annotated[Ref, CatalogRef("incident_custom_field")], FieldValue] = Field(
        default_factory=dict, description="custom fields of the incident, by name"
    )
    webhook: Annotated[
        tuple[RuleWebhook, ...], OneOrSeveral(), Field(description="requests to programs of yours")
    ] = ()
    run: Annotated[
        tuple[Run, ...],
        OneOrSeveral(),
        Field(max_length=1, description="an automation action, by name; only in rules of services"),
    ] = ()

    @model_validator(mode="after")
    def _title_has_its_word(self) -> Self:
        if self.set and not self.title:
            target, value = self.set[-1]
            if target == SUMMARY and value.template:
                raise problem(
                    f"`set` ends with {SUMMARY}",
                    "write it as `title`, which is always set last",
                    needs=("set", "title"),
                )
        return self


PathName = Literal["global", "service", "unrouted"]

_INCIDENT = ("priority", "escalation_policy", "note", "suppress", "pause", "fields", "webhook")
FORBIDDEN: Mapping[PathName, Mapping[str, str]] = {
    "global": {"run": "only the rules of a service can run an automation action"},
    "service": {"drop": "only global rules can drop an event"},
    "unrouted": {
        **dict.fromkeys(_INCIDENT, "an unrouted event never becomes an incident"),
        "run": "only the rules of a service can run an automation action",
        "drop": "only global rules can drop an event",
    },
}
"""The actions that rules of a path cannot have, and the reason (pagerduty.md 7.3)."""

# --- lenses ----------------------------------------------------------------------------------------


def encode_actions(actions: RuleActions, id_index: IdIndex) -> Json:
    """Convert the actions to PagerDuty's form; unset ones are omitted."""
    policy, priority = actions.escalation_policy, actions.priority
    extractions = [encode_extraction(target, value) for target, value in actions.set]
    if actions.title:
        extractions.append({"target": SUMMARY, "template": actions.title})
    body: Json = {
        "severity": actions.severity,
        "event_action": actions.event_action,
        "priority": priority and id_index.id(priority),
        "escalation_policy": policy and id_index.id(policy),
        "annotate": actions.note,
        "suppress": actions.suppress,
        "suspend": actions.pause and int(actions.pause),
        "drop_event": actions.drop,
        "variables": [encode_variable(name, found) for name, found in actions.variables],
        "extractions": extractions,
        "incident_custom_field_updates": [
            {"id": id_index.id(ref), "value": value if isinstance(value, str) else json.dumps(value)}
            for ref, value in actions.fields.items()
        ],
        "automation_actions": [_webhook(webhook) for webhook in actions.webhook],
        "pagerduty_automation_actions": [
            {"action_id": id_index.id(run.action), "trigger_types": [TRIGGER_TYPES.get(run.on, run.on)]}
            for run in actions.run
        ],
    }
    return {name: value for name, value in body.items() if value}


def _webhook(webhook: RuleWebhook) -> Json:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "auto_send": webhook.send == "auto",
        "headers": [{"key": key, "value": value} for key, value in webhook.headers.items()],
        "parameters": [{"key": key, "value": value} for key, value in webhook.body.items()],
        "trigger_types": [TRIGGER_TYPES.get(webhook.on, webhook.on)],
    }


def decode_actions(raw: Json, id_index: IdIndex, path: PathName) -> RuleActions:
    """Convert PagerDuty's actions to ours. Defaults that some clients write explicitly count as unset."""
    values = [decode_extraction(extraction) for extraction in raw.get("extractions") or ()]
    title = ""
    if values and values[-1][0] == SUMMARY and values[-1][1].template:
        title = values.pop()[1].template
    fields: Json = {
        "title": title,
        "set": tuple(values),
        "variables": tuple(decode_variable(variable) for variable in raw.get("variables") or ()),
        "severity": raw.get("severity"),
        "event_action": raw.get("event_action"),
        "priority": _reference(raw.get("priority"), "priority", id_index),
        "escalation_policy": _reference(raw.get("escalation_policy"), "escalation_policy", id_index),
        "note": raw.get("annotate"),
        "suppress": raw.get("suppress"),
        "pause": raw.get("suspend") and Duration(raw["suspend"]),
        "drop": raw.get("drop_event"),
        "fields": {
            id_index.ref("incident_custom_field", update["id"]): _field_value(update.get("value") or "")
            for update in raw.get("incident_custom_field_updates") or ()
        },
        "webhook": tuple(_decoded_webhook(action) for action in raw.get("automation_actions") or ()),
        "run": tuple(
            Run.from_wire(action=id_index.ref("automation_action", action["action_id"]), on=_when(action))
            for action in raw.get("pagerduty_automation_actions") or ()
        ),
    }
    return RuleActions.from_wire(
        **{name: value for name, value in fields.items() if name not in FORBIDDEN[path]}
    )


def _reference(id_: str | None, kind: str, id_index: IdIndex) -> Ref | None:
    return id_index.ref(kind, id_) if id_ else None


def _when(action: Json) -> When:
    states = action.get("trigger_types") or ["alert_triggered"]
    return STATES.get(states[0], states[0])  # one that we do not know stays as it is


def _decoded_webhook(action: Json) -> RuleWebhook:
    def pairs(items: Iterable[Json] | None) -> dict[str, str]:
        return {item["key"]: item.get("value") or "" for item in items or ()}

    return RuleWebhook.from_wire(
        name=action.get("name") or "",
        url=action.get("url") or "",
        send="auto" if action.get("auto_send") else "button",
        headers=pairs(action.get("headers")),
        body=pairs(action.get("parameters")),
        on=_when(action),
    )
