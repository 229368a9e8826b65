"""Whole runs of the engine against the sandbox over HTTP, in this process, on a clock that takes no time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pdslack_cli.analysis.needs import needs
from pdslack_cli.clients import Clients, connect
from pdslack_cli.clients.settings import Settings
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.apply import apply_plan
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import LiveState, read_live
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.engine.report import Report
from pdslack_cli.engine.storage.audit import AuditLog
from pdslack_cli.engine.storage.recent import RecentWrites
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.conftest import FakeClock


@dataclass
class MemoryStore:
    """A secret store that a test can look into."""

    kept: dict[tuple[Ref, str], str] = field(default_factory=dict)
    place: str = "memory"

    def check_writable(self) -> None: ...

    def store(self, ref: Ref, name: str, value: str) -> None:
        self.kept[ref, name] = value

    @contextmanager
    def carried_over(self, owner: str, old: Ref, ref: Ref) -> Iterator[bool]:
        yield True
        moved = {(ref, name): value for (of, name), value in self.kept.items() if of == old}
        self.kept = {key: value for key, value in self.kept.items() if key[0] != old} | moved

    def has(self, ref: Ref, name: str) -> bool | None:
        return (ref, name) in self.kept


@dataclass
class Runner:
    """A sandbox, and runs of stacks against it; with an `audit` log they know of each other."""

    sandbox: Sandbox
    secrets: MemoryStore = field(default_factory=MemoryStore)
    audit: AuditLog | None = None
    clock: FakeClock | None = None

    def seed(self, stack: Stack) -> None:
        self.sandbox.seed(needs(stack))

    def clients(self, stack: Stack, **environ: str) -> Clients:
        settings = Settings.read({**self.sandbox.environment(), **environ})
        on_call = self.audit.note if self.audit else None
        clock = self.clock or FakeClock()
        places = {"workspace": stack.workspace, "elsewhere": stack.elsewhere}
        return connect(settings, **places, clock=clock, on_call=on_call)

    def read(self, stack: Stack, clients: Clients, *, everything: bool = False) -> LiveState:
        recent = self.audit.past_runs().recent_writes() if self.audit else RecentWrites()
        return read_live(stack, clients, recent, everything=everything)

    def plan(self, stack: Stack, **options: object) -> Plan:
        return make_plan(stack, self.read(stack, self.clients(stack)), **options)  # type: ignore[arg-type]

    def judged(self, stack: Stack, *, deletes: int | None = None, **options: object) -> Plan:
        """The plan with what an apply would refuse, which takes so many deletes (None: the usual limits)."""
        clients = self.clients(stack)
        live = self.read(stack, clients)
        plan = make_plan(stack, live, **options)  # type: ignore[arg-type]
        return with_refusals(plan, stack, live, clients, Allowed(deletes))

    def apply(self, stack: Stack, **options: object) -> Report:
        clients = self.clients(stack)
        plan = make_plan(stack, self.read(stack, clients), **options)  # type: ignore[arg-type]
        assert plan.problems == (), [problem.message for problem in plan.problems]
        return self.carry_out(plan, stack, clients)

    def carry_out(self, plan: Plan, stack: Stack, clients: Clients | None = None) -> Report:
        """Do what a plan says that was made a while ago."""
        watchers = (self.audit.watch,) if self.audit else ()
        return apply_plan(plan, clients or self.clients(stack), self.secrets, watchers)

    def destroy(self, stack: Stack) -> Report:
        clients = self.clients(stack)
        live = self.read(stack, clients, everything=True)
        return self.carry_out(plan_destroy(stack, live), stack, clients)

    def calls(self) -> Counter[str]:
        """The calls since the last `forget_calls`, by method and path without ids."""
        return Counter(f"{call.method} {call.path}" for call in self.sandbox.calls)

    def forget_calls(self) -> None:
        self.sandbox.calls.clear()
