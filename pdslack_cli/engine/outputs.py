"""Outputs of the managed objects: their ids, and the keys that event senders need."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.kinds import kind_of
from pdslack_cli.model import Ref


def read_outputs(
    stack: Stack, clients: Clients, only: Collection[Ref] = ()
) -> Mapping[Ref, Mapping[str, str]]:
    """The outputs of every object that exists: its `id`, and its secrets by name."""
    matches = resolve_ownership(stack, read_live(stack, clients).objects).matches
    found: dict[Ref, Mapping[str, str]] = {}
    for ref in stack.wanted:
        live = matches[ref].live
        if live is None or (only and ref not in only):
            continue
        # The id comes last, so that no secret is ever called `id`, which alone is shown as it is.
        found[ref] = {**kind_of(ref).read_outputs(clients, live), "id": live.id}
    return found
