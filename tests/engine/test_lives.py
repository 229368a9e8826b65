"""The life of a stack: whatever is edited, and whatever fails, an apply leaves nothing to do.

The file is the complete example, so that every kind and field is among what is edited.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.engine.report import Report
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds import MANAGED
from pdslack_cli.sandbox.faults import Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump, read
from tests.support.factories import stack
from tests.support.runs import Runner

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "complete" / "pdslack.yaml"
SECTIONS = [kind.section for kind in MANAGED]
STEPS = 8
FAULTS = ["reset", "lost", "500", "404", "409", "429"]
LENGTHENED = {"description", "label", "topic", "purpose", "subject", "body", "message", "name", "pinned"}

Place = tuple[str | int, ...]


def example() -> dict[str, Any]:
    """The complete example, without what is in other files and what is not in one of the two accounts."""
    file: dict[str, Any] = read(EXAMPLE.read_text(encoding="utf-8"))
    for channel in file["channels"].values():
        channel.pop("canvas", None)
    return {name: content for name, content in file.items() if not name.startswith("slack_")}


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """The places of all values inside one."""
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in named:
        yield (*place, name)
        yield from places(inner, (*place, name))


class Author:
    """Edits a file at random, and keeps what is valid."""

    def __init__(self, seed: int) -> None:
        self.random, self.first, self.file = random.Random(seed), example(), example()

    def edited(self) -> Stack:
        """The stack after one to three edits."""
        while True:
            before = copy.deepcopy(self.file)
            for _ in range(self.random.randint(1, 3)):
                self._edit()
            try:
                return stack(dump(self.file))
            except PdslackError:
                self.file = before

    def as_at_first(self) -> Stack:
        self.file = copy.deepcopy(self.first)
        return stack(dump(self.file))

    def _edit(self) -> None:
        section = self.random.choice([name for name in SECTIONS if name in self.file])
        entries = self.file[section]
        if not entries or self.random.random() < 0.25:
            self.file[section] = copy.deepcopy(self.first[section])
            return
        key = self.random.choice(list(entries))
        if self.random.random() < 0.1:
            del entries[key]
            return
        *path, last = self.random.choice([*places(entries[key])])
        holder = entries[key]
        for name in path:
            holder = holder[name]
        self._change(holder, last)

    def _change(self, holder: Any, name: Any) -> None:
        value = holder[name]
        if self.random.random() < 0.4:
            del holder[name]
        elif isinstance(value, bool):
            holder[name] = not value
        elif isinstance(value, list):
            self.random.shuffle(value)
        elif isinstance(value, str) and name in LENGTHENED:
            holder[name] = f"{value} x"
        else:
            del holder[name]


class Life(Runner):
    """An account, and the runs of one folder against it."""

    def run(self, wanted: Stack) -> Report | None:
        """Plan and apply; None where the plan has problems."""
        self.seed(wanted)
        clients = self.clients(wanted)
        live = self.read(wanted, clients)
        plan = make_plan(wanted, live, may_restore=[kind.name for kind in MANAGED])
        plan = with_refusals(plan, wanted, live, clients, Allowed(deletes=1_000))
        return None if plan.problems else self.carry_out(plan, wanted, clients)

    def settle(self, wanted: Stack) -> bool:
        """Apply until nothing is left to do, which one run does; whether the plan had no problem."""
        report = self.run(wanted)
        if report is None:
            return False
        assert [str(result.error) for result in report.results if result.error] == []
        plan = self.plan(wanted, may_restore=[kind.name for kind in MANAGED])
        assert [problem.message for problem in plan.problems] == []
        assert [(str(change.ref), change.fields) for change in plan.changes] == []
        return True


@pytest.mark.parametrize("faults", [False, True], ids=["", "with calls that fail"])
@pytest.mark.parametrize("seed", range(2))
def test_after_any_edits_an_apply_leaves_nothing_to_do(seed, faults, tmp_path):
    author = Author(seed + 10 * faults)
    with Sandbox() as sandbox:
        life = Life(sandbox, audit=AuditLog(tmp_path / "audit.jsonl", {}))
        assert life.settle(author.as_at_first())
        for _ in range(STEPS):
            wanted = author.edited()
            if faults:
                _fail_somewhere(life, wanted, author.random)
            if not life.settle(wanted):
                assert life.settle(author.as_at_first())


def _fail_somewhere(life: Life, wanted: Stack, chance: random.Random) -> None:
    """A run in which some call fails, in whatever way; it may be refused."""
    kind, method = chance.choice(FAULTS), chance.choice(["GET", "POST", "PUT", "DELETE"])
    life.sandbox.faults.add(Fault(kind, method=method, path=".", nth=chance.randint(1, 8)))  # type: ignore[arg-type]
    with suppress(PdslackError):
        life.run(wanted)
    life.sandbox.faults.clear()
