"""The results of test cases: as text with the trace that decided, as JSON, and as JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from pdslack_cli.errors import Mark
from pdslack_cli.model import Json
from pdslack_cli.render.diff import shown
from pdslack_cli.render.trace import TITLES, add_steps, plain
from pdslack_cli.routing.run_cases import CaseResult, Failure, PlacedRule, Results


def print_results(results: Results, marks: Sequence[Mark], console: Console, *, quiet: bool = False) -> None:
    """A line for each case, the whole story of those that failed, and the rules that no case reached."""
    for result, mark in zip(results.cases, marks, strict=True):
        if result.failures:
            console.print(Text(f"✗ {result.case.name}  ({mark})", style="bold red"), soft_wrap=True)
            for failure in result.failures:
                _print_failure(failure, result, console)
        elif not quiet:
            console.print(Text(f"✓ {result.case.name}", style="green"), soft_wrap=True)
    if results.unreached and not quiet:
        console.print("\nRules that no case reached:")
        for placed in results.unreached:
            console.print(f"  {rule_name(placed)}", soft_wrap=True)
    console.print(Text(f"\n{summary(results)}", style="bold"))


def _print_failure(failure: Failure, result: CaseResult, console: Console) -> None:
    which = f"event {failure.event}: " if len(result.traces) > 1 else ""
    console.print(f"    {which}{failure.field}")
    console.print(f"      expected: {shown(plain(failure.expected))}", soft_wrap=True)
    console.print(f"      got:      {shown(plain(failure.got))}", soft_wrap=True)
    if failure.steps:
        tree = Tree("because:", guide_style="dim")
        add_steps(tree, failure.steps)
        console.print(tree)


def summary(results: Results) -> str:
    """The counts, in the words that every test runner uses."""
    failed = len(results.failed)
    reached = results.rules - len(results.unreached)
    return (
        f"{len(results.cases) - failed} passed, {failed} failed; {reached} of {results.rules} rules reached"
    )


def rule_name(placed: PlacedRule) -> str:
    return f"{TITLES[placed.path].format(placed.owner)}: {placed.rule.name}"


def results_json(results: Results, marks: Sequence[Mark]) -> Json:
    """The same for programs."""
    return {
        "passed": len(results.cases) - len(results.failed),
        "failed": len(results.failed),
        "rules": results.rules,
        "rules_unreached": [rule_name(placed) for placed in results.unreached],
        "cases": [
            {
                "name": result.case.name,
                "file": mark.file,
                "line": mark.line,
                "passed": not result.failures,
                "failures": [
                    {
                        "event": failure.event,
                        "field": failure.field,
                        "expected": plain(failure.expected),
                        "got": plain(failure.got),
                    }
                    for failure in result.failures
                ],
            }
            for result, mark in zip(results.cases, marks, strict=True)
        ],
    }


def results_junit(results: Results, marks: Sequence[Mark]) -> str:
    """JUnit XML, as CI systems read it."""
    suite = ET.Element(
        "testsuite", name="pdslack", tests=str(len(results.cases)), failures=str(len(results.failed))
    )
    for result, mark in zip(results.cases, marks, strict=True):
        case = ET.SubElement(
            suite, "testcase", name=result.case.name, classname="pdslack", file=mark.file, line=str(mark.line)
        )
        for failure in result.failures:
            message = f"{failure.field}: expected {plain(failure.expected)!r}, got {plain(failure.got)!r}"
            ET.SubElement(case, "failure", message=message).text = message
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
