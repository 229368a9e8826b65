"""How fast the two-way service takes webhooks, and how long after one the call to Slack leaves.

    python -m tests.bench.bench_serve [EVENTS] [CLIENTS] [DATABASE]

With 100,000 EVENTS it shows what the memory grows to.

First the web layer and the database alone, then the whole service; each in a process of its own, with the
sandbox in ours. The load generator shares the machine: the processor time tells more than the rate.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import json
import math
import multiprocessing
import os
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import requests
import uvicorn
from sqlalchemy import delete
from starlette.applications import Starlette
from starlette.routing import Route

from pdslack_cli.cli.main import LONG_RUN
from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.load import load
from pdslack_cli.sync.clock import WallClock
from pdslack_cli.sync.current import CurrentConfig
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.receive.webhook import WebhookEndpoint
from pdslack_cli.sync.service import ServiceSettings, SyncService
from pdslack_cli.sync.storage.opening import open_database
from pdslack_cli.sync.storage.tables import inbox
from tests.sync.world import World, until, world

SECRET = "bench"
PROCESSES = multiprocessing.get_context("spawn")

Sender = Callable[[dict[str, Any]], None]


def body(number: int) -> bytes:
    data = {"id": f"Q{number % 500}", "type": "incident", "title": "x" * 700}
    event = {"id": f"E{number}-{time.time_ns()}", "event_type": "incident.triggered", "data": data}
    return json.dumps({"event": event}).encode()


def signed(content: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-PagerDuty-Signature": "v1=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()}


async def send_all(url: str, events: int, clients: int) -> list[float]:
    """Send events with some clients; the seconds that each took."""
    numbers = iter(range(events))
    seconds: list[float] = []

    async def client(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            content = body(number)
            began = time.perf_counter()
            async with session.post(url, data=content, headers=signed(content)) as answer:
                assert answer.status == 202
            seconds.append(time.perf_counter() - began)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(client(session) for _ in range(clients)))
    return seconds


def collect_as_in_life() -> None:
    """Search for garbage as `pdslack serve` does; what our tests import switches that off."""
    gc.set_threshold(LONG_RUN)
    gc.collect()
    gc.freeze()
    gc.enable()


def serve(database: str, folder: str, ready: Connection) -> None:
    """The web layer and the database, in a process of their own."""
    collect_as_in_life()
    opened = open_database(database, Path(folder, "bench.sqlite"))
    stack = Path(folder, "pdslack.yaml")
    stack.write_text("owner: bench\n", encoding="utf-8")
    current = CurrentConfig(load([stack], {}), [SECRET])
    endpoint = WebhookEndpoint(opened, current, WallClock(), Metrics(), lambda: None)

    app = Starlette(routes=[Route("/", endpoint.respond, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    ready.send((opened.name, server.servers[0].sockets[0].getsockname()[1]))
    thread.join()


def accepts(events: int, clients: int, database: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = PROCESSES.Pipe()
        process = PROCESSES.Process(target=serve, args=(database, folder, theirs), daemon=True)
        process.start()
        name, port = ours.recv()
        began = time.perf_counter()
        seconds = asyncio.run(send_all(f"http://127.0.0.1:{port}/", events, clients))
        rate = events / (time.perf_counter() - began)
        ticks = sum(map(int, Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
        spent = ticks / os.sysconf("SC_CLK_TCK") / events * 1000
        print(f"{name}: {events} events, {clients} clients: {rate:,.0f}/s, {percentiles(seconds)}")
        print(f"processor time of an event: {spent:.2f} ms")
        grown = [
            line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line
        ]
        print(f"memory of the process: {int(grown[0].split()[1]) / 1024:.0f} MB")
        process.kill()
        process.join()
    if database:  # what nobody handled would be handled beside what is measured next
        opened = open_database(database, Path())
        opened.write(lambda connection: connection.execute(delete(inbox)))
        opened.close()


def serve_whole(folder: str, environ: dict[str, str], database: str, started: Connection) -> None:
    """The whole service, in a process of its own as in life; the secret of its webhook comes last."""
    how = ServiceSettings(Settings.read(environ), ())
    stack = load([Path(folder, "pdslack.yaml")], {})
    service = SyncService(stack, open_database(database, Path(folder, "bench.sqlite")), how)
    service.start()
    collect_as_in_life()
    started.send(service.url)
    service.current.replace(stack, [started.recv()])
    started.recv()
    service.stop()


@contextmanager
def whole_service(running: World, database: str) -> Iterator[Sender]:
    """The service beside the world's own, which ends; what sends it a webhook."""
    running.service.stop()
    ours, theirs = PROCESSES.Pipe()
    arguments = (str(running.folder), dict(running.sandbox.environment), database, theirs)
    process = PROCESSES.Process(target=serve_whole, args=arguments, daemon=True)
    process.start()
    url = ours.recv()
    secret = running.attach_to(url)
    ours.send(secret)
    session = requests.Session()

    def send(event: dict[str, Any]) -> None:
        content = json.dumps({"event": event}).encode()
        answer = session.post(f"{url}/pagerduty/webhook", data=content, headers=signed(content, secret))
        assert answer.status_code == 202, answer.text

    yield send
    ours.send("end")
    process.join()


class Noise(threading.Thread):
    """Events of other incidents beside what is measured, so many a second."""

    def __init__(self, send: Sender, rate: float, incidents: list[str]) -> None:
        super().__init__(daemon=True)
        self._send, self._rate, self._incidents = send, rate, incidents
        self._stopping = threading.Event()

    def run(self) -> None:
        number, began = 0, time.monotonic()
        while not self._stopping.is_set():
            data = {"id": self._incidents[number % len(self._incidents)], "type": "incident"}
            self._send({"id": f"N{number}", "event_type": "incident.triggered", "data": data})
            number += 1
            self._stopping.wait(max(0.0, began + number / self._rate - time.monotonic()))

    def stop(self) -> None:
        self._stopping.set()
        self.join()


class TimedSlack:
    """The sandbox's Slack, and the times at which messages were changed."""

    def __init__(self, slack: Any) -> None:
        self._slack = slack
        self.updated = queue.SimpleQueue[float]()

    def __call__(self, request: Any) -> Any:
        if request.path == "/chat.update":
            self.updated.put(time.perf_counter())
        return self._slack(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._slack, name)


def reactions(events: int, pause: float, rate: float = 0, database: str = "") -> None:
    """Seconds from sending a webhook until the call arrives at Slack that shows what it is about.

    `rate`: events a second of other incidents, which no rule shows: they take nothing of Slack's pace.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        world(Path(folder)) as running,
        whole_service(running, database) as send,
    ):
        ids = [running.trigger(f"Bench {number}", dedup_key=f"bench-{number}") for number in range(5)]
        for id_ in ids:
            until(partial(running.message, id_))  # of the other process, whose tables are not ours to read
        found = running.incident(ids[0])
        refers = {name: found[name] for name in ("service", "escalation_policy")}  # as in any real event
        vendors = running.sandbox.sandbox.vendors
        vendors["slack"] = slack = TimedSlack(vendors["slack"])
        noise = Noise(send, rate, unseen(running)) if rate else None
        if noise:
            noise.start()
        seconds = []
        for number in range(events):
            id_ = ids[number % 5]
            changed = {"incident": {"type": "incident_reference", "title": f"Title {number}"}}
            running.pagerduty("PUT", f"/incidents/{id_}", changed)
            began = time.perf_counter()
            send(
                {
                    "id": f"B{number}",
                    "event_type": "incident.triggered",
                    "data": {**refers, "id": id_, "type": "incident"},
                }
            )
            seconds.append(slack.updated.get() - began)
            time.sleep(pause)
        if noise:
            noise.stop()
        beside = f"beside {rate:.0f} events/s" if rate else "idle"
        print(f"from a webhook to the call of Slack, {beside}: {percentiles(seconds)}")


def unseen(running: World) -> list[str]:
    """Incidents of a service that no rule names."""
    running.sandbox.seed(services=["Unseen"])
    (service,) = running.pagerduty("GET", "/services?query=Unseen")["services"]
    of = {"id": service["id"], "type": "service_reference"}
    made = [{"incident": {"type": "incident", "title": f"Unseen {n}", "service": of}} for n in range(40)]
    return [str(running.pagerduty("POST", "/incidents", body)["incident"]["id"]) for body in made]


def percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    shown = {name: ordered[math.ceil(len(ordered) * part) - 1] for name, part in
             (("p50", 0.5), ("p99", 0.99))}  # fmt: skip
    return ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in shown.items())


if __name__ == "__main__":
    given = sys.argv[1:3]
    events, clients = map(int, [*given, *("4000", "16")[len(given) :]])
    database = sys.argv[3] if len(sys.argv) > 3 else ""
    accepts(events, clients, database)
    reactions(100, 1.3, database=database)
    reactions(100, 1.3, rate=50, database=database)
