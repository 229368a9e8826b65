"""A plan as JSON, with the field names of `terraform show -json`, for existing filters and policies."""

from __future__ import annotations

from typing import Any

from pdslack_cli import __version__
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.storage.saved import FORMAT_VERSION, Basis
from pdslack_cli.kinds.fields.secret import HIDDEN
from pdslack_cli.model import Json
from pdslack_cli.render.on_call.changes import impact_json, on_call_json
from pdslack_cli.render.plan.difference import differences_of, leaves
from pdslack_cli.render.plan.wording import RETIRE, matches, retired, tally, tally_json
from pdslack_cli.render.problems import problems_json

ACTIONS = {
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.REPLACE: ["create", "delete"],
    Action.DELETE: ["delete"],
    Action.RESTORE: ["update"],
    Action.RELEASE: ["forget"],
}


def plan_json(plan: Plan) -> Json:
    """Return the plan as one JSON document (cli-conventions.md 3.3), with additional keys of our own."""
    return {
        "format_version": FORMAT_VERSION,
        "pdslack_version": __version__,
        "owner": plan.owner,
        "fingerprint": Basis.of(plan).fingerprint,
        "resource_changes": [_change(change) for change in plan.changes],
        "change_summary": tally_json(tally(plan.changes)),
        "applyable": bool(plan.changes) and not plan.problems,
        "complete": not (plan.problems or plan.left_out or plan.unchosen),
        "matches": matches(plan),
        "left_out": {flag: [str(ref) for ref in refs] for flag, refs in plan.left_out.items()},
        "left_behind": [str(ref) for ref in plan.left_behind],
        "errored": bool(plan.problems),
        "diagnostics": problems_json(plan.problems),
        "impact": impact_json(plan.impact),
        "on_call": on_call_json(plan),
        "notices": [mask_tokens(notice) for notice in plan.notices],
        "api_calls": plan.calls,
        "seconds": round(plan.seconds, 3),
    }


def _change(change: Change) -> Json:
    before = change.before_content if change.before else None
    after = change.after_content if change.after else None
    document: dict[str, Any] = {
        "address": str(change.ref),
        "mode": "managed",
        "type": change.ref.kind,
        "name": change.ref.key,
        "provider_name": change.kind.provider,
        "change": {
            "actions": _actions(change),
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": _sensitive(before),
            "after_sensitive": _sensitive(after),
        },
        "changed_fields": list(change.field_names),
        "differences": list(leaves(differences_of(change))),
        "warnings": [mask_tokens(warning) for warning in change.warnings],
    }
    if change.action is Action.ADOPT and change.live:
        document["change"]["importing"] = {"id": change.live.id}
    if change.action is Action.REPLACE:
        document["action_reason"] = "replace_because_cannot_update"
        document["change"]["replace_paths"] = [
            [name] for name in change.fields if name in change.kind.fixed_fields
        ]
    if change.action is Action.DELETE:
        verb = RETIRE.get(retired(change), "delete")
        document["action_reason"] = f"{verb}_because_no_resource_config"
    owned = change.live.owned if change.live else None
    if owned and owned.key != change.ref.key:
        document["previous_address"] = f"{change.ref.kind}/{owned.key}"
    return document


def _actions(change: Change) -> list[str]:
    if change.action is Action.ADOPT:
        # As in Terraform's imports: what only gets our mark is an update neither to policies nor to counts.
        return ["update"] if change.fields else ["no-op"]
    return ACTIONS[change.action]


def _sensitive(words: Any) -> Any:
    """Return the structure of a value with `true` for each hidden value; the rest is omitted."""
    if isinstance(words, dict):
        locations = {name: _sensitive(value) for name, value in words.items()}
        return {name: location for name, location in locations.items() if location}
    if isinstance(words, list):
        marks_of_items = [_sensitive(value) for value in words]
        return marks_of_items if any(marks_of_items) else []
    return words == HIDDEN
