"""The position of a rotation, which stays where it is when people join or leave (pagerduty.md 4.1).

PagerDuty computes who is on call from the virtual start, the length of a turn and the list of people: with
one person more, another one is on call at once. So the list is written from another person on, and the
virtual start lies as many full rounds earlier as people were moved from the beginning of the list to its end.
Full rounds change nothing for the people on call, and tell the next plan by how far the list was moved: the
same file finds nothing to do, and a new start or a new order in the file is still a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pdslack_cli.model import FIRST_YEAR, Ref

MOST_MOVES = 60  # tried until the zone has the same offset


class Rotation(NamedTuple):
    """People who take turns. `start` has the zone of the schedule: turns follow its wall clock."""

    people: tuple[Ref, ...]
    start: datetime
    turn: timedelta

    @property
    def round(self) -> timedelta:
        """How long it takes until the first one is on call again."""
        return len(self.people) * self.turn

    def position(self, at: datetime) -> int:
        """The place in the list of who is on call."""
        return (at.astimezone(self.start.tzinfo) - self.start) // self.turn % len(self.people)

    def on_call(self, at: datetime) -> Ref:
        return self.people[self.position(at)]

    def moved(self, rounds: int) -> Rotation:
        """The rotation that begins with another person, that many rounds earlier."""
        return self._replace(people=_rotated(self.people, rounds), start=self.start - rounds * self.round)


def _rotated(people: Sequence[Ref], by: int) -> tuple[Ref, ...]:
    by %= len(people)
    return (*people[by:], *people[:by])


def rounds_before(written: Rotation, live: Rotation) -> int:
    """By how many rounds the live rotation is the written one moved; 0 if it is not."""
    if len(written.people) != len(live.people) or written.turn != live.turn:
        return 0
    rounds, rest = divmod(written.start - live.start.astimezone(written.start.tzinfo), written.round)
    moved = not rest and rounds > 0 and rounds % len(written.people)
    return rounds if moved and live.people == _rotated(written.people, rounds) else 0


def continued_rotation(written: Rotation, live: Rotation, now: datetime) -> Rotation:
    """The written rotation, moved so that the one who is on call stays, where people join or leave.

    Whoever takes the place of another one in the list takes their turns. If the one on call leaves otherwise,
    the next one of the others follows. A new start, turn or order is as written.
    """
    live = live._replace(start=live.start.astimezone(written.start.tzinfo))
    rounds, rest = divmod(written.start - live.start, live.round)
    if set(written.people) == set(live.people) or written.turn != live.turn or rest or rounds < 0:
        return written
    in_place = written.moved(rounds) if rounds % len(written.people) else written
    if _only_replaces(in_place.people, live.people):
        return in_place
    place = live.position(now)
    stays = next((one for one in _rotated(live.people, place) if one in written.people), None)
    if stays is None:
        return written
    by = (written.people.index(stays) - written.position(now)) % len(written.people)
    if not by:
        return written
    # Where the offset is the same, it does not matter whether PagerDuty counts hours or wall clock.
    moves = list(_moves(written, by))
    same = (one for one in moves if one.start.utcoffset() == written.start.utcoffset())
    return next(same, moves[0] if moves else written)


def _only_replaces(written: Sequence[Ref], live: Sequence[Ref]) -> bool:
    """Whether everybody who stays has the same place."""
    return len(written) == len(live) and all(
        one == other or (one not in live and other not in written)
        for one, other in zip(written, live, strict=True)
    )


def _moves(written: Rotation, by: int) -> Iterator[Rotation]:
    """The rotations that begin with that person, latest start first; none before the first year."""
    earliest = datetime(FIRST_YEAR + 1, 1, 1, tzinfo=written.start.tzinfo)
    for rounds in range(by, by + MOST_MOVES * len(written.people), len(written.people)):
        if written.start - earliest < rounds * written.round:
            return
        yield written.moved(rounds)
