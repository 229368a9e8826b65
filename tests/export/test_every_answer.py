"""Every place of every answer that a kind reads, with other values: decoded, or an error that names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from typing import Any, NamedTuple

import pytest

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.calls import Received
from pdslack_cli.clients.http.transport import Transport
from pdslack_cli.errors import MalformedAnswerError, PdslackError
from pdslack_cli.kinds import READ
from pdslack_cli.kinds.base.kind import Kind, LookupKind
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live
from pdslack_cli.sandbox.server import Sandbox
from tests.export.account import Accounts
from tests.export.test_hostile_answers import MISSING, NAMED, PYTHON, Place, nested, places, with_value
from tests.kinds.full_account import full_account
from tests.support.factories import stack
from tests.support.runs import Runner

VALUES = [None, MISSING, "novel_word", 78, [], {}, nested(80), True, [None], ""]
EACH = 2  # of the values at each place; the next place goes on with the next ones


class Replay:
    """The network: answers heard once are told again and again, one of them with another value."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: dict[str, Received] = {}
        self.asked: set[str] = set()
        self.changed: dict[str, Received] = {}
        send = Transport.send

        def replay(transport: Transport, method: str, url: str, **options: Any) -> Received:
            key = f"{method} {url} {options.get('body')!r}"
            self.asked.add(key)
            if key in self.changed:
                return self.changed[key]
            if key not in self.heard:
                self.heard[key] = send(transport, method, url, **options)
            return self.heard[key]

        monkeypatch.setattr(Transport, "send", replay)


def read_whole(kind: LookupKind[Any], clients: Clients, only: str = "") -> None:
    """List the objects of a kind as a plan and an export do; decode all, or only the one with this id."""
    for live in kind.read_all(clients):
        if only in ("", live.id):
            _read_one(kind, clients, live)


def _read_one(kind: LookupKind[Any], clients: Clients, live: Live) -> None:
    for identity in (kind.identity(live), *kind.aliases(live)):
        hash(identity)
    for name in (kind.display_name(live), kind.written_name(live)):
        assert isinstance(name, str)
    json.dumps(kind.listed_details(live))
    if isinstance(kind, Kind):
        _decode(kind, kind.read_whole(clients, live))


def _decode(kind: Kind[Any], live: Live) -> None:
    index = IdIndex()
    spec = kind.decode(live, index)
    kind.encode(spec, index, live)
    kind.sendable(live)
    spec.model_dump(by_alias=True, warnings=False)  # as a plan shows it
    for answers in (kind.needs(live), kind.export_notes(spec, live, index), kind.deletion_warnings(live)):
        list(answers)


class Heard(NamedTuple):
    """An answer: the call, what it says, and who reads it."""

    key: str
    body: Any
    reader: Live | None
    """The only object whose reading asks for it; None where the list of all does, or several objects."""

    ids: frozenset[str]

    def owner(self, place: Place) -> str:
        """The id of the object in the list of all that the place is inside of, if it is in one."""
        inner = self.body
        for step in place[:2]:
            inner = inner[step]
        id_ = inner.get("id") if len(place) > 2 and isinstance(inner, dict) else None
        return id_ if id_ in self.ids and place[2:] != ("id",) else ""


def answers(kind: LookupKind[Any], clients: Clients, network: Replay) -> Iterator[Heard]:
    """Every answer."""
    network.asked.clear()
    lives = [*kind.read_all(clients)]
    assert lives, kind.name
    readers: dict[str, list[Live | None]] = {key: [None] for key in network.asked}
    for live in lives:
        network.asked.clear()
        _read_one(kind, clients, live)
        for key in network.asked:
            readers.setdefault(key, []).append(live)
    ids = frozenset(live.id for live in lives)
    for key, those in sorted(readers.items(), key=lambda item: item[0]):
        yield Heard(key, json.loads(network.heard[key].content), those[0] if len(those) == 1 else None, ids)


@pytest.fixture(scope="module")
def account():
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        probe = Runner(sandbox).clients(stack("owner: acme"))
        yield sandbox, stack(f"owner: acme\nslack: {{workspace: {probe.slack.identity()['team_id']}}}")


@pytest.mark.slow
@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
def test_no_value_of_any_answer_is_a_traceback(account, kind, monkeypatch):
    network = Replay(monkeypatch)
    sandbox, wanted = account
    clients = Runner(sandbox).clients(wanted)
    values, tried = cycle(VALUES), 0
    faults: list[tuple[str, Place, str, str]] = []
    for heard in answers(kind, clients, network):
        key = heard.key
        for place in places(heard.body):
            for value in (next(values) for _ in range(EACH)):
                content = json.dumps(with_value(heard.body, place, value)).encode()
                network.changed = {key: replace(network.heard[key], content=content)}
                tried += 1
                try:
                    if heard.reader:
                        _read_one(kind, clients, heard.reader)
                    else:
                        read_whole(kind, clients, heard.owner(place))
                except MalformedAnswerError as error:
                    if not NAMED.search(error.message) or PYTHON.search(error.message):
                        faults.append((key, place, repr(value)[:40], error.message))
                except PdslackError:
                    pass
                except Exception as error:
                    faults.append((key, place, repr(value)[:40], repr(error)))
    assert faults == []
    assert tried >= EACH


ANY_VALUE = ("config.", ".value", "default_value")
"""Places of values that may be anything: settings of extensions, values of custom fields."""


def _normal(place: Place) -> str:
    return ".".join("*" if isinstance(step, int) else str(step) for step in place)


def read_specs(kind: LookupKind[Any], clients: Clients) -> list[Any]:
    """What is known of the objects of a kind: their identities and their fields, as a plan compares them."""
    found: list[Any] = []
    for live in kind.read_all(clients):
        found.append(kind.identity(live))
        if isinstance(kind, Kind):
            spec = kind.decode(kind.read_whole(clients, live), IdIndex())
            found.append(spec.model_dump(mode="json", by_alias=True, warnings=False))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
def test_what_should_be_a_text_is_refused_or_not_read(account, kind, monkeypatch):
    network = Replay(monkeypatch)
    sandbox, wanted = account
    clients = Runner(sandbox).clients(wanted)
    known = read_specs(kind, clients)
    others = cycle([78, [None]])
    misread: set[str] = set()
    tried: set[str] = set()
    for key in sorted(network.asked):
        body = json.loads(network.heard[key].content)
        for place in places(body):
            name = f"{key.split()[1].partition('?')[0]}: {_normal(place)}"
            was = _at(body, place)
            if not isinstance(was, str) or not was or name in tried or any(one in name for one in ANY_VALUE):
                continue
            tried.add(name)
            content = json.dumps(with_value(body, place, next(others))).encode()
            network.changed = {key: replace(network.heard[key], content=content)}
            with suppress(PdslackError):
                if read_specs(kind, clients) != known:
                    misread.add(name)
    assert misread == set()
    assert tried


def _at(body: Any, place: Place) -> Any:
    for step in place:
        body = body[step]
    return body
