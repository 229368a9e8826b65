"""Two commands at the same time in one folder: the second waits, and then finds nothing to do."""

from __future__ import annotations

import os
from tempfile import TemporaryFile

import pytest

from tests.support import forked

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


@pytest.mark.slow
def test_two_applies_make_everything_once(cli):
    cli.write(SERVICE)
    words = ["apply", "--sandbox", "--yes"]
    with TemporaryFile("w+") as first, TemporaryFile("w+") as second:
        outputs = (first, second)
        running = [
            forked.start(words, cwd=cli.folder, env=os.environ, stdout=out.fileno(), stderr=out.fileno())
            for out in outputs
        ]
        codes = [command.wait() for command in running]
        for out in outputs:
            out.seek(0)
        ended = [out.read() for out in outputs]

    assert codes == [0, 0], ended
    assert sorted(text.splitlines()[-1].partition(" (")[0] for text in ended) == [
        "Apply complete! Resources: 5 added, 0 changed, 0 destroyed.",
        "No changes. PagerDuty and Slack match the files.",
    ]
    assert cli("plan", "--sandbox").out.startswith("No changes.")
