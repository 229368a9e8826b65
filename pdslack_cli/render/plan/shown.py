"""The presentation of a plan, common to all formats and stored in saved plans."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from pdslack_cli.config.stack import Stack
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Change, Plan
from pdslack_cli.errors import Location, Problem
from pdslack_cli.model import Json
from pdslack_cli.render.on_call.changes import ShownOnCall, impact_sentence, shown_on_call
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.lines import Line
from pdslack_cli.render.plan.wording import Tally, change_lines, meaning, sentence, summary, tally


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ShownChange(_Shown):
    """One object of a plan: its change as a sentence and as lines, safe to print."""

    address: str
    symbol: str
    meaning: str  # of the symbol
    sentence: str
    title: str
    warnings: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    location: Location | None = None  # of its entry

    @classmethod
    def of(cls, change: Change, stack: Stack | None) -> ShownChange:
        return cls(
            address=safe_line(str(change.ref)),
            symbol=change.action.value,
            meaning=meaning(change),
            sentence=mask_tokens(sentence(change)),
            title=f'{change.kind.title} "{safe_line(change.display_name)}"',
            warnings=tuple(map(mask_tokens, change.warnings)),
            lines=tuple(change_lines(change)),
            location=stack.location(change.ref) if stack else None,
        )


class ShownPlan(_Shown):
    """The presentation of a plan. Its `document`, `problems` and `advice` on the files are not saved."""

    owner: str
    fingerprint: str
    summary: str
    tally: Tally
    changes: tuple[ShownChange, ...] = ()
    notices: tuple[str, ...] = ()
    impact: str = ""  # whom it can touch, in one line
    on_call: tuple[ShownOnCall, ...] = ()
    problems: tuple[Problem, ...] = Field((), exclude=True)
    advice: tuple[Problem, ...] = Field((), exclude=True)
    document: Json = Field({}, exclude=True)

    @classmethod
    def of(cls, plan: Plan, stack: Stack | None = None, advice: Iterable[Problem] = ()) -> ShownPlan:
        document = plan_json(plan)
        return cls(
            owner=plan.owner,
            fingerprint=document["fingerprint"],
            summary=summary(plan),
            tally=tally(plan.changes),
            changes=tuple(ShownChange.of(change, stack) for change in plan.changes),
            notices=tuple(map(mask_tokens, plan.notices)),
            impact=impact_sentence(plan.impact),
            on_call=shown_on_call(plan),
            problems=plan.problems,
            advice=tuple(advice),
            document=document,
        )
