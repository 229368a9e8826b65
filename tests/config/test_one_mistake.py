"""One mistake is one problem, though several fields, or rounds of checks, see it; and its cure is right."""

from __future__ import annotations

import pytest

from tests.config.cures.test_cures import SAMPLE, place, position, problems

# What the sample has, what somebody writes instead, the word that is pointed at, and the cure.
MISTAKES = [
    # one mistake, though several fields or several rounds of checks see it
    (
        "    time_zone: Europe/Berlin\n    from: 2090",
        "    from: 2090",
        "2090",
        "add `time_zone`, or an offset",
    ),
    (
        "time_zone: Europe/Berlin\n    from: 2090",
        "timezone: Europe/Berlin\n    from: 2090",
        "timezone",
        "'time_zone'",
    ),
    ("until: 2090-03-01T00:00:00", "until: 2089-03-01T00:00:00", "2089", "correct one of them"),
    ("    type: runbook\n", "", "acme", "write `type: runbook`"),
    ("    via: sync\n", "", "[error", "add `via: sync`, and the two-way service posts"),
    ("{type: phone, address: +49", "{type: fone, address: +49", "fone", "did you mean 'phone'?"),
    ("platform-api:\n    lookup: true", "platform-api:\n    lookup: ture", "ture", "write true or false"),
    ("platform-api:\n    lookup: true", "platform-api:\n    lokup: true", "lokup", "did you mean 'lookup'?"),
    ("- manual: true", "- type: manual", "type", "write `manual: true`"),
    ("      webhook: {}", "      type: webhook", "type", "write `webhook: {}`"),
    ("trigger:\n      webhook: {}", "trigger: webhook", "webhook", "write {webhook: {}}"),
    (
        "function: send_dm\n        inputs: {user: maya, message: Somebody asks}",
        "function: send_dm\n        user: maya\n        message: Somebody asks",
        "user",
        "write them below `inputs:`",
    ),
    ("who: tom\n\nshift", "user: tom\n\nshift", "user", "write `who`"),
    (
        "to: 2026-12-27T09:00:00\n        who: tom\n\n",
        "until: 2026-12-27T09:00:00\n        who: tom\n\n",
        "until",
        "write `to`",
    ),
    (
        "[{of: escalation_policy/payments, levels: 1}]",
        "[{escalation_policy: payments}]",
        "{esc",
        "write escalation_policy/payments",
    ),
    (
        "from: service/payments-api\n    to: payments-incidents\n    urgency: high",
        "service: service/payments-api\n    to: payments-incidents\n    urgency: high",
        "service:",
        "write `from`",
    ),
    # the cure turns the value round, where the word is the opposite
    (
        "disabled: false\n    auto_resolve",
        "enabled: true\n    auto_resolve",
        "enabled",
        "write `disabled: false`",
    ),
    ("private: false", "public: true", "public", "write `private: false`"),
    ("then: {suppress: true}", "then: {suspend: 5m}", "suspend", "write `pause`"),
    ("then: {suppress: true}", "then: {extraction: []}", "extraction", "write `set`"),
    ("buttons: [acknowledge, resolve, note]", "buttons: none", "none", "write []"),
    ("text: {type: mrkdwn, text: ", "text: {type: markdown, text: ", "markdown", "did you mean 'mrkdwn'?"),
    ("function: send_dm", "function: slack#/functions/send_dm", "slack#", "write send_dm"),
    (
        "otherwise: unrouted\n    unrouted",
        "otherwise: unruoted\n    unrouted",
        "unruoted",
        "did you mean 'unrouted'?",
    ),
    ("defaults:\n", "defaults:\n  webhooks: {actve: true}\n", "actve", "did you mean 'active'?"),
    ("    web: {auto", "    old: {urgncy: high}\n    web: {auto", "urgncy", "did you mean 'urgency'?"),
    ('days: mon-fri, from: "09:00"', 'days: monfri, from: "09:00"', "monfri", "write mon-fri"),
    ("auto_resolve_timeout: never", "auto_resolve_timeout: nevr", "nevr", "write never"),
]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(("old", "new", "at", "cure"), MISTAKES, ids=[new for _, new, _, _ in MISTAKES])
def test_a_mistake_is_one_problem(old: str, new: str, at: str, cure: str) -> None:
    (found,) = problems(old, new)
    assert cure in found.hint
    assert place(found) == position(SAMPLE.replace(old, new, 1), at, SAMPLE.index(old))
