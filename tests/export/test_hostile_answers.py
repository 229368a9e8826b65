"""Whatever one value of a vendor's answer is: a plan, an export and a doctor's visit end well, or name it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug import Request, Response

from pdslack_cli.config.stack import Stack
from pdslack_cli.doctor import DoctorContext, run_checks
from pdslack_cli.errors import MalformedAnswerError, PdslackError
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.wording import change_lines
from pdslack_cli.sandbox.server import Sandbox, Vendor
from tests.export.account import Accounts
from tests.export.exports import exported_text, loaded, read
from tests.kinds.full_account import full_account
from tests.runs import MemoryStore, Runner

Place = tuple[str | int, ...]
NAMED = re.compile(r"(PagerDuty|Slack)'s answer to \S+.*: \S+ (is|or a value beside it)")
MISSING = object()


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
    recording: bool = True

    def __call__(self, request: Request) -> Response:
        key = f"{request.path}?{request.query_string.decode()} {request.get_data(as_text=True)}"
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
    body = inner = copy.deepcopy(body)
    for step in place[:-1]:
        inner = inner[step]
    if value is MISSING:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return body


@dataclass
class World:
    """An account with everything, the stack that manages all of it, and its answers."""

    sandbox: Sandbox
    wanted: Stack
    answers: dict[str, Tampering]

    def works(self) -> Iterator[Any]:
        """An export, a plan and a doctor's visit."""
        yield lambda: exported_text(read(self.sandbox))
        yield self.plan
        yield self.doctor

    def plan(self) -> None:
        plan = Runner(self.sandbox).plan(self.wanted, adopt=True)
        plan_json(plan)
        for change in plan.changes:
            change_lines(change)

    def doctor(self) -> None:
        environ = self.sandbox.environment()
        clients = Runner(self.sandbox).clients(self.wanted)
        run_checks(DoctorContext(self.wanted, clients, MemoryStore(), environ), webhooks=False)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        text = exported_text(read(sandbox))
        wanted = loaded({"pdslack.yaml": text}, tmp_path_factory.mktemp("stack"))
        answers = {name: Tampering(vendor) for name, vendor in sandbox.vendors.items()}
        sandbox.vendors = answers
        world = World(sandbox, wanted, answers)
        for work in world.works():
            work()
        for one in answers.values():
            one.recording = False  # what is drawn from must not grow while it is drawn from
        yield world


def ended(work: Callable[[], Any]) -> None:
    """Work, and make sure that an error for a malformed answer names the call and a value."""
    try:
        work()
    except MalformedAnswerError as error:
        if not NAMED.search(error.message):
            raise AssertionError(error.message) from error
        raise


def tried(world: World, provider: str, call: str, place: Place, value: Any) -> None:
    """What comes of that value at that place: no traceback, and an error that names the call and a value."""
    answers = world.answers[provider]
    answers.changed = {call: with_value(answers.heard[call], place, value)}
    try:
        for work in world.works():
            with suppress(PdslackError):
                ended(work)
    finally:
        answers.changed = {}


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_value_of_an_answer_ends_in_a_traceback(world, data):
    provider = data.draw(st.sampled_from(sorted(world.answers)))
    heard = world.answers[provider].heard
    call = data.draw(st.sampled_from(sorted(heard)))
    place = data.draw(st.sampled_from([*places(heard[call])] or [()]))
    if place:
        tried(world, provider, call, place, data.draw(st.sampled_from(VALUES)))
