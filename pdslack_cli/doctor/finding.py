"""The findings of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pdslack_cli.errors import Location, PdslackError, Problem


class FindingLevel(StrEnum):
    """The severity of a finding: fine, apply has less effect than intended, or apply would fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class DoctorFinding:
    """The result of a check: `check` is its topic, `cure` what to do about a fault."""

    level: FindingLevel
    check: str
    what: str
    cure: str = ""
    location: Location | None = None

    @classmethod
    def of_error(
        cls, check: str, error: PdslackError, level: FindingLevel = FindingLevel.ERROR
    ) -> DoctorFinding:
        """The finding of a check that an error ended."""
        return cls(level, check, str(error), error.hint)

    @classmethod
    def of_problem(
        cls, check: str, problem: Problem, level: FindingLevel = FindingLevel.ERROR
    ) -> DoctorFinding:
        """The finding of a problem with an entry."""
        return cls(level, check, problem.message, problem.hint, problem.location)
