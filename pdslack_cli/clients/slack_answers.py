"""What Slack's answers mean: a body, another try, or an error (slack.md 1.2, 1.9)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse
from pdslack_cli.clients.http.retry import RetryableError
from pdslack_cli.clients.settings import WHERE_FROM, SecretName
from pdslack_cli.clients.slack_methods import DONE_BEFORE
from pdslack_cli.errors import ApiError, AuthError, NotFoundError, PlanLimitError
from pdslack_cli.model import Json

NO_HEADER_WAIT = 30.0  # seconds, for a 429 without Retry-After (slack.md 1.9)
NOT_IMPLEMENTED = 501  # said before anything was done, and said again at every repeat

# slack.md 1.9, one line of its table each.
LIMITED = frozenset({"ratelimited", "rate_limited", "too_many_requests", "ratelimit"})
TRANSIENT = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "org_login_required",
        "canvas_editing_locked",
    }
)
TOKEN_DEAD = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "two_factor_setup_required",
        "ekm_access_denied",
        "accesslimited",
    }
)
FORBIDDEN = (
    "no_permission",
    "access_denied",
    "restricted_action",
    "permission_denied",
    "not_authorized",
    "user_is_restricted",
)
PLAN = ("paid_teams_only", "plan_upgrade_required", "free_team_", "not_paid", "team_tier_cannot_")
NOT_OFFERED = frozenset({"unknown_method", "method_deprecated", "deprecated_endpoint", "feature_not_enabled"})
GONE = frozenset(
    {
        "channel_not_found",
        "canvas_not_found",
        "not_found",
        "no_such_subteam",
        "message_not_found",
        "app_not_found",
        "trigger_not_found",
    }
)


def result(request: ApiRequest, answer: ApiResponse, tries: int, variable: SecretName) -> Json:
    """The body of a good answer.

    Otherwise raises the ApiError that fits, or Again where another try may help. `variable` is the one
    that holds the token, for the hints.
    """
    body = answer.body
    if answer.status == 200 and body is not None and body.get("ok"):
        return body
    if 300 <= answer.status < 400:
        raise request.redirected(answer)
    code = str((body or {}).get("error", ""))
    if tries > 1 and code and code == DONE_BEFORE.get(request.path):
        return {"ok": True}
    error = _refusal(request, answer, code, variable)
    if answer.status == 429 or code in LIMITED:
        wait = answer.number("retry-after")
        raise RetryableError(error, wait=NO_HEADER_WAIT if wait is None else wait)
    unreadable = answer.status < 300 and body is None
    failed = answer.status >= 500 and answer.status != NOT_IMPLEMENTED
    if unreadable or failed or code in TRANSIENT:
        raise request.lost(error)
    raise error


def refuse_other_kind(identity: Json, wanted: str, variable: SecretName) -> None:
    """Raise AuthError where `auth.test` says that the token is not of the kind that is wanted.

    Only an app-level token names its app, and of the others only a bot has a `bot_id` (slack.md 2.1).
    """
    kind = "app" if "app_name" in identity else "bot" if "bot_id" in identity else "user"
    if kind != wanted:
        raise AuthError(
            f"{variable} holds a token of another kind: it acts as {_ACTORS[kind]}",
            provider="slack",
            hint=f"set it anew: {WHERE_FROM[variable]}",
        )


_ACTORS = {"bot": "a bot", "app": "an app", "user": "a person"}


def _refusal(request: ApiRequest, answer: ApiResponse, code: str, variable: SecretName) -> ApiError:
    body = answer.body or {}
    kind, hint = _meaning(answer.status, code, body, variable)
    text = ": ".join([code or f"HTTP {answer.status}, {answer.excerpt or 'no text'}", *_details(body)])
    return request.error(
        kind,
        f"Slack answered {request} with {text}",
        status=answer.status,
        code=code,
        request_id=answer.request_id,
        hint=hint,
    )


def _details(body: Json) -> list[str]:
    """What an answer says beside its code (slack.md 1.2)."""
    details = []
    if body.get("error") == "missing_scope":
        details.append(f"it needs {body.get('needed')}, and the token has {body.get('provided')}")
    metadata = body.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    for errors in (messages, body.get("errors")):
        details += [_detail(error) for error in (errors if isinstance(errors, list) else [])]
    if body.get("detail"):
        details.append(str(body["detail"]))
    return details


def _detail(error: Any) -> str:
    """One of `errors[]`: a text, or what is wrong with one user or at one place of a manifest."""
    if not isinstance(error, dict):
        return str(error)
    subject = error.get("user") or error.get("pointer")
    text = str(error.get("message") or error.get("error") or "")
    return f"{subject}: {text}" if subject else text


def _more_scopes(needed: str, variable: SecretName) -> str:
    """How a token gets the scopes that it lacks. Of several that Slack names, one would do for the call."""
    scopes = needed or "what it needs"
    if "," in needed:
        scopes = f"one of {needed.replace(',', ', ')} (`pdslack doctor` says which the file needs)"
    return f"add {scopes} under OAuth & Permissions, reinstall the app, set {variable} anew"


def _meaning(status: int, code: str, body: Json, variable: SecretName) -> tuple[type[ApiError], str]:
    """Which error it is, and what the user can do."""
    if code == "missing_scope":
        return AuthError, _more_scopes(str(body.get("needed") or ""), variable)
    if code == "invalid_types":  # how Slack refuses to list a type of channel (slack.md 2.2)
        return AuthError, _more_scopes("channels:read and groups:read", variable)
    if code == "not_allowed_token_type":
        return AuthError, f"{variable} is a token of the wrong kind: {WHERE_FROM[variable]}"
    if code in TOKEN_DEAD:
        return AuthError, f"{variable} is wrong, revoked or expired: {WHERE_FROM[variable]}"
    if code.startswith(FORBIDDEN):
        return AuthError, "the workspace's settings or this token's role forbid it: ask an admin of Slack"
    if code.startswith(PLAN):
        return PlanLimitError, "the workspace's plan lacks this: leave it out of the file, or change the plan"
    if code in NOT_OFFERED or status == NOT_IMPLEMENTED:
        return PlanLimitError, "Slack does not offer this call to this workspace: leave it out of the file"
    if code == "channel_not_found":
        return NotFoundError, "it is gone, or private without the bot in it: invite the bot"
    if code in GONE:
        return NotFoundError, ""
    if status == 429 or code in LIMITED:
        return ApiError, "Slack limits how often an app may do this: run again in some minutes"
    if status >= 500 or code in TRANSIENT:
        return ApiError, "see slack-status.com, and run again: what is done is not done twice"
    if not code:
        return ApiError, "this is no answer of Slack's: check SLACK_API_URL and the network's proxy"
    return ApiError, ""
