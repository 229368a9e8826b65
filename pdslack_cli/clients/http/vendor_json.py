"""JSON from a vendor that remembers its call and the path of each value, for error messages.

Callers read `raw["teams"][0]["id"]` as from any dict. If the answer has an unexpected shape, `reads_answers`
turns the KeyError, TypeError or the like into one error that names the call and the value:
`PagerDuty's answer to GET /services: services[0].id is missing`.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from pdslack_cli.errors import MalformedAnswerError
from pdslack_cli.model import DataPath, json_value

MAX_DEPTH = 100  # of nesting; the deepest answer of either vendor has some 15 levels
REMEMBERED = 64  # reads per thread, among which the one that failed is looked for

YEARS = range(1900, 2300)  # of times that are counted in weeks, or added to

HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # or a whole one

log = logging.getLogger("pdslack_cli.clients")

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

# Exceptions from reading an unexpected value. Our own errors are not subclasses of these.
SHAPE_FAILURES = (
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    ValueError,
    ArithmeticError,
    RecursionError,
)

_MISSING = object()
_TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
}


class AnswerOrigin(Protocol):
    """The call that an answer belongs to."""

    @property
    def vendor(self) -> str: ...

    @property
    def repeatable(self) -> bool: ...

    def error(self, kind: type[MalformedAnswerError], message: str, *, hint: str) -> MalformedAnswerError: ...


class _Reads(threading.local):
    """The latest reads of this thread: the object, and the key that was asked for."""

    def __init__(self) -> None:
        self.latest: deque[tuple[VendorObject, str]] = deque(maxlen=REMEMBERED)


_reads = _Reads()


class VendorObject(dict[str, Any]):
    """A JSON object of an answer: a dict that knows its path and records which keys were read."""

    __slots__ = ("_parent", "_steps")

    _parent: VendorObject | AnswerOrigin
    _steps: DataPath  # from the parent to this object

    @classmethod
    def at(
        cls, parent: VendorObject | AnswerOrigin, steps: DataPath, content: dict[str, Any]
    ) -> VendorObject:
        """An object with that content, at that place."""
        made = cls(content)
        made._parent = parent
        made._steps = steps
        return made

    @property
    def origin(self) -> AnswerOrigin:
        """The call whose answer this is part of."""
        parent = self._parent
        return parent.origin if isinstance(parent, VendorObject) else parent

    @property
    def path(self) -> DataPath:
        """The keys and list positions that lead from the top of the answer to this object."""
        parent = self._parent
        return (*parent.path, *self._steps) if isinstance(parent, VendorObject) else self._steps

    def __getitem__(self, key: str) -> Any:
        _reads.latest.append((self, key))
        return dict.__getitem__(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        _reads.latest.append((self, key))
        return dict.get(self, key, default)

    def __or__(self, other: dict[str, Any]) -> VendorObject:  # type: ignore[override]  # keeps its place
        return VendorObject.at(self._parent, self._steps, {**self, **other})

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        """Copies and pickles are plain dicts: they may be changed, and are no longer the answer."""
        return dict, (dict(self),)


def parsed(text: str, origin: AnswerOrigin) -> Any:
    """Parse the JSON of an answer. Raises ValueError if it is invalid or nested too deeply."""
    try:
        value = json_value(text)
        if HALF_A_PAIR.search(text):
            value = _mended(value)
        return _placed(value, origin, (), 0)
    except RecursionError:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep") from None


def _mended(value: Any) -> Any:
    """Replace halves of surrogate pairs, such as cut emoji: no file, database or call takes them."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value


def _placed(value: Any, parent: VendorObject | AnswerOrigin, steps: DataPath, depth: int) -> Any:
    """Convert all dicts in a value to VendorObjects."""
    if depth > MAX_DEPTH:
        raise RecursionError
    if type(value) is dict:
        value = parent = VendorObject.at(parent, steps, value)
        steps = ()
        items: Iterator[tuple[str | int, Any]] = iter(list(value.items()))
    else:
        items = enumerate(value) if type(value) is list else iter(())
    for key, item in items:
        if type(item) is dict or type(item) is list:
            value[key] = _placed(item, parent, (*steps, key), depth + 1)
    return value


def entries(origin: AnswerOrigin, body: dict[str, Any], key: str, item: type = dict) -> list[Any]:
    """The list under that key, of items of that type."""
    if key not in body:
        raise malformed(origin, key, "is missing")
    found = body[key]
    if not isinstance(found, list):
        raise malformed(origin, key, f"is {type_name(found)}, expected a list")
    for place, entry in enumerate(found):
        if not isinstance(entry, item):
            expected = "a text" if item is str else "an object"
            raise malformed(origin, f"{key}[{place}]", f"is {type_name(entry)}, expected {expected}")
        if isinstance(entry, dict) and "id" in entry:  # else a path or a comparison would take it for one
            _check_id(origin, f"{key}[{place}].id", entry["id"])
    return found


def _check_id(origin: AnswerOrigin, where: str, id_: object) -> None:
    if not isinstance(id_, str):
        raise malformed(origin, where, f"is {type_name(id_)}, expected a text")
    if not id_:
        raise malformed(origin, where, "is empty")


def text_at(obj: dict[str, Any], key: str) -> str:
    """The text under a key that must be there."""
    value = obj[key]
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {type(value).__name__}")
    return value


def text_or_none(obj: dict[str, Any], key: str) -> str | None:
    """The text under a key that may be absent or null."""
    return None if obj.get(key) is None else text_at(obj, key)


def moment_at(obj: dict[str, Any], key: str) -> datetime:
    """The time under a key that must be there, in UTC, which one without an offset is taken to be in."""
    text = text_at(obj, key)
    moment = datetime.fromisoformat(text)
    if moment.year not in YEARS:
        raise ValueError(f"{text!r} is out of range")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def moment_or_none(obj: dict[str, Any], key: str) -> datetime | None:
    """The time under a key that may be absent, null or empty."""
    return moment_at(obj, key) if obj.get(key) not in (None, "") else None


def position(origin: AnswerOrigin, body: dict[str, Any], key: str) -> str | None:
    """Where the next page begins, by that key of the answer; None where it is empty or absent."""
    value = body.get(key)
    if value is not None and not isinstance(value, str):
        raise malformed(origin, path_text((*_path(body), key)), f"is {type_name(value)}, expected a text")
    return value or None


def _path(body: dict[str, Any]) -> DataPath:
    return body.path if isinstance(body, VendorObject) else ()


def malformed(origin: AnswerOrigin, path: str, what: str) -> MalformedAnswerError:
    """The error for a value that is not as the vendor documents it."""
    outcome = "nothing was changed because of it" if origin.repeatable else "it may have been done: run again"
    return origin.error(
        MalformedAnswerError,
        f"{origin.vendor}'s answer to {origin}: {path} {what}",
        hint=f"{outcome}; check the URL and proxy settings for {origin.vendor}, "
        f"and report a bug if {origin.vendor} really returns this",
    )


def path_text(steps: DataPath) -> str:
    """`services[0].teams[1].id`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".") or "it"


def reads_answers(function: F) -> F:
    """Decorator for functions that read answers: an unexpected shape becomes a MalformedAnswerError."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except SHAPE_FAILURES as failure:
            if error := shape_error(failure):
                raise error from failure
            raise
        return _converting_iterator(result) if isinstance(result, Iterator) else result

    return cast("F", call)


def _converting_iterator(iterator: Iterator[T]) -> Iterator[T]:
    """Convert failures while a generator, or another lazy iterator, runs."""
    try:
        yield from iterator
    except SHAPE_FAILURES as failure:
        if error := shape_error(failure):
            raise error from failure
        raise


def shape_error(failure: Exception) -> MalformedAnswerError | None:
    """The error that names the unexpected value; None if this thread had read no answer before."""
    reads = list(reversed(_reads.latest))
    if not reads:
        return None
    log.debug("an answer could not be read", exc_info=failure)
    for obj, key in reads:
        for path, value in _values(obj, key):
            if what := _fault(failure, key, value):
                return malformed(obj.origin, path_text(path), what)
    obj, key = reads[0]
    reason = f" ({failure})" if isinstance(failure, ValueError) else ""  # the others speak of Python's types
    return malformed(obj.origin, path_text((*obj.path, key)), f"or a value beside it is unexpected{reason}")


def _values(obj: VendorObject, key: str) -> Iterator[tuple[DataPath, Any]]:
    """The value that was read, and the items of a list."""
    value = dict.get(obj, key, _MISSING)
    path = (*obj.path, key)
    yield path, value
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield (*path, place), item


def _fault(failure: Exception, key: str, value: Any) -> str:
    """What is wrong with a value, if the failure is about it; empty if not."""
    message = str(failure)
    if isinstance(failure, KeyError):
        wanted = failure.args[0] if failure.args else None
        if value is _MISSING:
            return "is missing" if wanted == key else ""
        return f"is {_shown(value)}, which is unknown to pdslack" if _same(value, wanted) else ""
    if value is _MISSING:
        return ""
    if isinstance(failure, AttributeError):
        return f"is {type_name(value)}" if _same(value, failure.obj) else ""
    if isinstance(failure, IndexError):
        return "is too short" if isinstance(value, (list, str)) else ""
    if isinstance(failure, TypeError):
        return f"is {type_name(value)}" if _blamed(message, value) else ""
    if isinstance(value, (str, int, float)) and str(value) and str(value) in message:
        return f"is {_shown(value)}, which pdslack cannot read"
    return ""


def _blamed(message: str, value: Any) -> bool:
    """Whether a TypeError is about the type of this value."""
    if indexed := re.match(r"(string|list|tuple) indices", message):
        return type(value).__name__.startswith(indexed[1][:3])
    names = re.findall(r"'(\w+)'|\b(NoneType|int|float|bool|list|dict|VendorObject)\b", message)
    blamed = {quoted or bare for quoted, bare in names}
    # Where a text is wanted, the other one of the two types that a message names is the wrong one.
    return type(value).__name__ in (blamed - {"str"} or blamed)


def _same(value: Any, other: Any) -> bool:
    return value is other or (type(value) is type(other) and isinstance(value, str) and value == other)


def type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), "an object")


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return f"{text[:40]}…" if len(text) > 40 else text
