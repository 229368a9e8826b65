"""Accounts of a few objects of each kind, as odd as hypothesis draws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.export.account import (
    CONDITIONS,
    DESCRIPTIONS,
    HOST,
    ODD,
    SECRETS,
    TEMPLATES,
    UPDATE,
    Accounts,
    Json,
    layer,
    path,
    reference,
    rule,
    vendor,
)
from tests.support.factories import mark

FILTERS = [
    {"subject_mode": "match", "subject_regex": "down", "body_mode": "always", "from_email_mode": "always"},
]

Draw = Callable[[st.SearchStrategy[Any]], Any]

names = st.sampled_from(ODD) | st.text(min_size=1, max_size=60)
printable_names = names.filter(lambda name: name.isprintable() and name == name.strip())
descriptions = st.none() | st.sampled_from(DESCRIPTIONS) | st.text(max_size=80)
headers = st.sampled_from([{"key": "X-Env", "value": "prod"}, {"key": "X-Api-Token", "value": SECRETS[0]}])
content = {"aggregate": "any", "fields": ["component", "class"], "time_window": 300}
groupings: st.SearchStrategy[Json] = st.sampled_from(
    [
        {"type": "content_based", "config": content, "description": "[pdslack:others/x]"},
        {"type": "content_based_intelligent", "config": content},
        {"type": "intelligent", "config": {}},
        {"type": "time", "config": {"timeout": 90}},
    ]
)
MARKS = [
    *("", "", "", "\n\n[pdslack:others/theirs]", "\n\n[pdslack:acme/kept-key]"),
    f"\n\n{mark('acme/kept-key', 'Payments')}",
    f"\n\n{mark('acme/guarded', 'Payments', protected=True)}",
]


def few(items: list[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    """Some of what is there."""
    return st.lists(st.sampled_from(items), max_size=most, unique=True) if items else st.just([])


def generate(draw: Draw, accounts: Accounts) -> None:
    """An account of a few objects of each kind, as odd as they come."""

    def described() -> str | None:
        text, location = draw(descriptions), draw(st.sampled_from(MARKS))
        return f"{text or ''}{location}" if location else text

    for number in range(draw(st.integers(1, 4))):
        where = draw(st.sampled_from(["both", "pagerduty", "slack"]))
        email = f"{draw(st.sampled_from(['maya', 'Tom.O', '17', 'a+b', '--']))}@{number}.acme.example"
        accounts.person(email, pagerduty=where != "slack", slack=where != "pagerduty")
    users = [*accounts.all("user"), *admin(accounts)]
    for _ in range(draw(st.integers(0, 3))):
        roles = {user: draw(st.sampled_from(["manager", "responder"])) for user in draw(few(users))}
        accounts.team(draw(printable_names), described(), roles)
    for _ in range(draw(st.integers(0, 3))):
        layers = [drawn_layer(draw, users) for _ in range(draw(st.integers(0, 3)))]
        accounts.schedule(draw(names), described(), layers, draw(few(accounts.all("team"), 2)))
    targets = [reference("user", user) for user in users]
    targets += [reference("schedule", id_) for id_ in accounts.all("schedule")]
    accounts.policy("Policy", [[targets[0]]])
    for _ in range(draw(st.integers(0, 3))):
        levels = draw(
            st.lists(
                st.lists(st.sampled_from(targets), min_size=1, max_size=3, unique_by=str),
                min_size=1,
                max_size=3,
            )
        )
        accounts.policy(
            draw(printable_names),
            levels,
            description=described(),
            num_loops=draw(st.integers(0, 9)),
            teams=[reference("team", id_) for id_ in draw(few(accounts.all("team"), 1))],
        )
    for _ in range(draw(st.integers(0, 4))):
        draw_service(draw, accounts, described())
    copy_marks(draw, accounts)
    for services in draw(st.lists(few(accounts.all("service")), max_size=2)):
        accounts.grouping(services, name=draw(st.none() | names), **draw(groupings))
    for _ in range(draw(st.integers(0, 2))):
        draw_routing(draw, accounts, described())
    for _ in range(draw(st.integers(0, 3))):
        draw_channel(draw, accounts)
    sources = [reference(kind, id_) for kind in ("service", "team") for id_ in accounts.all(kind)]
    for _ in range(draw(st.integers(0, 3)) if sources and accounts.all("channel") else 0):
        source, channel = draw(st.sampled_from(sources)), draw(st.sampled_from(accounts.all("channel")))
        for _ in range(draw(st.sampled_from([1, 1, 2]))):
            accounts.connection(
                source,
                channel,
                urgency=draw(st.sampled_from([None, "high", "low"])),
                priorities=draw(st.sampled_from([None, [], ["no_priority"]])),
            )
    for _ in range(draw(st.integers(0, 2))):
        accounts.webhook(
            draw(st.sampled_from(["https://sync.acme.example/${x}", "http://x.example/a?b=c#d"])),
            draw(st.sampled_from([{"type": "account_reference"}, *sources])),
            draw(st.sampled_from([{}, {"X-Env": SECRETS[0], "Authorization": SECRETS[1]}])),
            events=draw(st.sampled_from([["incident.triggered"], ["service.created", "incident.resolved"]])),
            description=described(),
        )
    for _ in range(draw(st.integers(0, 2))):
        draw_workflow(draw, accounts, described())
    what_we_do_not_know(draw, accounts)
    time_passes(draw, accounts)


def admin(accounts: Accounts) -> list[str]:
    return [user["id"] for user in accounts.pagerduty("GET", "/users?query=admin")["users"]]


def drawn_layer(draw: Draw, users: list[str]) -> Json:
    day = draw(
        st.sampled_from(
            [{"type": "daily_restriction"}, {"type": "weekly_restriction", "start_day_of_week": 5}]
        )
    )
    window = {
        **day,
        "start_time_of_day": "17:00:00",
        "duration_seconds": draw(st.sampled_from([3600, 57_600])),
    }
    return layer(
        draw(st.lists(st.sampled_from(users), min_size=1, max_size=3)),
        name=draw(st.none() | names),
        rotation_turn_length_seconds=draw(st.sampled_from([3600, 90, 7 * 86_400])),
        end=draw(st.sampled_from([None, None, "2099-01-01T00:00:00Z", "2026-02-01T00:00:00Z"])),
        restrictions=draw(st.sampled_from([[], [window]])),
    )


def draw_service(draw: Draw, accounts: Accounts, description: str | None) -> None:
    hours = {
        "type": "fixed_time_per_day",
        "time_zone": "America/New_York",
        "start_time": "09:00:00",
        "end_time": draw(st.sampled_from(["17:00:00", "17:00:30", "23:59:59"])),
        "days_of_week": [1, 2, 3],
    }
    urgencies: list[Json] = [
        {},
        {"incident_urgency_rule": {"type": "constant", "urgency": "severity_based"}},
        {
            "support_hours": hours,
            "incident_urgency_rule": {
                "type": "use_support_hours",
                "during_support_hours": {"type": "constant", "urgency": "high"},
                "outside_support_hours": {"type": "constant", "urgency": "low"},
            },
        },
    ]
    integrations = [
        {"type": "events_api_v2_inbound_integration", "name": "API"},
        {"type": "events_api_v2_inbound_integration", "name": "API"},
        {"type": "generic_events_api_inbound_integration", "name": draw(names)},
        {
            "type": "generic_email_inbound_integration",
            "name": "Mail",
            "integration_email": "x@sandbox.pagerduty.com",
        },
        {
            "type": "generic_email_inbound_integration",
            "name": "Filtered",
            "integration_email": "y@sandbox.pagerduty.com",
            "email_filter_mode": "or-rules-email",
            "email_filters": FILTERS,
        },
        {"name": draw(names), "vendor": reference("vendor", vendor(accounts, "Datadog"))},
    ]
    service = accounts.service(
        draw(printable_names),
        draw(st.sampled_from(accounts.all("escalation_policy"))),
        draw(st.lists(st.sampled_from(integrations), max_size=4)),
        description=description,
        acknowledgement_timeout=draw(st.sampled_from([None, 0, 90, 1800])),
        auto_resolve_timeout=draw(st.sampled_from([None, 14_400])),
        auto_pause_notifications_parameters=draw(st.sampled_from([{}, {"enabled": True, "timeout": 0}])),
        **draw(st.sampled_from(urgencies)),
    )
    if service and draw(st.booleans()):
        document = path(("start", [drawn_rule(draw) for _ in range(draw(st.integers(0, 3)))]))
        accounts.service_rules(service, document, active=draw(st.booleans()))


def drawn_rule(draw: Draw) -> Json:
    actions: list[Json] = [
        {},
        {"severity": "critical", "annotate": draw(st.sampled_from(TEMPLATES))},
        {"extractions": [{"target": "event.summary", "template": draw(st.sampled_from(TEMPLATES))}]},
        {"suppress": True, "variables": [HOST]},
        {"automation_actions": [{"name": "Hook", "url": "https://acme.example", "headers": [draw(headers)]}]},
    ]
    conditions = draw(st.lists(st.sampled_from(CONDITIONS), max_size=2))
    return rule(
        *conditions, label=draw(st.sampled_from([None, "Same"]) | names), **draw(st.sampled_from(actions))
    )


def draw_routing(draw: Draw, accounts: Accounts, description: str | None) -> None:
    nested = [drawn_rule(draw) for _ in range(draw(st.integers(1, 2)))]
    ways = [drawn_rule(draw) for _ in range(draw(st.integers(1, 2)))]
    for way in ways:
        way["actions"]["route_to"] = "nested"
    routes = [
        rule(
            *draw(st.lists(st.sampled_from(CONDITIONS), max_size=2)),
            label=draw(st.none() | names),
            route_to=service,
        )
        for service in draw(few(accounts.all("service")))
    ]
    target = {
        "source": "event.source",
        "regex": ".*",
        "lookup_by": draw(st.sampled_from(["service_name", "service_id"])),
    }
    routes = [*draw(st.sampled_from([[], [rule(label="Dynamic", dynamic_route_to=target)]])), *routes]
    documents = {
        "global": path(("start", ways), ("nested", nested), ("unreached", [])),
        "router": path(
            ("start", routes), route_to=draw(st.sampled_from(["unrouted", *accounts.all("service")]))
        ),
        "unrouted": path(("start", []), severity="warning"),
    }
    labels = draw(st.lists(st.sampled_from(["Alertmanager", "Alertmanager", "yes"]), max_size=3))
    team = draw(st.sampled_from(["", *accounts.all("team")]))
    accounts.orchestration(draw(names), description or "", team, labels, documents)


def draw_channel(draw: Draw, accounts: Accounts) -> None:
    private = draw(st.booleans())
    marked = draw(st.sampled_from(["", "", " [pdslack:others/x]"]))
    accounts.channel(
        draw(st.sampled_from(["incidents", "日本", "a_b", "17", "yes", "x" * 80, "ops-1", "ops-2"])),
        private=private,
        bot=draw(st.integers(0, 3)) > 0,
        by_bot=draw(st.booleans()),
        archived=draw(st.integers(0, 3)) == 0,
        topic=draw(st.sampled_from(ODD) | st.text(max_size=40)),
        purpose=draw(st.sampled_from(["", "Why & how <here>", "see https://acme.example", "p" * 240]))
        + marked,
        people=tuple(draw(few(accounts.all("slack_user")))),
        bookmarks=tuple(
            (draw(names), "https://acme.example/?a=1&b=2") for _ in range(draw(st.integers(0, 2)))
        ),
    )


def draw_workflow(draw: Draw, accounts: Accounts, description: str | None) -> None:
    message = {"name": "Message", "value": draw(st.sampled_from([*TEMPLATES, *DESCRIPTIONS[1:]]))}
    tell = {"name": draw(names), "action_configuration": {"action_id": UPDATE, "inputs": [message]}}
    services = [{"id": id_} for id_ in draw(few(accounts.all("service")))]
    triggers: list[Json] = [
        {"trigger_type": "manual", "is_subscribed_to_all_services": True},
        {"trigger_type": "conditional", "condition": "", "services": services},
        {"trigger_type": "conditional", "condition": draw(st.sampled_from(CONDITIONS)), "services": services},
    ]
    accounts.workflow(
        draw(names),
        draw(st.lists(st.just(tell), max_size=2)),
        draw(st.lists(st.sampled_from(triggers), max_size=3)),
        description=description,
        team=draw(st.sampled_from([None, *(reference("team", id_) for id_ in accounts.all("team"))])),
    )


def copy_marks(draw: Draw, accounts: Accounts) -> None:
    """Services that somebody cloned in the web interface: they have the description of another one."""
    for kind in ("service", "escalation_policy", "team"):
        ids = accounts.all(kind)
        for id_ in draw(few(ids, 1)):
            original = accounts.sandbox.store.get(f"pagerduty.{kind}", draw(st.sampled_from(ids)))
            text = original and original.get("description")
            accounts.edit(
                f"pagerduty.{kind}", id_, lambda document, text=text: document.update(description=text)
            )


def what_we_do_not_know(draw: Draw, accounts: Accounts) -> None:
    """Words that are new to us, zones of Rails, services that are switched off."""

    def change(kind: str, **fields: Any) -> None:
        for id_ in draw(few([each["id"] for each in accounts.sandbox.store.all(f"pagerduty.{kind}")], 1)):
            accounts.edit(f"pagerduty.{kind}", id_, lambda document: document.update(fields))

    zone = draw(st.sampled_from(["Eastern Time (US & Canada)", "US/Mountain", "Mars/Olympus"]))
    change("schedule", time_zone=zone)
    change("service", status="disabled")
    for id_ in draw(few(accounts.all("service"), 1)):
        accounts.edit(
            "pagerduty.service", id_, lambda document: document["escalation_policy"].pop("summary", None)
        )
    change("service", incident_urgency_rule={"type": "constant", "urgency": "novel"})
    change("alert_grouping_setting", type="novel")
    change("webhook_subscription", events=["incident.novel", "incident.triggered"])
    events = ["incident.triggered", "incident.novel", "service.updated", "incident.action_invocation.created"]
    for id_ in draw(
        few([each["id"] for each in accounts.sandbox.store.all("pagerduty.slack_connection")], 1)
    ):
        accounts.edit(
            "pagerduty.slack_connection", id_, lambda document: document["config"].update(events=events)
        )


def time_passes(draw: Draw, accounts: Accounts) -> None:
    """What others refer to goes: by calls that vendors allow, and by what they should not have allowed."""
    for service in draw(few(accounts.all("service"), 1)):
        accounts.pagerduty("DELETE", f"/services/{service}")
        accounts.made["service"].remove(service)
    for policy in draw(few(accounts.all("escalation_policy"), 1)):
        gone = draw(st.sampled_from(["user", "schedule"]))

        def let_go(document: Json, gone: str = gone) -> None:
            document["escalation_rules"][0]["targets"] = [reference(gone, "PGONE00")]

        accounts.edit("pagerduty.escalation_policy", policy, let_go)
    for service in draw(few(accounts.all("service"), 1)):
        accounts.edit(
            "pagerduty.service",
            service,
            lambda document: document.update(escalation_policy=reference("escalation_policy", "PGONE01")),
        )
    for schedule in draw(few(accounts.all("schedule"), 1)):
        # PagerDuty's upgrade: it is in no list any more, and policies still name it.
        accounts.sandbox.store.delete("pagerduty.schedule", schedule)
