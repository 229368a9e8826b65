"""Which channels an incident goes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pdslack_cli.errors import ApiError
from pdslack_cli.sync.message.choice import ChannelRule, channels_for
from pdslack_cli.sync.message.sample import sample_incident
from pdslack_cli.sync.message.view import IncidentPart

SERVICE = frozenset({"PSVCPAY"})


def rule(**conditions: object) -> ChannelRule:
    return ChannelRule(**{"name": "r", "channel": "C1", "sources": SERVICE, **conditions})


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({}, True),
        ({"sources": frozenset({"PTEAMPY"})}, True),
        ({"sources": frozenset({"POTHER"})}, False),
        ({"urgency": "high"}, True),
        ({"urgency": "low"}, False),
        ({"priorities": frozenset({"p1"})}, True),
        ({"priorities": frozenset({"P2", "none"})}, False),
        ({"severities": frozenset({"critical", "error"})}, True),
        ({"severities": frozenset({"warning"})}, False),
        ({"on_call": frozenset({"PTOM001"})}, True),
        ({"on_call": frozenset({"PSCHED1"})}, True),
        ({"on_call": frozenset({"PNOBODY"})}, False),
        ({"urgency": "high", "severities": frozenset({"info"})}, False),
    ],
)
def test_a_rule_matches_where_every_condition_does(conditions, matches):
    assert bool(channels_for(sample_incident(), [rule(**conditions)])) == matches


@pytest.mark.parametrize(
    ("unread", "rules", "channels"),
    [
        ({IncidentPart.ALERTS}, [{"severities": {"warning"}}], ["C1"]),
        ({IncidentPart.ALERTS}, [{"on_call": {"PNOBODY"}}], []),
        ({IncidentPart.ON_CALL}, [{"on_call": {"PNOBODY"}}], ["C1"]),
        ({IncidentPart.INCIDENT}, [{"severities": {"info"}, "on_call": {"PNOBODY"}}], ["C1"]),
        ({IncidentPart.ALERTS}, [{"severities": {"warning"}, "urgency": "low"}], []),
        # Who can be told for certain is enough.
        ({IncidentPart.ALERTS}, [{"severities": {"warning"}}, {"channel": "C2"}], ["C2"]),
        (
            set(IncidentPart) - {IncidentPart.ALERTS, IncidentPart.ON_CALL, IncidentPart.INCIDENT},
            [{"severities": {"warning"}}],
            [],
        ),
    ],
)
def test_what_could_not_be_read_keeps_no_incident_from_everybody(unread, rules, channels):
    view = replace(
        sample_incident(), unread={part: ApiError("down", provider="pagerduty") for part in unread}
    )
    assert [
        one.channel for one in channels_for(view, [rule(**conditions) for conditions in rules])
    ] == channels


def test_each_channel_gets_one_message_by_its_first_rule():
    rules = [
        rule(name="quiet", severities=frozenset({"info"})),
        rule(name="first", template="short", fallback="C9"),
        rule(name="second"),
        rule(name="other", channel="C2"),
    ]

    found = channels_for(sample_incident(), rules)

    assert [(choice.channel, choice.rule, choice.template, choice.fallback) for choice in found] == [
        ("C1", "first", "short", "C9"),
        ("C2", "other", "default", ""),
    ]
