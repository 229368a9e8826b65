"""Fields of the sample file as people write them elsewhere: one problem, its place, and a cure."""

from __future__ import annotations

from importlib import resources

import pytest

from pdslack_cli.config.load import load_texts
from pdslack_cli.errors import ConfigError, Problem

SAMPLE = (
    resources.files("pdslack_cli.config.reference")
    .joinpath("sample.yaml")
    .read_text("utf-8")
    .replace("    canvas: runbooks/payments.md\n", "")  # a file that is not there
)
LAYER_START = "start: 2026-01-05T09:00:00\n        rotate: 1 week"
DAYS = 'days: mon-fri, from: "08:00"'
ZONE = "time_zone: Europe/Berlin\n    description"
MEMBERS = "members: {manager: [maya], responder: [tom], observer: []}"
DATABASE = "if: event.class matches 'database'"
WEBHOOK = "from: service/payments-api\n    events: [incident.triggered"
TO_CHANNEL = "to: payments-incidents\n    urgency: high"


def problems(old: str, new: str) -> list[Problem]:
    assert old in SAMPLE
    try:
        load_texts({"a.yaml": SAMPLE.replace(old, new, 1)}, {})
    except ConfigError as error:
        return list(error.problems)
    return []


def place(problem: Problem) -> tuple[int, int]:
    assert problem.location
    return problem.location.line, problem.location.column


def position(text: str, word: str, start: int) -> tuple[int, int]:
    """The line and column of the first such word from there on."""
    begin = text.index(word, start)
    return text.count("\n", 0, begin) + 1, begin - text.rfind("\n", 0, begin)


# What the sample has, what somebody writes instead, the word that is pointed at, and the cure.
VALUES = [
    # durations
    ("rotate: 1 week", "rotate: fortnightly", "fortnightly", "write 2w"),
    ("rotate: 1 week", "rotate: week", "week", "write 1w"),
    ("rotate: 1 week", "rotate: monthly", "monthly", "months and years differ in length"),
    ("rotate: 1 week", "rotate: {days: 7}", "{days: 7}", "write 1w"),
    ("rotate: 1 week", "rotate: {unit: weeks, value: 2}", "{unit: weeks, value: 2}", "write 2w"),
    ("rotate: 1 week", "rotate: [12h]", "[12h]", "write 12h"),
    ("rotate: 1 week", "rotate: every monday", "every monday", "write 1w; the day is that of its start"),
    ("rotate: 1 week", "rotate: weekly on Monday at 9", "weekly", "write 1w; the day is that of its start"),
    ("rotate: 1 week", "rotate: every other week", "every other week", "write 2w"),
    ("rotate: 1 week", "rotate: 12-hour shifts", "12-hour shifts", "write 12h"),
    ("rotate: 1 week", "rotate: 2 Stunden", "2 Stunden", "write 2h"),
    ("rotate: 1 week", "rotate: 0 9 * * 1", "0 9 * * 1", "write 1w"),
    *(  # a number gets the units that the field takes and that are likely there
        (field, f"{field.partition(':')[0]}: {number}", str(number), f"such as {cure}")
        for field, number, cure in (
            *(("rotate: 1 week", 7, "7d or 7w"), ("rotate: 1 week", 12, "12h or 12d")),
            *(("rotate: 1 week", 604800, "604800s"), ("escalate_after: 10m", 10, "10m or 10h")),
            *(("escalate_after: 10m", 600, "600s or 600m"), ("escalate_after: 10m", 1, "1m, 1h or 1d")),
            *(("every: 1 week", 7, "7d or 7w"), ("auto_resolve_timeout: never", 30, "30s, 30m or 30h")),
        )
    ),
    ("rotate: 1 week", "rotate: 7.0", "7.0", "add its unit, such as 7d or 7w"),
    ("window: 10m", "window: 10", "10}", "add its unit, such as 10m"),
    ("window: 10m", "window: 999999", "999999", "from 5m to 1h, or 24h"),
    ("rotate: 1 week", "rotate: 8h-12h", "8h-12h", "write it as 30s, 15m, 4h, 2d or 1 week"),
    ("escalate_after: 10m", "escalate_after: 90 sec", "90 sec", "write 1m or 2m"),
    ("escalate_after: 10m", "escalate_after: 1.5h", "1.5h", "write 1h30m"),
    ("escalate_after: 10m", "escalate_after: 0:10", "0:10", "write 10m"),
    ("escalate_after: 10m", "escalate_after: 10 min", "10 min", "write 10m"),
    ("escalate_after: 10m", "escalate_after: 90s", "90s", "write 1m or 2m"),
    ("auto_resolve_timeout: never", "auto_resolve_timeout: off", "off", "write never"),
    ("auto_resolve_timeout: never", "auto_resolve_timeout: 0", "0", "write never"),
    ("auto_resolve_timeout: never", "auto_resolve_timeout: false", "false", "write never"),
    ("window: 10m", "window: 3m", "3m", "from 5m to 1h, or 24h"),
    # zones
    (ZONE, ZONE.replace("Europe/Berlin", "W. Europe Standard Time"), "W. Europe", "write Europe/Berlin"),
    (ZONE, ZONE.replace("Europe/Berlin", "Pacific Daylight Time"), "Pacific", "write America/Los_Angeles"),
    (ZONE, ZONE.replace("Europe/Berlin", "FLE Standard Time"), "FLE", "write Europe/Helsinki"),
    # times
    ('to: "17:00"', "to: 17.30", "17.30", 'write "17:30"'),
    ('to: "17:00"', "to: midnight", "midnight", 'write "00:00"'),
    ('to: "17:00"', 'to: "17:0"', '"17:0"', 'write "17:00"'),
    ('to: "20:00"', "to: 20:00 UTC", "20:00 UTC", 'write "20:00"'),
    ('to: "20:00"', "to: 2026-01-05T20:00:00", "2026", 'write "20:00"'),
    ('to: "20:00"', 'to: ["20:00"]', '["20', 'write "20:00"'),
    ('to: "20:00"', 'to: "25:00"', '"25', 'write it like "09:00"'),
    ('to: "20:00"', "to: 8pm", "8pm", 'write "20:00"'),
    ("from: fri 17:00, to: sat", "from: fri 1700, to: sat", "fri 1700", "write fri 17:00"),
    ("from: fri 17:00, to: sat", "from: 17:00 fri, to: sat", "17:00 fri", "write fri 17:00"),
    ("from: fri 17:00, to: sat", "from: fri, to: sat", "fri", "write fri 00:00, or another time"),
    # days
    (DAYS, 'days: mo-fr, from: "08:00"', "mo-fr", "write mon-fri"),
    (DAYS, 'days: mon to fri, from: "08:00"', "mon to fri", "write mon-fri"),
    (DAYS, 'days: mon..fri, from: "08:00"', "mon..fri", "write mon-fri"),
    (DAYS, 'days: sat & sun, from: "08:00"', "sat & sun", "write [sat, sun]"),
    *(
        (DAYS, f'days: {written}, from: "08:00"', written, cure)
        for written, cure in (
            *(("Montag-Freitag", "write mon-fri"), ("lun-ven", "write mon-fri"), ("Sa-So", "write sat-sun")),
            *(("wednsday", "write wed"), ("m-f", "write mon-fri"), ("mon;tue", "write [mon, tue]")),
            *(("mon->fri", "write mon-fri"), ("{from: mon, to: fri}", "write mon-fri")),
        )
    ),
    (DAYS, "days: mon-fri, from: 08:00+01:00", "08:00+01:00", 'write "08:00"'),
    (DAYS, 'days: [], from: "08:00"', "[]", "write mon-fri, sat,sun, or all for every day"),
    (DAYS, 'days: [1, 8], from: "08:00"', "[1, 8]", "from 1 for Monday to 7 for Sunday"),
    (DAYS, 'days: business days, from: "08:00"', "business days", "write mon-fri"),
    (DAYS, 'days: mondays, from: "08:00"', "mondays", "write mon"),
    # time zones
    (ZONE, ZONE.replace("Europe/Berlin", "CET+1"), "CET+1", "its place: Europe/Berlin"),
    (ZONE, ZONE.replace("Europe/Berlin", "EST-5"), "EST-5", "its place: America/New_York"),
    (ZONE, ZONE.replace("Europe/Berlin", "CET/CEST"), "CET/CEST", "its place: Europe/Berlin"),
    (ZONE, ZONE.replace("Europe/Berlin", "CEST (UTC+2)"), "CEST (", "its place: Europe/Berlin"),
    (ZONE, ZONE.replace("Europe/Berlin", "UTC+5:30"), "UTC+5:30", "like Asia/Kolkata"),
    (ZONE, ZONE.replace("Europe/Berlin", "(UTC+01:00) Berlin"), "(UTC", "did you mean 'Europe/Berlin'?"),
    (ZONE, ZONE.replace("Europe/Berlin", "Europe/New York"), "Europe/New", "mean 'America/New_York'?"),
    (ZONE, ZONE.replace("Europe/Berlin", "Berlin/Europe"), "Berlin/", "did you mean 'Europe/Berlin'?"),
    # dates
    (
        LAYER_START,
        LAYER_START.replace("T09:00:00", ""),
        "2026-01-05",
        "add the time of day: 2026-01-05T00:00:00",
    ),
    (
        LAYER_START,
        LAYER_START.replace("9:00:00", "9:00:30"),
        "2026-01-05T09:00:30",
        "write 2026-01-05T09:00:00",
    ),
    (LAYER_START, LAYER_START.replace("9:00:00", "9:00:00Z"), "2026-01-05T09:00:00Z", "without an offset"),
    (
        "from: 2026-12-24T09:00:00",
        "from: 24.12.2026",
        "24.12.2026",
        "add the time of day: 2026-12-24T00:00:00",
    ),
    # one reference, written otherwise
    ("who: tom", "who: [tom]", "[tom]", "write tom"),
    (
        "team: payments\n    repeat",
        "team: [payments]\n    repeat",
        "[payments]\n    repeat",
        "write payments",
    ),
    (
        "notify: [schedule/payments-primary]",
        "notify: [schedule: payments-primary]",
        "schedule: pay",
        "write schedule/payments-primary",
    ),
    (
        "notify: [schedule/payments-primary]",
        "notify: [team/payments]",
        "team/payments",
        "'payments' is a team, expected a schedule, shift schedule or person",
    ),
    (
        "people: [maya, tom]",
        "people: [user_group/payments-oncall]",
        "user_group/",
        "'payments-oncall' is a user group, expected a person",
    ),
    (
        "from: service/payments-api\n    " + TO_CHANNEL,
        f"from: routing/production\n    {TO_CHANNEL}",
        "routing/production\n    to: pay",
        "is an event orchestration, expected a service or team",
    ),
    ("to: payments-api", "to: team/payments", "team/payments", "'payments' is a team, expected a service"),
    ("message: short", "message: messages/short", "messages/", "write short"),
    (
        "members: {manager: [maya], responder: [tom], observer: []}",
        "members: [maya, tom]",
        "[maya, tom]",
        "write {responder: [maya, tom]}",
    ),
    (MEMBERS, "members: {maya: manager}", "maya: m", "write `manager: [maya]`"),
    (MEMBERS, "members: [{maya: manager}]", "[{maya", "write {manager: [maya]}"),
    (MEMBERS, "members: [{name: maya, role: observer}]", "[{name", "write {observer: [maya]}"),
    (WEBHOOK, WEBHOOK.replace("service/payments-api", "all"), "all\n", "write account for all"),
    (WEBHOOK, WEBHOOK.replace("service/payments-api", "'*'"), "'*'", "write account for all"),
    (WEBHOOK, WEBHOOK.replace("service/payments-api", "all services"), "all ser", "write account for all"),
    (
        WEBHOOK,
        WEBHOOK.replace("service/payments-api", "[service/auth, team/payments]"),
        "[service/auth",
        "write a webhook for each",
    ),
    # keys and values without a space between them
    ("{if: event.class matches 'card', count: 10m}", "{count:10m}", "count:", "colon: `count: 10m`"),
    ("create_only: [description]", "create_only: all", "all\n", "write a list; unknown field 'all': valid"),
    ("create_only: [description]", "create_only: descripton", "descripton", "did you mean 'description'?"),
    ("create_only: [description]", "create_only: name", "name\n", "write [name]"),
    ('emoji: ":bar_chart:"', "emoji: 5", "5", "write ':5:'"),
    ("channels: [platform-alerts]", "channels: -platform-alerts", "-plat", "write `- platform-alerts`"),
    ("path: [EU critical]", "path: [EU critcal]", "EU critcal", "did you mean 'EU critical'?"),
    # addresses
    *(
        ("maya: maya@acme.example", f"maya: {written}", written, "write maya@acme.example")
        for written in ("<maya@acme.example>", "Maya <maya@acme.example>", "mailto:maya@acme.example")
    ),
    # things with names
    ("      - Datadog\n", "      - {Sensu: events-api-v2}\n", "{Sensu", "{name: Sensu, type: events-api-v2}"),
    ("      - Datadog\n", "      - Sensu: Datadog\n", "Sensu", "write {name: Sensu, type: Datadog}"),
    ("      - Datadog\n", "      - {Sensu: {type: nagios}}\n", "{Sensu", "{name: Sensu, type: nagios}"),
    ("      - Datadog\n", "      - {Datadog: null}\n", "{Data", "write Datadog"),
    ("      - Datadog\n", "      - {vendor: Datadog}\n", "{vendor", "write Datadog, or add `name:`"),
    ("      - Datadog\n", "      - {name: X, kind: nagios}\n", "kind", "write `type`"),
    ("integrations: [Alertmanager]", "integrations: {A: events-api-v2}", "{A: e", "write [A]"),
    ("integrations: [Alertmanager]", "integrations: [{name: A, type: x}]", "{name: A", "write A"),
    # conditions
    (
        "if: event.class matches 'database'",
        "if: {class: database}",
        "{class",
        "event.class matches 'database'",
    ),
    (
        "if: event.class matches 'database'",
        "if: {pd host: a}",
        "{pd",
        "custom_details['pd host'] matches 'a'",
    ),
    ("if: event.class matches 'database'", "if: 'class: database'", ": data", "write `matches`"),
    ("if: event.class matches 'database'", "if: len(event.class) > 3", "(event", "there are no functions"),
    # texts
    ("name: Payments API\n", "name: {a: b}\n", "{a: b}", "write a single text value"),
    ("name: Payments API\n", 'name: "Payments API\n', '"Payments', 'close it: "Payments API"'),
    ("name: Payments API\n", "name: 'Payments API\n", "'Payments", "close it: 'Payments API'"),
    ("if: event.class matches 'database'\n", "if: \"event.class matches 'database'\n", '"event', "close it"),
    ('emoji: ":bar_chart:"', "emoji: bar_chart", "bar_chart", "write ':bar_chart:'"),
    ('emoji: ":bar_chart:"', "emoji: '📊'", "'📊'", 'such as ":book:"'),
    ('emoji: ":bar_chart:"', "emoji: :bar_chart:", ":bar_chart:", "the whole text in quotes: ':bar_chart:'"),
    ("channels: [platform-alerts]", "channels: [#platform-alerts]", "#plat", "quotes: '#platform-alerts'"),
    (
        "  payments-incidents:\n    name",
        '  "#payments-incidents":\n    name',
        '"#',
        "write `payments-incidents:`",
    ),
    ("owner: payments\n", "owner: payments_team\n", "payments_team", "write payments-team"),
    ("owner: payments\n", "Owner: payments\n", "Owner", "did you mean 'owner'?"),
    ("members: [maya, team/payments]\n    exact", "members: all\n    exact", "all\n", "unknown person 'all'"),
    ("services: [payments-api]\n      - manual", 'services: "*"\n      - manual', '"*"', "write all"),
    # variables in the syntax of others
    ("team: payments\n    repeat", 'team: "{{team}}"\n    repeat', '"{{', "write ${team}"),
    ("team: payments\n    repeat", "team: $team\n    repeat", "$team", "write ${team}"),
    ("urgency: severity", 'urgency: "{{ vars.urgency }}"', '"{{', "write ${urgency}"),
    ("rotate: 1 week", "rotate: $(turn)", "$(turn)", "write ${turn}"),
    # lists
    ("scopes: [pins:write]", 'scopes: "pins:write,pins:read"', '"pins', "write ['pins:write', 'pins:read']"),
    ("scopes: [pins:write]", "scopes: [Chat:Write]", "Chat", "did you mean 'chat:write'?"),
    ("scopes: [pins:write]", "scopes: [events:read]", "events:read", "remove it: no scope is needed"),
    ("tags: [gold, Europe]", "tags: gold, Europe", "gold, Europe", "write [gold, Europe]"),
    (
        "buttons: [acknowledge, resolve, note]",
        "buttons: all",
        "all\n",
        "write a list; must be one of 'acknowledge'",
    ),
    ("priorities: [P1, P2, none]", "priorities: [P1, 2]", "2]", "write P2"),
    # texts with a form of their own
    ("handle: payments-oncall", "handle: Payments Oncall", "Payments Oncall", "write payments-oncall"),
    ("workspace: T0SANDBOX", "workspace: t0sandbox", "t0sandbox", "write T0SANDBOX"),
    ("command: /incident", "command: incident", "incident", "write /incident"),
    (
        'Runbook: "https://wiki.acme.example/payments"',
        "Runbook: wiki.acme.example",
        "wiki.acme.example\n",
        "write https://wiki.acme.example",
    ),
    ("previously: login", "previously: Log In", "Log In", "write log-in"),
    # templates
    ('"CRITICAL: {{event.summary}}"', '"CRITICAL: ${event.summary}"', '"CRITICAL', "write {{event.summary}}"),
    ('{{event.summary}}"', '{{event.summary | upper}}"', "| upper", "no filters: write the path alone"),
    ('"CRITICAL: {{event.summary}}"', '"{{ .Summary }}"', ".Summary", "write {{event.summary}}"),
    ('"CRITICAL: {{event.summary}}"', '"{{$labels.job}}"', "$lab", "{{event.custom_details.labels.job}}"),
    ('"CRITICAL: {{event.summary}}"', '"{{#if event}}"', "#if", "there are no blocks"),
    ('"CRITICAL: {{event.summary}}"', '"{{ event . class }}"', ". class", "write {{event.class}}"),
    # brackets and separators of other kinds
    ("channels: [platform-alerts]", "channels: platform-alerts]", "platform-a", "write [platform-alerts]"),
    ("channels: [platform-alerts]", "channels: (platform-alerts)", "(plat", "write [platform-alerts]"),
    ("people: [maya, tom]", "people: [maya; tom]", "maya; tom", "write maya, tom"),
    ("people: [maya, tom]", "people: [maya tom]", "maya tom", "write maya, tom"),
    (
        "services: [payments-api]\n      - manual",
        "services: [all]\n      - manual",
        "all]",
        "write all, with",
    ),
    # the words of other tools, as a whole
    ("urgency: severity", "urgency: {type: constant, urgency: high}", "{type", "write high"),
    (
        "escalation_policy: payments\n    urg",
        "escalation_policy: pagerduty_x.payments.id\n    urg",
        "pag",
        "write payments",
    ),
    ("- manual: true", "- manual: yes", "yes", "write true"),
    (DATABASE, "if: true", "true", "leave `if` out to match all"),
    (
        DATABASE,
        "if: {any: [event.class matches 'a', {all: [event.group exists, event.class exists]}]}",
        "{any",
        "write \"event.class matches 'a' or event.group exists and event.class exists\"",
    ),
    (
        "runbook: https://wiki.acme.example/payments",
        "runbook: <https://wiki.acme.example>",
        "<https",
        "write https://wiki.acme.example",
    ),
    (
        'Runbook: "https://wiki.acme.example/payments"',
        "Runbook: https://wiki.acme.example/a b",
        "https://wiki.acme.example/a b",
        "/a%20b",
    ),
    ("from: 2090-01-05T22:00:00", "from: 2090-01-05", "2090", "add the time of day: 2090-01-05T00:00:00"),
    # words
    ("via: sync", "via: slack", "slack\n", "use one of these values"),
    ("- type: section", "- type: sections", "sections", "did you mean 'section'?"),
]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(("old", "new", "at", "cure"), VALUES, ids=[new for _, new, _, _ in VALUES])
def test_a_value_gets_its_place_and_its_cure(old: str, new: str, at: str, cure: str) -> None:
    (found,) = problems(old, new)
    assert cure in found.hint
    assert place(found) == position(SAMPLE.replace(old, new, 1), at, SAMPLE.index(old))


def test_lists_and_mappings_are_shown_as_they_are_written() -> None:
    (found,) = problems("name: Payments API\n", "name: {a: true, b: [x, null, '1', \"it's\"]}\n")
    assert found.message == "name: expected text, got {a: true, b: [x, null, '1', \"it's\"]}"
    (found,) = problems("rotate: 1 week", "rotate: {days: seven}")
    assert found.message == "layers.rotate: {days: seven} is not a duration"
