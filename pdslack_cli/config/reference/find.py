"""Find the page of `pdslack explain`: a field by its path, or a topic by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from pdslack_cli.config.cures.descriptions import shown
from pdslack_cli.config.reference.examples import example_of
from pdslack_cli.config.reference.fields import FieldDoc, every_field, root_fields
from pdslack_cli.config.reference.topics import TOPIC_NAMED, Topic
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.errors import PdslackError
from pdslack_cli.suggest import a, nearest

MOST_NAMED = 5


def find(text: str) -> FieldDoc | Topic:
    """Return the field at a path such as `service.alert_grouping.by`, or a topic; raises PdslackError.

    The name of a section may be singular. Case is ignored, and `-` equals `_`.
    """
    words = [_plain(word) for word in text.strip(".").replace("/", ".").split(".")]
    first = _first_field(words[0])
    if first is None:
        topic = next((topic for name, topic in TOPIC_NAMED.items() if _plain(name) == words[0]), None)
        if topic and len(words) == 1:
            return topic
        raise _unknown(text, words)
    field = first
    for depth, word in enumerate(words[1:], 1):
        inner = next((each for each in field.fields if each.name == word), None)
        if inner is None:
            raise _unknown_below(field, word, words[depth:])
        field = inner
    return field


def example(field: FieldDoc) -> str:
    """Return an example of a field, of the same one elsewhere, or of its parent."""
    same = _paths_of_definitions().get((field.name, field.origin), ()) if field.origin - {""} else ()
    above = (field.path[:end] for end in range(len(field.path) - 1, 0, -1))
    return next(filter(None, map(example_of, (field.path, *same, *above))), "")


@cache
def _paths_of_definitions() -> Mapping[tuple[str, frozenset[str]], Sequence[tuple[str, ...]]]:
    """Return all paths of fields with a given definition."""
    found: dict[tuple[str, frozenset[str]], list[tuple[str, ...]]] = {}
    for field in every_field(root_fields()):
        found.setdefault((field.name, field.origin), []).append(field.path)
    return found


def _plain(word: str) -> str:
    return word.strip().lower().replace("-", "_").removesuffix("[]")


def _first_field(word: str) -> FieldDoc | None:
    singular = {kind.name: section for section, kind in SECTIONS.items()} | {"test": "tests"}
    return next((field for field in root_fields() if field.name == singular.get(word, word)), None)


# Words that people look for, in the singular, and where the answer is.
_ELSEWHERE = {
    **dict.fromkeys(("window", "restriction", "hour"), "see `pdslack explain times`"),
    "weekend": "see `pdslack explain times` and `pdslack explain maintenance_window`, and docs/how-to.md",
    **dict.fromkeys(("grouping", "group"), "see `pdslack explain service.alert_grouping`"),
    **dict.fromkeys(
        ("action", "input", "step"), "run `pdslack list actions`, or see `pdslack explain workflow`"
    ),
    **dict.fromkeys(("token", "scope"), "run `pdslack doctor`; see docs/concepts/tokens.md"),
    **dict.fromkeys(("seed", "seeding"), "see `pdslack sandbox --help`"),
    **dict.fromkeys(("undo", "revert", "rollback"), "see `pdslack apply --help`, and docs/how-to.md"),
    **dict.fromkeys(("vendor", "priority"), "run `pdslack list vendors` or `pdslack list priorities`"),
}


def _unknown(text: str, words: Sequence[str]) -> PdslackError:
    """Return the error for a first name that is neither a top-level key nor a topic."""
    error = PdslackError(f"there is no section, field or topic {shown(text)}")
    paths = _paths_ending_with(words)
    names = {_plain(name): name for name in TOPIC_NAMED}
    names |= {field.name: field.name for field in root_fields()}
    names |= {kind.name: kind.name for kind in SECTIONS.values()}
    near = names.get(nearest(words[0], names))
    if elsewhere := _ELSEWHERE.get(words[0].rstrip("s"), ""):
        error.hint = elsewhere
    elif paths:
        more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
        error.hint = f"did you mean {', '.join(paths[:MOST_NAMED])}{more}?"
    elif near:
        error.hint = f"did you mean '{'.'.join([near, *words[1:]])}'?"
    else:
        error.hint = "`pdslack explain` lists sections and topics"
    return error


def _unknown_below(field: FieldDoc, word: str, rest: Sequence[str]) -> PdslackError:
    """Return the error for a name that is not a field of `field`."""
    path = ".".join(field.path)
    if not field.fields:
        error = PdslackError(f"{path} has no fields: it is {' or '.join(map(a, field.types))}")
        error.hint = f"see `pdslack explain {path}`"
        return error
    names = [inner.name for inner in field.fields]
    deeper = [
        ".".join(inner.path) for inner in every_field(field.fields) if inner.path[-len(rest) :] == tuple(rest)
    ]
    error = PdslackError(f"{path} has no field {shown(word)}")
    if near := nearest(word, names):
        error.hint = f"did you mean '{path}.{'.'.join([near, *rest[1:]])}'?"
    elif deeper:
        error.hint = f"did you mean '{deeper[0]}'?"
    else:
        error.hint = f"its fields are {', '.join(names)}"
    return error


def _paths_ending_with(words: Sequence[str]) -> list[str]:
    """Return the shortest paths that end with these names."""
    fields = every_field(
        [field for field in root_fields() if field.name not in {"defaults", "bases", "each"}]
    )
    found = {".".join(field.path): field for field in fields if field.path[-len(words) :] == tuple(words)}
    return sorted(found, key=lambda path: (path.count("."), list(found).index(path)))
