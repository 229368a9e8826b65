"""Access control: token kinds, read-only keys, OAuth scopes (pagerduty.md 1.2 and 1.3)."""

from __future__ import annotations

import re

from werkzeug import Request

from pdslack_cli.sandbox.pagerduty.refusals import (
    PagerDutyRefusal,
    PlainlyRefused,
    bad_arguments,
    forbidden,
    unauthorized,
)
from pdslack_cli.sandbox.settings import Token
from pdslack_cli.sandbox.store import Store

API_KEY = "Token token="
BEARER = "Bearer "
KEY_KINDS = ("account", "user")
OAUTH_KINDS = ("oauth_app", "oauth_user")
USER_KINDS = ("user", "oauth_user")

SCOPES = (
    (r"/users/[^/]+/(contact_methods|.*notification_rules)", "users:contact_methods"),
    (r"/event_orchestrations/services/", "services"),
    (r"/(services/custom_fields|incidents/.*custom_fields)", "custom_fields"),
    (r"/incidents/types", "incident_types"),
    (r"/(services|alert_grouping_settings|business_services|service_dependencies)", "services"),
    (r"/licenses|/license_allocations", "licenses"),
)
"""Paths whose scope is not the name of their first part."""


def token_of(request: Request, store: Store) -> Token:
    """The token of a request. Raises Refused (401): it is missing, unknown, or in the other kind's shape."""
    header = request.headers.get("Authorization", "")
    for prefix, kinds in ((API_KEY, KEY_KINDS), (BEARER, OAUTH_KINDS)):
        if header.startswith(prefix):
            token = Token.read(store, "pagerduty", header.removeprefix(prefix).strip('"'))
            if token is not None and token.kind in kinds:
                return token
    raise unauthorized()


def check(token: Token, request: Request) -> None:
    """Refuse what the token does not allow, and headers that PagerDuty rejects."""
    writes = request.method not in ("GET", "HEAD")
    if token.read_only and writes:
        raise forbidden("Token is read-only")
    if token.scopes is not None:
        needed = f"{scope_of(request.path)}.{'write' if writes else 'read'}"
        if needed not in token.scopes:
            raise missing_scope(needed, token.scopes)
    accept = request.headers.get("Accept", "*/*")
    if "application/vnd.pagerduty+json" in accept and "version=2" not in accept:
        raise PagerDutyRefusal(406, "Not Acceptable", 2102)
    if writes and request.get_data() and request.mimetype != "application/json":
        raise bad_arguments("Content-Type must be application/json")


def scope_of(path: str) -> str:
    """The scope family of a path."""
    for pattern, scope in SCOPES:
        if re.match(pattern, path):
            return scope
    return path.split("/")[1]


def missing_scope(needed: str, scopes: list[str]) -> PagerDutyRefusal:
    """Return a 403 that names the required scope and the scopes of the token."""
    error = {"message": "Access Denied", "code": 2010, "required_scopes": [needed], "token_scopes": scopes}
    return PlainlyRefused(403, {"error": error})
