"""What is posted without a token: answers to a `response_url`, incoming webhooks (slack.md 7.4), uploads."""

from __future__ import annotations

from typing import Any

from werkzeug import Request, Response

from pdslack_cli.model import Json
from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.settings import SandboxLimits
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.arguments import Arguments
from pdslack_cli.sandbox.slack.auth import SCOPES
from pdslack_cli.sandbox.slack.call import Caller, SlackCall
from pdslack_cli.sandbox.slack.content.blocks import read_content
from pdslack_cli.sandbox.slack.content.messages import new_message
from pdslack_cli.sandbox.slack.families.beside import uploads
from pdslack_cli.sandbox.slack.pace import SlackPace
from pdslack_cli.sandbox.slack.refused import RateLimited, SlackRefusal
from pdslack_cli.sandbox.slack.runtime.response_urls import respond
from pdslack_cli.sandbox.store import Store

HOOKS = "/slack/hooks"
INCOMING = "slack.incoming_webhook"


def answer(store: Store, clock: SandboxClock, pace: SlackPace, request: Request) -> Response:
    """Answer a POST below `/slack/hooks`: `ok`, or the error code alone, as Slack does."""
    kind, _, rest = request.path.removeprefix("/").partition("/")
    key = rest.rpartition("/")[2]
    try:
        body = {} if kind == "upload" else _body(request)
        caller = Caller(kind="bot", user=workspace.BOT_USER, scopes=tuple(SCOPES["bot"].split()))
        call = SlackCall(store, clock, caller, Arguments(body))
        with store.transaction():
            if kind == "actions":
                respond(call, key, read_content(call), body)
            elif kind == "upload":
                return Response(uploads.receive(call, key, _uploaded(request)), mimetype="text/plain")
            elif kind == "services":
                if SandboxLimits.read(store).slack_tiers:
                    pace.count_call((INCOMING, key), 1, 1)
                _post(call, key, read_content(call))
            else:
                return Response("no_service", 404, mimetype="text/plain")
    except RateLimited as limited:
        return Response(str(limited), limited.status, limited.headers, mimetype="text/plain")
    except SlackRefusal as refused:
        return Response(str(refused), 404 if "url" in str(refused) else 400, mimetype="text/plain")
    return Response("ok", mimetype="text/plain")


def new_incoming(store: Store, base: str, channel: Json) -> str:
    """The URL of a new incoming webhook into a channel."""
    number = store.next_number()
    key = f"sandbox{number:017d}"
    store.insert(INCOMING, key, {"id": key, "channel": channel["id"]})
    return f"{base}{HOOKS}/services/{workspace.TEAM}/B0SB{number:07d}/{key}"


def _post(call: SlackCall, key: str, content: Json) -> None:
    webhook = call.store.get(INCOMING, key)
    channel = webhook and call.store.get("slack.channel", webhook["channel"])
    if channel is None:
        raise SlackRefusal("no_service")
    if channel["is_archived"]:
        raise SlackRefusal("channel_is_archived")
    if not any(content.values()):
        raise SlackRefusal("no_text")
    new_message(call, channel, **{"text": "", **content})


def _body(request: Request) -> dict[str, Any]:
    text = request.form.get("payload") or request.get_data()
    try:
        body = strict_json.parse(text)
    except ValueError:
        raise SlackRefusal("invalid_payload") from None
    if request.method != "POST" or not isinstance(body, dict):
        raise SlackRefusal("invalid_payload")
    return body


def _uploaded(request: Request) -> bytes:
    """The bytes of a file that came: as the body, or as the one file of a form."""
    body = request.get_data()  # before the form is read, or nobody can see these bytes any more
    if request.mimetype != "multipart/form-data":
        return body
    with request:
        return b"".join(file.read() for file in request.files.values())
