"""The wording of plans in all formats, following Terraform's sentences and summaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pdslack_cli.engine.change import Action, Change, Plan, Scope
from pdslack_cli.model import Ref
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
LEGEND = {
    Action.CREATE: "create",
    Action.UPDATE: "update in-place",
    Action.REPLACE: "create replacement, then destroy",
    Action.DELETE: "destroy",
    Action.ADOPT: "adopt (put our mark on it)",
    Action.RESTORE: "restore (bring back)",
    Action.RELEASE: "release (take our mark off)",
}
RETIRE = {"archived": "archive", "disabled": "disable"}
MOST_NAMED = 5  # objects in a summary


def retired(change: Change) -> str:
    """Return what a removed object is if it can be brought back: archived or disabled; else ""."""
    is_retired = change.action is Action.DELETE and change.kind.archives_on_delete
    return change.kind.retired_word if is_retired else ""


def meaning(change: Change) -> str:
    """Return the meaning of the change's symbol."""
    word = retired(change)
    return f"{RETIRE[word]} (can be brought back)" if word else LEGEND[change.action]


def sentence(change: Change) -> str:
    """Return what happens to the object, and why if that is not obvious."""
    word = retired(change)
    content = f"will be {word}" if word else SENTENCES[change.action]
    if change.action is Action.REPLACE:
        fixed = ", ".join(sorted(set(change.fields) & change.kind.fixed_fields))
        return f"{content} ({f'{fixed} cannot be changed' if fixed else f'because {change.reason}'})"
    if change.action is Action.ADOPT and change.fields:
        return f"{content}, then updated"
    return f"{content} (because {change.reason})" if change.reason else content


def change_lines(change: Change) -> Iterator[Line]:
    """Return the lines of the differences, safe to print; none if the object is removed as a whole."""
    for line in _lines(change):
        yield line._replace(text=safe_line(line.text))


def _lines(change: Change) -> Iterator[Line]:
    creating = change.before is None
    differences = differences_of(change)
    for one in differences:
        # What a new object is without is no news, unless the file says null.
        if not (creating and one.after in ([], {}, "")):
            yield from lines_of(one, 0)
    before = change.content.before
    hidden = len(before) - len({one.name for one in differences} & before.keys()) if before else 0
    if hidden and change.after:
        yield Line(0, " ", f"# ({hidden} unchanged fields hidden)")


def matches(plan: Plan) -> bool:
    """Return whether the plan found no differences."""
    found = plan.changes or plan.problems or plan.left_out or plan.left_behind
    return plan.scope is Scope.FILES and not (found or plan.unchosen or plan.unread)


def summary(plan: Plan) -> str:
    """Return the summary line that scripts parse; never reworded."""
    if plan.changes:
        content = f"Plan: {counts(tally(plan.changes), *PLANNED)}."
    elif plan.problems:
        content = "No changes are planned because of the problems."
    elif (plan.left_out or plan.unchosen) and plan.scope is Scope.FILES:
        content = "No other changes."
    elif plan.unread:
        content = _NOTHING_SEEN[plan.scope] + _behind(plan)
    elif plan.left_behind and plan.scope in _NOTHING_ELSE:
        content = _NOTHING_ELSE[plan.scope] + _behind(plan)
    else:
        content = _NOTHING[plan.scope]
    return " ".join([content, *left_out(plan), f"({bill(plan)})"])


_NOTHING = {
    Scope.FILES: "No changes. PagerDuty and Slack match the files.",
    Scope.ONLY: "No changes to what --only names.",
    Scope.OWNED: "Nothing to destroy: no active object carries the owner's mark.",
    Scope.NAMED: "Nothing to do: the objects already are as requested.",
}
_NOTHING_SEEN = _NOTHING | {
    Scope.FILES: "No changes to what could be read.",
    Scope.OWNED: "Nothing to destroy among what could be read.",
}


_NOTHING_ELSE = {
    Scope.FILES: "No changes to what the files name.",
    Scope.OWNED: "Nothing to destroy.",
}
"""Where objects of ours stay that the plan leaves alone."""


def _behind(plan: Plan) -> str:
    """Return a sentence about objects of ours that the plan leaves alone, or ""."""
    found = plan.left_behind and plan.scope in _NOTHING_ELSE
    return f" Left behind: {_named(plan.left_behind)}." if found else ""


def left_out(plan: Plan) -> Iterator[str]:
    """Return a sentence for each flag that excludes changes."""
    for flag, refs in plan.left_out.items():
        what = "a removal" if flag == "--no-delete" else "a change"
        many = f"{len(refs)} {what.split()[1]}s"
        yield f"Left out by {flag}: {what if len(refs) == 1 else many} ({_named(refs)})."


def _named(refs: Sequence[Ref]) -> str:
    """Return the first few of these."""
    more = f" and {len(refs) - MOST_NAMED} more" if len(refs) > MOST_NAMED else ""
    return ", ".join(safe_line(str(ref)) for ref in refs[:MOST_NAMED]) + more


class Tally(NamedTuple):
    """Counts of a plan. A replacement counts as an add and a destroy, an adoption as an import."""

    imports: int
    adds: int
    changes: int
    destroys: int
    archives: int
    disables: int


PLANNED = ("to import", "to add", "to change", "to destroy", "to archive", "to disable")


def tally(changes: Iterable[Change]) -> Tally:
    """Count these changes."""
    return tally_of((change, True, True) for change in changes)


def tally_of(changes: Iterable[tuple[Change, bool, bool]]) -> Tally:
    """Count changes of which only the new or only the old object was processed (in this order)."""
    total: Counter[str] = Counter()
    for change, grown, gone in changes:
        action = change.action
        total["imports"] += grown and action is Action.ADOPT
        total["adds"] += grown and action in {Action.CREATE, Action.REPLACE}
        total["changes"] += grown and (
            action in {Action.UPDATE, Action.RESTORE} or (action is Action.ADOPT and bool(change.fields))
        )
        total["changes"] += gone and action is Action.RELEASE
        word = retired(change)
        total["archives"] += gone and word == "archived"
        total["disables"] += gone and word == "disabled"
        total["destroys"] += gone and action in {Action.DELETE, Action.REPLACE} and not word
    return Tally(**{name: total[name] for name in Tally._fields})


def tally_json(tally: Tally) -> dict[str, int]:
    """Return the counts by the names of Terraform's JSON; what can be brought back is not removed."""
    names = ("import", "add", "change", "remove", "archive", "disable")
    return dict(zip(names, tally, strict=True))


def counts(tally: Tally, *content: str) -> str:
    """Return `1 to add, 0 to change, 0 to destroy`, and further counts."""
    always = {"adds", "changes", "destroys"}
    named = zip(Tally._fields, tally, content, strict=True)
    return ", ".join(f"{count} {word}" for name, count, word in named if count or name in always)


def bill(plan: Plan) -> str:
    """Return the cost of making the plan, in words."""
    return f"{plan.calls} calls, {plan.seconds:.1f} s"
