"""A value that a plan refuses is told once, and by the doctor as well."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

TELL = "pagerduty.com:incident-workflows:send-status-update:1"
MESSAGE = "action 'pagerduty.com:incident-workflows:send-status-update:1' has no input 'Mesage'"


def stack(inputs: str) -> str:
    return f"owner: acme\nworkflows: {{w: {{steps: [{{name: U, action: '{TELL}', inputs: {inputs}}}]}}}}\n"


@pytest.mark.parametrize("command", ["plan", "apply", "doctor"])
def test_a_wrong_input_is_told_once(cli: Cli, command: str) -> None:
    cli.write(stack("{Message: x, Mesage: y}"))
    words = ["--yes"] if command == "apply" else []
    done = cli(command, "--sandbox", *words, code=1)
    assert (done.out + done.err).count(MESSAGE) == 1


def test_an_input_that_is_live_already_is_no_fault(cli: Cli) -> None:
    cli.write(stack("{Message: x}"))
    cli("apply", "--sandbox", "--yes")
    cli.write(stack("{}"))
    assert "No problems found." in cli("doctor", "--sandbox").out


def test_a_misspelt_vendor_is_told_once(cli: Cli) -> None:
    cli.write(
        "owner: acme\nservices: {s: {escalation_policy: e, integrations: [Datadgo]}}\n"
        "people: {ada: ada@acme.example}\nescalation_policies: {e: {levels: [{notify: [person/ada]}]}}\n"
    )
    assert cli("plan", "--sandbox", code=None).err.count("did you mean 'Datadog'?") == 1
