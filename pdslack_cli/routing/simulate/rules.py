"""Path documents of event orchestrations, read once into typed rules (orchestration.md 2.1, 2.6, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from pdslack_cli.routing.pcl.ast import FieldPath
from pdslack_cli.routing.pcl.conditions import Condition
from pdslack_cli.routing.pcl.regex import Regex
from pdslack_cli.routing.pcl.templates import Template

START = "start"
UNROUTED = "unrouted"
CACHE_SECONDS = 86_400  # that a cache variable lives after it was last written


class PathKind(StrEnum):
    """The four kinds of path documents."""

    GLOBAL = "global"
    ROUTER = "router"
    SERVICE = "service"
    UNROUTED = "unrouted"


@dataclass(frozen=True, slots=True)
class Capture:
    """Text extracted from a field by a pattern: all its groups, or the whole match."""

    source: FieldPath
    pattern: str
    regex: Regex


class Extraction(NamedTuple):
    """A field of the event and its new value, from a template or a capture."""

    target: FieldPath
    value: Template | Capture


@dataclass(frozen=True, slots=True)
class PathWebhook:
    """A request to an external program. `on` is alert_triggered, alert_suspended or alert_suppressed."""

    name: str
    url: str
    auto_send: bool
    headers: tuple[tuple[str, Template], ...]
    parameters: tuple[tuple[str, Template], ...]
    on: str


@dataclass(frozen=True, slots=True)
class Automation:
    """An automation action that PagerDuty runs."""

    action: str
    on: str


@dataclass(frozen=True, slots=True)
class DynamicRoute:
    """A service identified by text found in the event; `by` is service_id or service_name."""

    find: Capture
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathActions:
    """The actions of a rule. Empty text, null and false count as unset, except `suppress: false`."""

    route_to: str = ""
    dynamic: DynamicRoute | None = None
    variables: tuple[tuple[str, Capture], ...] = ()
    extractions: tuple[Extraction, ...] = ()
    severity: str = ""
    event_action: str = ""
    priority: str = ""
    escalation_policy: str = ""
    note: Template | None = None
    suppress: bool | None = None
    suspend: int = 0
    drop: bool = False
    fields: tuple[tuple[str, Template], ...] = ()
    webhooks: tuple[PathWebhook, ...] = ()
    automations: tuple[Automation, ...] = ()


class RuleKey(NamedTuple):
    """The address of a rule in the model; `owner` is the id of an orchestration or a service."""

    owner: str
    path: PathKind
    set_id: str
    position: int


@dataclass(frozen=True)
class PathRule:
    """One rule: it matches if it has no conditions, or if any of them is true."""

    set_id: str
    position: int  # in its set, from 0
    id: str
    label: str
    conditions: tuple[Condition, ...]
    actions: PathActions
    disabled: bool = False

    @cached_property
    def name(self) -> str:
        """Its display name: its label, else its condition, else its position."""
        if self.label:
            return self.label
        if self.conditions:
            return " or ".join(condition.text for condition in self.conditions)
        return f"rule {self.position + 1}"

    def key(self, owner: str, path: PathKind) -> RuleKey:
        """Its key, as a rule of that path of that owner."""
        return RuleKey(owner, path, self.set_id, self.position)


@dataclass(frozen=True)
class RulePath:
    """A path: its sets of rules, the first of which is `start`, and its catch-all."""

    kind: PathKind
    sets: Mapping[str, tuple[PathRule, ...]]
    catch_all: PathActions


@dataclass(frozen=True)
class CacheVariable:
    """A value that an orchestration keeps between events (orchestration.md 2.8).

    With a `capture` it keeps the last text found; without one it counts its trigger events within `ttl`
    seconds. An `external` one is set only from outside.
    """

    name: str
    conditions: tuple[Condition, ...] = ()
    capture: Capture | None = None
    ttl: int = CACHE_SECONDS
    external: bool = False
    disabled: bool = False
