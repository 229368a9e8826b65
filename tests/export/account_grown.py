"""A large account with everything in it that exports stumble over."""

from __future__ import annotations

from typing import Any

from tests.export.account import (
    CONDITIONS,
    DESCRIPTIONS,
    HOST,
    LOOP,
    ODD,
    SECRETS,
    UPDATE,
    Accounts,
    Json,
    layer,
    path,
    reference,
    rule,
    vendor,
)


def grow(accounts: Accounts, services: int = 300) -> None:
    """Fill the accounts."""
    add_people(accounts)
    add_on_call(accounts)
    add_services(accounts, services)
    add_groupings(accounts)
    for number in range(5):
        add_orchestration(accounts, number)
    add_channels(accounts)
    add_connections(accounts)
    add_webhooks_and_workflows(accounts)
    add_what_is_gone(accounts)


def add_people(accounts: Accounts) -> None:
    for number in range(8):
        accounts.person(f"person.{number}@acme.example")
    accounts.person("person.1@other.example")
    accounts.person("only-pagerduty@acme.example", slack=False)
    accounts.person("ONLY-slack@acme.example", pagerduty=False)
    users = accounts.all("user")
    for name in ("Payments", "Payments", "日本語", "yes", "a: b", "unused"):
        accounts.team(name, None, {users[0]: "manager", users[1]: "responder"})
    accounts.team("Theirs", "Looks after the platform\n\n[pdslack:others/platform]", {users[2]: "manager"})
    accounts.team("Half ours", "[pdslack:acme/kept-key]", {})


def add_on_call(accounts: Accounts) -> None:
    users, teams = accounts.all("user"), accounts.all("team")
    weekdays = [
        {"type": "weekly_restriction", "start_day_of_week": day, "start_time_of_day": "09:00:00",
         "duration_seconds": 28_800}
        for day in range(1, 6)
    ]  # fmt: skip
    weekend = {"type": "weekly_restriction", "start_day_of_week": 5, "start_time_of_day": "17:00:00",
               "duration_seconds": 230_400}  # fmt: skip
    night = {"type": "daily_restriction", "start_time_of_day": "20:00:00", "duration_seconds": 43_200}
    for number in range(20):
        layers = [
            layer(users[: number % 5 + 1], name="Weekly", restrictions=[*weekdays, weekend]),
            layer(users[3:5], name=None, restrictions=[night], rotation_turn_length_seconds=43_200),
            layer(users[5:6], name="Over", end="2026-02-01T00:00:00Z"),
        ]
        accounts.schedule(f"Schedule {number % 18}", DESCRIPTIONS[number % 10], layers, teams[number % 2 : 2])
    accounts.schedule("Empty", None, [], [])
    accounts.schedule("Odd turns", None, [layer(users[:2], rotation_turn_length_seconds=90)], [])
    for number in range(30):
        schedule = accounts.all("schedule")[number % 21]
        accounts.policy(
            f"Policy {number % 28}",
            [[reference("schedule", schedule), reference("user", users[0])], [reference("user", users[1])]],
            teams=[reference("team", id_) for id_ in teams[number % 4 : number % 4 + 1]],
            num_loops=number % 4,
            description="Runs\nover" if number % 2 else None,
        )
    strategy = {"escalation_rule_assignment_strategy": {"type": "round_robin"}}
    rules = [{"escalation_delay_in_minutes": 30, "targets": [reference("user", users[0])], **strategy}]
    body = {"type": "escalation_policy", "name": "Round robin", "escalation_rules": rules}
    accounts.make("escalation_policy", "/escalation_policies", body)
    accounts.policy("Theirs", [[reference("user", users[2])]], description="[pdslack:others/theirs]")


def add_services(accounts: Accounts, number: int) -> None:
    policies = accounts.all("escalation_policy")
    datadog, priority = (
        vendor(accounts, "Datadog"),
        accounts.pagerduty("GET", "/priorities")["priorities"][0]["id"],
    )
    for place in range(number):
        name = ODD[place] if place < len(ODD) else f"Service {place}"
        service = accounts.service(
            name.strip(),
            policies[place % len(policies)],
            [{"name": "Datadog", "vendor": reference("vendor", datadog)}] if place % 3 else [],
            description=DESCRIPTIONS[place % len(DESCRIPTIONS)],
            auto_resolve_timeout=[None, 14_400, 90][place % 3],
            acknowledgement_timeout=[1800, None, 0][place % 3],
            auto_pause_notifications_parameters=[{"enabled": False}, {"enabled": True, "timeout": 300}][
                place % 2
            ],
        )
        if service and place % 10 == 0:
            critical = rule(CONDITIONS[0], label="Critical", priority=priority, suspend=300)
            false = rule(CONDITIONS[4], severity="info")
            document = path(("start", [critical, false]), suppress=True)
            accounts.service_rules(service, document, active=place % 20 == 0)
    accounts.service("Theirs", policies[-1], [], description="[pdslack:others/theirs]")
    odd = accounts.service(
        "Odd hours",
        policies[0],
        [
            {"type": "events_api_v2_inbound_integration", "name": "API"},
            {
                "type": "generic_email_inbound_integration",
                "name": "Mail",
                "integration_email": "in@sandbox.pagerduty.com",
            },
            {"type": "nagios_inbound_integration", "name": "API"},
        ],
        status="disabled",
        support_hours={
            "type": "fixed_time_per_day",
            "time_zone": "Europe/Berlin",
            "start_time": "08:00:00",
            "end_time": "23:59:59",
            "days_of_week": [1, 2, 3, 4, 5],
        },
        incident_urgency_rule={
            "type": "use_support_hours",
            "during_support_hours": {"type": "constant", "urgency": "high"},
            "outside_support_hours": {"type": "constant", "urgency": "low"},
        },
        scheduled_actions=[
            {
                "type": "urgency_change",
                "to_urgency": "high",
                "at": {"type": "named_time", "name": "support_hours_start"},
            }
        ],
    )
    event_rule = {
        "condition": {"operator": "and", "subconditions": []},
        "actions": {"suppress": {"value": True}},
    }
    accounts.pagerduty("POST", f"/services/{odd}/rules", {"rule": event_rule})


def add_groupings(accounts: Accounts) -> None:
    first, second, third, fourth, fifth, *_ = accounts.all("service")
    config = {"aggregate": "all", "fields": ["component", "class"], "time_window": 300}
    accounts.grouping([first, second], name="Shared", type="content_based", config=config)
    accounts.grouping([third], name="Own", type="intelligent", config={})
    accounts.grouping([fourth], name=None, type="time", config={"timeout": 0})
    accounts.grouping([fifth], description="[pdslack:others/x]", type="content_based", config=config)


def add_orchestration(accounts: Accounts, number: int) -> None:
    """Nested sets: some with names, some that two rules lead to, one that leads back."""
    services = accounts.all("service")[number * 20 : number * 20 + 20]
    field = accounts.pagerduty("GET", "/incidents/types/incident_default/custom_fields").get("fields") or []
    updates = [{"id": each["id"], "value": '["a", "b"]'} for each in field]
    inner = rule(CONDITIONS[2], label="Inner", annotate="{{variables.host}} in ${region}", route_to="deep")
    deep = rule(severity="critical", incident_custom_field_updates=updates)
    if number == 4:
        deep["actions"]["route_to"] = "shared"
    hook = {
        "name": "Hook",
        "url": "https://acme.example/hook",
        "auto_send": True,
        "headers": [{"key": "X-Env", "value": "prod"}],
        "parameters": [{"key": "a", "value": "{{event.source}}"}],
    }
    start = [
        rule(CONDITIONS[0], label="Critical", route_to="shared", automation_actions=[hook]),
        rule(CONDITIONS[1], CONDITIONS[3], label=None, route_to="shared"),
        rule(label="All others", drop_event=False, extractions=[
            {"target": "event.custom_details.host", "source": "event.source", "regex": "^(.*)$"},
            {"target": "event.summary", "template": "{{event.source}}: {{event.summary}}"},
        ], variables=[HOST]),
    ]  # fmt: skip
    sets = [("start", start), ("shared", [inner]), ("deep", [deep]), ("nobody", [rule(severity="info")])]
    dynamic = {"source": "event.custom_details.pd", "regex": "(.*)", "lookup_by": "service_name"}
    routes = [rule(f"event.source matches '{place}'", label=f"to {place}", route_to=service)
              for place, service in enumerate(services)]  # fmt: skip
    router = [rule(dynamic_route_to=dynamic), *routes] if number % 2 else routes
    documents = {
        "global": path(*sets, severity="warning"),
        "router": path(("start", router), route_to=services[0] if number == 1 else "unrouted"),
        "unrouted": path(("start", [rule(CONDITIONS[0], label="Lost", event_action="trigger")])),
    }
    name = ["Production", "Production", "Staging: a", "日本", "${x}"][number]
    team = accounts.all("team")[number] if number % 2 else ""
    accounts.orchestration(
        name, "" if number else " padded\n", team, ["Alertmanager", "Grafana"][: number % 3], documents
    )
    if number == 0:
        variable = {"name": "last_host", "configuration": {
            "type": "recent_value", "source": "event.source", "regex": "(.*)"}}  # fmt: skip
        where = f"/event_orchestrations/{accounts.all('routing')[0]}/cache_variables"
        accounts.make("variable", where, variable, "cache_variable")


def add_channels(accounts: Accounts) -> None:
    people = tuple(accounts.all("slack_user"))
    links = (
        ("Wiki", "https://acme.example/?a&b"),
        ("Wiki", "https://acme.example/2"),
        ("日本: yes", "http://x.example"),
    )
    accounts.channel(
        "incidents", topic="Cards & <banks> :fire:", purpose="see https://acme.example", people=people[:3]
    )
    accounts.channel("secret-room", private=True, topic="${x}", people=people, bookmarks=links)
    accounts.channel("made-by-us", by_bot=True, purpose="ours", bookmarks=links[:1])
    accounts.channel("old-one", archived=True)
    accounts.channel("elsewhere", bot=False, topic="nobody asked")
    accounts.channel("told", bot=False)
    accounts.channel("hidden", bot=False, private=True)
    accounts.channel("wordy", purpose="p" * 245)
    accounts.channel("theirs", purpose="Not yours\n\n[pdslack:others/theirs]")
    accounts.channel(
        "linked", purpose="[x](y) {{z}} - a: b # c", topic="- yes", bookmarks=(("${x}", "http://x.example"),)
    )


def add_connections(accounts: Accounts) -> None:
    incidents, secret, _, _, _, told, hidden, *_ = accounts.all("channel")
    services = [reference("service", id_) for id_ in accounts.all("service")]
    team = reference("team", accounts.all("team")[0])
    accounts.connection(services[0], incidents, urgency="high", priorities=[])
    accounts.connection(services[0], incidents, urgency="low", priorities=None)
    accounts.connection(services[1], told, urgency=None, priorities=["no_priority"], audience="stakeholder")
    accounts.connection(services[2], hidden)
    accounts.connection(team, secret, events=["incident.triggered", "incident.responder.added"])


def add_webhooks_and_workflows(accounts: Accounts) -> None:
    account, gone = {"type": "account_reference"}, reference("team", accounts.all("team")[5])
    secret = {"X-Env": SECRETS[0], "Authorization": SECRETS[1]}
    events = ["incident.triggered", "service.updated"]
    accounts.webhook("https://sync.acme.example/hook", account, secret, events=events)
    accounts.webhook("https://sync.acme.example/hook", account, {}, events=events, description="again")
    accounts.webhook(
        "https://hooks.slack.com/services/T00/B00/abcdefghijklmnopqrstuvwx", account, {}, events=events
    )
    accounts.webhook("https://acme.example/team", gone, {}, events=events, active=False)
    services = [{"id": id_} for id_ in accounts.all("service")[:2]]
    message = {"name": "Message", "value": "two\nlines: {{incident.title}} ${x}"}
    tell = step("Tell", UPDATE, [message])
    actions = {"name": "Actions", "value": {"steps": [tell]}}
    loop = step("Again", LOOP, [{"name": "Condition", "value": "yes"}], inline_steps_inputs=[actions])
    triggers = [
        {"trigger_type": "manual", "services": services,
         "permissions": {"restricted": True, "team_id": accounts.all("team")[0]}},
        {"trigger_type": "conditional", "condition": "incident.priority matches 'P1'", "services": services},
        {"trigger_type": "conditional", "condition": "", "is_subscribed_to_all_services": True},
    ]  # fmt: skip
    accounts.workflow("Major", [tell, loop, tell], triggers, description="line\nline", is_enabled=False)
    accounts.workflow(
        "Major", [], [triggers[1], triggers[1]], team=reference("team", accounts.all("team")[1])
    )


def step(name: str, action: str, inputs: list[Json], **more: Any) -> Json:
    return {"name": name, "action_configuration": {"action_id": action, "inputs": inputs, **more}}


def add_what_is_gone(accounts: Accounts) -> None:
    """References to nothing, and what is in no list."""
    accounts.pagerduty("DELETE", f"/services/{accounts.all('service')[5]}")
    accounts.pagerduty("DELETE", f"/teams/{accounts.all('team')[5]}")

    def of_nobody(document: Json) -> None:
        document["escalation_rules"][0]["targets"] = [reference("user", "PGONE00")]

    accounts.edit("pagerduty.escalation_policy", accounts.all("escalation_policy")[5], of_nobody)
    accounts.sandbox.store.delete("pagerduty.schedule", accounts.all("schedule")[7])
    accounts.edit(
        "pagerduty.service",
        accounts.all("service")[8],
        lambda document: document.update(escalation_policy=reference("escalation_policy", "PGONE01")),
    )
