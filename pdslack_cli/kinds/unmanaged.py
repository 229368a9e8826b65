"""Objects of an account that a file cannot describe: an export counts them, so that its scope is clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pdslack_cli.kinds.base.kind import Provider
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

Listing = Callable[["Clients"], list[Json]]


def _pagerduty(path: str, wrapper: str, *, paged: bool = True) -> Listing:
    return lambda clients: clients.pagerduty.list(path, wrapper, paged=paged)


UNMANAGED: Mapping[Provider, Mapping[str, Listing]] = {
    "pagerduty": {
        "tags": _pagerduty("/tags", "tags"),
    },
    "slack": {},
}
"""How to list them, by what they are called (pagerduty.md 5.5, 6, 9.2, 10; slack.md 2.4)."""
