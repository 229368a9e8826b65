"""Exports as YAML that any parser reads back unchanged."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

import yaml

from pdslack_cli.config.layout.canonical import formatted
from pdslack_cli.export.export import Export, ExportEntry
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.visible import has_hidden, inside_curly_quotes, yaml_text

By = Literal["section", "team"]

MAIN = "pdslack.yaml"
_HEAD = "# Exported by `pdslack export`. `pdslack plan --adopt` shows what an apply would mark."
_UNLIMITED = 2**31 - 1  # characters of a line
_TIME = re.compile(r"\d\d:\d\d")


def yaml_document(export: Export) -> str:
    """Return the whole export as one file."""
    return _joined([_head(export), *_sections(export.entries)])


def yaml_files(export: Export, by: By) -> Mapping[str, str]:
    """Return the export as files of one folder, by name: one per section, or one per team.

    People have their own file, and objects of no team or of several are in `shared.yaml`.
    """
    place: Callable[[ExportEntry], str] = _team_file if by == "team" else _section_file
    files: dict[str, list[ExportEntry]] = {}
    for entry in export.entries:
        files.setdefault(place(entry), []).append(entry)
    written = {name: _joined(_sections(entries), name) for name, entries in files.items()}
    return {MAIN: _joined([_head(export)]), **written}


def _section_file(entry: ExportEntry) -> str:
    return f"{entry.section}.yaml"


def _team_file(entry: ExportEntry) -> str:
    if entry.section == "people":
        return "people.yaml"
    # Of a name with a dot at its end, `.test.yaml` could be made, which is no part of a stack.
    return f"team-{entry.team.replace('.', '-')}.yaml" if entry.team else "shared.yaml"


def _joined(blocks: Iterable[str], name: str = MAIN) -> str:
    return formatted(name, "\n".join(blocks))


def _head(export: Export) -> str:
    left_out = ["", "Left out:", *(f"  {line}" for line in export.left_out)] if export.left_out else []
    return f"{_HEAD}\n{_comments(left_out)}\n{_dumped(export.header.model_dump(exclude_defaults=True))}"


def _sections(entries: Sequence[ExportEntry]) -> Iterable[str]:
    for section, group in groupby(entries, lambda entry: entry.section):
        yield f"{section}:\n" + "".join(_entry(entry) for entry in group)


def _entry(entry: ExportEntry) -> str:
    return textwrap.indent(_comments(entry.comments) + _dumped({entry.ref.key: entry.content}), "  ")


def _comments(lines: Iterable[str]) -> str:
    return "".join(f"# {safe_line(line)}".rstrip() + "\n" for line in lines)


def _dumped(content: Any) -> str:
    text = _written(content, _QuickDumper)
    # libyaml writes an emoji as an escape, and is five times as fast.
    return yaml_text(_written(content, _Dumper) if "\\U" in text else text)


def _written(content: Any, dumper: Any) -> str:
    return str(
        yaml.dump(
            content,
            Dumper=dumper,
            allow_unicode=True,
            default_flow_style=False,
            sort_keys=False,
            width=_UNLIMITED,
        )
    )


class _WithoutAliases:
    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Dumper(_WithoutAliases, yaml.SafeDumper):
    """Block style throughout; `formatted` indents the lists."""


class _QuickDumper(_WithoutAliases, getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """The same by libyaml."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Represent multi-line text as a block; quote texts that a YAML parser might read as another type."""
    # Of two times, YAML 1.1 takes 09:00 for text and 17:00 for a number: we quote both.
    style = "'" if _TIME.fullmatch(text) else "|" if "\n" in text else None
    # Curly quotes around a text that has no others would seem to be meant for plain ones.
    style = "'" if inside_curly_quotes(text) else style
    style = '"' if has_hidden(text) else style
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


for _dumper in (_Dumper, _QuickDumper):
    _dumper.add_representer(str, _text)
    _dumper.add_multi_representer(str, _text)
