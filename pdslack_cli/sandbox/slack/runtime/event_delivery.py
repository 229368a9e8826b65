"""How events get to the app: requests to its URL or envelopes, tried again (slack.md 7.6, 7.7)."""

from __future__ import annotations

import json
from datetime import timedelta

from pdslack_cli.model import Json
from pdslack_cli.sandbox import courier
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.courier import NEVER_SENT, Parcel, Receipt
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints
from pdslack_cli.sandbox.slack.runtime.delivery import AppDelivery
from pdslack_cli.sandbox.slack.runtime.events import KIND, STAMP
from pdslack_cli.sandbox.slack.runtime.sockets import SocketMode
from pdslack_cli.sandbox.store import Store

RETRIES = (0, 60, 300)
"""After how many seconds each further attempt is made."""

JSON = "application/json"
NO_RETRY = "x-slack-no-retry"


class EventDelivery:
    """The post office of the Events API. An event that Slack gave up is kept as `dropped`."""

    def __init__(self, store: Store, clock: SandboxClock, delivery: AppDelivery, sockets: SocketMode) -> None:
        self._store, self._clock, self._delivery, self._sockets = store, clock, delivery, sockets
        self._busy: set[str] = set()

    def next_parcel(self) -> Parcel | None:
        """The next event that is due. Its URL is empty where it goes over Socket Mode."""
        now = self._clock.now().strftime(STAMP)
        with self._store.transaction():
            for document in self._store.due(KIND, now):
                if document["id"] not in self._busy:
                    self._busy.add(document["id"])
                    return self._parcel(document)
        return None

    def _parcel(self, document: Json) -> Parcel:
        retry = {}
        if document["attempts"]:
            retry = {
                "X-Slack-Retry-Num": str(document["attempts"]),
                "X-Slack-Retry-Reason": document["reason"],
            }
        url = "" if self._sockets.connected else AppEndpoints.read(self._store).events_url
        return self._delivery.parcel(document["id"], url, document["body"].encode(), JSON, **retry)

    def send(self, parcel: Parcel) -> Receipt:
        """Send an event the way the app listens."""
        if parcel.url:
            return courier.send(parcel)
        in_time, _ = self._sockets.deliver(
            "events_api",
            json.loads(parcel.body),
            accepts_response_payload=False,
            retry_attempt=int(parcel.headers.get("X-Slack-Retry-Num", 0)),
            retry_reason=parcel.headers.get("X-Slack-Retry-Reason", ""),
        )
        return Receipt(200) if in_time else Receipt(error="timeout: the envelope was not acknowledged")

    def delivered(self, parcel: Parcel, receipt: Receipt) -> None:
        """Note an answer; without a good one in time, the event is sent again later."""
        with self._store.transaction():
            document = self._store.get(KIND, parcel.key)
            if document is not None:
                self._store.replace(KIND, parcel.key, self._after(document, receipt))
            self._busy.discard(parcel.key)

    def _after(self, document: Json, receipt: Receipt) -> Json:
        attempts = document["attempts"] + 1
        attempted = {**document, "attempts": attempts, "reason": reason(receipt)}
        if 200 <= receipt.status < 300:
            return {**attempted, "_due": None, "state": "delivered"}
        final = receipt.error == NEVER_SENT or NO_RETRY in {name.lower() for name in receipt.headers}
        if final or attempts > len(RETRIES):
            return {**attempted, "_due": None, "state": "dropped"}
        due = self._clock.now() + timedelta(seconds=RETRIES[attempts - 1])
        return {**attempted, "_due": due.strftime(STAMP)}

    def verify(self, url: str) -> None:
        """Let the app prove that a URL is its own. Raises SlackRefusal."""
        challenge = f"sandbox{self._store.next_number():017d}"
        body = {"type": "url_verification", "token": "sandbox-verification-token", "challenge": challenge}
        receipt = courier.send(self._delivery.parcel("", url, json.dumps(body).encode(), JSON))
        if receipt.error != NEVER_SENT and not (receipt.status == 200 and challenge.encode() in receipt.body):
            problem = receipt.error or f"it answered {receipt.status} without the challenge"
            raise SlackRefusal(f"the app did not verify {url}: {problem}")


def reason(receipt: Receipt) -> str:
    """Why an attempt failed, in Slack's words; empty where it did not."""
    if 200 <= receipt.status < 300:
        return ""
    if receipt.status:
        return "http_error"
    return "http_timeout" if "time" in receipt.error.casefold() else "connection_failed"
