"""Integrations of services, over the sandbox's PagerDuty: no key is lost by accident."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.engine.content import side_by_side
from pdslack_cli.kinds.pagerduty.service.service import Services
from pdslack_cli.model import Live, Ref
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.laws.test_leaves_alone import leaves
from tests.kinds.pagerduty.account import service
from tests.support.factories import stack

DEFAULTS = "{incident_creation: on_new_email, filter_mode: all-email, parsing_fallback: open_new_incident}"
PARSED = """, mail: {incident_creation: use_rules, filter_mode: or-rules-email,
    filters: [{subject_mode: match, subject_regex: ^ALERT, body_mode: always}],
    parsers: [{action: trigger, match_predicate: {type: contains, part: subject, matcher: ALERT},
      value_extractors: [{value_name: incident_key, part: body, type: between,
        starts_after: "[", ends_before: "}"}]}], parsing_fallback: open_new_incident}"""
MAIL = ".integrations[0].mail"
EXTRACTOR = MAIL + ".parsers[0].value_extractors[0]"


def names(account) -> list[str]:
    return [integration["name"] for integration in account.service("api")["integrations"]]


def keys(account) -> dict[str, str]:
    """The integration keys of the service, by name."""
    raw = account.service("api")
    return dict(Services().read_outputs(account.clients(service()), Live("service", raw["id"], "api", raw)))


@pytest.mark.parametrize(
    ("word", "name", "type_", "vendor"),
    [
        pytest.param("events-api-v2", "events-api-v2", "events_api_v2_inbound_integration", False, id="type"),
        pytest.param(
            "events_api_v2_inbound_integration",
            "events_api_v2_inbound_integration",
            "events_api_v2_inbound_integration",
            False,
            id="PagerDuty's own word",
        ),
        pytest.param("Datadog", "Datadog", "event_transformer_api_inbound_integration", True, id="vendor"),
        pytest.param("datadog", "datadog", "event_transformer_api_inbound_integration", True, id="any case"),
        pytest.param(
            "{name: Mail, email: Mail@acme.pagerduty.com}",
            "Mail",
            "generic_email_inbound_integration",
            False,
            id="mail",
        ),
        pytest.param(
            "{name: Prometheus, type: nagios}",
            "Prometheus",
            "nagios_inbound_integration",
            False,
            id="mapping",
        ),
    ],
)
def test_an_integration_is_a_word_or_a_mapping(account, word, name, type_, vendor):
    account.made(service(f"integrations: [{word}]"))
    (live,) = account.service("api")["integrations"]
    assert (live["name"], live["type"], bool(live["vendor"])) == (name, type_, vendor)


def test_integrations_are_only_added_to(account):
    account.made(service("integrations: [nagios, Datadog]"))
    before = keys(account)
    account.made(service("integrations: [keynote]"))
    assert names(account) == ["nagios", "Datadog", "keynote"]
    assert before.items() <= keys(account).items()


def test_exact_deletes_what_is_not_listed_and_says_whose_key_goes(account):
    account.made(service("integrations: [nagios, Datadog]"))
    wanted = service("integrations: [nagios]", "exact: true")
    assert account.warnings(account.plan(wanted)) == [
        "integration 'Datadog' will be deleted: events sent with its key are no longer received"
    ]
    account.made(wanted)
    assert names(account) == ["nagios"]


@pytest.mark.slow
def test_another_type_under_the_same_name_is_another_integration(account):
    account.made(service("integrations: [{name: In, type: nagios}]"))
    before = keys(account)
    wanted = service("integrations: [{name: In, vendor: Datadog}]")
    assert len(account.warnings(account.plan(wanted))) == 1
    account.made(wanted)
    assert names(account) == ["In"]
    assert keys(account)["In"] != before["In"]


@pytest.mark.slow
def test_a_new_address_keeps_the_key(account):
    account.made(service("integrations: [{name: Mail, email: a@acme.pagerduty.com}]"))
    before = keys(account)
    wanted = service("integrations: [{name: Mail, email: b@acme.pagerduty.com}]")
    assert account.warnings(account.plan(wanted)) == []
    account.made(wanted)
    assert keys(account) == before
    assert account.service("api")["integrations"][0]["integration_email"] == "b@acme.pagerduty.com"


@pytest.mark.parametrize(
    ("before", "now", "place", "value"),
    [
        pytest.param(PARSED, PARSED.replace('"}"', '")"'), EXTRACTOR + ".ends_before", ")", id="deep"),
        pytest.param("", ", mail: " + DEFAULTS, "", "", id="nothing"),
        pytest.param(
            "",
            ", mail: " + DEFAULTS.replace("all-email", "or-rules-email"),
            MAIL + ".filter_mode",
            "or-rules-email",
            id="of a new address",
        ),
    ],
)
def test_one_changed_setting_of_mail_is_one_difference(account, before, now, place, value):
    """The file writes the defaults out, and what is read leaves them out."""
    entry = "integrations: [{{name: Mail, email: a@acme.pagerduty.com{}}}]"
    account.made(service(entry.format(before)))
    changes = account.plan(service(entry.format(now))).changes
    found = {}
    for change in changes:
        sides = side_by_side(change.before, change.after, change.read_at, change.fields)
        old, new = (dict(leaves(side, "")) for side in sides)
        found = {
            path: new.get(path) for path in old.keys() | new.keys() if old.get(path, ()) != new.get(path)
        }
    assert found == ({place: value} if place else {})


def test_only_the_side_that_is_declared_counts(account):
    """PagerDuty derives a type from the vendor; a file that names this type asks for nothing new."""
    account.made(service("integrations: [Datadog]"))
    before = keys(account)
    account.made(service("integrations: [{name: Datadog, type: event-transformer-api}]"))
    assert keys(account) == before


def test_of_two_integrations_with_one_name_none_is_touched(account):
    account.made(service("integrations: [nagios]"))
    path = f"/services/{account.service('api')['id']}/integrations"
    body = {"name": "nagios", "type": "keynote_inbound_integration"}
    account.pagerduty.create(path, {"integration": body})
    plan = account.plan(service("integrations: [nagios]"))
    assert plan.changes == ()
    (notice,) = plan.notices
    assert notice.startswith(
        "service/api: a second integration 'nagios' is not in the file and stays: its key"
    )
    (warning,) = account.warnings(account.plan(service("integrations: [nagios]", "exact: true")))
    assert warning.startswith("integration 'nagios' will be deleted")
    account.made(service("integrations: [keynote]"))
    assert names(account) == ["nagios", "nagios", "keynote"]


def test_a_lost_answer_makes_no_second_integration(account):
    account.sandbox.faults.add(Fault("lost", provider="pagerduty", method="POST", path="/integrations$"))
    account.made(service("integrations: [nagios]"))
    assert names(account) == ["nagios"]


def test_an_integration_waits_until_its_service_is_visible(account):
    account.sandbox.faults.add(Fault("stale", provider="pagerduty", method="GET", path="/services"))
    account.made(service("integrations: [nagios]"))
    assert names(account) == ["nagios"]


def test_outputs_are_the_keys_by_name(account):
    account.made(service("integrations: [nagios, Datadog]"))
    path = f"/services/{account.service('api')['id']}/integrations"
    expected = {
        integration["name"]: account.pagerduty.get(f"{path}/{integration['id']}")["integration"][
            "integration_key"
        ]
        for integration in account.service("api")["integrations"]
    }
    assert keys(account) == expected
    assert all(len(key) == 32 for key in expected.values())


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("events-api", "did you mean 'events-api-v2'?"),
        ("Datadgo", "did you mean 'Datadog'?"),
        ("email-x", "did you mean a mail integration (`"),
        ("{name: P, vendor: Promtheus}", "did you mean 'Prometheus'?"),
        ("{name: P, type: Zabix}", "did you mean 'Zabbix'?"),
        ("events-api-v2", ""),
        ("new relic", ""),
        ("Nagios XI", "`pdslack list vendors` shows"),
        ("Acme Monitor", "`pdslack list vendors` shows"),
    ],
)
def test_a_vendor_that_is_not_known_is_a_notice_and_a_warning_if_it_looks_misspelt(written, hint):
    text = f"owner: acme\nservices: {{s: {{escalation_policy: e, integrations: [{written}]}}}}\n"
    found = lint_stack(stack(f"{text}escalation_policies: {{e: {{lookup: true}}}}"))
    assert [problem.hint.startswith(hint) for problem in found] == [True] * bool(hint)
    assert [problem.location.line for problem in found] == [2] * bool(hint)
    severity = "warning" if hint.startswith("did") else "info"
    assert [problem.severity.value for problem in found] == [severity] * bool(hint)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{name: Nagios, vendor: Nagios}", {"name": "Nagios", "vendor": "Nagios"}),
        ("{name: Datadog, vendor: Datadog}", "Datadog"),
        ("Pingdom", {"name": "Pingdom", "type": "pingdom"}),
        ("pingdom", "pingdom"),
    ],
)
def test_the_shortest_form_means_the_same(written, read):
    head = "owner: acme\nescalation_policies: {e: {lookup: true}}\nservices: "
    spec = stack(f"{head}{{s: {{escalation_policy: e, integrations: [{written}]}}}}").specs[
        Ref("service", "s")
    ]
    assert spec.model_dump(include={"integrations"}, mode="json") == {"integrations": [read]}
