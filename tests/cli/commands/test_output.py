"""Outputs reach the next step of a pipeline, and their secrets stay hidden."""

from __future__ import annotations

import pytest

from pdslack_cli.sandbox.faults import Fault

pytestmark = pytest.mark.slow_after(2)

SERVICE = """\
owner: payments
people: {maya: maya@acme.example}
escalation_policies:
  on-call: {levels: [{notify: [person/maya]}]}
services:
  api: {escalation_policy: on-call, integrations: [Datadog]}
"""


@pytest.fixture
def made(cli):
    """A stack that exists, with an integration key."""
    cli.write(SERVICE)
    cli("apply", "--sandbox", "--yes")
    return cli


@pytest.fixture
def key(made) -> str:
    return made("output", "--sandbox", "--format", "json", "--show-secrets").json["service/api"]["Datadog"]


def values(lines: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["env", "json", "gitlab"])
def test_keys_are_masked_unless_asked_for(made, key, format_):
    shown = made("output", "--sandbox", "--format", format_)

    assert key not in shown.out + shown.err
    assert f"****{key[-4:]}" in shown.out


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["env", "gitlab"])
def test_outputs_are_variables(made, key, format_):
    shown = values(made("output", "--sandbox", "--format", format_, "--show-secrets").out)

    assert shown["SERVICE_API_DATADOG"] == key
    assert set(shown) == {"ESCALATION_POLICY_ON_CALL_ID", "SERVICE_API_ID", "SERVICE_API_DATADOG"}


@pytest.mark.slow
def test_gitlab_is_said_to_show_what_it_gets(made):
    assert "unmasked" in made("output", "--sandbox", "--format", "gitlab", "--show-secrets").err
    assert made("output", "--sandbox", "--format", "gitlab").err == ""


@pytest.mark.slow
def test_github_gets_outputs_of_the_step_and_learns_to_hide_the_keys_first(made, key, monkeypatch):
    path = made.folder / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    printed = made("output", "--sandbox", "--format", "github", "--show-secrets").out

    assert printed == f"::add-mask::{key}\n"
    assert values(path.read_text())["SERVICE_API_DATADOG"] == key


@pytest.mark.slow
def test_github_gets_masked_keys_unless_asked(made, key, monkeypatch):
    path = made.folder / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))

    assert made("output", "--sandbox", "--format", "github").out == ""
    assert values(path.read_text())["SERVICE_API_DATADOG"] == f"****{key[-4:]}"


@pytest.mark.slow
def test_github_outputs_outside_of_a_step_are_refused(made):
    refused = made("output", "--sandbox", "--format", "github", code=1)

    assert "::error title=pdslack::GITHUB_OUTPUT is not set" in refused.out


def test_two_values_of_one_variable_are_refused(cli):
    cli.write("owner: payments\nteams: {a-b: {}, a.b: {}}")
    cli("apply", "--sandbox", "--yes")

    refused = cli("output", "--sandbox", code=1)

    assert "team/a-b 'id' and team/a.b 'id' would both become TEAM_A_B_ID" in refused.err
    assert cli("output", "--sandbox", "--only", "team/a.b").out.startswith("TEAM_A_B_ID=")


REMOVED = {
    "service": (SERVICE, "integrations: [Datadog]", "integrations: [Sentry]", "service/api", "Datadog"),
    "routing": (
        SERVICE + "routing: {main: {integrations: [Alertmanager]}}\n",
        "integrations: [Alertmanager]",
        "integrations: [Grafana]",
        "routing/main",
        "Alertmanager",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", REMOVED)
def test_a_removed_integration_is_told_until_it_is_gone(cli, kind):
    text, listed, others, ref, name = REMOVED[kind]
    cli.write(text)
    cli("apply", "--sandbox", "--yes")
    assert "still works" not in cli("plan", "--sandbox").out

    cli.write(text.replace(listed, others))
    note = f"{ref}: the integration '{name}' is not in the file and stays: its key still works"
    assert note in cli("plan", "--sandbox").out
    cli("apply", "--sandbox", "--yes")
    assert note in cli("plan", "--sandbox").out
    assert any(note in notice for notice in cli("plan", "--sandbox", "--format", "json").json["notices"])
    shown = cli("output", "--sandbox")
    (line,) = [line for line in shown.out.splitlines() if name.upper() in line]
    assert line.endswith("  # not in the file")
    assert f"Note: {ref}: '{name}' is not in the file, but its key still works" in shown.err

    cli.write(text.replace(listed, f"exact: true, {others}"))
    assert "still works" not in cli("plan", "--sandbox").out
    cli("apply", "--sandbox", "--yes", "--max-deletes", "9")
    shown = cli("output", "--sandbox")
    assert name.upper() not in shown.out
    assert shown.err == ""


@pytest.mark.slow
def test_what_the_step_before_has_just_made_is_waited_for(accounts):
    accounts.cli.write(SERVICE)
    accounts.cli("apply", "--yes")
    accounts.sandbox.faults.add(Fault("lag", path="^/services$", seconds=60))

    made = accounts.cli("output", "--format", "json", "--show-secrets").json

    assert made["service/api"].keys() == {"Datadog", "id"}
