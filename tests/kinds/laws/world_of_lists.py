"""A world that holds each list that a file may have, with what its order means."""

from __future__ import annotations

from typing import Any

import yaml

from tests.config.plain import LOADER


class Sequence(list[Any]):
    """A list whose order is what it means."""


class Ordered(dict[str, Any]):
    """A mapping whose order is what it means."""


class Set(list[Any]):
    """A list that means the same in any order."""


class Loader(LOADER):  # type: ignore[misc]
    """Reads `!seq` and `!set` before a list, and `!ordered` before a mapping."""


Loader.add_constructor("!seq", lambda loader, node: Sequence(loader.construct_sequence(node, deep=True)))
Loader.add_constructor("!set", lambda loader, node: Set(loader.construct_sequence(node, deep=True)))
Loader.add_constructor("!ordered", lambda loader, node: Ordered(loader.construct_mapping(node, deep=True)))

WORLD = yaml.load(
    """
owner: payments
slack: {workspace: T0ACME}
people: {ana: ana@acme.example, bo: bo@acme.example, cy: cy@acme.example,
  dan: dan@acme.example, ed: ed@acme.example, fay: fay@acme.example,
  gus: gus@acme.example, hal: hal@acme.example}
teams:
  one:
    tags: !set [red, green, blue]
    members:
      manager: !set [ana, bo]
      responder: !set [cy, dan]
      observer: !set [ed, fay]
  two: {}
  three: {members: {responder: !set [gus, hal]}}
schedules:
  one:
    time_zone: Etc/UTC
    teams: !set [one, two, three]
    overrides: !set
      - {from: '2090-01-05T09:00:00', to: '2090-01-06T09:00:00', who: ana}
      - {from: '2090-02-05T09:00:00', to: '2090-02-06T09:00:00', who: bo}
    layers: !seq
      - name: First
        start: '2026-01-05T09:00:00'
        rotate: 1 week
        people: !seq [ana, bo, cy]
        only: !set
          - {days: !set [mon, tue, fri], from: '09:00', to: '17:00'}
          - {from: sat 08:00, to: sun 20:00}
          - {days: !set [wed, thu], from: '10:00', to: '12:00'}
      - {name: Second, start: '2026-01-05T09:00:00', rotate: 1 day, people: [bo]}
      - {name: Third, start: '2026-01-05T09:00:00', rotate: 1 day, people: [cy]}
shift_schedules:
  one:
    time_zone: Etc/UTC
    custom_shifts: !set
      - {from: '2090-01-05T09:00:00', to: '2090-01-06T09:00:00', who: ana}
      - {from: '2090-02-05T09:00:00', to: '2090-02-06T09:00:00', who: bo}
    overrides: !set
      - {from: '2090-01-05T09:00:00', to: '2090-01-06T09:00:00', who: dan, instead_of: ana}
      - {from: '2090-02-05T09:00:00', to: '2090-02-06T09:00:00', who: dan, instead_of: bo}
    teams: !set [one, two, three]
    rotations: !set
      - events: !set
          - {name: Early, from: '2090-01-05T09:00:00', to: '2090-01-05T17:00:00',
              recurrence: FREQ=DAILY, people: !seq [ana, bo, cy], effective_until: '2090-02-05T09:00:00'}
          - {name: Late, from: '2090-02-05T09:00:00', to: '2090-02-05T17:00:00',
              recurrence: !set [FREQ=DAILY, 'EXDATE:20900210T090000Z', 'EXDATE:20900211T090000Z'],
              people: [bo], effective_until: '2090-03-05T09:00:00'}
          - {name: Last, from: '2090-03-05T09:00:00', to: '2090-03-05T17:00:00',
              recurrence: [FREQ=DAILY], people: [bo]}
      - events: [{name: Nights, from: '2090-01-05T17:00:00', to: '2090-01-06T09:00:00',
            recurrence: [FREQ=DAILY], people: [cy]}]
      - events: [{name: Second, from: '2090-01-05T17:00:00', to: '2090-01-06T09:00:00',
            recurrence: [FREQ=DAILY], people: [dan]}]
escalation_policies:
  one:
    tags: !set [red, green, blue]
    levels: !seq
      - {notify: !set [person/ana, person/bo, schedule/one], escalate_after: 10m}
      - {notify: [person/bo], escalate_after: 20m}
      - {notify: [person/cy], escalate_after: 30m}
channels:
  one: {members: !set [ana, bo, team/three], connect: !set [ana@bank.example, bo@shop.example]}
  two: {}
  three: {}
user_groups:
  one: {handle: on-duty, members: !set [ana, bo, team/three], channels: !set [one, two, three]}
services:
  one:
    escalation_policy: one
    urgency: {support_hours: high, outside: low}
    support_hours: {time_zone: Etc/UTC, days: !set [mon, wed, fri], from: '08:00', to: '20:00'}
    alert_grouping: {by: content, fields: !set [component, class, group], match: all, window: 10m}
    integrations: !set [Datadog, {name: Sentry, type: events-api-v2}, {name: Other, type: events-api-v2}]
    channels: !set [one, two]
    depends_on: !set [service/two, service/three]
    automation_actions: !set [one, two, three]
    rules: &rules !seq
      - label: First
        if: !seq
          - event.severity matches 'critical'
          - event.severity matches 'error'
          - event.class exists
        then: &then
          variables: !ordered {a: event.source, b: event.class, c: event.group}
          set: !ordered {event.class: 'x', event.group: 'y', event.component: 'z'}
          fields: {impact: !seq [low, mid, high]}
          webhook: !seq
            - {name: A, url: 'https://acme.example/a'}
            - {name: B, url: 'https://acme.example/b'}
            - {name: C, url: 'https://acme.example/c'}
          run: [Restart]
        rules: !seq
          - {if: event.class matches 'a', then: {severity: critical}}
          - {if: event.class matches 'b', then: {severity: error}}
          - {if: event.class matches 'c', then: {severity: info}}
      - {if: event.class matches 'b', then: {severity: error}}
      - {if: event.class matches 'c', then: {severity: info}}
      - {otherwise: *then}
    cache_variables:
      a: {if: !seq [event.class exists, event.group exists, event.source exists], count: 1h}
      b: {recent: event.source}
  two:
    escalation_policy: one
    alert_grouping: {by: intelligent, fields: !set [component, class, group], window: 10m}
    integrations:
      - name: Mail
        email: alerts@acme.pagerduty.com
        mail:
          incident_creation: use_rules
          filter_mode: or-rules-email
          filters: !seq
            - {subject_mode: match, subject_regex: a}
            - {subject_mode: match, subject_regex: b}
            - {subject_mode: match, subject_regex: c}
          parsers: !seq
            - match_predicate:
                type: any
                children: !seq
                  - {type: contains, part: subject, matcher: a}
                  - {type: contains, part: subject, matcher: b}
                  - {type: contains, part: subject, matcher: c}
              value_extractors:
                - {value_name: incident_key, part: subject, type: entire}
                - {value_name: host, part: body, type: entire}
            - &other
              match_predicate: {type: contains, part: body, matcher: b}
              value_extractors: [{value_name: incident_key, part: subject, type: entire}]
            - {<<: *other, match_predicate: {type: contains, part: body, matcher: c}}
  four: {escalation_policy: one}
  five: {escalation_policy: one}
  six: {escalation_policy: one}
  three:
    escalation_policy: one
    rules:
      - if: event.class exists
        rules:
          set: shared
          rules: !seq
            - {if: event.class matches 'a', then: {severity: critical}}
            - {if: event.class matches 'b', then: {severity: error}}
            - {if: event.class matches 'c', then: {severity: info}}
business_services:
  one:
    depends_on: !set [service/one, service/two, service/three]
    subscribers: !set [person/ana, person/bo, team/one]
incident_custom_fields:
  one: {options: !set [gold, silver, iron], many: true, default: !set [gold, silver]}
service_custom_fields:
  one: {options: !set [gold, silver, iron]}
maintenance_windows:
  one: {from: '2090-01-05T09:00:00Z', to: '2090-01-06T09:00:00Z', services: !set [one, two, three]}
extensions:
  one: {schema: ServiceNow (v7), services: !set [one, two, three]}
automation_runners:
  one: {teams: !set [one, two, three]}
automation_actions:
  one: {script: a, teams: !set [one, two, three]}
  two: {script: b}
  three: {script: c}
alert_groupings:
  one:
    services: !set [four, five, six]
    grouping: {by: content, fields: !set [component, class, group], window: 10m}
routing:
  one:
    integrations: !set [A, B, C]
    routes: !seq
      - {if: !seq [event.class exists, event.group exists, event.source exists], to: one}
      - {if: event.class matches 'b', to: two}
      - {if: event.class matches 'c', to: three}
    rules: !seq
      - {if: event.class matches 'a', then: {severity: critical}}
      - {if: event.class matches 'b', then: {severity: error}}
      - {if: event.class matches 'c', then: {severity: info}}
    unrouted: !seq
      - {if: event.class matches 'a', then: {severity: critical}}
      - {if: event.class matches 'b', then: {severity: error}}
      - {if: event.class matches 'c', then: {severity: info}}
notification_rules:
  one:
    from: service/two
    to: one
    priorities: !set [P1, P2, none]
    events: !set [triggered, acknowledged, resolved]
  two: {from: !set [service/one, service/two], to: three, urgency: high}
webhooks:
  one: {url: 'https://acme.example/one', from: account, events: !set [incident.triggered, incident.resolved]}
workflows:
  one:
    steps: !seq
      - {name: A, action: &send 'pagerduty.com:incident-workflows:send-status-update:1', inputs: {Message: A}}
      - {name: B, action: *send, inputs: {Message: B}}
      - name: Loop
        action: 'pagerduty.com:logic:incident-workflows-loop-until:3'
        inputs:
          Condition: incident.status matches 'resolved'
          Delay between loops: '1'
          Maximum loops: '5'
          Actions: !seq
            - {name: C, action: *send, inputs: {Message: C}}
            - {name: D, action: *send, inputs: {Message: D}}
    triggers: !set
      - {if: incident.priority matches 'P1', services: !set [one, two, three]}
      - {manual: true, services: all}
      - {incident_types: !set [incident_default, Major Incident], services: all}
""",
    Loader,
)
