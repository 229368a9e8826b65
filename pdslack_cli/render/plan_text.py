"""A plan as people read it: Terraform's words and symbols over the names of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.render.diff import Line, field_lines

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


def print_plan(plan: Plan, console: Console, *, quiet: bool = False) -> None:
    """The whole plan; with `quiet` its summary line only."""
    if not quiet and plan.changes:
        _print_legend(plan, console)
        for change in plan.changes:
            _print_change(change, console)
    if not quiet:
        for notice in plan.notices:
            console.print(Text(f"Note: {notice}", style="cyan"))
    console.print(Text(summary(plan), style="bold"))


def _print_legend(plan: Plan, console: Console) -> None:
    console.print("Resource actions are indicated with the following symbols:")
    for action in LEGEND:
        if plan.of(action):
            console.print(Text(f"{action.value:>3} ", style=COLOURS[action.value]) + Text(LEGEND[action]))
    console.print("\npdslack will perform the following actions:\n")


def _print_change(change: Change, console: Console) -> None:
    console.print(Text(f"  # {change.ref} {_sentence(change)}", style="bold"))
    for warning in change.warnings:
        console.print(Text(f"  # WARNING: {warning}", style="bold red"))
    symbol = change.action.value
    console.print(
        Text(f"{symbol:>3} ", style=COLOURS[symbol]) + Text(f"{change.kind.title} {_called(change)}")
    )
    for line in change_lines(change):
        indent = "    " * (line.depth + 1) + "  "
        console.print(
            Text(indent)
            + Text(f"{line.symbol or ' '} ", style=COLOURS.get(line.symbol, ""))
            + Text(line.text),
            soft_wrap=True,
        )
    console.print()


def _sentence(change: Change) -> str:
    sentence = SENTENCES[change.action]
    if change.action is Action.REPLACE:
        fixed = ", ".join(sorted(set(change.fields) & change.kind.fixed_fields))
        return f"{sentence} ({fixed} cannot be changed)"
    if change.action is Action.ADOPT and change.fields:
        return f"{sentence}, then updated"
    return f"{sentence} (because {change.reason})" if change.reason else sentence


def _called(change: Change) -> str:
    name = change.live.name if change.live else (change.after.name if change.after else "")
    return f'"{name or change.ref.key}"'


def change_lines(change: Change) -> Iterator[Line]:
    """What happens inside the object; nothing for what goes whole."""
    if change.action in {Action.DELETE, Action.RELEASE}:
        return
    before, after = change.before_words, change.after_words
    if change.remark and change.live:
        was = f"{change.live.owned.owner}/{change.live.owned.key}" if change.live.owned else "none"
        yield Line(0, "~", f"mark: {was} -> {change.ref.key}")
    for name in (names := change.field_names):
        if change.before is None:
            if after.get(name) is None:
                yield Line(0, "+", f"{name}: null")
            elif after[name] not in ([], {}, ""):
                yield from field_lines(name, None, after[name], 0)
        else:
            yield from field_lines(name, before.get(name), after.get(name), 0)
    hidden = len(before) - len(set(names) & set(before)) if change.before else 0
    if hidden and change.before:
        yield Line(0, " ", f"# ({hidden} unchanged fields hidden)")


def summary(plan: Plan) -> str:
    """The line that scripts look for; never reworded."""
    if not plan.changes:
        return f"No changes. PagerDuty and Slack match the files. ({bill(plan)})"
    parts = list(_counts(plan))
    return f"Plan: {', '.join(parts)}. ({bill(plan)})"


def _counts(plan: Plan) -> Iterable[str]:
    imports = len(plan.of(Action.ADOPT))
    if imports:
        yield f"{imports} to import"
    adds = len(plan.of(Action.CREATE, Action.REPLACE))
    changes = len(plan.of(Action.UPDATE, Action.RESTORE, Action.RELEASE))
    changes += sum(bool(change.fields) for change in plan.of(Action.ADOPT))
    yield f"{adds} to add"
    yield f"{changes} to change"
    yield f"{len(plan.of(Action.DELETE, Action.REPLACE))} to destroy"


def bill(plan: Plan) -> str:
    """What the plan cost to make."""
    return f"{plan.calls} calls, {plan.seconds:.1f} s"
