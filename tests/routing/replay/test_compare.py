"""The gravest difference between what two worlds make of an alert, and the counts of many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdslack_cli.render.replay import sentence, would
from pdslack_cli.routing.replay.alerts import Alert
from pdslack_cli.routing.replay.compare import OutcomeChange, Summary, difference
from pdslack_cli.routing.simulate.trace import EventOutcome, Trace

AT = datetime(2026, 1, 5, tzinfo=UTC)
ALERT = Alert(at=AT, to="routing/main", event={"summary": "Down"})
PAGED = Trace(
    AT, {"summary": "Down"}, EventOutcome.INCIDENT, service="api", urgency="high", on_call=("maya",)
)
SUPPRESSED = replace(PAGED, outcome=EventOutcome.SUPPRESSED, urgency="", on_call=())
UNROUTED = Trace(AT, {"summary": "Down"}, EventOutcome.UNROUTED)


@pytest.mark.parametrize(
    ("before", "after", "change", "words"),
    [
        pytest.param(
            PAGED, None, OutcomeChange.UNHEARD, "be lost: routing/main no longer exists", id="no way in"
        ),
        pytest.param(PAGED, SUPPRESSED, OutcomeChange.SILENCED, "page nobody: suppressed", id="suppressed"),
        pytest.param(PAGED, UNROUTED, OutcomeChange.SILENCED, "page nobody: unrouted", id="unrouted"),
        pytest.param(
            SUPPRESSED, PAGED, OutcomeChange.PAGING, "page: api, no longer suppressed", id="not suppressed"
        ),
        pytest.param(
            UNROUTED, PAGED, OutcomeChange.PAGING, "page: api, no longer unrouted", id="no longer unrouted"
        ),
        pytest.param(
            PAGED, replace(PAGED, service="auth"), OutcomeChange.ELSEWHERE, "go to auth", id="another service"
        ),
        pytest.param(
            SUPPRESSED,
            UNROUTED,
            OutcomeChange.ELSEWHERE,
            "go to unrouted",
            id="another end that pages nobody",
        ),
        pytest.param(
            PAGED,
            replace(PAGED, outcome=EventOutcome.PAUSED),
            OutcomeChange.PAUSE,
            "be paused first",
            id="paused",
        ),
        pytest.param(
            replace(PAGED, outcome=EventOutcome.PAUSED),
            PAGED,
            OutcomeChange.PAUSE,
            "no longer be paused first",
            id="at once",
        ),
        pytest.param(
            PAGED,
            replace(PAGED, on_call=("tom",)),
            OutcomeChange.PEOPLE,
            "call tom instead of maya",
            id="people",
        ),
        pytest.param(
            replace(PAGED, escalation_policy="first"),
            replace(PAGED, escalation_policy="second"),
            OutcomeChange.PEOPLE,
            "call second instead of first",
            id="a policy that begins with the same people",
        ),
        pytest.param(
            PAGED,
            replace(PAGED, urgency="low", priority="P1"),
            OutcomeChange.URGENCY,
            "be of low urgency instead of high",
            id="urgency before priority",
        ),
        pytest.param(
            PAGED,
            replace(PAGED, priority="P1"),
            OutcomeChange.PRIORITY,
            "have priority P1 instead of none",
            id="priority",
        ),
        pytest.param(
            PAGED,
            replace(PAGED, channels=("b", "a")),
            OutcomeChange.CHANNELS,
            "be posted to #a, #b instead of no channel",
            id="channels",
        ),
        pytest.param(
            PAGED,
            replace(PAGED, event={"summary": "x"}),
            OutcomeChange.LOOKS,
            "look different: title",
            id="title",
        ),
    ],
)
def test_the_gravest_difference_is_told(before, after, change, words):
    summary = Summary()
    summary.add(ALERT, before, after)
    (group,) = summary.groups
    assert (group.difference.change, would(group)) == (change, words)


def test_the_same_end_is_no_difference():
    assert difference(PAGED, replace(PAGED, on_call=("maya",))) is None
    assert difference(UNROUTED, UNROUTED) is None


def test_the_gravest_and_most_frequent_come_first():
    summary = Summary()
    tom, ana, silent = replace(PAGED, on_call=("tom",)), replace(PAGED, on_call=("ana",)), SUPPRESSED
    for after in (tom, ana, ana, silent, PAGED):
        summary.add(ALERT, PAGED, after)
    summary.add(ALERT, None, PAGED)
    assert [(group.difference.after, group.count) for group in summary.groups] == [
        ("suppressed (api)", 1), ("ana", 2), ("tom", 1)
    ]  # fmt: skip
    assert (summary.alerts, summary.differing, summary.unknown, summary.services) == (6, 4, 1, {"api": 5})
    assert sentence(summary, "main") == (
        "4 of 6 alerts (2026-01-05 to 2026-01-05) would end differently than under main."
        " Left out: 1, sent to what is not in main."
    )
