"""What the doctor concludes from what it reads, and that nothing that fails keeps it from the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdslack_cli.clients import connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.doctor import DoctorContext, DoctorFinding, FindingLevel, run_checks
from pdslack_cli.doctor.context import Facts
from pdslack_cli.doctor.posting import find_double_posts
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRules
from pdslack_cli.model import Live
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.settings import Token
from tests.conftest import FakeClock
from tests.support.factories import stack
from tests.support.runs import MemoryStore, Runner

# --- double posting ----------------------------------------------------------------------------------

TWO_TEAMS = """
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
teams: {payments: {}, platform: {}}
escalation_policies:
  payments: {team: payments, levels: [{notify: [person/maya]}]}
services:
  cards: {escalation_policy: payments}
channels: {alerts: {}, other: {}}
"""


def connection(source: str, channel: str, **config: object) -> Live:
    """A connection that is live, of a service or team of that id with a channel of that id."""
    kind = "team" if source.startswith("T") else "service"
    return NotificationRules().live(
        {
            "id": f"N{source}{channel}",
            "source_id": source,
            "source_type": f"{kind}_reference",
            "channel_id": channel,
            "config": {"events": ["incident.triggered"], "urgency": None, "priorities": None, **config},
        },
        "T0ACME",
    )


def live(kind: str, id_: str, name: str, **raw: object) -> Live:
    return Live(kind, id_, name, {"id": id_, "name": name, "description": "", **raw})


LIVE_CARDS = live("service", "SCARDS", "cards", teams=[{"id": "TPAY", "summary": "payments"}])
LIVE_ALERTS = live("channel", "CALERTS", "alerts", is_private=False, topic="", purpose="")


def doubled(rules: str, *connections: Live) -> list[str]:
    """Which channels are told twice, and by whom."""
    objects = {
        "service": [LIVE_CARDS],
        "team": [live("team", "TPAY", "payments"), live("team", "TPLAT", "platform")],
        "channel": [LIVE_ALERTS],
        "notification_rule": connections,
    }
    findings = find_double_posts(Facts(stack(TWO_TEAMS + rules), objects))
    return [finding.what for finding in findings if finding.level is not FindingLevel.OK]


def rules(**entries: str) -> str:
    return "notification_rules:\n" + "".join(f"  {key}: {{{entry}}}\n" for key, entry in entries.items())


SERVICE = "from: service/cards, to: alerts"
TEAM = "from: team/payments, to: alerts"
BY_BOTH = "by notification_rule/one and by notification_rule/other"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(SERVICE, TEAM, id="a service and its team"),
        pytest.param(f"{SERVICE}, urgency: high", TEAM, id="some of what the other tells"),
        pytest.param(
            f"{SERVICE}, priorities: [P1, P2]", f"{TEAM}, priorities: [P2, none]", id="a priority of both"
        ),
    ],
)
def test_two_rules_that_tell_a_channel_the_same_are_found(one, other):
    assert doubled(rules(one=one, other=other)) == [
        f"channel/alerts is notified twice about service/cards: {BY_BOTH}"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(SERVICE, "from: service/cards, to: other", id="another channel"),
        pytest.param(SERVICE, "from: team/platform, to: alerts", id="another team"),
        pytest.param(f"{SERVICE}, urgency: high", f"{TEAM}, urgency: low", id="parted by urgency"),
        pytest.param(f"{SERVICE}, priorities: [P1]", f"{TEAM}, priorities: [none]", id="parted by priority"),
    ],
)
def test_rules_that_share_no_incident_are_fine(one, other):
    assert doubled(rules(one=one, other=other)) == []


def test_a_connection_that_somebody_made_by_hand_counts():
    by_hand = connection("TPAY", "CALERTS")
    (what,) = doubled(rules(one=SERVICE), by_hand)
    assert what.startswith(
        "channel/alerts is notified twice about service/cards: by notification_rule/one and by"
    )
    assert by_hand.id in what


def test_the_connection_behind_a_rule_is_not_another_one():
    assert doubled(rules(one=SERVICE), connection("SCARDS", "CALERTS", urgency="high")) == []


@pytest.mark.parametrize("read", [True, False])
def test_no_channel_is_called_fine_whose_connections_could_not_be_read(read):
    objects = {"channel": [LIVE_ALERTS], **({"notification_rule": []} if read else {})}
    found = [*find_double_posts(Facts(stack(TWO_TEAMS + rules(one=SERVICE)), objects))]
    assert [finding.level for finding in found] == [FindingLevel.OK] * read


def test_what_others_do_in_their_channels_is_theirs():
    strangers = connection("SOTHER", "CTHEIRS"), connection("SOTHER", "CTHEIRS", urgency="high")
    assert doubled("", *strangers) == []


# --- what fails --------------------------------------------------------------------------------------

STACK = """
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
teams: {payments: {members: {manager: [maya]}}}
channels: {alerts: {topic: Cards}}
notification_rules: {payments: {from: team/payments, to: alerts}}
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        Runner(sandbox).seed(stack(STACK))
        yield sandbox


def examined(
    environ: dict[str, str], text: str = STACK, clock: FakeClock | None = None
) -> list[DoctorFinding]:
    """The faults that the doctor finds."""
    wanted = stack(text)
    clients = connect(Settings.read(environ), workspace="T0ACME", clock=clock or FakeClock())
    findings = run_checks(DoctorContext(wanted, clients, MemoryStore(), environ))
    return [finding for finding in findings if finding.level is not FindingLevel.OK]


def test_a_vendor_that_cannot_be_reached_is_told_once_and_the_other_is_examined(sandbox):
    environ = sandbox.environment() | {"PAGERDUTY_API_URL": "http://127.0.0.1:9"}

    faults = examined(environ, STACK.replace("T0ACME", "T0OTHER"))

    assert [(fault.check, fault.what.split(":")[0].split(" (")[0]) for fault in faults] == [
        ("tokens", "PagerDuty could not be reached"),
        ("tokens", "SLACK_BOT_TOKEN is for workspace T0ACME"),
        ("tokens", "SLACK_USER_TOKEN is for workspace T0ACME"),
    ]
    assert "PAGERDUTY_API_URL" in faults[0].cure


@pytest.mark.parametrize("name", ["PAGERDUTY_API_KEY", "PAGERDUTY_USER_TOKEN"])
def test_a_token_that_another_host_refuses_is_not_said_to_be_for_the_doctor(sandbox, name):
    (fault, *_) = examined(sandbox.environment() | {name: "u+revoked"})

    assert fault.what == f"PagerDuty refuses {name} at PAGERDUTY_API_URL: it is wrong or revoked"
    assert "pdslack doctor" not in fault.cure


def test_one_list_that_fails_leaves_the_others(sandbox):
    sandbox.faults.add(Fault("500", provider="pagerduty", path="^/teams", times=100))
    sandbox.faults.add(Fault("500", provider="pagerduty", path="^/abilities", times=100))
    text = STACK.replace("people: {", "people: {tom: tom@acme.example, ").replace("[maya]", "[maya, tom]")

    faults = examined(sandbox.environment(), text)

    assert [fault.check for fault in faults] == ["plan", "access", "references", "references"]
    assert "/abilities" in faults[0].what
    assert "/teams" in faults[1].what
    assert [(fault.level.value, fault.what.split(":")[0]) for fault in faults[2:]] == [
        ("error", "person/tom"),
        ("warning", "slack_user/tom"),
    ]


def test_a_token_with_no_more_rights_than_the_file_needs_is_well(sandbox):
    """Whether people of PagerDuty are in Slack too is only looked up where the token may."""
    environ = sandbox.environment()
    least = ["channels:read", "groups:read", "channels:manage", "channels:join"]
    Token("slack", "bot", scopes=least).save(sandbox.store, environ["SLACK_BOT_TOKEN"])

    assert examined(environ) == []


def test_a_rule_whose_contact_method_is_missing_is_told(sandbox):
    text = STACK.replace(
        "people: {", "people: {new: {email: new@acme.example, notification_rules: [{method: sms}]}, ", 1
    )
    Runner(sandbox).seed(stack(text))

    (fault,) = [fault for fault in examined(sandbox.environment(), text) if fault.check == "values"]

    assert "person/new: notification_rules: there is no sms contact method" in fault.what
