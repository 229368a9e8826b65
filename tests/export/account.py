"""Accounts as other tools would leave them, made in the sandbox by plain API calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from pdslack_cli.sandbox.server import Sandbox
from tests.support.loopback import plain_session

Json = dict[str, Any]

START = "2026-01-05T09:00:00Z"
UPDATE = "pagerduty.com:incident-workflows:send-status-update:1"
LOOP = "pagerduty.com:logic:incident-workflows-loop-until:3"

ODD = [
    *("Payments", "payments", "Payments ", "PAYMENTS"),
    *("Straße & Söhne", "日本語", "🔥 fire", "cafe\u0301", "café", "\u202eright to left", "a\u200bb"),
    *('say "hi"', "it's", "a: b", "a #b", "- dash", "--x", "trailing:", "#hash", "[list]", "{map}", "*star"),
    *(
        "&amp;",
        "!bang",
        "%pct",
        "@at",
        "`tick`",
        "| bar",
        "> fold",
        "? what",
        ",",
        "\\",
        "a\\nb",
        "tab\there",
    ),
    *("yes", "no", "on", "null", "~", "true", "<<", "=", "17:00", "09:00", "012", "1e3", "0x1F", "1.0", "-1"),
    *(
        "2026-01-05",
        "${x}",
        "$${y}",
        "${",
        "{{event.summary}}",
        "{{x}}",
        "unrouted",
        "all",
        "account",
        "none",
    ),
    *("line\nbreak", "next\u0085line", "para\u2029graph", "x" * 100, "0" * 50, "ab" * 60, ".dots.", "_", "-"),
    *("<b>bold</b>", "path/with\\slashes", "(not in the stack)", "Runbook: https://acme.example/r"),
    *("[pdslack:]", "1234567890abcdef1234567890abcdef", "key: |", "a" * 250),
]
DESCRIPTIONS = [
    *(
        "",
        "plain",
        "ends with space ",
        "two\nlines",
        " leads\n  and indents\n",
        "\n\nfar below",
        "tab\t\nand",
    ),
    *("Text\n\nRunbook: https://wiki.acme.example/x", "Runbook: https://wiki.acme.example/alone", "a: b # c"),
    *("uses xoxb-123456789012-abcdefghijkl for now", "${HOME} and $${x} and {{x}}", "- a\n- b", "..."),
]
CONDITIONS = [
    "event.severity matches 'critical'",
    "  event.source matches part 'api'\n",
    "event.custom_details.region == 'eu' and not event.class matches regex '^card-[0-9]+$'",
    "event.summary matches part '${x}'",
    "'critical'",  # always false, as our lints know
]
TEMPLATES = [
    "plain",
    "{{event.summary}}",
    "{{x",
    "{{ event.source }} down: ${x}",
    "a: b\n- c",
    "{{variables.host}}",
]

HOST = {"name": "host", "path": "event.source", "type": "regex", "value": "(.*)"}

# What nobody may find in an export.
SECRETS = ["hunter2-header-value", "Bearer abcdefghijklmnop123456"]


@dataclass
class Accounts:
    """Both products of one sandbox, and what is in them by now. A call that is refused makes nothing."""

    sandbox: Sandbox
    session: requests.Session = field(default_factory=plain_session)
    made: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = self.sandbox.environment()

    # --- calls ---------------------------------------------------------------------------------------

    def pagerduty(self, method: str, path: str, body: Any = None, host: str = "API", **headers: str) -> Json:
        """One call; {} where it is refused."""
        token = self.environment["PAGERDUTY_USER_TOKEN" if host == "APP" else "PAGERDUTY_API_KEY"]
        response = self.session.request(
            method,
            self.environment[f"PAGERDUTY_{host}_URL"] + path,
            json=body,
            headers={"Authorization": f"Token token={token}", **headers},
        )
        assert response.ok or response.status_code in (400, 402), (method, path, response.text)
        return response.json() if response.ok and response.content else {}

    def slack(self, method: str, token: str = "USER", **form: Any) -> Json:
        """One call, by the workspace's admin unless it is the bot's; {} where it is refused."""
        headers = {"Authorization": f"Bearer {self.environment[f'SLACK_{token}_TOKEN']}"}
        url = f"{self.environment['SLACK_API_URL']}/{method}"
        answer: Json = self.session.post(url, data=form, headers=headers).json()
        return answer if answer["ok"] else {}

    def all(self, kind: str) -> list[str]:
        """The ids of all that was made of a kind."""
        return self.made.setdefault(kind, [])

    def make(self, kind: str, path: str, body: Json, wrapper: str = "", **options: Any) -> str:
        """Create an object; its id, or "" where it is refused."""
        wrapper = wrapper or kind
        id_: str = self.pagerduty("POST", path, {wrapper: body}, **options).get(wrapper, {}).get("id", "")
        if id_:
            self.all(kind).append(id_)
        return id_

    def edit(self, kind: str, id_: str, change: Callable[[Json], None]) -> None:
        """Change what the sandbox keeps, to a state that no call leads to but time does."""
        document = self.sandbox.store.get(kind, id_)
        assert document is not None
        change(document)
        self.sandbox.store.replace(kind, id_, document)

    # --- people --------------------------------------------------------------------------------------

    def person(self, email: str, *, pagerduty: bool = True, slack: bool = True) -> None:
        """Somebody in one product or both."""
        if pagerduty:
            sender = {"From": "admin@sandbox.example"}
            self.make("user", "/users", {"type": "user", "name": email, "email": email}, **sender)
        if slack:
            with self.sandbox.store.transaction():
                self.sandbox.vendors["slack"].seed({"people": [{"name": email, "email": email}]})
            (user,) = self.sandbox.store.find("slack.user", email=email.lower())
            self.all("slack_user").append(user["id"])

    # --- PagerDuty -----------------------------------------------------------------------------------

    def team(self, name: str, description: str | None, members: Json) -> None:
        """`members` are roles by the ids of users."""
        team = self.make("team", "/teams", {"type": "team", "name": name, "description": description})
        for user, role in members.items() if team else ():
            self.pagerduty("PUT", f"/teams/{team}/users/{user}", {"role": role})

    def schedule(self, name: str, description: str | None, layers: list[Json], teams: list[str]) -> None:
        body = {
            "type": "schedule",
            "name": name,
            "description": description,
            "time_zone": "Europe/Berlin",
            "schedule_layers": layers,
            "teams": [reference("team", id_) for id_ in teams],
        }
        self.make("schedule", "/schedules", body)

    def policy(self, name: str, levels: list[list[Json]], **fields: Any) -> None:
        rules = [
            {"escalation_delay_in_minutes": 5 * number, "targets": targets}
            for number, targets in enumerate(levels, 1)
        ]
        body = {"type": "escalation_policy", "name": name, "escalation_rules": rules, **fields}
        self.make("escalation_policy", "/escalation_policies", body)

    def service(self, name: str, policy: str, integrations: list[Json], **fields: Any) -> str:
        body = {"type": "service", "name": name, "escalation_policy": reference("escalation_policy", policy)}
        id_ = self.make("service", "/services", {**body, **fields})
        for integration in integrations if id_ else ():
            self.make("integration", f"/services/{id_}/integrations", integration)
        return id_

    def service_rules(self, service: str, document: Json, *, active: bool) -> None:
        path = f"/event_orchestrations/services/{service}"
        if self.pagerduty("PUT", path, {"orchestration_path": document}):
            self.pagerduty("PUT", f"{path}/active", {"active": active})

    def grouping(self, services: list[str], **fields: Any) -> None:
        body = {"services": [reference("service", id_) for id_ in services], **fields}
        self.make("grouping", "/alert_grouping_settings", body, "alert_grouping_setting")

    def orchestration(
        self, name: str, description: str, team: str, labels: list[str], documents: dict[str, Json]
    ) -> None:
        body = {"name": name, "description": description, **({"team": {"id": team}} if team else {})}
        id_ = self.make("routing", "/event_orchestrations", body, "orchestration")
        if not id_:
            return
        for label in labels:
            self.make("key", f"/event_orchestrations/{id_}/integrations", {"label": label}, "integration")
        for path, document in documents.items():
            self.pagerduty("PUT", f"/event_orchestrations/{id_}/{path}", {"orchestration_path": document})

    def webhook(self, url: str, scope: Json, headers: Json, **fields: Any) -> None:
        method = {
            "type": "http_delivery_method",
            "url": url,
            "custom_headers": [{"name": name, "value": value} for name, value in headers.items()],
        }
        body = {"type": "webhook_subscription", "delivery_method": method, "filter": scope, **fields}
        self.make("webhook", "/webhook_subscriptions", body, "webhook_subscription")

    def workflow(self, name: str, steps: list[Json], triggers: list[Json], **fields: Any) -> None:
        body = {"type": "incident_workflow", "name": name, "steps": steps, **fields}
        id_ = self.make("workflow", "/incident_workflows", body, "incident_workflow")
        for trigger in triggers if id_ else ():
            body = {"workflow": {"id": id_}, **trigger}
            self.make("trigger", "/incident_workflows/triggers", body, "trigger")

    # --- Slack ---------------------------------------------------------------------------------------

    def channel(
        self,
        name: str,
        *,
        private: bool = False,
        bot: bool = True,
        by_bot: bool = False,
        archived: bool = False,
        topic: str = "",
        purpose: str = "",
        people: tuple[str, ...] = (),
        bookmarks: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """A channel that the admin made, or the bot."""
        token = "BOT" if by_bot else "USER"
        made = self.slack("conversations.create", token, name=name, is_private=private)
        if not made:
            return
        id_ = made["channel"]["id"]
        self.all("channel").append(id_)
        if bot and not by_bot:
            self.slack("conversations.invite", channel=id_, users=self.slack("auth.test", "BOT")["user_id"])
        for person in people:
            self.slack("conversations.invite", token, channel=id_, users=person)
        self.slack("conversations.setTopic", token, channel=id_, topic=topic)
        self.slack("conversations.setPurpose", token, channel=id_, purpose=purpose)
        for title, link in bookmarks:
            self.slack("bookmarks.add", token, channel_id=id_, type="link", title=title, link=link)
        if archived:
            self.slack("conversations.archive", token, channel=id_)

    def connection(self, source: Json, channel: str, **config: Any) -> None:
        """What PagerDuty's own Slack app tells a channel."""
        workspace = self.slack("auth.test")["team_id"]
        body = {
            "source_id": source["id"],
            "source_type": source["type"],
            "channel_id": channel,
            "notification_type": config.pop("audience", "responder"),
            "config": {"events": ["incident.triggered"], **config},
        }
        path = f"/integration-slack/workspaces/{workspace}/connections"
        self.make("connection", path, body, "slack_connection", host="APP")


def reference(kind: str, id_: str) -> Json:
    return {"id": id_, "type": f"{kind}_reference"}


def layer(users: list[str], **fields: Any) -> Json:
    return {
        "start": START,
        "rotation_virtual_start": START,
        "rotation_turn_length_seconds": 7 * 86_400,
        "users": [{"user": reference("user", id_)} for id_ in users],
        **fields,
    }


def path(*sets: tuple[str, list[Json]], **catch_all: Any) -> Json:
    """The document of an orchestration path."""
    return {
        "sets": [{"id": id_, "rules": rules} for id_, rules in sets],
        "catch_all": {"actions": catch_all},
    }


def rule(*conditions: str, label: str | None = None, **actions: Any) -> Json:
    expressions = [{"expression": condition} for condition in conditions]
    return {"label": label, "conditions": expressions, "actions": actions}


def vendor(accounts: Accounts, name: str) -> str:
    (found,) = [
        each for each in accounts.pagerduty("GET", "/vendors?limit=100")["vendors"] if each["name"] == name
    ]
    return str(found["id"])
