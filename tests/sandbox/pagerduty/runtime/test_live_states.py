"""Whatever has happened to incidents, every answer about them is as PagerDuty describes it.

The fixture holds each answer against its schema, so what is tested is all that these calls reach.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from pdslack_cli.sandbox.pagerduty.families.incidents.log_entries import LogEntriesApi
from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.families.test_orchestrations import put, rule, rules_document
from tests.sandbox.pagerduty.families.test_workflows import step, trigger, workflow
from tests.sandbox.pagerduty.runtime.test_incident_life import HOUR, MINUTE, SENDER, send, two_levels
from tests.sandbox.test_every_route import rules
from tests.support.contract import openapi

SPAN = "since=2020-01-01T00:00:00Z&until=2020-03-01T00:00:00Z"
NEEDS_SPAN = dict.fromkeys(("/schedules/*/overrides", "/schedules/*/users", "/notifications"), SPAN)
LEFT_OUT = ("/abilities/", "/integration-slack/", "/automation_actions/actions/*/")
MOST_READ = 15
"""How many objects of a list are read one by one; what differs among more of them, the list shows."""


class World:
    """An account in which every rule, every timer and every person did something."""

    def __init__(self, account: Account) -> None:
        self.account = account
        account.control("POST", "seed", {"incident_types": ["security"], "automation_actions": ["Restart"]})
        self.team = account.team()
        self.policy = two_levels(account, num_loops=1, teams=[reference(self.team)])
        self.other = account.policy("Other")
        self.service = self.made_service("Payments API")
        self.key = self.routed()
        self.ruled()

    def made_service(self, name: str) -> Json:
        return self.account.service(
            name,
            escalation_policy=reference(self.policy),
            acknowledgement_timeout=30 * MINUTE,
            auto_resolve_timeout=10 * HOUR,
            auto_pause_notifications_parameters={"enabled": True, "timeout": 120},
            incident_urgency_rule={"type": "constant", "urgency": "severity_based"},
        )

    def routed(self) -> str:
        """The key of an orchestration that leads to the service, or for `stray` events nowhere."""
        made = self.account.orchestration(team={"id": self.team["id"]})
        document = rules_document(
            rule("not event.component matches 'stray'", route_to=self.service["id"]),
            catch_all={"route_to": "unrouted"},
        )
        put(self.account, f"/event_orchestrations/{made['id']}/router", document)
        return str(made["integrations"][0]["parameters"]["routing_key"])

    def ruled(self) -> None:
        """Give the service a rule for every action that changes an incident."""
        field = {
            "data_type": "string",
            "display_name": "Region",
            "field_type": "single_value",
            "name": "region",
        }
        made = self.account.post("/incidents/custom_fields", {"field": field}, as_described=False)["field"]
        priority = self.account.get("/priorities")["priorities"][0]
        action = self.account.get("/automation_actions/actions")["actions"][0]["id"]
        actions = {
            "all": {
                "annotate": "See {{event.summary}}",
                "priority": priority["id"],
                "incident_custom_field_updates": [{"id": made["id"], "value": "eu"}],
                "pagerduty_automation_actions": [{"action_id": action, "trigger_types": ["alert_triggered"]}],
            },
            "quiet": {"suppress": True},
            "later": {"suspend": 600},
            "elsewhere": {"escalation_policy": self.other["id"]},
        }
        rules_ = [rule(f"event.component matches '{word}'", **done) for word, done in actions.items()]
        path = f"/event_orchestrations/services/{self.service['id']}"
        put(self.account, path, rules_document(*rules_))
        self.account.put(f"{path}/active", {"active": True})

    def incident(self, component: str, **payload: str) -> Json:
        """What an event became."""
        send(self.account, self.key, component, component=component, **payload)
        found: Json = self.account.get("/incidents?sort_by=incident_number:desc")["incidents"][0]
        return found

    def change(self, incident: Json, **fields: object) -> None:
        body = {"incident": {"type": "incident_reference", **fields}}
        self.account.put(f"/incidents/{incident['id']}", body, headers=SENDER, as_described=False)

    def act(self, incident: Json, what: str, body: Json, method: str = "POST") -> None:
        path = f"/incidents/{incident['id']}/{what}"
        answer = self.account.send(method, path, body, headers=SENDER)
        assert answer.ok, answer.text

    def live(self) -> None:
        """Let everything happen."""
        account = self.account
        people = {user["name"]: user for user in account.get("/users")["users"]}
        admin, tom = people["Sandbox Admin"], people["Tom"]
        note = "pagerduty.com:incident-workflows:add-notes-to-incident:1"
        running = workflow(account, step(note, Note="Begun"))
        trigger(
            account, running, trigger_type="conditional", condition="", is_subscribed_to_all_services=True
        )
        for word in ("stray", "quiet", "later", "elsewhere"):
            send(account, self.key, word, component=word)
        ruled = self.incident("all", links=[])
        self.act(ruled, "notes", {"note": {"content": "Looking"}})
        target = {"responder_request_target": reference(tom)}
        asked = {"requester_id": admin["id"], "message": "Help"}
        policy = {"responder_request_target": reference(self.other)}
        self.act(ruled, "responder_requests", {**asked, "responder_request_targets": [target, policy]})
        answer = {"incident": ruled["id"], "user": tom["id"], "accepted": True}
        account.control("POST", "responders", answer)
        update = {"message": "Soon", "subject": "Payments", "html_message": "<p>Soon</p>"}
        self.act(ruled, "status_updates", update)
        self.change(ruled, conference_bridge={"conference_url": "https://meet.acme.example/1"})
        values = {"custom_fields": [{"name": "region", "value": "us"}]}
        self.act(ruled, "custom_fields/values", values, "PUT")
        reassigned = self.incident("reassigned", severity="warning")
        self.change(reassigned, assignments=[{"assignee": reference(tom)}], urgency="high", title="Renamed")
        delegated = self.incident("delegated")
        self.change(delegated, escalation_policy=reference(self.other), priority=None)
        escalated = self.incident("escalated")
        self.change(escalated, escalation_level=2)
        snoozed = self.incident("snoozed")
        self.change(snoozed, status="acknowledged")
        self.act(snoozed, "snooze", {"duration": 20 * HOUR})
        lapsed = self.incident("lapsed")
        send(account, self.key, "lapsed", "acknowledge", component="lapsed")
        merged, reopened = self.incident("merged"), self.incident("reopened")
        self.act(
            lapsed, "merge", {"source_incidents": [{"id": merged["id"], "type": "incident_reference"}]}, "PUT"
        )
        self.change(reopened, status="resolved", resolution="Restarted")
        self.change(reopened, status="triggered")
        by_hand = {"type": "incident", "title": "By hand", "service": reference(self.service)}
        for more in (
            {},
            {
                "incident_type": {"name": "security"},
                "urgency": "low",
                "body": {"type": "incident_body", "details": "x"},
            },
        ):
            account.post("/incidents", {"incident": {**by_hand, **more}}, headers=SENDER)
        done = self.incident("done")
        send(account, self.key, "done", "resolve", component="done")
        send(account, self.key, "done", component="done")  # is paused, as it ended by itself
        (alert,) = account.get(f"/incidents/{escalated['id']}/alerts")["alerts"]
        self.act(done, "notes", {"note": {"content": "After the end"}})
        moved = {"alert": {"type": "alert", "incident": reference(ruled)}}
        account.put(f"/incidents/{escalated['id']}/alerts/{alert['id']}", moved, headers=SENDER)


class Crawl:
    """Reads of everything, by the ids that the reads before answered."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.found: dict[str, list[str]] = defaultdict(list)
        """The ids that a list answered, by its path."""

    def read_all(self, *sections: str) -> None:
        for path in sorted(rules("GET"), key=lambda path: (path.count("*"), path.endswith("*"), path)):
            if path.startswith(sections or "/") and not path.startswith(LEFT_OUT):
                for concrete in self.concrete(path.split("/")[1:]):
                    self.read(concrete, NEEDS_SPAN.get(path, ""))

    def concrete(self, parts: list[str], done: str = "") -> Iterator[str]:
        """The paths that are known so far where each part that is a star is an id."""
        if not parts:
            yield done
            return
        last = done.rpartition("/")[2].removeprefix("technical_")
        known = self.found[done] or self.found[f"/{last}"]
        for part in known if parts[0] == "*" else parts[:1]:
            yield from self.concrete(parts[1:], f"{done}/{part}")

    def read(self, path: str, query: str) -> None:
        """GET it as it is, and with all that it can include."""
        token = self.account.user_token if path == "/users/me" else self.account.key
        words = openapi("pagerduty-rest.json").words("GET", path, "include[]")
        for more in ({"include[]": []}, {"include[]": words}) if words else ({},):
            answer = self.account.get(
                f"{path}?{query}&limit=20", params=more, token=token, as_described=False
            )
        for listed in answer.values():
            if isinstance(listed, list):
                ids = [one["id"] for one in listed if isinstance(one, dict) and "id" in one]
                self.found[path] = ids[:MOST_READ]


@pytest.mark.slow
def test_every_read_of_a_lived_in_account_answers_as_described(account: Account) -> None:
    World(account).live()
    crawl = Crawl(account)
    crawl.read_all()
    account.control("POST", "clock", {"advance": 12 * HOUR})
    crawl.read_all("/incidents", "/services", "/notifications")
    assert all(alert["integration"] for alert in account.sandbox.store.all("pagerduty.alert"))
    kinds = {entry["type"] for entry in account.sandbox.store.all("pagerduty.log_entry")}
    assert {*LogEntriesApi.types} == kinds
