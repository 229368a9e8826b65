"""What the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pdslack_cli.errors import Location, PdslackError, Problem


class FindingLevel(StrEnum):
    """Whether it is well, apply works but does not all that is meant, or apply would fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class DoctorFinding:
    """One thing that was checked: `check` is the topic, `cure` what to do where it is not well."""

    level: FindingLevel
    check: str
    what: str
    cure: str = ""
    location: Location | None = None

    @classmethod
    def of_error(
        cls, check: str, error: PdslackError, level: FindingLevel = FindingLevel.ERROR
    ) -> DoctorFinding:
        """That the check did not come to its end, since something it needs is not well."""
        return cls(level, check, str(error), error.hint)

    @classmethod
    def of_problem(
        cls, check: str, problem: Problem, level: FindingLevel = FindingLevel.ERROR
    ) -> DoctorFinding:
        """That an entry has a problem."""
        return cls(level, check, problem.message, problem.hint, problem.location)
