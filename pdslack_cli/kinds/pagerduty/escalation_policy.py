"""Escalation policies: who is called first, and who next (pagerduty.md 4.3)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base import Resource, Spec
from pdslack_cli.kinds.directory import Directory
from pdslack_cli.kinds.fields import Duration, RefTo, Text, duration, problem
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind, reference
from pdslack_cli.model import Json, Live, Ref

TARGETS = {"schedule": "schedule", "person": "user"}


def _plain_name(name: str) -> str:
    if re.search(r"[\\/&<>]", name) or not name.isprintable() or name != name.strip():
        raise problem(f"{name!r} cannot be a name", "PagerDuty refuses \\ / & < > and spaces around it")
    return name


def _targets(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    # PagerDuty gives the targets of a level back in any order.
    return tuple(sorted(set(refs)))


class Level(Spec):
    """Whom to call, and how long to wait for one of them before the next level is called."""

    notify: Annotated[
        tuple[Annotated[Ref, RefTo("schedule", "person")], ...],
        Field(min_length=1, max_length=10),
        AfterValidator(_targets),
    ]
    escalate_after: duration("1m", "7d", "1m") = Duration(1800)  # type: ignore[valid-type]  # bounds are values
    assign: Annotated[
        Literal["everyone", "round_robin"],
        Field(description="call all of them, or one after the other in turn"),
    ] = "everyone"


class EscalationPolicy(Resource):
    """Who is called first, and who next."""

    name: Annotated[str, Field(min_length=1), AfterValidator(_plain_name)] = ""
    description: Text = ""
    team: Annotated[Ref, RefTo("team")] | None = None
    repeat: Annotated[int, Field(ge=0, le=9, description="how often to begin again after the last level")] = 0
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]


class EscalationPolicies(PagerDutyKind[EscalationPolicy]):
    name, section, spec = "escalation_policy", "escalation_policies", EscalationPolicy
    path, wrapper, plural = "/escalation_policies", "escalation_policy", "escalation_policies"
    type_name = "escalation_policy"
    required = frozenset({"name", "levels"})

    def decode(self, live: Live, directory: Directory) -> EscalationPolicy:
        raw = live.raw
        team = next(iter(raw.get("teams") or ()), None)
        return EscalationPolicy.model_construct(
            name=live.name,
            description=raw["description"],
            team=directory.ref("team", team["id"], team.get("summary")) if team else None,
            repeat=raw.get("num_loops") or 0,
            levels=tuple(_decoded(rule, directory) for rule in raw["escalation_rules"]),
        )

    def encode(self, spec: EscalationPolicy, directory: Directory, live: Live | None) -> Json:
        body = spec.model_dump(include={"name", "description"}, exclude_unset=True)
        if "team" in spec.model_fields_set:
            body["teams"] = [reference(directory.id(spec.team), "team")] if spec.team else []
        if "repeat" in spec.model_fields_set:
            body["num_loops"] = spec.repeat
        if "levels" in spec.model_fields_set:
            body["escalation_rules"] = [_encoded(level, directory) for level in spec.levels]
        return body


def _decoded(rule: Json, directory: Directory) -> Level:
    targets = []
    for target in rule["targets"]:
        # `schedule_reference`, `schedule_v3_reference` and `schedule` all mean a schedule.
        kind = "schedule" if target["type"].startswith("schedule") else "person"
        targets.append(directory.ref(kind, target["id"], target.get("summary")))
    strategy: Any = rule.get("escalation_rule_assignment_strategy")
    type_ = strategy.get("type") if isinstance(strategy, dict) else strategy
    return Level(
        notify=tuple(targets),
        escalate_after=Duration(60 * rule["escalation_delay_in_minutes"]),
        assign="round_robin" if type_ == "round_robin" else "everyone",
    )


def _encoded(level: Level, directory: Directory) -> Json:
    body: Json = {
        "escalation_delay_in_minutes": int(level.escalate_after) // 60,
        "targets": [reference(directory.id(ref), TARGETS[ref.kind]) for ref in level.notify],
    }
    # A plan without round robin answers 403 to any strategy, the default one included.
    if level.assign == "round_robin":
        body["escalation_rule_assignment_strategy"] = {"type": "round_robin"}
    return body
