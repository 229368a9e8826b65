"""Which channels an incident goes to."""

from __future__ import annotations

import pytest

from pdslack_cli.sync.message.choice import ChannelRule, channels_for
from pdslack_cli.sync.message.sample import sample_incident

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
