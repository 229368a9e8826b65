"""What a plan asks of a kind before it allows a change: obstacles, warnings, what needs what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from pdslack_cli.kinds.base.parts import HasParts
from pdslack_cli.kinds.base.spec import S
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


class Need(NamedTuple):
    """An object that the vendor does not delete while another one needs it.

    With a `member` it is that member (a person's id) whom the vendor does not take out of the object.
    """

    kind: str
    id: str
    member: str = ""


class Planning(HasParts[S]):
    """Answers what a plan asks. Every answer here means: nothing stands in the way, but in a part."""

    joins: ClassVar[frozenset[str]] = frozenset()  # without a mark: kinds that every such object refers to
    fixed_fields: ClassVar[frozenset[str]] = frozenset()  # a change means a replacement
    frozen_fields: ClassVar[Mapping[str, str]] = {}  # cannot change at all; what to do instead
    kept_by_incidents: ClassVar[bool] = False  # open incidents go on with it as it was
    holds_incidents: ClassVar[bool] = False  # people may be at work on it when it is deleted
    restore_hint: ClassVar[str] = ""  # what to do where we cannot bring a retired object back

    def obstacles(
        self, spec: S, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        """What forbids changing those fields of that object, each with the way out."""
        return chain.from_iterable(
            part.obstacles(spec, live, fields, id_index, adopt=adopt) for part in self.parts_of(fields)
        )

    def warnings(self, before: S | None, after: S, fields: Collection[str], now: datetime) -> Iterable[str]:
        """What people should know before those fields change."""
        parts = self.parts_of(fields)
        return chain.from_iterable(part.warnings(before, after, fields, now) for part in parts)

    def deletion_warnings(self, live: Live) -> Iterable[str]:
        """What people should know before the object is deleted, or put away."""
        return ()

    def released_not_deleted(self, live: Live) -> bool:
        """Whether an object that is no longer wanted only loses its mark."""
        return False

    def owned_by_endpoints(self, live: Live, ours: IdIndex) -> bool:
        """For kinds without a mark: whether all that the object joins is among `ours`, and so it is too."""
        return False

    def hidden_names(
        self, clients: Clients, names: Collection[str], known: Collection[str]
    ) -> Mapping[str, str]:
        """Which of these names are taken by something that is not among the `known` ids, and by what.

        Asked only for names that a plan is about to take.
        """
        return {}

    def needs(self, live: Live) -> Iterable[Need]:
        """What the vendor keeps as long as this object, whoever manages it, is as it is."""
        return ()

    def lost_members(self, before: S, after: S) -> Iterable[Ref]:
        """People whom the change takes out of the object, and whom something else may need in it."""
        return ()

    def unfit(self, before: S | None, after: S, people: Mapping[Ref, Live]) -> Iterable[str]:
        """Why the vendor surely refuses people whom the change puts into the object."""
        return ()
