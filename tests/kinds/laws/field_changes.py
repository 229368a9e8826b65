"""A change of every field of every kind, and the leaves of the vendor's objects that it may touch."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.kinds.strategies import SOON

Edit = Callable[[Any], Any]


def to(value: Any) -> Edit:
    return lambda words: value


def at(*place: Any, value: Any) -> Edit:
    """A change deep in a field: at that place, to that value."""

    def edit(words: Any) -> Any:
        inner = words = copy.deepcopy(words)
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
        return words

    return edit


def moved(words: Any) -> Any:
    return [words[1], words[0], *words[2:]]


def and_also(item: Any) -> Edit:
    return lambda words: [*words, item]


EVENING = {"from": f"{SOON}T18:00:00", "to": f"{SOON}T20:00:00", "who": "tom"}
INSTEAD = {**EVENING, "from": f"{SOON}T07:00:00", "instead_of": "maya"}
NOTHING = "(?!)"  # what nobody can read is no change that a plan could see
START = r"pagerduty\.path\.sets"
CHANGES: list[tuple[str, str, Edit, str]] = [
    ("team", "name", to("Renamed"), r"pagerduty\.team\.name"),
    ("team", "description", to("Other"), r"pagerduty\.team\.description"),
    (
        "team",
        "members",
        to({"manager": ["maya"], "observer": ["tom", "ines"]}),
        r"pagerduty\.membership(\.role)?",
    ),
    ("team", "default_role", to("manager"), r"pagerduty\.team\.default_role"),
    ("team", "parent", to(None), r"pagerduty\.team\.parent.*"),
    ("team", "tags", to(["gold", "silver"]), r"pagerduty\.tag(_assignment)?"),
    ("schedule", "name", to("Renamed"), r"pagerduty\.schedule\.name"),
    ("schedule", "description", to("Other"), r"pagerduty\.schedule\.description"),
    ("schedule", "teams", to(["two"]), r"pagerduty\.schedule\.teams\[0\]\.id"),
    (
        "schedule",
        "layers",
        at(1, "people", value=["maya", "ines"]),
        r"pagerduty\.schedule\.schedule_layers\[2\]\.users.*",
    ),
    (
        "schedule",
        "layers",
        at(0, "only", 1, "from", value="21:00"),
        r"pagerduty\.schedule\.schedule_layers\[1\]\.restrictions.*",
    ),
    ("schedule", "overrides", and_also(EVENING), r"pagerduty\.override"),
    ("escalation_policy", "name", to("Renamed"), r"pagerduty\.escalation_policy\.name"),
    ("escalation_policy", "description", to("Other"), r"pagerduty\.escalation_policy\.description"),
    ("escalation_policy", "team", to(None), r"pagerduty\.escalation_policy\.teams.*"),
    ("escalation_policy", "repeat", to(3), r"pagerduty\.escalation_policy\.num_loops"),
    (
        "escalation_policy",
        "handoff_notifications",
        to("if_has_services"),
        r"pagerduty\.escalation_policy\.on_call_handoff_notifications",
    ),
    (
        "escalation_policy",
        "levels",
        at(1, "escalate_after", value="45m"),
        r"pagerduty\.escalation_policy\.escalation_rules\[1\]\.escalation_delay_in_minutes",
    ),
    ("escalation_policy", "tags", to([]), r"pagerduty\.tag_assignment"),
    ("service", "name", to("Renamed"), r"pagerduty\.service\.name"),
    ("service", "description", to("Other"), r"pagerduty\.service\.description"),
    ("service", "runbook", to("https://acme.example/r"), r"pagerduty\.service\.description"),
    ("service", "escalation_policy", to("two"), r"pagerduty\.service\.escalation_policy\.id"),
    (
        "service",
        "urgency",
        to({"support_hours": "high", "outside": "severity"}),
        r"pagerduty\.service\.(incident_urgency_rule\.outside_support_hours\.urgency|scheduled_actions.*)",
    ),
    # The call that switches a service on names its policy by its id alone.
    ("service", "disabled", to(False), r"pagerduty\.service\.(status|escalation_policy\.id)"),
    ("service", "support_hours", at("to", value="19:00"), r"pagerduty\.service\.support_hours\.end_time"),
    ("service", "acknowledgement_timeout", to("20m"), r"pagerduty\.service\.acknowledgement_timeout"),
    ("service", "auto_resolve_timeout", to("never"), r"pagerduty\.service\.auto_resolve_timeout"),
    (
        "service",
        "auto_pause",
        to("10m"),
        r"pagerduty\.service\.auto_pause_notifications_parameters\.timeout",
    ),
    (
        "service",
        "alert_grouping",
        at("window", value="15m"),
        r"pagerduty\.alert_grouping_setting\.config\.time_window",
    ),
    (
        "service",
        "integrations",
        at(0, "email", value="two@sandbox.pagerduty.com"),
        r"pagerduty\.integration\.integration_email",
    ),
    (
        "service",
        "integrations",
        at(0, "mail", "filters", 0, "subject_regex", value="^Alert"),
        r"pagerduty\.integration\.email_filters\[0\]\.subject_regex",
    ),
    (
        "service",
        "integrations",
        at(0, "mail", "parsers", 0, "value_extractors", 1, "value_name", value="node"),
        r"pagerduty\.integration\.email_parsers\[0\]\.value_extractors\[1\]\.value_name",
    ),
    (
        "service",
        "rules",
        at(0, "then", "note", value="There"),
        START + r"\[0\]\.rules\[0\]\.actions\.annotate",
    ),
    (
        "service",
        "rules",
        at(0, "then", "webhook", 1, "url", value="https://acme.example/2"),
        START + r"\[0\]\.rules\[0\]\.actions\.automation_actions\[1\]\.url",
    ),
    (
        "service",
        "rules",
        at(1, "rules", 0, "then", "severity", value="info"),
        START + r"\[2\]\.rules\[0\]\.actions\.severity",
    ),
    ("service", "rules", moved, START + r"\[0\]\.rules\[[01]\].*"),
    (
        "service",
        "rules",
        at(2, "otherwise", "pause", value="10m"),
        r"pagerduty\.path\.catch_all\.actions\.suspend",
    ),
    ("service", "aiops", to(True), r"pagerduty\.enablement\.enabled"),
    ("routing", "aiops", to(True), r"pagerduty\.enablement\.enabled"),
    ("service", "custom_fields", to({"two": "us"}), r"pagerduty\.field_values\.values\..*"),
    (
        "service",
        "cache_variables",
        at("last_host", "if", value="event.class exists"),
        r"pagerduty\.cache_variable\.conditions\[0\]\.expression",
    ),
    (
        "routing",
        "cache_variables",
        at("last_host", "recent", value="event.group"),
        r"pagerduty\.cache_variable\.configuration\.source",
    ),
    ("routing", "name", to("Renamed"), r"pagerduty\.event_orchestration\.name"),
    ("shift_schedule", "name", to("Renamed"), r"pagerduty\.schedule_v3\.name"),
    ("shift_schedule", "description", to("Other"), r"pagerduty\.schedule_v3\.description"),
    ("shift_schedule", "teams", to(["two"]), r"pagerduty\.schedule_v3\.teams.*"),
    (
        "shift_schedule",
        "rotations",
        at(0, "events", 0, "effective_until", value=f"{SOON}T12:00:00"),
        r"pagerduty\.schedule_rotation\.events\[0\]\.effective_until",
    ),
    ("shift_schedule", "custom_shifts", and_also(EVENING), r"pagerduty\.custom_shift"),
    ("shift_schedule", "overrides", and_also(INSTEAD), r"pagerduty\.override_shift"),
    ("routing", "description", to("Other"), r"pagerduty\.event_orchestration\.description"),
    ("incident_type", "label", to("Leak"), r"pagerduty\.incident_type\.display_name"),
    ("incident_type", "description", to("Other"), r"pagerduty\.incident_type\.description"),
    ("alert_grouping", "name", to("Renamed"), r"pagerduty\.alert_grouping_setting\.name"),
    ("alert_grouping", "description", to("Other"), r"pagerduty\.alert_grouping_setting\.description"),
    (
        "alert_grouping",
        "services",
        to(["three", "two"]),
        r"pagerduty\.alert_grouping_setting\.services\[.\].*",
    ),
    (
        "alert_grouping",
        "grouping",
        at("match", value="any"),
        r"pagerduty\.alert_grouping_setting\.config\.aggregate",
    ),
    ("incident_custom_field", "label", to("Rank"), r"pagerduty\.incident_field\.display_name"),
    ("incident_custom_field", "description", to("Other"), r"pagerduty\.incident_field\.description"),
    ("incident_custom_field", "enabled", to(True), r"pagerduty\.incident_field\.enabled"),
    ("incident_custom_field", "options", to(["iron"]), r"pagerduty\.incident_field\.field_options.*"),
    ("incident_custom_field", "default", to("gold"), r"pagerduty\.incident_field\.default_value"),
    ("business_service", "name", to("Renamed"), r"pagerduty\.business_service\.name"),
    ("business_service", "description", to("Other"), r"pagerduty\.business_service\.description"),
    ("business_service", "point_of_contact", to("Sue"), r"pagerduty\.business_service\.point_of_contact"),
    ("business_service", "team", to("two"), r"pagerduty\.business_service\.team\.id"),
    ("business_service", "depends_on", to(["service/two"]), r"pagerduty\.service_dependency"),
    ("business_service", "subscribers", to(["team/one"]), r"pagerduty\.subscription"),
    ("service", "depends_on", to([]), r"pagerduty\.service_dependency"),
    ("service_custom_field", "label", to("Rank"), r"pagerduty\.service_field\.display_name"),
    ("service_custom_field", "description", to("Other"), r"pagerduty\.service_field\.description"),
    ("service_custom_field", "enabled", to(True), r"pagerduty\.service_field\.enabled"),
    ("service_custom_field", "options", to(["gold"]), r"pagerduty\.service_field\.field_options.*"),
    ("maintenance_window", "description", to("Other"), r"pagerduty\.maintenance_window\.description"),
    ("maintenance_window", "from", to(f"{SOON}T08:00:00Z"), r"pagerduty\.maintenance_window\.start_time"),
    ("maintenance_window", "to", to(f"{SOON}T12:00:00Z"), r"pagerduty\.maintenance_window\.end_time"),
    (
        "maintenance_window",
        "services",
        lambda words: [*words, "two"],
        r"pagerduty\.maintenance_window\.services.*",
    ),
    ("service", "automation_actions", to(["restart"]), r"pagerduty\.action\.services.*"),
    ("automation_action", "name", to("Renamed"), r"pagerduty\.action\.name"),
    ("automation_action", "description", to("Other"), r"pagerduty\.action\.description"),
    (
        "automation_action",
        "script",
        to("true"),
        r"pagerduty\.action\.action_data_reference\.script",
    ),
    (
        "automation_action",
        "command",
        to("/bin/bash"),
        r"pagerduty\.action\.action_data_reference\.invocation_command",
    ),
    (
        "automation_action",
        "classification",
        to("diagnostic"),
        r"pagerduty\.action\.action_classification",
    ),
    ("automation_action", "teams", to(["two"]), r"pagerduty\.action\.teams.*"),
    ("automation_action", "manual", to(True), r"pagerduty\.action\.allow_invocation_manually"),
    (
        "automation_action",
        "from_rules",
        to(True),
        r"pagerduty\.action\.allow_invocation_from_event_orchestration",
    ),
    (
        "automation_action",
        "unresolved_only",
        to(False),
        r"pagerduty\.action\.only_invocable_on_unresolved_incidents",
    ),
    ("automation_runner", "name", to("Renamed"), r"pagerduty\.runner\.name"),
    ("automation_runner", "description", to("Other"), r"pagerduty\.runner\.description"),
    ("automation_runner", "host", to("other"), r"pagerduty\.runner\.runbook_base_uri"),
    ("automation_runner", "teams", to(["two"]), r"pagerduty\.runner\.teams.*"),
    ("status_update_template", "name", to("Renamed"), r"pagerduty\.template\.name"),
    ("status_update_template", "description", to("Other"), r"pagerduty\.template\.description"),
    ("status_update_template", "subject", to("Up"), r"pagerduty\.template\.templated_fields\.email_subject"),
    ("status_update_template", "body", to("<p>Up</p>"), r"pagerduty\.template\.templated_fields\.email_body"),
    ("status_update_template", "message", to("Up"), r"pagerduty\.template\.templated_fields\.message"),
    ("routing", "team", to("two"), r"pagerduty\.event_orchestration\.team\.id"),
    (
        "routing",
        "integrations",
        lambda words: [*words, "Sentry"],
        r"pagerduty\.event_orchestration_integration",
    ),
    (
        "routing",
        "rules",
        at(0, "then", "severity", value="info"),
        START + r"\[2\]\.rules\[0\]\.actions\.severity",
    ),
    ("routing", "dynamic", at("label", value="Other"), START + r"\[0\]\.rules\[0\]\.label"),
    ("routing", "dynamic", at("regex", value="(.*)"), START + r"\[0\]\.rules\[0\].*\.regex"),
    (
        "routing",
        "routes",
        at(1, "if", value="event.class exists"),
        START + r"\[0\]\.rules\[2\]\.conditions.*",
    ),
    ("routing", "otherwise", to("unrouted"), r"pagerduty\.path\.catch_all\.actions\.route_to"),
    (
        "routing",
        "unrouted",
        at(0, "label", value="Renamed"),
        START + r"\[0\]\.rules\[0\]\.label",
    ),
    ("channel", "name", to("renamed"), r"slack\.channel\.(name|previous_names.*|name_normalized)"),
    ("channel", "topic", to("Other"), r"slack\.channel\.topic.*"),
    ("channel", "purpose", to("Other"), r"slack\.channel\.purpose.*"),
    ("channel", "members", lambda words: [*words, "ines"], r"slack\.channel\.members.*|slack\.member.*"),
    (
        "channel",
        "bookmarks",
        at("Wiki", "url", value="https://acme.example/2"),
        r"slack\.bookmark\.(link|date_updated|last_updated_by.*)",
    ),
    (
        "channel",
        "bookmarks",
        at("Wiki", "emoji", value=":fire:"),
        r"slack\.bookmark\.(emoji|date_updated|last_updated_by.*)",
    ),
    (
        "channel",
        "bookmarks",
        to({"Pages": "https://acme.example/wiki", "Board": "https://acme.example/board"}),
        r"slack\.bookmark\.(title|date_updated|last_updated_by.*)",
    ),
    ("channel", "canvas", to(__file__), r"slack\.(channel\.canvas|file)"),
    ("channel", "connect", to(["ana@bank.example"]), r"slack\.connect_invite"),
    ("user_group", "name", to("Renamed"), r"slack\.user_group\.name"),
    ("user_group", "handle", to("renamed"), r"slack\.user_group\.handle"),
    ("user_group", "description", to("Other"), r"slack\.user_group\.description"),
    (
        "user_group",
        "members",
        to(["maya", "ines"]),
        r"slack\.(user_group\.users|channel\.members).*",
    ),
    ("channel", "pinned", to("Read this"), r"slack\.(message|pin).*"),
    ("channel", "archived", to(True), r"slack\.channel\.(is_archived|members.*)"),
    ("automation_runner", "api_key", to("other"), NOTHING),
    ("oauth_client", "client_secret", to("other"), NOTHING),
    ("extension", "endpoint", to("https://b.acme.example"), r"pagerduty\.extension\.endpoint_url"),
    ("user_group", "channels", to([]), r"slack\.user_group\.channels.*"),
    ("notification_rule", "urgency", to("low"), r"pagerduty\.slack_connection\.config\.urgency"),
    ("notification_rule", "priorities", to(None), r"pagerduty\.slack_connection\.config\.priorities.*"),
    ("notification_rule", "events", to(["triggered"]), r"pagerduty\.slack_connection\.config\.events.*"),
    ("notification_rule", "audience", to("responder"), r"pagerduty\.slack_connection\.notification_type"),
    ("webhook", "events", to(["service.created"]), r"pagerduty\.webhook_subscription\.events.*"),
    ("webhook", "oauth_client", to(None), r"pagerduty\.webhook_subscription\.oauth_client_id"),
    ("oauth_client", "client_id", to("other"), r"pagerduty\.oauth_client\.client_id"),
    ("oauth_client", "token_url", to("https://b.acme.example"), r"pagerduty\.oauth_client\.token_url"),
    ("oauth_client", "scope", to("write"), r"pagerduty\.oauth_client\.scope"),
    ("extension", "name", to("Renamed"), r"pagerduty\.extension\.name"),
    ("extension", "config", at("more", 0, "a", value=2), r"pagerduty\.extension\.config\.more\[0\]\.a"),
    ("addon", "name", to("Renamed"), r"pagerduty\.addon\.name"),
    ("addon", "url", to("https://b.acme.example"), r"pagerduty\.addon\.src"),
    ("webhook", "active", to(True), r"pagerduty\.webhook_subscription\.active"),
    ("webhook", "description", to("Other"), r"pagerduty\.webhook_subscription\.description"),
    ("workflow", "name", to("Renamed"), r"pagerduty\.incident_workflow\.name"),
    ("workflow", "description", to("Other"), r"pagerduty\.incident_workflow\.description"),
    ("workflow", "team", to("two"), r"pagerduty\.incident_workflow\.team\.id"),
    ("workflow", "enabled", to(True), r"pagerduty\.incident_workflow\.is_enabled"),
    (
        "workflow",
        "steps",
        at(1, "inputs", "Maximum loops", value="5"),
        r"pagerduty\.incident_workflow\.steps\[1\]\.action_configuration\.inputs\[2\]\.value",
    ),
    (
        "workflow",
        "steps",
        at(1, "inputs", "Actions", 0, "inputs", "Message", value="Up"),
        r"pagerduty\.incident_workflow\.steps\[1\]\.action_configuration\.inline_steps_inputs.*\.value",
    ),
    (
        "workflow",
        "triggers",
        at(2, "services", value=["one", "two"]),
        r"pagerduty\.workflow_trigger\.services.*",
    ),
]

# What can only be changed by a new object, or is another object then.
REPLACED = {
    "webhook": {"url", "from", "headers"},
    "notification_rule": {"from", "to"},
    "automation_runner": {"type"},
    "extension": {"schema", "services"},
    "addon": {"type"},
}
NO_CHANGE = {
    "service": {"rules_active"},  # exported where it is false
    "webhook": {"name"},
    "maintenance_window": {"name", "time_zone", "repeat"},
    "incident_type": {"name", "parent", "enabled"},  # disabled is what a deleted one is
    "incident_custom_field": {"name", "incident_type", "type", "many"},
    "service_custom_field": {"name", "type", "many"},  # fixed at its creation
    "oauth_client": {"name"},  # one of another name needs the secret, which nobody can read
    "automation_action": {"job", "runner", "all_services"},
    "notification_rule": {"name", "via", "severities", "on_call", "message", "fallback"},
    "channel": {"private"},  # only an admin can change it
    "schedule": {"time_zone"},  # it moves the layers, which are wall clocks in it
    "shift_schedule": {"time_zone"},  # likewise
}
