"""A plan for programs: the field names and values of `terraform show -json` (cli-conventions.md 3.3)."""

from __future__ import annotations

import json

import pytest

from pdslack_cli.engine.plan import make_plan
from pdslack_cli.model import Live, OwnershipMark
from pdslack_cli.render.plan.as_json import plan_json
from tests.support.factories import live_state, live_team, stack

OURS = "[pdslack:acme/payments]"
TEAM = "owner: acme\nteams: {payments: {name: Payments, description: Takes money}}"


def document(text: str, *lives: Live, **options: bool) -> dict:
    """The document as a program reads it."""
    return json.loads(json.dumps(plan_json(make_plan(stack(text), live_state(*lives), **options))))


@pytest.mark.parametrize(
    ("text", "lives", "adopt", "actions", "summary"),
    [
        pytest.param(TEAM, [], False, ["create"], (0, 1, 0, 0), id="create"),
        pytest.param(TEAM, [live_team(description=OURS)], False, ["update"], (0, 0, 1, 0), id="update"),
        pytest.param(
            "owner: acme\nteams: {}", [live_team(description=OURS)], False, ["delete"], (0, 0, 0, 1),
            id="delete",
        ),
        pytest.param(
            TEAM, [live_team(description="Takes money")], True, ["no-op"], (1, 0, 0, 0), id="adopt as it is"
        ),
        pytest.param(
            TEAM, [live_team(description="Other words")], True, ["update"], (1, 0, 1, 0),
            id="adopt and update",
        ),
    ],
)  # fmt: skip
def test_actions_and_counts_are_terraforms(text, lives, adopt, actions, summary):
    found = document(text, *lives, adopt=adopt)

    (change,) = found["resource_changes"]
    assert change["change"]["actions"] == actions
    assert tuple(found["change_summary"].values()) == (*summary, 0, 0)
    assert ("importing" in change["change"]) == adopt


def test_change_names_its_object():
    (change,) = document(TEAM)["resource_changes"]

    named = ("address", "mode", "type", "name", "provider_name")
    assert [change[name] for name in named] == ["team/payments", "managed", "team", "payments", "pagerduty"]


def test_before_and_after_are_in_the_words_of_the_file():
    (change,) = document(TEAM, live_team(name="Old", description=f"Words\n\n{OURS}"))["resource_changes"]

    assert change["change"]["before"] == {"name": "Old", "description": "Words"}
    assert change["change"]["after"] == {"name": "Payments", "description": "Takes money"}
    assert change["changed_fields"] == ["name", "description"]


@pytest.mark.parametrize(
    ("text", "lives", "empty"),
    [
        pytest.param(TEAM, [], "before", id="nothing before a create"),
        pytest.param(
            "owner: acme\nteams: {}", [live_team(description=OURS)], "after", id="or after a delete"
        ),
    ],
)
def test_what_is_not_there_is_null(text, lives, empty):
    (change,) = document(text, *lives)["resource_changes"]

    assert change["change"][empty] is None
    assert change["change"][f"{empty}_sensitive"] is False


def test_adoption_tells_what_is_imported():
    (change,) = document(TEAM, live_team("PTEAM9", description="Takes money"), adopt=True)["resource_changes"]

    assert change["change"]["importing"] == {"id": "PTEAM9"}


def test_rename_of_a_key_tells_the_previous_address():
    text = "owner: acme\nteams: {money: {name: Payments, previously: payments}}"

    (change,) = document(text, live_team(description=OURS))["resource_changes"]

    assert (change["address"], change["previous_address"]) == ("team/money", "team/payments")


def test_replacement_tells_which_field_forces_it():
    delivery = {"type": "http_delivery_method", "url": "https://old.acme.example", "custom_headers": []}
    raw = {
        "id": "PHOOK", "description": "", "active": True, "delivery_method": delivery,
        "events": ["incident.triggered"], "filter": {"type": "account_reference"},
    }  # fmt: skip
    url = "https://old.acme.example"
    live = Live("webhook", "PHOOK", url, raw, OwnershipMark.bound("acme", "sync", url))
    text = """
        owner: acme
        webhooks: {sync: {url: "https://new.acme.example", from: account, events: [incident.triggered]}}
    """

    (change,) = document(text, live)["resource_changes"]

    assert change["change"]["actions"] == ["create", "delete"]
    assert change["change"]["replace_paths"] == [["url"]]
    assert change["action_reason"] == "replace_because_cannot_update"


def test_secrets_are_hidden_and_marked():
    text = """
        owner: acme
        webhooks:
          sync:
            url: https://sync.acme.example
            from: account
            events: ["incident.*"]
            headers: {X-Token: "${HOOK_TOKEN}", X-Env: prod}
    """
    found = plan_json(make_plan(stack(text, PDSLACK_VAR_HOOK_TOKEN="hush-hush"), live_state()))

    (change,) = found["resource_changes"]
    assert "hush-hush" not in json.dumps(found)
    assert change["change"]["after"]["headers"]["X-Token"] == "(sensitive value)"
    assert change["change"]["after_sensitive"] == {"headers": {"X-Env": True, "X-Token": True}}


def test_problems_are_diagnostics_and_the_plan_is_not_applyable():
    found = document(TEAM, live_team())

    assert (found["applyable"], found["complete"], found["errored"]) == (False, False, True)
    assert "exists that pdslack does not manage" in found["diagnostics"][0]["summary"]


def test_plan_without_changes_is_complete():
    found = document("owner: acme\nteams: {}")

    assert (found["applyable"], found["complete"], found["errored"]) == (False, True, False)
    assert found["resource_changes"] == []
    assert len(found["fingerprint"]) == 64
