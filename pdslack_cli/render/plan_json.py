"""A plan for programs: the field names of `terraform show -json`, so that filters and policies still work."""

from __future__ import annotations

from typing import Any

from pdslack_cli import __version__
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.model import Json
from pdslack_cli.render.problems import problems_json

FORMAT_VERSION = "1.2"  # of Terraform's JSON plan, which we follow

ACTIONS = {
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.REPLACE: ["create", "delete"],
    Action.DELETE: ["delete"],
    Action.RESTORE: ["update"],
    Action.RELEASE: ["forget"],
}


def plan_json(plan: Plan) -> Json:
    """The plan as one JSON document."""
    return {
        "format_version": FORMAT_VERSION,
        "pdslack_version": __version__,
        "owner": plan.owner,
        "resource_changes": [_change(change) for change in plan.changes],
        "applyable": bool(plan.changes) and not plan.problems,
        "complete": not plan.problems,
        "errored": bool(plan.problems),
        "diagnostics": problems_json(plan.problems),
        "notices": list(plan.notices),
        "api_calls": plan.calls,
        "seconds": round(plan.seconds, 3),
    }


def _change(change: Change) -> Json:
    document: dict[str, Any] = {
        "address": str(change.ref),
        "mode": "managed",
        "type": change.ref.kind,
        "name": change.ref.key,
        "provider_name": change.kind.provider,
        "change": {
            "actions": _actions(change),
            "before": change.before_words if change.before else None,
            "after": change.after_words if change.after else None,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
        },
        "changed_fields": list(change.fields),
        "warnings": list(change.warnings),
    }
    if change.action is Action.ADOPT and change.live:
        document["change"]["importing"] = {"id": change.live.id}
    if change.action is Action.REPLACE:
        document["action_reason"] = "replace_because_cannot_update"
        document["change"]["replace_paths"] = [
            [name] for name in change.fields if name in change.kind.fixed_fields
        ]
    if change.action is Action.DELETE:
        document["action_reason"] = "delete_because_no_resource_config"
    return document


def _actions(change: Change) -> list[str]:
    if change.action is Action.ADOPT:
        # The mark is a write, but not of anything that people wrote.
        return ["update"] if change.fields or change.remark else ["no-op"]
    return ACTIONS[change.action]
