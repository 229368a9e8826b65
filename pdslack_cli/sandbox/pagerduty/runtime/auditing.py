"""What the audit trail keeps: who changed the few tracked kinds, and how (pagerduty.md 14)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import ACCOUNT_ID, Api

KIND = "audit_record"
ROOTS = {
    "user": "users",
    "team": "teams",
    "schedule": "schedules",
    "escalation_policy": "escalation_policies",
    "service": "services",
}
"""The tracked kinds, and how requests call them."""

INSIDE = {"integration": "service", "contact_method": "user", "notification_rule": "user"}
"""Kinds whose changes are changes of their parent."""


def note(api: Api, action: str, kind: str, before: Json | None, after: Json | None) -> None:
    """Keep a record of a change by a request; what the sandbox does by itself has none."""
    document = after or before or {}
    root = INSIDE.get(kind, kind)
    if root not in ROOTS or "Authorization" not in api.headers:
        return
    resource = _reference(api, kind, document)
    parent = None if root == kind else api.get(root, document["_parent"])
    details = {
        "resource": resource,
        "fields": _fields(before, after),
        "references": _references(before, after),
    }
    insert(api, action, root, resource if root == kind else _reference(api, root, parent or {}), details)


def note_member(api: Api, team: str, user: str, *, added: bool) -> None:
    """Keep a record of somebody who joined or left a team, which is a change of the team."""
    resource = _reference(api, "team", api.get("team", team) or {"id": team})
    change = {"added": [], "removed": [], "added" if added else "removed": [api.reference("user", user)]}
    details = {"resource": resource, "fields": [], "references": [{"name": "members", **change}]}
    insert(api, "update", "team", resource, details)


def insert(api: Api, action: str, root: str, resource: Json, details: Json) -> None:
    """Keep a record."""
    now = api.clock.now()
    secret = api.headers.get("Authorization", "").partition("=")[2] or api.headers.get("Authorization", "")
    actor = {"id": api.token.user, "type": "user_reference"} if api.token.user else None
    record = {
        "id": ids.ulid(api.store),
        "self": None,
        "execution_time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "execution_context": {"request_id": api.request_id, "remote_address": "127.0.0.1"},
        "actors": [actor or {"id": ACCOUNT_ID, "type": "api_key_reference"}],
        "method": {
            "type": "oauth" if api.token.kind.startswith("oauth") else "api_token",
            "truncated_token": secret.strip('"')[-4:],
        },
        "root_resource": resource,
        "action": action,
        "details": details,
        "_root": root,
        "_parent": resource["id"],
    }
    api.insert(KIND, record)


def _reference(api: Api, kind: str, document: Json) -> Json:
    """A reference as it was then: the object may be gone later."""
    resource = api.kinds[kind]
    return {
        "id": document["id"],
        "type": f"{resource.type_of(document)}_reference",
        **resource.links(api, document),
    }


def _fields(before: Json | None, after: Json | None) -> list[Json]:
    """The plain fields that differ."""
    found = []
    for name in sorted({**(before or {}), **(after or {})}):
        old, new = _plain(before, name), _plain(after, name)
        if old != new and not name.startswith("_") and name != "id":
            found.append({"name": name, "value": new, "before_value": old})
    return found


def _plain(document: Json | None, name: str) -> str | None:
    value = (document or {}).get(name)
    return None if value is None or isinstance(value, dict | list) else str(value)


def _references(before: Json | None, after: Json | None) -> list[Json]:
    """The references to other objects that came or went: a policy's teams, a service's policy."""
    found = []
    for name in sorted({**(before or {}), **(after or {})}):
        old, new = _referred(before, name), _referred(after, name)
        if old != new and not name.startswith("_"):
            added = [one for one in new if one not in old]
            removed = [one for one in old if one not in new]
            found.append({"name": name, "added": added, "removed": removed})
    return found


def _referred(document: Json | None, name: str) -> list[Any]:
    value = (document or {}).get(name)
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict) and set(one) == {"id", "type"}]
