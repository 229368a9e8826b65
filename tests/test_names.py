"""One word, one thing: a name can be searched for, and a folder be taken in at a glance."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "pdslack_cli"
MOST_FILES = 12
COMMANDS = PACKAGE / "cli" / "commands"  # a file for each command


def test_no_two_classes_share_a_name():
    places = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_a_folder_holds_about_a_dozen_modules():
    modules = defaultdict(int)
    for path in PACKAGE.rglob("*.py"):
        modules[path.parent] += path.name != "__init__.py"
    crowded = {
        str(folder.relative_to(PACKAGE)): count for folder, count in modules.items() if count > MOST_FILES
    }
    crowded.pop(str(COMMANDS.relative_to(PACKAGE)), None)
    assert crowded == {}
