"""Every route of the sandbox's PagerDuty is called once, and answers as PagerDuty's documents describe.

The fixture holds each answer against its schema. What is made by a POST is read, sent back as it was read (so
that clients which send whole objects work), and deleted at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from pdslack_cli.sandbox.calls import RecordedCall
from pdslack_cli.sandbox.pagerduty.app import HOSTS
from pdslack_cli.sandbox.pagerduty.families import ROUTES
from tests.sandbox.conftest import Account, Json
from tests.sandbox.route_bodies import ENDED, MADE, SENT, SPAN, SPANNED
from tests.support.contract import document_of

UNCHECKED = {
    "api DELETE /services/<parent>/integrations/<id>": "described nowhere (pagerduty.md 5.2)",
    "api DELETE /incident_workflows/<id>": "described without a body; answers nothing",
    "api POST /webhook_subscriptions/<id>/ping": "described without a body; answers nothing",
}
"""Routes whose answers no schema describes, and why; all others are held against theirs."""

SENDER = {"From": "admin@sandbox.example"}


SAME = {"technical_services": "services", "responders": "users"}
"""Collections of paths that have other names, and the same objects."""


class Walk:
    """Calls in an account, and the ids that they answered."""

    def __init__(self, account: Account, channel: str) -> None:
        self.account = account
        self.ids = {"/integration-slack/workspaces": "T0ACME", "channel": channel}

    def make(self, path: str, body: Json) -> None:
        """POST; the id of what was made is known from then on."""
        answered = self.call("POST", path, body)
        for made in answered.values() if isinstance(answered, dict) else [answered[0]["override"]]:
            if path.startswith("/v3/") and isinstance(made, list):
                (made,) = made
            if isinstance(made, dict) and "id" in made and not path.endswith("*/services"):
                self.ids[path] = made["id"]
                self.ids["key"] = made.get("integration_key", self.ids.get("key", ""))
        if path == "/v2/enqueue":
            self.ids["merged"] = self.ids["/incidents"]
            self.ids["/incidents"] = self.call("GET", "/incidents?sort_by=incident_number:desc")["incidents"][
                0
            ]["id"]

    def read(self, path: str) -> None:
        """GET; of a list, the first id is known from then on."""
        for found in self.call("GET", path + (SPAN if path in SPANNED else "")).values():
            if isinstance(found, list) and found and isinstance(found[0], dict):
                self.ids.setdefault(path, found[0].get("id", ""))

    def concrete(self, path: str) -> str:
        """A path with the ids that are known for its stars."""
        path, mark, query = path.partition("?")
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part == "*":
                parts[place] = self.id_of("/".join(path.split("/")[:place]))
        return "/".join(parts) + mark + query

    def id_of(self, collection: str) -> str:
        """The id of what was made there, or in the collection of the same name: of /teams/*/users, a user."""
        last = collection.rpartition("/")[2]
        return self.ids[collection] if collection in self.ids else self.ids[f"/{SAME.get(last, last)}"]

    def filled(self, value: Any) -> Any:
        """A body with the ids that it asks for."""
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if isinstance(value, str) and value.startswith("@"):
            return self.ids[value[1:]]
        return value

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        """A call, whatever is answered."""
        host = "EVENTS" if path.startswith("/v2/") else "APP" if "slack/workspaces" in path else "API"
        by_user = "/integration-slack/" in path or "/users/me" in path
        token = self.account.user_token if by_user else self.account.key
        return self.account.send(
            method,
            self.concrete(path),
            self.filled(body),
            host=host,
            token=token,
            headers=SENDER,
            as_described=False,
        )

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A successful call; its body as it was answered."""
        answer = self.send(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else {}


def rules(method: str) -> Iterator[str]:
    """The paths of all routes of a method, with stars for parameters."""
    for rule in ROUTES.iter_rules():
        if method in (rule.methods or ()):
            known = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule).replace("<feature>", "aiops")
            yield re.sub(r"<[^>]+>", "*", known).replace("/abilities/*", "/abilities/teams")


def route_of(call: RecordedCall) -> str:
    """The route that answered a call."""
    rule, _ = ROUTES.bind("x", subdomain=HOSTS[call.mount]).match(call.path, call.method, return_rule=True)
    return f"{rule.subdomain} {call.method} {rule.rule}"


def filled(account: Account) -> Walk:
    """An account with something of everything."""
    account.control("POST", "seed", {"workspace": "T0ACME", "channels": ["incidents"]})
    (channel,) = account.sandbox.store.find("slack.channel", name="incidents")
    walk = Walk(account, channel["id"])
    walk.read("/extension_schemas")
    for path, body in MADE:
        walk.make(path, body)
    return walk


@pytest.mark.slow
def test_every_route_answers_as_described(account: Account) -> None:
    walk = filled(account)
    reads = sorted(rules("GET"), key=lambda path: (path.endswith("*"), path))
    for path in reads:
        if not path.endswith("/data"):  # of cache variables, and nobody has sent any
            walk.read(path)
    sent = dict(SENT)
    for path in sorted(rules("PUT"), key=lambda path: path == "/incidents/*/merge"):
        walk.call("PUT", path, sent[path] if path in sent else walk.call("GET", path))
    walk.call("POST", "/incidents/*/snooze", {"duration": 3600})  # it is acknowledged by now
    for path in reads:
        walk.read(path)
    for path, body in ENDED:
        walk.call("POST", path, body)
    assigned = walk.call("GET", "/incidents?statuses[]=triggered&statuses[]=acknowledged")["incidents"]
    ended = [{"id": one["id"], "type": "incident_reference", "status": "resolved"} for one in assigned]
    walk.call("PUT", "/incidents", {"incidents": ended})  # whoever has assigned incidents cannot be deleted
    made = [path for path, _ in MADE]
    for path in sorted(rules("DELETE"), key=lambda path: (-path.count("*"), path)):
        if not (path.endswith("/*") and path[:-2] in made):
            walk.call("DELETE", path)
    for collection in reversed(made):
        if f"{collection}/*" in [*rules("DELETE")]:
            walk.call("DELETE", f"{collection}/*")
    calls = {route_of(call): call for call in account.sandbox.calls if call.provider == "pagerduty"}
    # A new route gets its body, or its place in an order, in route_bodies.py.
    assert calls.keys() == {
        f"{rule.subdomain} {method} {rule.rule}"
        for rule in ROUTES.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    judged = {name for name, call in calls.items() if document_of(call).has_schema(call.method, call.path)}
    assert calls.keys() - judged == UNCHECKED.keys()
    assert all(not calls[name].answered for name in UNCHECKED)
