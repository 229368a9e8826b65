"""Escalation policies: who is notified, and in which order (pagerduty.md 4.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from pdslack_cli.errors import ApiError, Problem, ProblemsError
from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.kind import Need
from pdslack_cli.kinds.base.spec import NAMED, Resource, Spec
from pdslack_cli.kinds.fields.durations import Duration, within
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, Description, is_printable, problem
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.pairing import Keys, continued
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.kinds.pagerduty.tags import Tags, TagSet
from pdslack_cli.kinds.pagerduty.team import Team
from pdslack_cli.model import SCHEDULES, Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

MINUTE = 60
TARGETS = {"person": "user", "schedule": "schedule", "shift_schedule": "schedule_v3"}
MOST_TARGETS = 10
STRATEGY = "escalation_rule_assignment_strategy"

Assignment = Literal["everyone", "round_robin"]
# What a live level has; a strategy that we do not know stays as it is, and no file can say it.
_ASSIGNMENTS: Mapping[str | None, str] = {None: "everyone", "assign_to_everyone": "everyone"}


def _once_each(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """Remove duplicates, keeping the order of the file: round robin may begin with the first."""
    return tuple(dict.fromkeys(refs))


def _targets(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """Sort the targets, because PagerDuty returns them in no particular order."""
    return tuple(sorted(set(refs)))


def _few(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    if not 1 <= len(refs) <= MOST_TARGETS:
        bound = f"at most {MOST_TARGETS} are allowed" if refs else "at least one is required"
        hint = "move the others to a level of their own" if refs else "add schedule/KEY or person/KEY"
        raise problem(f"{bound}, got {len(refs) or 'none'}", hint)
    return refs


def _name(name: str) -> str:
    if name != name.strip() or re.search(r"[\\/&<>]", name) or not is_printable(name):
        raise problem(f"{name!r} is not a valid name", r"PagerDuty refuses \ / & < > and spaces around it")
    return name


class Level(Spec):
    """Who is notified at the same time, and how long they have to acknowledge."""

    notify: Annotated[
        tuple[Annotated[Ref, RefTo(*SCHEDULES, "person")], ...],
        AfterValidator(_once_each),
        AfterValidator(_few),
        Field(
            description="who is notified, all at once: schedule/KEY, shift_schedule/KEY or person/KEY",
            json_schema_extra={"minItems": 1, "maxItems": MOST_TARGETS},
        ),
    ]
    escalate_after: Annotated[
        Duration, within("1m", "52w", "1m"), Field(description="until the next level is notified")
    ] = Duration(30 * MINUTE)
    assign: Annotated[
        Assignment, Field(description="how a level shares incidents out; if left out, it stays as it is")
    ] = "everyone"


class EscalationPolicy(Resource, Linted):
    """Who is notified, and in which order."""

    name: Annotated[str, FILLED, USUAL_NAME, AfterValidator(_name), NAMED] = ""
    description: Description = ""
    team: Annotated[
        Annotated[Ref, RefTo("team")] | None, Field(description="the people it notifies should be in it")
    ] = None
    repeat: Annotated[
        int, Field(ge=0, le=9, strict=True, description="how often it starts over if nobody acknowledges")
    ] = 0
    handoff_notifications: Annotated[
        Literal["if_has_services", "always"],
        Field(description="when to notify people that their turn begins"),
    ] = "if_has_services"
    levels: Annotated[
        tuple[Level, ...], Field(min_length=1, description="who is notified first, and who next")
    ]
    tags: TagSet = ()

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after = super().merged_onto(live, now)
        if "levels" not in self.model_fields_set:
            return after
        return after.model_copy(update={"levels": _levels_after(self.levels, live.levels)})


def _levels_after(wanted: Sequence[Level], live: Sequence[Level]) -> tuple[Level, ...]:
    """Return the levels as they read back after the wanted ones are written over the live ones."""
    return tuple(
        level if place is None else _level_after(level, live[place])
        for level, place in zip(wanted, _paired(wanted, live), strict=True)
    )


def _level_after(wanted: Level, live: Level) -> Level:
    same = _targets(wanted.notify) == _targets(live.notify)
    kept = {} if "assign" in wanted.model_fields_set else {"assign": live.assign}
    return wanted.model_copy(update={**kept, "notify": live.notify if same else wanted.notify})


def _paired(wanted: Sequence[Level], live: Sequence[Level]) -> list[int | None]:
    """Return the live level that each wanted level continues: same targets, or else same position."""
    return continued(_keys(wanted), _keys(live))


def _keys(levels: Sequence[Level]) -> list[Keys]:
    return [(_targets(level.notify), place) for place, level in enumerate(levels)]


class EscalationPolicies(PagerDutyKind[EscalationPolicy]):
    name, section, spec = "escalation_policy", "escalation_policies", EscalationPolicy
    path, wrapper, plural = "/escalation_policies", "escalation_policy", "escalation_policies"
    type_name = "escalation_policy"
    required = frozenset({"name", "levels"})
    perhaps_unique_names = kept_by_incidents = True
    own_children = frozenset({"levels"})
    parts = (Tags("/escalation_policies"),)

    def doubts(
        self, spec: EscalationPolicy, specs: Mapping[Ref, Resource], new: Collection[Ref] = ()
    ) -> Iterable[Doubt]:
        """Warn about people outside the policy's team: PagerDuty may refuse them (pagerduty.md 4.3)."""
        team = specs.get(spec.team) if spec.team else None
        if not isinstance(team, Team) or (team.members is None and spec.team not in new):
            return  # who is in a team whose members the file leaves alone, it cannot tell
        inside = team.members.roles() if team.members else {}
        for number, level in enumerate(spec.levels):
            strangers = [ref.key for ref in level.notify if ref.kind == "person" and ref not in inside]
            if strangers:
                yield Doubt(
                    ("levels", number, "notify"),
                    f"{', '.join(strangers)} would be called, but not as a member of team {team.name!r}; "
                    "PagerDuty may refuse that",
                    "add them to `members` of the team, or notify a schedule instead",
                    lacking=True,
                )

    def read(self, clients: Clients, wanted: Collection[Resource]) -> Iterable[Live]:
        """Read the list. Raises ProblemsError if the file uses round robin and the plan lacks it."""
        try:
            return self._list_with_strategies(clients)
        except ApiError as error:
            if not error.unavailable:
                raise
            # Plans without round robin refuse to tell of it; a token that may read nothing fails again.
            lives = self._list(clients)
        levels = [level for spec in wanted if isinstance(spec, EscalationPolicy) for level in spec.levels]
        if any(level.assign == "round_robin" for level in levels):
            hint = "take `assign: round_robin` out, or change the plan"
            raise ProblemsError([Problem("this account's plan has no round robin", hint=hint)])
        return lives

    def _list_with_strategies(self, clients: Clients) -> list[Live]:
        return self._list(clients, **{"include[]": ["escalation_rule_assignment_strategies"]})

    def _list(self, clients: Clients, **params: Any) -> list[Live]:
        return [self.live(raw) for raw in clients.pagerduty.list(self.path, self.plural, **params)]

    def needs(self, live: Live) -> Iterable[Need]:
        teams = [team["id"] for team in live.raw.get("teams") or ()]
        yield from (Need("team", id_) for id_ in teams)
        for target in chain.from_iterable(rule["targets"] for rule in live.raw["escalation_rules"]):
            if target["type"].startswith("user"):
                yield from (Need("team", id_, target["id"]) for id_ in teams)
            else:
                yield Need(_schedule_kind(target), target["id"])

    def decode(self, live: Live, id_index: IdIndex) -> EscalationPolicy:
        raw = live.raw
        teams = [id_index.ref_of("team", team) for team in raw.get("teams") or []]
        return EscalationPolicy.from_wire(
            name=live.name,
            description=raw["description"].strip(),
            team=teams[0] if teams else None,
            repeat=raw.get("num_loops") or 0,
            handoff_notifications=raw.get("on_call_handoff_notifications") or "if_has_services",
            levels=tuple(_decoded(rule, id_index) for rule in raw["escalation_rules"]),
            **self.decoded_parts(live, id_index),
        )

    def encode(self, spec: EscalationPolicy, id_index: IdIndex, live: Live | None) -> Json:
        fields = spec.model_fields_set
        body = spec.model_dump(include={"name", "description"}, exclude_unset=True)
        if "team" in fields:
            body["teams"] = [reference(id_index.id(spec.team), "team")] if spec.team else []
        if "repeat" in fields:
            body["num_loops"] = spec.repeat
        if "handoff_notifications" in fields:
            body["on_call_handoff_notifications"] = spec.handoff_notifications
        if "levels" in fields:
            there = live.raw["escalation_rules"] if live else []
            places = _paired(spec.levels, [_decoded(rule, id_index) for rule in there])
            body["escalation_rules"] = [
                _encoded(level, id_index, None if place is None else there[place])
                for level, place in zip(spec.levels, places, strict=True)
            ]
        return body

    def sendable(self, live: Live) -> Json:
        return {**live.raw, "escalation_rules": [_sendable(rule) for rule in live.raw["escalation_rules"]]}


def _decoded(rule: Json, id_index: IdIndex) -> Level:
    return Level.from_wire(
        notify=_targets(_target(target, id_index) for target in rule["targets"]),
        escalate_after=Duration(rule["escalation_delay_in_minutes"] * MINUTE),
        assign=_ASSIGNMENTS.get(strategy := _strategy(rule), strategy),
    )


def _sendable(rule: Json) -> Json:
    """Return a live rule in request form: plans without round robin refuse even its default."""
    rest = {name: value for name, value in rule.items() if name != STRATEGY}
    strategy = rule.get(STRATEGY)
    if _strategy(rule) in {None, "assign_to_everyone"}:
        return rest
    return {**rest, STRATEGY: strategy if isinstance(strategy, dict) else {"type": strategy}}


def _strategy(rule: Json) -> str | None:
    # An object in life, a text on paper.
    found = rule.get(STRATEGY)
    return found.get("type") if isinstance(found, dict) else found


def _target(target: Json, id_index: IdIndex) -> Ref:
    if target["type"].startswith("user"):
        return id_index.ref_of("person", target)
    # A file may look up a schedule with shifts among the others, as what it was before its upgrade.
    known = (id_index.known(kind, target["id"]) for kind in SCHEDULES)
    return next(filter(None, known), None) or id_index.ref(
        _schedule_kind(target), target["id"], target.get("summary")
    )


def _schedule_kind(target: Json) -> str:
    # `schedule_v3_reference` is what a schedule becomes when PagerDuty upgrades it: the id stays.
    return "shift_schedule" if target["type"].startswith("schedule_v3") else "schedule"


def _encoded(level: Level, id_index: IdIndex, live: Json | None) -> Json:
    # A schedule with shifts stays one.
    types = {
        target["id"]: {"id": target["id"], "type": target["type"]}
        for target in (live["targets"] if live else ())
        if target["type"].startswith("schedule_v3")
    }
    rule: Json = {
        # Whether a rule that comes without its id keeps it, PagerDuty does not say.
        **({"id": live["id"]} if live and live.get("id") else {}),
        "escalation_delay_in_minutes": level.escalate_after // MINUTE,
        "targets": [
            types.get(id_index.id(ref)) or reference(id_index.id(ref), TARGETS[ref.kind])
            for ref in level.notify
        ],
    }
    if level.assign != "everyone":
        # The default is not sent: plans without round robin refuse any strategy.
        rule[STRATEGY] = {"type": level.assign}
    return rule
