"""The page's templates: everything is escaped, and JSON of any shape can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from jinja2.runtime import Undefined

PLAIN = (str, int, float, list, tuple, type(None))


class PageTemplates(Environment):
    """Templates in which `a.b` of an object of JSON is its field `b` and never a method of Python."""

    def __init__(self) -> None:
        super().__init__(
            loader=PackageLoader("pdslack_cli.sandbox.page"),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters["dicts"] = dicts
        self.filters["lists"] = lists

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field; nothing where there is none."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, PLAIN) and not hasattr(obj, "_fields"):
            return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def dicts(value: Any) -> list[Any]:
    """The objects in a list; none where it is no list."""
    if isinstance(value, Undefined) or not isinstance(value, list | tuple):
        return []
    return [entry for entry in value if isinstance(entry, dict)]


def lists(value: Any) -> list[Any]:
    """The lists in a value of any shape."""
    return [each for each in value if isinstance(each, list)] if isinstance(value, list) else []


TEMPLATES = PageTemplates()
"""Those of all pages of this process: to compile them takes longer than to show a page."""
