"""The example policy, run by a Rego interpreter over the plans that the command prints."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("regopy") is None:
    pytest.skip("no Rego interpreter here: pip install '.[policy]'", allow_module_level=True)

# In a process of its own: the interpreter brings an RE2 that does not get along with google-re2's.
INTERPRET = """
import json, pathlib, sys
from regopy import Interpreter
rego = Interpreter()
rego.add_module("policy", pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
rego.set_input(json.load(sys.stdin))
print(rego.query("deny := data.main.deny; warn := data.main.warn"))
"""

POLICY = Path(__file__).parents[3] / "examples" / "ci" / "policy.rego"

HEAD = """\
owner: payments
people: {maya: maya@acme.example}
escalation_policies:
  on-call: {levels: [{notify: [person/maya]}]}
"""
SERVICES = HEAD + "services:\n"
GOOD = SERVICES + "  api: {escalation_policy: on-call, runbook: 'https://wiki.acme.example/api'}\n"


def verdict(plan: dict) -> dict[str, list[str]]:
    """What the policy says of a plan."""
    done = subprocess.run(
        [sys.executable, "-c", INTERPRET, str(POLICY)],
        input=json.dumps(plan), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)["bindings"]


def planned(cli, *words: str) -> dict:
    return cli("plan", "--sandbox", "--format", "json", *words).json


def test_good_plan_passes(cli):
    cli.write(GOOD)

    assert verdict(planned(cli)) == {"deny": [], "warn": []}


def test_service_without_a_runbook_is_denied_as_new_and_as_changed(cli):
    cli.write(SERVICES + "  api: {escalation_policy: on-call}\n")
    assert verdict(planned(cli))["deny"] == ["service/api has no runbook"]
    cli("apply", "--sandbox", "--yes")

    cli.write(SERVICES + "  api: {escalation_policy: on-call, description: Takes money}\n")
    assert verdict(planned(cli))["deny"] == ["service/api has no runbook"]


def test_delete_of_a_service_is_denied(cli):
    cli.write(GOOD)
    cli("apply", "--sandbox", "--yes")
    cli.write(HEAD + "services: {}\n")

    assert verdict(planned(cli))["deny"] == ["service/api would be deleted: services are retired by hand"]


def test_many_deletes_are_denied(cli):
    names = ", ".join(f"team-{number}: {{}}" for number in range(6))
    cli.write(f"owner: payments\nteams: {{{names}}}\n")
    cli("apply", "--sandbox", "--yes")
    cli.write("owner: payments\nteams: {}\n")

    assert verdict(planned(cli, "--max-deletes", "6"))["deny"] == [
        "6 objects would be deleted, at most 5 may be at once"
    ]


@pytest.mark.parametrize(
    ("description", "warned"),
    [
        pytest.param("Takes money", [], id="adopted as it is"),
        pytest.param("Others' words", ["team/money would be adopted and changed at once"], id="and changed"),
    ],
)
def test_adoption_that_changes_something_is_warned_of(cli, description, warned):
    with cli.account() as clients:
        clients.pagerduty.create(
            "/teams", {"team": {"type": "team", "name": "Money", "description": description}}
        )
    cli.write("owner: payments\nteams: {money: {name: Money, description: Takes money}}\n")

    plan = planned(cli, "--adopt")

    assert plan["resource_changes"][0]["change"]["importing"]["id"]
    assert verdict(plan) == {"deny": [], "warn": warned}


def test_policy_reads_terraforms_plans_as_well():
    change = {"actions": ["delete", "create"], "before": {"name": "API"}, "after": {"name": "API 2"}}
    terraform = {
        "format_version": "1.2",
        "resource_changes": [
            {
                "address": "pagerduty_service.api",
                "mode": "managed",
                "type": "pagerduty_service",
                "name": "api",
                "provider_name": "registry.terraform.io/pagerduty/pagerduty",
                "change": change,
            }
        ],
    }

    assert verdict(terraform)["deny"] == [
        "pagerduty_service.api would be deleted: services are retired by hand"
    ]


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_the_jq_filter_of_the_docs_lists_what_would_be_deleted(cli):
    page = (Path(__file__).parents[3] / "docs" / "ci.md").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if "| jq -r '.resource_changes" in line)
    cli.write(GOOD)
    cli("apply", "--sandbox", "--yes")
    cli.write(HEAD + "services: {}\n")

    listed = subprocess.run(
        ["jq", "-r", line.partition("| jq -r '")[2].rpartition("'")[0]],
        input=cli("plan", "--sandbox", "--format", "json").out, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert listed.stdout.split() == ["service/api"]
