"""An account to call over HTTP, whose every answer is held against PagerDuty's published schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from pdslack_cli.sandbox.server import Sandbox
from tests.support import contract
from tests.support.loopback import plain_session

Json = dict[str, Any]
ACCEPT = "application/vnd.pagerduty+json;version=2"


class Account:
    """The sandbox's PagerDuty, and the calls that tests make to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = plain_session()
        self.environment = sandbox.environment()
        self.key = self.environment["PAGERDUTY_API_KEY"]
        self.user_token = self.environment["PAGERDUTY_USER_TOKEN"]
        self.undescribed: set[tuple[str, str, bytes]] = set()

    def send(
        self, method: str, path: str, body: Any = None, *, host: str = "API", **options: Any
    ) -> requests.Response:
        """One request; `token` is the account key unless told otherwise.

        `as_described=False`: PagerDuty describes no such path, parameter or body.
        """
        described = options.pop("as_described", True)
        headers = {"Authorization": f"Token token={options.pop('token', self.key)}", "Accept": ACCEPT}
        headers |= options.pop("headers", {})
        url = self.environment[f"PAGERDUTY_{host}_URL"] + path
        if not described:
            self.allow(requests.Request(method, url, json=body).prepare())
        return self.session.request(method, url, json=body, headers=headers, **options)

    def allow(self, request: requests.PreparedRequest) -> None:
        """Let a request be one that PagerDuty does not describe, whenever it is answered."""
        sent = request.body or b""
        path = unquote(urlsplit(request.url or "").path)
        self.undescribed.add((request.method or "", path, sent.encode() if isinstance(sent, str) else sent))

    def get(self, path: str, **options: Any) -> Json:
        """The body of a successful GET."""
        return done(self.send("GET", path, **options))

    def post(self, path: str, body: Json, **options: Any) -> Json:
        """The body of a successful POST."""
        return done(self.send("POST", path, body, **options))

    def put(self, path: str, body: Json | None = None, **options: Any) -> Json:
        """The body of a successful PUT; empty for 204."""
        return done(self.send("PUT", path, body, **options))

    def delete(self, path: str, **options: Any) -> None:
        """A successful DELETE."""
        done(self.send("DELETE", path, **options))

    def refused(self, status: int, method: str, path: str, body: Any = None, **options: Any) -> list[str]:
        """The error texts of a refused call."""
        response = self.send(method, path, body, **options)
        assert response.status_code == status, response.text
        error = response.json()["error"]
        return [error["message"], *(error.get("errors") or [])]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control endpoint."""
        response = self.session.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body)
        assert response.ok, response.text
        return response.json()

    # Factories

    def team(self, name: str = "Payments", **fields: Any) -> Json:
        body = {"team": {"type": "team", "name": name, **fields}}
        return self.post("/teams", body)["team"]

    def user(self, email: str = "maya@acme.example", **fields: Any) -> Json:
        body = {"user": {"type": "user", "name": email.partition("@")[0].title(), "email": email, **fields}}
        return self.post("/users", body)["user"]

    def policy(self, name: str = "Payments", targets: list[Json] | None = None, **fields: Any) -> Json:
        admin = self.get("/users")["users"][0]
        rule = {"escalation_delay_in_minutes": 30, "targets": targets or [reference(admin)]}
        body = {"type": "escalation_policy", "name": name, "escalation_rules": [rule], **fields}
        return self.post("/escalation_policies", {"escalation_policy": body})["escalation_policy"]

    def service(self, name: str = "Payments API", **fields: Any) -> Json:
        if "escalation_policy" not in fields:
            fields["escalation_policy"] = reference(self.policy(f"Policy of {name}"))
        return self.post("/services", {"service": {"type": "service", "name": name, **fields}})["service"]

    def orchestration(self, name: str = "Production", **fields: Any) -> Json:
        return self.post("/event_orchestrations", {"orchestration": {"name": name, **fields}})[
            "orchestration"
        ]


def reference(shown: Json) -> Json:
    """A reference to an object that was answered."""
    return {"id": shown["id"], "type": f"{shown['type']}_reference"}


def done(response: requests.Response) -> Json:
    assert response.ok, response.text
    return response.json() if response.content else {}


@pytest.fixture
def account() -> Iterator[Account]:
    """An account in a sandbox of its own."""
    with Sandbox() as sandbox:
        account = Account(sandbox)
        yield account
        account.session.close()
    for call in sandbox.calls:
        if call.provider == "pagerduty":
            assert call.status != 500 or call.fault, f"{call.method} {call.path} met a bug of the sandbox"
            sent = (call.method, call.mount + call.path, call.sent)
            contract.check(call, as_described=sent not in account.undescribed)
