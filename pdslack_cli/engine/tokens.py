"""The tokens that a stack needs, and the errors of a run that has none, or one of another workspace."""

from __future__ import annotations

from typing import Any

from pdslack_cli.clients import Clients
from pdslack_cli.clients.settings import SecretName, Settings
from pdslack_cli.clients.slack import VARIABLES, Actor
from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import AuthError, PdslackError
from pdslack_cli.kinds import MANAGED_NAMED, READ_NAMED
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.model import Json, Ref


def token_of(kind: LookupKind[Any]) -> SecretName:
    """The token that reads and writes the objects of a kind."""
    if kind.needs_workspace:
        return "PAGERDUTY_USER_TOKEN"
    return "SLACK_BOT_TOKEN" if kind.provider == "slack" else "PAGERDUTY_API_KEY"


def tokens_needed(stack: Stack) -> dict[SecretName, Ref]:
    """The tokens that a stack cannot do without, and for each something that needs it."""
    needed: dict[SecretName, Ref] = {}
    # What is managed comes first: it is named as the files name it.
    for ref in sorted(stack.entries, key=lambda ref: ref.kind not in MANAGED_NAMED):
        kind = READ_NAMED.get(ref.kind)
        if kind and (ref.kind in MANAGED_NAMED or ref in stack.referred):
            needed.setdefault(token_of(kind), ref)
    return needed


def refuse_without_tokens(stack: Stack, settings: Settings) -> None:
    """Raise PdslackError where several tokens that the stack needs are not set, naming all of them.

    A single one is named by the call that needs it, with where it comes from.
    """
    needed = sorted(tokens_needed(stack))
    missing = [name for name in needed if not settings.has(name)]
    if not missing or (len(missing) == 1 and len(needed) > 1):
        return
    nothing = "no token is set; this stack needs " if missing == needed else "this stack also needs "
    error = PdslackError(nothing + ", ".join(missing))
    it, each = ("it", "it") if len(missing) == 1 else ("them", "each")
    error.hint = (
        f"set {it} in the environment or in .env; `pdslack doctor` shows where to get {each}; "
        "--sandbox needs none, because it simulates both accounts on this machine"
    )
    if stack.header.slack_app and "SLACK_BOT_TOKEN" in missing and settings.has("SLACK_CONFIG_TOKEN"):
        error.hint = (
            "`pdslack app --create` makes the app, whose page then shows its bot token; " + error.hint
        )
    raise error


def identity_in(workspace: str, clients: Clients, token: Actor = "bot") -> Json:  # noqa: S107 - its kind
    """The identity of a Slack token; raises AuthError if it is for another workspace (empty: any)."""
    identity = clients.slack.identity(token)
    # An org-wide token names the organisation where a workspace token names the workspace.
    if workspace and workspace not in {identity.get("team_id"), identity.get("enterprise_id")}:
        raise AuthError(
            f"{VARIABLES[token]} is for workspace {identity.get('team_id')} ({identity.get('team')}), "
            f"expected {workspace} as in the file",
            provider="slack",
            hint="use a token of that workspace, or correct `slack: {workspace: …}`",
        )
    return identity
