"""Check every token: whether it is set, of the right kind, and works (pagerduty.md 1.3; slack.md 1.5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, get_args

from pdslack_cli.clients.http.readers import map_concurrently
from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.clients.pagerduty import VARIABLES, PagerDutyClient, Token
from pdslack_cli.clients.settings import TOKEN_SOURCES, Region, SecretName
from pdslack_cli.doctor.context import DoctorContext
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.engine.tokens import identity_in
from pdslack_cli.errors import ApiError, AuthError
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.model import Json

CHECK = "tokens"
READ_ONLY_ROLES = frozenset({"read_only_user", "read_only_limited_user"})
ADMIN_ROLES = frozenset({"owner", "admin"})


class Tokens(NamedTuple):
    """The findings about tokens, and the tokens that work."""

    findings: tuple[DoctorFinding, ...]
    working: frozenset[SecretName]


def try_tokens(context: DoctorContext) -> Tokens:
    """Try every token that is set, concurrently."""
    tried = map_concurrently(TRIALS, lambda name: (name, *_try_token(name, context)))
    return Tokens(
        tuple(finding for _, _, findings in tried for finding in findings),
        frozenset(name for name, works, _ in tried if works),
    )


def _try_token(name: SecretName, context: DoctorContext) -> tuple[bool, list[DoctorFinding]]:
    """Whether a token works, and the findings about it."""
    need = context.needs.get(name)
    if not context.settings().has(name):
        return False, list(_unset(name, context))
    try:
        return True, reads_answers(lambda: list(TRIALS[name](context)))()
    except ApiError as error:
        # One that nothing needs stops nothing.
        return False, [
            DoctorFinding.of_error(CHECK, error, FindingLevel.ERROR if need else FindingLevel.WARNING)
        ]


def _unset(name: SecretName, context: DoctorContext) -> Iterator[DoctorFinding]:
    need = context.needs.get(name)
    if need:
        cure = f"set it in the environment or in .env: {TOKEN_SOURCES[name]}"
        by = need if need.kind in MANAGED_NAMED else ".".join(map(str, context.stack.entries[need].path))
        yield DoctorFinding(FindingLevel.ERROR, CHECK, f"{name} is not set, and {by} needs it", cure)
    else:
        yield DoctorFinding(
            FindingLevel.OK, CHECK, f"{name} is not set; {UNNEEDED.get(name, 'this file does not need it')}"
        )


UNNEEDED: Mapping[SecretName, str] = {
    "SLACK_USER_TOKEN": "it is only needed to bring back archived channels",
    "SLACK_APP_TOKEN": "it is only needed by `pdslack serve` without a public address",
    "SLACK_CONFIG_TOKEN": "it is only needed to make and change the Slack app",
    "SLACK_SIGNING_SECRET": "it is only needed by `pdslack serve`",
    "PAGERDUTY_WEBHOOK_SECRET": "it is only needed by `pdslack serve`, if `apply` did not store one",
}

# --- PagerDuty ---------------------------------------------------------------------------------------


def _account_key(context: DoctorContext) -> Iterable[DoctorFinding]:
    person = _person(context, "account")
    if person is None:
        what = (
            "PAGERDUTY_API_KEY works: it is an account API key. PagerDuty shows whether it is read-only "
            "only when something is written"
        )
        yield DoctorFinding(FindingLevel.OK, CHECK, what)
    elif person["role"] in READ_ONLY_ROLES:
        what = f"PAGERDUTY_API_KEY acts as {_named(person)}, who cannot change anything"
        yield DoctorFinding(
            FindingLevel.ERROR, CHECK, what, f"set a new one: {TOKEN_SOURCES['PAGERDUTY_API_KEY']}"
        )
    else:
        what = (
            f"PAGERDUTY_API_KEY works: it acts as {_named(person)}, "
            "and stops working when that user is removed"
        )
        yield DoctorFinding(FindingLevel.OK, CHECK, what)


def _user_token(context: DoctorContext) -> Iterable[DoctorFinding]:
    person = _person(context, "user")
    if person is None:
        raise AuthError(
            "PAGERDUTY_USER_TOKEN holds an account API key, which PagerDuty's Slack connections refuse",
            provider="pagerduty",
            hint=f"set a new one: {TOKEN_SOURCES['PAGERDUTY_USER_TOKEN']}",
        )
    if person["role"] not in ADMIN_ROLES:
        raise AuthError(
            f"PAGERDUTY_USER_TOKEN acts as {_named(person)}: PagerDuty's Slack connections are for admins",
            provider="pagerduty",
            hint=f"set a new one: {TOKEN_SOURCES['PAGERDUTY_USER_TOKEN']}",
        )
    yield DoctorFinding(FindingLevel.OK, CHECK, f"PAGERDUTY_USER_TOKEN works: it acts as {_named(person)}")


def _named(person: Json) -> str:
    return f"{person['name']} (role {person['role']})"


def _person(context: DoctorContext, token: Token) -> Json | None:
    """The user of a token, None for an account key; raises AuthError, which names a region where it works."""
    try:
        return _me(context.clients.pagerduty, token)
    except AuthError as error:
        if error.status != 401:
            raise
    name, here = VARIABLES[token], context.stack.header.pagerduty.region
    host = context.environ.get("PAGERDUTY_API_URL", "").strip()
    for region in get_args(Region) if not host else ():
        if region != here and _works_in(context, region, token):
            raise AuthError(
                f"{name} is refused in the region {here!r}, and works in {region!r}",
                provider="pagerduty",
                hint=f"write `pagerduty: {{region: {region}}}`",
            )
    where = "at PAGERDUTY_API_URL" if host else "in every region"
    raise AuthError(
        f"PagerDuty refuses {name} {where}: it is wrong or revoked",
        provider="pagerduty",
        hint=f"set a new one: {TOKEN_SOURCES[name]}",
    )


def _works_in(context: DoctorContext, region: Region, token: Token) -> bool:
    try:
        _me(PagerDutyClient(context.settings(region), clock=context.clients.clock), token)
    except ApiError:
        return False
    return True


def _me(pagerduty: PagerDutyClient, token: Token) -> Json | None:
    try:
        return dict(pagerduty.get("/users/me", token=token)["user"])
    except ApiError as error:
        if error.status == 400:  # how PagerDuty tells an account key that it is nobody's
            return None
        raise


# --- Slack -------------------------------------------------------------------------------------------


def _bot_token(context: DoctorContext) -> Iterable[DoctorFinding]:
    workspace = context.stack.workspace
    identity = identity_in(workspace, context.clients)
    yield DoctorFinding(FindingLevel.OK, CHECK, f"SLACK_BOT_TOKEN works: it acts as {_described(identity)}")
    if not workspace and "SLACK_BOT_TOKEN" in context.needs:
        what = "slack.workspace is not set, so a token of any workspace is accepted"
        cure = f"write `slack: {{workspace: {identity['team_id']}}}`"
        yield DoctorFinding(FindingLevel.WARNING, CHECK, what, cure)


def _slack_user_token(context: DoctorContext) -> Iterable[DoctorFinding]:
    identity = identity_in(context.stack.workspace, context.clients, "user")
    yield DoctorFinding(FindingLevel.OK, CHECK, f"SLACK_USER_TOKEN works: it acts as {_described(identity)}")


def _app_token(context: DoctorContext) -> Iterable[DoctorFinding]:
    context.clients.slack.identity("app")
    yield DoctorFinding(FindingLevel.OK, CHECK, "SLACK_APP_TOKEN works, for `pdslack serve`")


def _config_token(context: DoctorContext) -> Iterable[DoctorFinding]:
    # No other method takes this token and changes nothing.
    manifest = json.dumps({"display_information": {"name": "pdslack"}})
    context.clients.slack.call("apps.manifest.validate", token="config", manifest=manifest)  # noqa: S106
    yield DoctorFinding(FindingLevel.OK, CHECK, "SLACK_CONFIG_TOKEN works, to make and change the Slack app")


def _described(identity: Json) -> str:
    return f"@{identity.get('user')} in workspace {identity.get('team_id')} ({identity.get('team')})"


TRIALS: Mapping[SecretName, Callable[[DoctorContext], Iterable[DoctorFinding]]] = {
    "PAGERDUTY_API_KEY": _account_key,
    "PAGERDUTY_USER_TOKEN": _user_token,
    "SLACK_BOT_TOKEN": _bot_token,
    "SLACK_USER_TOKEN": _slack_user_token,
    "SLACK_APP_TOKEN": _app_token,
    "SLACK_CONFIG_TOKEN": _config_token,
}
"""The trial of each token: yields findings about one that works, raises ApiError for others."""
