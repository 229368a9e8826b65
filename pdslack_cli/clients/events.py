"""The Events API v2: sends one event, with its routing key instead of a token (orchestration.md 3)."""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

from pdslack_cli.clients.http.calls import NoAnswerError, reason_of
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import Json

SECONDS = 30.0
SANDBOX_MOUNT = "/pagerduty-events"


def send_event(settings: Settings, body: Json, *, change: bool = False) -> Json:
    """Send an event, and return the answer. Raises PdslackError where it is refused or not answered.

    It is sent once: an event that was accepted and is sent again has no effect, but a log entry more.
    """
    base = settings.pagerduty_events_url
    root = base if base.endswith("/v2") else f"{base}/v2"
    status, answer = _exchange(settings, "POST", f"{root}{'/change' if change else ''}/enqueue", body)
    if status != 202:
        reasons = "; ".join(map(str, answer.get("errors") or [answer.get("message") or "no reason is given"]))
        raise PdslackError(f"PagerDuty refused the event ({status}): {settings.mask(reasons)}")
    return answer


def on_a_sandbox(settings: Settings) -> bool:
    """Whether events are sent to a sandbox of ours."""
    return settings.pagerduty_events_url.endswith(SANDBOX_MOUNT)


def effect_of_event(settings: Settings, dedup_key: str) -> Json:
    """The effect of the last event with that key, which only a sandbox reports; empty elsewhere."""
    root = settings.pagerduty_events_url.removesuffix(SANDBOX_MOUNT)
    status, found = _exchange(settings, "GET", f"{root}/_sandbox/events/{quote(dedup_key, safe='')}", None)
    events = found.get("events") or ()
    return events[0] if status == 200 and events else {}


def point_sandbox_app(settings: Settings, urls: Json) -> None:
    """Set where the Slack app of a sandbox listens. Raises PdslackError if the sandbox refuses it."""
    root = settings.pagerduty_events_url.removesuffix(SANDBOX_MOUNT)
    status, answer = _exchange(settings, "PUT", f"{root}/_sandbox/slack/app", urls)
    if status >= 300:
        raise PdslackError(f"the sandbox refused the addresses of the app ({status}): {answer.get('error')}")


def host_of_events(settings: Settings) -> str:
    """The host that events are sent to."""
    return urlsplit(settings.pagerduty_events_url).netloc


def _exchange(settings: Settings, method: str, url: str, body: Json | None) -> tuple[int, Json]:
    from pdslack_cli.clients.http.transport import Transport  # late: urllib3

    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        received = Transport(settings.ca_bundle).send(
            method, url, headers=headers, body=content, timeout=SECONDS
        )
    except NoAnswerError as none:
        raise PdslackError(f"{host_of_events(settings)} did not answer: {reason_of(none.failure)}") from None
    try:
        answer = json.loads(received.content)
    except (ValueError, RecursionError):
        answer = {}
    return received.status, answer if isinstance(answer, dict) else {}
