"""The results of an apply as text: a line per step as it ends, and a report at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.order import Phase, PlanStep
from pdslack_cli.engine.report import Report, Result, StepOutcome
from pdslack_cli.errors import ApiError, AuthError
from pdslack_cli.model import Json
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.wording import Tally, counts, retired, tally_json, tally_of

DONE = {
    Action.CREATE: "Creation complete",
    Action.UPDATE: "Modifications complete",
    Action.REPLACE: "Replacement created",
    Action.DELETE: "Destruction complete",
    Action.ADOPT: "Adoption complete",
    Action.RESTORE: "Restored",
    Action.RELEASE: "Released",
}
STYLES = {StepOutcome.DONE: "green", StepOutcome.SKIPPED: "yellow"}


def print_result(result: Result, console: Console) -> None:
    """Print one line when a step ends."""
    if result.outcome is not StepOutcome.NOT_STARTED:
        console.print(Text(safe_line(result_line(result)), style=STYLES.get(result.outcome, "red")))


def result_line(result: Result) -> str:
    """Return the line of a step's result."""
    because = f" ({result.because})" if result.because else ""
    if result.outcome is StepOutcome.DONE:
        return f"{result.ref}: {_done(result.step)}{because}"
    return f"{result.ref}: {result.outcome.value.capitalize()}{because}"


def failures(report: Report) -> list[list[str]]:
    """Return the lines of each failure. The same missing permission is reported once."""
    alike: dict[object, list[Result]] = {}
    for result in report.of(StepOutcome.FAILED, StepOutcome.UNKNOWN):
        error = result.error
        key: object = len(alike)
        if isinstance(error, AuthError):
            key = error.provider, error.status, error.code, error.hint
        alike.setdefault(key, []).append(result)
    return [error_lines(*results) for results in alike.values()]


def error_lines(first: Result, *others: Result) -> list[str]:
    """Return why a step failed, and what to do; other steps failed for the same reason."""
    refs = ", ".join(str(result.ref) for result in (first, *others))
    hint = first.error.hint if first.error else ""
    place = f"{first.location}: " if first.location and first.error else ""
    return [f"Error: {place}{refs}: {first.error}", *([f"  {hint}"] if hint else [])]


def _done(step: PlanStep) -> str:
    if step.phase is Phase.RENAME_TEMPORARILY:
        return "Name given up"
    if step.phase is Phase.LET_GO:
        return "Let go of what others take"
    if step.phase is Phase.REPOINT:
        return "References moved"
    if step.phase is Phase.DEDUPLICATE:
        return "Withdrawn"
    if step.phase is Phase.SHRINK:
        return "Removals complete"
    if step.phase is Phase.REMOVE and step.change.action is Action.REPLACE:
        return DONE[Action.DELETE]
    return retired(step.change).capitalize() or DONE[step.change.action]


def print_report(report: Report, stdout: Console, stderr: Console, *, destroying: bool) -> None:
    """Print what was done, what was not and why, and which command to run next."""
    for notice in report.notices:
        stderr.print(Text(f"Note: {safe_line(notice)}", style="cyan"))
    for lines in failures(report):
        error, *hint = map(safe_line, lines)
        stderr.print(Text(error, style="bold red"))
        for line in hint:
            stderr.print(Text(line))
    stdout.print(Text(apply_summary(report, destroying=destroying), style="bold"))
    if not report.complete:
        stderr.print(Text(f"Not done: {', '.join(map(str, report.not_done))}."))
        stderr.print(Text(next_step(report)), soft_wrap=True)


def next_step(report: Report, code: Callable[[str], str] = "`{}`".format) -> str:
    """Return what to do about an incomplete run; `code` puts a command into the sentence."""
    commands = " and ".join(map(code, report.again))
    first = "Run" if report.passing else "Settle what the errors name, then run"
    return f"{first} {commands}: {'it does' if len(report.again) == 1 else 'they do'} what is left."


def apply_summary(report: Report, *, destroying: bool = False) -> str:
    """Return the summary line that scripts parse; never reworded. It counts only what was done."""
    done = done_tally(report)
    verb = "Destroy" if destroying else "Apply"
    head = f"{verb} complete!" if report.complete else f"{verb} incomplete."
    if destroying:
        parts = (
            (done.destroys, "destroyed"),
            (done.archives, "archived"),
            (done.disables, "disabled"),
            (done.changes, "released"),
        )
        words = ", ".join(f"{count} {word}" for count, word in parts if count or word == "destroyed")
    else:
        words = counts(done, "imported", "added", "changed", "destroyed", "archived", "disabled")
    return f"{head} Resources: {words}."


def done_tally(report: Report) -> Tally:
    """Count what was done of a plan."""
    return tally_of(_done_parts(report))


def _done_parts(report: Report) -> Iterator[tuple[Change, bool, bool]]:
    """Yield each change with whether its new object was created, and whether its old one was removed."""
    done = {(result.step.change, result.step.phase) for result in report.of(StepOutcome.DONE)}
    for change in dict.fromkeys(result.step.change for result in report.results):
        yield change, (change, Phase.GROW) in done, (change, Phase.REMOVE) in done


def report_json(report: Report, *, destroying: bool) -> Json:
    """Return the report as JSON."""
    return {
        "complete": report.complete,
        "interrupted": report.interrupted,
        "summary": apply_summary(report, destroying=destroying),
        "change_summary": tally_json(done_tally(report)),
        "results": [_result_json(result) for result in report.results],
        "notices": [mask_tokens(notice) for notice in report.all_notices],
    }


def _result_json(result: Result) -> Json:
    document: dict[str, Any] = {
        "address": str(result.ref),
        "action": result.step.change.action.name.lower(),
        "step": result.step.phase.value,
        "outcome": result.outcome.value,
    }
    if result.because:
        document["because"] = mask_tokens(result.because)
    if result.error is not None:
        document |= {"error": mask_tokens(str(result.error)), "remediation": mask_tokens(result.error.hint)}
        if isinstance(result.error, ApiError):
            document |= {
                "provider": result.error.provider,
                "http_status": result.error.status,
                "request_id": result.error.request_id,
            }
    return document


def print_start(change: Change, console: Console) -> None:
    """Print that a step started, so that long runs show activity."""
    verb = _RETIRING.get(retired(change)) or _STARTING[change.action]
    console.print(Text(safe_line(f"{change.ref}: {verb}..."), style="dim"))


_STARTING = {
    Action.CREATE: "Creating",
    Action.UPDATE: "Modifying",
    Action.REPLACE: "Replacing",
    Action.DELETE: "Destroying",
    Action.ADOPT: "Adopting",
    Action.RESTORE: "Restoring",
    Action.RELEASE: "Releasing",
}
_RETIRING = {"archived": "Archiving", "disabled": "Disabling"}
