"""The floors of the house: imports go down only, and each vendor library has one door."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.source import PACKAGE, modules, statements, within

# From the top; a module may import what stands on its own floor or below.
FLOORS = (
    "cli",
    "render",
    "sync",
    "export",
    "doctor",
    "analysis",
    "engine",
    "config",
    "kinds",
    "routing",
    "clients",
    "masking",
    "visible",
    "model",
    "errors",
    "suggest",
)

DOORS = {
    "pdpyras": {"clients/pagerduty.py"},
    "requests": {"clients/http/transport.py"},
    "slack_sdk": {"clients/slack_sdk_client.py", "sync/receive/slack_client.py"},
    "slack_bolt": {"sync"},
    "sqlalchemy": {"sync"},
    "psycopg": {"sync"},
    "starlette": {"sync"},
    "uvicorn": {"sync"},
    "prometheus_client": {"sync"},
    "urllib3": {"clients/http/transport.py", "sandbox/courier.py"},
    "typer": {"cli"},
    "rich": {"render", "cli"},
    "werkzeug": {"sandbox"},
}


@cache
def imported(path: Path) -> frozenset[str]:
    names = set()
    for node, _ in imports(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif node.module:
            names.add(node.module)
    return frozenset(names)


@cache
def imports(path: Path) -> tuple[tuple[ast.Import | ast.ImportFrom, bool], ...]:
    """Every import of a module, those for types alone included, and whether it is inside a function."""
    inside = {
        id(node)
        for function in statements(path)
        if isinstance(function, ast.FunctionDef)
        for node in within(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    found = (node for node in statements(path) if isinstance(node, ast.Import | ast.ImportFrom))
    return tuple((node, id(node) in inside) for node in found)


def floor(module: str) -> str:
    """The first name below the package: `engine` of `pdslack_cli.engine.plan`."""
    return module.split(".")[1] if "." in module else ""


def test_imports_go_down():
    assert {str(path.relative_to(PACKAGE)): up for path in modules() if (up := imports_upwards(path))} == {}


def imports_upwards(path: Path) -> set[str]:
    """The floors that a module may not import, and does."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    ours = {floor(name) for name in imported(path) if name.startswith("pdslack_cli.")}
    if own == "__init__":
        return ours
    if own == "sandbox":
        # Only the door for others' tests knows stacks; the vendors behind it know none.
        door = {"analysis", "config"} if "testing" in path.relative_to(PACKAGE).parts else set()
        return ours - ({"sandbox", "routing", "model", "suggest"} | door)
    above = set(FLOORS[: FLOORS.index(own)])
    allowed = {"sandbox"} if own == "cli" else set()  # `--sandbox` starts it
    return ours & (above | {"sandbox"}) - allowed


def test_each_library_has_its_door():
    assert [
        f"{relative} imports {name}"
        for path in modules()
        for relative in [path.relative_to(PACKAGE)]
        for name in imported(path)
        for library in [name.split(".")[0]]
        if library in DOORS and not DOORS[library] & {str(relative), relative.parts[0]}
    ] == []


def test_routing_stands_alone():
    for path in (PACKAGE / "routing").rglob("*.py"):
        ours = {floor(name) for name in imported(path) if name.startswith("pdslack_cli.")}
        allowed = {"routing", "model", "errors", "suggest"} | (
            {"clients"} if path.match("replay/replay.py") else set()
        )
        assert ours <= allowed, path


def dotted(path: Path) -> str:
    parts = ("pdslack_cli", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_modules_import_each_other():
    paths = {dotted(path): path for path in modules()}
    graph = {
        module: {
            name
            for node, _ in imports(path)
            if isinstance(node, ast.ImportFrom) and node.module
            for name in {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)} & set(paths)
        }
        for module, path in paths.items()
    }
    # `from package import module` runs the package first; a module inside of it is there by then.
    graph = {
        module: {name for name in names if not module.startswith(f"{name}.")}
        for module, names in graph.items()
    }
    try:
        [*TopologicalSorter(graph).static_order()]
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))


def test_an_import_inside_a_function_says_why():
    assert [
        f"{path}:{node.lineno}"
        for path in modules()
        for node, late in imports(path)
        if late and "#" not in path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]
    ] == []


def test_no_module_is_longer_than_one_reads():
    files = [*modules(), *Path(__file__).parent.rglob("*.py")]
    assert [path for path in files if len(path.read_text().splitlines()) > 400] == []
