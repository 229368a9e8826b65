"""An export as YAML that our own reader, and any other, reads back as it was."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

import yaml

from pdslack_cli.export.export import Export, ExportEntry
from pdslack_cli.render.output.safe import has_hidden, safe_line, yaml_text

By = Literal["section", "team"]

MAIN = "pdslack.yaml"
_HEAD = "# Exported by `pdslack export`. `pdslack plan --adopt` shows what an apply would mark."
_TIME = re.compile(r"\d\d:\d\d")


def yaml_document(export: Export) -> str:
    """The whole export as one file."""
    return _joined([_head(export), *_sections(export.entries)])


def yaml_files(export: Export, by: By) -> Mapping[str, str]:
    """The export as the files of one folder, by name: one for each section, or one for each team.

    People stand apart in both cases, and what no team or several teams use is in `shared.yaml`.
    """
    place: Callable[[ExportEntry], str] = _team_file if by == "team" else _section_file
    files: dict[str, list[ExportEntry]] = {}
    for entry in export.entries:
        files.setdefault(place(entry), []).append(entry)
    written = {name: _joined(_sections(entries)) for name, entries in files.items()}
    return {MAIN: _joined([_head(export)]), **written}


def _section_file(entry: ExportEntry) -> str:
    return f"{entry.section}.yaml"


def _team_file(entry: ExportEntry) -> str:
    if entry.section == "people":
        return "people.yaml"
    # Of a name with a dot at its end, `.test.yaml` could be made, which is no part of a stack.
    return f"team-{entry.team.replace('.', '-')}.yaml" if entry.team else "shared.yaml"


def _joined(blocks: Iterable[str]) -> str:
    return "\n".join(blocks)


def _head(export: Export) -> str:
    left_out = ["", "Left out:", *(f"  {line}" for line in export.left_out)] if export.left_out else []
    return f"{_HEAD}\n{_comments(left_out)}\n{_dumped(export.header.model_dump(exclude_defaults=True))}"


def _sections(entries: Sequence[ExportEntry]) -> Iterable[str]:
    for section, group in groupby(entries, lambda entry: entry.section):
        yield f"{section}:\n" + "".join(_entry(entry) for entry in group)


def _entry(entry: ExportEntry) -> str:
    return textwrap.indent(_comments(entry.comments) + _dumped({entry.ref.key: entry.words}), "  ")


def _comments(lines: Iterable[str]) -> str:
    return "".join(f"# {safe_line(line)}".rstrip() + "\n" for line in lines)


def _dumped(words: Any) -> str:
    text = yaml.dump(
        words,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=float("inf"),
    )
    return yaml_text(text)


class _Dumper(yaml.SafeDumper):
    """Block style all through, with lists indented, as people write it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Lines of text as lines; else quoted wherever any reader of YAML might see no text in it."""
    # Of two times, YAML 1.1 takes 09:00 for text and 17:00 for a number: we quote both.
    style = "'" if _TIME.fullmatch(text) else "|" if "\n" in text else None
    style = '"' if has_hidden(text) else style
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)
_Dumper.add_multi_representer(str, _text)
