"""The stack: all files of a run as one checked value, with the location of every entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pdslack_cli.config.locations import Locations
from pdslack_cli.errors import Location
from pdslack_cli.kinds import EXTENDED_NAMED, MANAGED_NAMED
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import NO_REFS, KnownRefs, references
from pdslack_cli.kinds.fields.scalars import Pattern
from pdslack_cli.kinds.mark import LONGEST_OWNER, OWNER_PATTERN
from pdslack_cli.kinds.slack.app import SlackApp
from pdslack_cli.kinds.slack.channel_spec import LookedUpChannel, WorkspaceId
from pdslack_cli.model import DataPath, Name, Ref

if TYPE_CHECKING:
    from pdslack_cli.routing.testing.cases import Case

OwnerName = Annotated[
    str,
    Pattern(f"^{OWNER_PATTERN}$", "owner", rule=f"use a-z, 0-9 and `-`, at most {LONGEST_OWNER} characters"),
]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PagerDutySettings(_Settings):
    """Settings of the PagerDuty account."""

    region: Annotated[Literal["us", "eu"], Field(description="the service region of the account")] = "us"


class SlackSettings(_Settings):
    """Settings of Slack: changes to any other workspace are refused."""

    workspace: Annotated[
        WorkspaceId, Field(description="its id, as in app.slack.com/client/T…; any other is refused")
    ] = ""


class Header(_Settings):
    """Settings of the whole stack, besides its sections."""

    owner: Annotated[
        OwnerName, Field(description="marks what is ours; two stacks that are applied apart need two owners")
    ]
    priority: Annotated[
        int, Field(description="the place of this file among several: lower numbers are read first")
    ] = 0
    pagerduty: Annotated[PagerDutySettings, Field(description="which PagerDuty account")] = (
        PagerDutySettings()
    )
    slack: Annotated[SlackSettings, Field(description="which Slack workspace")] = SlackSettings()
    slack_app: Annotated[SlackApp | None, Field(description="the Slack app behind bot and buttons")] = None
    vars: Annotated[dict[str, Any], Field(description="values for `${name}`")] = {}
    defaults: dict[str, dict[str, Any]] = {}
    bases: dict[str, dict[str, dict[str, Any]]] = {}


@dataclass(frozen=True)
class StackEntry:
    """An object that the stack defines, and its location."""

    ref: Ref
    spec: Resource
    kind: Section[Any]
    path: DataPath
    written: Resource | None = None  # the spec before it took from other entries, where it did

    @cached_property
    def references(self) -> frozenset[Ref]:
        """The objects that it refers to."""
        return frozenset(references(self.spec))


@dataclass(frozen=True)
class PlacedCase:
    """A test case and its location."""

    case: Case
    location: Location


@dataclass(frozen=True)
class Stack:
    """All files of a run, checked, independent of any network.

    `sections` are the kinds whose section is present in a file, even if it is empty.
    """

    header: Header
    entries: Mapping[Ref, StackEntry]
    sections: frozenset[str]
    locations: Locations
    cases: tuple[PlacedCase, ...] = ()
    partial: frozenset[Ref] = frozenset()  # entries of which mistakes were cut out
    cut: frozenset[DataPath] = frozenset()  # those mistakes, and the required fields that are made up
    incomplete: frozenset[DataPath] = frozenset()  # mappings in which a required field is made up
    known: KnownRefs = NO_REFS  # also what is wrong in itself, where problems are collected

    @cached_property
    def specs(self) -> Mapping[Ref, Resource]:
        """The specs of all entries."""
        return {ref: entry.spec for ref, entry in self.entries.items()}

    @property
    def owner(self) -> str:
        return self.header.owner

    @property
    def workspace(self) -> str:
        return self.header.slack.workspace

    @cached_property
    def elsewhere(self) -> Mapping[str, str]:
        """The workspaces of the channels that are in another one than the stack's, by channel id."""
        specs = (entry.spec for entry in self.of_kind("channel"))
        return {
            spec.id: spec.workspace
            for spec in specs
            if isinstance(spec, LookedUpChannel) and spec.id and spec.workspace
        }

    @cached_property
    def wanted(self) -> Mapping[Ref, StackEntry]:
        """The entries that we create and change."""
        return {
            ref: entry
            for ref, entry in self.entries.items()
            if ref.kind in MANAGED_NAMED and not entry.spec.lookup
        }

    @cached_property
    def extended(self) -> Mapping[Ref, StackEntry]:
        """The entries that are looked up, and to whose objects we add something."""
        return {
            ref: entry
            for ref, entry in self.entries.items()
            if ref.kind in EXTENDED_NAMED and entry.spec.lookup and entry.spec.additions
        }

    @cached_property
    def referred(self) -> frozenset[Ref]:
        """The objects that wanted entries refer to, and those that we add something to."""
        found = set(self.extended)
        for entry in (*self.wanted.values(), *self.extended.values()):
            found |= entry.references
        return frozenset(found)

    @cached_property
    def rule_names(self) -> frozenset[str]:
        """The names of all rules, as the path of an event shows them."""
        return frozenset(name for entry in self.entries.values() for name in _rule_names(entry.spec))

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[StackEntry]]:
        found: dict[str, list[StackEntry]] = {}
        for ref, entry in self.entries.items():
            found.setdefault(ref.kind, []).append(entry)
        return found

    def of_kind(self, name: str) -> Sequence[StackEntry]:
        return self._by_kind.get(name, ())

    def location(self, ref: Ref) -> Location | None:
        """Return the location of an entry; None if the files do not contain it."""
        entry = self.entries.get(ref)
        if entry and isinstance(ref.key, Name):
            return self.locations.word(entry.path, ref.key)
        return self.locations.key(entry.path) if entry else None

    def doubt_location(self, entry: StackEntry, doubt: Doubt) -> Location:
        path = (*entry.path, *doubt.place)
        if doubt.offset is not None:
            return self.locations.inside(path, doubt.offset)
        return self.locations.key(path) if doubt.at_key else self.locations.value(path)

    def field_location(self, ref: Ref, field: str) -> Location | None:
        entry = self.entries.get(ref)
        return self.locations.key((*entry.path, field)) if entry else None


def _rule_names(value: object) -> Iterator[str]:
    """Yield the names of the rules in a value: their labels, or else their conditions."""
    if isinstance(value, BaseModel):
        label, conditions = getattr(value, "label", ""), getattr(value, "if_", ())
        if label or conditions:
            yield label or " or ".join(map(str, conditions))
        yield from (name for field in value.model_fields_set for name in _rule_names(getattr(value, field)))
    elif isinstance(value, tuple | list):
        yield from (name for item in value for name in _rule_names(item))
