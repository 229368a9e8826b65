"""The shape of an entry in a file: pydantic models that tell what is set from what is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from pdslack_cli.kinds.fields.scalars import Key


class Spec(BaseModel):
    """A mapping of the file. What is left out is not managed: `model_fields_set` tells it from a null."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @classmethod
    def from_wire(cls, **fields: Any) -> Self:
        """Build a spec from vendor data: no validation, defaults left unset.

        What other tools wrote into an account need not pass the checks that we make of a file.
        """
        said = {
            name: value for name, value in fields.items() if value is not None and value != cls._default(name)
        }
        return cls.built(said)

    @classmethod
    def built(cls, fields: Mapping[str, Any]) -> Self:
        """Build a spec with exactly these fields set, without validation.

        `model_construct` does the same, but works out all defaults each time.
        """
        whole = {**_defaults(cls), **fields}
        return cls.model_construct(_fields_set=set(fields), **whole)  # type: ignore[return-value]  # its plugin

    @property
    def non_default_fields(self) -> frozenset[str]:
        """The fields that are set to something else than their default."""
        return frozenset(name for name in self.model_fields_set if getattr(self, name) != self._default(name))

    @classmethod
    def _default(cls, name: str) -> Any:
        return _defaults(cls).get(name)


@cache
def _defaults(model: type[BaseModel]) -> Mapping[str, Any]:
    """The defaults of a model, by field. Models are frozen, so all of them may share these."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }


class Resource(Spec):
    """A spec of a whole object, with the fields that every entry of every section may have."""

    # About the entry, not about the object: never compared, never sent.
    ABOUT: ClassVar[frozenset[str]] = frozenset(
        {"lookup", "id", "protect", "previously", "like", "create_only"}
    )

    name: Annotated[str, Field(min_length=1, description="its name in the product; the key, if left out")] = (
        ""
    )
    lookup: Annotated[bool, Field(description="it must exist, and is only referred to")] = False
    id: Annotated[str | None, Field(description="the vendor's id, where a name is not enough")] = None
    protect: Annotated[bool, Field(description="never deleted by pdslack")] = False
    previously: Annotated[Key | None, Field(description="its key before a rename")] = None
    like: Annotated[str | None, Field(description="the entry of `bases:` that is laid under this one")] = None
    create_only: Annotated[
        tuple[str, ...], Field(description="fields that are set at creation, and then left to the product")
    ] = ()

    @classmethod
    def object_fields(cls) -> Mapping[str, str]:
        """Our names for the fields of the object itself, by how the file spells them."""
        return {
            field.alias or name: name for name, field in cls.model_fields.items() if name not in cls.ABOUT
        }

    @property
    def managed(self) -> frozenset[str]:
        """The fields that the file decides."""
        return frozenset(self.model_fields_set) - self.ABOUT

    @property
    def without_create_only(self) -> Self:
        """What the file decides of an object that exists: all but what is set at creation only."""
        left_alone = {self.object_fields().get(word) for word in self.create_only}
        return self.restricted_to(self.model_fields_set - left_alone) if left_alone else self

    def restricted_to(self, fields: Collection[str]) -> Self:
        """A copy with only these fields set."""
        kept = {name: getattr(self, name) for name in self.model_fields_set if name in fields}
        return self.built(kept)

    def as_written(self) -> Self:
        """A copy as a person would write it. Overridden where the vendor rewrites what was asked for."""
        return self

    def merged_onto(self, live: Self, now: datetime) -> Self:
        """The object once this is applied to `live` at that time. Overridden where a list only grows."""
        return live.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


S = TypeVar("S", bound=Resource)
