from __future__ import annotations

import pytest

from tests.sandbox.conftest import Account, Json, reference
from tests.sandbox.pagerduty.families.test_services import update

# Alert grouping

CONTENT = {
    "type": "content_based",
    "config": {"aggregate": "all", "fields": ["component"], "time_window": 600},
}


def group(account: Account, *services: Json, **fields) -> Json:
    body = {**CONTENT, "services": [reference(service) for service in services], **fields}
    return account.post("/alert_grouping_settings", {"alert_grouping_setting": body})[
        "alert_grouping_setting"
    ]


def settings(account: Account) -> list[Json]:
    return account.get("/alert_grouping_settings")["alert_grouping_settings"]


def test_a_setting_reads_back_as_sent(account: Account):
    service = account.service()
    made = group(account, service, name="Payments")
    assert made["name"] == "Payments"
    assert made["config"] == {**CONTENT["config"], "recommended_time_window": 300}
    assert settings(account) == [made]
    path = f"/alert_grouping_settings/{made['id']}"
    changed = account.put(path, {"alert_grouping_setting": {"type": "time", "config": {"timeout": 900}}})
    assert changed["alert_grouping_setting"]["config"] == {"timeout": 900}
    assert changed["alert_grouping_setting"]["services"] == made["services"], "left out is kept"
    account.delete(path)
    assert account.send("GET", path).json() == {}, "a 404 without an error object"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"type": "rules"}, id="unknown type"),
        pytest.param({"config": {"aggregate": "all", "fields": ["payload"]}}, id="unknown field"),
        pytest.param({"config": {"aggregate": "some", "fields": ["class"]}}, id="unknown aggregate"),
        pytest.param(
            {"config": {"aggregate": "all", "fields": ["class"], "time_window": 10}}, id="short window"
        ),
        pytest.param(
            {"config": {"aggregate": "all", "fields": ["class"], "time_window": 7200}}, id="odd window"
        ),
        pytest.param({"type": "time", "config": {"timeout": 5}}, id="minutes for seconds"),
        pytest.param({"services": []}, id="no services"),
    ],
)
def test_a_wrong_setting_is_refused(account: Account, fields):
    body = {**CONTENT, "services": [reference(account.service())], **fields}
    account.refused(400, "POST", "/alert_grouping_settings", {"alert_grouping_setting": body})


def test_a_service_is_in_one_setting_only(account: Account):
    first, second = account.service("First"), account.service("Second")
    group(account, first)
    body = {**CONTENT, "services": [reference(second), reference(first)]}
    account.refused(400, "POST", "/alert_grouping_settings", {"alert_grouping_setting": body})
    made = group(account, second)
    found = account.get(f"/alert_grouping_settings?service_ids[]={second['id']}")["alert_grouping_settings"]
    assert [setting["id"] for setting in found] == [made["id"]]


def test_settings_come_in_pages(account: Account):
    for name in ("A", "B", "C"):
        group(account, account.service(name), name=name)
    page = account.get("/alert_grouping_settings?limit=2&total=true")
    assert ([s["name"] for s in page["alert_grouping_settings"]], page["total"]) == (["A", "B"], 3)
    rest = account.get(f"/alert_grouping_settings?limit=2&after={page['after']}")
    assert ([s["name"] for s in rest["alert_grouping_settings"]], rest["after"]) == (["C"], None)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"alert_grouping": None}, id="null"),
        pytest.param({"alert_grouping_parameters": {"type": None}}, id="type null"),
    ],
)
def test_the_old_fields_take_a_service_out_of_its_setting(account: Account, fields):
    first, second = account.service("First"), account.service("Second")
    group(account, first, second)
    update(account, first, **fields)
    assert [service["id"] for service in settings(account)[0]["services"]] == [second["id"]]
    update(account, second, **fields)
    assert settings(account) == []


def test_the_old_fields_are_strict_about_themselves_only(account: Account):
    service = account.service()
    body = {"type": "service", "alert_grouping_parameters": {"type": "time", "timeout": 5}}
    account.refused(400, "PUT", f"/services/{service['id']}", {"service": body})
    shown = update(account, service, alert_grouping_parameters={"type": "time", "config": {"timeout": 5}})
    assert shown["alert_grouping_parameters"] == {"type": "time", "config": {"timeout": 5}}
    assert settings(account)[0]["config"] == {"timeout": 300}, "minutes there, seconds here"


def test_a_deleted_service_leaves_its_setting(account: Account):
    first, second = account.service("First"), account.service("Second")
    group(account, first, second)
    account.delete(f"/services/{first['id']}")
    assert [service["id"] for service in settings(account)[0]["services"]] == [second["id"]]
