"""`pdslack message`: a template for an invented incident, as people read it and as Slack takes it."""

from __future__ import annotations

import pytest

TEMPLATES = """\
owner: payments
slack: {workspace: T0ACME}
escalation_policies: {p: {lookup: true}}
services: {api: {escalation_policy: p}}
channels: {inc: {}}
messages:
  short:
    text: "{{pagerduty.incident.title}}"
    blocks:
      - type: section
        text:
          type: mrkdwn
          text: "*On call*: <@${pagerduty.oncall.user.slack_id}> {{pagerduty.incident.priority}}"
      - buttons
    buttons: [acknowledge, note, snooze]
  long:
    blocks:
      - {type: header, text: {type: plain_text, text: "%s"}}
notification_rules:
  r: {from: service/api, to: inc, via: sync, message: short}
""" % ("x" * 200)


@pytest.fixture
def templates(cli):
    (cli.folder / "pdslack.yaml").write_text(TEMPLATES)
    return cli


def test_the_usual_message(templates):
    out = templates("message", "--preview").out

    assert "🔴 #4812 payments-api: p99 latency above 2 s" in out
    assert "[Acknowledge] [Resolve] [Escalate] [⋯ Reassign… |" in out
    assert "9 blocks, within Slack's limits." in out


@pytest.mark.parametrize(("status", "button"), [("triggered", "[Acknowledge] [Add note…]"), ("resolved", "")])
def test_a_template_of_the_file(templates, status, button):
    out = templates("message", "--preview", "short", "--status", status).out

    assert "*On call*: <@U0MAYA001> P1" in out
    assert button in out
    assert ("[" in out) == bool(button)


def test_as_slack_takes_it(templates):
    shown = templates("message", "short", "--format", "json").json

    assert shown["text"] == "payments-api: p99 latency above 2 s"
    assert [block["type"] for block in shown["blocks"]] == ["section", "actions"]
    assert shown["cut"] == []


def test_what_slack_would_refuse_is_named(templates):
    done = templates("message", "long", code=1)

    assert "Cut: blocks[0].text: at most 150 characters, got 200" in done.out
    assert templates("message", "long", "--format", "json", code=1).json["cut"]


def test_the_list(templates):
    out = templates("message", "--list").out

    assert "default" in out
    assert "built in" in out
    assert "used by r" in out
    assert {
        one["name"]: one["rules"]
        for one in templates("message", "--list", "--format", "json").json["messages"]
    } == {
        "default": [],
        "short": ["r"],
        "long": [],
    }


def test_a_template_that_is_not_there(templates):
    assert "did you mean 'short'?" in templates("message", "shrt", code=1).err
