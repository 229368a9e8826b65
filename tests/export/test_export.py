"""An export of any account validates, adopts all of it and changes nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.clients import connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Header, Stack
from pdslack_cli.errors import AuthError, ProblemsError, Severity
from pdslack_cli.export.account import Account, read_account
from pdslack_cli.export.export import Export, make_export
from pdslack_cli.export.selection import Selection
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.yaml import MAIN, yaml_document, yaml_files
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.settings import save_plan
from tests.census import documents
from tests.conftest import FakeClock
from tests.export.account import CONDITIONS, SECRETS, Accounts, path, reference, rule
from tests.export.account_drawn import generate
from tests.export.account_grown import grow
from tests.runs import Runner

MARK = re.compile(r"\s*\[pdslack:acme/[^\]]*\]\s*\Z")
MOVING = {"version", "updated", "updated_at", "last_set", "creator"}  # with any write


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def accounts(sandbox):
    """Two empty accounts but for a person and a policy."""
    sandbox.reset()
    accounts = Accounts(sandbox)
    accounts.person("maya@acme.example")
    accounts.policy("On call", [[reference("user", accounts.all("user")[0])]])
    yield accounts
    accounts.session.close()


def read(sandbox: Sandbox, workspace: str = "", without: str = "", **chosen: Any) -> Account:
    environ = {
        name: value for name, value in sandbox.environment().items() if not name.startswith(without or "-")
    }
    clients = connect(Settings.read(environ), workspace=workspace, clock=FakeClock())
    return read_account(clients, Selection(**chosen).reads_whole("acme"))


def one_document(export: Export) -> dict[str, str]:
    return {MAIN: yaml_document(export)}


def exported_from(account: Account, **chosen: Any) -> Export:
    return make_export(account, Header(owner="acme"), Selection(**chosen), one_document, {})[0]


def exported(sandbox: Sandbox, **chosen: Any) -> Export:
    return exported_from(read(sandbox, **chosen), **chosen)


def words(export: Export) -> dict[str, Any]:
    return {str(entry.ref): entry.words for entry in export.entries}


def comments(export: Export, ref: str) -> str:
    (entry,) = [entry for entry in export.entries if str(entry.ref) == ref]
    return "\n".join(entry.comments)


def loaded(texts: dict[str, str], folder: Path) -> Stack:
    """The stack of some files, once nothing is wrong with it."""
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    stack = load([folder], {})
    assert [problem for problem in lint_stack(stack) if problem.severity is Severity.ERROR] == []
    return stack


def is_adoption(change: dict[str, Any]) -> bool:
    """Whether only the mark is written: an adoption, or a mark of ours that is bound to its name by now."""
    adopted = bool(change["change"].get("importing"))
    in_place = change["change"]["actions"] == (["no-op"] if adopted else ["update"])
    return in_place and change["changed_fields"] == []


def kept(sandbox: Sandbox) -> dict[tuple[str, str], Any]:
    """What the sandbox holds, but our marks and what moves with them."""
    return {
        key: unmarked(document)
        for key, document in documents(sandbox).items()
        if key[0].startswith(("pagerduty.", "slack.")) and key[0] != "slack.message"
    }


def unmarked(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: unmarked(value) for name, value in document.items() if name not in MOVING}
    if isinstance(document, list):
        return [unmarked(value) for value in document]
    return MARK.sub("", document).rstrip() or None if isinstance(document, str) else document


def changed(before: dict[Any, Any], after: dict[Any, Any]) -> list[Any]:
    """What is not as it was: before and after, in fields where that is possible."""
    found: list[Any] = []
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old and new:
            names = [name for name in old | new if old.get(name) != new.get(name)]
            found += [(key, name, old.get(name), new.get(name)) for name in names]
        elif old != new:
            found.append((key, old, new))
    return found


def secrets(sandbox: Sandbox) -> set[str]:
    """Everything in the sandbox that opens a door."""
    found = {*SECRETS}
    found |= {
        value for name, value in sandbox.environment().items() if name.endswith(("KEY", "TOKEN", "SECRET"))
    }
    for document in documents(sandbox).values():
        found |= {document.get("integration_key"), document.get("_secret")}
        found |= {(document.get("parameters") or {}).get("routing_key")}
    return {secret for secret in found if isinstance(secret, str)}


def proved(sandbox: Sandbox, folder: Path) -> str:
    """The export of an account, which does all that we promise of it."""
    text = yaml_document(exported(sandbox))
    stack = loaded({"pdslack.yaml": text}, folder)
    runner = Runner(sandbox)

    plan = runner.plan(stack, adopt=True)
    assert plan.problems == ()
    assert [change for change in plan_json(plan)["resource_changes"] if not is_adoption(change)] == []

    before = kept(sandbox)
    report = runner.apply(stack, adopt=True)
    assert report.complete, [str(result.error) for result in report.results if result.error]
    assert runner.plan(stack).changes == ()
    assert changed(before, kept(sandbox)) == []

    assert yaml_document(exported(sandbox)) == text
    assert [secret for secret in secrets(sandbox) if secret in text] == []
    return text


# --- the promise -----------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_account_is_adopted_as_it_is(sandbox, tmp_path_factory, data):
    sandbox.reset()
    generate(data.draw, Accounts(sandbox))
    proved(sandbox, tmp_path_factory.mktemp("export"))


@pytest.mark.slow
def test_an_account_that_grew_for_years_is_adopted_as_it_is(sandbox, tmp_path):
    sandbox.reset()
    accounts = Accounts(sandbox)
    grow(accounts)
    assert len(accounts.all("service")) > 290
    assert len(accounts.all("routing")) == 5

    text = proved(sandbox, tmp_path)

    # None is missing but those of which it says so, each on a line of its own.
    services = [entry for entry in exported(sandbox).entries if entry.section == "services"]
    assert len(services) == len(sandbox.store.all("pagerduty.service")) - text.count("#   service ")


@pytest.mark.slow
@pytest.mark.parametrize("by", ["section", "team"])
def test_the_files_of_a_folder_say_the_same_as_one_document(sandbox, tmp_path, by):
    sandbox.reset()
    grow(Accounts(sandbox), 80)
    found = exported(sandbox)
    one, several = tmp_path / "one", tmp_path / "several"
    one.mkdir()
    several.mkdir()

    whole = loaded({"pdslack.yaml": yaml_document(found)}, one)
    files = yaml_files(found, by)  # type: ignore[arg-type]
    split = loaded(dict(files), several)

    assert split.specs == whole.specs
    assert len(files) > 4


# --- what stands in it -----------------------------------------------------------------------------


def test_a_name_stands_where_it_is_not_the_key_and_an_id_where_it_is_not_enough(accounts):
    for name in ("payments", "Platform", "Platform", "日本語"):
        accounts.team(name, None, {})

    _, second, third, _ = accounts.all("team")
    said = words(exported(accounts.sandbox))
    assert said["team/payments"] == {"members": {}}
    platforms = [said["team/platform"], said["team/platform-2"]]
    assert [team["name"] for team in platforms] == ["Platform", "Platform"]
    assert {team["id"] for team in platforms} == {second, third}
    assert said["team/team"]["name"] == "日本語"


def test_what_we_marked_keeps_its_key(accounts):
    accounts.team("Payments", "Takes money\n\n[pdslack:acme/cards]", {})

    assert words(exported(accounts.sandbox))["team/cards"] == {
        "name": "Payments",
        "description": "Takes money",
        "members": {},
    }


def test_of_two_objects_with_one_mark_the_second_is_only_looked_up(accounts, tmp_path):
    for name in ("One", "Two"):
        accounts.team(name, "[pdslack:acme/same]", {})

    said = words(exported(accounts.sandbox))

    assert {"id", "members", "name"} == said["team/same"].keys()
    (other,) = [entry for ref, entry in said.items() if ref.startswith("team/") and ref != "team/same"]
    assert other.keys() == {"name", "lookup", "id"}
    proved(accounts.sandbox, tmp_path)


@pytest.mark.parametrize(
    ("zone", "managed"),
    [
        pytest.param("Eastern Time (US & Canada)", True, id="as the web interface calls it"),
        pytest.param("Mars/Olympus", False, id="known to nobody"),
    ],
)
def test_a_schedule_keeps_the_zone_that_it_has(accounts, tmp_path, zone, managed):
    accounts.person("maya@acme.example")
    (user,) = accounts.all("user")
    layer = {
        "start": "2026-01-05T09:00:00Z",
        "rotation_virtual_start": "2026-01-05T09:00:00Z",
        "rotation_turn_length_seconds": 86_400,
        "users": [{"user": reference("user", user)}],
    }
    accounts.schedule("Primary", None, [layer], [])
    (schedule,) = accounts.all("schedule")
    accounts.edit("pagerduty.schedule", schedule, lambda document: document.update(time_zone=zone))

    said = words(exported(accounts.sandbox)).get("schedule/primary")

    assert (said and said.get("time_zone")) == (zone if managed else None)
    proved(accounts.sandbox, tmp_path)


def test_one_person_has_one_key_in_both_products(accounts):
    accounts.person("pagerduty-only@acme.example", slack=False)
    accounts.person("Slack.Only@acme.example", pagerduty=False)
    accounts.team("All", None, dict.fromkeys(accounts.all("user"), "responder"))
    accounts.channel("room", private=True, people=tuple(accounts.all("slack_user")))

    said = words(exported(accounts.sandbox))

    assert said["person/maya"] == "maya@acme.example"
    assert said["person/slack.only"] == "slack.only@acme.example"
    assert said["team/all"]["members"] == {"responder": ["maya", "pagerduty-only"]}
    assert said["channel/room"]["members"] == ["admin", "maya", "slack.only"]


def test_members_of_a_public_channel_come_and_go_by_themselves(accounts):
    accounts.channel("lobby", people=tuple(accounts.all("slack_user")), topic="Hello")

    assert words(exported(accounts.sandbox))["channel/lobby"] == {"topic": "Hello"}


def test_what_others_own_is_looked_up_where_something_needs_it(accounts):
    policy = accounts.all("escalation_policy")[0]
    accounts.edit(
        "pagerduty.escalation_policy",
        policy,
        lambda document: document.update(description="[pdslack:others/x]"),
    )
    accounts.service("API", policy, [])
    accounts.team("Theirs", "[pdslack:others/theirs]", {})

    found = exported(accounts.sandbox)

    assert words(found)["escalation_policy/on-call"] == {"name": "On call", "lookup": True}
    assert comments(found, "escalation_policy/on-call") == "it belongs to owner 'others'"
    assert "team 'Theirs': belongs to owner 'others'" in found.left_out


def test_connections_between_what_another_owner_has_are_left_to_that_owner(accounts):
    policy = accounts.all("escalation_policy")[0]
    service = accounts.service("API", policy, [], description="[pdslack:others/api]")
    accounts.channel("theirs", purpose="[pdslack:others/theirs]")
    accounts.connection(reference("service", service), accounts.all("channel")[0])

    assert not any(ref.startswith("notification_rule/") for ref in words(exported(accounts.sandbox)))


def test_hidden_values_are_told_how_to_write(accounts):
    headers = {"X-Token": SECRETS[0]}
    accounts.webhook(
        "https://sync.acme.example/x", {"type": "account_reference"}, headers, events=["service.created"]
    )

    found = exported(accounts.sandbox)

    assert "headers" not in words(found)["webhook/sync.acme.example"]
    assert '{"X-Token": "${WEBHOOK_SYNC_ACME_EXAMPLE_X_TOKEN}"}' in comments(
        found, "webhook/sync.acme.example"
    )


def test_rules_that_our_lints_refuse_say_that_they_are_meant_so(accounts):
    service = accounts.service("API", accounts.all("escalation_policy")[0], [])
    accounts.service_rules(service, path(("start", [rule(CONDITIONS[4], severity="info")])), active=True)

    (said,) = words(exported(accounts.sandbox))["service/api"]["rules"]

    assert said["ignore"] == ["lone-value"]


def test_a_field_that_no_file_can_say_is_left_out_alone(accounts):
    service = accounts.service(
        "API", accounts.all("escalation_policy")[0], [], description="token xoxb-1234567-abcdef"
    )
    accounts.orchestration("Events", "", "", [], {"router": path(("start", [rule(route_to=service)]))})
    accounts.pagerduty("DELETE", f"/services/{service}")
    accounts.service(
        "Other", accounts.all("escalation_policy")[0], [], description="token xoxb-1234567-abcdef"
    )

    found = exported(accounts.sandbox)

    assert words(found)["routing/events"] == {
        "name": "Events",
        "integrations": ["Events Default Integration"],
    }
    assert comments(found, "routing/events").startswith(
        "`routes` is left out: routes[0]: it refers to the service"
    )
    assert "description" not in words(found)["service/other"]
    assert (
        comments(found, "service/other")
        == "`description` is left out: it contains what looks like a Slack token (xoxb…)"
    )


def test_of_integrations_with_one_name_the_first_is_said(accounts):
    api = {"type": "events_api_v2_inbound_integration", "name": "API"}
    accounts.service("API", accounts.all("escalation_policy")[0], [api, {**api, "name": "B"}, api])

    found = exported(accounts.sandbox)

    assert [each["name"] for each in words(found)["service/api"]["integrations"]] == ["API", "B"]
    assert comments(found, "service/api") == "`integrations[2]` is left out: two integrations are named 'API'"


def test_alert_grouping_that_services_share_is_left_out(accounts):
    services = [accounts.service(name, accounts.all("escalation_policy")[0], []) for name in ("A", "B", "C")]
    config = {"aggregate": "all", "fields": ["class"], "time_window": 300}
    accounts.grouping(services[:2], name="Shared", type="content_based", config=config)
    accounts.grouping(services[2:], type="time", config={"timeout": 600})

    found = exported(accounts.sandbox)

    assert ["alert_grouping" in words(found)[f"service/{key}"] for key in "abc"] == [False, False, True]
    assert "shared by 2 services" in comments(found, "service/a")


def test_policies_with_round_robin_say_so(accounts):
    rules = [{
        "escalation_delay_in_minutes": 30,
        "targets": [reference("user", accounts.all("user")[0])],
        "escalation_rule_assignment_strategy": {"type": "round_robin"},
    }]  # fmt: skip
    body = {"type": "escalation_policy", "name": "Round", "escalation_rules": rules}
    accounts.make("escalation_policy", "/escalation_policies", body)

    (level,) = words(exported(accounts.sandbox))["escalation_policy/round"]["levels"]

    assert level["assign"] == "round_robin"


# --- a part of it ----------------------------------------------------------------------------------


@pytest.fixture
def company(accounts):
    """Two teams with a policy and a service each, and a channel of one of them."""
    user = accounts.all("user")[0]
    for name in ("Payments", "Platform"):
        accounts.team(name, None, {user: "manager"})
        team = accounts.all("team")[-1]
        accounts.policy(name, [[reference("user", user)]], teams=[reference("team", team)])
        accounts.service(f"{name} API", accounts.all("escalation_policy")[-1], [])
    accounts.channel("payments-alerts")
    accounts.connection(reference("service", accounts.all("service")[0]), accounts.all("channel")[0])
    return accounts


@pytest.mark.parametrize(
    ("chosen", "managed", "looked_up"),
    [
        pytest.param(
            {"only": ("services",)},
            {"service/payments-api", "service/platform-api"},
            {"escalation_policy/payments", "escalation_policy/platform"},
            id="a section",
        ),
        pytest.param(
            {"only": ("team", "service/pay*")},
            {"team/payments", "team/platform", "service/payments-api"},
            {"escalation_policy/payments"},
            id="a kind and a pattern",
        ),
        pytest.param(
            {"team": "Payments"},
            {"team/payments", "escalation_policy/payments", "service/payments-api", "channel/payments-alerts",
             "notification_rule/payments-api-payments-alerts"},
            set(),
            id="a team",
        ),
        pytest.param(
            {"team": "platform", "only": ("service",)},
            {"service/platform-api"},
            {"escalation_policy/platform"},
            id="services of a team",
        ),
    ],
)  # fmt: skip
def test_a_part_is_managed_and_what_it_needs_is_looked_up(company, chosen, managed, looked_up):
    said = {
        ref: entry
        for ref, entry in words(exported(company.sandbox, **chosen)).items()
        if "person/" not in ref
    }

    assert {ref for ref, entry in said.items() if "lookup" not in entry} == managed
    assert {ref for ref, entry in said.items() if "lookup" in entry} == looked_up


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        pytest.param({"only": ("servics",)}, "nothing matches 'servics'", id="no such kind"),
        pytest.param(
            {"team": "Payment"}, "no teams are named 'Payment' (did you mean 'payments'?)", id="no such team"
        ),
    ],
)
def test_a_part_that_is_not_there_is_refused(company, chosen, message):
    with pytest.raises(ProblemsError, match=re.escape(message)):
        exported(company.sandbox, **chosen)


def test_only_the_parts_of_chosen_kinds_are_read(company):
    company.sandbox.calls.clear()
    exported(company.sandbox, only=("team",))

    assert not any("/event_orchestrations/services/" in call.path for call in company.sandbox.calls)


# --- what cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("without", "unread", "section"),
    [
        pytest.param("SLACK_BOT", "Slack is not read: SLACK_BOT_TOKEN is not set", "teams", id="no Slack"),
        pytest.param(
            "PAGERDUTY_API_KEY",
            "PagerDuty is not read: PAGERDUTY_API_KEY is not set",
            "channels",
            id="no PagerDuty",
        ),
        pytest.param(
            "PAGERDUTY_USER",
            "the notification rules are not read: PAGERDUTY_USER_TOKEN is not set",
            "teams",
            id="no user",
        ),
    ],
)
def test_without_a_token_the_rest_is_exported_and_told(company, without, unread, section):
    account = read(company.sandbox, without=without)
    found = exported_from(account)

    assert account.unread == (unread,)
    assert section in {entry.section for entry in found.entries}


def test_without_any_token_there_is_nothing_to_export(company):
    environ = {name: value for name, value in company.sandbox.environment().items() if name.endswith("URL")}
    with pytest.raises(ProblemsError, match="no token is set"):
        read_account(connect(Settings.read(environ)), Selection().reads_whole("acme"))


def test_another_workspace_is_refused(company):
    with pytest.raises(AuthError, match="T0SANDBOX0"):
        read(company.sandbox, workspace="T0OTHER")


def test_what_the_plan_of_the_account_lacks_is_not_missed(company, tmp_path):
    save_plan(company.sandbox.store, {"round_robin": False, "priorities": False, "alert_grouping": False})

    account = read(company.sandbox)

    assert [line for line in account.unread if "priorities" in line or "priority" in line] == list(
        account.unread
    )
    proved(company.sandbox, tmp_path)


def test_objects_of_which_no_file_speaks_are_counted(company):
    company.pagerduty("POST", "/services/custom_fields", {"field": {
        "name": "region", "display_name": "Region", "data_type": "string", "field_type": "single_value"
    }})  # fmt: skip
    company.slack("usergroups.create", name="On call", handle="on-call")

    assert dict(read(company.sandbox).unmanaged) == {"custom fields of services": 1, "user groups": 1}
