"""What the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pdslack_cli.errors import Mark, PdslackError, Problem


class Level(StrEnum):
    """Whether it is well, apply works but does not all that is meant, or apply would fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: `check` is the topic, `cure` what to do where it is not well."""

    level: Level
    check: str
    what: str
    cure: str = ""
    mark: Mark | None = None

    @classmethod
    def of_error(cls, check: str, error: PdslackError, level: Level = Level.ERROR) -> Finding:
        """That the check did not come to its end, since something it needs is not well."""
        return cls(level, check, str(error), error.hint)

    @classmethod
    def of_problem(cls, check: str, problem: Problem, level: Level = Level.ERROR) -> Finding:
        """That an entry has a problem."""
        return cls(level, check, problem.message, problem.hint, problem.mark)
