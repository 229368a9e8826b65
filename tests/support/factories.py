"""Values that many tests need, as short as the thing they show."""

from __future__ import annotations

import tempfile
import textwrap
from functools import lru_cache
from pathlib import Path

from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import LiveState
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import Json, Live, OwnershipMark


def stack(text: str, **environ: str) -> Stack:
    """The checked stack of one file; the same one for a text that was read before, as none can be changed."""
    return _stack(text, frozenset(environ.items()))


@lru_cache(maxsize=256)
def _stack(text: str, environ: frozenset[tuple[str, str]]) -> Stack:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pdslack.yaml"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return load([file], dict(environ))


def live_state(*lives: Live) -> LiveState:
    objects: dict[str, list[Live]] = {}
    for live in lives:
        objects.setdefault(live.kind, []).append(live)
    return LiveState(objects)


def live_team(
    id_: str = "PTEAM1",
    name: str = "Payments",
    description: str = "",
    *,
    legacy: bool = False,
    **more: object,
) -> Live:
    """A team as a list gives it; a mark of `description` without a check is bound to the name.

    `legacy` leaves the mark as the first version wrote it.
    """
    text, owned = split_mark(description)
    if owned and not owned.check and not legacy:
        owned = OwnershipMark.bound(*owned.address, name)
    raw: Json = {"id": id_, "name": name, "type": "team", "description": text}
    return Live("team", id_, name, raw, owned, **more)  # type: ignore[arg-type]


def live_person(id_: str, email: str) -> Live:
    return Live("person", id_, email.split("@")[0], {"id": id_, "name": email, "email": email})


def mark(address: str, name: str = "", *, protected: bool = False) -> str:
    """The mark of `OWNER/KEY` as a text, bound to a name (the key, if left out)."""
    owner, key = address.split("/")
    return str(OwnershipMark.bound(owner, key, name or key, protected=protected))
