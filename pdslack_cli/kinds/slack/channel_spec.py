"""The models of entries of `channels`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from pdslack_cli.kinds.base.spec import Resource, Spec
from pdslack_cli.kinds.fields.scalars import Pattern, problem
from pdslack_cli.kinds.slack.incoming_webhook import IncomingWebhook
from pdslack_cli.kinds.slack.on_call import TopicOnCall
from pdslack_cli.kinds.slack.parts.archived import HIDDEN
from pdslack_cli.kinds.slack.parts.bookmarks import Bookmarks, with_their_emoji
from pdslack_cli.kinds.slack.parts.canvas import CanvasText
from pdslack_cli.kinds.slack.parts.connect import ConnectSet
from pdslack_cli.kinds.slack.parts.members import ChannelMemberSet
from pdslack_cli.kinds.slack.parts.pinned import PinnedText
from pdslack_cli.kinds.slack.text import ChannelName, SlackText
from pdslack_cli.model import Ref

WorkspaceId = Annotated[
    str,
    Pattern(
        r"^[TE][A-Z0-9]+$", "workspace", "write its id, such as T0123ABCD in app.slack.com/client/T0123ABCD"
    ),
]


class Placed(Spec):
    """Base of entries that may be in another Slack workspace than the stack's."""

    workspace: Annotated[
        WorkspaceId | None,
        Field(description="the Slack workspace that it is in, if not the stack's; needs `lookup` and `id`"),
    ] = None


class Channel(TopicOnCall, Placed, Resource):
    """A channel of the workspace."""

    name: Annotated[ChannelName, Field(description="the name without `#`; the key, if left out")] = ""
    purpose: Annotated[
        SlackText,
        Field(description="what the channel is for; the ownership mark follows it, and 250 hold both"),
    ] = ""
    private: Annotated[bool, Field(description="only members see it; chosen when it is created")] = False
    archived: Annotated[bool, Field(description="puts it away; the entry keeps its name")] = False
    members: Annotated[
        ChannelMemberSet,
        Field(description="people, teams and user groups to add; others stay, unless `exact`"),
    ] = ()
    exact: Annotated[bool, Field(description="remove people who are not in `members`")] = False
    connect: Annotated[
        ConnectSet,
        Field(description="people of other organisations to invite by Slack Connect, by e-mail; others stay"),
    ] = ()
    bookmarks: Annotated[
        Bookmarks, Field(description="all links of the channel, by title: a URL, or a `url` and an `emoji`")
    ] = Field(default_factory=dict)
    pinned: Annotated[
        PinnedText, Field(description="a message that the bot posts and pins, such as a welcome; null: none")
    ] = ""
    canvas: Annotated[
        CanvasText, Field(description="the Markdown file, beside this one, that its canvas shows; null: none")
    ] = ""
    incoming_webhook: Annotated[
        IncomingWebhook,
        Field(
            description="the address of an incoming webhook that a person made; `pdslack output` hands it out"
        ),
    ] = None

    # How `members` and `topic` are meant, what only a person can make, and nothing that a plan compares.
    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {
        "exact",
        "topic_on_call",
        "incoming_webhook",
        "workspace",
    }

    @property
    def given_outputs(self) -> Mapping[str, str]:
        webhook = self.incoming_webhook
        return {"incoming_webhook": webhook.get_secret_value()} if webhook else {}

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after: dict[str, Any] = {}
        if "members" in self.model_fields_set and not self.exact:
            after["members"] = tuple(sorted({*live.members, *self.members}))
        if "connect" in self.model_fields_set:
            after["connect"] = tuple(sorted({*live.connect, *self.connect}))
        if "bookmarks" in self.model_fields_set:
            after["bookmarks"] = with_their_emoji(self.bookmarks, live.bookmarks)
        return super().merged_onto(live, now).model_copy(update=after)

    @property
    def stays_retired(self) -> bool:
        return self.archived

    @model_validator(mode="after")
    def _ours(self) -> Self:
        if self.workspace:
            raise problem(
                "needs `lookup: true`",
                "a bot reaches one workspace: a channel of another one can only be referred to",
                ("workspace",),
                needs=("workspace",),
            )
        return self

    @model_validator(mode="after")
    def _seen_when_archived(self) -> Self:
        if self.private and self.archived:
            raise problem("cannot be combined with `private`", HIDDEN, ("archived",), needs=("private",))
        return self

    @model_validator(mode="after")
    def _exactly_whom(self) -> Self:
        if self.exact and "members" not in self.model_fields_set:
            raise problem(
                "needs `members`, which is not set",
                "list who stays, or remove `exact`",
                ("exact",),
                needs=("members",),
            )
        return self


class LookedUpChannel(Placed, Resource):
    """A channel of others. One of another workspace is taken at its word, for a bot reaches one workspace.

    PagerDuty's own Slack app posts to every workspace that it is connected to (pagerduty.md 9.4).
    """

    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"workspace"}

    @model_validator(mode="after")
    def _known_by_id(self) -> Self:
        if self.workspace and not self.id:
            raise problem(
                "needs `id`, which is not set",
                "no token of ours sees that workspace: copy the id at the end of the channel's link",
                ("workspace",),
                needs=("workspace", "id"),
            )
        return self


def refuse_elsewhere(field: str, refs: Iterable[Ref | None], specs: Mapping[Ref, Resource]) -> None:
    """Raise a problem of the field if one of the channels is in another workspace, where our bot is not."""
    for ref in refs:
        spec = specs.get(ref) if ref else None
        if isinstance(spec, LookedUpChannel) and spec.workspace:
            raise problem(
                f"{ref} is in the workspace {spec.workspace}, where the bot is not",
                "name a channel of the stack's own workspace",
                (field,),
            )
