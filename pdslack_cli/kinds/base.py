"""What a kind is: the shape people write, two lenses between it and the vendor's, and its calls.

A kind declares its section and its model and says how to `decode` a live object into that model and
how to `encode` the model into a request. Everything else (matching, comparing, ordering, marking,
printing) is the same for all kinds and lives elsewhere. The law of the lenses: for the fields that
are set, decoding what encoding made gives back the same; all others stay as they are live.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from inspect import isfunction
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    Self,
    TypeVar,
)

from pydantic import BaseModel, ConfigDict, Field

from pdslack_cli.clients.http.vendor_json import reads_answers, text_at, text_or_none
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.fields.scalars import Key
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unsaid_fields
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import Json, Live, Owned, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

Provider = Literal["pagerduty", "slack"]


class Spec(BaseModel):
    """A piece of the file. What is left out is not managed: `model_fields_set` tells it from a null."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @classmethod
    def from_wire(cls, **fields: Any) -> Self:
        """Of values that need no check, with nothing set that is the default anyway.

        What other tools wrote into an account need not pass the checks that we make of a file.
        """
        said = {
            name: value for name, value in fields.items() if value is not None and value != cls._default(name)
        }
        return cls.built(said)

    @classmethod
    def built(cls, fields: Mapping[str, Any]) -> Self:
        """Of exactly these fields, unchecked: `model_construct`, which works out all defaults each time."""
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
    """What each field is that nobody sets. Models are frozen, so all of them may share these."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }


class Resource(Spec):
    """What every entry of every section may say about itself, beside what it is."""

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
        """The same, with no other fields set."""
        kept = {name: getattr(self, name) for name in self.model_fields_set if name in fields}
        return self.built(kept)

    def as_written(self) -> Self:
        """The same as a person would write it. Kinds whose vendor rewrites what was asked for say so here."""
        return self

    def merged_onto(self, live: Self) -> Self:
        """What the object is once this is applied to `live`. Kinds whose lists only grow say so here."""
        return live.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


S = TypeVar("S", bound=Resource)


class SecretSink(Protocol):
    """Where a secret goes that the vendor shows once."""

    @property
    def place(self) -> str:
        """Where they are, for people."""

    def store(self, ref: Ref, name: str, value: str) -> None: ...


@dataclass(frozen=True)
class Session:
    """What a write needs: how to reach the vendors, who is who, whose objects, and where secrets go."""

    clients: Clients
    id_index: IdIndex
    owner: str
    secrets: SecretSink
    notice: Callable[[Ref, str], None]  # for what a vendor warns of while it does what was asked
    seen: frozenset[tuple[str, str]] = frozenset()  # kind and id of all that the plan knew: none of it is new


class Need(NamedTuple):
    """An object that the vendor does not delete while another one needs it.

    With a `member` it is that member (a person's id) whom the vendor does not take out of the object.
    """

    kind: str
    id: str
    member: str = ""


class Doubt(NamedTuple):
    """Something that a vendor may refuse: where below the entry, what, and what would be safe."""

    place: tuple[str | int, ...]
    message: str
    hint: str


class Section(Generic[S]):
    """A section of the file: what its entries look like, and which objects they stand for."""

    name: ClassVar[str]  # in the singular, as references and plans print it
    section: ClassVar[str] = ""  # as the file names it; empty: it is only ever referred to
    spec: ClassVar[type[Resource]]

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")

    def entries(self, key: str, spec: S) -> Iterable[tuple[Ref, Resource]]:
        """The objects that an entry stands for: usually the one of its name."""
        yield Ref(self.name, key), spec

    def resolved(self, spec: S, specs: Mapping[Ref, Resource]) -> S:
        """The entry as the object will be: with all that it takes from other entries put in."""
        return spec

    def doubts(self, spec: S, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()) -> Iterable[Doubt]:
        """What the vendor may refuse, though nobody is sure of it: warned of, and sent as it is.

        `new` are the objects that are known not to exist yet.
        """
        return ()


class LookupKind(Section[S], ABC):
    """A kind that we find but never change."""

    provider: ClassVar[Provider]
    plural: ClassVar[str]  # as the vendor names a list of them
    needs_workspace: ClassVar[bool] = False  # its calls name the Slack workspace
    same_identity: ClassVar[str] = "mean the same object"  # what is told of two entries of one identity
    absent_hint: ClassVar[str] = "create it there first, or correct the name"
    retired_word: ClassVar[str] = "archived"  # what the vendor calls an object that is put away
    retired_hint: ClassVar[str] = "restore it there, or name another one"

    def __init_subclass__(cls, **options: Any) -> None:
        """Let the methods that look into live objects report a malformed answer as such."""
        super().__init_subclass__(**options)
        for name, method in list(vars(cls).items()):
            if isfunction(method) and not name.startswith("_") and not hasattr(Section, name):
                setattr(cls, name, reads_answers(method))

    @abstractmethod
    def read(self, clients: Clients, wanted: Collection[S]) -> Iterable[Live]:
        """The live objects, in as few calls as the vendor allows; `wanted` are the entries that ask."""

    def identity(self, live: Live) -> Hashable:
        """What tells two unmarked objects of this kind apart: usually the name."""
        return live.name

    def wanted_identity(self, spec: S, id_index: IdIndex) -> Hashable | None:
        """The same for an entry of the file; None while something it refers to does not exist yet."""
        return spec.name

    # --- what an export asks -------------------------------------------------------------------------

    def read_all(self, clients: Clients) -> Iterable[Live]:
        """Every object, with all that lists tell of it."""
        return self.read(clients, ())

    def display_name(self, live: Live) -> str:
        """What people call the object: its key in an exported file comes from that."""
        return live.name


class Kind(LookupKind[S], ABC):
    """A kind that we create, change and delete."""

    marked: ClassVar[bool] = True  # False: it has no text that could carry a mark
    named_by: ClassVar[str] = "name"  # the field that its mark is bound to, which is `Live.name`
    joins: ClassVar[frozenset[str]] = frozenset()  # without a mark: kinds that every such object refers to
    mark_limit: ClassVar[int | None] = None  # characters the vendor allows in the marked text
    unique_names: ClassVar[bool] = False  # True: the vendor refuses a second one of the same name
    perhaps_unique_names: ClassVar[bool] = False  # True: it may, which is not documented
    puts_away: ClassVar[bool] = False  # True: deleting only puts it away, and its name stays taken
    part_fields: ClassVar[frozenset[str]] = frozenset()  # written by calls of their own
    late_fields: ClassVar[frozenset[str]] = frozenset()  # shrunk only after everything that refers to us
    child_fields: ClassVar[frozenset[str]] = frozenset()  # lists of things whose removal is a delete
    rule_fields: ClassVar[frozenset[str]] = frozenset()  # ours only where the mark says so (RULE_LISTS)
    fixed_fields: ClassVar[frozenset[str]] = frozenset()  # a change means a replacement
    frozen_fields: ClassVar[Mapping[str, str]] = {}  # cannot change at all; what to do instead
    secret_name: ClassVar[str] = ""  # what is kept of a new one, for it is shown only once
    kept_by_incidents: ClassVar[bool] = False  # open incidents go on with it as it was
    holds_incidents: ClassVar[bool] = False  # people may be at work on it when it is deleted
    defaults_spelled_out: ClassVar[frozenset[str]] = (
        frozenset()
    )  # left out, a new object does not get our default
    unsaid_usual: ClassVar[Mapping[str, Any]] = {}  # fields that no file can say, and what they usually are
    server_made: ClassVar[frozenset[str]] = frozenset()  # in its fields, what only the vendor writes
    restore_hint: ClassVar[str] = ""  # what to do where we cannot bring a retired object back

    # --- lenses --------------------------------------------------------------------------------------

    @abstractmethod
    def decode(self, live: Live, id_index: IdIndex) -> S:
        """The live object in the words of the file. A part that was not read is left out."""

    @abstractmethod
    def encode(self, spec: S, id_index: IdIndex, live: Live | None) -> Json:
        """What the vendor takes for the fields that are set, without parts and without the mark."""

    def marked_text(self, spec: S) -> tuple[str, str]:
        """The field whose text carries the mark, and that text as the vendor will count it."""
        return "description", getattr(spec, "description", "")

    # --- what a plan asks ----------------------------------------------------------------------------

    def read_parts(self, clients: Clients, live: Live, fields: Collection[str]) -> Live:
        """The live object with the parts that hold those fields read as well."""
        return live

    def obstacles(
        self, spec: S, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        """What forbids changing those fields of that object, each with the way out."""
        return ()

    def warnings(self, before: S | None, after: S, fields: Collection[str]) -> Iterable[str]:
        """What people should know before those fields change."""
        return ()

    def is_bare(self, field: str, value: Any) -> bool:
        """Whether a part is as the vendor gives it to a new object."""
        return not value

    def released_not_deleted(self, live: Live) -> bool:
        """Whether an object that is no longer wanted only loses its mark."""
        return False

    def hidden_names(
        self, clients: Clients, names: Collection[str], known: Collection[str]
    ) -> Mapping[str, str]:
        """Which of these names something bears that is not among the `known` ids, and what that is.

        Asked only for names that a plan is about to take.
        """
        return {}

    def deletion_warnings(self, live: Live) -> Iterable[str]:
        """What people should know before the object is deleted, or put away."""
        return ()

    def needs(self, live: Live) -> Iterable[Need]:
        """What the vendor keeps as long as this object, whoever manages it, is as it is."""
        return ()

    def lost_members(self, before: S, after: S) -> Iterable[Ref]:
        """People whom the change takes out of the object, and whom something else may need in it."""
        return ()

    def is_readable(self, clients: Clients) -> bool:
        """Whether the tokens at hand can list the objects."""
        return clients.reaches(self.provider)

    def part_owners(self, live: Live) -> Collection[str]:
        """Whose marks stand on what belongs to the object and bears one of its own, as far as it was read."""
        return ()

    def unfit(self, before: S | None, after: S, people: Mapping[Ref, Live]) -> Iterable[str]:
        """Why the vendor surely refuses people whom the change puts into the object."""
        return ()

    def owned_by_endpoints(self, live: Live, ours: IdIndex) -> bool:
        """For kinds without a mark: whether all that the object joins is among `ours`, and so it is too."""
        return False

    # --- what an export asks -------------------------------------------------------------------------

    def exported_parts(self, live: Live) -> Collection[str]:
        """The fields of the parts that an export writes."""
        return self.part_fields

    def read_whole(self, clients: Clients, live: Live) -> Live:
        """The object with all parts that an export writes or tells of."""
        return self.read_parts(clients, live, self.exported_parts(live))

    def export_exclusion(self, live: Live) -> str:
        """Why an export does not manage the object; "" where it does."""
        return ""

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        """What the object holds that no file can say."""
        said = self.encode(self.decode(live, id_index), id_index, live)
        return as_comment(unsaid_fields(self.sendable(live), said, self.unsaid_usual, self.server_made))

    def sendable(self, live: Live) -> Json:
        """The vendor's own object in the form in which it is sent back."""
        return live.raw

    # --- writing -------------------------------------------------------------------------------------

    @abstractmethod
    def create(self, session: Session, ref: Ref, spec: S, mark: Owned) -> Live:
        """Make the object, marked, without its parts; never twice (`clients/once.py`)."""

    def is_unfinished(self, live: Live) -> bool:
        """Whether the object was made by us, and does not carry its mark yet."""
        return False

    def refuses_second(self, error: ApiError) -> bool:
        """Whether the vendor may have refused a creation because there is one of that name by now."""
        return error.status == HTTPStatus.BAD_REQUEST

    @abstractmethod
    def update(
        self, session: Session, live: Live, spec: S, fields: Collection[str], mark: Owned | None
    ) -> None:
        """Change those fields (no parts) of the object, and write its mark (None takes it off)."""

    def write_parts(self, session: Session, ref: Ref, live: Live, spec: S, fields: Collection[str]) -> None:
        """Bring the parts that hold those fields to what `spec` says; growing only, for late fields."""

    def shrink(self, session: Session, live: Live, spec: S, fields: Collection[str]) -> None:
        """Take away from late fields what `spec` no longer holds."""

    def mark_parts(self, session: Session, live: Live, mark: Owned | None, owners: Collection[str]) -> None:
        """Put this mark (None takes it off) on what belongs to the object and bears one of these owners."""

    @abstractmethod
    def delete(self, session: Session, live: Live) -> None:
        """Delete the object, or put it away where the vendor has no delete. Gone already is fine."""

    def can_restore(self, clients: Clients) -> bool:
        """Whether the tokens at hand can bring back what was put away."""
        return False

    def restore(self, session: Session, live: Live) -> None:
        """Bring back an object that was put away; nothing to do for kinds that delete theirs."""

    def read_outputs(self, clients: Clients, live: Live) -> Mapping[str, str]:
        """What other programs need of the object beside its id, by name; all of it is secret."""
        return {}


def marked_live(kind: LookupKind[Any], raw: Json, text_field: str = "description", **more: Any) -> Live:
    """A Live from an object that carries its mark in a text field; the text is left without the mark."""
    text, owned = split_mark(text_or_none(raw, text_field))
    return Live(
        kind.name,
        text_at(raw, "id"),
        text_or_none(raw, "name") or text_or_none(raw, "summary") or "",
        raw | {text_field: text},
        owned,
        **more,
    )
