"""Substitution of `${name}` from the current row, `vars:`, `PDSLACK_VAR_name`, or the default after `:-`."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pdslack_cli.config.yaml.nodes import MappingItem, MappingNode, Node, ScalarNode
from pdslack_cli.config.yaml.scalars import as_text
from pdslack_cli.errors import Location, Problem
from pdslack_cli.model import find_cycle
from pdslack_cli.suggest import suggest

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:(?P<name>[A-Za-z_][\w.-]*)(?::-(?P<default>[^{}]*))?\})?", re.ASCII)
_TEMPLATE_ROOTS = frozenset({"event", "incident", "pagerduty"})  # what `{{…}}` begins with, not `${…}`
_OF_TERRAFORM = re.compile(r"(?:data\.)?(?:pagerduty|slack)_\w+\.([\w-]+)(?:\.\w+)?")
_ROOTS_ELSEWHERE = frozenset({"local", "locals", "var", "vars"})  # of variables, in other tools
VARIABLE_PREFIX = "PDSLACK_VAR_"  # as Terraform reads TF_VAR_
_LITERAL = "$${"
_UNDEFINED = object()
_MOST_LISTED = 8

# Variables may hold variables, so that a few lines can grow without end, in size and in depth.
_MOST_FILLED_IN = 10_000_000  # characters
_ITEM = 10  # a list or an item of it costs as much as so many characters, at least
_DEEPEST = 100


class Variables:
    """Substitutes variables in values; if that fails, the problem is recorded and the text kept."""

    def __init__(
        self, declared: Mapping[str, MappingItem], environ: Mapping[str, str], problems: list[Problem]
    ) -> None:
        self._declared = declared
        # The rest of the environment is not the file's to read: what it says is sent to vendors and shown.
        self._environ = {
            name.removeprefix(VARIABLE_PREFIX): value
            for name, value in environ.items()
            if name.startswith(VARIABLE_PREFIX)
        }
        self._not_passed = environ.keys()
        self._problems = problems
        self._values: dict[str, Any] = {}
        self._passed: dict[str, str] = {}  # of declared ones that hold a value of the environment: its name
        self._left = _MOST_FILLED_IN
        self.unfilled: list[ScalarNode] = []  # the values that a variable is missing in
        for name in self._in_order():
            value = self.fill(declared[name].node)
            if _height(value) > _DEEPEST:
                self._report(f"variable '{name}' nests more than {_DEEPEST} levels deep", declared[name].key)
            else:
                self._values[name] = value
            if passed := self._passed_in(declared[name].node):
                self._passed[name] = passed

    def fill(self, node: Node, kept: str = "") -> Any:
        """Return the plain data of `node` with all variables substituted.

        Undefined ones that begin with `kept` stay as they are: something else fills them in later.

        A text that is a single `${name}` takes the type of the variable in `vars:` or in the row; values from
        the environment, and defaults, are text. `$${` is an escaped `${`.
        """
        if isinstance(node, MappingNode):
            for key, entry in node.entries.items():
                if "${" in key and not entry.key.row:
                    hint = (
                        "variables are allowed in values only: write the key out, or repeat it with `each:`"
                    )
                    self._report(f"key '{key}' contains a variable", entry.key, hint)
            return {key: self.fill(entry.node, kept) for key, entry in node.entries.items()}
        if not isinstance(node, ScalarNode):
            return [self.fill(item, kept) for item in node.items]
        if not isinstance(node.value, str) or "${" not in node.value:
            return node.value
        whole = _REFERENCE.fullmatch(node.value)
        if whole and whole["name"]:
            return self._spend(self._value(whole, node, kept), node)
        return self._filled_text(node.value, node, kept)

    def fill_key(self, key: str, location: Location, row: Mapping[str, Node]) -> str:
        """Substitute the variables in a key; only keys repeated for a `row` may contain any."""
        if "${" not in key:
            return key
        node = ScalarNode(key, location, 0, 0, "", row)
        self.refuse_passed("key", node)
        return self._filled_text(key, node)

    def refuse_passed(self, what: str, node: ScalarNode) -> None:
        """Report a value of the environment in a key or the owner: it is hidden, and they are shown."""
        if name := self._passed_in(node):
            message = (
                f"{what} '{node.value}' takes the value of {VARIABLE_PREFIX}{name}, which is never shown"
            )
            hint = f"it is part of names, marks and logs: set {name} under `vars:`, or write it out"
            self._report(message, node.location, hint)

    def origin(self, node: ScalarNode, offset: int) -> int:
        """Map an offset after substitution to the offset in the text of `node` that it comes from."""
        shift = 0
        for found in _REFERENCE.finditer(str(node.value)):
            start = found.start() + shift
            if start > offset:
                break
            value = "${" if found.group() == _LITERAL else self._lookup(found, node.row)
            filled = found.group() if value is _UNDEFINED else as_text(value)
            end = start + len(filled)
            if offset < end:
                return found.start()
            shift = end - found.end()
        return offset - shift

    def _in_order(self) -> tuple[str, ...]:
        """Return the declared names, each after those that it refers to; empty on a circular reference."""
        graph = {
            name: sorted(self._declared.keys() & set(_names(entry.node)))
            for name, entry in self._declared.items()
        }
        if cycle := find_cycle(graph):
            message = f"variables refer to each other in a cycle: {' → '.join(cycle)}"
            self._report(message, self._declared[cycle[0]].key, "write one of them out")
            return ()
        return tuple(graphlib.TopologicalSorter(graph).static_order())

    def _report(self, message: str, location: Location, hint: str = "") -> None:
        self._problems.append(Problem(message, location, hint))

    def _filled_text(self, text: str, node: ScalarNode, kept: str = "") -> str:
        return _REFERENCE.sub(lambda found: self._spend(self._text(found, node, kept), node), text)

    def _spend(self, value: Any, node: ScalarNode) -> Any:
        """Return `value`, or the text as written once substitution has exceeded its size limit."""
        if self._left >= 0:
            self._left -= _size(value)
            if self._left < 0:
                message = "nested variables make this value too large"
                self._report(
                    message,
                    node.location,
                    f"all variables together may expand to {_MOST_FILLED_IN:,} characters",
                )
        return value if self._left >= 0 else node.value

    def _passed_in(self, node: Node) -> str:
        """Return a variable of the environment whose value `node` holds, also by way of others; or ""."""
        row = (node.row or {}) if isinstance(node, ScalarNode) else {}
        for name in _names(node):
            if name in row:
                passed = self._passed_in(row[name])
            elif name in self._declared:
                passed = self._passed.get(name, "")
            else:
                passed = name if self._environ.get(name) else ""
            if passed:
                return passed
        return ""

    def _lookup(self, found: re.Match[str], row: Mapping[str, Node] | None) -> Any:
        name, default = found["name"], found["default"]
        if row and name in row:
            value = self.fill(row[name])
        else:
            value = self._values.get(name, self._environ.get(name, _UNDEFINED))
        return default if value in (_UNDEFINED, None, "") and default is not None else value

    def _value(self, found: re.Match[str], node: ScalarNode, kept: str) -> Any:
        value = self._lookup(found, node.row)
        if value is not _UNDEFINED:
            return value
        name = found["name"]
        if kept and name.startswith(kept):
            return found.group()
        self.unfilled.append(node)
        if name not in self._declared:  # else its own problem is reported already
            self._report(f"undefined variable '{name}'", node.location, self._hint(name, node))
        return found.group()

    def _hint(self, name: str, node: ScalarNode) -> str:
        passed = f"{VARIABLE_PREFIX}{name}"
        if name in self._not_passed:
            return f"only {VARIABLE_PREFIX}… of the environment is read: set {passed}"
        root = name.partition(".")[0]
        if root in _TEMPLATE_ROOTS:
            in_messages = f", {{{{pagerduty.{name}}}}} in `messages`" if root == "incident" else ""
            return (
                f"write {{{{{name}}}}} in a text, where templates have two braces{in_messages}, "
                f"and {name} in a condition"
            )
        if elsewhere := _OF_TERRAFORM.fullmatch(name):
            return f"write {elsewhere[1].replace('_', '-')}: a reference is the key of an entry"
        if node.row and root in node.row:
            return suggest(name, node.row) or _fields_of(root, node.row)
        known = {*(node.row or ()), *self._declared, *self._environ}
        hint = suggest(name, known)
        if "." in name:  # `${var.env}` of other tools; no variable of the environment has such a name
            (word,) = {name.partition(".")[2]} & known or {""}
            own = name.partition(".")[2] if root in _ROOTS_ELSEWHERE else ""
            set_here = (
                f"set {own} under `vars:`, and write ${{{own}}}" if own else f"set {name} under `vars:`"
            )
            return f"write ${{{word}}}" if word else hint or set_here
        return (
            hint or f"set {passed} in the environment or {name} under `vars:`, or write ${{{name}:-default}}"
        )

    def _text(self, found: re.Match[str], node: ScalarNode, kept: str) -> str:
        if found.group() == _LITERAL:
            return "${"
        if not found["name"]:
            hint = "write ${name} or ${name:-default}, or $${ for a literal ${"
            self._report("'${' is not followed by a variable name", node.location, hint)
            self.unfilled.append(node)
            return found.group()
        value = self._value(found, node, kept)
        if value is None or isinstance(value, list | dict):
            kind = "null" if value is None else "a list" if isinstance(value, list) else "a mapping"
            fields = [one for one in node.row or () if one.startswith(f"{found['name']}.")]
            hint = _fields_of(found["name"], fields) if fields else "such a variable must be the whole value"
            self._report(
                f"variable '{found['name']}' is {kind} and cannot be part of a text", node.location, hint
            )
            return found.group()
        return as_text(value)


def _fields_of(row: str, names: Iterable[str]) -> str:
    """Return what a row has, for somebody who looks for a field that it has not."""
    fields = [name.removeprefix(f"{row}.") for name in names if name != row]
    if not fields:
        return f"a row is one value here: write ${{{row}}}"
    return f"the fields of the row are {', '.join(fields[:_MOST_LISTED])}"


def escaped(text: str) -> str:
    """Escape `text` so that nothing in it is substituted."""
    return text.replace("${", _LITERAL)


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, MappingNode):
        for entry in node.entries.values():
            yield from _names(entry.node)
    elif not isinstance(node, ScalarNode):
        for item in node.items:
            yield from _names(item)
    elif isinstance(node.value, str):
        yield from (found["name"] for found in _REFERENCE.finditer(node.value) if found["name"])


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str) else _ITEM + sum(map(_size, _children(value)))


def _height(value: Any) -> int:
    return 1 + max(map(_height, _children(value)), default=0)
