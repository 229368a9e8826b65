"""The interface of a kind: its section of the file, conversions to and from vendor objects, its calls.

A kind declares its section and its model, and how to `decode` a live object into that model and `encode` the
model into a request. Everything else (matching, comparing, ordering, marking, printing) is generic. The
methods are grouped by caller, one class each; most of them have a default that fits most kinds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple

from pdslack_cli.clients.http.vendor_json import text_at, text_or_none
from pdslack_cli.errors import MalformedAnswerError
from pdslack_cli.kinds.base.answers import AnswerReader
from pdslack_cli.kinds.base.calls import Calls
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.namespace import Namespace
from pdslack_cli.kinds.base.parts import HasParts
from pdslack_cli.kinds.base.quota import Quota
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unwritable_fields
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

Provider = Literal["pagerduty", "slack"]


class Lenses(AnswerReader, Generic[S]):
    """Converts live objects to specs and back.

    Invariant: for the fields that are set, decoding an encoded spec returns the same values; all other fields
    keep their live values.
    """

    named_by: ClassVar[str] = "name"  # the field that its mark is bound to, which is `Live.name`
    mark_limit: ClassVar[int | None] = None  # characters the vendor allows in the marked text

    @abstractmethod
    def decode(self, live: Live, id_index: IdIndex) -> S:
        """Convert a live object to a spec. Fields of parts that were not read are left unset."""

    @abstractmethod
    def encode(self, spec: S, id_index: IdIndex, live: Live | None) -> Json:
        """Convert the set fields to a request body, without parts and without the mark."""

    def sendable(self, live: Live) -> Json:
        """Return the vendor's object in the form that its API accepts in a request."""
        return live.raw

    def marked_text(self, spec: S) -> tuple[str, str]:
        """Return the field that contains the mark, and its text as the vendor counts its length."""
        return "description", getattr(spec, "description", "")


class Exporting(Lenses[S], HasParts[S]):
    """The methods that an export calls."""

    # Fields that a new object does not get our default of where they are left out.
    defaults_spelled_out: ClassVar[frozenset[str]] = frozenset()
    # Fields that no file can hold, with their usual values.
    unwritable_defaults: ClassVar[Mapping[str, Any]] = {}
    server_made: ClassVar[frozenset[str]] = frozenset()  # in its fields, what only the vendor writes

    def exported_parts(self, live: Live) -> Collection[str]:
        """Return the fields of the parts that an export writes."""
        return self.part_fields

    def read_whole(self, clients: Clients, live: Live) -> Live:
        """Return the object with all parts that an export writes or mentions."""
        live = self.read_parts(clients, live, self.exported_parts(live))
        for part in self.parts:
            live = replace(live, parts={**live.parts, **part.read_for_export(clients, live)})
        return live

    def export_exclusion(self, live: Live) -> str:
        """Return why an export leaves the object out, or ""."""
        return ""

    def export_notes(self, before: S, live: Live, id_index: IdIndex) -> Iterable[str]:
        """Describe what the object has that a file cannot express; `before` is its decoded spec."""
        encoded = self.encode(before, id_index, live)
        yield from as_comment(
            unwritable_fields(self.sendable(live), encoded, self.unwritable_defaults, self.server_made)
        )
        for part in self.parts:
            if part.is_there(live) and not part.is_empty(live):
                yield from part.export_notes(before, live, id_index)


class Need(NamedTuple):
    """A dependency that blocks a deletion: the vendor does not delete `ref` while another object uses it.

    With `member`, it blocks the removal of that member (a person's id) from the object instead.
    """

    kind: str
    id: str
    member: str = ""


class Planning(HasParts[S]):
    """The methods that a plan calls. By default, only parts report anything."""

    # Objects without an entry are looked for only where the file has sections of all these kinds.
    sought_with: ClassVar[frozenset[str]] = frozenset()
    fixed_fields: ClassVar[frozenset[str]] = frozenset()  # a change means a replacement
    exclusive_fields: ClassVar[frozenset[str]] = frozenset()  # what they refer to is in one object at most
    parent_field: ClassVar[str] = ""  # the object of its own kind that it stands below
    exclusive_hint: ClassVar[str] = ""  # how to take it out of the object that has it
    frozen_fields: ClassVar[Mapping[str, str]] = {}  # cannot change at all; what to do instead
    kept_by_incidents: ClassVar[bool] = False  # open incidents go on with it as it was
    holds_incidents: ClassVar[bool] = False  # people may be at work on it when it is deleted
    changes_while_retired: ClassVar[bool] = False  # True: the vendor changes what is retired as well
    restore_hint: ClassVar[str] = ""  # what to do where we cannot bring a retired object back

    def obstacles(
        self, spec: S, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        """Return the reasons why these fields of the object cannot be changed, each with a remedy."""
        return chain.from_iterable(
            part.obstacles(spec, live, fields, id_index, adopt=adopt) for part in self.parts_of(fields)
        )

    def warnings(self, before: S | None, after: S, fields: Collection[str], now: datetime) -> Iterable[str]:
        """Return warnings to show before these fields change."""
        parts = self.parts_of(fields)
        return chain.from_iterable(part.warnings(before, after, fields, now) for part in parts)

    def former_names(self, live: Live) -> Iterable[str]:
        """Return the names that the object had before, if the vendor keeps them."""
        return ()

    def may_hide(self, spec: S) -> bool:
        """Return whether the vendor may show nobody such an object, such as an archived one, that exists."""
        return False

    def deletion_warnings(self, live: Live) -> Iterable[str]:
        """Return warnings to show before the object is deleted or archived."""
        return ()

    def released_not_deleted(self, live: Live) -> bool:
        """Return whether removing the object from the file only removes its mark."""
        return False

    def owned_by_endpoints(self, live: Live, ours: IdIndex) -> bool:
        """Return, for kinds without a mark, whether all objects that it connects are in `ours`."""
        return False

    def completed(self, ref: Ref, spec: S) -> S:
        """Return what a new object of an entry gets: the entry, and what creating it needs besides."""
        return spec

    def hidden_names(
        self, clients: Clients, namespace: Namespace, names: Collection[str], known: Collection[str]
    ) -> Mapping[str, str]:
        """Return the names taken by objects other than the `known` ids, and what has each of them.

        Called only for names of that namespace that a plan is about to use.
        """
        return {}

    def needs(self, live: Live) -> Iterable[Need]:
        """Return the dependencies of this object that block a deletion, whoever manages it."""
        return ()

    def lost_members(self, before: S, after: S) -> Iterable[Ref]:
        """Return the people whom a change removes from the object and whom another object may depend on."""
        return ()

    def quota(self, spec: S) -> Quota | None:
        """Return what an object counts against, if the vendor takes only so many."""
        return None

    def unfit(self, before: S | None, after: S, found: Mapping[Ref, Live]) -> Iterable[Doubt]:
        """Return what the vendor would refuse in a change, by the live objects that the file looks up."""
        return ()


class LookupKind(AnswerReader, Section[S]):
    """A kind of object that is looked up and never changed."""

    provider: ClassVar[Provider]
    plural: ClassVar[str]  # as the vendor names a list of them
    list_name: ClassVar[str] = ""  # what `pdslack list` calls it, where it has no section
    marked: ClassVar[bool] = False  # True: it has a text that carries a mark
    known_by_id_alone: ClassVar[bool] = False  # True: the vendor has no list of them
    needs_workspace: ClassVar[bool] = False  # its calls name the Slack workspace
    same_identity: ClassVar[str] = "mean the same object"  # the message about two entries of one identity
    absent_hint: ClassVar[str] = "create it there first, or correct the name"
    hidden_hint: ClassVar[str] = ""  # why the vendor may not show one that exists
    borrows_from: ClassVar[str] = ""  # the kind before it whose objects it finds as well, to look them up
    named_alone: ClassVar[bool] = False  # True: a file may name its objects that have no entry (`CatalogRef`)
    retired_word: ClassVar[str] = "archived"  # what the vendor calls an object that is put away
    retired_hint: ClassVar[str] = "restore it there, or name another one"

    @property
    def listing_name(self) -> str:
        """What `pdslack list` calls a list of its objects."""
        return self.list_name or self.section.replace("_", "-")

    @abstractmethod
    def read(self, clients: Clients, wanted: Collection[S]) -> Iterable[Live]:
        """Read the live objects in as few calls as possible; `wanted` are the entries that ask for them."""

    def read_all(self, clients: Clients) -> Iterable[Live]:
        """Read every object of the account for an export, with all fields that lists return."""
        return self.read(clients, ())

    def read_others(self, clients: Clients, known: Collection[str]) -> Iterable[Live]:
        """Read the objects whose ids are not known: their names, marks and what makes each the one it is."""
        return [live for live in self.read(clients, ()) if live.id not in known]

    def read_names(self, clients: Clients) -> Iterable[Live]:
        """Read the name and id of every object of the account, in one list."""
        return self.read(clients, ())

    def written_name(self, live: Live) -> str:
        """Return the name by which a file refers to the object."""
        return live.name

    def listed_details(self, live: Live) -> Json:
        """Return further details that help people choose the object to refer to."""
        return {}

    def identity(self, live: Live) -> Hashable:
        """Return the identity of an object without a mark: usually its name."""
        return live.name

    def aliases(self, live: Live) -> Iterable[Hashable]:
        """Return what else identifies it, where nothing has it as its identity; earlier ones count first."""
        return ()

    def wanted_identity(self, spec: S, id_index: IdIndex) -> Hashable | None:
        """Return the identity that an entry would have; None until everything it refers to exists."""
        return spec.name

    def display_name(self, live: Live) -> str:
        """Return the display name of the object; an export derives its key from it."""
        return live.name


class Kind(LookupKind[S], Exporting[S], Planning[S], Calls[S]):
    """A kind of object that is created, updated and deleted."""

    marked = True

    def is_readable(self, clients: Clients) -> bool:
        """Return whether the available tokens can list the objects."""
        return clients.reaches(self.provider)


def marked_live(kind: LookupKind[Any], raw: Json, text_field: str = "description", **more: Any) -> Live:
    """Build a Live from an object whose text field contains its mark; the mark is removed from the text."""
    text, owned = split_mark(text_or_none(raw, text_field))
    unmarked = raw | {text_field: text}
    name = text_or_none(unmarked, "name") or text_or_none(raw, "summary") or ""
    return Live(kind.name, text_at(raw, "id"), name, unmarked, owned, **more)


def decoded_or_none(kind: Kind[S], live: Live, id_index: IdIndex) -> S | None:
    """Decode an object that a plan only looks at; None if it has a value that cannot be read.

    Somebody else's odd object must not end the plans of all others.
    """
    try:
        return kind.decode(live, id_index)
    except MalformedAnswerError:
        return None


def readable(kind: Kind[S], lives: Iterable[Live], id_index: IdIndex) -> Iterator[tuple[Live, S]]:
    """Decode those objects that can be read."""
    for live in lives:
        spec = decoded_or_none(kind, live, id_index)
        if spec is not None:
            yield live, spec


def readable_needs(kind: Kind[Any], live: Live) -> frozenset[Need]:
    """Return what an object needs; nothing if that cannot be read, for the same reason."""
    try:
        return frozenset(kind.needs(live))
    except MalformedAnswerError:
        return frozenset()
