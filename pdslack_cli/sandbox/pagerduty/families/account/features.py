"""Features of paths that the account's plan may lack: stored, with a warning (pagerduty.md 7.3)."""

from __future__ import annotations

import json

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.settings import Feature

FEATURES: tuple[Feature, ...] = (
    "variables",
    "extractions",
    "automation_actions",
    "suspend",
    "suppress",
    "escalation_policy",
    "incident_custom_field_updates",
    "dynamic_route_to",
)


def warnings(api: Api, path: str, document: Json) -> list[Json]:
    """Return a warning for each feature that the plan lacks."""
    found = []
    if path == "global" and not api.has_feature("global_orchestrations"):
        found.append(warning("global_orchestrations", None))
    for one_set in document["sets"]:
        for rule in one_set["rules"]:
            found += [
                warning(used, rule["id"]) for used in features_of(path, rule) if not api.has_feature(used)
            ]
    return found


def features_of(path: str, rule: Json) -> list[Feature]:
    """The features that a rule uses."""
    actions = rule["actions"]
    used = [name for name in FEATURES if actions.get(name)]
    if path != "router" and actions.get("route_to"):
        used.append("nested_rules")
    if actions.get("pagerduty_automation_actions"):
        used.append("automation_actions")
    conditions = json.dumps(rule["conditions"])
    if "trigger_count" in conditions:
        used.append("threshold_condition")
    return used


def warning(feature: Feature, rule: str | None) -> Json:
    """One warning."""
    return {
        "message": f"The feature {feature} is not available on your account's plan; it has no effect.",
        "rule_id": rule,
        "feature": feature,
        "feature_type": "global_orchestrations" if feature == "global_orchestrations" else "aiops_routing",
        "warning_type": "forbidden_feature",
    }
