"""A plan as text for a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from pdslack_cli.render.on_call.changes import on_call_lines
from pdslack_cli.render.output.console import print_prose
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.lines import Line
from pdslack_cli.render.plan.shown import ShownChange, ShownPlan

COLOURS = {"+": "green", "~": "yellow", "+/-": "magenta", "-": "red", "<": "cyan", "^": "cyan", ".": "cyan"}

_NOT_SAVED = (
    "Note: You didn't use --out to save this plan, so pdslack can't guarantee to take exactly these actions "
    "if you run `pdslack apply` now. This takes exactly these, or none:"
)


def print_plan(plan: ShownPlan, console: Console, *, quiet: bool = False) -> None:
    """Print the plan; with `quiet` only its summary line."""
    if not quiet and plan.changes:
        if plan.impact:
            print_prose(console, Text(plan.impact, style="bold"))
            console.print()
        _print_legend(plan, console)
        for change in plan.changes:
            _print_change(change, console)
    if not quiet:
        _print_on_call(plan, console)
        for notice in plan.notices:
            print_prose(console, Text(f"Note: {safe_line(notice)}", style="cyan"), hang=2)
    console.print(Text(plan.summary, style="bold"))


def print_saved(path: Path, command: str, console: Console) -> None:
    """Print where a plan was saved, and how to apply it."""
    console.print(Text(f"\nSaved the plan to: {path}"), soft_wrap=True)
    console.print("\nTo perform exactly these actions, run:")
    console.print(Text(f"    {command}"), soft_wrap=True)


def print_exact(command: str, console: Console) -> None:
    """Print how to apply a plan that was not saved."""
    console.print()
    print_prose(console, Text(_NOT_SAVED))
    console.print(Text(f"    {command}"), soft_wrap=True)


def _print_legend(plan: ShownPlan, console: Console) -> None:
    console.print("Resource actions are indicated with the following symbols:")
    for symbol, style in COLOURS.items():
        meanings = {change.meaning for change in plan.changes if change.symbol == symbol}
        if meanings:
            console.print(
                Text(f"{symbol:>3} ", style=style) + Text(", or ".join(sorted(meanings, reverse=True)))
            )
    console.print("\npdslack will perform the following actions:\n")


def _print_on_call(plan: ShownPlan, console: Console) -> None:
    if not plan.on_call:
        return
    for one in plan.on_call:
        for alert in one.alerts:
            print_prose(console, Text(f"ON CALL: {alert}", style="bold red"), hang=2)
    console.print("On call before and after, in the coming 14 days:")
    for line in on_call_lines(plan.on_call):
        console.print(Text(f"  {line}", style="" if line.startswith(" ") else "bold"), soft_wrap=True)
    console.print()


def _print_change(change: ShownChange, console: Console) -> None:
    console.print(Text(f"  # {change.address} {change.sentence}", style="bold"))
    for warning in change.warnings:
        print_prose(console, Text(f"  # WARNING: {safe_line(warning)}", style="bold red"), hang=4)
    console.print(Text(f"{change.symbol:>3} ", style=COLOURS.get(change.symbol, "")) + Text(change.title))
    # At once: rich asks for the terminal and its size at each print.
    console.print(Text("\n").join([*map(_line, change.lines), Text()]), soft_wrap=True)


def _line(line: Line) -> Text:
    indent = "    " * (line.depth + 1) + "  "
    return Text.assemble(indent, (f"{line.symbol or ' '} ", COLOURS.get(line.symbol, "")), line.text)
