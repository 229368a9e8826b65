"""Pages of `pdslack explain` as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from pdslack_cli.config.reference.fields import FieldDoc, every_field
from pdslack_cli.config.reference.find import example
from pdslack_cli.config.reference.topics import TOPICS, Topic, topics_about
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Json

WIDEST = 100  # columns of prose


def print_contents(fields: Sequence[FieldDoc], console: Console) -> None:
    """Print the index: top-level keys and topics."""
    settings = [field for field in fields if field.name not in SECTIONS]
    sections = [field for field in fields if field.name in SECTIONS]
    _heading("SECTIONS", console)
    _table(((field.name, _first_sentence(field.description)) for field in sections), console)
    _heading("SETTINGS", console)
    _table(((field.name, _first_sentence(field.description)) for field in settings), console)
    _heading("TOPICS", console)
    _table(((topic.name, topic.summary) for topic in TOPICS), console)
    console.print("`pdslack explain NAME`, or NAME.FIELD such as service.urgency, shows one of them.")


def print_topic(topic: Topic, console: Console) -> None:
    """Print the page of a topic."""
    _heading(f"TOPIC: {topic.name}", console)
    for paragraph in topic.text.split("\n"):
        _prose(paragraph, console)
    console.print()
    _table(topic.rows, console)


def print_field(field: FieldDoc, console: Console, *, recursive: bool) -> None:
    """Print the page of a field and of the fields below it: all if `recursive`, else the next level."""
    _heading(f"FIELD: {'.'.join(field.path)}", console)
    facts = [("type", " | ".join(field.types)), *_facts(field)]
    _table(facts, console)
    if field.description:
        _heading("DESCRIPTION", console)
        _prose(_sentence(field.description), console)
        console.print()
    if recursive:
        _tree(field, console)
    else:
        own = [inner for inner in field.fields if not inner.is_common]
        common = [inner for inner in field.fields if inner.is_common]
        _list("FIELDS", own, console)
        _list("FIELDS OF EVERY ENTRY", common, console)
    if text := example(field):
        _heading("EXAMPLE", console)
        console.print(Text(textwrap.indent(text, "  ")), soft_wrap=True)


def page_json(page: FieldDoc | Topic, *, recursive: bool) -> Json:
    """Return the same page as JSON."""
    if isinstance(page, Topic):
        rows = [{"text": text, "meaning": meaning} for text, meaning in page.rows]
        return {"topic": page.name, "summary": page.summary, "description": page.text, "rows": rows}
    inner: Callable[[FieldDoc], list[Json]] = _whole_tree if recursive else _next_level
    return {**_field_json(page), "example": example(page), "fields": inner(page)}


def contents_json(fields: Sequence[FieldDoc]) -> Json:
    """Return the index as JSON."""
    return {
        "fields": [_field_json(field) for field in fields],
        "topics": [{"name": topic.name, "summary": topic.summary} for topic in TOPICS],
    }


def _next_level(field: FieldDoc) -> list[Json]:
    return [_field_json(inner) for inner in field.fields]


def _whole_tree(field: FieldDoc) -> list[Json]:
    return [_field_json(inner) for inner in every_field(field.fields)]


def _field_json(field: FieldDoc) -> Json:
    return {
        "path": ".".join(field.path),
        "types": list(field.types),
        "nullable": field.nullable,
        "required": field.required,
        "default": field.default or None,
        "allowed": list(field.allowed),
        "pattern": field.pattern or None,
        "limits": list(field.limits),
        "examples": list(field.examples),
        "only": field.form or None,
        "description": field.description,
    }


def _facts(field: FieldDoc) -> Iterator[tuple[str, str]]:
    """Return the other properties of a field, each with its title."""
    if field.required:
        yield "required", "yes"
    if field.default:
        yield "default", field.default
    if len(field.path) == 1 and field.name in SECTIONS:
        yield "reference", f"{SECTIONS[field.name].name}/KEY"
    if field.form:
        yield "only", field.form
    if "word" in " ".join(field.types).split() and field.allowed:
        yield "allowed", ", ".join(field.allowed)
    if field.pattern:
        yield "pattern", field.pattern
    if field.limits:
        yield "limit", ", ".join(field.limits)
    if field.examples:
        yield "written as", ", ".join(field.examples)
    if field.nullable and len(field.path) > 1:
        yield "null", "allowed: clears it"
    for topic in topics_about(field.path, field.types):
        yield "see also", f"pdslack explain {topic.name}"


def _list(title: str, fields: Sequence[FieldDoc], console: Console) -> None:
    if not fields:
        return
    _heading(title, console)
    for field in fields:
        console.print(_signature(field, 2), soft_wrap=True)
        text = _sentence(field.description)
        if field.form:
            text = f"Only {field.form}. {text}".strip()
        if text:
            _prose(text, console, indent=6)
    console.print()


def _tree(field: FieldDoc, console: Console) -> None:
    """Yield all fields below, one line each."""
    _heading("FIELDS", console)
    for inner in every_field(field.fields):
        if not inner.is_common:
            console.print(_signature(inner, 2 * (len(inner.path) - len(field.path))), soft_wrap=True)
    if any(inner.is_common for inner in field.fields):
        names = ", ".join(sorted(Resource.ABOUT))
        _prose(f"Every entry also has {names}.", console)
    console.print()


def _signature(field: FieldDoc, indent: int) -> Text:
    line = Text(" " * indent) + Text(field.name, style="bold")
    line += Text(f"  <{' | '.join(field.types)}>", style="cyan")
    if field.required:
        line += Text("  required", style="yellow")
    if field.default:
        line += Text(f"  default: {field.default}")
    return line


def _heading(title: str, console: Console) -> None:
    console.print(Text(title, style="bold"), soft_wrap=True)


def _table(rows: Iterable[tuple[str, str]], console: Console) -> None:
    rows = list(rows)
    widest = max((len(left) for left, _ in rows if len(left) <= WIDEST // 2), default=0)
    room = _width(console) - 4
    widest = widest if widest <= room - 20 else 4  # of a narrow terminal the second column gets the next line
    for left, right in rows:
        lines = textwrap.wrap(right, room - widest) or [""]
        first = Text(f"  {left:<{widest}}", style="cyan")
        if len(left) > widest:
            console.print(first, soft_wrap=True)
            first = Text(" " * (widest + 2))
        console.print(first + Text(f"  {lines[0]}"), soft_wrap=True)
        for line in lines[1:]:
            console.print(Text(" " * (widest + 4) + line), soft_wrap=True)
    console.print()


def _prose(text: str, console: Console, indent: int = 2) -> None:
    if text.startswith(" "):  # an example inside of a text stays as it is
        console.print(Text(" " * indent + text), soft_wrap=True)
        return
    for line in textwrap.wrap(text, _width(console) - indent, break_long_words=False, break_on_hyphens=False):
        console.print(Text(" " * indent + line), soft_wrap=True)


def _width(console: Console) -> int:
    return min(console.width, WIDEST)


def _sentence(text: str) -> str:
    """Format a description as a sentence: most in the schema are lower-case without a full stop."""
    if not text:
        return ""
    whole = text if text[-1] in ".!?" else f"{text}."
    return whole[0].upper() + whole[1:]


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".")
