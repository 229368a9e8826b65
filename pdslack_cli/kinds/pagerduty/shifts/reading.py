"""Reading a schedule with shifts as a whole (pagerduty.md 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pdslack_cli.errors import NotFoundError
from pdslack_cli.model import Json

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

SCHEDULES_PATH = "/v3/schedules"


def read_listed(clients: Clients, id_: str) -> Json:
    """Return the schedule as a whole; {} if it is gone since it was listed."""
    try:
        return read_whole(clients, id_)
    except NotFoundError:
        return {}


def read_whole(clients: Clients, id_: str) -> Json:
    """Return the schedule with the events of its rotations, which lists may omit."""
    path = f"{SCHEDULES_PATH}/{id_}"
    raw: Json = clients.pagerduty.get(path)["schedule"]
    rotations = [
        one if "events" in one else clients.pagerduty.get(f"{path}/rotations/{one['id']}")["rotation"]
        for one in raw.get("rotations") or ()
    ]
    return {**raw, "rotations": rotations}
