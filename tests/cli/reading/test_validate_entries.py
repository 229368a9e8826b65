"""A mistake in an entry: its place, its reason, and its remedy."""

from __future__ import annotations

import pytest

from pdslack_cli.config.sections import SECTIONS
from tests.cli.reading.validating import HEAD, SERVICE, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            HEAD + "servces: {}\n", "7:1: unknown key 'servces' (did you mean 'services'?)", id="section"
        ),
        pytest.param(
            HEAD.replace("T0ACME", "T0ACME, regon: x"),
            "2:28: unknown key 'regon' (valid keys are workspace)",
            id="setting",
        ),
        pytest.param(
            SERVICE + "    urgncy: high\n", "10:5: unknown key 'urgncy' (did you mean 'urgency'?)", id="field"
        ),
        pytest.param(
            SERVICE + "    support_hours: {time_zone: Etc/UTC, form: '09:00', to: '17:00'}\n",
            "10:41: unknown key 'form' (did you mean 'from'?)",
            id="inside a field, with what is then missing",
        ),
        pytest.param(
            SERVICE + "    rules:\n      - then:\n          severty: info\n",
            "12:11: unknown key 'severty' (did you mean 'severity'?)",
            id="inside a rule",
        ),
        pytest.param(
            SERVICE + "    rules:\n      - rules:\n          - {if: event.class exists, thn: {}}\n",
            "12:38: unknown key 'thn' (did you mean 'then'?)",
            id="inside a rule's rule",
        ),
        pytest.param(
            HEAD + "workflows:\n  w:\n    steps: [{name: n, acton: a:b:c:1}]\n",
            "9:23: unknown key 'acton' (did you mean 'action'?)",
            id="inside a step",
        ),
        pytest.param(
            SERVICE + "  theirs: {lookup: true, urgency: low}\n",
            "10:26: unknown key 'urgency' (an entry with `lookup` is only referred to; valid keys are "
            "create_only, id, integrations, like, lookup, name, previously, protect)",
            id="beside lookup",
        ),
        pytest.param(
            SERVICE + "defaults:\n  services: {urgncy: low}\n",
            "11:14: unknown key 'urgncy' (did you mean 'urgency'?)",
            id="in defaults, at their place",
        ),
        pytest.param(
            HEAD + "bases:\n  services: {std: {urgncy: low}}\nservices:\n"
            "  api: {like: std, escalation_policy: on-call}\n",
            "8:20: unknown key 'urgncy' (did you mean 'urgency'?)",
            id="in a base, at its place",
        ),
        pytest.param(
            HEAD + "defaults: {servces: {}}\n",
            "7:12: unknown section 'servces' (did you mean 'services'?)",
            id="section of defaults",
        ),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_one(cli, text, expected):
    cli.write(text)
    assert told(cli) == [expected]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("section", [section for section in SECTIONS if section != "sets"])
def test_every_section_knows_its_keys(cli, section):
    cli.write(f"owner: acme\n{section}:\n  one:\n    previosly: two\n")
    found = told(cli)
    assert "4:5: unknown key 'previosly' (did you mean 'previously'?)" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("people: {}\n", "1:1: the stack has no 'owner' (add `owner:`)", id="owner"),
        pytest.param(
            HEAD + "services:\n  api:\n",
            "8:3: services/api has no 'escalation_policy' (add `escalation_policy:`)",
            id="field of an entry",
        ),
        pytest.param(
            HEAD + "webhooks:\n  sync: {}\n",
            "8:3: webhooks/sync has no 'url', 'from' and 'events' (add `url:`, `from:` and `events:`)",
            id="several fields",
        ),
        pytest.param(
            HEAD.replace("notify: [person/maya], ", ""),
            "6:22: this item of 'levels' has no 'notify' (add `notify:`)",
            id="field of an item",
        ),
        pytest.param(
            SERVICE + "    urgency: {outside: low}\n",
            "10:5: 'urgency' has no 'support_hours' (add `support_hours:`)",
            id="field of a field",
        ),
    ],
)
def test_what_is_missing_is_told_where_it_should_be(cli, text, expected):
    cli.write(text)
    assert told(cli) == [expected]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            HEAD + "services: [api]\n",
            "7:1: 'services' must be a mapping of keys to entries, got a list (write `api: {…}` below it)",
            id="list for a section",
        ),
        pytest.param(
            HEAD + "services: {api: 5}\n",
            "7:17: expected a mapping, got 5 (write `escalation_policy: …` below it)",
            id="number for an entry",
        ),
        pytest.param(
            SERVICE + "    name: 5\n",
            "10:11: name: expected text, got 5 (put it in quotes: '5')",
            id="number for text",
        ),
        pytest.param(
            SERVICE + "    description: [a]\n",
            "10:18: description: expected text, got [a] (write a)",
            id="list for text",
        ),
        pytest.param(
            SERVICE + "    protect: 5\n",
            "10:14: protect: expected true or false, got 5 (write true or false)",
            id="number for a switch",
        ),
        pytest.param(
            SERVICE + "    integrations: Datadog\n",
            "10:19: integrations: expected a list, got 'Datadog' (write [Datadog])",
            id="text for a list",
        ),
        pytest.param(
            SERVICE + "    rules: [suppress]\n",
            "10:13: rules: expected a mapping, got 'suppress' (write `key: value` below it)",
            id="text for an item",
        ),
        pytest.param(
            SERVICE + "    urgency: hgih\n",
            "10:14: urgency: must be one of 'high', 'low', 'severity', got 'hgih' (did you mean 'high'?)",
            id="word that is no choice",
        ),
        pytest.param(
            HEAD + "services: {api: {escalation_policy: }}\n",
            "7:36: escalation_policy: nothing is not a reference (the stack defines on-call)",
            id="nothing for a reference",
        ),
        pytest.param(
            HEAD.replace("levels: [{notify", "repeat: -1, levels: [{notify"),
            "6:21: repeat: must be at least 0, got -1 (write 0 or more)",
            id="number out of range",
        ),
        pytest.param(
            HEAD.replace("[{notify: [person/maya], escalate_after: 15m}]", "[]"),
            "6:21: levels: at least one is required, got none (add one)",
            id="empty list",
        ),
        pytest.param(
            HEAD.replace("owner: acme", "owner: ACME Inc."),
            "1:8: owner: 'ACME Inc.' is not a valid owner "
            "(write acme-inc; use a-z, 0-9 and `-`, at most 24 characters)",
            id="owner",
        ),
        pytest.param(
            HEAD.replace("T0ACME", "acme"),
            "2:20: slack.workspace: 'acme' is not a valid workspace (write its id, such as T0123ABCD in "
            "app.slack.com/client/T0123ABCD)",
            id="workspace",
        ),
        pytest.param(
            HEAD + "services: {API Service: {escalation_policy: on-call}}\n",
            "7:12: 'API Service' is not a valid key "
            "(write `api-service: {name: API Service, …}`; use a-z, 0-9, `.`, `_`, `-`, at most 40)",
            id="key",
        ),
        pytest.param(
            HEAD.replace("15m", "15 parsecs"),
            "6:62: levels.escalate_after: '15 parsecs' is not a duration "
            "(write it as 30s, 15m, 4h, 2d or 1 week)",
            id="duration",
        ),
        pytest.param(
            HEAD.replace("15m", "30s"),
            "6:62: levels.escalate_after: 30s is out of range (from 1m to 52w in whole 1m steps)",
            id="duration out of range",
        ),
        pytest.param(
            SERVICE + "    support_hours: {time_zone: Europe/Berln, from: '09:00', to: '17:00'}\n",
            "10:32: support_hours.time_zone: 'Europe/Berln' is not a time zone "
            "(did you mean 'Europe/Berlin'?)",
            id="time zone",
        ),
        pytest.param(
            HEAD.replace("maya@acme.example", "maya"),
            "3:16: 'maya' is not an e-mail address (write it like maya@acme.example)",
            id="e-mail, and not that maya is unknown",
        ),
        pytest.param(
            HEAD + "channels:\n  incidents: {name: Card Incidents}\n",
            "8:21: name: Slack refuses the channel name 'Card Incidents' "
            "(it takes lower-case letters, digits, "
            "`-` and `_`, at most 80: write 'card-incidents')",
            id="channel name",
        ),
        pytest.param(
            HEAD + f"channels: {{a: {{topic: {'x' * 251}}}}}\n",
            "7:23: topic: must have at most 250 characters, got 251 (shorten it by 1)",
            id="text over the limit",
        ),
        pytest.param(
            HEAD + f"channels: {{a: {{purpose: {'x' * 240}}}}}\n",
            "7:25: purpose must have at most 227 characters, got 240 "
            "(the limit is 250, and the mark [pdslack:acme/a:yuet] needs the "
            "rest)",
            id="text over the limit with its mark",
        ),
        pytest.param(
            SERVICE + "    support_hours: {time_zone: UTC, from: fri 17:00, to: '18:00'}\n",
            "10:43: support_hours.from: 'fri 17:00' is not a time of day "
            '(write "17:00": the hours are the same on each day of `days`, and span no others)',
            id="day of the week in a time of day",
        ),
        pytest.param(
            SERVICE + "    urgency: {support_hours: high, out_hours: low}\n"
            "    support_hours: {time_zone: Etc/UTC, from: '09:00', to: '17:00'}\n",
            "10:36: unknown key 'out_hours' (write `outside`)",
            id="urgency outside of the hours",
        ),
        pytest.param(
            SERVICE + "    rules: [{if: \"event.severity = 'critical'\"}]\n",
            "10:34: rules.if: expected an operator or the end, found `=` "
            "(write `==`, or `matches` to ignore case)",
            id="condition, at the character",
        ),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_form(cli, text, expected):
    cli.write(text)
    assert told(cli) == [expected]
