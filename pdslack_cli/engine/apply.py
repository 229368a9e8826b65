"""Apply a plan: run its steps in the order of their references, several at a time.

A failed step skips only the steps that depend on it. What was not done is reported, and the next run does
it: a plan is made from the live objects, so there is nothing to roll back and no state to keep.
"""

from __future__ import annotations

import graphlib
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from pdslack_cli.clients import Clients
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.concurrent_creates import ConcurrentCreates, may_be_created_twice
from pdslack_cli.engine.names import temporary_mark, temporary_names
from pdslack_cli.engine.order import Phase, PlanStep, depends_on, ordered_steps
from pdslack_cli.engine.report import Report, Result, StepOutcome
from pdslack_cli.errors import ApiError, OutcomeUnknownError, PdslackError
from pdslack_cli.kinds.base.calls import SecretSink, Session
from pdslack_cli.kinds.base.kind import Provider
from pdslack_cli.kinds.id_index import UnknownIdError
from pdslack_cli.model import Live, Ref

# Concurrent steps per vendor; two steps on one object never run at once. The pools are
# separate, so that waiting for Slack's rate limits does not hold up PagerDuty.
WRITERS: Mapping[Provider, int] = {"pagerduty": 10, "slack": 4}

WITHDRAWN = "another run created it first"

Watcher = Callable[[Result | PlanStep], None]
"""Called with a step when it starts (PlanStep) and ends (Result), in its thread; not with silent steps."""


def apply_plan(
    plan: Plan,
    clients: Clients,
    secrets: SecretSink,
    watchers: Sequence[Watcher] = (),
    interrupted: threading.Event | None = None,
) -> Report:
    """Run every change of the plan and report the results. Errors of steps and watchers are in the report.

    `interrupted` is set by the caller (Ctrl-C): running steps finish, no new one starts.
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
    notifier = _Watchers(watchers)
    creates = ConcurrentCreates(plan.changes, session)
    run = _Run(
        ordered_steps(plan.changes), session, creates, notifier.notify, interrupted or threading.Event()
    )
    results = run.execute()
    notices += notifier.failures()
    cut_short = any(result.outcome is StepOutcome.NOT_STARTED for result in run.results.values())
    return Report(tuple(results), tuple(notices), cut_short, plan.notices)


class _Watchers:
    """Passes each event to every watcher, one at a time. A watcher that fails does not stop the apply."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self.watchers = watchers
        self.errors: dict[int, Exception] = {}
        self.lock = threading.Lock()

    def notify(self, event: Result | PlanStep) -> None:
        with self.lock:
            for place, watcher in enumerate(self.watchers):
                try:
                    watcher(event)
                except Exception as error:
                    self.errors.setdefault(place, error)

    def failures(self) -> Iterable[str]:
        """One line for each watcher that failed, with its first error."""
        for error in self.errors.values():
            yield str(error if isinstance(error, PdslackError) else _unexpected(error))


class _Run:
    """Runs the graph of steps, each once its predecessors are done."""

    def __init__(
        self,
        graph: Mapping[PlanStep, set[PlanStep]],
        session: Session,
        creates: ConcurrentCreates,
        watch: Watcher,
        interrupted: threading.Event,
    ) -> None:
        self.graph = graph
        self.session, self.creates, self.watch, self.interrupted = session, creates, watch, interrupted
        self.results: dict[PlanStep, Result] = {}

    def execute(self) -> Iterable[Result]:
        sorter = graphlib.TopologicalSorter(self.graph)
        sorter.prepare()
        with ExitStack() as stack:
            pools = {
                vendor: stack.enter_context(ThreadPoolExecutor(most)) for vendor, most in WRITERS.items()
            }
            running: dict[Future[Result], PlanStep] = {}
            finished: SimpleQueue[Future[Result]] = SimpleQueue()
            while sorter.is_active():
                for step in sorter.get_ready():
                    future = pools[step.change.kind.provider].submit(self._run_and_notify, step)
                    running[future] = step
                    future.add_done_callback(finished.put)
                future = finished.get()  # `wait` would look at all that run, each time
                step = running.pop(future)
                self.results[step] = future.result()
                sorter.done(step)
        return [result for result in self.results.values() if not _is_silent(result)]

    def _run_and_notify(self, step: PlanStep) -> Result:
        result = self._attempt(step)
        # From the thread that ran the step: the calls noted for this thread belong to this result.
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
            return Result(step, StepOutcome.SKIPPED, because=_needed(blocked[0].change))
        if step.phase is not Phase.DEDUPLICATE:
            self.watch(step)
        try:
            because = _run_step(step, self.session, self.creates, self._moved_before(step))
        except UnknownIdError as error:
            return Result(step, StepOutcome.SKIPPED, because=f"needs {error.ref}")
        except OutcomeUnknownError as error:
            return Result(step, StepOutcome.UNKNOWN, error)
        except PdslackError as error:
            return Result(step, StepOutcome.FAILED, error)
        except Exception as error:
            return Result(step, StepOutcome.FAILED, _unexpected(error))
        return Result(step, StepOutcome.DONE, because=because)

    def _moved_before(self, step: PlanStep) -> frozenset[str]:
        """The parts of the object that an earlier step has changed already, by moving their references."""
        steps = (before for before in self.graph[step] if before.change is step.change)
        moved = any(before.phase is Phase.REPOINT for before in steps)
        return step.change.moved_parts if moved else frozenset()


def _needed(change: Change) -> str:
    """The failed prerequisite of a step, as the message of its error."""
    return f"needs the leftover of {change.ref} to be removed" if change.leftover else f"needs {change.ref}"


def _is_silent(result: Result) -> bool:
    """Deduplication is part of a create: it is reported only where it fails or deletes something."""
    return result.step.phase is Phase.DEDUPLICATE and result.error is None and result.because != WITHDRAWN


def _unexpected(error: Exception) -> PdslackError:
    """A bug, as the error of one step: its type, first line, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    text = mask_tokens(str(error).partition("\n")[0])[:200]
    unexpected = PdslackError(f"unexpected {type(error).__name__}{where}: {text or 'no text'}")
    unexpected.hint = "this is a bug in pdslack, please report it; the other steps are not affected"
    return unexpected


def _run_step(step: PlanStep, session: Session, creates: ConcurrentCreates, moved: frozenset[str]) -> str:
    """Run a step but for the `moved` parts; return a remark to report with its result, or an empty string."""
    change = step.change
    if step.phase is Phase.GROW:
        _grow(change, session, creates, moved)
    elif step.phase is Phase.DEDUPLICATE:
        return WITHDRAWN if creates.withdraw_if_younger(change) else ""
    else:
        _change_existing(step, change, session)
    return ""


def _change_existing(step: PlanStep, change: Change, session: Session) -> None:
    """Run a step that needs no more than the object that is there."""
    phase, kind, (live, before) = step.phase, change.kind, change.existing
    if phase is Phase.REPOINT:
        if own := change.repointed_fields - kind.part_fields:
            kind.update(session, live, change.repointed, own, live.owned)
        kind.write_parts(session, change.ref, live, change.repointed, change.moved_parts)
    elif phase is Phase.RENAME_TEMPORARILY:
        names = temporary_names(change)
        kind.update(session, live, before.model_copy(update=names), set(names), temporary_mark(change))
    elif phase is Phase.LET_GO and step.kept:
        kind.update(session, live, step.kept, kind.exclusive_fields, live.owned)
    elif phase is Phase.SHRINK:
        kind.shrink(session, live, change.after, change.fields)
    elif change.action is Action.RELEASE:
        # Its own mark last: without it, a second try would find nothing to release.
        kind.mark_parts(session, live, None, change.part_owners)
        kind.update(session, live, before, (), None)
    else:
        kind.delete(session, live)


def _grow(change: Change, session: Session, creates: ConcurrentCreates, moved: frozenset[str]) -> None:
    fields = set(change.fields) - moved
    if change.extends:
        change.kind.write_parts(session, change.ref, change.existing.live, change.after, fields)
        return
    ref, kind, live, (after, mark) = change.ref, change.kind, change.live, change.target
    if live is None or change.action is Action.REPLACE:
        if live is not None and kind.secret_of(after):
            # From here until the new object's mark is finished, it is unknown whose secret is stored.
            kind.update(session, live, change.before, (), mark.half_replaced(live.name))
        live = _find_or_create(change, session, creates)
        session.id_index.add(ref, live.id)
        if not live.new:
            session.notice(ref, "another run has just created it, and configures it")
            return
        fields = set(after.managed)
    else:
        if change.action is Action.RESTORE:
            kind.restore(session, live)
        if change.claims_rules:
            kind.write_parts(session, ref, live, after, fields & kind.part_fields)
            fields -= kind.part_fields
        if change.part_owners:
            # Before its own mark, with which a second try would find nothing to adopt.
            kind.mark_parts(session, live, mark, change.part_owners)
        if change.new_mark or fields - kind.part_fields:
            with _secret_carried_over(change, session):
                kind.update(session, live, after, fields - kind.part_fields, mark)
    if fields & kind.part_fields:
        kind.write_parts(session, ref, live, after, fields & kind.part_fields)


@contextmanager
def _secret_carried_over(change: Change, session: Session) -> Iterator[None]:
    """Context manager: keep the stored secret with its object, which gets another owner or key."""
    (after, mark), old, ref = change.target, change.existing.live.owned, change.ref
    if old is None or old.address == mark.address or not change.kind.secret_of(after):
        yield
        return
    old_ref = Ref(ref.kind, old.key)
    with session.secrets.carried_over(old.owner, old_ref, ref) as carried:
        yield
    if not carried:
        session.notice(ref, f"{session.secrets.place} may have its secret as {old_ref} of {old.owner}")


def _find_or_create(change: Change, session: Session, creates: ConcurrentCreates) -> Live:
    """Create the object (`new`), or return the one that a concurrent run has just created.

    Where the vendor accepts a second object of that name we look before creating, elsewhere after a refusal.
    """
    kind, (after, mark) = change.kind, change.target
    existing = creates.existing_before(change) if may_be_created_twice(change) else None
    if existing:
        return existing
    try:
        live = replace(kind.create(session, change.ref, after, mark), new=True)
    except ApiError as error:
        existing = creates.existing_after_refusal(change, error) if kind.refuses_second(error) else None
        if existing is None:
            raise
        return existing
    session.clients.just_made.add(live.id)
    creates.made[change] = live
    return live
