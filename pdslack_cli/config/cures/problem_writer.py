"""Write the problem of one error of pydantic, in the terms of the file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_origin

from pydantic import BaseModel, ValidationError

from pdslack_cli.config.cures.descriptions import CHOICES, DESCRIPTIONS, choices, shown
from pdslack_cli.config.cures.keys import glued_pair, intended_key, seems_field, unknown_key
from pdslack_cli.config.cures.model_fields import fields_at, known_keys, required_keys
from pdslack_cli.config.cures.references import reference_cure
from pdslack_cli.config.cures.types import EXPECTED, LIST, MAPPING, TEXT, how_to_write, is_scalar
from pdslack_cli.config.cures.values import (
    accepted_form,
    as_variable,
    glued,
    named_forms,
    respellings,
    texts_in,
)
from pdslack_cli.config.expand.layers import is_looked_up
from pdslack_cli.config.found_errors import (
    FoundError,
    found_errors,
    is_item,
    with_value,
)
from pdslack_cli.config.locations import Locations, data_at
from pdslack_cli.config.yaml.scalars import as_yaml
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.fields.references import UNKNOWN_REFERENCE, KnownRefs, kind_title
from pdslack_cli.masking import MASK, SHORTEST_INSIDE_TEXT, mask_secrets
from pdslack_cli.model import DataPath, Ref
from pdslack_cli.routing.pcl.fields import FIELDS as EVENT_FIELDS
from pdslack_cli.suggest import Replacement, all_of, nearest, one_of

MOST_KEYS = 6


class _WrongValue(NamedTuple):
    """What is wrong with a value, and the path below it, or the offset in its text, of the mistake."""

    message: str
    hint: str = ""
    offset: int | None = None
    at: DataPath = ()


def unknown_reference(context: Mapping[str, Any], *, in_list: bool = False) -> tuple[str, str]:
    """Return the message and the hint for the unknown reference of a validation error."""
    ref: Ref = context["ref"]
    return f"unknown {kind_title(ref.kind)} {ref.key!r}", reference_cure(context, in_list=in_list)


class ProblemWriter:
    """Convert validation errors of one entry to problems."""

    def __init__(
        self,
        model: type[BaseModel],
        data: object,
        path: DataPath,
        locations: Locations,
        known: KnownRefs | None,
    ) -> None:
        self._model, self._data, self._path, self._locations = model, data, path, locations
        self._known = known

    def intended_key(self, item: FoundError) -> str:
        """Return the key that a misspelled one was meant to be, or ""."""
        given = data_at(self._data, item.place[:-1])
        known = known_keys(self._model, item.place[:-1])
        if form := self._chosen(item):
            return next(iter(form))
        return intended_key(str(item.place[-1]), known, given if isinstance(given, dict) else ())

    def _chosen(self, item: FoundError) -> dict[str, object]:
        """Return `{manual: true}` for `type: manual`, where the value of an unknown key is an allowed one."""
        around, value = item.place[:-1], data_at(self._data, item.place)
        if not isinstance(value, str) or value not in known_keys(self._model, around):
            return {}
        forms: list[object] = [True, {}]
        return next(({value: form} for form in forms if self._accepts((*around, value), form)), {})

    def named(self, item: FoundError) -> str:
        """Return how to write a mapping that should be one of its values, or whose key is a name; else "".

        Such are `urgency: {type: constant, urgency: high}`, and `- Sensu: Datadog` in a list.
        """
        place = item.place[:-1]
        given = data_at(self._data, place)
        if not isinstance(given, dict) or self.intended_key(item):
            return ""
        if len(given) != 1 or not is_item(place):
            known = known_keys(self._model, place)
            if given.keys() & known or any(intended_key(str(key), known) for key in given):
                return ""
            return next((text for text in texts_in(given) if self._accepts(place, text)), "")
        ((key, value),) = given.items()
        if key in KIND_NAMED and isinstance(value, str) and self._accepts(place, ref := f"{key}/{value}"):
            return ref
        if seems_field(str(key)):
            return ""
        keys = known_keys(self._model, place, exactly=True)
        form = next((form for form in named_forms(key, value, keys) if self._accepts(place, form)), None)
        return as_yaml(form) if form is not None else ""

    def misnamed(self, place: DataPath, cure: str) -> Problem:
        """Return the problem of an item whose name stands as its key."""
        given = data_at(self._data, place)
        key = next(iter(given)) if isinstance(given, dict) else ""
        return Problem(f"unknown key {key!r}", self._locations.value((*self._path, *place)), f"write {cure}")

    def empty_above(self, item: FoundError) -> DataPath:
        """Return the path of the field without a value above an unknown key that belongs below it; or ()."""
        *around, key = item.place
        given = data_at(self._data, tuple(around))
        above = [*itertools.takewhile(lambda name: name != key, given)] if isinstance(given, dict) else []
        field = (*around, *above[-1:])
        if not above or data_at(self._data, field) is not None:
            return ()
        below = key in known_keys(self._model, field, exactly=True)
        return field if below or self._accepts(field, {key: data_at(self._data, item.place)}) else ()

    def not_below(self, place: DataPath, field: DataPath) -> Problem:
        """Return the problem of a key that is not indented below its field."""
        location = self._locations.key((*self._path, *place))
        return Problem(f"unknown key {str(place[-1])!r}", location, f"indent it below `{field[-1]}`")

    def missing_around(self, item: FoundError, found: Sequence[FoundError]) -> str:
        """Return the missing field of an error if all unknown keys beside it belong below it; or ""."""
        names = _unknown_beside(item.place, found)
        if item.kind != "missing" or not names:
            return ""
        below = known_keys(self._model, (*item.place, item.missing), exactly=True)
        known = known_keys(self._model, item.place)
        if not below and self._is_free(item) and not any(intended_key(name, known) for name in names):
            return item.missing
        below |= EVENT_FIELDS if item.missing == "event" else set()
        return item.missing if below.issuperset(names) else ""

    def _is_free(self, item: FoundError) -> bool:
        """Return whether whoever writes a missing mapping chooses its keys."""
        fields = [*fields_at(self._model, (*item.place, item.missing))]
        return bool(fields) and all(get_origin(field.annotation) is dict for field in fields)

    def not_around(self, place: DataPath, field: str, found: Sequence[FoundError]) -> Problem:
        """Return the problem of keys that stand beside a missing field in the place of below it."""
        names = _unknown_beside(place, found)
        (about, *_) = fields_at(self._model, (*place, field))
        it = "it" if len(names) == 1 else "them"
        in_list = get_origin(about.annotation) is tuple
        below = f"as an item of `{field}: […]`" if in_list else f"below `{field}:`"
        location = self._locations.key((*self._path, *place, names[0]))
        message = f"unknown key{'s' * (len(names) > 1)} {all_of(map(repr, names))}"
        return Problem(message, location, f"write {it} {below}")

    def unknown_keys(self, items: Iterable[FoundError]) -> Iterator[Problem]:
        """Return a problem for each unknown key; one for all parts of a value that commas cut."""
        split: dict[DataPath, str] = {}  # by the first part
        for item in items:
            whole = self._locations.split_value((*self._path, *item.place))
            if whole and not glued_pair(str(item.place[-1])):
                begun = (
                    at for at, text in split.items() if at[:-1] == item.place[:-1] and whole.startswith(text)
                )
                split[next(begun, item.place)] = whole
            else:
                yield self.unknown(item)
        for place, whole in split.items():
            hint = f"a comma ends a value inside {{…}}: write '{whole}' in quotes, or [{whole}] for a list"
            yield Problem(f"unknown key {str(place[-1])!r}", self._locations.key((*self._path, *place)), hint)

    def unknown(self, item: FoundError) -> Problem:
        key, location = str(item.place[-1]), self._locations.key((*self._path, *item.place))
        given = data_at(self._data, item.place[:-1])
        known = known_keys(self._model, item.place[:-1], given=given)
        every = known_keys(self._model, item.place[:-1])
        listed = f"valid keys are {', '.join(sorted(known))}"
        for name, value in given.items() if isinstance(given, Mapping) else ():
            if key in every and key not in known_keys(self._model, item.place[:-1], given={name: value}):
                return Problem(f"{key!r} does not go with `{name}: {value}`", location, listed)
        if chosen := self._chosen(item):
            return Problem(f"unknown key {key!r}", location, f"write `{as_yaml(chosen)[1:-1]}`; {listed}")
        value = given.get(key) if isinstance(given, Mapping) else None
        if isinstance(value, str) and value in known and self._accepts((*item.place[:-1], value), [key]):
            return Problem(f"unknown key {key!r}", location, f"write `{value}: [{key}]`; {listed}")
        if is_looked_up(self._data):
            listed = f"an entry with `lookup` is only referred to; {listed}"
        return unknown_key(key, known, location, listed, given if isinstance(given, Mapping) else ())

    def missing(self, place: DataPath, names: Sequence[str]) -> Problem:
        whole = (*self._path, *place)
        if not whole:
            owner = "the stack"
        elif isinstance(whole[-1], int):
            owner = f"this item of {whole[-2]!r}"
        else:
            owner = repr(whole[-1]) if place else "/".join(map(str, whole))
        message = f"{owner} has no {all_of(repr(name) for name in names)}"
        hint = f"add {all_of(f'`{name}:`' for name in names)}"
        given = data_at(self._data, place)
        if isinstance(given, dict) and len(given) == 1 and given.keys() <= known_keys(self._model, place):
            (value,) = given.values()
            if isinstance(value, str) and is_item(place) and self._accepts(place, value):
                hint = f"write {as_yaml(value)}, or {hint}"
        return Problem(message, self._locations.key(whole), hint)

    def wrong_type(self, items: Sequence[FoundError]) -> Problem:
        """Return the expected types of a value; several for a union."""
        item, given = items[0], items[0].detail["input"]
        wanted = list(dict.fromkeys(EXPECTED[item.kind] for item in items))
        written = self._locations.written((*self._path, *item.place)) if is_scalar(given) else ""
        message = f"expected {' or '.join(wanted)}, got {written or shown(given)}"
        return self._problem(item, message, self._form(item, wanted, given, written))

    def _form(self, item: FoundError, wanted: Sequence[str], given: object, written: str) -> str:
        """Return how to write the given value so that it is accepted."""
        if given is True and item.place[-1:] == ("if",):
            return "leave `if` out to match all"
        if TEXT in wanted and is_scalar(given):
            wrong = self._mistake(item.place, written or str(given))
            return wrong.hint if wrong and wrong.hint else f"put it in quotes: '{written or given}'"
        if given is None:
            return "write a value, or remove it"
        keys = sorted(
            known_keys(self._model, item.place, exactly=True), key=lambda key: (key != "responder", key)
        )
        if isinstance(given, str) and (parted := glued(given, keys, in_list=wanted[-1] == LIST)):
            return f"write `{parted}`"
        form = self._accepted(item.place, given, keys)
        if form:
            return f"write {form}"
        free = item.kind == "dict_type"  # whoever writes it chooses its keys
        if wanted[-1] == MAPPING and not free and (required := required_keys(self._model, item.place)):
            return f"write {all_of(f'`{key}: …`' for key in required)} below it"
        if wanted[-1] == MAPPING and 0 < len(keys) <= MOST_KEYS and not free:
            return f"write `{keys[0]}: …` below it; valid keys are {', '.join(keys)}"
        wrong = self._mistake(item.place, [given]) if wanted[-1] == LIST else None
        if wrong and (wrong.hint or is_scalar(given)):
            return f"write a list; {': '.join(filter(None, (wrong.message, wrong.hint)))}"
        return how_to_write(wanted[-1])

    def _mistake(self, place: DataPath, value: object) -> _WrongValue | None:
        """Return what is wrong with a value at a path, apart from its type; None if nothing is."""
        data = with_value(self._data, place, value)
        try:
            self._model.model_validate(data, context=self._known)
        except ValidationError as error:
            for found in found_errors(error, data):
                if found.at[: len(place)] == place and found.kind not in EXPECTED:
                    writer = ProblemWriter(self._model, data, self._path, self._locations, self._known)
                    return writer.mistake(found)
        return None

    def _that_holds(self, place: DataPath, hint: str) -> str:
        """Return the hint with what the field accepts of its values; if nothing, that of the first one."""
        if not isinstance(hint, Replacement):
            return hint
        if accepted := [value for value in hint.values if self._accepts(place, value)]:
            return Replacement(*accepted, lead=hint.lead)
        wrong = self._mistake(place, hint.values[0])
        return wrong.hint if wrong and wrong.hint else hint

    def _accepted(self, place: DataPath, given: object, keys: Iterable[str]) -> str:
        return accepted_form(given, keys, lambda value: self._accepts(place, value), item=is_item(place))

    def _accepts(self, place: DataPath, value: object) -> bool:
        """Return whether the data is valid at that path with that value."""
        data = with_value(self._data, place, value)
        try:
            self._model.model_validate(data, context=self._known)
        except ValidationError as error:
            return not any(found.at[: len(place)] == place for found in found_errors(error, data))
        return True

    def value(self, item: FoundError) -> Problem:
        """Return the problem of a value of the right type."""
        message, hint, offset, at = self.mistake(item)
        if item.kind == UNKNOWN_REFERENCE:  # it names its section, so the field goes without saying
            return Problem(message, self._locations.value((*self._path, *item.place)), hint)
        return self._problem(item, message, hint, offset, at)

    def mistake(self, item: FoundError) -> _WrongValue:
        """Return what is wrong with a value of the right type."""
        detail, context, given = item.detail, item.detail.get("ctx", {}), item.detail["input"]
        if item.kind == UNKNOWN_REFERENCE:
            message, cure = unknown_reference(context, in_list=is_item(item.place))
            alone = is_item(item.place) and isinstance(given, str) and self._accepts(item.place[:-1], given)
            return _WrongValue(message, f"write {given}, without brackets" if alone else cure)
        if item.kind == "pdslack":
            at = tuple(context.get("at", ()))
            wrong: str = context["message"]
            if isinstance(given, dict | list):  # a check of a field knows no YAML
                wrong = wrong.replace(repr(given), shown(given), 1)
            return _WrongValue(wrong, self._hint(item, context), context.get("offset"), at)
        if item.kind == "string_pattern_mismatch" and (form := self._respelled(item)):
            return _WrongValue(f"{shown(given)} has the wrong format", f"write {form}")
        if item.kind in CHOICES:
            return _WrongValue(*self._not_one_of(item.place, given, choices(context)))
        describe = DESCRIPTIONS.get(item.kind) or DESCRIPTIONS.get(item.kind.rpartition("_")[0])
        if describe:
            return _WrongValue(*describe(given, context))
        return _WrongValue(detail["msg"].replace("Input", shown(given), 1))

    def _hint(self, item: FoundError, context: Mapping[str, Any]) -> str:
        """Return the hint of one of our own errors, with a form of the value that the field accepts."""
        hint, form = context.get("hint", ""), self._respelled(item)
        if "known" in context:
            return f"write {form}" if form else reference_cure(context, hint)
        if form:
            return "; ".join(filter(None, (f"write {form}", context.get("rule"))))
        points_inside = context.get("offset") is not None or context.get("at")
        return hint if points_inside else self._that_holds(item.place, hint)

    def _not_one_of(self, place: DataPath, given: object, allowed: Sequence[object]) -> tuple[str, str]:
        form = "" if nearest(str(given), map(str, allowed)) else self._accepted(place, given, ())
        message, hint = one_of(allowed, given, shown(given), also="a list" if form else "")
        return message, f"write {form}" if form else hint

    def _respelled(self, item: FoundError) -> str:
        """Return the spelling of a text, or the item of a list, that the field accepts; "" if unclear."""
        given, context = item.detail["input"], item.detail.get("ctx", {})
        if "kinds" in context:  # one reference, in a list or a mapping
            return "" if isinstance(given, str) else self._reference_in(item.place, given, context["kinds"])
        respells = context.get("respell", item.kind == "string_pattern_mismatch") and isinstance(given, str)
        forms = respellings(given) if respells and mask_secrets(given) == given else ()
        return next((as_yaml(form) for form in forms if self._accepts(item.place, form)), "")

    def _reference_in(self, place: DataPath, given: object, kinds: Sequence[str]) -> str:
        """Return the reference in `{type: user, id: maya}` or `[maya]`, or ""."""
        forms = (form for text in texts_in(given) for form in (text, *(f"{kind}/{text}" for kind in kinds)))
        inside = (form for form in forms if self._accepts(place, form))
        return self._accepted(place, given, ()) or next(inside, "")

    def _problem(
        self, item: FoundError, message: str, hint: str, offset: int | None = None, at: DataPath = ()
    ) -> Problem:
        """Build a problem; `at` is the path below the item to the mistake."""
        label = ".".join(part for part in (*item.place, *at) if isinstance(part, str))
        place = (*self._path, *item.place, *at)
        given = item.detail["input"]
        if "{{" not in hint and (variable := as_variable(given)):
            hint = f"write {variable}"
        if isinstance(given, str):
            message, hint = _without_parts_of(given, message), _without_parts_of(given, hint)
        if isinstance(given, int | float) and (written := self._locations.written(place)):
            # 1.10 is no 1.1, and True no true
            message = re.sub(
                rf"(?<![\w.-]){re.escape(repr(given))}(?![\w.])", lambda _: written, message, count=1
            )
        location = self._locations.value(place) if offset is None else self._locations.inside(place, offset)
        return Problem(f"{label}: {message}" if label else message, location, hint)


_QUOTED = re.compile("(?<=')[^']+(?=')|(?<=`)[^`]+(?=`)")


def _without_parts_of(value: str, text: str) -> str:
    """Mask the words of a value that a text quotes and that a mask hides in the value itself."""
    masked_value = mask_secrets(value)

    def masked(found: re.Match[str]) -> str:
        word = found.group()
        hidden = len(word) >= SHORTEST_INSIDE_TEXT and word in value and word not in masked_value
        return MASK if hidden else word

    return _QUOTED.sub(masked, text) if masked_value != value else text


def _unknown_beside(place: DataPath, found: Iterable[FoundError]) -> list[str]:
    """Return the unknown keys of the mapping at a path."""
    return [
        str(item.place[-1]) for item in found if item.kind == "extra_forbidden" and item.place[:-1] == place
    ]
