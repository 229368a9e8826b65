"""Placeholders in the syntax of other systems (`$summary`, `%{host}`, `<%= x %>`), which stay in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pdslack_cli.routing.pcl.templates import foreign_path


class Placeholder(NamedTuple):
    """What stays in the text, its position from 0, and what to write instead."""

    text: str
    position: int
    hint: str


_PATH = r"\.?[A-Za-z_]\w*(?:\.\w+|\[['\"]?\w+['\"]?\])*"
_FORMS = re.compile(
    rf"[$%#]?(?<!\{{)\{{\s*(?:{_PATH})\s*\}}(?!\}})"
    rf"|%\((?:{_PATH})\)s|<%=?\s*(?:{_PATH})\s*%>|\{{%\s*(?:{_PATH})\s*%\}}|\[\[\s*(?:{_PATH})\s*\]\]"
    rf"|(?<![\w%])%(?:{_PATH})%|(?<![\w$@.])[$@](?:{_PATH})"
)
_INSIDE = re.compile(_PATH)
_TRIPLE = re.compile(r"\{ {5,}\}")
_OPEN = re.compile(r"\{\{|\}\}")


def placeholders(blank: str) -> Iterator[Placeholder]:
    """Yield the placeholders of other systems in a template, whose own ones are blank."""
    for found in _FORMS.finditer(blank):
        inside = _INSIDE.search(found[0])
        if inside and (path := foreign_path(inside[0])):
            yield Placeholder(found[0], found.start(), f"write {{{{{path}}}}}")
    for found in _TRIPLE.finditer(blank):
        yield Placeholder("the third brace", found.start(), "write two braces on each side")
    for found in _OPEN.finditer(blank):
        yield Placeholder("braces without a path", found.start(), "write {{event.summary}}")
