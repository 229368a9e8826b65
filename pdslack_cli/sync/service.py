"""The service as a whole: its assembly, start, and graceful stop."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from sqlalchemy import Connection, text

from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.http.retry import at_once
from pdslack_cli.clients.http.throttle import SYSTEM_CLOCK
from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.stack import Stack
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import Json
from pdslack_cli.sync.actions.acting import Actor
from pdslack_cli.sync.actions.permission import Permissions
from pdslack_cli.sync.clock import ServiceClock, WallClock
from pdslack_cli.sync.current import CurrentConfig
from pdslack_cli.sync.message.rules import channel_rules
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.operate.queue import TABLES, count_incomplete, counts
from pdslack_cli.sync.operate.status_page import StatusPage
from pdslack_cli.sync.receive.app import web_app
from pdslack_cli.sync.receive.slack import SlackReceiver
from pdslack_cli.sync.receive.socket_mode import SocketConnection
from pdslack_cli.sync.receive.webhook import WebhookEndpoint
from pdslack_cli.sync.storage import claims
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.retention import purge
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.live_ids import EVERY as IDS_EVERY
from pdslack_cli.sync.vendors.live_ids import LiveIds
from pdslack_cli.sync.vendors.outages import Outages
from pdslack_cli.sync.vendors.people import PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReader
from pdslack_cli.sync.vendors.slack_posts import SlackPosts
from pdslack_cli.sync.work.following import EVERY as FOLLOWED_EVERY
from pdslack_cli.sync.work.following import OnCallFollower
from pdslack_cli.sync.work.handling import IncidentHandler
from pdslack_cli.sync.work.healing import AFTER_FAILURE, EVERY, MEND_EVERY, Healer, Periodic
from pdslack_cli.sync.work.sender import Sender
from pdslack_cli.sync.work.showing import Presenter
from pdslack_cli.sync.work.workers import Workers

HANDLERS, SENDERS = 8, 4
CALL_SECONDS = 15.0
DRAIN_SECONDS = 20.0
MEASURED_EVERY = 5.0
PURGED_EVERY = 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServiceSettings:
    """How the service runs."""

    settings: Settings
    webhook_secrets: Sequence[str]
    host: str = "127.0.0.1"
    port: int = 0
    socket_mode: bool = False
    status_token: str = ""
    stored_secrets: Callable[[], Sequence[str]] = tuple
    """Reads the secrets of webhooks that `apply` has stored, also after the start."""


class SyncService:
    """Receives, works and sends until it is stopped."""

    def __init__(
        self, stack: Stack, database: Database, how: ServiceSettings, clock: ServiceClock | None = None
    ) -> None:
        self.current = CurrentConfig(stack, tuple(how.webhook_secrets), how.stored_secrets)
        self.database, self.how = database, how
        self.clock = clock or WallClock()
        self.metrics = Metrics()
        self.clients = self._connect()
        self.cache = cache = Cache(self.clock)
        self._ids = LiveIds(self.clients, self.current)
        outages = Outages(self.clock)
        self._reader = IncidentReader(self.clients.pagerduty, cache, outages)
        people = PeopleDirectory(self.clients, self.current, cache, outages)
        presenter = Presenter(self.current, self._ids, people)
        permissions = Permissions(database, self.current, self.clients.pagerduty, self._reader)
        actor = Actor(
            database, self.clients, people, self._reader, permissions.refusal, self.clock, self.metrics
        )
        handler = IncidentHandler(database, self._reader, presenter, actor.act, self.clock, self.metrics)
        posts = SlackPosts(self.clients.slack)
        sender = Sender(database, posts, self.clock, self.metrics)
        healer = Healer(database, self.clients.pagerduty, posts, self._is_watched, self.clock, self.metrics)
        follower = OnCallFollower(
            database, self.clients, self.current, self._ids, cache, self.clock, self.metrics
        )
        self._following = Periodic("following", follower.follow, FOLLOWED_EVERY, self.clock, AFTER_FAILURE)
        self._periodic = (
            self._following,
            Periodic("reading ids", self._ids.refresh, IDS_EVERY, self.clock, AFTER_FAILURE),
            Periodic("healing", healer.heal, EVERY, self.clock, AFTER_FAILURE),
            Periodic("mending", healer.mend, MEND_EVERY, self.clock, MEND_EVERY),
            Periodic("purging", self._purge, PURGED_EVERY, self.clock, PURGED_EVERY),
            Periodic("measuring", self._measure, MEASURED_EVERY, self.clock, MEASURED_EVERY),
        )
        self._workers = (
            Workers("handler", HANDLERS, database, database.inbox_wakeup, handler.next),
            Workers("sender", SENDERS, database, database.outbox_wakeup, sender.next),
        )
        self._measured_at = math.inf
        self._socket_mode: SocketConnection | None = None
        self._server = self._web_server()
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        sockets = self._server.servers[0].sockets
        host, port = sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def start(self) -> None:
        """Start working and listening. Raises PdslackError if it cannot listen."""
        for workers in self._workers:
            workers.start()
        for periodic in self._periodic:
            periodic.start()
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                self.stop()
                raise PdslackError(f"cannot listen on {self.how.host}:{self.how.port}")
            self._thread.join(0.01)

    def stop(self) -> bool:
        """Stop listening, finish running work, and close; returns whether all was finished in time."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(DRAIN_SECONDS)
        for periodic in self._periodic:
            periodic.stop()
        stopped = [workers.stop(DRAIN_SECONDS) for workers in self._workers]
        self._reader.close()
        self.database.close()
        return all(stopped)

    def _measure(self) -> None:
        """Set the gauges, for Prometheus to fetch, and let nothing wait for a clock that was set back."""
        now = self.clock.now()
        if now < self._measured_at:
            self.database.write(partial(claims.hasten, now=now))
        self._measured_at = now
        self.metrics.incomplete.set(self.database.read(count_incomplete))
        found = self.database.read(counts)
        for name, (table, due) in TABLES.items():
            for state in (due, "parked"):
                self.metrics.waiting.labels(name, state).set(found.get((name, state), 0))
            oldest = self.database.read(partial(claims.waits, table=table, due=due))
            self.metrics.lag.labels(name).set(max(0.0, now - oldest) if oldest else 0.0)

    def _purge(self) -> None:
        """Forget what is old, in small transactions."""
        while self.database.write(partial(purge, now=self.clock.now())):
            pass

    def _connect(self) -> Clients:
        return connect(
            self.how.settings,
            workspace=self.current.stack.workspace,
            elsewhere=self.current.stack.elsewhere,
            on_call=self.metrics.count_call,
            paced=False,  # the pace is kept in rows
            retry=at_once(SYSTEM_CLOCK),
            timeout=CALL_SECONDS,
        )

    def _is_watched(self, incident: Json) -> bool:
        """Whether a rule of the stack looks at the service or a team of an incident."""
        sources = {
            (incident.get("service") or {}).get("id"),
            *(team["id"] for team in incident.get("teams") or ()),
        }
        return any(rule.sources & sources for rule in channel_rules(self.current.stack, self._ids.id_of))

    def _web_server(self) -> uvicorn.Server:
        settings = self.how.settings
        webhook = WebhookEndpoint(
            self.database,
            self.current,
            self.clock,
            self.metrics,
            on_event=self._following.hurry,
            on_arrival=self._reader.read_ahead,
        )
        slack = SlackReceiver(
            self.database,
            token=settings.secret("SLACK_BOT_TOKEN"),
            signing_secret=settings.secret("SLACK_SIGNING_SECRET") if not self.how.socket_mode else "",
            api_url=settings.slack_api_url,
            workflows=lambda: self.clients.pagerduty.list("/incident_workflows", "incident_workflows"),
            clock=self.clock,
            metrics=self.metrics,
        )
        if self.how.socket_mode:
            self._socket_mode = SocketConnection(slack.app, settings.secret("SLACK_APP_TOKEN"))
        status = StatusPage(self.database, self.how.status_token, self.ready_problems)
        app = web_app(
            webhook.respond,
            slack.respond,
            status.respond,
            self.live_problems,
            self.ready_problems,
            self.metrics,
            self._socket_mode.run if self._socket_mode else None,
        )
        config = uvicorn.Config(
            app,
            host=self.how.host,
            port=self.how.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        return _Server(config)

    def live_problems(self) -> Sequence[str]:
        """The problems that only a restart cures."""
        alive = all(workers.alive for workers in self._workers)
        lost = self.database.lost
        return [*([] if alive else ["a worker ended"]), *([f"the database is lost: {lost}"] if lost else [])]

    def ready_problems(self) -> Sequence[str]:
        """The problems that keep events from being stored."""
        try:
            self.database.write(storage_probe, durable=False)
        except DATABASE_FAILURES as error:
            return [f"the database cannot be written: {reason_of(error)}"]
        found = [*self.live_problems()]
        if self._socket_mode and self._socket_mode.problem:
            found.append(self._socket_mode.problem)
        return found


def storage_probe(connection: Connection) -> None:
    """Write what is there already: a disk that is full can be read."""
    connection.execute(text("UPDATE version SET number = number"))


class _Server(uvicorn.Server):
    """A server that leaves signals to the command."""

    def install_signal_handlers(self) -> None: ...

    def capture_signals(self) -> Any:
        return nullcontext()
