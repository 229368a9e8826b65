"""What an apply did: the result of each step, and all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.order import PlanStep
from pdslack_cli.errors import Location, PdslackError
from pdslack_cli.model import Ref


class StepOutcome(Enum):
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # something it needs failed
    UNKNOWN = "outcome unknown"  # sent, but the answer was lost; the next run finds out
    NOT_STARTED = "not started"  # interrupted


@dataclass(frozen=True)
class Result:
    """The result of one step."""

    step: PlanStep
    outcome: StepOutcome
    error: PdslackError | None = None
    because: str = ""
    location: Location | None = None  # of the entry, or of its field that the vendor's refusal names

    @property
    def ref(self) -> Ref:
        return self.step.change.ref

    def located(self, stack: Stack) -> Result:
        """The same, with the place of the entry, or of its first field that the error names."""
        words = re.sub(r"[^a-z]+", "_", str(self.error).lower()) if self.error else ""
        for field in sorted(self.step.change.fields):
            if f"_{field.strip('_')}_" in f"_{words}_":
                return replace(self, location=stack.field_location(self.ref, field.strip("_")))
        return replace(self, location=stack.location(self.ref))


@dataclass(frozen=True)
class Report:
    """The results of an apply. A change is done when all of its steps are.

    `plan_notices` are those of the plan, for the formats that show no plan before the report. `again` are
    the commands that do what is left.
    """

    results: tuple[Result, ...]
    notices: tuple[str, ...] = ()
    interrupted: bool = False
    plan_notices: tuple[str, ...] = ()
    again: tuple[str, ...] = ()

    @property
    def all_notices(self) -> tuple[str, ...]:
        return (*self.plan_notices, *self.notices)

    @property
    def complete(self) -> bool:
        return not self.interrupted and all(result.outcome is StepOutcome.DONE for result in self.results)

    def located(self, stack: Stack) -> Report:
        """The same, with the place in the files of everything that failed."""
        return replace(self, results=tuple(result.located(stack) for result in self.results))

    @property
    def not_done(self) -> tuple[Ref, ...]:
        """The objects of which something is left to do."""
        left = {result.ref for result in self.results if result.outcome is not StepOutcome.DONE}
        return tuple(sorted(left))

    @property
    def passing(self) -> bool:
        """Whether running again may do what is left, without a correction by anybody."""
        return all(result.error.passing for result in self.results if result.error)

    def of(self, *outcomes: StepOutcome) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.outcome in outcomes)
