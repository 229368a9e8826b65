"""Who is on call, as the members of a user group and in the topic of a channel.

A file names schedules and escalation policies; who is on call there is known only once both products are
read. `analysis/oncall/following.py` finds the people and puts them into the spec, for a plan and for
`pdslack serve` alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import ConfigDict, Field, model_validator

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral, or_text
from pdslack_cli.kinds.slack.text import LONGEST_TEXT, SlackText, plain
from pdslack_cli.model import SCHEDULES, Ref

BETWEEN = " | "
ON_CALL = "On call: "
NOBODY = "nobody"
ROOM_FOR_PEOPLE = 50  # characters of a topic that are kept free: two people and how many more there are


class OnCallSource(Spec):
    """Where to look who is on call: a schedule, or the levels of an escalation policy."""

    model_config = ConfigDict(json_schema_extra=or_text)

    of: Annotated[
        Ref,
        RefTo(*SCHEDULES, "escalation_policy"),
        Field(description="schedule/KEY or shift_schedule/KEY, or escalation_policy/KEY for its first level"),
    ]
    levels: Annotated[
        Literal[1, "all"], Field(description="of an escalation policy: its first level, or all of them")
    ] = 1

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"of": value} if isinstance(value, str | Ref) else value

    @model_validator(mode="after")
    def _levels_of_a_policy(self) -> Self:
        if "levels" in self.model_fields_set and self.of.kind != "escalation_policy":
            raise problem("a schedule has no levels", "remove `levels`", ("levels",))
        return self

    def __str__(self) -> str:
        return f"{self.of} (all levels)" if self.levels == "all" else str(self.of)


Sources = Annotated[tuple[OnCallSource, ...], OneOrSeveral(), Field(min_length=1)]


class OnCallPerson(NamedTuple):
    """Somebody who is on call, and their Slack account if they have one."""

    name: str
    user: Ref | None = None
    id: str = ""


class FollowsOnCall(ABC):
    """A spec of which a part is who is on call at the moment."""

    when_nobody: ClassVar[str] = ""  # what becomes of it where nobody is on call

    @property
    @abstractmethod
    def followed(self) -> tuple[OnCallSource, ...]:
        """Whom it follows; empty if nobody."""

    @property
    @abstractmethod
    def followed_fields(self) -> frozenset[str]:
        """The fields that `following` sets."""

    @abstractmethod
    def following(self, people: Sequence[OnCallPerson]) -> Self:
        """Return a copy with these people in it; fields that are to stay as they are live are left unset."""


class TopicOnCall(Spec, FollowsOnCall):
    """The topic of a channel: a text, and who is on call."""

    topic: Annotated[SlackText, Field(description="shown at the top of the channel")] = ""
    topic_on_call: Annotated[
        Sources,
        Field(
            description="schedules and escalation policies: whoever is on call there is named in the topic, "
            "after the text of `topic`; `pdslack serve` keeps it so"
        ),
    ] = ()

    when_nobody: ClassVar[str] = "its topic says so"

    @model_validator(mode="after")
    def _room_for_people(self) -> Self:
        room = LONGEST_TEXT - ROOM_FOR_PEOPLE
        if self.topic_on_call and len(self.topic) > room:
            message = f"must have at most {room} characters with `topic_on_call`, got {len(self.topic)}"
            raise problem(message, "shorten it: who is on call follows it", ("topic",))
        return self

    @property
    def followed(self) -> tuple[OnCallSource, ...]:
        return self.topic_on_call

    @property
    def followed_fields(self) -> frozenset[str]:
        return frozenset({"topic"})

    def following(self, people: Sequence[OnCallPerson]) -> Self:
        return self.model_copy(update={"topic": _topic_with(self.topic, people)})


def _topic_with(text: str, people: Sequence[OnCallPerson]) -> str:
    """Return a topic that names the people on call, as many as there is room for."""
    shown = [f"<@{one.id}>" if one.id else plain(one.name) for one in people] or [NOBODY]
    before = f"{text}{BETWEEN}{ON_CALL}" if text else ON_CALL
    for count in range(len(shown), 0, -1):
        more = f" and {len(shown) - count} more" if count < len(shown) else ""
        topic = f"{before}{', '.join(shown[:count])}{more}"
        if len(topic) <= LONGEST_TEXT:
            return plain(topic)
    return plain(f"{before}{len(shown)} people")
