"""The coverage of services as text, Markdown and JSON: every hole by name."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from pdslack_cli.analysis.oncall.coverage import CoverageHole, ServiceCoverage
from pdslack_cli.errors import Problem
from pdslack_cli.model import Json
from pdslack_cli.render.output.console import print_prose
from pdslack_cli.render.output.markdown import COMMENT_LIMIT, Block, document, fenced, marker
from pdslack_cli.render.output.safe import safe_line


def print_coverage(coverage: ServiceCoverage, console: Console, *, quiet: bool = False) -> None:
    """Print every hole, then a summary; with `quiet` no notes."""
    for hole in coverage.holes:
        print_prose(console, Text(safe_line(hole_sentence(hole)), style="bold red"))
    for ref in () if quiet else coverage.missing:
        print_prose(console, Text(safe_line(f"Note: {ref} is not in PagerDuty yet"), style="cyan"))
    print_prose(console, Text(coverage_summary(coverage), style="bold"))


def hole_sentence(hole: CoverageHole) -> str:
    """Name a hole and its reason."""
    return f"{hole.service}: {hole.reason} from {_shown(hole.start)} to {_shown(hole.end)} UTC"


def coverage_summary(coverage: ServiceCoverage) -> str:
    period = f"from {_shown(coverage.since)} to {_shown(coverage.until)} UTC"
    count = len(coverage.services)
    services = f"{count} service{'s' * (count != 1)}"
    if not coverage.holes:
        return f"No holes in {services} {period}."
    holes = f"{len(coverage.holes)} hole{'s' * (len(coverage.holes) != 1)}"
    where = len({hole.service for hole in coverage.holes})
    return f"{holes} in {where} of {services} {period}."


def coverage_json(coverage: ServiceCoverage) -> Json:
    """Return the coverage for programs; instants are in UTC."""
    return {
        "since": _stamp(coverage.since),
        "until": _stamp(coverage.until),
        "covered": not coverage.holes,
        "services": [str(ref) for ref in coverage.services],
        "missing": [str(ref) for ref in coverage.missing],
        "holes": [
            {
                "service": str(hole.service),
                "from": _stamp(hole.start),
                "to": _stamp(hole.end),
                "reason": safe_line(hole.reason),
            }
            for hole in coverage.holes
        ],
    }


def coverage_markdown(coverage: ServiceCoverage, owner: str, limit: int = COMMENT_LIMIT) -> str:
    """Return the coverage as Markdown of at most `limit` bytes."""
    head = f"{marker('coverage', owner)}\n## pdslack coverage: `{owner}`\n\n**{coverage_summary(coverage)}**"
    blocks = [Block(fenced(safe_line(hole_sentence(hole))), "hole") for hole in coverage.holes]
    return document(head, blocks, limit=limit)


def coverage_problems(coverage: ServiceCoverage) -> list[Problem]:
    """Return the holes as problems, for formats that annotate."""
    return [Problem(hole_sentence(hole)) for hole in coverage.holes]


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %Y-%m-%d %H:%M}"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
