"""Whatever one value of a vendor's answer is: each command that reads an account ends well, or names it."""

from __future__ import annotations

import copy
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug import Request, Response

from pdslack_cli.analysis.before_after import read_before_after
from pdslack_cli.analysis.oncall.coverage import read_coverage
from pdslack_cli.analysis.response.figures import make_report
from pdslack_cli.analysis.response.history import Source, read_answers
from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.doctor import DoctorContext, run_checks
from pdslack_cli.engine.outputs import read_outputs
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.errors import MalformedAnswerError, PdslackError
from pdslack_cli.export.listing import LISTINGS
from pdslack_cli.render.listing import listed_json
from pdslack_cli.render.on_call.coverage import coverage_json
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.wording import change_lines
from pdslack_cli.render.response.words import response_json
from pdslack_cli.routing.replay.replay import read_history, replay
from pdslack_cli.sandbox.server import Sandbox, Vendor
from tests.export.account import Accounts
from tests.export.exports import exported_text, loaded, read
from tests.kinds.full_account import full_account
from tests.support.runs import MemoryStore, Runner

Place = tuple[str | int, ...]
PYTHON = re.compile(
    r"NoneType|VendorObject|'(dict|list|str|int|float|bool)'|has no attribute|is not iterable"
)
NAMED = re.compile(r"(PagerDuty|Slack)'s answer to \S+.*: \S+ (is|or a value beside it)")
MISSING = object()
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [{"inner": value}]
    return value


VALUES = [
    MISSING, None, "", "novel_word", "x" * 100_000, "2026-99-99T99:99:99Z", 7, -1, 0, 1.5, 10**30, True,
    False, [], {}, [None], [7], ["novel_word"], [{}], [[]], {"id": None}, {"type": "novel_word"}, nested(30),
    nested(80),
]  # fmt: skip


@dataclass
class Tampering:
    """A vendor's answers, once heard, told again and again, with one value changed on the way."""

    vendor: Vendor
    heard: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    recording: bool = True

    def __call__(self, request: Request) -> Response:
        key = f"{request.path}?{request.query_string.decode()} {request.get_data(as_text=True)}"
        self.asked.add(key)
        answer = self.heard.get(key)
        if answer is None:
            answer = self.vendor(request).get_json()
            if self.recording:
                self.heard[key] = answer
        return Response(json.dumps(self.changed.get(key, answer)), mimetype="application/json")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.vendor, name)


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where a value stands in a document, all of them."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from places(inner, (*at, key))


def with_value(body: Any, place: Place, value: Any) -> Any:
    """The document with another value at a place; the rest is that of the document."""
    changed = copy.copy(body)
    step, rest = place[0], place[1:]
    if rest:
        changed[step] = with_value(body[step], rest, value)
    elif value is MISSING:
        del changed[step]
    else:
        changed[step] = value
    return changed


@dataclass
class World:
    """An account with everything, the stack that manages all of it, and its answers."""

    sandbox: Sandbox
    wanted: Stack
    answers: dict[str, Tampering]

    read: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """The calls that each work makes, with their vendors."""

    def works(self) -> dict[str, Callable[[], Any]]:
        """What commands do with an account."""
        return {
            "coverage": self.coverage,
            "doctor": self.doctor,
            "export": lambda: exported_text(read(self.sandbox)),
            "list": self.list_all,
            "output": self.output,
            "plan": self.plan,
            "replay": self.replay,
            "report": lambda: self.report("analytics"),
            "report of incidents": lambda: self.report("incidents"),
        }

    def learn(self) -> None:
        """Do each work once, to know the calls that it makes."""
        for name, work in self.works().items():
            for one in self.answers.values():
                one.asked.clear()
            work()
            calls = [(vendor, call) for vendor, one in self.answers.items() for call in one.asked]
            self.read[name] = sorted(calls)
        for one in self.answers.values():
            one.recording = False  # what is drawn from must not grow while it is drawn from

    def clients(self) -> Clients:
        return Runner(self.sandbox).clients(self.wanted)

    def plan(self) -> None:
        plan = Runner(self.sandbox).plan(self.wanted, adopt=True)
        plan_json(plan)
        for change in plan.changes:
            change_lines(change)

    def output(self) -> None:
        clients = self.clients()
        read_outputs(self.wanted, Runner(self.sandbox).read(self.wanted, clients), clients)

    def doctor(self) -> None:
        environ = self.sandbox.environment()
        run_checks(DoctorContext(self.wanted, self.clients(), MemoryStore(), environ), webhooks=False)

    def list_all(self) -> None:
        clients = self.clients()
        for listing in LISTINGS.values():
            listed_json(listing, [*listing.read(clients)])

    def coverage(self) -> None:
        clients = self.clients()
        live = Runner(self.sandbox).read(self.wanted, clients)
        id_index = resolve_ownership(self.wanted, live.objects).id_index
        coverage_json(read_coverage(self.wanted, live, id_index, clients, NOW))

    def report(self, source: Source) -> None:
        history = read_answers(self.clients().pagerduty, NOW - DAY, NOW + DAY, source)
        assert history.incidents
        response_json(make_report(history, NOW - DAY, max(NOW + DAY, history.end or NOW)))

    def replay(self) -> None:
        clients = self.clients()
        both = read_before_after(self.wanted, clients)
        alerts = read_history(clients.pagerduty, NOW - DAY, NOW + DAY, both.sent_to)
        deque(replay(alerts, both.before, both.after, NOW), maxlen=0)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Sandbox() as sandbox:
        accounts = Accounts(sandbox)
        full_account(accounts)
        _alert(accounts, accounts.all("service")[1])
        text = exported_text(read(sandbox))
        wanted = loaded({"pdslack.yaml": text}, tmp_path_factory.mktemp("stack"))
        answers = {name: Tampering(vendor) for name, vendor in sandbox.vendors.items()}
        sandbox.vendors = answers
        world = World(sandbox, wanted, answers)
        world.learn()
        yield world


def _alert(accounts: Accounts, service: str) -> None:
    """Let an alert of a service open an incident, and resolve it."""
    sender = {"integration": {"type": "events_api_v2_inbound_integration", "name": "Events"}}
    key = accounts.pagerduty("POST", f"/services/{service}/integrations", sender)["integration"][
        "integration_key"
    ]
    payload = {"summary": "Disk full", "source": "db1", "severity": "critical"}
    for action in ("trigger", "resolve"):
        event = {"routing_key": key, "dedup_key": "disk", "event_action": action, "payload": payload}
        url = accounts.environment["PAGERDUTY_EVENTS_URL"]
        assert accounts.session.post(f"{url}/v2/enqueue", json=event).ok


def ended(work: Callable[[], Any]) -> None:
    """Work, and make sure that an error for a malformed answer names the call and a value."""
    try:
        work()
    except MalformedAnswerError as error:
        if not NAMED.search(error.message) or PYTHON.search(error.message):
            raise AssertionError(error.message) from error
        raise


def tried(world: World, work: str, vendor: str, call: str, place: Place, value: Any) -> None:
    """What comes of that value at that place: no traceback, and an error that names the call and a value."""
    answers = world.answers[vendor]
    answers.changed = {call: with_value(answers.heard[call], place, value)}
    try:
        with suppress(PdslackError):
            ended(world.works()[work])
    finally:
        answers.changed = {}


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_value_of_an_answer_ends_in_a_traceback(world, data):
    work = data.draw(st.sampled_from(sorted(world.read)))
    vendor, call = data.draw(st.sampled_from(world.read[work]))
    place = data.draw(st.sampled_from([*places(world.answers[vendor].heard[call])] or [()]))
    if place:
        tried(world, work, vendor, call, place, data.draw(st.sampled_from(VALUES)))
