"""Results of test cases as text with traces, as JSON, and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import methodcaller
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from pdslack_cli.errors import Location, Problem
from pdslack_cli.model import Json
from pdslack_cli.render.output.console import as_text
from pdslack_cli.render.output.markdown import COMMENT_LIMIT, Block, document, fenced, marker
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.lines import shown
from pdslack_cli.render.trace import TITLES, Places, add_steps, plain
from pdslack_cli.routing.simulate.trace import TraceStep
from pdslack_cli.routing.testing.run_cases import CaseResult, Failure, PlacedRule, Results

MOST_SHOWN = 12  # rules in a row


@dataclass(frozen=True)
class CaseReport:
    """A run of the cases of a stack, with the locations of cases and rules.

    `dead` are the lint findings about rules that no event can reach.
    """

    results: Results
    locations: Sequence[Location]
    places: Places
    dead: Sequence[Problem]

    @property
    def placed(self) -> Iterable[tuple[CaseResult, Location]]:
        return zip(self.results.cases, self.locations, strict=True)

    @property
    def unreached(self) -> Sequence[PlacedRule]:
        """The rules that no case reached, in the order of the files."""
        nowhere = Location("", 0, 0)
        return sorted(self.results.unreached, key=lambda placed: self.places.get(placed.key, nowhere))

    @property
    def unverified(self) -> Mapping[str, int]:
        """The undocumented behaviour that cases depend on, with the number of cases."""
        return Counter(
            reading.value
            for result in self.results.cases
            for reading in {reading for trace in result.traces for reading in trace.unverified}
        )


def print_report(report: CaseReport, console: Console, *, quiet: bool = False) -> None:
    """Print a line per case, the details of failures, and the rules that no case reached."""
    for result, location in report.placed:
        if result.failures:
            console.print(_story(result, location, report.places))
        elif not quiet:
            console.print(Text(f"✓ {safe_line(result.case.name)}", style="green"), soft_wrap=True)
    if not quiet:
        _print_coverage(report, console)
    console.print(Text(summary(report.results), style="bold"), soft_wrap=True)


def _story(result: CaseResult, location: Location, places: Places) -> Tree:
    """Yield the details of a failure: the differences, and the rules up to the one that decided."""
    title = Text.assemble(
        (f"✗ {safe_line(result.case.name)}", "bold red"), (f"  {location.file}:{location.line}", "dim")
    )
    story = Tree(title, guide_style="dim")
    for event, failures in groupby(result.failures, key=lambda failure: failure.event):
        branch = story.add(f"event {event} of {len(result.traces)}") if len(result.traces) > 1 else story
        decided: tuple[TraceStep, ...] = ()
        for failure in failures:
            branch.add(Text(_sentence(failure), style="red"))
            decided = max(decided, failure.steps, key=len)
        add_steps(branch, decided, places, most=MOST_SHOWN)
    return story


def _sentence(failure: Failure) -> str:
    expected, got = (safe_line(shown(plain(value))) for value in (failure.expected, failure.got))
    reason = f" ({failure.reason})" if failure.reason else ""
    return f"{failure.field}: expected {expected}, got {got}{reason}"


def _print_coverage(report: CaseReport, console: Console) -> None:
    if report.unreached:
        console.print("\nNo case reached these rules:", style="yellow")
        for placed in report.unreached[:MOST_SHOWN]:
            console.print(_rule_line(placed, report.places), soft_wrap=True)
        if len(report.unreached) > MOST_SHOWN:
            console.print(f"  and {len(report.unreached) - MOST_SHOWN} more (`--format json` lists all)")
    if report.dead:
        console.print("\nNo event can reach these rules:", style="yellow")
        for problem in report.dead:
            place = f"{problem.location.file}:{problem.location.line}: " if problem.location else ""
            console.print(f"  {place}{safe_line(problem.message)}", soft_wrap=True)
    if report.unverified:
        console.print("\nThis relies on behaviour that PagerDuty does not document:")
        for reading, cases in sorted(report.unverified.items()):
            console.print(f"  - {reading} ({cases} case{'' if cases == 1 else 's'})", soft_wrap=True)
    console.print()


def _rule_line(placed: PlacedRule, places: Places) -> Text:
    place = places.get(placed.key)
    return Text.assemble(f"  {rule_name(placed)}", (f"  {place.file}:{place.line}" if place else "", "dim"))


def rule_name(placed: PlacedRule) -> str:
    """Return the name of a rule and of its path."""
    return f"{TITLES[placed.path].format(placed.owner)}: {safe_line(placed.rule.name)}"


def summary(results: Results) -> str:
    """Return the counts, in the usual words of test runners."""
    failed = len(results.failed)
    reached = results.rules - len(results.unreached)
    return (
        f"{len(results.cases) - failed} passed, {failed} failed; {reached} of {results.rules} rules reached"
    )


def problems_of(report: CaseReport) -> list[Problem]:
    """Return the failures as problems at the locations of the cases."""
    return [
        Problem(f"{result.case.name}: {'; '.join(map(_sentence, result.failures))}", location)
        for result, location in report.placed
        if result.failures
    ]


def report_json(report: CaseReport) -> Json:
    """Return the results as JSON."""
    results = report.results
    return {
        "passed": len(results.cases) - len(results.failed),
        "failed": len(results.failed),
        "rules": results.rules,
        "unreached_rules": [_rule_json(placed, report.places) for placed in report.unreached],
        "unreachable_rules": [
            {"rule": problem.message, **_place_json(problem.location)} for problem in report.dead
        ],
        "unverified": dict(sorted(report.unverified.items())),
        "cases": [
            {
                "name": result.case.name,
                **_place_json(location),
                "passed": not result.failures,
                "failures": [_failure_json(failure) for failure in result.failures],
            }
            for result, location in report.placed
        ],
    }


def _rule_json(placed: PlacedRule, places: Places) -> Json:
    return {"rule": rule_name(placed), **_place_json(places.get(placed.key))}


def _place_json(location: Location | None) -> Json:
    return {"file": location.file if location else None, "line": location.line if location else None}


def _failure_json(failure: Failure) -> Json:
    reason = {"reason": failure.reason} if failure.reason else {}
    return {
        "event": failure.event,
        "field": failure.field,
        "expected": plain(failure.expected),
        "got": plain(failure.got),
        **reason,
    }


def report_junit(report: CaseReport) -> str:
    """Return the results as JUnit XML; the text of a failure contains its details."""
    results = report.results
    suite = ET.Element(
        "testsuite", name="pdslack", tests=str(len(results.cases)), failures=str(len(results.failed))
    )
    for result, location in report.placed:
        where = {"classname": location.file, "file": location.file, "line": str(location.line)}
        case = ET.SubElement(suite, "testcase", {"name": safe_line(result.case.name), **where})
        if result.failures:
            story = _story(result, location, report.places)
            failure = ET.SubElement(case, "failure", message="; ".join(map(_sentence, result.failures)))
            failure.text = as_text(methodcaller("print", story))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def report_markdown(report: CaseReport, owner: str, limit: int = COMMENT_LIMIT) -> str:
    """Return the results as Markdown: failures, rules that no case reached, and folded successes."""
    head = f"{marker('test', owner)}\n## pdslack test: `{owner}`\n\n**{summary(report.results)}**"
    return document(head, list(_blocks(report)), limit=limit)


def _blocks(report: CaseReport) -> Iterable[Block]:
    for result, location in report.placed:
        if result.failures:
            story = _story(result, location, report.places)
            yield Block(fenced(as_text(methodcaller("print", story)).rstrip()), "failed case")
    if coverage := as_text(partial(_print_coverage, report)).strip():
        yield Block(fenced(coverage), "list of rules")
    passed = [f"✓ {safe_line(result.case.name)}" for result in report.results.cases if not result.failures]
    if passed:
        lines = fenced("\n".join(passed))
        yield Block(f"<details><summary>Passed</summary>\n\n{lines}\n\n</details>", "list of cases")
