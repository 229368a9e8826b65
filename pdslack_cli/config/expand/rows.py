"""Tables for `each:`: CSV files, YAML files, and lists in the stack's file itself."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import NamedTuple

from pdslack_cli.config.sources.named import read_named
from pdslack_cli.config.tokens import refuse_tokens
from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.errors import Location, Problem


class TableRow(NamedTuple):
    """A row of a table: how to find it, and its data."""

    name: str
    node: Node


def table_file(rows: Node | None) -> str:
    """Return the file that `rows:` names, as written; "" if it names none."""
    name = rows.value if isinstance(rows, ScalarNode) else None
    return name if isinstance(name, str) and Path(name).suffix.lower() in _READERS else ""


def read_rows(rows: Node, folder: Path, problems: list[Problem]) -> list[TableRow]:
    """Return the rows in the list `rows`, or in the file that it names, relative to `folder`."""
    if isinstance(rows, SequenceNode):
        return [TableRow(f"row {number}", node) for number, node in enumerate(rows.items, 1)]
    name = table_file(rows)
    if not name:
        hint = "name a .csv or .yaml file, without variables, or list the rows here"
        got = repr(rows.value) if isinstance(rows, ScalarNode) else "a mapping"
        problems.append(Problem(f"rows: expected a CSV or YAML table, got {got}", rows.location, hint))
        return []
    text = read_named(name, rows.location, problems)
    if text is None:
        return []
    read = _READERS[Path(name).suffix.lower()]
    table = read(str(folder / name), text, problems)
    for node in table.values():
        refuse_tokens(node, problems)
    return [TableRow(f"{name} row {number}", node) for number, node in table.items()]


def _read_csv(file: str, text: str, problems: list[Problem]) -> dict[int, Node]:
    """Yield the rows after the header, numbered like a spreadsheet: the header is row 1."""
    delimiter = _delimiter(text)
    if delimiter != ",":
        problems.append(
            Problem("the columns are not separated by commas", Location(file, 1, 1), "save it with commas")
        )
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, skipinitialspace=True, delimiter=delimiter
    )
    header: list[str] = []
    table: dict[int, Node] = {}
    location = Location(file, 1, 1)
    try:
        for number, line in enumerate(reader, 1):
            cells = [cell.strip() for cell in line]
            if any(cells) and not header:
                header = _header(cells, location, problems)
            elif any(cells) and len(cells) != len(header):
                fields = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
                message = f"row {number} has {fields}, the header has {len(header)}"
                hint = "put a field that contains commas in double quotes"
                if len(header) == 1:
                    hint = "the first line names the columns, and there are no comments"
                problems.append(Problem(message, location, hint))
            elif any(cells):
                values = [MappingItem(location, ScalarNode(cell, location, 0, 0, "")) for cell in cells]
                table[number] = MappingNode(dict(zip(header, values, strict=True)), location)
            location = Location(file, reader.line_num + 1, 1)
    except csv.Error as error:
        hint = 'put a field that contains commas or quotes in double quotes, and write a quote in it as ""'
        problems.append(Problem(f"this is not CSV: {error}", location, hint))
    if not header:
        problems.append(Problem("the file is empty", location, "its first line names the columns"))
    return table


def _delimiter(text: str) -> str:
    """Return what separates the columns: a wrong one is read as well, so that no other mistake follows."""
    header = text.lstrip().partition("\n")[0]
    return next((each for each in ",;\t" if each in header), ",")


def _header(cells: list[str], location: Location, problems: list[Problem]) -> list[str]:
    for number, name in enumerate(cells, 1):
        if not name:
            problems.append(Problem(f"column {number} has no name", location, "name it, or remove it"))
        elif name in cells[: number - 1]:
            problems.append(Problem(f"two columns are named '{name}'", location, "rename or remove one"))
    return cells


def _read_yaml(file: str, text: str, problems: list[Problem]) -> dict[int, Node]:
    root = compose(file, text, problems)
    if isinstance(root, SequenceNode):
        return dict(enumerate(root.items, 1))
    if root is not None:
        problems.append(
            Problem("the file must contain a list of rows", root.location, "begin each row with `- `")
        )
    return {}


_READERS = {".csv": _read_csv, ".yaml": _read_yaml, ".yml": _read_yaml}
