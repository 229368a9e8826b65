"""The stack: all files of a run as one checked whole, with the place of every entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict

from pdslack_cli.config.locations import DataPath, Locations
from pdslack_cli.errors import Location
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import Pattern, references
from pdslack_cli.model import Ref

if TYPE_CHECKING:
    from pdslack_cli.config.cases import PlacedCase

OwnerName = Annotated[
    str, Pattern(r"^[a-z0-9-]{1,24}$", "an owner", "use a-z, 0-9 and `-`, at most 24 characters")
]
WorkspaceId = Annotated[
    str,
    Pattern(
        r"^[TE][A-Z0-9]+$", "a workspace", "write its id, such as T0123ABCD in app.slack.com/client/T0123ABCD"
    ),
]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PagerDutySettings(_Settings):
    """Which PagerDuty: the service region the account lives in."""

    region: Literal["us", "eu"] = "us"


class SlackSettings(_Settings):
    """Which Slack: we refuse to touch any other workspace."""

    workspace: WorkspaceId = ""


class Header(_Settings):
    """What the file says about itself, beside its sections."""

    owner: OwnerName
    pagerduty: PagerDutySettings = PagerDutySettings()
    slack: SlackSettings = SlackSettings()
    vars: dict[str, Any] = {}
    defaults: dict[str, dict[str, Any]] = {}
    bases: dict[str, dict[str, dict[str, Any]]] = {}
    priority: int = 0


@dataclass(frozen=True)
class StackEntry:
    """One object that the stack wants, and where the file says so."""

    ref: Ref
    spec: Resource
    kind: Section[Any]
    path: DataPath
    written: Resource | None = None  # the spec before it took from other entries, where it did


@dataclass(frozen=True)
class Stack:
    """All files of a run, checked; nothing in it depends on a network.

    `sections` are the names of the kinds whose section stands in a file, be it empty.
    """

    header: Header
    entries: Mapping[Ref, StackEntry]
    sections: frozenset[str]
    locations: Locations
    cases: tuple[PlacedCase, ...] = ()

    @cached_property
    def specs(self) -> Mapping[Ref, Resource]:
        """What every entry says, without its place."""
        return {ref: entry.spec for ref, entry in self.entries.items()}

    @property
    def owner(self) -> str:
        return self.header.owner

    @property
    def workspace(self) -> str:
        return self.header.slack.workspace

    @cached_property
    def wanted(self) -> Mapping[Ref, StackEntry]:
        """The entries that are ours to create and change."""
        return {
            ref: entry
            for ref, entry in self.entries.items()
            if ref.kind in MANAGED_NAMED and not entry.spec.lookup
        }

    @cached_property
    def referred(self) -> frozenset[Ref]:
        """Everything that a wanted entry refers to."""
        found: set[Ref] = set()
        for entry in self.wanted.values():
            found |= references(entry.spec)
        return frozenset(found)

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[StackEntry]]:
        found: dict[str, list[StackEntry]] = {}
        for ref, entry in self.entries.items():
            found.setdefault(ref.kind, []).append(entry)
        return found

    def of_kind(self, name: str) -> Sequence[StackEntry]:
        return self._by_kind.get(name, ())

    def location(self, ref: Ref) -> Location | None:
        """Where the file says that it wants this; None for what no file mentions."""
        entry = self.entries.get(ref)
        return self.locations.key(entry.path) if entry else None

    def field_location(self, ref: Ref, field: str) -> Location | None:
        entry = self.entries.get(ref)
        return self.locations.key((*entry.path, field)) if entry else None
