"""Outputs of the managed objects: their ids, and the keys that event senders need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.kinds import MANAGED_NAMED, kind_of
from pdslack_cli.model import Ref


class ObjectOutputs(NamedTuple):
    """The outputs of an object by name: its `id`, and its secrets. `unlisted` ones are in no file."""

    values: Mapping[str, str]
    unlisted: Collection[str] = ()


def read_outputs(
    stack: Stack, live_state: LiveState, clients: Clients, only: Collection[Ref] = ()
) -> Mapping[Ref, ObjectOutputs]:
    """The outputs of every object that exists: of one that is looked up, what its entry lists.

    People have none: nothing of them is ours.
    """
    matches = resolve_ownership(stack, live_state.objects).matches
    found: dict[Ref, ObjectOutputs] = {}
    for ref, entry in {**stack.wanted, **stack.extended}.items():
        live = matches[ref].live
        if live is None or ref.kind not in MANAGED_NAMED or (only and ref not in only):
            continue
        spec = entry.spec
        secrets = {**kind_of(ref).read_outputs(clients, live), **spec.given_outputs}
        if spec.lookup:  # the keys of others are not ours to hand out
            secrets = {name: key for name, key in secrets.items() if name in spec.integration_names}
        # The id comes last, so that no secret is ever called `id`, which alone is shown as it is.
        found[ref] = ObjectOutputs({**secrets, "id": live.id}, spec.unlisted([*secrets]))
    return found
