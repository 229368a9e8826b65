"""Write `reference.md` from the models: `python docs/make_reference.py`. A test compares the two."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from pdslack_cli.config.reference.fields import FieldDoc, root_fields
from pdslack_cli.config.reference.find import example
from pdslack_cli.config.reference.topics import TOPICS, Topic
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.kinds.base.spec import Resource

PAGE = Path(__file__).with_name("reference.md")
REPEATED = ("defaults", "bases", "each")  # they hold the sections once more
ELSEWHERE = {"lints": "lints.md"}
MOST_WORDS = 9

HEAD = """\
# Reference

Every section, field, type and default of a stack file, and the words of conditions and templates. It is
written by `python docs/make_reference.py` from the models that read the file. `pdslack explain` shows the
same in the terminal, and `pdslack schema` prints the JSON Schema for editors.

- **required**: an entry needs it, unless `like`, `defaults` or `lookup: true` make up for it.
- **default**: what a new object gets. A field that is left out is not managed: what exists keeps its value.
- `null` clears a field, where its type allows it (*or null*).
- `${name}` may be used in place of any value: see [variables](#variables).
"""


def reference() -> str:
    """The whole page."""
    fields = root_fields()
    settings = [field for field in fields if field.name not in SECTIONS]
    topics = [topic for topic in TOPICS if topic.name not in ELSEWHERE]
    parts = [HEAD, _contents(topics), "## Top-level keys\n\n" + _table(settings)]
    told: dict[str, str] = {}
    for field in settings:
        if field.name not in REPEATED and field.fields:
            parts += _section(field, told, _sentence(field.description))
    parts.append(
        "## Every entry\n\nThe entries of all sections may have these fields.\n\n" + _table(_common())
    )
    for name in SECTIONS:
        field = next(field for field in fields if field.name == name)
        text = f"{_sentence(field.description)} References name it `{SECTIONS[name].name}/KEY`."
        parts += _section(field, told, text)
    parts += map(_topic, topics)
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _section(field: FieldDoc, told: dict[str, str], text: str) -> Iterator[str]:
    """A top-level key and all that is below it."""
    yield f"## {field.name}\n\n{text}"
    yield from _table_of(field, told)
    yield _block(example(field))
    yield from _below(field, told, "###")


def _contents(topics: Iterable[Topic]) -> str:
    sections = " · ".join(f"[{name}](#{name})" for name in SECTIONS)
    pages = [f"[{topic.name}](#{topic.name})" for topic in topics]
    pages += [f"[{name}]({page})" for name, page in ELSEWHERE.items()]
    return (
        f"Sections: {sections}\n\nAll files: [top-level keys](#top-level-keys) · [every entry](#every-entry)"
        f"\n\nTopics: {' · '.join(pages)}"
    )


def _common() -> list[FieldDoc]:
    some = next(field for field in root_fields() if field.name == "services")
    return [field for field in some.fields if field.name in {"name", *Resource.ABOUT}]


def _own(field: FieldDoc) -> list[FieldDoc]:
    """Its fields; of a section, without those of every entry, but with a name that means something else."""
    if not (len(field.path) == 1 and field.path[0] in SECTIONS):
        return list(field.fields)
    told = {*Resource.ABOUT, *(("name", inner.description) for inner in _common())}
    return [inner for inner in field.fields if told.isdisjoint({inner.name, (inner.name, inner.description)})]


def _table_of(field: FieldDoc, told: dict[str, str]) -> Iterator[str]:
    """The fields of a mapping but those that another table has; `told` are the headings of known forms."""
    own = _own(field)
    new = [inner for inner in own if not inner.origin or not inner.origin <= told.keys()]
    for form in dict.fromkeys(form for inner in own for form in sorted(inner.origin) if form in told):
        yield f"It has the fields of [{told[form]}](#{_anchor(told[form])}){' and' if new else '.'}"
    told.update(
        {form: told.get(form, ".".join(field.path)) for inner in new for form in inner.origin if form}
    )
    if new:
        yield _table(new)


def _below(field: FieldDoc, told: dict[str, str], level: str) -> Iterator[str]:
    """The mappings inside of a field, each with a heading."""
    for inner in _own(field):
        own = _own(inner)
        if own and not all(each.origin and each.origin <= told.keys() for each in own):
            yield f"{level} {'.'.join(inner.path)}\n\n{_sentence(inner.description)}"
            yield from _table_of(inner, told)
            yield _block(example(inner))
            yield from _below(inner, told, level)


def _table(fields: Iterable[FieldDoc]) -> str:
    rows = ["| field | type | default | |", "|---|---|---|---|"]
    for field in fields:
        default = "**required**" if field.required else f"`{field.default}`" if field.default else ""
        rows.append(f"| `{field.name}` | {_type(field)} | {default} | {_meaning(field)} |")
    return "\n".join(rows)


def _type(field: FieldDoc) -> str:
    words = [f"`{word}`" if word in field.allowed else word.replace(" | ", " or ") for word in field.types]
    return ", ".join([*words, *(["or null"] if field.nullable else [])])


def _meaning(field: FieldDoc) -> str:
    text = _sentence(field.description)
    if field.form:
        text += f" Only {field.form}."
    if field.limits:
        text += f" {_sentence(', '.join(field.limits))}"
    if len(field.allowed) > MOST_WORDS:
        known = {topic.rows[0][0]: topic.name for topic in TOPICS if topic.rows}
        page = next((name for word, name in known.items() if word in field.allowed), "")
        words = ", ".join(f"`{word}`" for word in field.allowed)
        text += f" See [{page}]({ELSEWHERE.get(page, f'#{page}')})." if page else f" One of {words}."
    return text.replace("|", "\\|")


def _topic(topic: Topic) -> str:
    lines: list[str] = []
    for paragraph in topic.text.split("\n"):
        if paragraph.startswith("  "):
            lines.append(f"```yaml\n{paragraph.strip()}\n```")
        else:
            lines.append("\n".join(textwrap.wrap(paragraph, 118, break_on_hyphens=False)))
    return "\n\n".join([f"## {topic.name.capitalize()}", *lines, _rows(topic)])


def _rows(topic: Topic) -> str:
    """What one writes and what it means; many words that mean the same are one line."""
    same: dict[str, list[str]] = {}
    for text, meaning in topic.rows:
        same.setdefault(meaning, []).append(f"`{text}`")
    if len(topic.rows) > MOST_WORDS and len(same) < 3:
        return "\n".join(f"- {meaning}: {', '.join(texts)}" for meaning, texts in same.items())
    rows = (f"| `{text}` | {meaning} |".replace("||", "\\|\\|") for text, meaning in topic.rows)
    return "\n".join(["| write | meaning |", "|---|---|", *rows])


def _block(text: str) -> str:
    return f"```yaml\n{text.rstrip()}\n```" if text else ""


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
