"""Words of a catalogue that a stack names: the sandbox has them, whatever their spelling."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

NAMED = """\
owner: acme
pagerduty: {region: us}
people: {ada: ada@acme.example}
escalation_policies: {e: {levels: [{notify: [person/ada], escalate_after: 15m}]}}
services:
  api:
    escalation_policy: e
    integrations: [{name: One, vendor: Acme Monitor 3000 ™}, {name: Two, vendor: DATADOG}]
    rules:
      - if: event.class matches 'x'
        then: {priority: Sev 0, fields: {Région touchée: eu, region-touchée: us}}
      - {if: event.class matches 'y', then: {priority: p2}}
workflows:
  fix:
    steps:
      - {name: Tell, action: "acme.com:tools:tell-everybody:7", inputs: {Text: hello, How often: "3"}}
      - {name: Note, action: "pagerduty.com:incident-workflows:add-notes-to-incident:1", inputs: {Note: hi}}
"""


@pytest.mark.slow
def test_any_word_of_a_catalogue_that_the_stack_names_is_seeded(cli: Cli) -> None:
    cli.write(NAMED)
    cli("apply", "--sandbox", "--yes")
    assert "No changes" in cli("plan", "--sandbox").out
    cli("apply", "--sandbox", "--yes", "--reset")
    assert "No changes" in cli("plan", "--sandbox").out


@pytest.mark.slow
def test_a_priority_is_not_seeded_in_another_case(cli: Cli) -> None:
    cli.write(NAMED.partition("workflows:")[0])
    cli("apply", "--sandbox", "--yes")
    listed = cli("list", "priorities", "--sandbox").out
    assert "Sev 0" in listed
    assert "P2" in listed
    assert "p2" not in listed


NEAR = {
    "cut": ("DATADOG", "Cloudwatch", "Amazon CloudWatch"),
    "mistyped": ("DATADOG", "Datadgo", "Datadog"),
    "action": (
        "add-notes-to-incident",
        "add-note-to-incident",
        "pagerduty.com:incident-workflows:add-notes-to-incident:1",
    ),
}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(("word", "wrong", "right"), NEAR.values(), ids=NEAR)
def test_a_word_that_is_nearly_one_of_the_catalogue_is_seeded_and_doubted(cli: Cli, word, wrong, right):
    cli.write(NAMED.replace(word, wrong))
    done = cli("plan", "--sandbox")
    assert "Plan: 3 to add" in done.out
    assert f"did you mean '{right}'?" in done.err
