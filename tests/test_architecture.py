"""The floors of the house: imports go down only, and each vendor library has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pdslack_cli"

# From the top; a module may import what stands on its own floor or below.
FLOORS = (
    "cli",
    "render",
    "export",
    "doctor",
    "analysis",
    "engine",
    "config",
    "kinds",
    "routing",
    "clients",
    "masking",
    "model",
    "errors",
)

DOORS = {
    "pdpyras": {"clients/pagerduty.py"},
    "requests": {"clients/http/transport.py"},
    "slack_sdk": {"clients/slack_sdk_client.py"},
    "urllib3": {"clients/http/transport.py"},
    "typer": {"cli"},
    "rich": {"render", "cli"},
    "werkzeug": {"sandbox"},
}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.stat().st_size)


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def floor(module: str) -> str:
    """The first name below the package: `engine` of `pdslack_cli.engine.plan`."""
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    ours = {floor(name) for name in imported(path) if name.startswith("pdslack_cli.")}
    if own == "__init__":
        assert not ours
    elif own == "sandbox":
        assert ours <= {"sandbox", "routing", "model"}
    else:
        above = set(FLOORS[: FLOORS.index(own)])
        allowed = {"sandbox"} if own == "cli" else set()  # `--sandbox` starts it
        assert not ours & (above | {"sandbox"}) - allowed


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_has_its_door(path):
    relative = path.relative_to(PACKAGE)
    for name in imported(path):
        library = name.split(".")[0]
        if library in DOORS:
            assert DOORS[library] & {str(relative), relative.parts[0]}, f"{relative} imports {name}"


def test_routing_stands_alone():
    for path in (PACKAGE / "routing").rglob("*.py"):
        ours = {floor(name) for name in imported(path) if name.startswith("pdslack_cli.")}
        allowed = {"routing", "model", "errors"} | ({"clients"} if path.match("replay/replay.py") else set())
        assert ours <= allowed, path


def dotted(path: Path) -> str:
    parts = ("pdslack_cli", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(node: ast.AST, *, late: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import below a node that is done at run time, and whether it is inside a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, late
        yield from imports_of(child, late=late or isinstance(child, ast.FunctionDef))


def test_no_modules_import_each_other():
    paths = {dotted(path): path for path in PACKAGE.rglob("*.py")}
    imports = {
        module: {
            name
            for node, _ in imports_of(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module
            for name in {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)} & set(paths)
        }
        for module, path in paths.items()
    }
    # `from package import module` runs the package first; a module inside of it is there by then.
    imports = {
        module: {name for name in names if not module.startswith(f"{name}.")}
        for module, names in imports.items()
    }
    try:
        [*TopologicalSorter(imports).static_order()]
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_an_import_inside_a_function_says_why(path):
    lines = path.read_text().splitlines()
    for node, late in imports_of(ast.parse(path.read_text())):
        if late:
            assert "#" in lines[node.lineno - 1], f"{path}:{node.lineno}"


def test_no_module_is_longer_than_one_reads():
    assert [path for path in modules() if len(path.read_text().splitlines()) > 400] == []
