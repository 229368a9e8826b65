"""Interpret PagerDuty's answers: a body, a retry, the next page or an error (pagerduty.md 1.6-1.9)."""

from __future__ import annotations

from typing import Any

from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse, RetryableError
from pdslack_cli.clients.http.vendor_json import position
from pdslack_cli.clients.settings import TOKEN_SOURCES, SecretName
from pdslack_cli.errors import ApiError, AuthError, NotFoundError, PlanLimitError
from pdslack_cli.model import Json

PAGE = 100
LAST_POSITION = 10_000  # classic paging goes no further (pagerduty.md 1.6)
NO_HEADER_WAIT = 5.0  # seconds, for a 429 without headers (pagerduty.md 1.8)
MISSING_ABILITY = "2014"
OF_A_PROXY = 407
NOT_PAGERDUTYS = "this answer does not come from PagerDuty: check PAGERDUTY_API_URL and the network's proxy"
NOT_IMPLEMENTED = 501  # certainly nothing was done, and a retry gets the same answer
NOT_OFFERED = {410, NOT_IMPLEMENTED}  # 410 is how PagerDuty retires calls, not what it says of objects

# PagerDuty's own Slack API: other token, and for connections other host (pagerduty.md 1.1 to 1.3).
SLACK_PATHS = "/integration-slack/"


def result(request: ApiRequest, answer: ApiResponse, tries: int, variable: SecretName) -> Json:
    """The body of a good answer, {} where it is empty.

    Raises the matching ApiError for any other answer, or RetryableError if another try may help. `variable`
    is the environment variable of the token, for the hints.
    """
    if 200 <= answer.status < 300 and answer.body is not None:
        return answer.body
    if request.method == "DELETE" and answer.status == 404 and tries > 1:
        return {}  # deleted by the earlier try, whose answer was lost
    if 300 <= answer.status < 400:
        raise request.redirected(answer)
    if answer.status < 300 and answer.other_type:
        raise request.misshapen(answer)
    error = _refusal(request, answer, variable)
    if answer.status == 429:
        wait = answer.requested_wait("ratelimit-reset", NO_HEADER_WAIT)
        raise RetryableError(error, wait=None if wait is None else wait + 0.5)
    if is_write_conflict(answer):
        raise RetryableError(error)
    failed = answer.status >= 500 and answer.status != NOT_IMPLEMENTED
    if failed or answer.status < 300 or answer.status == 408:
        raise request.lost(error)
    raise error


def is_write_conflict(answer: ApiResponse) -> bool:
    """Whether two writes collided on one object: this one was not done, and can be repeated."""
    return answer.status == 409 or (answer.status == 400 and "could not be locked" in answer.text)


def next_page(request: ApiRequest, body: Json, received: int, so_far: int) -> Json | None:
    """The parameters that ask for the page after this one, or None at the end.

    The three styles of paging (pagerduty.md 1.6) are told apart by what the answer holds.
    """
    if body.get("more"):
        if so_far >= LAST_POSITION or not received:
            raise request.error(
                ApiError,
                f"{request} has more than the {so_far:,} objects that PagerDuty lists",
                hint="PagerDuty lists at most 10,000 objects of a kind: delete those you no longer need",
            )
        return {"offset": so_far, "limit": min(PAGE, LAST_POSITION - so_far)}
    if cursor := position(request, body, "next_cursor"):
        return {"cursor": cursor, "limit": PAGE}
    # The last page has an `after` as well, which leads nowhere; that page is short.
    limit = body.get("limit")
    full = received >= (limit if isinstance(limit, int) else PAGE)
    if full and (after := position(request, body, "after")):
        return {"after": after, "limit": PAGE}
    return None


def _refusal(request: ApiRequest, answer: ApiResponse, variable: SecretName) -> ApiError:
    details = (answer.body or {}).get("error")
    if not isinstance(details, dict):
        details = {"message": details or answer.excerpt}
    code = str(details.get("code") or "")
    kind, hint = _meaning(request, answer, details, code, variable)
    if answer.status == OF_A_PROXY or (answer.status < 500 and answer.excerpt.startswith("<")):  # a page
        hint = NOT_PAGERDUTYS
    texts = [str(details.get("message") or ""), *error_texts(details.get("errors"))]
    text = ": ".join(dict.fromkeys(text for text in texts if text)) or "no reason given"
    return request.error(
        kind,
        f"PagerDuty answered {request} with {answer.status}{f' (code {code})' if code else ''}: {text}",
        status=answer.status,
        code=code,
        request_id=answer.request_id,
        hint=hint,
    )


def error_texts(errors: Any) -> list[str]:
    """`errors` as lines: it can be a list, a mapping of lists, a text or nothing (pagerduty.md 1.9)."""
    if isinstance(errors, dict):
        return [f"{name}: {', '.join(error_texts(value))}" for name, value in errors.items()]
    if isinstance(errors, list):
        return [str(error) for error in errors]
    return [str(errors)] if errors else []


def _meaning(
    request: ApiRequest, answer: ApiResponse, details: Json, code: str, variable: SecretName
) -> tuple[type[ApiError], str]:
    """The class of the error, and a hint for the user."""
    status = answer.status
    if status in (401, 403) and request.path.startswith(SLACK_PATHS):
        needed = "the token of a user (not an account key) who is an admin and linked to a Slack user"
        return AuthError, f"{variable} must be {needed}: create it under User Settings"
    if status == 401:
        other = "or the account is in another region (`pagerduty: {region: …}`)"
        return AuthError, f"{variable} is wrong or revoked, {other}: `pdslack doctor` finds out"
    if status == 403 and details.get("required_scopes"):
        return AuthError, f"give the token in {variable} the scopes {_joined(details['required_scopes'])}"
    if status == 403 and request.method != "GET":
        reason = "may be a read-only key, or belong to a user whose role does not allow this"
        return AuthError, f"{variable} {reason}: use one with full access ({TOKEN_SOURCES[variable]})"
    if status == 403:
        return (
            AuthError,
            f"the role of the user who created {variable} does not allow this: use one with full access",
        )
    if status == 402 or code == MISSING_ABILITY:
        return PlanLimitError, "the account's plan lacks this: remove it from the file, or upgrade the plan"
    if status == 404:
        return NotFoundError, "it was deleted, or created so recently that PagerDuty does not show it yet"
    if status == 429:
        return (
            ApiError,
            "another program uses up this token's rate limit: wait, or give pdslack its own token",
        )
    if is_write_conflict(answer):
        return ApiError, "somebody else is changing it: run again; completed changes are not repeated"
    if status in NOT_OFFERED:
        return PlanLimitError, "PagerDuty does not offer this call for this account: remove it from the file"
    if status >= 500 or status == 408:
        return ApiError, "see status.pagerduty.com, and run again: completed changes are not repeated"
    if status < 400:
        return ApiError, NOT_PAGERDUTYS
    return ApiError, ""


def _joined(scopes: Any) -> str:
    return scopes if isinstance(scopes, str) else ", ".join(map(str, scopes))
