"""A plan as people read it: Terraform's words and symbols over the names of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from pdslack_cli.engine.change import Action, Change, Plan, Scope
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.difference import differences_of
from pdslack_cli.render.plan.lines import Line, lines_of

SENTENCES = {
    Action.CREATE: "will be created",
    Action.UPDATE: "will be updated in-place",
    Action.REPLACE: "must be replaced",
    Action.DELETE: "will be destroyed",
    Action.ADOPT: "will be adopted",
    Action.RESTORE: "will be restored",
    Action.RELEASE: "will no longer be managed",
}
COLOURS = {"+": "green", "-": "red", "~": "yellow", "<": "cyan", "^": "cyan", ".": "cyan", "+/-": "magenta"}
LEGEND = {
    Action.CREATE: "create",
    Action.UPDATE: "update in-place",
    Action.REPLACE: "create replacement, then destroy",
    Action.DELETE: "destroy",
    Action.ADOPT: "adopt (put our mark on it)",
    Action.RESTORE: "restore (unarchive)",
    Action.RELEASE: "release (take our mark off)",
}
ARCHIVE = "archive (can be brought back)"
MOST_NAMED = 5  # objects in a summary


def print_plan(plan: Plan, console: Console, *, quiet: bool = False) -> None:
    """The whole plan; with `quiet` its summary line only."""
    if not quiet and plan.changes:
        _print_legend(plan, console)
        for change in plan.changes:
            _print_change(change, console)
    if not quiet:
        for notice in plan.notices:
            console.print(Text(f"Note: {safe_line(notice)}", style="cyan"))
    console.print(Text(summary(plan), style="bold"))


def print_saved(path: Path, command: str, console: Console) -> None:
    """Where a plan was saved, and how to apply it."""
    console.print(Text(f"\nSaved the plan to: {path}"), soft_wrap=True)
    console.print("\nTo perform exactly these actions, run:")
    console.print(Text(f"    {command}"), soft_wrap=True)


def print_exact(command: str, console: Console) -> None:
    """How to apply a plan that was not saved."""
    console.print(
        "\nNote: You didn't use --out to save this plan, so pdslack can't guarantee to take exactly\n"
        "these actions if you run `pdslack apply` now. This takes exactly these, or none:"
    )
    console.print(Text(f"    {command}"), soft_wrap=True)


def _print_legend(plan: Plan, console: Console) -> None:
    console.print("Resource actions are indicated with the following symbols:")
    for action, meaning in LEGEND.items():
        meanings = {ARCHIVE if is_archived(change) else meaning for change in plan.of(action)}
        if meanings:
            symbol = Text(f"{action.value:>3} ", style=COLOURS[action.value])
            console.print(symbol + Text(", or ".join(sorted(meanings, reverse=True))))
    console.print("\npdslack will perform the following actions:\n")


def _print_change(change: Change, console: Console) -> None:
    console.print(Text(f"  # {safe_line(str(change.ref))} {sentence(change)}", style="bold"))
    for warning in change.warnings:
        console.print(Text(f"  # WARNING: {safe_line(warning)}", style="bold red"))
    symbol = change.action.value
    called = f'{change.kind.title} "{safe_line(change.display_name)}"'
    console.print(Text(f"{symbol:>3} ", style=COLOURS[symbol]) + Text(called))
    for line in change_lines(change):
        indent = "    " * (line.depth + 1) + "  "
        console.print(
            Text(indent)
            + Text(f"{line.symbol or ' '} ", style=COLOURS.get(line.symbol, ""))
            + Text(line.text),
            soft_wrap=True,
        )
    console.print()


def is_archived(change: Change) -> bool:
    """Whether what goes is put away, from where it can come back."""
    return change.action is Action.DELETE and change.kind.archives_on_delete


def sentence(change: Change) -> str:
    """What becomes of the object, and why where that is not plain to see."""
    words = "will be archived" if is_archived(change) else SENTENCES[change.action]
    if change.action is Action.REPLACE:
        fixed = ", ".join(sorted(set(change.fields) & change.kind.fixed_fields))
        return f"{words} ({f'{fixed} cannot be changed' if fixed else f'because {change.reason}'})"
    if change.action is Action.ADOPT and change.fields:
        return f"{words}, then updated"
    return f"{words} (because {change.reason})" if change.reason else words


def change_lines(change: Change) -> Iterator[Line]:
    """What happens inside the object, safe to print; nothing for what goes whole."""
    for line in _lines(change):
        yield line._replace(text=safe_line(line.text))


def _lines(change: Change) -> Iterator[Line]:
    creating = change.before is None
    differences = differences_of(change)
    for one in differences:
        # What a new object is without is no news, unless the file says null.
        if not (creating and one.after in ([], {}, "")):
            yield from lines_of(one, 0)
    before = change.words.before
    hidden = len(before) - len({one.name for one in differences} & before.keys()) if before else 0
    if hidden and change.after:
        yield Line(0, " ", f"# ({hidden} unchanged fields hidden)")


def matches(plan: Plan) -> bool:
    """Whether the plan has found that all is as the files say."""
    return plan.scope is Scope.FILES and not (plan.changes or plan.problems or plan.left_out)


def summary(plan: Plan) -> str:
    """The line that scripts look for; never reworded."""
    if plan.changes:
        words = f"Plan: {counts(tally(plan.changes), *PLANNED)}."
    elif plan.problems:
        words = "No changes are planned because of the problems."
    elif plan.left_out and plan.scope is Scope.FILES:
        words = "No other changes."
    else:
        words = _NOTHING[plan.scope]
    return " ".join([words, *left_out(plan), f"({bill(plan)})"])


_NOTHING = {
    Scope.FILES: "No changes. PagerDuty and Slack match the files.",
    Scope.ONLY: "No changes to what --only names.",
    Scope.OWNED: "Nothing to destroy: no active object carries the owner's mark.",
    Scope.NAMED: "Nothing to do: the objects already are as requested.",
}


def left_out(plan: Plan) -> Iterator[str]:
    """What the flags leave out, a sentence for each of them."""
    for flag, refs in plan.left_out.items():
        named = ", ".join(safe_line(str(ref)) for ref in refs[:MOST_NAMED])
        more = f" and {len(refs) - MOST_NAMED} more" if len(refs) > MOST_NAMED else ""
        what = "a removal" if flag == "--no-delete" else "a change"
        many = f"{len(refs)} {what.split()[1]}s"
        yield f"Left out by {flag}: {what if len(refs) == 1 else many} ({named}{more})."


class Tally(NamedTuple):
    """How much a plan does. A replacement adds and destroys, an adoption that updates imports and changes."""

    imports: int
    adds: int
    changes: int
    destroys: int
    archives: int


PLANNED = ("to import", "to add", "to change", "to destroy", "to archive")


def tally(changes: Iterable[Change]) -> Tally:
    """What these changes come to."""
    return tally_of((change, True, True) for change in changes)


def tally_of(changes: Iterable[tuple[Change, bool, bool]]) -> Tally:
    """The same of changes of which only what is new was done, or only what goes (in this order)."""
    total: Counter[str] = Counter()
    for change, grown, gone in changes:
        action = change.action
        total["imports"] += grown and action is Action.ADOPT
        total["adds"] += grown and action in {Action.CREATE, Action.REPLACE}
        total["changes"] += grown and (
            action in {Action.UPDATE, Action.RESTORE} or (action is Action.ADOPT and bool(change.fields))
        )
        total["changes"] += gone and action is Action.RELEASE
        total["archives"] += gone and is_archived(change)
        total["destroys"] += gone and action in {Action.DELETE, Action.REPLACE} and not is_archived(change)
    return Tally(**{name: total[name] for name in Tally._fields})


def counts(tally: Tally, *words: str) -> str:
    """`1 to add, 0 to change, 0 to destroy`, and what else there is."""
    always = {"adds", "changes", "destroys"}
    named = zip(Tally._fields, tally, words, strict=True)
    return ", ".join(f"{count} {word}" for name, count, word in named if count or name in always)


def bill(plan: Plan) -> str:
    """What the plan cost to make."""
    return f"{plan.calls} calls, {plan.seconds:.1f} s"
