"""An example of every kind for tests: an entry, and another value for each of its fields."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from tests.kinds.strategies import SOON

# What the examples refer to. Each of them is the entry `one` of its section.
WORLD = yaml.safe_load("""
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example, tom: tom@acme.example, ines: ines@acme.example}
teams:
  payments: {members: {responder: [maya, tom, ines]}}
  platform: {}
  staff: {members: {responder: [ines]}}
escalation_policies:
  first: {levels: [{notify: [person/maya], escalate_after: 30m}]}
  second: {levels: [{notify: [person/tom], escalate_after: 30m}]}
channels: {alerts: {}, incidents: {}}
user_groups: {desk: {members: [tom]}}
automation_runners: {west: {}}
automation_actions: {look: {script: look}, mend: {job: {id: mend}}}
service_custom_fields: {tier: {options: [gold, silver]}, cost: {type: integer}, regions: {many: true}}
services: {api: {escalation_policy: first}, auth: {escalation_policy: first}, web: {escalation_policy: first},
  desk: {escalation_policy: first}}
oauth_clients:
  status: {client_id: pd, client_secret: hush, token_url: 'https://login.acme.example/token'}
""")


@dataclass(frozen=True)
class Example:
    """An entry, and for each field another value. Both are what a file says.

    `still` are fields that no change can be made of, `identity` those that make it another object,
    `moves` says which field another one changes as well.
    """

    entry: str
    changes: dict[str, str]
    still: set[str] = field(default_factory=set)
    identity: set[str] = field(default_factory=set)
    moves: dict[str, str] = field(default_factory=dict)


EXAMPLES = {
    "team": Example(
        "{description: Card payments, members: {manager: [maya], responder: [tom]}}",
        {
            "name": "Payments & Co",
            "description": "null",
            "members": "{manager: [tom], observer: [ines]}",
            "tags": "[gold, Europe]",
            "default_role": "none",
            "parent": "platform",
        },
    ),
    "schedule": Example(
        "{time_zone: Europe/Berlin, layers: [{name: Weekly, start: '2026-01-05T09:00:00', rotate: 1 week,"
        " people: [maya, tom], only: [{days: mon-fri, from: '09:00', to: '17:00'}]}]}",
        {
            "name": "Renamed",
            "description": "Card payments",
            "teams": "[payments]",
            "layers": "[{name: Weekly, start: '2026-01-05T09:00:00', rotate: 1 week,"
            " people: [maya, tom, ines]},"
            " {name: Nights, start: '2026-01-05T20:00:00', rotate: 1 day, people: [tom]}]",
            "time_zone": "Etc/UTC",
            "overrides": f"[{{from: '{SOON}T09:00:00', to: '{SOON}T17:00:00', who: tom}}]",
        },
        moves={"time_zone": "layers"},  # they are wall clocks in it
    ),
    "shift_schedule": Example(
        "{time_zone: Europe/Berlin, rotations: [{events: [{name: Weekly, from: '2026-01-05T09:00:00',"
        " to: '2026-01-12T09:00:00', recurrence: FREQ=WEEKLY, people: [maya, tom]}]}]}",
        {
            "name": "Renamed",
            "description": "Card payments",
            "teams": "[payments]",
            "rotations": "[{events: [{name: Weekly, from: '2026-01-05T09:00:00', to: '2026-01-12T09:00:00',"
            " recurrence: [FREQ=WEEKLY, 'EXDATE:20260112T080000Z'], people: [maya, null, tom],"
            f" shifts_per_person: 2, effective_until: '{SOON}T09:00:00'}},"
            f" {{name: Later, from: '{SOON}T09:00:00', to: '{SOON}T17:00:00', recurrence: FREQ=DAILY,"
            " people: [ines, tom], assign: everyone, time_zone: Etc/UTC,"
            f" effective_from: '{SOON}T10:00:00'}}]}}]",
            "time_zone": "Etc/UTC",
            "custom_shifts": f"[{{from: '{SOON}T18:00:00', to: '{SOON}T19:00:00', who: ines}}]",
            "overrides": f"[{{from: '{SOON}T09:00:00', to: '{SOON}T17:00:00', who: maya, instead_of: tom}}]",
        },
        moves={"time_zone": "rotations"},
    ),
    "escalation_policy": Example(
        "{levels: [{notify: [person/maya], escalate_after: 15m}]}",
        {
            "name": "Renamed",
            "description": "Card payments",
            "team": "payments",
            "repeat": "2",
            "handoff_notifications": "always",
            "levels": "[{notify: [person/tom, person/ines], escalate_after: 5m},"
            " {notify: [person/maya], escalate_after: 30m}]",
            "tags": "[gold]",
        },
    ),
    "service": Example(
        "{escalation_policy: first, integrations: [Datadog], rules: [{label: Critical,"
        " if: event.severity matches 'critical', then: {priority: P1}}]}",
        {
            "name": "Renamed",
            "description": "Takes card payments",
            "runbook": "https://wiki.acme.example/payments",
            "escalation_policy": "second",
            "disabled": "true",
            "urgency": "severity",
            "support_hours": "{time_zone: Europe/Berlin, days: mon-fri, from: '08:00', to: '20:00'}",
            "acknowledgement_timeout": "10m",
            "auto_resolve_timeout": "never",
            "auto_pause": "5m",
            "alert_grouping": "{by: content, fields: [component], match: all, window: 10m}",
            "depends_on": "[service/auth]",
            "automation_actions": "[look, mend]",
            "integrations": "[Datadog, {name: Alertmanager, type: events-api-v2}, {name: Mail, email:"
            " mail@acme.pagerduty.com, mail: {filter_mode: or-rules-email, filters: [{subject_mode: match,"
            " subject_regex: ALERT}]}}]",
            "rules": "[{label: Critical, if: event.severity matches 'critical', then: {priority: P2}, rules:"
            " [{if: event.class matches 'card', then: {severity: critical}}]},"
            " {otherwise: {suppress: true}}]",
            "rules_active": "false",
            "aiops": "false",
            "custom_fields": "{tier: gold, cost: 3, regions: [us, eu]}",
            "cache_variables": "{often: {if: event.class matches 'card', count: 10m},"
            " maintenance: {external: boolean, keep: 8h}}",
        },
    ),
    "incident_type": Example(
        "{description: Attacks}",
        {"label": "Attack", "description": "null"},
        still={"name", "parent", "enabled"},  # fixed at its creation; disabled is what a deleted one is
    ),
    "alert_grouping": Example(
        "{services: [api, auth], grouping: {by: intelligent, window: 10m}}",
        {
            "name": "Renamed",
            "description": "One incident for all that talks to the bank",
            "services": "[auth, web]",
            "grouping": "{by: content, fields: [component, class], match: any, window: recommended}",
        },
    ),
    "incident_custom_field": Example(
        "{description: Who notices it, options: [all, few]}",
        {
            "label": "Impact",
            "description": "null",
            "options": "[few, none]",
            "default": "few",
            "enabled": "false",
        },
        still={"name", "incident_type", "type", "many"},  # fixed at its creation
    ),
    "business_service": Example(
        "{description: Card payments, team: payments}",
        {
            "name": "Renamed",
            "description": "null",
            "point_of_contact": "the payments desk",
            "team": "platform",
            "depends_on": "[service/auth, service/api]",
            "subscribers": "[person/maya, team/payments]",
        },
    ),
    "service_custom_field": Example(
        "{description: How much it matters, options: [gold, silver]}",
        {
            "label": "Tier",
            "description": "null",
            "options": "[iron, gold]",
            "enabled": "false",
        },
        still={"name", "type", "many"},  # fixed at its creation
    ),
    "maintenance_window": Example(
        f"{{description: Work, from: '{SOON}T09:00:00Z', to: '{SOON}T11:00:00Z', services: [api]}}",
        {
            "description": "Move the database",
            "from": f"{SOON}T10:00:00+02:00",
            "to": f"{SOON}T12:00:00Z",
            "services": "[auth, api]",
        },
        still={"name", "time_zone", "repeat"},  # it has none, and the others only say when
    ),
    "automation_runner": Example(
        "{description: In the data centre, teams: [payments]}",
        {
            "name": "Renamed",
            "description": "null",
            "teams": "[platform]",
        },
        still={"type", "host", "api_key"},  # a sidecar has none of them
    ),
    "status_update_template": Example(
        "{description: For customers, message: '{{incident.title}}'}",
        {
            "name": "Renamed",
            "description": "null",
            "subject": "'{{incident.title}}'",
            "body": "<p>We look into it</p>",
            "message": "'{{incident.title}} is being looked into'",
        },
    ),
    "automation_action": Example(
        "{description: Look around, script: ls}",
        {
            "name": "Renamed",
            "description": "null",
            "script": '"#!/bin/sh\\nls -l\\n"',
            "command": "/bin/sh",
            "runner": "west",
            "classification": "diagnostic",
            "teams": "[payments]",
            "all_services": "true",
            "manual": "false",
            "from_rules": "false",
            "unresolved_only": "true",
        },
        still={"job"},  # it has a script
    ),
    "routing": Example(
        "{integrations: [Alertmanager], routes: [{if: event.source matches part 'api', to: api}]}",
        {
            "name": "Renamed",
            "description": "All alerts",
            "team": "platform",
            "integrations": "[Alertmanager, Grafana]",
            "rules": "[{label: Drop, if: event.class matches 'noise', then: {drop: true}}]",
            "dynamic": "{label: By name, service_name: event.custom_details.pd_service, regex: '(.*)'}",
            "routes": "[{if: [event.source matches part 'auth', event.class matches 'login'], to: auth},"
            " {if: event.source matches part 'api', to: api}]",
            "otherwise": "auth",
            "unrouted": "[{then: {severity: warning}}]",
            "aiops": "false",
            "cache_variables": "{last_host: {recent: event.source, regex: '(.*)-[0-9]+'}}",
        },
    ),
    "channel": Example(
        "{topic: 'Cards & <banks>', members: [maya], bookmarks: {Wiki: 'https://acme.example/?a&b'}}",
        {
            "name": "renamed",
            "topic": "null",
            "purpose": "'see https://acme.example/?a=1&b=2'",
            "members": "[tom, team/staff, user_group/desk]",
            "bookmarks": "{Board: {url: 'https://acme.example', emoji: ':book:'}}",
            "pinned": "'Welcome & read https://acme.example first :fire:'",
            "canvas": f"{__file__}",
            "connect": "[ana@bank.example]",
        },
        still={"private", "archived", "exact"},
    ),
    "user_group": Example(
        "{description: Cards & banks, members: [maya], channels: [alerts]}",
        {
            "name": "Renamed & more",
            "handle": "renamed",
            "description": "null",
            "members": "[tom, team/staff]",
            "channels": "[alerts, incidents]",
        },
    ),
    "notification_rule": Example(
        "{from: team/payments, to: alerts, urgency: high, events: [triggered]}",
        {
            "from": "team/platform",
            "to": "incidents",
            "urgency": "null",
            "priorities": "[P1, none]",
            "events": "[triggered, resolved]",
            "audience": "stakeholder",
        },
        still={"name", "via", "severities", "on_call", "message", "fallback"},
        identity={"from", "to"},
    ),
    "oauth_client": Example(
        "{client_id: pd, client_secret: hush, token_url: 'https://login.acme.example/token'}",
        {
            "name": "Renamed",
            "client_id": "pd2",
            "token_url": "https://login.acme.example/other",
            "scope": "read write",
        },
        still={"client_secret"},  # nobody can read it
    ),
    "webhook": Example(
        "{url: 'https://sync.acme.example/hook', from: account, events: [incident.triggered]}",
        {
            "url": "https://sync.acme.example/other",
            "headers": "{X-Env: prod}",
            "from": "service/api",
            "events": "['incident.*', service.created]",
            "oauth_client": "status",
            "active": "false",
            "description": "Keeps messages in step",
        },
        still={"name"},  # it has none
    ),
    "extension": Example(
        "{schema: custom_incident_action, services: [api], config: {name: Restart}}",
        {
            "name": "Renamed",
            "schema": "ServiceNow (v7)",
            "services": "[api, auth]",
            "endpoint": "https://acme.example/hook?key=hush",
            "config": "{name: Stop, hosts: [a, {port: 1}], key: null}",
        },
    ),
    "addon": Example(
        "{url: 'https://status.acme.example'}",
        {"name": "Renamed", "url": "https://status.acme.example/two", "type": "incident_show"},
    ),
    "workflow": Example(
        "{steps: [{name: Tell everyone, action: 'pagerduty.com:incident-workflows:send-status-update:1',"
        " inputs: {Message: Down}}], triggers: [{manual: true, services: all}]}",
        {
            "name": "Renamed",
            "description": "Tell everyone, get a bridge",
            "team": "payments",
            "enabled": "false",
            "steps": "[{name: Tell all, action: 'pagerduty.com:incident-workflows:send-status-update:1',"
            " inputs: {Message: Up}}]",
            "triggers": "[{if: incident.priority matches 'P1', services: [api]}, {created: true, services:"
            " [auth, api]}, {incident_types: [incident_default], services: all},"
            " {manual: true, services: [api], team: payments}]",
        },
    ),
}
