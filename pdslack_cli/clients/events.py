"""The Events API v2: sends one event, with its routing key instead of a token (orchestration.md 3)."""

from __future__ import annotations

import json
from urllib.parse import quote

from pdslack_cli.clients.http.call_log import CallLog, send_and_log
from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse, RetryableError
from pdslack_cli.clients.http.throttle import SYSTEM_CLOCK
from pdslack_cli.clients.http.vendor_json import entries
from pdslack_cli.clients.pagerduty_responses import error_texts
from pdslack_cli.clients.settings import Settings
from pdslack_cli.errors import ApiError, OutcomeUnknownError
from pdslack_cli.model import Json

SECONDS = 30.0
SANDBOX_MOUNT = "/pagerduty-events"


def send_event(settings: Settings, body: Json, *, change: bool = False) -> Json:
    """Send an event, and return the answer. Raises ApiError where it is refused or not answered.

    It is sent once: an event that was accepted and is sent again has no effect, but a log entry more.
    """
    base = settings.pagerduty_events_url
    request = ApiRequest(
        "pagerduty", "POST", f"/v2{'/change' if change else ''}/enqueue", repeatable=False, host="events"
    )
    url = f"{base.removesuffix('/v2')}{request.path}"
    try:
        return _accepted(request, _exchange(settings, request, url, body))
    except OutcomeUnknownError as lost:
        hint = "look for its alert in PagerDuty, and send it again if there is none"
        raise request.error(OutcomeUnknownError, lost.message, status=lost.status, hint=hint) from lost


def on_a_sandbox(settings: Settings) -> bool:
    """Whether events are sent to a sandbox of ours."""
    return settings.pagerduty_events_url.endswith(SANDBOX_MOUNT)


def effect_of_event(settings: Settings, dedup_key: str) -> Json:
    """The effect of the last event with that key, which only a sandbox reports; empty if it has none."""
    request = ApiRequest(
        "pagerduty", "GET", f"/_sandbox/events/{quote(dedup_key, safe='')}", repeatable=True, host="events"
    )
    answer = _exchange(settings, request, f"{_sandbox(settings)}{request.path}")
    if answer.status != 200 or answer.body is None:
        return {}
    effect: Json = next(iter(entries(request, answer.body, "events")), {})
    return effect


def point_sandbox_app(settings: Settings, urls: Json) -> None:
    """Set where the Slack app of a sandbox listens. Raises ApiError if the sandbox refuses it."""
    request = ApiRequest("pagerduty", "PUT", "/_sandbox/slack/app", repeatable=True, host="events")
    answer = _exchange(settings, request, f"{_sandbox(settings)}{request.path}", urls)
    if answer.status >= 300:
        reason = (answer.body or {}).get("error")
        raise request.error(
            ApiError, f"the sandbox refused the addresses of the app ({answer.status}): {reason}"
        )


def _accepted(request: ApiRequest, answer: ApiResponse) -> Json:
    """The body of an answer that takes the event (orchestration.md 3)."""
    if 300 <= answer.status < 400:
        raise request.redirected(answer)
    if answer.status < 300 and answer.body is None:
        raise request.misshapen(answer)
    body = answer.body or {}
    if answer.status < 300 and body.get("status") != "success":
        raise request.error(
            OutcomeUnknownError,
            f"PagerDuty's answer to {request}: expected the status 'success', got {answer.excerpt!r}; it is "
            "unknown whether it was done",
            status=answer.status,
        )
    if answer.status < 300:
        return body
    refusal = answer.body or {"message": answer.excerpt}
    reasons = "; ".join(error_texts(refusal.get("errors")) or error_texts(refusal.get("message")))
    message = f"PagerDuty refused the event ({answer.status}): {reasons or 'no reason is given'}"
    raise request.error(ApiError, message, status=answer.status)


def _sandbox(settings: Settings) -> str:
    return settings.pagerduty_events_url.removesuffix(SANDBOX_MOUNT)


def _exchange(settings: Settings, request: ApiRequest, url: str, body: Json | None = None) -> ApiResponse:
    """Make one call without a token, and without retries."""
    from pdslack_cli.clients.http.transport import Transport  # late: urllib3

    transport = Transport(settings.ca_bundle)
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        return send_and_log(
            request,
            lambda: transport.send(request.method, url, headers=headers, body=content, timeout=SECONDS),
            log=CallLog(None),
            clock=SYSTEM_CLOCK,
            mask=settings.mask,
        )
    except RetryableError as failed:
        raise failed.error from failed
