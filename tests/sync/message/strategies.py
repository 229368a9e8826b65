"""Incidents as hostile as their senders can make them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from pdslack_cli.sync.message.view import AlertFacts, FieldValue, IncidentView, Linked, OnDuty, Responder

HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<@U0ADMIN>",
    "<!subteam^S1>",
    "```",
    "*bold* _it_ ~no~ `code`",
    "<https://evil.example|Open in PagerDuty>",
    "&amp;&lt;",
    "{{pagerduty.incident.title}}",
    "${pagerduty.incident.title}",
    "\u202egnp",
    "\x00\x1b[31m",
    "\ud800",
    "|>",
    "x" * 4_000,
    "&" * 4_000,
    "\n" * 50,
    "",
    "   ",
)

_hostile = st.integers(0, len(HOSTILE) - 1).map(HOSTILE.__getitem__)
texts = st.one_of(_hostile, _hostile, st.text(max_size=10), st.tuples(_hostile, _hostile).map("".join))
urls = st.one_of(
    texts,
    st.sampled_from(
        [
            "https://acme.example/x?a=1&b=2",
            "javascript:alert(1)",
            "https://a|b>",
            "http://x y",
            "https://" + "a" * 3001,
        ]
    ),
)
linked = st.builds(Linked, id=texts, name=texts, url=urls)
responders = st.builds(
    Responder,
    id=texts,
    name=texts,
    email=texts,
    slack_id=st.sampled_from(["U0MAYA", "", "<!channel>", "u1"]),
    url=urls,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
alerts = st.builds(
    AlertFacts,
    summary=texts,
    severity=texts,
    source=texts,
    component=texts,
    group=texts,
    class_=texts,
    description=texts,
    details=st.dictionaries(texts, values, max_size=6)
    | st.integers(0, 90).map(lambda count: {f"k{n}": "v" * 900 for n in range(count)}),
    links=st.lists(st.tuples(texts, urls), max_size=3).map(tuple),
)
times = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=st.just(UTC))

custom_fields = st.builds(FieldValue, texts, values, texts)
incidents = st.builds(
    IncidentView,
    id=st.just("Q1K7T5ZD0PLW2A"),
    title=texts,
    status=st.sampled_from(["triggered", "acknowledged", "resolved"]),
    number=st.integers(0, 10**6),
    url=urls,
    urgency=texts,
    priority=texts,
    severity=texts,
    service=linked,
    teams=st.lists(linked, max_size=2).map(lambda some: tuple(some * 6)),
    escalation_policy=linked,
    escalation_level=st.integers(0, 20),
    assignees=st.lists(responders, max_size=3).map(tuple),
    on_call=st.lists(st.builds(OnDuty, responders, st.integers(1, 9)), max_size=3).map(tuple),
    runbook=urls,
    conference_url=urls,
    conference_number=texts,
    custom_fields=st.lists(custom_fields, max_size=3).map(lambda some: tuple(some * 14)),
    alerts=st.lists(alerts, max_size=1).map(tuple),
    alert_count=st.integers(0, 1000),
    created_at=times,
    acknowledged_at=times,
    resolved_at=times,
    acknowledgers=st.lists(responders, max_size=3).map(tuple),
    resolved_by=st.none() | responders,
    snoozed_until=times,
)
