"""What an account starts with, and what the control endpoint adds to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, count
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import fixtures, ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.pagerduty.runtime import opening
from pdslack_cli.sandbox.settings import Token, shortened
from pdslack_cli.suggest import suggest

ACCOUNT_KEY = "sandbox-account-key"
READ_ONLY_KEY = "sandbox-read-only-key"
USER_TOKEN = "sandbox-user-token"  # noqa: S105 - good for nothing but the sandbox

OWN_FIELDS = ("id", "type", "slack", "name")  # of what is seeded, whatever its kind
CREATION_TIME = "2026-01-01T00:00:00Z"

SECTIONS = {
    "teams": "team",
    "schedules": "schedule",
    "shift_schedules": "schedule_v3",
    "escalation_policies": "escalation_policy",
    "services": "service",
    "business_services": "business_service",
    "event_orchestrations": "event_orchestration",
    "incident_workflows": "incident_workflow",
    "webhook_subscriptions": "webhook_subscription",
    "extensions": "extension",
    "addons": "addon",
    "oauth_clients": "oauth_client",
    "automation_runners": "runner",
    "automation_actions": "action",
    "incident_types": "incident_type",
    "custom_fields": "incident_field",
    "status_update_templates": "template",
}
"""The sections of what is wanted, in an order in which later ones may need earlier ones."""

IDENTIFIED = frozenset({"incident_field", "incident_type"})
"""The kinds whose names are identifiers; anything else is what the web interface calls them."""

OF_SLACK = frozenset({"deleted"})
"""What only Slack reads of a person."""

LEAST: Mapping[str, Json] = {
    "schedule": {"time_zone": "Etc/UTC"},
    "schedule_v3": {"time_zone": "Etc/UTC"},
    "runner": {"description": "Sandbox", "runner_type": "sidecar"},
    "action": {
        "description": "Sandbox",
        "action_type": "script",
        "action_data_reference": {"script": "true"},
    },
    "incident_field": {"data_type": "string", "field_type": "single_value"},
    "incident_type": {"parent_type": "incident_default"},
    "template": {"template_type": "status_update"},
    "oauth_client": {
        "client_id": "sandbox",
        "client_secret": "sandbox",
        "token_url": "https://example.com/token",
        "grant_type": "client_credentials",
    },
    "addon": {"type": "full_page_addon", "src": "https://example.com"},
    "webhook_subscription": {
        "delivery_method": {"type": "http_delivery_method", "url": "https://example.com/webhook"},
        "events": ["incident.triggered"],
        "filter": {"type": "account_reference"},
    },
}
"""What an object of a kind cannot be without, where that names no other object."""


def seed(api: Api, wanted: Json) -> None:
    """Put the fixed catalogue in place, and what `wanted` names; what exists is left alone."""
    if not api.all("user"):
        seed_catalogue(api)
    for person in wanted.get("people") or ():
        with _located("people", person["email"]):
            find_or_add_person(api, person)
    for name in wanted.get("priorities") or ():
        find_or_add_word(api, "priority", name)
    for name in wanted.get("vendors") or ():
        find_or_add_word(api, "vendor", name)
    for label in wanted.get("extension_schemas") or ():
        find_or_add_schema(api, label)
    for id_ in wanted.get("workflow_actions") or ():
        find_or_add_action(api, id_)
    for section, kind in SECTIONS.items():
        for entry in wanted.get(section) or ():
            whole = {label_of(kind): entry} if isinstance(entry, str) else entry
            with _located(section, whole[label_of(kind)]):
                find_or_add(api, kind, whole)
    for entry in wanted.get("incidents") or ():
        add_incident(api, entry)


@contextmanager
def _located(section: str, label: str) -> Iterator[None]:
    """Raise ValueError with the place of what the account refuses."""
    try:
        yield
    except PagerDutyRefusal as refused:
        why = "; ".join(map(str, refused.errors or refused.args))
        raise ValueError(f"{section}: {shortened(repr(label))}: {why}") from refused


def seed_catalogue(api: Api) -> None:
    """The admin, the tokens, and everything read-only."""
    for name, description in fixtures.PRIORITIES.items():
        insert(api, "priority", {"name": name, "description": description})
    for name, site in fixtures.VENDORS.items():
        insert(api, "vendor", {"name": name, "description": name, "website_url": site})
    for label, key in fixtures.EXTENSION_SCHEMAS.items():
        insert(api, "extension_schema", {"label": label, "key": key, "description": label})
    for id_, (name, inputs) in fixtures.ACTIONS.items():
        api.insert("workflow_action", {"id": id_, **fixtures.action(id_, name, inputs)})
    insert(api, "license", fixtures.LICENSE)
    stamps = {"created_at": CREATION_TIME, "updated_at": CREATION_TIME}
    insert(api, "incident_type", {**fixtures.BASE_INCIDENT_TYPE, **stamps})
    admin = api.kinds["user"].add(api, fixtures.ADMIN)
    Token("pagerduty", "account").save(api.store, ACCOUNT_KEY)
    Token("pagerduty", "account", read_only=True).save(api.store, READ_ONLY_KEY)
    Token("pagerduty", "user", user=admin["id"]).save(api.store, USER_TOKEN)


def insert(api: Api, kind: str, document: Json) -> None:
    """Keep a document under a new short id."""
    api.insert(kind, {"id": ids.short(api.store), **document})


def find_or_add_person(api: Api, person: Json) -> Json:
    """The user of that e-mail address."""
    check_spelling(api, "user", {key: value for key, value in person.items() if key not in OF_SLACK})
    for user in api.all("user"):
        if user["email"].casefold() == person["email"].casefold():
            return user
    return api.kinds["user"].add(api, {"name": person.get("name") or person["email"], **person})


def check_spelling(api: Api, kind: str, entry: Json) -> None:
    """Raise ValueError for a key that is no field; the vendor would ignore it."""
    fields = [*api.kinds[kind].fields, *OWN_FIELDS]
    for key in entry.keys() - {*fields}:
        hint = suggest(key, fields) or f"must be one of {', '.join(sorted(fields))}"
        raise ValueError(f"{kind}: unknown key {key!r}; {hint}")


def find_or_add_word(api: Api, kind: str, name: str) -> None:
    """The priority or vendor of that name, ignoring case."""
    if name.casefold() not in {known["name"].casefold() for known in api.all(kind)}:
        site = {"website_url": None} if kind == "vendor" else {}
        insert(api, kind, {"name": name, "description": name, **site})


def find_or_add_schema(api: Api, label: str) -> None:
    """The schema of that label or key, ignoring case."""
    words = {word.casefold() for one in api.all("extension_schema") for word in (one["label"], one["key"])}
    if label.casefold() not in words:
        key = re.sub(r"\W+", "_", label).strip("_").lower()
        insert(api, "extension_schema", {"label": label, "key": key, "description": label})


def find_or_add_action(api: Api, id_: str) -> None:
    """The workflow action of that id; a new one accepts all inputs that a step gives it."""
    if id_.casefold() not in {known["id"].casefold() for known in api.all("workflow_action")}:
        action = fixtures.action(id_, id_.split(":")[-2:][0], {})
        api.insert("workflow_action", {"id": id_, **action, "_any_inputs": True})


def add_incident(api: Api, entry: Json) -> None:
    """An incident of the past: `service` (its name), `created_at`, and `alerts` with an `event` each."""
    service = find_or_add(api, "service", {"name": entry["service"]})
    policy = api.get("escalation_policy", service["escalation_policy"]["id"]) or {}
    incident = opening.document(
        api, service["id"], policy, title=entry.get("title") or "Incident", urgency="high"
    )
    api.insert("incident", {**incident, "created_at": entry.get("created_at") or incident["created_at"]})
    for alert in entry.get("alerts") or ():
        api.kinds["alert"].add(api, alert, incident["id"])


def label_of(kind: str) -> str:
    """The field that people know an object by."""
    return "description" if kind == "webhook_subscription" else "name"


def find_or_add(api: Api, kind: str, entry: Json) -> Json:
    """The object of that name (or that id); a new one gets what its kind cannot be without."""
    check_spelling(api, kind, entry)
    label = label_of(kind)
    for document in api.all(kind):
        called = {document[label], document.get("display_name")}
        if entry.get("id", document["id"]) == document["id"] and entry[label] in called:
            return document
        if kind in IDENTIFIED and entry["name"].casefold() in {str(name).casefold() for name in called}:
            return document
    if kind in IDENTIFIED:
        entry = {"display_name": entry["name"], **entry, "name": identifier(api, kind, entry["name"])}
    parent = api.find("incident_type", name="incident_default")[0]["id"] if kind == "incident_field" else ""
    return api.kinds[kind].add(api, {**least(api, kind, entry), **entry}, parent, entry.get("id", ""))


def identifier(api: Api, kind: str, name: str) -> str:
    """The name that a custom field or an incident type gets that people call so."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "unnamed"
    taken = {document["name"] for document in api.all(kind)}
    return next(one for one in chain([plain], (f"{plain}_{n}" for n in count(2))) if one not in taken)


def least(api: Api, kind: str, entry: Json) -> dict[str, Any]:
    """The fields that an object of a kind must have, for those who want it only to be there."""
    if kind == "escalation_policy":
        admin = {"id": api.all("user")[0]["id"], "type": "user_reference"}
        return {"escalation_rules": [{"escalation_delay_in_minutes": 30, "targets": [admin]}]}
    if kind == "service":
        policy = find_or_add(api, "escalation_policy", {"name": "Default"})
        return {"escalation_policy": {"id": policy["id"], "type": "escalation_policy_reference"}}
    if kind == "extension":
        schema = api.find("extension_schema", key="servicenow_v7")[0]
        service = find_or_add(api, "service", {"name": "Default"})
        return {
            "extension_schema": {"id": schema["id"], "type": "extension_schema_reference"},
            "extension_objects": [{"id": service["id"], "type": "service_reference"}],
        }
    if kind in IDENTIFIED:
        return {"display_name": entry["name"], **LEAST[kind]}
    return LEAST.get(kind, {})
