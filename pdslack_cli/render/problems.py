"""Problems as text and as the JSON of Terraform's tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from pdslack_cli.config.sources.files import read_bytes
from pdslack_cli.config.yaml.positions import lines
from pdslack_cli.errors import Location, Problem, Severity
from pdslack_cli.render.output.console import NARROWEST, print_prose
from pdslack_cli.render.output.safe import safe_line

VALIDATION_VERSION = "1.0"  # of Terraform's JSON for validations, which we follow
COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
MOST_SHOWN = 100  # problems
LONGEST_LINE = 2000  # characters of a source line that is shown
NOUNS = {Severity.ERROR: "problem", Severity.WARNING: "warning", Severity.INFO: "notice"}


def print_problems(problems: Sequence[Problem], console: Console) -> None:
    """Print each problem with its source line and hint, in the order of the files, and how many there are.

    Nothing that looks like a secret is shown, neither in a source line nor in a message.
    """
    shown, more = first_of(problems)
    for problem, snippet in _with_snippets(shown):
        place = f"{problem.location}: " if problem.location else ""
        noun = "" if problem.severity is Severity.ERROR else f"{NOUNS[problem.severity]}: "
        message = (noun + safe_line(problem.message), COLOURS[problem.severity])
        print_prose(console, Text.assemble((place, "bold"), message), hang=2)
        hint = safe_line(problem.hint)
        if problem.location and snippet:
            _print_snippet(console, problem.location.line, snippet, hint)
        elif hint:
            print_prose(console, Text(f"  {hint}", style="cyan"), hang=2)
        _print(console)
    if problems:
        _print(console, (f"{tally(problems)}{f', of which {len(shown)} are shown' if more else ''}.", "bold"))


def _print_snippet(console: Console, line: int, snippet: _Snippet, hint: str) -> None:
    """Print a source line with its number, and the hint at the problem, or below it if there is no room."""
    number = f"  {line} | "
    gutter = f"{' ' * (len(number) - 2)}| "
    code, indent = _clipped(snippet, console.width - len(number))
    _print(console, (number, "dim"), (code, ""))
    pointer = Text.assemble((gutter, "dim"), (f"{indent}^", "red"), (f" {hint}".rstrip(), "cyan"))
    if cell_len(pointer.plain) <= console.width or not console.is_terminal:
        console.print(pointer, soft_wrap=True)
        return
    _print(console, (gutter, "dim"), (f"{indent}^", "red"))
    for part in Text(hint, style="cyan").wrap(console, max(console.width - len(gutter), NARROWEST)):
        part.rstrip()
        console.print(Text(gutter, style="dim") + part, soft_wrap=True)


def first_of(problems: Sequence[Problem]) -> tuple[Sequence[Problem], int]:
    """Return the most severe problems, as many as are shown, and the number of the others."""
    if len(problems) <= MOST_SHOWN:
        return problems, 0
    ranks = list(NOUNS)
    ordered = sorted(problems, key=lambda problem: (ranks.index(problem.severity), _place(problem)))
    return ordered[:MOST_SHOWN], len(problems) - MOST_SHOWN


def tally(problems: Sequence[Problem]) -> str:
    """`1 problem, 2 warnings`."""
    counts = {noun: _count(problems, severity) for severity, noun in NOUNS.items()}
    return ", ".join(
        f"{count} {noun}" + ("" if count == 1 else "s") for noun, count in counts.items() if count
    )


def _count(problems: Iterable[Problem], severity: Severity) -> int:
    return sum(problem.severity is severity for problem in problems)


def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return problems as the `diagnostics` of `terraform validate -json` (`cli-conventions.md` 3.3)."""
    return [_diagnostic(problem, snippet) for problem, snippet in _with_snippets(problems, MOST_SHOWN)]


def problems_document(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the document of `terraform validate -json`, the output of every failed command."""
    errors = _count(problems, Severity.ERROR)
    return {
        "format_version": VALIDATION_VERSION,
        "valid": not errors,
        "errored": bool(errors),
        "error_count": errors,
        "warning_count": _count(problems, Severity.WARNING),
        "diagnostics": problems_json(problems),
    }


class _Snippet(NamedTuple):
    """A source line, and the number of characters before the problem."""

    code: str
    before: int


def _place(problem: Problem) -> tuple[str, int, int]:
    return (problem.location or Location("", 0, 0))[:3]


def _with_snippets(
    problems: Iterable[Problem], most: int | None = None
) -> Iterator[tuple[Problem, _Snippet | None]]:
    """Sort problems by location, and add source lines to the first ones, if their file is readable.

    Searching every line for secrets takes time, so neither long lines nor very many are shown.
    """
    files: dict[str, list[str]] = {}
    for count, problem in enumerate(sorted(problems, key=_place)):
        location = problem.location
        if most is not None and count >= most:
            yield problem, None
            continue
        if location and location.file not in files:
            files[location.file] = lines(_read(location.file))
        line = (
            files[location.file][location.line - 1]
            if location and location.line <= len(files[location.file])
            else ""
        )
        line = "" if len(line) > LONGEST_LINE else line
        before = len(safe_line(line[: location.column - 1])) if location else 0
        yield problem, _Snippet(safe_line(line), before) if line else None


def _read(file: str) -> str:
    try:
        return read_bytes(Path(file)).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""  # that it cannot be read is a problem of its own


def _clipped(snippet: _Snippet, width: int) -> tuple[str, str]:
    """Return as much of the line around the problem as fits, and the padding before the problem."""
    first = max(0, snippet.before - width // 2) if cell_len(snippet.code) > width else 0
    before = snippet.code[first : snippet.before]
    return set_cell_size(snippet.code[first:], width).rstrip(), " " * cell_len(before)


def _diagnostic(problem: Problem, snippet: _Snippet | None) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "severity": str(problem.severity),
        "summary": safe_line(problem.summary),
        "detail": safe_line(problem.hint),
    }
    if problem.lint:
        diagnostic["lint"] = problem.lint
    if problem.location:
        line, column = problem.location.line, problem.location.column
        diagnostic["range"] = {
            "filename": problem.location.file,
            "start": {"line": line, "column": column},
            "end": {"line": line, "column": column + 1},
        }
    if problem.location and snippet:
        diagnostic["snippet"] = {
            "context": None,
            "code": snippet.code,
            "start_line": problem.location.line,
            "highlight_start_offset": snippet.before,
            "highlight_end_offset": snippet.before + 1,
            "values": [],
        }
    return diagnostic


def _print(console: Console, *parts: tuple[str, str]) -> None:
    # Text, not a string: what a user wrote in [brackets] is never markup.
    console.print(Text.assemble(*parts), soft_wrap=True)
