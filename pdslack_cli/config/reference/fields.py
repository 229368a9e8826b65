"""The fields of a stack file as a tree, read from its JSON Schema, for `pdslack explain`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from pdslack_cli.config.schema import VARIABLE, json_schema
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.config.stack import Header
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.written import X_LIMIT, X_TYPE
from pdslack_cli.model import Json

_KEYWORDS_OF_FORMS = ("anyOf", "oneOf", "allOf")
_MOST_WORDS = 9  # of a list, in a type
_TYPES = {"object": "mapping", "array": "list"}


@dataclass(frozen=True, eq=False)
class FieldDoc:
    """A field of the file; its `fields` are those of the mapping, items or values that it contains.

    `schema` is its JSON Schema, whose references point to `definitions`.
    """

    path: tuple[str, ...]
    schema: Json
    definitions: Mapping[str, Json]
    required: bool = False
    form: str = ""  # which form of its mapping has it, where not all do
    origin: frozenset[str] = frozenset()  # the definitions of those mappings
    cases: tuple[FieldDoc, ...] = ()  # the field in each form of its mapping, where they differ

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its values, in words."""
        return tuple(dict.fromkeys(word for form in self._forms for word in _type_of(form, self.definitions)))

    @property
    def nullable(self) -> bool:
        """Whether an explicit null is allowed."""
        return any(_is_null(form) for form in self._forms)

    @property
    def description(self) -> str:
        if self.cases:
            return " ".join(f"{case._in_its_form}." for case in self.cases)
        own: str = self.schema.get("description", "")
        if own:
            return own
        texts = (str(form.get("description", "")) for form in self._forms if "properties" in form)
        return " ".join(dict.fromkeys(" ".join(text.split()) for text in texts if text))

    @property
    def default(self) -> str:
        """The default in the spelling of the file; "" if there is none, or it is trivial."""
        value = self.schema.get("default")
        if value in (None, "", [], {}) or isinstance(value, dict) or len(self.allowed) == 1:
            return ""
        return _spelled(value)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The allowed values, of the field itself or of the items of a list."""
        items = [
            one for form in self._forms for inner in _inner(form) for one in _forms(inner, self.definitions)
        ]
        return tuple(dict.fromkeys(word for form in (*self._forms, *items) for word in _fixed(form)))

    @property
    def examples(self) -> tuple[str, ...]:
        found = (_spelled(each) for form in (self.schema, *self._forms) for each in form.get("examples", ()))
        return tuple(dict.fromkeys(found))

    @property
    def pattern(self) -> str:
        """The regular expression that a text must match; "" without one."""
        texts = (form for form in self._forms if X_TYPE not in form)  # whose type says it better
        return next((str(form["pattern"]) for form in texts if "pattern" in form), "")

    @property
    def limits(self) -> tuple[str, ...]:
        """The limits of its length or range, in words; where its cases differ, the description has them."""
        if self.cases:
            return ()
        return tuple(dict.fromkeys(words for form in (self.schema, *self._forms) for words in _limits(form)))

    @property
    def _in_its_form(self) -> str:
        default = [f"default {self.default}"] if self.default else []
        facts = ", ".join([*(["required"] if self.required else []), *default, *self.limits])
        return f"{self.form.capitalize()}{f' ({facts})' if facts else ''}: {self.description}"

    @property
    def is_common(self) -> bool:
        """Whether entries of all sections have it."""
        return len(self.path) == 2 and self.path[0] in SECTIONS and self.name in Resource.ABOUT

    @cached_property
    def fields(self) -> tuple[FieldDoc, ...]:
        """The fields below it."""
        mappings = [each for each in _mappings(self.schema, self.definitions) if not self._is_any_entry(each)]
        found: dict[str, list[Json]] = {}
        for mapping in mappings:
            for name in mapping["properties"]:
                found.setdefault(name, []).append(mapping)
        return tuple(self._field(name, having, mappings) for name, having in found.items())

    def _field(self, name: str, having: Sequence[Json], mappings: Sequence[Json]) -> FieldDoc:
        schemas = [mapping["properties"][name] for mapping in having]
        equal = all(each == schemas[0] for each in schemas)
        cases = [] if equal else [self._field(name, [mapping], mappings) for mapping in having]
        if not all(case.form and not case.allowed for case in cases):
            cases = []
        return FieldDoc(
            (*self.path, name),
            schemas[0] if equal else _joined(schemas),
            self.definitions,
            required=all(name in self._required_fields(mapping) for mapping in having),
            form=""
            if cases or len(having) == len(mappings)
            else _forms_in_words(having, mappings, self.definitions),
            origin=frozenset(str(mapping.get("title", "")) for mapping in having),
            cases=tuple(cases),
        )

    def _is_any_entry(self, mapping: Json) -> bool:
        """Return whether this is the form of an entry that is only looked up, with the common fields."""
        return self._is_section and mapping.get("title") == Resource.__name__

    @property
    def _is_section(self) -> bool:
        return len(self.path) == 1 and self.name in SECTIONS

    def _required_fields(self, mapping: Json) -> Collection[str]:
        # The schemas of a file and of an entry require nothing: others may complete what they leave out.
        if self.path and not self._is_section:
            return set(mapping.get("required", ()))
        model = SECTIONS[self.name].spec if self.path else Header
        return {info.alias or name for name, info in model.model_fields.items() if info.is_required()}

    @cached_property
    def _forms(self) -> tuple[Json, ...]:
        return tuple(_forms(self.schema, self.definitions))


@cache
def root_fields() -> tuple[FieldDoc, ...]:
    """The top-level keys of a file: its settings and its sections."""
    schema = json_schema()
    return FieldDoc((), schema, schema["$defs"]).fields


def every_field(fields: Sequence[FieldDoc], above: frozenset[str] = frozenset()) -> Iterator[FieldDoc]:
    """Yield these fields and all fields below them, depth first; recursive ones are expanded once."""
    for field in fields:
        if field.origin and field.origin <= above:
            continue
        yield field
        yield from every_field(field.fields, above | (field.origin - {""}))


def _limits(form: Json) -> Iterator[str]:
    if X_LIMIT in form:
        yield str(form[X_LIMIT])
    if "maxLength" in form:
        yield f"at most {form['maxLength']} characters"
    if "maxItems" in form:
        yield f"at most {form['maxItems']} items"
    if form.keys() & {"minimum", "maximum"} and X_TYPE not in form:
        yield f"from {form.get('minimum')} to {form.get('maximum')}"


def _forms(schema: Json, definitions: Mapping[str, Json]) -> Iterator[Json]:
    """Return the alternatives of a schema, without references."""
    if schema.get("$ref") == VARIABLE:
        return
    if "$ref" in schema:
        yield from _forms(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return
    if "enum" in schema or X_TYPE in schema:  # what has a type in words is not taken apart
        yield schema
        return
    several = [each for word in _KEYWORDS_OF_FORMS for each in schema.get(word, ())]
    if not several:
        yield schema
    for each in several:
        yield from _forms(each, definitions)


def _mappings(schema: Json, definitions: Mapping[str, Json]) -> Iterator[Json]:
    """Return the schemas of mappings with named fields, including items of lists and values of mappings."""
    for form in _forms(schema, definitions):
        if form.get("properties"):
            yield form
        for inner in _inner(form):
            yield from _mappings(inner, definitions)


def _inner(form: Json) -> Iterator[Json]:
    if isinstance(form.get("items"), dict):
        yield form["items"]
    if isinstance(form.get("additionalProperties"), dict):
        yield form["additionalProperties"]
    yield from form.get("patternProperties", {}).values() if not form.get("properties") else ()


def _type_of(form: Json, definitions: Mapping[str, Json]) -> Iterator[str]:
    if _is_null(form):
        return
    if words := _fixed(form):
        yield from words if len(words) <= _MOST_WORDS else ["word"]
        return
    if X_TYPE in form:
        yield from form[X_TYPE].split(" | ")
        return
    types = form.get("type", ())
    for word in [types] if isinstance(types, str) else types:
        inner = [each for each in _inner(form) if each] if not form.get("properties") else []
        several = [
            name for each in inner for one in _forms(each, definitions) for name in _type_of(one, definitions)
        ]
        if word in _TYPES and several and word == ("object" if "items" not in form else "array"):
            yield f"{_TYPES[word]} of {' | '.join(dict.fromkeys(several))}"
        elif word != "null":
            yield _TYPES.get(word, word)


def _is_null(form: Json) -> bool:
    types = form.get("type", ())
    return types == "null" or ("null" in types and len(types) == 1)


def _fixed(form: Json) -> list[str]:
    values = form.get("enum", [form["const"]] if "const" in form else [])
    return [_spelled(value) for value in values if value is not None]


def _joined(schemas: Sequence[Json]) -> Json:
    """Return the common schema of a field that several forms of a mapping have with different values."""
    described = [schema["description"] for schema in schemas if "description" in schema]
    text = {"description": "; or ".join(dict.fromkeys(described))} if described else {}
    return {"anyOf": list(schemas), **text}


def _forms_in_words(having: Sequence[Json], mappings: Sequence[Json], definitions: Mapping[str, Json]) -> str:
    """Describe what distinguishes forms of a mapping: `by: time`, or the names of the forms."""

    def fixed(mapping: Json) -> list[str]:
        forms = _forms(mapping["properties"].get(name, {}), definitions)
        return [word for form in forms for word in _fixed(form)]

    for name in having[0]["properties"]:
        words = [frozenset(fixed(each)) for each in mappings]
        if all(words) and sum(map(len, words)) == len(frozenset().union(*words)):
            chosen = dict.fromkeys(word for each in having for word in fixed(each))
            return f"with {name}: {', '.join(chosen)}"
    return ""


def _spelled(value: Any) -> str:
    """Format a value as inline YAML."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_spelled, value))}]"
    return json.dumps(value)
