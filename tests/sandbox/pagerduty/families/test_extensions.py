"""Extensions and add-ons: what is masked, what is for ever, and what is refused."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference


def schema(account: Account, key: str) -> Json:
    (found,) = (each for each in account.get("/extension_schemas")["extension_schemas"] if each["key"] == key)
    return reference(found)


def body(account: Account, key: str, **fields) -> Json:
    service = reference(account.service())
    named = {"type": "extension", "name": "Tickets"}
    return {
        "extension": {
            **named,
            "extension_schema": schema(account, key),
            "extension_objects": [service],
            **fields,
        }
    }


def test_secrets_of_settings_are_masked_however_deep(account: Account):
    config = {"snow_user": "pd", "snow_password": "hush", "more": [{"token": "hush", "tokens": 3}]}
    made = account.post("/extensions", body(account, "servicenow_v7", config=config))["extension"]
    redacted = {"token": "--redacted--", "tokens": 3}
    assert made["config"] == {"snow_user": "pd", "snow_password": "--redacted--", "more": [redacted]}
    assert account.get("/extensions?query=tick")["extensions"] == [made]
    assert account.get("/extensions?extension_object_id=PNONE")["extensions"] == []


def test_schema_and_services_stay_as_they_were_created(account: Account):
    asked = body(account, "servicenow_v7")
    made = account.post("/extensions", asked)["extension"]
    asked["extension"] |= {"name": "Other", "extension_schema": schema(account, "custom_incident_action")}
    shown = account.put(f"/extensions/{made['id']}", asked, as_described=False)["extension"]
    assert shown["name"] == "Other"
    assert shown["extension_schema"] == made["extension_schema"]


@pytest.mark.parametrize(
    ("key", "error"),
    [("slack", "requires authorization"), ("generic_v2_webhook", "Endpoint url can't be blank")],
)
def test_what_its_schema_asks_for(account: Account, key: str, error: str):
    assert error in str(account.refused(400, "POST", "/extensions", body(account, key)))


@pytest.mark.parametrize("fields", [{"src": "http://a.acme.example"}, {"type": "addon"}, {"name": "x" * 101}])
def test_an_addon_that_cannot_be(account: Account, fields: Json):
    addon = {"type": "full_page_addon", "name": "Status", "src": "https://a.acme.example"}
    account.refused(400, "POST", "/addons", {"addon": addon | fields}, as_described=False)


def test_addons_are_listed_as_references_of_their_type(account: Account):
    addon = {"type": "incident_show_addon", "name": "Status", "src": "https://a.acme.example"}
    made = account.post("/addons", {"addon": addon})["addon"]
    assert made["type"] == "incident_show_addon_reference"
    assert account.get("/addons?filter=incident_show_addon")["addons"] == [made]
    assert account.get("/addons?filter=full_page_addon")["addons"] == []
    assert account.get(f"/addons/{made['id']}")["addon"]["type"] == "incident_show_addon"
