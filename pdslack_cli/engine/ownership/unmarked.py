"""Problems of objects without a mark that an entry may mean: by its name, or by what the audit log says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.model import Creation, Live, Ref
from pdslack_cli.suggest import a

_HINT = "`--adopt` takes it over; or give this one another `name:`, or `lookup: true` to only use it"


def unmarked_problem(
    ref: Ref, kind: LookupKind[Any], live: Live, created: Mapping[str, Creation]
) -> tuple[str, str]:
    """The message and the hint; `created` is what earlier runs created, by id."""
    message = f"{ref}: {a(kind.title)} {live.name!r} exists that pdslack does not manage"
    if live.id not in created:
        return message, _HINT
    return (
        f"{message}, although a run in this folder created it on {_day(created[live.id])} ({live.id}): "
        "its ownership mark was edited away",
        f"`pdslack adopt {ref}` puts the mark back; or give this one another `name:`",
    )


def renamed_problem(ref: Ref, live: Live, creation: Creation) -> tuple[str, str]:
    """The message and the hint where somebody took both the name and the mark off an object."""
    return (
        f"{ref}: a run in this folder created {live.place} for it on {_day(creation)}, and its name and its "
        "ownership mark were edited away: another one is not created",
        f"`id: {live.id}` and `--adopt` take it back; or delete it, or give this entry another key",
    )


def _day(creation: Creation) -> str:
    return f"{creation.time.astimezone(UTC):%Y-%m-%d}"
