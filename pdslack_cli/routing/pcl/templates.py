"""Texts with `{{path}}` in them (orchestration.md 2.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pdslack_cli.routing.pcl.ast import FieldPath
from pdslack_cli.routing.pcl.conditions import parse_path
from pdslack_cli.routing.pcl.fields import ROOTS, intended_path
from pdslack_cli.routing.pcl.mistakes import PclError
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.pcl.values import text_of

# A path may hold braces inside its quotes.
_PLACE = re.compile(r"\{\{\s*((?:[^{}']|'(?:\\.|[^'\\])*')*?)\s*\}\}", re.S)


@dataclass(frozen=True, slots=True)
class Template:
    """A template: plain texts, and between them paths that are replaced by their values."""

    parts: tuple[str | FieldPath, ...]
    blank: str = field(default="", compare=False)
    """The text, with spaces where its paths and their braces are."""

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """The paths, each with its position in the template's text."""
        return tuple(part for part in self.parts if isinstance(part, FieldPath))

    def render(self, roots: Mapping[str, object]) -> tuple[str, tuple[Unverified, ...]]:
        """Return the text for an event, and the undocumented behaviour that it depends on.

        (unverified): a missing value is empty, others are formatted as for `matches`, and `{{name}}` is
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
    """Parse a template; raises PclError for braces without a path. Single braces are plain text."""
    blank = _PLACE.sub(lambda found: " " * len(found[0]), text)
    return Template(tuple(_parts(text)), blank)


def variable_alias(path: FieldPath) -> FieldPath | None:
    """Return `variables.name` for its old spelling, `name` alone."""
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


def foreign_path(written: str) -> str:
    """Return the path meant by a name in the syntax of another system, such as `.Summary`; "" if unclear."""
    plain = re.sub(r"\[['\"]?([A-Za-z_]\w*)['\"]?\]", r".\1", written.lstrip(".$"))
    for name in (plain, plain.lower()):
        try:
            path = parse_path(name)
        except PclError:
            continue
        if path.root in ROOTS and path.rest:
            return name
        if intended := intended_path(path):
            return intended
    return ""


_BLOCK = re.compile(r"[#/^>]|(?:if|else|end|range|with|for|unless|each)\b", re.I)


def _path_at(text: str, start: int) -> FieldPath:
    try:
        path = parse_path(text)
    except PclError as error:
        raise PclError(error.message, start + error.position, _hint(text, error)) from None
    return FieldPath(path.root, path.rest, span=(start, start + len(text)))


def _hint(text: str, error: PclError) -> str:
    if _BLOCK.match(text):
        return "there are no blocks: write paths alone, such as {{event.summary}}"
    without_spaces = re.sub(r"\s*\.\s*", ".", re.sub(r"\.(\d+)\b", r"[\1]", text))
    if path := foreign_path(without_spaces):
        return f"write {{{{{path}}}}}"
    return error.hint if text and error.hint else "write a path between the braces: {{event.summary}}"
