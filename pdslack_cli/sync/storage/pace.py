"""How often Slack lets us post: rows, so that the pace outlives a restart and holds for all processes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from pdslack_cli.sync.storage.tables import pace

POST_INTERVAL = 1.0  # seconds between posts to a channel (slack.md 8)
UPDATE_INTERVAL, UPDATE_BURST = 1.2, 40  # chat.update: 50 a minute for the whole workspace

# One statement each, in which the row is compared and changed: no other process comes in between.
TAKE = text(
    "INSERT INTO pace (key, next_at) VALUES (:key, :now + :interval) ON CONFLICT (key) DO UPDATE "
    "SET next_at = CASE WHEN pace.next_at > :now THEN pace.next_at ELSE :now END + :interval "
    "WHERE pace.next_at <= :latest RETURNING next_at"
)
PAUSE = text(
    "INSERT INTO pace (key, next_at) VALUES (:key, :until) ON CONFLICT (key) DO UPDATE "
    "SET next_at = excluded.next_at WHERE pace.next_at < excluded.next_at"
)


@dataclass(frozen=True)
class Pace:
    """A pace to keep: `burst` calls at once, then one every `interval` seconds."""

    key: str
    interval: float
    burst: int = 1

    def next_turn(self, connection: Connection) -> float:
        """When the next call may be made."""
        stored = connection.execute(select(pace.c.next_at).where(pace.c.key == self.key)).scalar()
        return (stored or 0.0) - self._ahead

    def take_turn(self, connection: Connection, now: float) -> bool:
        """Note a call that is about to be made; False where none may be made yet."""
        values = {"key": self.key, "now": now, "interval": self.interval, "latest": now + self._ahead}
        return connection.execute(TAKE, values).first() is not None

    def pause(self, connection: Connection, until: float) -> None:
        """Let no call be made until then; afterwards the burst is spent."""
        connection.execute(PAUSE, {"key": self.key, "until": until + self._ahead})

    @property
    def _ahead(self) -> float:
        """By how much the row may be ahead of the clock while calls may be made."""
        return (self.burst - 1) * self.interval


UPDATES = Pace("chat.update", UPDATE_INTERVAL, UPDATE_BURST)


def posts_to(channel: str) -> Pace:
    """The pace of posts to a channel."""
    return Pace(f"channel:{channel}", POST_INTERVAL)
