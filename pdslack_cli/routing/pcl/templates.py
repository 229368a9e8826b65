"""Texts with `{{path}}` in them (orchestration.md 2.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pdslack_cli.routing.pcl.ast import FieldPath
from pdslack_cli.routing.pcl.conditions import parse_path
from pdslack_cli.routing.pcl.mistakes import PclError
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.pcl.values import text_of

ROOTS = ("event", "raw_event", "variables", "cache_var")

# A path may hold braces inside its quotes.
_PLACE = re.compile(r"\{\{\s*((?:[^{}']|'(?:\\.|[^'\\])*')*?)\s*\}\}", re.S)


@dataclass(frozen=True, slots=True)
class Template:
    """A text and, between its plain parts, the paths whose values it takes in."""

    parts: tuple[str | FieldPath, ...]

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """The paths, each with its place in the template's text."""
        return tuple(part for part in self.parts if isinstance(part, FieldPath))

    def render(self, roots: Mapping[str, object]) -> tuple[str, tuple[Unverified, ...]]:
        """The text for an event, and the undocumented behaviour that it rests on.

        (unverified): a missing value is empty, others appear as `matches` sees them, and `{{name}}` is
        `{{variables.name}}`.
        """
        pieces, reached = [], []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            path = variable_alias(part) or part
            if path is not part:
                reached.append(Unverified.TEMPLATE_ALIAS)
            value = path.look_up(roots)
            if not isinstance(value, str):
                reached.append(Unverified.TEMPLATE_MISSING if value is None else Unverified.TEXT_OF_VALUE)
            pieces.append(text_of(value) or "")
        return "".join(pieces), tuple(dict.fromkeys(reached))


@lru_cache(maxsize=10_000)
def parse_template(text: str) -> Template:
    """Read a template; raises PclError for braces that hold no path. Single braces are plain text."""
    return Template(tuple(_parts(text)))


def variable_alias(path: FieldPath) -> FieldPath | None:
    """`variables.name` for the oldest spelling, a bare `name`."""
    return None if path.root in ROOTS or path.rest else FieldPath("variables", (path.root,), span=path.span)


def _parts(text: str) -> Iterator[str | FieldPath]:
    done = 0
    for found in _PLACE.finditer(text):
        if found.start() > done:
            yield text[done : found.start()]
        yield _path_at(found[1], found.start(1))
        done = found.end()
    if text[done:]:
        yield text[done:]


def _path_at(text: str, start: int) -> FieldPath:
    try:
        path = parse_path(text)
    except PclError as error:
        hint = error.hint if text else "write a path between the braces: {{event.summary}}"
        raise PclError(error.message, start + error.position, hint) from None
    return FieldPath(path.root, path.rest, span=(start, start + len(text)))
