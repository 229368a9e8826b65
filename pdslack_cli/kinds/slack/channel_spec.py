"""What an entry of `channels` says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.slack.incoming_webhook import IncomingWebhook
from pdslack_cli.kinds.slack.on_call import TopicOnCall
from pdslack_cli.kinds.slack.parts.archived import HIDDEN
from pdslack_cli.kinds.slack.parts.bookmarks import Bookmarks, with_their_emoji
from pdslack_cli.kinds.slack.parts.canvas import CanvasText
from pdslack_cli.kinds.slack.parts.connect import ConnectSet
from pdslack_cli.kinds.slack.parts.members import ChannelMemberSet
from pdslack_cli.kinds.slack.parts.pinned import PinnedText
from pdslack_cli.kinds.slack.text import ChannelName, SlackText


class Channel(TopicOnCall, Resource):
    """A channel of the workspace."""

    name: Annotated[ChannelName, Field(description="the name without `#`; the key, if left out")] = ""
    purpose: Annotated[
        SlackText,
        Field(description="what the channel is for; the ownership mark follows it, so less than 250 fits"),
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
    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"exact", "topic_on_call", "incoming_webhook"}

    @property
    def given_outputs(self) -> Mapping[str, str]:
        webhook = self.incoming_webhook
        return {"incoming_webhook": webhook.get_secret_value()} if webhook else {}

    def merged_onto(self, live: Self, now: datetime) -> Self:
        after: dict[str, Any] = {}
        if "members" in self.model_fields_set and not self.exact:
            after["members"] = tuple(sorted({*live.members, *self.members}))
        if "bookmarks" in self.model_fields_set:
            after["bookmarks"] = with_their_emoji(self.bookmarks, live.bookmarks)
        return super().merged_onto(live, now).model_copy(update=after)

    @property
    def stays_retired(self) -> bool:
        return self.archived

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
