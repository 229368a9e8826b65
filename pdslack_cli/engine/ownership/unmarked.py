"""The problem of an object that has the name of an entry and no mark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.kinds.fields.scalars import a
from pdslack_cli.model import Live, Ref

_HINT = "`--adopt` takes it over; or give this one another `name:`, or `lookup: true` to only use it"


def unmarked_problem(
    ref: Ref, kind: LookupKind[Any], live: Live, created: Mapping[str, datetime]
) -> tuple[str, str]:
    """The message and the hint; `created` maps ids to the time when earlier runs created them."""
    message = f"{ref}: {a(kind.title)} {live.name!r} exists that pdslack does not manage"
    if live.id not in created:
        return message, _HINT
    day = f"{created[live.id].astimezone(UTC):%Y-%m-%d}"
    return (
        f"{message}, although a run in this folder created it on {day} ({live.id}): "
        "its ownership mark was edited away",
        f"`pdslack adopt {ref}` puts the mark back; or give this one another `name:`",
    )
