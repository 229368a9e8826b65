"""Abilities of the account (pagerduty.md 10.4)."""

from __future__ import annotations

from werkzeug.routing import Rule

from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.refusals import not_found
from pdslack_cli.sandbox.settings import ABILITIES


def list_abilities(api: Api) -> SandboxResponse:
    """List all abilities of the account."""
    return SandboxResponse({"abilities": api.abilities()})


def check_ability(api: Api, name: str) -> SandboxResponse:
    """204 has, 402 lacks, 404 unknown."""
    if name not in ABILITIES:
        raise not_found()
    api.need(name)
    return SandboxResponse(None, 204)


RULES = (
    Rule("/abilities", methods=["GET"], endpoint=list_abilities),
    Rule("/abilities/<name>", methods=["GET"], endpoint=check_ability),
)
