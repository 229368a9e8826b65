"""One word, one thing: a name can be searched for, and a folder be taken in at a glance."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.source import PACKAGE, modules, nodes, statements

ARTICLE_FITS = {"noun", "disabled", "self._choice()"}  # where it is chosen, or all that come fit
TESTS = Path(__file__).parent
COMMANDS = PACKAGE / "cli" / "commands"  # a file for each command


def test_no_two_classes_share_a_name():
    places = defaultdict(list)
    for path in modules():
        for node in statements(path):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize(("root", "most"), [(PACKAGE, 12), (TESTS, 15)], ids=["package", "tests"])
def test_a_folder_holds_about_a_dozen_modules(root, most):
    held = Counter(path.parent for path in root.rglob("*.py") if path.name != "__init__.py")
    assert {str(folder): count for folder, count in held.items() if count > most and folder != COMMANDS} == {}


QUAINT = re.compile(
    r"(^|_)(say|says|said|unsaid|sayer|saying|tell|tells|told|spoken|anew|meant|misfits?|culprits?)(_|$)",
    re.IGNORECASE,
)
RIDDLES = re.compile(r"\b(anew|otherwise than|of its own making|no file can speak|stands for as long)\b")


def _names(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@pytest.mark.slow  # it walks all nodes
def test_names_use_plain_words():
    found = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in modules()
        for name in _names(path)
        if QUAINT.search(name)
    }
    assert found == set()


def test_docstrings_begin_with_a_plain_sentence():
    found = set()
    for path in modules():
        for node in statements(path):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                first = (ast.get_docstring(node) or "").partition("\n")[0]
                if RIDDLES.search(first):
                    found.add(f"{path.relative_to(PACKAGE)}: {first}")
    assert found == set()


@pytest.mark.slow  # it walks all nodes
def test_a_noun_that_is_filled_in_brings_its_article():
    """`a {kind.title}` makes "a event orchestration" of some; `scalars.a(…)` does not."""
    found = {
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in modules()
        if "sandbox" not in path.parts
        for node in nodes(path)
        if isinstance(node, ast.JoinedStr)
        for words, filled in pairwise(node.values)
        if isinstance(words, ast.Constant)
        and re.search(r"\ban? $", words.value)
        and not (isinstance(filled, ast.FormattedValue) and ast.unparse(filled.value) in ARTICLE_FITS)
    }
    assert found == set()
