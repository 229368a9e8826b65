"""Lists of an account's objects as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.export.listing import Listed, Listing
from pdslack_cli.model import Json
from pdslack_cli.render.output.console import print_prose
from pdslack_cli.render.output.safe import safe_line


def print_lists(listings: Iterable[Listing], console: Console) -> None:
    """Print the available lists."""
    _print_rows(((listing.name, listing.written) for listing in listings), ("LIST", "IN A FILE"), console)


def print_listed(listing: Listing, found: Sequence[Listed], console: Console) -> None:
    """Print a list, one object per line, each followed by its inputs."""
    titles = [name for name in ("name", "display_name") if any(name in one.details for one in found)]
    marked = any(one.owner for one in found)
    header = [
        "WRITE",
        "ID",
        *(title.upper().replace("_", " ") for title in titles),
        *(["MANAGED BY"] * marked),
    ]
    same = all(one.word == one.id for one in found)
    rows = []
    for one in found:
        row = [
            one.word,
            one.id,
            *(str(one.details.get(title, "")) for title in titles),
            *([one.owner] * marked),
        ]
        rows.append((row[:1] + row[2:]) if same else row)
    _print_rows(rows, [header[0], *header[2:]] if same else header, console, [_inputs(one) for one in found])


def listed_json(listing: Listing, found: Sequence[Listed]) -> Json:
    """Return a list as JSON."""
    return {
        "list": listing.name,
        "items": [
            {"write": one.word, "id": one.id, "managed_by": one.owner or None, **_masked(one.details)}
            for one in found
        ],
    }


def lists_json(listings: Iterable[Listing]) -> Json:
    """Return the available lists as JSON."""
    return {"lists": [{"name": each.name, "in_a_file": each.written} for each in listings]}


def _inputs(one: Listed) -> list[str]:
    return [_input_line(each) for each in one.details.get("inputs", ())]


def _input_line(each: Json) -> str:
    facts = [str(each["type"] or "text"), *(["required"] if each["required"] else [])]
    if each["default"]:
        facts.append(f"default: {each['default']}")
    about = each["description"] if each["description"] != each["name"] else ""
    return safe_line(f"{each['name']}  ({', '.join(facts)})" + (f"  {about}" if about else ""))


def _print_rows(
    rows: Iterable[Sequence[str]],
    header: Sequence[str],
    console: Console,
    below: Sequence[Sequence[str]] = (),
) -> None:
    lines = [list(map(safe_line, row)) for row in rows]
    widths = [max(len(row[column]) for row in [header, *lines]) for column in range(len(header))]
    fits = not console.is_terminal or sum(widths) + 2 * (len(widths) - 1) <= console.width
    show = _print_row if fits else _print_stacked
    show(header, widths, console, "bold")
    for place, row in enumerate(lines):
        show(row, widths, console, "")
        for line in below[place] if below else ():
            print_prose(console, Text(f"    {line}", style="cyan"), hang=6)


def _print_row(cells: Sequence[str], widths: Sequence[int], console: Console, style: str) -> None:
    console.print(Text(_joined(cells, widths), style=style), soft_wrap=True)


def _print_stacked(cells: Sequence[str], widths: Sequence[int], console: Console, style: str) -> None:
    """Print a row of a table that is too wide for the terminal: what follows the first cell is below it."""
    console.print(Text(cells[0], style=style), soft_wrap=True)
    if rest := _joined(cells[1:], widths[1:]):
        print_prose(console, Text(f"  {rest}", style=style), hang=2)


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_tokens(value)
    if isinstance(value, dict):
        return {key: _masked(inner) for key, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
