"""A value of the environment where it is a mistake: no part of it is shown, whatever is wrong with it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdslack_cli.config.yaml.compose import compose
from pdslack_cli.config.yaml.nodes import MappingNode, Node, ScalarNode
from tests.cli.conftest import Cli

EXAMPLE = Path(__file__).parents[3] / "examples" / "complete"
PARTS = ("QZKWBTUM", "JXVNRPLA", "GHYWMKZD")
VALUES = {
    "spaces and quotes": "QZKWbtum JXVNrpla\u00a0\"GHYWmkzd'",
    "control characters": "QZKWbtum\x7fJXVNrpla\x1bGHYWmkzd",
    "an address": "HTTPS://hooks.example/QZKWbtum JXVNrpla/GHYWmkzd?a=b",
    "a pair": "QZKWbtum: JXVNrpla, GHYWmkzd",
    "a long one": "QZKWbtum JXVNrpla GHYWmkzd " * 20,
}


def leaves(node: Node, entry: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ScalarNode]]:
    """Every value below a node, with the section and the key of its entry."""
    if isinstance(node, ScalarNode):
        yield entry, node
    elif isinstance(node, MappingNode):
        for key, item in node.entries.items():
            yield from leaves(item.node, (*entry, key)[:2])
    else:
        for item in node.items:
            yield from leaves(item, entry)


def stacks(written: str) -> Iterator[str]:
    """The example with `written` in place of one value of each entry, until all have had their turn."""
    text = (EXAMPLE / "pdslack.yaml").read_text()
    root = compose("pdslack.yaml", text, [])
    assert isinstance(root, MappingNode)
    entries: dict[tuple[str, ...], list[ScalarNode]] = {}
    for entry, leaf in leaves(root):
        if entry[0] not in ("owner", "vars"):
            entries.setdefault(entry, []).append(leaf)
    for number in range(max(map(len, entries.values()))):
        changed = text
        for leaf in sorted((each[number] for each in entries.values() if number < len(each)), key=_backwards):
            changed = changed[: leaf.start] + written + changed[leaf.end :]
        yield changed


def _backwards(leaf: ScalarNode) -> int:
    return -leaf.start


@pytest.mark.slow
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_no_part_of_a_secret_is_shown_whichever_field_it_is_wrong_in(cli: Cli, value: str) -> None:
    shutil.copytree(EXAMPLE, cli.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".pdslack"))
    cli.patch.setenv("PDSLACK_VAR_HUSH", value)
    wrong = 0
    for text in stacks('"${HUSH}"'):
        (cli.folder / "pdslack.yaml").write_text(text)

        done = cli("validate", code=None)

        wrong += done.code
        shown = re.sub(r"\s+", "", done.out + done.err).upper()
        assert not [part for part in PARTS if part[:6] in shown], done.err
    assert wrong > 40


def test_word_beside_a_secret_is_shown(cli: Cli) -> None:
    cli.patch.setenv("PDSLACK_VAR_HUSH", "QZKWbtum 'JXVNrpla'")
    cli.write("""\
        owner: a
        messages: {m: {text: "${HUSH} {{incident.titel}}"}}
        routing: {r: {routes: [{if: "event.source matches '${HUSH}' and oops", to: s}]}}
        """)

    err = cli("validate", code=1).err

    assert "unknown variable 'incident.titel'" in err
    assert "expected an operator or the end, found `***`" in err
