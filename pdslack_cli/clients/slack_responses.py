"""Interpret Slack's answers: a body, a retry or an error (slack.md 1.2, 1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse, RetryableError
from pdslack_cli.clients.http.vendor_json import type_name
from pdslack_cli.clients.settings import TOKEN_SOURCES, SecretName
from pdslack_cli.clients.slack_methods import DONE_BEFORE
from pdslack_cli.errors import ApiError, AuthError, HiddenError, NotFoundError, PlanLimitError, StaleError
from pdslack_cli.model import Json

NO_HEADER_WAIT = 30.0  # seconds, for a 429 without Retry-After (slack.md 1.9)
NOT_IMPLEMENTED = 501  # certainly nothing was done, and a retry gets the same answer

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
    "no_external_invite_permission",
)
PLAN = ("paid_teams_only", "plan_upgrade_required", "free_team_", "not_paid", "team_tier_cannot_")
NOT_OFFERED = frozenset(
    {
        "unknown_method",
        "method_deprecated",
        "deprecated_endpoint",
        "feature_not_enabled",
        "canvas_disabled_user_team",
    }
)
GONE = frozenset(
    {
        "channel_not_found",
        "canvas_deleted",
        "canvas_not_found",
        "file_deleted",
        "file_not_found",
        "not_found",
        "no_such_subteam",
        "message_not_found",
        "app_not_found",
        "trigger_not_found",
    }
)

OVERTAKEN: Mapping[str, str] = {
    **dict.fromkeys(("is_archived", "channel_archived", "is_inactive"), "the channel was archived"),
    "not_in_channel": "the bot was taken out of the channel",
}
UNFIT_PEOPLE = frozenset({"cant_invite", "invalid_users", "user_not_found"})


def result(request: ApiRequest, answer: ApiResponse, tries: int, variable: SecretName) -> Json:
    """The body of a good answer.

    Raises the matching ApiError for any other answer, or RetryableError if another try may help. `variable`
    is the environment variable of the token, for the hints.
    """
    body = answer.body
    if answer.status == 200 and body is not None and body.get("ok") is True:
        return body
    if 300 <= answer.status < 400:
        raise request.redirected(answer)
    if answer.status < 300 and answer.other_type:
        raise request.misshapen(answer)
    if answer.status < 300 and body and not isinstance(body.get("ok"), bool):
        # None of its values is shown: what makes something may hold its secret.
        state = f"{type_name(body['ok'])}, expected true or false" if "ok" in body else "missing"
        raise request.misshapen(answer, f"ok is {state}, among {', '.join(map(repr, body))}")
    error_code = (body or {}).get("error")
    code = error_code if isinstance(error_code, str) else ""
    if tries > 1 and code and code == DONE_BEFORE.get(request.path):
        return {"ok": True}
    error = _refusal(request, answer, code, variable)
    if answer.status == 429 or code in LIMITED:
        raise RetryableError(error, wait=answer.requested_wait("retry-after", NO_HEADER_WAIT))
    unreadable = answer.status < 300 and not body
    failed = answer.status >= 500 and answer.status != NOT_IMPLEMENTED
    if unreadable or failed or code in TRANSIENT:
        raise request.lost(error)
    raise error


def check_token_kind(identity: Json, wanted: str, variable: SecretName) -> None:
    """Raise AuthError if `auth.test` shows that the token is not of the expected kind.

    Only an app-level token names its app, and of the others only a bot has a `bot_id` (slack.md 2.1).
    """
    kind = "app" if "app_name" in identity else "bot" if "bot_id" in identity else "user"
    if kind != wanted:
        raise AuthError(
            f"{variable}: expected {_TOKEN_KINDS[wanted]}, got {_TOKEN_KINDS[kind]}",
            provider="slack",
            hint=f"set another one: {TOKEN_SOURCES[variable]}",
        )


_TOKEN_KINDS = {"bot": "a bot token", "app": "an app-level token", "user": "a user token"}


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
    """Details of an error beside its code (slack.md 1.2)."""
    details: list[str] = []
    if body.get("error") == "missing_scope":
        named = {"the call needs": body.get("needed"), "the token has": body.get("provided")}
        details += filter(None, [", ".join(f"{what} {scopes}" for what, scopes in named.items() if scopes)])
    metadata = body.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    for errors in (messages, body.get("errors")):
        details += [_detail(error) for error in (errors if isinstance(errors, list) else [])]
    if body.get("detail"):
        details.append(str(body["detail"]))
    return details


def _detail(error: Any) -> str:
    """One of `errors[]`: a string, or an object about one user or one place in a manifest."""
    if not isinstance(error, dict):
        return str(error)
    subject = error.get("user") or error.get("pointer")
    text = str(error.get("message") or error.get("error") or "")
    return f"{subject}: {text}" if subject else text


def _more_scopes(needed: str, variable: SecretName) -> str:
    """How to add missing scopes to a token. Of several that Slack names, the call needs only one."""
    if variable in {"SLACK_APP_TOKEN", "SLACK_CONFIG_TOKEN"}:  # whose scopes are chosen when they are made
        return f"set another {variable}, with {needed or 'all scopes'}: {TOKEN_SOURCES[variable]}"
    scopes = needed
    if not needed or "," in needed:
        several = f"one of {needed.replace(',', ', ')}" if needed else "the missing scope"
        scopes = f"{several} (`pdslack doctor` shows which one the file needs)"
    return f"add {scopes} under OAuth & Permissions, reinstall the app, set the new {variable}"


def _meaning(status: int, code: str, body: Json, variable: SecretName) -> tuple[type[ApiError], str]:
    """The class of the error, and a hint for the user."""
    if code == "missing_scope":
        return AuthError, _more_scopes(str(body.get("needed") or ""), variable)
    if code == "invalid_types":  # how Slack refuses to list a type of channel (slack.md 2.2)
        return AuthError, _more_scopes("channels:read and groups:read", variable)
    if code == "not_allowed_token_type":
        return AuthError, f"{variable} is a token of the wrong kind: {TOKEN_SOURCES[variable]}"
    if code in TOKEN_DEAD:
        return AuthError, f"{variable} is wrong, revoked or expired: {TOKEN_SOURCES[variable]}"
    if code.startswith(FORBIDDEN):
        return AuthError, "the workspace's settings or this token's role do not allow it: ask a Slack admin"
    if code.startswith(PLAN):
        return PlanLimitError, "the workspace's plan lacks this: remove it from the file, or upgrade the plan"
    if code in NOT_OFFERED or status == NOT_IMPLEMENTED:
        return PlanLimitError, "Slack does not offer this call to this workspace: remove it from the file"
    if code == "channel_not_found":
        return HiddenError, "it was deleted, or is private without the bot in it: invite the bot"
    if code in OVERTAKEN:
        return ApiError, f"{OVERTAKEN[code]} after the plan was made: run again, and it is planned anew"
    if code in UNFIT_PEOPLE:
        return ApiError, "somebody may have been deactivated after the plan was made: `pdslack plan` says who"
    if code in GONE:
        return NotFoundError, "it was deleted: run again; completed changes are not repeated"
    if code == "canvas_editing_locked":
        return ApiError, "somebody is editing the canvas: run again; completed changes are not repeated"
    if code == "channel_canvas_already_exists":
        return StaleError, "it came after the plan was made, or was hidden from it: run again"
    if status == 429 or code in LIMITED:
        return ApiError, "Slack limits how often an app may do this: run again in some minutes"
    if status >= 500 or code in TRANSIENT:
        return ApiError, "see slack-status.com, and run again: completed changes are not repeated"
    if not code:
        return ApiError, "this answer does not come from Slack: check SLACK_API_URL and the network's proxy"
    return ApiError, f"look {code} up at https://docs.slack.dev/reference/methods"
