"""Every place of every answer that a kind reads, with other values: decoded, or an error that names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.calls import Received
from pdslack_cli.clients.http.transport import Transport
from pdslack_cli.errors import MalformedAnswerError, PdslackError
from pdslack_cli.kinds import READ
from pdslack_cli.kinds.base.kind import Kind, LookupKind
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.sandbox.server import Sandbox
from tests.export.account import Accounts
from tests.export.test_hostile_answers import MISSING, NAMED, Place, nested, places, with_value
from tests.factories import stack
from tests.kinds.full_account import full_account
from tests.runs import Runner

VALUES = [None, MISSING, "novel_word", 7, [], {}, nested(80), True, [None], ""]
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


def read_whole(kind: LookupKind[Any], clients: Clients) -> int:
    """Read and decode all objects of a kind, as a plan and an export do; return how many there are."""
    lives = [*kind.read_all(clients)]
    for live in lives:
        kind.identity(live)
        kind.display_name(live)
        if isinstance(kind, Kind):
            _decode(kind, kind.read_whole(clients, live))
    return len(lives)


def _decode(kind: Kind[Any], live: Any) -> None:
    index = IdIndex()
    spec = kind.decode(live, index)
    kind.encode(spec, index, live)
    kind.sendable(live)
    for answers in (kind.needs(live), kind.export_notes(spec, live, index), kind.deletion_warnings(live)):
        list(answers)


def bodies(kind: LookupKind[Any], clients: Clients, network: Replay) -> Iterator[tuple[str, Any]]:
    network.asked.clear()
    assert read_whole(kind, clients), kind.name
    for key in sorted(network.asked):
        yield key, json.loads(network.heard[key].content)


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
    for key, body in bodies(kind, clients, network):
        for place in places(body):
            for value in (next(values) for _ in range(EACH)):
                content = json.dumps(with_value(body, place, value)).encode()
                network.changed = {key: replace(network.heard[key], content=content)}
                tried += 1
                try:
                    read_whole(kind, clients)
                except MalformedAnswerError as error:
                    if not NAMED.search(error.message):
                        faults.append((key, place, repr(value)[:40], error.message))
                except PdslackError:
                    pass
                except Exception as error:
                    faults.append((key, place, repr(value)[:40], repr(error)))
    assert faults == []
    assert tried >= EACH
