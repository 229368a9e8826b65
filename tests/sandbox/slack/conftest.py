"""A workspace to call over HTTP, whose every answer is held against Slack's documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from simple_websocket import Client

from pdslack_cli.sandbox.server import Sandbox
from tests.support import slack_contract
from tests.support.loopback import plain_session

Json = dict[str, Any]


class Greeted(Client):
    """A client that also hears what comes together with the handshake, which its library leaves for later."""

    def handshake(self) -> None:
        super().handshake()
        self.connected = self._handle_events()


class Workspace:
    """The sandbox's Slack, and the calls that tests make to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = plain_session()
        environment = sandbox.environment()
        self.url = environment["SLACK_API_URL"]
        self.bot_token = environment["SLACK_BOT_TOKEN"]
        self.tokens = {
            "bot": self.bot_token,
            "user": environment["SLACK_USER_TOKEN"],
            "app": environment["SLACK_APP_TOKEN"],
            "config": environment["SLACK_CONFIG_TOKEN"],
        }

    def send(self, method: str, token: str = "bot", **request: Any) -> requests.Response:
        """One request, whatever `requests` can put in it. `token` is a kind, a token, or empty."""
        bearer = self.tokens.get(token, token)
        headers = {**({"Authorization": f"Bearer {bearer}"} if bearer else {}), **request.pop("headers", {})}
        return self.session.request(
            request.pop("verb", "POST"), f"{self.url}{method}", headers=headers, **request
        )

    def call(self, method: str, token: str = "bot", **arguments: Any) -> Json:
        """The answer to a call with these arguments as a form."""
        return dict(self.send(method, token, data=arguments).json())

    def ok(self, method: str, token: str = "bot", **arguments: Any) -> Json:
        """The same, and it went well."""
        answer = self.call(method, token, **arguments)
        assert answer["ok"], (method, answer)
        return answer

    def error(self, method: str, token: str = "bot", **arguments: Any) -> str:
        """The code that the call is refused with."""
        answer = self.call(method, token, **arguments)
        assert not answer["ok"], (method, answer)
        return str(answer["error"])

    def channel(self, name: str, token: str = "bot", **arguments: Any) -> str:
        """The id of a new channel."""
        return str(self.ok("conversations.create", token, name=name, **arguments)["channel"]["id"])

    def channel_id(self, name: str) -> str:
        """The id of a channel that is there, also one that no token can see."""
        (channel,) = self.sandbox.store.find("slack.channel", name=name)
        return str(channel["id"])

    def person(self, name: str) -> str:
        """The id of a person, made if there is none."""
        email = f"{name}@acme.example"
        self.sandbox.seed({"people": [{"name": name.title(), "email": email}]})
        (user,) = self.sandbox.store.find("slack.user", email=email)
        return str(user["id"])

    def deactivated(self, name: str) -> str:
        """The id of a new person who was deactivated."""
        self.sandbox.seed({"people": [{"name": name, "email": f"{name}@acme.example", "deleted": True}]})
        (user,) = self.sandbox.store.find("slack.user", real_name=name)
        return str(user["id"])

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control endpoint."""
        response = self.session.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body)
        assert response.ok, response.text
        return response.json()

    def scoped(self, *scopes: str) -> str:
        """A bot token with these scopes alone."""
        settings = {"kind": "bot", "scopes": list(scopes)}
        self.session.put(f"{self.sandbox.url}/_sandbox/tokens/xoxb-scoped", json=settings).raise_for_status()
        return "xoxb-scoped"


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Sandbox() as sandbox:
        workspace = Workspace(sandbox)
        with workspace.session:
            yield workspace
        if slack_contract.AVAILABLE:
            assert [problem for call in sandbox.calls for problem in answer_problems(call)] == []


def answer_problems(call: Any) -> list[str]:
    method = call.path.removeprefix("/")
    if not call.answered or call.provider != "slack" or method not in slack_contract.facts():
        return []
    return slack_contract.answer_problems(method, call.answer_body)
