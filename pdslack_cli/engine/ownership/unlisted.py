"""Integrations that a file no longer lists: they stay, and events with their keys still come in."""

from __future__ import annotations

from collections.abc import Iterable

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Ref


def unlisted_notices(ref: Ref, spec: Resource, before: Resource) -> Iterable[str]:
    """Notices of integrations that exist and that the entry does not list."""
    for name in spec.unlisted(before.integration_names):
        which = "a second integration" if name in spec.integration_names else "the integration"
        yield (
            f"{ref}: {which} {name!r} is not in the file and stays: its key still works. "
            "Add it to the file, or write `exact: true`, which deletes it; or delete it in PagerDuty"
        )
