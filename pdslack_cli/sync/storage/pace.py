"""How often Slack lets us post: rows, so that the pace outlives a restart and holds for all processes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from pdslack_cli.sync.storage.database import insert_absent
from pdslack_cli.sync.storage.tables import pace

POST_INTERVAL = 1.0  # seconds between posts to a channel (slack.md 8)
UPDATE_INTERVAL, UPDATE_BURST = 1.2, 40  # chat.update: 50 a minute for the whole workspace


@dataclass(frozen=True)
class Pace:
    """A pace to keep: `burst` calls at once, then one every `interval` seconds."""

    key: str
    interval: float
    burst: int = 1

    def next_turn(self, connection: Connection) -> float:
        """When the next call may be made."""
        return self._stored(connection) - (self.burst - 1) * self.interval

    def take_turn(self, connection: Connection, now: float) -> bool:
        """Note a call that is about to be made; False where another process took the turn."""
        self._hold(connection)
        if self.next_turn(connection) > now:
            return False
        self._store(connection, max(self._stored(connection), now) + self.interval)
        return True

    def pause(self, connection: Connection, until: float) -> None:
        """Let no call be made until then; afterwards the burst is spent."""
        self._hold(connection)
        self._store(connection, max(self._stored(connection), until + (self.burst - 1) * self.interval))

    def _hold(self, connection: Connection) -> None:
        """Keep other processes from the row until the transaction ends."""
        insert_absent(connection, pace, {"key": self.key, "next_at": 0.0})
        connection.execute(select(pace).where(pace.c.key == self.key).with_for_update())

    def _stored(self, connection: Connection) -> float:
        return connection.execute(select(pace.c.next_at).where(pace.c.key == self.key)).scalar() or 0.0

    def _store(self, connection: Connection, next_at: float) -> None:
        connection.execute(update(pace).where(pace.c.key == self.key).values(next_at=next_at))


UPDATES = Pace("chat.update", UPDATE_INTERVAL, UPDATE_BURST)


def posts_to(channel: str) -> Pace:
    """The pace of posts to a channel."""
    return Pace(f"channel:{channel}", POST_INTERVAL)
