"""What people choose and put into the forms of an app, on the page."""

from __future__ import annotations

import json

import pytest
import requests

from pdslack_cli.sandbox.server import Sandbox
from tests.sandbox.page.test_page import HOSTILE, Reader, assert_harmless, sandbox
from tests.sandbox.slack.conftest import Json, Workspace
from tests.sandbox.slack.runtime.test_events import Listener, listener

__all__ = ["listener", "sandbox"]


def test_options_that_an_app_suggests_are_looked_up_and_chosen(sandbox: Sandbox, listener: Listener):
    """In a message and in a modal: what was typed goes to the app, what it suggests can be chosen."""
    slack, label = Workspace(sandbox), {"type": "plain_text", "text": "Runbook"}
    slack.person("maya")
    channel = slack.channel("ops", "user")
    slack.control("PUT", "slack/app", dict.fromkeys(("interactivity_url", "command_url"), listener.url))
    select = {"type": "external_select", "action_id": "book", "min_query_length": 2}
    blocks = [{"type": "actions", "block_id": "b", "elements": [select]}]
    posted = slack.ok("chat.postMessage", "user", channel=channel, text="x", blocks=json.dumps(blocks))
    slack.control("POST", "slack/command", {"user": "Maya", "channel": channel, "command": "/page"})
    form = {"type": "input", "block_id": "b", "label": label, "element": select}
    view = {"type": "modal", "title": label, "submit": label, "blocks": [form]}
    trigger = listener.requests[-1][1]["trigger_id"]
    opened = slack.ok("views.open", trigger_id=trigger, view=json.dumps(view))["view"]
    maya = slack.person("maya")
    option = {"text": {"type": "plain_text", "text": HOSTILE[:75]}, "value": "cards"}
    for act, place in (("click", {"channel": channel, "ts": posted["ts"]}), ("view", {"view": opened["id"]})):

        def done(act: str = act, place: Json = place, **form: str) -> requests.Response:
            return requests.post(f"{sandbox.url}/_page/{act}", data={"_as": maya, **place, **form})

        listener.answer = {"options": [option]}
        assert "type at least 2" in done(do="look-up-0", q0="c").text.casefold()
        shown = done(do="look-up-0", q0="cards")
        assert shown.ok
        assert_harmless(shown.text)
        asked = listener.requests[-1][1]
        assert (asked["type"], asked["value"], asked["block_id"]) == ("block_suggestion", "cards", "b")
        assert asked["container"]["type"] == {"click": "message", "view": "view"}[act]
        listener.answer = None
        assert done(do="0" if act == "click" else "submit", e0="0").ok
        sent = listener.requests[-1][1]
        state = sent["view"]["state"] if act == "view" else sent["state"]
        assert state["values"]["b"]["book"]["selected_option"] == option
    slack.session.close()


@pytest.mark.slow
def test_files_are_put_into_a_modal_and_stay_there(sandbox: Sandbox, listener: Listener):
    """What is wrong with them is told beside the field; the app gets them whole, and may read them."""
    slack, label = Workspace(sandbox), {"type": "plain_text", "text": "Logs"}
    maya = slack.person("maya")
    channel = slack.channel("ops", "user")
    slack.control("PUT", "slack/app", dict.fromkeys(("interactivity_url", "command_url"), listener.url))
    slack.control("POST", "slack/command", {"user": "Maya", "channel": channel, "command": "/logs"})
    element = {"type": "file_input", "action_id": "logs", "filetypes": ["txt"], "max_files": 2}
    form = {"type": "input", "block_id": "b", "label": label, "element": element}
    view = {"type": "modal", "title": label, "submit": label, "blocks": [form]}
    trigger = listener.requests[-1][1]["trigger_id"]
    opened = slack.ok("views.open", trigger_id=trigger, view=json.dumps(view))["view"]["id"]
    sent = len(listener.requests)

    def submit(*names: str, **kept: list[str]) -> Reader:
        files = [("e0", (name, f"of {name}".encode())) for name in names or ("",)]
        data = {"_as": maya, "view": opened, "do": "submit", **kept}
        answer = requests.post(f"{sandbox.url}/_page/view", data=data, files=files)
        assert answer.ok, answer.text
        assert_harmless(answer.text)
        return Reader(answer.text)

    assert "Please complete this required field" in submit().text
    assert "Expected a file of the type txt" in submit("a.pdf").text
    assert "Choose at most 2" in submit("a.txt", "b.txt", "c.txt").text
    assert len(listener.requests) == sent
    assert [at["value"] for _, at in submit("x.txt", "y.pdf").elements if "checked" in at]
    listener.answer = {"response_action": "errors", "errors": {"b": "Too short"}}
    kept = [at["value"] for _, at in submit("a.txt", f"{HOSTILE}.txt").elements if "checked" in at]
    assert len(kept) == 2
    listener.answer = None
    submit(e0=kept[:1])
    state = listener.requests[-1][1]["view"]["state"]["values"]["b"]["logs"]
    assert [file["name"] for file in state["files"]] == ["a.txt"]
    assert slack.ok("files.info", file=kept[0])["file"] == state["files"][0]
    authorization = {"Authorization": f"Bearer {sandbox.environment()['SLACK_BOT_TOKEN']}"}
    assert requests.get(state["files"][0]["url_private"], headers=authorization).text == "of a.txt"
    slack.session.close()
