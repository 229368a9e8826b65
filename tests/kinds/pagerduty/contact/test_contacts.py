"""How people are reached: what an entry lists is added to what they made; `exact` lists are whole."""

from __future__ import annotations

from collections import Counter

import pytest

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.outputs import read_outputs
from pdslack_cli.engine.refusals.deletes import too_many_deletes
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.pagerduty.abilities import ABILITIES
from pdslack_cli.masking import add_secrets, forget_secrets, mask_secrets
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.laws.test_leaves_alone import differences
from tests.kinds.pagerduty.account import file
from tests.kinds.pagerduty.reached import Maya, person
from tests.support.census import documents

MAYA = Ref("person", "maya")
METHODS = "[{type: phone, address: +49 1701234567, label: Mobile}, {type: sms, address: +49 170-1234567}]"
RULES = "[{method: sms}, {method: phone, after: 5m}, {method: email, urgency: low, after: 10m}]"
HANDOFF = "[{method: email, when: oncall, before: 1h}]"


EVERYTHING = person(
    contact_methods=METHODS,
    notification_rules=RULES,
    handoff_notification_rules=HANDOFF,
    status_update_notification_rules="[{method: sms}]",
    tags="[eu, card]",
)


WHOLE = person(
    exact="true",
    contact_methods="[{type: email, address: MAYA@acme.example}, {type: sms, address: +49 1709999}]",
    notification_rules="[{method: push}, {method: sms, after: 1m}]",
    tags="[eu]",
)


@pytest.fixture
def maya(account):
    return Maya(account)


def test_what_an_entry_lists_is_added_and_the_rest_stays(account, maya):
    (change,) = account.plan(EVERYTHING).changes
    rules = ("notification_rules", "handoff_notification_rules", "status_update_notification_rules")
    assert (change.action, change.mark) == (Action.UPDATE, None)
    assert change.fields == ("contact_methods", *rules, "tags")

    account.made(EVERYTHING)

    assert maya.methods() == [
        ("email", "maya@acme.example", "Default"),
        ("phone", "1701234567", "Mobile"),
        ("sms", "1701234567", "Work"),
    ]
    assert maya.rules() == [
        ("email", "high", 0),
        ("email", "low", 0),
        ("email", "low", 10),
        ("phone", "high", 5),
        ("sms", "high", 0),
    ]
    (handoff,) = maya.listed("oncall_handoff_notification_rules")
    assert handoff["notify_advance_in_minutes"] == 60
    assert [tag["label"] for tag in maya.listed("tags")] == ["card", "eu"]


@pytest.mark.slow
def test_an_exact_entry_makes_its_lists_whole_and_leaves_what_it_does_not_name(account, maya):
    account.made(EVERYTHING)
    maya.add_phone("301234567", "Home")
    maya.add_push()

    account.made(WHOLE)

    assert maya.methods() == [
        ("email", "maya@acme.example", "Default"),
        ("push", "f00", "Maya's phone"),
        ("sms", "1709999", "Work"),
    ]
    assert maya.rules() == [("push", "high", 0), ("sms", "high", 1)]
    assert len(maya.listed("oncall_handoff_notification_rules")) == 1
    assert [tag["label"] for tag in maya.listed("tags")] == ["eu"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["reset", "lost", "500"])
def test_a_fault_at_any_write_doubles_nothing_and_the_next_run_ends_the_work(account, maya, kind):
    account.made(EVERYTHING)
    maya.add_push()
    start = account.sandbox.snapshot()
    account.forget_calls()
    account.made(WHOLE)
    expected = maya.state()
    writes = Counter(
        (call.method, call.path)
        for call in account.sandbox.calls
        if "/users/" in call.path and call.method != "GET"
    )
    assert writes.total() == 10, writes
    for (method, path), count in writes.items():
        for nth in range(1, count + 1):
            account.sandbox.restore(start)
            account.sandbox.faults.add(Fault(kind, method=method, path=f"^{path}$", nth=nth))

            account.apply(WHOLE)
            account.sandbox.faults.clear()
            account.made(WHOLE)

            assert maya.state() == expected, (method, path, nth)


@pytest.mark.slow
def test_a_new_number_under_the_same_label_keeps_the_rules_of_the_old_one(account, maya):
    account.made(EVERYTHING)
    maya.add(
        "notification_rules",
        "notification_rule",
        type="assignment_notification_rule",
        start_delay_in_minutes=20,
        urgency="high",
        contact_method={"id": maya.id_of("phone"), "type": "phone_contact_method_reference"},
    )

    account.made(person(contact_methods="[{type: phone, address: +49 1520000000, label: Mobile}]"))

    assert ("phone", "1520000000", "Mobile") in maya.methods()
    assert ("phone", "high", 20) in maya.rules()


@pytest.mark.slow
def test_labels_that_change_places_move_no_rule(account, maya):
    phones = "[{type: sms, address: +46 25550100, label: %s}, {type: sms, address: +46 25550101, label: %s}]"
    rules = "[{method: sms, label: %s}]"
    account.made(person(contact_methods=phones % ("A", "B"), notification_rules=rules % "A"))
    first = maya.id_of("sms")

    account.made(person(contact_methods=phones % ("B", "A"), notification_rules=rules % "B"))

    assert first in {rule["contact_method"]["id"] for rule in maya.listed("notification_rules")}
    assert len(maya.rules()) == 3


def test_equal_labels_are_told_apart_by_a_number(account, maya):
    maya.add_phone("301", "Home")
    maya.add_phone("302", "Home")

    (problem,) = account.problems(person(notification_rules="[{method: phone}]"))
    assert "there are 2 phone contact methods: choose one with `label`: 'Home', 'Home (2)'" in problem
    account.made(person(notification_rules="[{method: phone, label: Home (2)}]"))

    assert ("phone", "302", "Home") in maya.methods()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("[{method: sms}]", "there is no sms contact method: add it to `contact_methods`"),
        ("[{method: email, label: Cellar}]", "there is no email contact method 'Cellar'"),
    ],
)
def test_a_rule_without_its_contact_method_is_a_problem(account, maya, rules, message):
    (problem,) = account.problems(person(notification_rules=rules))

    assert message in problem


@pytest.mark.slow
def test_a_rule_for_the_mobile_app_waits_until_the_person_has_it(account, maya):
    """A default of all people would else block the apply until the last of them has logged in there."""
    wanted = person(notification_rules="[{method: push, after: 2m}, {method: email}]")
    account.made(wanted)
    assert ("email", "high", 0) in maya.rules()
    (notice,) = account.plan(wanted).notices
    assert "notification_rules: there is no push contact method yet: PagerDuty's mobile app" in notice

    maya.add_push()
    account.made(wanted)
    assert ("push", "high", 2) in maya.rules()
    assert account.plan(wanted).notices == ()


@pytest.mark.slow
def test_a_plan_says_what_the_vendor_removes_with_a_method_and_counts_it(account, maya):
    account.made(EVERYTHING)
    wanted = person(exact="true", contact_methods="[{type: sms, address: +49 1701234567}]")

    plan = account.plan(wanted)
    assert len(account.warnings(plan)) == 2
    assert "all rules that use the phone 'Mobile' go with it" in account.warnings(plan)[1]
    assert [problem.message for problem in too_many_deletes(plan, 1)] == [
        "the plan deletes 2, --max-deletes allows 1"
    ]
    assert account.plan(wanted, delete=False).changes == ()

    nothing = account.plan(person(exact="true", notification_rules="[]"))
    assert account.warnings(nothing) == ["no rule notifies them of incidents of high urgency any more"]


@pytest.mark.slow
def test_a_plan_reads_no_more_than_the_lists_that_the_file_names(account, maya):
    account.made(EVERYTHING)
    account.forget_calls()
    account.plan(person())
    nothing = account.calls()
    account.forget_calls()
    account.plan(person(contact_methods="[]"))
    methods = account.calls()
    account.forget_calls()
    account.plan(person(notification_rules="[]"))

    assert sum((methods - nothing).values()) == 1  # the list of people, which has them
    assert sum((account.calls() - nothing).values()) == 2


@pytest.mark.slow
def test_destroy_leaves_them_and_says_so(account, maya):
    account.made(EVERYTHING)
    before = maya.methods(), maya.rules()

    plan = plan_destroy(EVERYTHING, account.read(EVERYTHING, account.clients(EVERYTHING), everything=True))

    assert plan.changes == ()
    (notice,) = [notice for notice in plan.notices if notice.startswith("person/maya")]
    assert "notification rules, status update notification rules, tags are left behind" in notice
    assert (maya.methods(), maya.rules()) == before


def test_defaults_reach_people_who_are_an_address_alone(account):
    wanted = file(
        "defaults: {people: {notification_rules: [{method: email, after: 3m}]}}",
        "people: {maya: maya@acme.example, tom: tom@acme.example}",
    )
    account.seed(wanted)

    assert len(account.plan(wanted).changes) == 2
    account.made(wanted)


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ("[{type: phone, address: '1701234567'}]", "is not a telephone number"),
        ("[{type: phone, address: '+491701234567'}]", "is not a telephone number"),
        ("[{type: sms, address: +49 0170 1234567}]", "numbers of .49 have no 0 after the country code"),
        ("[{type: phone, address: maya@acme.example}]", "is not a telephone number"),
        ("[{type: email, address: maya}]", "is not an e-mail address"),
        ("[{type: push, address: x}]", "must be one of"),
        ("[{type: phone, address: +49 1, short: true}]", "`short` is for e-mail only"),
        ("[{type: phone, address: +49 12}, {type: phone, address: +49 1-2}]", "is listed twice"),
        ("[{type: sms, address: +49 1, label: A}, {type: sms, address: +49 2, label: A}]", "the label 'A'"),
    ],
)
def test_what_cannot_be_reached_is_refused_when_the_file_is_read(methods, message):
    with pytest.raises(ConfigError, match=message):
        person(contact_methods=methods)


def test_exact_lists_that_contradict_each_other_are_refused_when_the_file_is_read():
    with pytest.raises(ConfigError, match="there is no sms contact method, and `exact`"):
        person(exact="true", contact_methods="[]", notification_rules="[{method: push}, {method: sms}]")
    with pytest.raises(ConfigError, match="there is no sms contact method 'Home', and `exact`"):
        person(
            exact="true",
            contact_methods=METHODS.replace("1234567}", "1234567, label: Work}"),
            notification_rules="[{method: sms, label: Home}]",
        )
    with pytest.raises(ConfigError, match="needs a list that it is about"):
        person(exact="true")


def test_a_number_from_the_environment_is_masked_in_every_spelling():
    add_secrets(["+49 170-1234567"])
    try:
        person(contact_methods="[{type: sms, address: +49 170-1234567}]")
        assert mask_secrets("calls +49 1701234567") == "calls ***"
    finally:
        forget_secrets()


def test_low_urgency_uses_an_ability():
    (ability,) = [ability for ability in ABILITIES if ability.name == "urgencies"]

    assert ability.is_in(EVERYTHING.specs[MAYA])
    assert not ability.is_in(WHOLE.specs[MAYA])


def test_a_plan_shows_no_number_that_the_file_does_not_list(account, maya):
    maya.add_phone("3012345678", "Home")
    maya.add_push()
    wanted = person(notification_rules="[{method: phone, after: 7m}]")

    (change,) = account.plan(wanted).changes

    methods = change.before_content["contact_methods"]
    assert [one["address"].partition("(")[0] for one in methods] == ["maya@acme.example", "***", "***"]
    assert account.apply(wanted).complete
    assert ("phone", "3012345678", "Home") in maya.methods()
    clients = account.clients(wanted)
    assert read_outputs(wanted, read_live(wanted, clients), clients) == {}


def test_what_somebody_added_since_the_plan_is_taken(account, maya):
    plan = account.plan(EVERYTHING)
    maya.add_phone("1701234567", "Their own")

    assert account.carry_out(plan, EVERYTHING).complete

    account.made(EVERYTHING)
    assert ("phone", "1701234567", "Mobile") in maya.methods()


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"contact_methods": "[{type: phone, address: +49 30-1234567, label: Den}]"},
            {"pagerduty.contact_method.label"},
        ),
        (
            {"contact_methods": "[{type: phone, address: +49 1701234567, label: Home}]"},
            {"pagerduty.contact_method.address"},
        ),
        (
            {"contact_methods": "[{type: email, address: maya@acme.example, short: true}]"},
            {"pagerduty.contact_method.send_short_email"},
        ),
        ({"contact_methods": "[{type: sms, address: +49 30}]"}, {"pagerduty.contact_method"}),
        ({"notification_rules": "[{method: phone, after: 1m}]"}, {"pagerduty.notification_rule"}),
        (
            {"handoff_notification_rules": "[{method: email}]"},
            {"pagerduty.oncall_handoff_notification_rule"},
        ),
        (
            {"status_update_notification_rules": "[{method: email}]"},
            {"pagerduty.status_update_notification_rule"},
        ),
        ({"tags": "[eu]"}, {"pagerduty.tag", "pagerduty.tag_assignment"}),
        (
            {"exact": "true", "contact_methods": "[{type: email, address: maya@acme.example}]"},
            {"pagerduty.contact_method", "pagerduty.notification_rule"},
        ),
        ({"exact": "true", "notification_rules": "[{method: email}]"}, {"pagerduty.notification_rule"}),
    ],
)
def test_what_a_file_leaves_out_stays_byte_for_byte(account, maya, fields, expected):
    home = maya.add_phone("301234567", "Home")
    maya.add(
        "notification_rules", "notification_rule", type="assignment_notification_rule", urgency="high",
        start_delay_in_minutes=4, contact_method={"id": home["id"], "type": "phone_contact_method_reference"},
    )  # fmt: skip
    before = documents(account.sandbox)

    account.made(person(**fields))

    assert differences(before, documents(account.sandbox)) == expected
