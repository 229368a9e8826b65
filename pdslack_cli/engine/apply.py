"""Apply: do what a plan says, in the order of its references, a few steps at a time.

A failure skips only what depends on it. What was not done is reported, and the next run does it: the
plan is made from what is live, so there is nothing to roll back and nothing to remember.
"""

from __future__ import annotations

import graphlib
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from pdslack_cli.clients import Clients
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.names import third_name
from pdslack_cli.engine.order import Phase, PlanStep, depends_on, order
from pdslack_cli.engine.twins import Twins, may_be_made_twice
from pdslack_cli.errors import ApiError, OutcomeUnknownError, PdslackError
from pdslack_cli.kinds.base.calls import SecretSink, Session
from pdslack_cli.kinds.base.kind import Provider
from pdslack_cli.kinds.id_index import UnknownIdError
from pdslack_cli.model import Live, Ref

# Steps at once, by vendor; those that touch one object are never two at once (design section 8). Slack's
# pace is set by its limits, and whoever waits for them must not hold up PagerDuty.
WRITERS: Mapping[Provider, int] = {"pagerduty": 10, "slack": 4}


WITHDRAWN = "another run made it first"


class StepOutcome(Enum):
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # something it needs failed
    UNKNOWN = "outcome unknown"  # sent, but the answer was lost; the next run settles it
    NOT_STARTED = "not started"  # interrupted


@dataclass(frozen=True)
class Result:
    """What became of one step."""

    step: PlanStep
    outcome: StepOutcome
    error: PdslackError | None = None
    because: str = ""

    @property
    def ref(self) -> Ref:
        return self.step.change.ref


@dataclass(frozen=True)
class Report:
    """What an apply did. A change is done when all of its steps are."""

    results: tuple[Result, ...]
    notices: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        return not self.interrupted and all(result.outcome is StepOutcome.DONE for result in self.results)

    def of(self, *outcomes: StepOutcome) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.outcome in outcomes)


Watcher = Callable[[Result | PlanStep], None]
"""Told of every step when it starts (the Step) and when it ends (its Result), by the thread that does it."""


def apply_plan(
    plan: Plan,
    clients: Clients,
    secrets: SecretSink,
    watchers: Sequence[Watcher] = (),
    interrupted: threading.Event | None = None,
) -> Report:
    """Do every change of the plan. Whatever a step, a vendor or a watcher raises is in the report.

    `interrupted` is set from outside (Ctrl-C): running steps end, no other begins.
    """
    notices: list[str] = []
    session = Session(
        clients,
        plan.id_index,
        plan.owner,
        secrets,
        notice=lambda ref, text: notices.append(f"{ref}: {text}"),
        seen=plan.seen,
    )
    watching = _Watching(watchers)
    twins = Twins(plan.changes, session)
    run = _Run(order(plan.changes), session, twins, watching.tell, interrupted or threading.Event())
    results = run.all()
    return Report(tuple(results), (*notices, *watching.failures()), run.interrupted.is_set())


class _Watching:
    """Tells every watcher of every event, one event at a time. A watcher that fails ends no apply."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self.watchers = watchers
        self.errors: dict[int, Exception] = {}
        self.lock = threading.Lock()

    def tell(self, event: Result | PlanStep) -> None:
        with self.lock:
            for place, watcher in enumerate(self.watchers):
                try:
                    watcher(event)
                except Exception as error:
                    self.errors.setdefault(place, error)

    def failures(self) -> Iterable[str]:
        """A line for each watcher that failed; its first failure says enough."""
        for error in self.errors.values():
            yield str(error if isinstance(error, PdslackError) else _unexpected(error))


class _Run:
    """One pass over the graph of steps."""

    def __init__(
        self,
        graph: Mapping[PlanStep, set[PlanStep]],
        session: Session,
        twins: Twins,
        watch: Watcher,
        interrupted: threading.Event,
    ) -> None:
        self.graph = graph
        self.session, self.twins, self.watch, self.interrupted = session, twins, watch, interrupted
        self.results: dict[PlanStep, Result] = {}

    def all(self) -> Iterable[Result]:
        sorter = graphlib.TopologicalSorter(self.graph)
        sorter.prepare()
        with ExitStack() as stack:
            pools = {
                vendor: stack.enter_context(ThreadPoolExecutor(most)) for vendor, most in WRITERS.items()
            }
            running: dict[Future[Result], PlanStep] = {}
            while sorter.is_active():
                for step in sorter.get_ready():
                    running[pools[step.change.kind.provider].submit(self._step, step)] = step
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    step = running.pop(future)
                    self.results[step] = future.result()
                    sorter.done(step)
        return [result for result in self.results.values() if not _is_silent(result)]

    def _step(self, step: PlanStep) -> Result:
        result = self._attempt(step)
        # Told from the thread that did the step: what that thread called belongs to this result.
        if not _is_silent(result):
            self.watch(result)
        return result

    def _attempt(self, step: PlanStep) -> Result:
        if self.interrupted.is_set():
            return Result(step, StepOutcome.NOT_STARTED)
        blocked = [
            before
            for before in self.graph[step]
            if self.results[before].outcome is not StepOutcome.DONE and depends_on(step, before)
        ]
        if blocked:
            return Result(step, StepOutcome.SKIPPED, because=f"needs {blocked[0].change.ref}")
        if step.phase is not Phase.SETTLE:
            self.watch(step)
        try:
            because = _do(step, self.session, self.twins)
        except UnknownIdError as error:
            return Result(step, StepOutcome.SKIPPED, because=f"needs {error.ref}")
        except OutcomeUnknownError as error:
            return Result(step, StepOutcome.UNKNOWN, error)
        except PdslackError as error:
            return Result(step, StepOutcome.FAILED, error)
        except Exception as error:
            return Result(step, StepOutcome.FAILED, _unexpected(error))
        return Result(step, StepOutcome.DONE, because=because)


def _is_silent(result: Result) -> bool:
    """Settling is part of a creation: nobody hears of it unless it fails or withdraws something."""
    return result.step.phase is Phase.SETTLE and result.error is None and result.because != WITHDRAWN


def _unexpected(error: Exception) -> PdslackError:
    """A defect, as the failure of one step: its type, its first line, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    text = mask_tokens(str(error).partition("\n")[0])[:200]
    unexpected = PdslackError(f"unexpected {type(error).__name__}{where}: {text or 'no text'}")
    unexpected.hint = "this is a defect of pdslack: please report it; the other steps are not affected"
    return unexpected


def _do(step: PlanStep, session: Session, twins: Twins) -> str:
    """Do a step. What it returns should be said of it, beside that it is done."""
    change, kind = step.change, step.change.kind
    if step.phase is Phase.GROW:
        _grow(change, session, twins)
    elif step.phase is Phase.ASIDE:
        _step_aside(change, session)
    elif step.phase is Phase.SETTLE:
        return WITHDRAWN if twins.settle(change) else ""
    elif step.phase is Phase.SHRINK:
        assert change.live
        kind.shrink(session, change.live, change.after, change.fields)
    elif change.action is Action.RELEASE:
        assert change.live
        assert change.before
        kind.update(session, change.live, change.before, (), None)
        kind.mark_parts(session, change.live, None, change.part_owners)
    else:
        assert change.live
        kind.delete(session, change.live)
    return ""


def _step_aside(change: Change, session: Session) -> None:
    assert change.live
    assert change.before
    name, mark = third_name(change)
    between = change.before.model_copy(update={"name": name})
    change.kind.update(session, change.live, between, {"name"}, mark)


def _grow(change: Change, session: Session, twins: Twins) -> None:
    ref, kind, after, live = change.ref, change.kind, change.after, change.live
    assert after is not None
    assert change.mark is not None
    fields = set(change.fields)
    if live is None or change.action is Action.REPLACE:
        if live is not None and kind.secret_name:
            # From here on nobody knows whose secret is stored, until the new object's mark is finished.
            kind.update(session, live, change.before, (), change.mark.as_unfinished)
        live = _made(change, session, twins)
        session.id_index.add(ref, live.id)
        if not live.new:
            session.notice(ref, "a run beside this one has made it, and sees to the rest of it")
            return
        fields = set(after.managed)
    else:
        if change.action is Action.RESTORE:
            kind.restore(session, live)
        if change.claims_rules:
            kind.write_parts(session, ref, live, after, fields & kind.part_fields)
            fields -= kind.part_fields
        if change.new_mark or fields - kind.part_fields:
            kind.update(session, live, after, fields - kind.part_fields, change.mark)
        if change.part_owners:
            kind.mark_parts(session, live, change.mark, change.part_owners)
    if fields & kind.part_fields:
        kind.write_parts(session, ref, live, after, fields & kind.part_fields)


def _made(change: Change, session: Session, twins: Twins) -> Live:
    """The object, `new` where this run made it: one beside it may be faster.

    Where the vendor takes a second one of that name we look right before, else once it has refused.
    """
    kind, after, mark = change.kind, change.after, change.mark
    assert after is not None
    assert mark is not None
    twin = twins.before(change) if may_be_made_twice(change) else None
    if twin:
        return twin
    try:
        live = replace(kind.create(session, change.ref, after, mark), new=True)
    except ApiError as error:
        twin = twins.after_refusal(change) if kind.refuses_second(error) else None
        if twin is None:
            raise
        return twin
    session.clients.just_made.add(live.id)
    twins.made[change] = live
    return live
