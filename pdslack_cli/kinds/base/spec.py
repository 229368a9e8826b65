"""Base models of the entries in a file: pydantic models that record which fields are set.

Annotations are no texts here, as they are elsewhere: pydantic would evaluate those of `Resource` again for
each kind, at every start.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import InitErrorDetails

from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.scalars import FILLED, Key, problem
from pdslack_cli.suggest import suggest


class Spec(BaseModel):
    """A mapping in the file. Unset fields are not managed; `model_fields_set` separates them from null."""

    WRITTEN_AS: ClassVar[type[BaseModel]]  # the model whose keys a file has there, if it is another one

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    @classmethod
    def from_wire(cls, **fields: Any) -> Self:
        """Build a spec from vendor data: no validation, defaults left unset.

        Data that other tools wrote to an account need not pass the checks of a file.
        """
        default = _defaults(cls).get
        given = {
            name: value for name, value in fields.items() if value is not None and value != default(name)
        }
        return cls.built(given)

    @classmethod
    def built(cls, fields: Mapping[str, Any]) -> Self:
        """Build a spec with exactly these fields set, without validation.

        Its values are in the order in which the model declares them, which all output has.
        `model_construct` does the same, but recalculates all defaults each time.
        """
        made: Self = _unset(cls).model_copy(update=fields)
        for name in made.__dict__.keys() - fields.keys() - _defaults(cls).keys():
            del made.__dict__[name]
        return made

    @property
    def non_default_fields(self) -> frozenset[str]:
        """The fields whose value is not the default."""
        return frozenset(name for name in self.model_fields_set if getattr(self, name) != self._default(name))

    @classmethod
    def _default(cls, name: str) -> Any:
        return _defaults(cls).get(name)


@cache
def _unset(model: type[BaseModel]) -> Any:
    """Return an instance with no field set. Models are frozen, so all others may be copies of it.

    It has required fields too, in their places, for the copies to have theirs there.
    """
    default = _defaults(model).get
    return model.model_construct(_fields_set=set(), **{name: default(name) for name in model.model_fields})


@cache
def _defaults(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the defaults of a model, by field. Models are frozen, so all instances share them."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }


NAMED = Field(description="its name in the product; the key, if left out")
UnsentName = Annotated[
    str, FILLED, USUAL_NAME, Field(description="for readers of the file alone: it is never sent")
]


class Resource(Spec):
    """The spec of a whole object, with the fields that entries of all sections have."""

    # About the entry, not about the object: never compared, never sent.
    ABOUT: ClassVar[frozenset[str]] = frozenset(
        {"lookup", "id", "protect", "previously", "like", "create_only", "ignore"}
    )

    name: Annotated[str, FILLED, USUAL_NAME, NAMED] = ""
    lookup: Annotated[
        bool, Field(description="it must exist already: it is only referred to, never changed")
    ] = False
    id: Annotated[str | None, Field(description="the vendor's id, where a name is not enough")] = None
    protect: Annotated[bool, Field(description="never delete it, even when its entry is gone")] = False
    previously: Annotated[
        Key | None, Field(description="the key that it had before it was renamed in the file")
    ] = None
    like: Annotated[str | None, Field(description="the entry of `bases:` that is laid under this one")] = None
    create_only: Annotated[
        tuple[str, ...], Field(description="fields that are set at creation, and then left to the product")
    ] = ()

    @classmethod
    def object_fields(cls) -> Mapping[str, str]:
        """The names of the object's own fields, by their spelling in the file."""
        return {
            field.alias or name: name for name, field in cls.model_fields.items() if name not in cls.ABOUT
        }

    @field_validator("create_only")
    @classmethod
    def _fields_of_the_object(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        known = cls.object_fields()
        listed = f"valid fields are {', '.join(sorted(known))}"
        found = [
            InitErrorDetails(
                type=problem(f"unknown field {word!r}", suggest(word, known) or listed),
                loc=(number,),
                input=word,
            )
            for number, word in enumerate(words)
            if word not in known
        ]
        if found:
            raise ValidationError.from_exception_data("create_only", found)
        return words

    @property
    def managed(self) -> frozenset[str]:
        """The fields that the file sets."""
        return frozenset(self.model_fields_set) - self.ABOUT

    @property
    def additions(self) -> frozenset[str]:
        """The fields that an entry with `lookup` adds to an object that is not ours."""
        return self.managed - {"name"}

    @property
    def without_create_only(self) -> Self:
        """A copy without the fields that are applied only at creation."""
        left_alone = {self.object_fields().get(word) for word in self.create_only}
        return self.restricted_to(self.model_fields_set - left_alone) if left_alone else self

    def restricted_to(self, fields: Collection[str]) -> Self:
        """A copy with only these fields set."""
        kept = {name: getattr(self, name) for name in self.model_fields_set if name in fields}
        return self.built(kept)

    def is_due(self, now: datetime) -> bool:
        """Whether it is created at that time. Overridden by what is created only shortly before."""
        return not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether the object has ended by that time. Overridden where objects end by themselves."""
        return False

    def as_written(self, now: datetime) -> Self:
        """Return a copy as a person would write it at that time. Overridden if the vendor rewrites values."""
        return self

    @property
    def stays_retired(self) -> bool:
        """Whether the file wants the object archived. Overridden by kinds that can be."""
        return False

    @property
    def integration_names(self) -> tuple[str, ...]:
        """The names of the integrations, for objects that have any."""
        return ()

    @property
    def given_outputs(self) -> Mapping[str, str]:
        """The outputs of the object that the file itself gives, by name; all of them are secret."""
        return {}

    def unlisted(self, integrations: Collection[str]) -> list[str]:
        """Return the integrations of the live object that the file does not list and that stay unchanged."""
        if getattr(self, "exact", True) or "integrations" not in self.model_fields_set:
            return []
        listed = Counter(self.integration_names)
        listed.subtract(integrations)  # of two with one name, the file lists one
        return [name for name, count in listed.items() for _ in range(-count)]

    def waits(self, live: Self) -> Iterable[str]:
        """What of the entry cannot be made yet, and why. Overridden where people must do something first."""
        return ()

    def merged_onto(self, live: Self, now: datetime) -> Self:
        """The spec of `live` after this is applied at that time. Overridden where a list only grows."""
        return live.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


S = TypeVar("S", bound=Resource)


class InOrder:
    """A mapping whose order is significant, in a Python-mode dump, where equal dicts may differ in order.

    Not a dataclass, which pydantic would print as a mapping of its fields.
    """

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self.pairs = pairs
