"""Two commands at the same time in one folder: the second waits, and then finds nothing to do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.flaky(reruns=2)  # two real processes race

SERVICE = """\
owner: payments
slack: {workspace: T0ACME}
people: {maya: maya@acme.example}
teams: {payments: {members: {manager: [maya]}}}
escalation_policies:
  on-call: {team: payments, levels: [{notify: [person/maya]}]}
services:
  api: {escalation_policy: on-call, integrations: [Datadog, events-api-v2]}
channels:
  incidents: {members: [maya], bookmarks: {Runbook: "https://wiki.acme.example"}}
notification_rules:
  payments: {from: service/api, to: incidents}
"""


def test_two_applies_make_everything_once(cli):
    cli.write(SERVICE)
    words = [sys.executable, "-m", "pdslack_cli.cli.main", "apply", "--sandbox", "--yes"]
    running = [
        subprocess.Popen(
            words, cwd=cli.folder, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=60) for process in running]

    assert [process.returncode for process in running] == [0, 0], ended
    assert sorted(out.splitlines()[-1].partition(" (")[0] for out, _ in ended) == [
        "Apply complete! Resources: 5 added, 0 changed, 0 destroyed.",
        "No changes. PagerDuty and Slack match the files.",
    ]
    assert cli("plan", "--sandbox").out.startswith("No changes.")
