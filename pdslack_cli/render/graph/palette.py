"""Colours of a picture, in light and dark mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pdslack_cli.engine.change import Action


class Paint(NamedTuple):
    fill: str
    line: str


class Theme(NamedTuple):
    """Colours: `kinds` by kind of object, `actions` by change in a plan."""

    paper: str
    ink: str
    faint: str  # headings, and lines that only lead the eye
    band: Paint
    plain: Paint  # what has no paint of its own, and what a plan leaves alone
    kinds: Mapping[str, Paint]
    actions: Mapping[str, Paint]


CREATED, CHANGED, DELETED, UNTOUCHED = "created", "changed", "deleted", "untouched"

# Replacing, adopting and restoring all leave an object that was there and is not what it was.
_CLASSES: Mapping[Action, str] = {
    Action.CREATE: CREATED,
    Action.DELETE: DELETED,
    Action.RELEASE: DELETED,
    **dict.fromkeys((Action.UPDATE, Action.REPLACE, Action.ADOPT, Action.RESTORE), CHANGED),
}


def status(action: Action | None) -> str:
    """Return the CSS class of a change in a plan, or of no change."""
    return _CLASSES[action] if action else UNTOUCHED


DEAD_ENDS = ("dynamic", "unrouted")
"""Kinds of nodes that the files do not define further: their lines are dashed."""

LIGHT = Theme(
    paper="#ffffff",
    ink="#1f2328",
    faint="#59636e",
    band=Paint("#f6f8fa", "#d1d9e0"),
    plain=Paint("#f1f3f5", "#8c959f"),
    kinds={
        "routing": Paint("#e0f2fe", "#0284c7"),
        "service": Paint("#ede9fe", "#7c3aed"),
        "escalation_policy": Paint("#ffe4e6", "#e11d48"),
        "channel": Paint("#dcfce7", "#15803d"),
        "schedule": Paint("#fef3c7", "#b45309"),
        "shift_schedule": Paint("#fef3c7", "#b45309"),
        "person": Paint("#fafaf9", "#78716c"),
    },
    actions={
        CREATED: Paint("#dafbe1", "#1a7f37"),
        CHANGED: Paint("#fff1c2", "#9a6700"),
        DELETED: Paint("#ffe2e0", "#cf222e"),
    },
)

DARK = Theme(
    paper="#0d1117",
    ink="#e6edf3",
    faint="#9198a1",
    band=Paint("#161b22", "#30363d"),
    plain=Paint("#21262d", "#7d8590"),
    kinds={
        "routing": Paint("#0c2d4a", "#38bdf8"),
        "service": Paint("#2b2150", "#a78bfa"),
        "escalation_policy": Paint("#431a26", "#fb7185"),
        "channel": Paint("#12341f", "#4ade80"),
        "schedule": Paint("#3a2a0c", "#fbbf24"),
        "shift_schedule": Paint("#3a2a0c", "#fbbf24"),
        "person": Paint("#292524", "#a8a29e"),
    },
    actions={
        CREATED: Paint("#12361f", "#3fb950"),
        CHANGED: Paint("#3d2e06", "#d29922"),
        DELETED: Paint("#491b1d", "#f85149"),
    },
)


def stylesheet() -> str:
    """Return the CSS. Dark mode follows the reader's setting; tools without media queries show light."""
    dark = "\n".join(_rules(DARK))
    return "\n".join([*_SHAPES, *_rules(LIGHT), f"@media (prefers-color-scheme: dark) {{\n{dark}\n}}"])


_SHAPES = (
    "text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif; }",
    ".heading { font-size: 11px; font-weight: 600; letter-spacing: .04em; }",
    ".band text { font-size: 12px; font-weight: 600; }",
    ".title { font-size: 13px; font-weight: 600; }",
    ".row { font-size: 11px; }",
    ".box rect { stroke-width: 1.2; }",
    ".wire { fill: none; stroke-width: 1.3; stroke-opacity: .7; }",
    ".dynamic rect, .unrouted rect, .deleted rect, .wire.deleted { stroke-dasharray: 5 3; }",
    ".wire.created, .wire.changed, .wire.deleted { stroke-width: 2; stroke-opacity: 1; }",
)


def _rules(theme: Theme) -> Iterator[str]:
    yield f".paper {{ fill: {theme.paper}; }}"
    yield f"text {{ fill: {theme.ink}; }}"
    yield f".heading, .band text, .row {{ fill: {theme.faint}; }}"
    yield f".band rect {{ fill: {theme.band.fill}; stroke: {theme.band.line}; }}"
    yield from _painted("", theme.plain)
    for kind, paint in theme.kinds.items():
        yield from _painted(f".{kind}", paint)
    yield from _painted(f".{UNTOUCHED}", theme.plain)
    for name, paint in theme.actions.items():
        yield from _painted(f".{name}", paint)
        yield f".row.{name} {{ fill: {paint.line}; font-weight: 600; }}"


def _painted(selector: str, paint: Paint) -> Iterator[str]:
    yield f".box{selector} rect {{ fill: {paint.fill}; stroke: {paint.line}; }}"
    yield f".wire{selector} {{ stroke: {paint.line}; }}"
