"""The tokens that a stack needs, and what a run without any is told."""

from __future__ import annotations

from typing import Any

from pdslack_cli.clients.settings import SecretName, Settings
from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds import MANAGED_NAMED, READ_NAMED
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.model import Ref


def token_of(kind: LookupKind[Any]) -> SecretName:
    """The token that reads and writes the objects of a kind."""
    if kind.needs_workspace:
        return "PAGERDUTY_USER_TOKEN"
    return "SLACK_BOT_TOKEN" if kind.provider == "slack" else "PAGERDUTY_API_KEY"


def tokens_needed(stack: Stack) -> dict[SecretName, Ref]:
    """The tokens that a stack cannot do without, and for each something that needs it."""
    needed: dict[SecretName, Ref] = {}
    for ref in stack.entries:
        kind = READ_NAMED.get(ref.kind)
        if kind and (ref.kind in MANAGED_NAMED or ref in stack.referred):
            needed.setdefault(token_of(kind), ref)
    return needed


def refuse_without_tokens(stack: Stack, settings: Settings) -> None:
    """Raise PdslackError where none of the tokens that the stack needs is set, naming all of them."""
    needed = sorted(tokens_needed(stack))
    if not needed or any(settings.has(name) for name in needed):
        return
    error = PdslackError(f"no token is set; this stack needs {', '.join(needed)}")
    error.hint = (
        "set them in the environment or in .env; `pdslack doctor` says where each comes from; "
        "--sandbox needs none, since it uses pretend accounts on this machine"
    )
    raise error
