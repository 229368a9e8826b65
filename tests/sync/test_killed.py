"""`kill -9` at random moments under a stream of events: nothing is lost, nothing is posted twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
import time
from collections import defaultdict
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.load import load
from pdslack_cli.sync.service import ServiceSettings, SyncService
from pdslack_cli.sync.storage.opening import open_database
from pdslack_cli.sync.work import sender, workers
from tests.sync.postgres import new_database
from tests.sync.world import CHANNEL, STACK, FastClock, until
from tests.sync.world import world as running_world

KILLS = 20
INCIDENTS = 40  # with five events each
NEVER = "acknowledgement_timeout: never, auto_resolve_timeout: never, integrations"
CALM = STACK.replace("15m", "24h").replace("integrations", NEVER)  # nothing happens by itself
STATES = ("triggered", "acknowledged", "resolved")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def serve(folder: str, environ: dict[str, str], secret: str, port: int, database: str, began: float,
          under_way: float, ready: Connection) -> None:  # fmt: skip
    """Run the service until it is killed, ten times as fast."""
    workers.POLL /= 10
    sender.UNDER_WAY = under_way
    stack = load([Path(folder, "pdslack.yaml")], {})
    how = ServiceSettings(Settings.read(environ), [secret], port=port)
    opened = open_database(database, Path(folder, "killed.sqlite"))
    service = SyncService(stack, opened, how, FastClock(10, began))
    service.start()
    ready.send(service.url)
    threading.Event().wait()


class Killed:
    """A service in a process of its own, which is killed and started again at the same port."""

    def __init__(self, world, database: str, under_way: float) -> None:
        self._world, self._database, self._began = world, database, time.time()
        self._under_way = under_way
        self._port, self._secret = 0, "not known yet"
        self.process = None

    def start(self) -> str:
        ours, theirs = PROCESSES.Pipe()
        arguments = (str(self._world.folder), dict(self._world.sandbox.environment), self._secret, self._port,
                     self._database, self._began, self._under_way, theirs)  # fmt: skip
        self.process = PROCESSES.Process(target=serve, args=arguments, daemon=True)
        self.process.start()
        assert ours.poll(60)
        url = ours.recv()
        self._port = int(url.rpartition(":")[2])
        return url

    def kill(self) -> None:
        os.kill(self.process.pid, 9)
        self.process.join()

    def attach(self, secret: str) -> None:
        self._secret = secret


class Stream:
    """Events of new incidents, in a thread of its own: as many as it is told to send."""

    def __init__(self, world, most: int) -> None:
        self._most = most
        self._world, self._chance, self._wanted = world, random.Random(7), threading.Semaphore(0)
        self.ids: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def send(self, number: int) -> None:
        self._wanted.release(number)

    def finish(self) -> list[str]:
        """The ids of all incidents, when the last was sent."""
        self._thread.join()
        assert len(self.ids) == self._most
        return self.ids

    def _run(self) -> None:
        world = self._world
        for number in range(self._most):
            self._wanted.acquire()
            self.ids.append(world.trigger(f"Stream {number}", dedup_key=f"stream-{number}"))
            if number % 3:
                world.set_status(self.ids[-1], "acknowledged")
            note = {"note": {"content": f"note of {number}"}}
            world.pagerduty("POST", f"/incidents/{self.ids[-1]}/notes", note)
            earlier = self._chance.choice(self.ids)
            if world.incident(earlier)["status"] != "resolved":
                world.set_status(earlier, "resolved")


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_or_repeated(tmp_path, database, request):
    url = new_database(request.getfixturevalue("postgres")) if database == "postgresql" else ""
    kill_under_a_stream(tmp_path, url, KILLS // 2 if url else KILLS, INCIDENTS)  # another process lives on


def kill_under_a_stream(
    folder: Path, url: str, kills: int, incidents: int, under_way: float = sender.UNDER_WAY
) -> None:
    """Kill the service so often; with a URL of PostgreSQL, another process on the same database lives on.

    `under_way`: seconds of the fast clock that a post may take; on a busy machine it takes real ones.
    """
    with running_world(folder, CALM) as world:
        world.service.stop()
        killed, other = (Killed(world, url, under_way) for _ in range(2))
        if url:
            other.start()
        killed.attach(world.attach_to(killed.start()))
        killed.kill()
        killed.start()
        stream = Stream(world, incidents)
        chance = random.Random(11)
        for _ in range(kills):
            stream.send(incidents // kills)
            # By calls and not by time, so that a slow machine is killed in the middle of as much.
            await_calls(world, chance.randint(1, 12))
            time.sleep(chance.uniform(0, 0.03))
            killed.kill()
            killed.start()
            world.sandbox.advance(30)  # PagerDuty repeats what was not answered
        ids = stream.finish()
        world.sandbox.advance(3600)
        settle(world, ids)
        killed.kill()
        if url:
            other.kill()
        posts = posts_by_incident(world)
        for id_ in ids:
            replies = [post["text"] for post in posts[id_] if post.get("thread_ts")]
            assert len(replies) == len(set(replies)), replies
            assert len(posts[id_]) - len(replies) <= 1, posts[id_]
        check_order(world)


def await_calls(world, number: int) -> None:
    """Wait for so many calls to Slack, or until it seems that none come."""
    calls = world.sandbox.sandbox.calls
    seen, end = len(calls), time.monotonic() + 1
    while time.monotonic() < end and sum(call.provider == "slack" for call in calls[seen:]) < number:
        time.sleep(0.002)


def settle(world, ids) -> None:
    """Wait until Slack shows all as PagerDuty has it, as long as the differences become fewer."""
    while left := differences(world, ids):
        until(partial(_fewer, world, ids, len(left)), lambda: differences(world, ids), pause=1)


def _fewer(world, ids, left: int) -> bool:
    # PagerDuty repeats what a slow machine did not answer in five seconds. A little only: where Slack's clock
    # runs hours ahead of ours, a post is not found again.
    world.sandbox.advance(30)
    return len(differences(world, ids)) < left


def differences(world, ids) -> list[str]:
    """What Slack does not show as PagerDuty has it."""
    states = {one["id"]: one["status"] for one in world.sandbox.sandbox.account().find("incident")}
    posts = posts_by_incident(world)
    summaries = str([m["blocks"] for m in world.sandbox.messages(CHANNEL) if m.get("thread_ts")])
    found = []
    for number, id_ in enumerate(ids):
        own = [post["text"] for post in posts[id_] if not post.get("thread_ts")]
        if not own:  # of a storm
            if f"Stream {number} (" not in summaries:
                found.append(f"{id_} is nowhere")
        elif not own[0].startswith(states[id_]):
            found.append(f"{id_} shows {own[0]}, is {states[id_]}")
        elif not any(f"note of {number}" in post["text"] for post in posts[id_]):
            found.append(f"the note of {id_} is missing")
    return found


def posts_by_incident(world) -> dict[str, list]:
    """All posts in one pass: the sandbox, in this process, cannot answer while it is looked through."""
    found = defaultdict(list)
    for post in world.sandbox.messages(CHANNEL):
        found[((post.get("metadata") or {}).get("event_payload") or {}).get("incident")].append(post)
    return found


def check_order(world) -> None:
    """No message ever went back to an earlier state."""
    shown = defaultdict(list)
    for call in world.sandbox.sandbox.calls:
        if call.path == "/chat.update" and call.status == 200:
            form = call.request_body
            state = form.get("text", "").partition(":")[0]  # a kill may cut a request short
            if state in STATES:
                shown[form["ts"]].append(STATES.index(state))
    assert shown
    for states in shown.values():
        assert states == sorted(states)
