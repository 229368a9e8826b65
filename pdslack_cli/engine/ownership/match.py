"""What an entry of the file meets in the account: the live object that it means, and whose that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pdslack_cli.config.stack import StackEntry
from pdslack_cli.errors import Problem
from pdslack_cli.model import Live


class MatchStatus(Enum):
    """Whose the matched object is."""

    ABSENT = "absent"
    OURS = "ours"  # our mark under this key, or under its previous one
    UNMARKED = "unmarked"  # it has our name and no mark
    THEIRS = "theirs"  # it has our name, and the mark of the owner from whom things are taken over
    LOOKED_UP = "looked up"
    UNUSABLE = "unusable"  # a problem says why


@dataclass(frozen=True)
class Match:
    """The live object that an entry means, if any.

    `duplicates` are further objects of ours under the same mark, left by an interrupted run; for a kind
    without marks, further objects that the entry could mean. `copies` carry the mark but are not ours.
    """

    entry: StackEntry
    match_status: MatchStatus
    live: Live | None = None
    duplicates: tuple[Live, ...] = ()
    copies: tuple[Live, ...] = ()
    problem: Problem | None = None

    @property
    def lives(self) -> tuple[Live, ...]:
        """The matched object and its duplicates."""
        return (self.live, *self.duplicates) if self.live else ()
