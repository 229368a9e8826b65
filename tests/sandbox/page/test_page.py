"""The page over HTTP: it shows nothing harmful and no secret, its forms are its own, and it stays live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdslack_cli.sandbox.page.elements import WIDGETS
from pdslack_cli.sandbox.page.slack_pane import MOST_MESSAGES
from pdslack_cli.sandbox.server import Sandbox
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.content.block_kit import BLOCKS
from tests.sandbox.conftest import Account
from tests.sandbox.pagerduty.families.test_workflows import step, trigger, workflow
from tests.sandbox.pagerduty.runtime.test_incident_life import integration_key, send
from tests.sandbox.pagerduty.runtime.test_workflow_runs import NOTE, notes
from tests.sandbox.slack.conftest import Workspace
from tests.sandbox.slack.runtime.test_events import listener

__all__ = ["listener"]

HOSTILE = """<script>alert(1)</script><img src=x onerror=alert(1)>"'{{7*7}}javascript:alert(1)"""


class Reader(HTMLParser):
    """What a document holds: its elements, their attributes, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(html: str) -> None:
    for tag, attributes in Reader(html).elements:
        assert tag not in ("img", "iframe", "object", "style", "base")
        assert tag != "script" or attributes == {"src": "/_page/page.js", "defer": None}
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
        for name in ("href", "action", "formaction"):
            target = attributes.get(name) or "/"
            assert target.startswith(("/", "#", "https://", "http://", "mailto:", "data:,")), target


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def page(sandbox: Sandbox, query: str = "") -> str:
    answer = requests.get(f"{sandbox.url}/?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_nothing_foreign_is_markup(sandbox: Sandbox):
    account, slack = Account(sandbox), Workspace(sandbox)
    sandbox.seed({"people": [{"name": HOSTILE, "email": "eve@acme.example"}]})
    service = account.service()
    send(account, integration_key(account, service), summary=HOSTILE)
    channel = slack.channel("ops", "user")
    slack.ok(
        "chat.postMessage",
        "user",
        channel=channel,
        text=f"{HOSTILE} &lt;!channel&gt; <javascript:alert(1)|x>",
    )
    html = page(sandbox, f"channel={channel}&as={HOSTILE}&thread=<b>&incident=<b>")
    assert_harmless(html)
    assert Reader(html).text.count("<script>alert(1)</script>") >= 3
    assert "<!channel>" in Reader(html).text
    for client in (account, slack):
        client.session.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(HOSTILE) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "type", "elements", "options", "title", "url", "value"]), inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_blocks_of_any_shape_are_shown(sandbox: Sandbox, data: st.DataObject):
    """Attachments are taken as they are, so that anything can be in them; blocks are checked for little."""
    kind = data.draw(st.sampled_from(sorted(BLOCKS)))
    block = {"type": kind, **{name: data.draw(JSON) for name in (*BLOCKS[kind].fields, "text", "accessory")}}
    element = {
        "type": data.draw(st.sampled_from(sorted(WIDGETS))),
        "action_id": "a",
        "options": data.draw(JSON),
    }
    message: dict[str, Any] = {
        "id": "C0SANDBOXGE:1.000001",
        "channel": workspace.GENERAL,
        "ts": "1.000001",
        "user": workspace.BOT_USER,
        "text": "x",
        "reactions": [],
        "blocks": [block, {"type": "actions", "block_id": "b", "elements": [element, data.draw(JSON)]}],
        "attachments": data.draw(JSON),
    }
    sandbox.store.insert("slack.message", message["id"], message)
    try:
        assert_harmless(page(sandbox, f"channel={workspace.GENERAL}"))
    finally:
        sandbox.store.delete("slack.message", message["id"])


@pytest.mark.slow
def test_long_lists_are_shown_in_parts(sandbox: Sandbox):
    """The newest first, open incidents before all, and a link to more."""
    slack = Workspace(sandbox)
    with slack.session:
        channel = slack.channel("payments")
        for number in range(MOST_MESSAGES + 1):
            slack.ok("chat.postMessage", channel=channel, text=f"message-{number}.")
    account = Account(sandbox)
    send(account, integration_key(account, account.service()), summary="still open")
    (still,) = sandbox.store.all("pagerduty.incident")
    with sandbox.store.transaction():
        for number in range(1_000):
            old = {**still, "id": f"QOLD{number}", "status": "resolved", "title": f"old-{number}."}
            sandbox.store.insert("pagerduty.incident", old["id"], old)
    first = page(sandbox, f"channel={channel}")
    assert "still open" in first
    assert "old-999." in first
    assert "Show more of the 976 older incidents" in first
    assert "old-950." not in first
    assert "message-0." not in first
    more = page(sandbox, f"channel={channel}&messages=120&incidents=100")
    assert "message-0." in more
    assert "old-950." in more
    assert "Show older messages" not in more
    assert page(sandbox, "messages=x&incidents=-1")


@pytest.mark.slow
def test_app_home_files_and_canvases_are_shown(sandbox: Sandbox):
    slack = Workspace(sandbox)
    with slack.session:
        person = slack.person("maya")
        button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": HOSTILE[:75]}}
        view = {"type": "home", "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
        empty = requests.post(f"{sandbox.url}/_page/home", data={"_as": person, "_channel": "home"})
        assert "published nothing here yet" in empty.text
        published = slack.ok("views.publish", user_id=person, view=json.dumps(view))["view"]["id"]
        html = page(sandbox, f"channel=home&as={person}")
        assert_harmless(html)
        assert HOSTILE[:75] in Reader(html).text
        click = {"view": published, "do": "0", "_as": person, "_channel": "home"}
        deaf = requests.post(f"{sandbox.url}/_page/view", data=click)
        assert "he app listens nowhere" in deaf.text
        channel = slack.channel("ops")
        upload = slack.ok("files.getUploadURLExternal", filename=HOSTILE, length=1)
        slack.session.post(upload["upload_url"], data=b"x").raise_for_status()
        files = json.dumps([{"id": upload["file_id"]}])
        slack.ok("files.completeUploadExternal", files=files, channel_id=channel)
        content = json.dumps({"type": "markdown", "markdown": f"# Runbook\n{HOSTILE}"})
        slack.ok("conversations.canvases.create", channel_id=channel, document_content=content)
        html = page(sandbox, f"channel={channel}")
        assert_harmless(html)
        assert "Runbook" in Reader(html).text
        assert HOSTILE in Reader(html).text


@pytest.mark.slow
def test_what_is_done_on_the_page_starts_workflows_at_once(sandbox: Sandbox):
    account = Account(sandbox)
    service = account.service()
    integration_key(account, service)
    for status in ("triggered", "acknowledged"):
        made = workflow(account, step(NOTE, Note=f"It is {status}"), name=status)
        condition = f"incident.status matches '{status}'"
        named = {"services": [{"id": service["id"]}], "trigger_type": "conditional"}
        trigger(account, made, condition=condition, **named)
    (integration,) = sandbox.store.all("pagerduty.integration")
    event = {"target": f"integration/{integration['id']}", "summary": "Disk full", "source": "db"}
    done = requests.post(
        f"{sandbox.url}/_page/event", data={**event, "severity": "critical", "action": "trigger"}
    )
    assert done.ok, done.text
    (incident,) = sandbox.store.all("pagerduty.incident")
    assert notes(account, incident) == ["It is triggered"]
    form = {"incident": incident["id"], "do": "acknowledge"}
    assert requests.post(f"{sandbox.url}/_page/incident", data=form).ok
    assert notes(account, incident) == ["It is acknowledged", "It is triggered"]
    account.session.close()


def test_people_are_brought_in_and_answer(sandbox: Sandbox):
    """Ask, accept, reassign, snooze, tell the status: each is seen in the timeline, and who did it."""
    people = [{"name": name, "email": f"{name}@acme.example"} for name in ("maya", "tom")]
    sandbox.seed({"people": people})
    account = Account(sandbox)
    send(account, integration_key(account, account.service()))
    (shown,) = account.get("/incidents")["incidents"]
    users = {user["email"].partition("@")[0]: user["id"] for user in account.get("/users")["users"]}

    def act(person: str, do: str, status: int = 303, **form: str) -> str:
        data = {"_as": users[person], "incident": shown["id"], "do": do, **form}
        answer = requests.post(f"{sandbox.url}/_page/incident", data=data, allow_redirects=False)
        assert answer.status_code == status, answer.text
        return page(sandbox, f"as={users[person]}") if status == 303 else answer.text

    assert "nothing asks you" in act("tom", "accept", 400).casefold()
    assert 'value="accept"' not in act("maya", "ask", user=users["tom"])
    assert 'value="accept"' in page(sandbox, f"as={users['tom']}")
    assert 'value="accept"' not in act("tom", "accept")
    assert "must be acknowledged" in act("tom", "snooze", 400, seconds="900")
    act("tom", "acknowledge")
    act("tom", "snooze", seconds="900")
    act("maya", "tell", message="Soon <b>")
    assert "write a status update" in act("maya", "tell", 400, message=" ").casefold()
    text = Reader(act("maya", "reassign", user=users["maya"])).text
    for line in (
        "tom asked to respond",
        "tom accepted",
        "snoozed",
        "status update: Soon <b>",
        "assigned to maya",
    ):
        assert line in text
    (now,) = account.get("/incidents?statuses[]=triggered")["incidents"]
    assert [one["assignee"]["id"] for one in now["assignments"]] == [users["maya"]]
    account.session.close()


@pytest.mark.slow
def test_no_secret_is_shown(sandbox: Sandbox):
    account = Account(sandbox)
    key = integration_key(account, account.service())
    orchestration = account.orchestration()
    send(account, key)
    html = page(sandbox)
    secrets = {value for name, value in sandbox.environment().items() if not name.endswith("_URL")}
    secrets |= {key, orchestration["integrations"][0]["parameters"]["routing_key"]}
    assert [secret for secret in secrets if secret in html] == []
    assert "Production" in html
    account.session.close()


@pytest.mark.slow
def test_the_browser_is_told_to_run_nothing_else(sandbox: Sandbox):
    policy = requests.get(sandbox.url).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "OWN", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "evil.example"}, 403),
    ],
)
@pytest.mark.parametrize("act", ["clock"])
def test_only_the_page_itself_may_use_its_forms(sandbox: Sandbox, act, headers, status):
    headers = {name: sandbox.url if value == "OWN" else value for name, value in headers.items()}
    body = {"seconds": "300"}
    answer = requests.post(f"{sandbox.url}/_page/{act}", data=body, headers=headers, allow_redirects=False)
    assert answer.status_code == status
    assert (sandbox.clock.offset > 299) == (status == 303)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("clock", {"seconds": "soon"}),
        ("clock", {}),
        ("clock", {"seconds": "nan"}),
        ("fault", {"kind": "explosion"}),
        ("event", {"target": "integration/none"}),
        ("event", {"target": "user/PADMIN"}),
        ("incident", {"incident": "none", "do": "resolve"}),
        ("incident", {"incident": "none", "do": "snooze", "seconds": "soon"}),
        ("write", {"channel": "nowhere", "text": "Hi"}),
        ("write", {"channel": "general", "text": " "}),
        ("click", {"channel": "general", "ts": "1", "at": "0"}),
        ("view", {"view": "V1", "do": "submit"}),
    ],
)
def test_what_cannot_be_done_is_explained_on_the_page(sandbox: Sandbox, act, form):
    answer = requests.post(f"{sandbox.url}/_page/{act}", data=form)
    assert answer.status_code == 400
    assert 'role="alert">' in answer.text


def test_the_stream_tells_of_changes_and_ends_with_the_sandbox():
    with Sandbox() as sandbox:
        stream = requests.get(f"{sandbox.url}/_sandbox/changes", stream=True, timeout=5)
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = (line for line in stream.iter_lines(chunk_size=1) if line)
        first = next(lines)
        sandbox.seed({"teams": ["Payments"]})
        second = next(lines)
        assert first.startswith(b"data: ")
        assert second != first
        requests.post(f"{sandbox.url}/_sandbox/faults", json={"kind": "500"}).raise_for_status()
        assert next(lines) != second
    stream.close()


@pytest.mark.slow
def test_a_session_can_be_replayed_with_what_was_done_on_the_page(sandbox: Sandbox):
    requests.post(f"{sandbox.url}/_page/clock", data={"seconds": "300"})
    assert '"/_page/clock"' in sandbox.session.as_jsonl()


@pytest.mark.slow
def test_a_long_thread_hides_no_message(sandbox: Sandbox) -> None:
    slack = Workspace(sandbox)
    channel = slack.channel("payments")
    first = slack.ok("chat.postMessage", channel=channel, text="Card declined")["ts"]
    slack.ok("chat.postMessage", channel=channel, text="Only me", thread_ts=first, reply_broadcast="true")
    for number in range(MOST_MESSAGES * 4):
        sandbox.store.insert(
            "slack.message",
            f"{channel}:1.{number}",
            {
                "id": f"{channel}:1.{number}",
                "channel": channel,
                "ts": f"1.{number}",
                "user": "U0SANDBOXAD",
                "text": "x",
                "thread_ts": first,
                "reactions": [],
            },
        )
    shown = Reader(page(sandbox, f"?channel={channel}")).text
    assert "Card declined" in shown
    assert "Only me" in shown
    assert f"{MOST_MESSAGES * 4 + 1} replies" in shown
    slack.session.close()
