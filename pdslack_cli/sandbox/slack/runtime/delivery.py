"""How the app hears of what people do: signed requests, or envelopes of Socket Mode (slack.md 7.1)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pdslack_cli.model import Json
from pdslack_cli.sandbox.courier import Parcel, Receipt, send
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.runtime.sockets import SECONDS_TO_ACKNOWLEDGE, SocketMode

FORM = "application/x-www-form-urlencoded"
DEAF = (
    "the app listens nowhere: it has no Socket Mode connection, "
    "and no URL for this, which `PUT /_sandbox/slack/app` sets"
)


@dataclass(frozen=True)
class Heard:
    """Whether the app acknowledged, and what it answered: an object, a text, or nothing."""

    acknowledged: bool
    answer: Any = None
    problem: str = ""


class AppDelivery:
    """Sends to the app, and waits for as long as Slack does."""

    def __init__(self, sockets: SocketMode) -> None:
        self._sockets = sockets

    def interaction(self, url: str, payload: Json) -> Heard:
        """A click, a submitted view, a shortcut."""
        answers = payload["type"] in ("view_submission", "block_suggestion")
        form = urlencode({"payload": json.dumps(payload)}).encode()
        return self._send("interactive", url, payload, form, FORM, answers)

    def command(self, url: str, fields: Json) -> Heard:
        """A slash command."""
        return self._send("slash_commands", url, fields, urlencode(fields).encode(), FORM, True)

    def _send(self, kind: str, url: str, payload: Json, body: bytes, media: str, answers: bool) -> Heard:
        if self._sockets.connected:
            in_time, answer = self._sockets.deliver(kind, payload, accepts_response_payload=answers)
            return Heard(in_time, answer, "" if in_time else "the app did not acknowledge within 3 seconds")
        if not url:
            return Heard(
                False,
                problem=DEAF,
            )
        return heard(send(self.parcel("", url, body, media)))

    def parcel(self, key: str, url: str, body: bytes, media: str, **headers: str) -> Parcel:
        """A signed request to the app."""
        # Not the sandbox's time: apps refuse what differs from their own clock by more than five minutes.
        timestamp = str(int(time.time()))
        return Parcel(
            key=key,
            url=url,
            body=body,
            headers={
                "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
                "Accept": "application/json,*/*",
                "Content-Type": media,
                "X-Slack-Request-Timestamp": timestamp,
                "X-Slack-Signature": signature(timestamp, body),
                **headers,
            },
            seconds=SECONDS_TO_ACKNOWLEDGE,
        )


def signature(timestamp: str, body: bytes) -> str:
    """The header's value: HMAC-SHA256 over version, time and raw body (slack.md 7.2)."""
    text = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(workspace.SIGNING_SECRET.encode(), text, hashlib.sha256).hexdigest()


def heard(receipt: Receipt) -> Heard:
    """What an HTTP answer means: only a 200 acknowledges."""
    if receipt.status != 200:
        return Heard(False, problem=receipt.error or f"the app answered {receipt.status}")
    try:
        return Heard(True, json.loads(receipt.body)) if receipt.body.strip() else Heard(True)
    except ValueError:
        return Heard(True, receipt.body.decode("utf-8", "replace"))
