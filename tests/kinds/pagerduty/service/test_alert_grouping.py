"""Alert grouping, an object of its own that may hold other services too."""

from __future__ import annotations

import pytest

from tests.kinds.pagerduty.account import file, service
from tests.support.factories import mark

SETTINGS = "/alert_grouping_settings"
BY_TIME = "alert_grouping: {by: time, window: 10m}"


def settings(account) -> list[dict]:
    return account.pagerduty.list(SETTINGS, "alert_grouping_settings")


def by_hand(account, *services: str, description: str = "") -> None:
    members = [{"id": account.service(name)["id"], "type": "service_reference"} for name in services]
    config = {"time_window": 300, "iag_fields": ["summary"]}
    body = {"name": "Theirs", "type": "intelligent", "config": config, "services": members}
    account.pagerduty.create(SETTINGS, {"alert_grouping_setting": {**body, "description": description}})


def test_a_setting_holds_one_service_and_carries_its_mark(account):
    account.made(service(BY_TIME))
    (setting,) = settings(account)
    assert setting["description"] == mark("payments/api")
    assert [member["id"] for member in setting["services"]] == [account.service("api")["id"]]
    assert (setting["type"], setting["config"]["timeout"]) == ("time", 600)


@pytest.mark.parametrize(
    ("services", "description", "adopt", "problem"),
    [
        pytest.param(["api", "other"], "", True, "is shared by 2 services", id="shared"),
        pytest.param(["api"], "", False, "is not ours: `--adopt` takes it over", id="by hand"),
        pytest.param(
            ["api"], "[pdslack:others/api]", True, "belongs to owner 'others'", id="of another owner"
        ),
    ],
)
def test_a_setting_that_is_not_ours_is_left_alone(account, services, description, adopt, problem):
    both = "services: {api: {escalation_policy: first}, other: {escalation_policy: first}}"
    account.made(file(both))
    by_hand(account, *services, description=description)
    before = settings(account)
    wanted = file(
        f"services: {{api: {{escalation_policy: first, {BY_TIME}}}, other: {{escalation_policy: first}}}}"
    )
    (message,) = account.problems(wanted, adopt=adopt)
    assert problem in message
    assert settings(account) == before


def test_a_setting_of_another_owner_is_not_taken_over_with_an_unmarked_service(account):
    account.made(service())
    api = account.service("api")
    account.sandbox.store.replace("pagerduty.service", api["id"], {**api, "description": "By hand"})
    by_hand(account, "api", description="[pdslack:others/api]")
    before = settings(account)
    (message,) = account.problems(service(BY_TIME), adopt=True)
    assert "belongs to owner 'others'" in message
    assert "`pdslack adopt service/api --from others` takes it over" in message
    assert settings(account) == before
    account.made(service(), adopt=True)  # which does not name the setting
    assert settings(account) == before


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param({"name": "Renamed"}, "was renamed by hand, or is a copy", id="its name does not fit"),
        pytest.param(
            {"description": mark("payments/other")}, "carries the mark of service/other", id="another's mark"
        ),
    ],
)
def test_a_setting_whose_mark_does_not_fit_is_never_deleted(account, change, problem):
    account.made(service(BY_TIME))
    (setting,) = settings(account)
    kind = "pagerduty.alert_grouping_setting"
    account.sandbox.store.replace(kind, setting["id"], {**setting, **change})
    (message,) = account.problems(service("alert_grouping: null"))
    assert problem in message
    account.made(file("services: {}"))
    deleted = [call.path for call in account.sandbox.calls if call.method == "DELETE"]
    assert not [path for path in deleted if SETTINGS in path]


def test_an_unmarked_setting_is_taken_over_on_demand(account):
    account.made(service())
    by_hand(account, "api", description="Since 2024")
    account.made(service(BY_TIME), adopt=True)
    (setting,) = settings(account)
    assert setting["description"] == "Since 2024\n\n" + mark("payments/api", setting["name"])
    assert setting["type"] == "time"


def test_a_shared_setting_that_is_what_the_file_wants_stays(account):
    both = "services: {api: {escalation_policy: first}, other: {escalation_policy: first}}"
    account.made(file(both))
    by_hand(account, "api", "other")
    grouping = "alert_grouping: {by: intelligent, window: 5m}"
    account.made(file(both.replace("first}", f"first, {grouping}}}")))
    assert len(settings(account)) == 1


def test_an_update_of_the_service_leaves_a_shared_setting_alone(account):
    """The old fields of a service would pull it out of the setting (pagerduty.md 5.3)."""
    both = "services: {api: {escalation_policy: first}, other: {escalation_policy: first}}"
    account.made(file(both))
    by_hand(account, "api", "other")
    before = settings(account)
    account.made(file(both.replace("first}", "second, description: new, auto_pause: 2m}")))
    assert settings(account) == before


def test_deleting_a_service_keeps_the_setting_of_somebody_else(account):
    both = "services: {api: {escalation_policy: first}, other: {escalation_policy: first}}"
    account.made(file(both))
    by_hand(account, "api", "other")
    account.made(file("services: {other: {escalation_policy: first}}"))
    (setting,) = settings(account)
    assert [member["id"] for member in setting["services"]] == [account.service("other")["id"]]


def test_settings_are_listed_only_when_a_service_wants_them(account):
    account.made(service())
    account.forget_calls()
    account.plan(service())
    assert account.calls()[f"GET {SETTINGS}"] == 0
    account.plan(service(BY_TIME))
    assert account.calls()[f"GET {SETTINGS}"] == 1
