"""Slack as one person sees it: channels, the messages of one of them, a thread, and open modals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from markupsafe import Markup

from pdslack_cli.model import Json
from pdslack_cli.sandbox.page import markup
from pdslack_cli.sandbox.page.elements import (
    FormChoice,
    Suggestions,
    asks_app,
    choices,
    in_form,
    offering,
    text_of,
    widget,
)
from pdslack_cli.sandbox.page.paging import listed_number
from pdslack_cli.sandbox.page.people import ActingPerson
from pdslack_cli.sandbox.pagerduty.api import SITE
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.runtime import views
from pdslack_cli.sandbox.slack.runtime.filling import ActiveElement, active, blocks_of
from pdslack_cli.sandbox.slack.runtime.people import MESSAGE_STATE
from pdslack_cli.sandbox.slack.runtime.response_urls import EPHEMERAL
from pdslack_cli.sandbox.store import Store
from pdslack_cli.sandbox.store.query import QueryCondition, among, field

HOME = "home"
"""In place of a channel: the Home tab of the app."""

MOST_MESSAGES = 60
MOST_REPLIES = 10_000
IN_CHANNEL = QueryCondition(f"(ifnull({field('thread_ts')}, '') = '' OR {field('broadcast')})")
"""What a channel shows outside threads."""

INCIDENT = re.compile(rf"{re.escape(SITE)}/incidents/(\w+)\Z")


class SlackPane:
    """What the templates show of the workspace. `address` names the channel, the thread, how many messages.

    `at` makes the address of the page with some of its parts changed.
    """

    def __init__(
        self,
        store: Store,
        person: ActingPerson,
        address: Mapping[str, str],
        at: Callable[..., str],
        suggested: Suggestions,
    ) -> None:
        self._store, self._person, self._at, self._suggested = store, person, at, suggested
        self._wanted_channel, self._wanted_thread = address.get("channel", ""), address.get("thread", "")
        self._listed = listed_number(address.get("messages", ""), MOST_MESSAGES)

    @cached_property
    def team(self) -> Json:
        """The workspace."""
        return self._store.all("slack.team")[0]

    @cached_property
    def channels(self) -> list[Json]:
        """What is in the person's list, by name: public channels, their own private ones, direct messages."""
        seen = [
            {**channel, "label": self._label(channel), "joined": self._person.slack in channel["members"]}
            for channel in self._store.all("slack.channel")
            if self._sees(channel)
        ]
        return sorted(seen, key=lambda channel: (channel["is_im"] or channel["is_mpim"], channel["label"]))

    @cached_property
    def channel(self) -> Json | None:
        """The channel that is open: the one asked for, or else where something was written last."""
        known = {channel["id"]: channel for channel in self.channels}
        if self._wanted_channel in known:
            return known[self._wanted_channel]
        for message in self._store.newest("slack.message", 1):
            if message["channel"] in known:
                return known[message["channel"]]
        return self.channels[0] if self.channels else None

    @property
    def at_home(self) -> bool:
        """Whether the Home tab of the app is open."""
        return self._wanted_channel == HOME

    @cached_property
    def home(self) -> Json | None:
        """What the app published on the person's Home tab."""
        return next((view for view in self._views if view["type"] == "home"), None)

    @cached_property
    def messages(self) -> list[Json]:
        """The open channel's newest messages, oldest first, with those for this person alone among them."""
        return self._newest(IN_CHANNEL)

    @property
    def older(self) -> str:
        """The address that lists more messages; empty where all are listed."""
        more = str(self._listed + MOST_MESSAGES)
        return self._at(messages=more) if len(self.messages) == self._listed else ""

    @cached_property
    def thread(self) -> list[Json]:
        """The open thread: its first message and all replies."""
        if not self._wanted_thread:
            return []
        of_thread = QueryCondition(f"? IN ({field('ts')}, {field('thread_ts')})", (self._wanted_thread,))
        return self._newest(of_thread)

    @cached_property
    def modal(self) -> Json | None:
        """The topmost of the person's open modals."""
        modals = [view for view in self._views if view["type"] == "modal"]
        return modals[-1] if modals else None

    def files(self, message: Json) -> list[Json]:
        """The files of a message."""
        return [file for file in _list(message.get("files")) if isinstance(file, dict)]

    @property
    def canvas(self) -> str:
        """The text of the channel's canvas, which Slack shows to people alone."""
        canvas = self._store.get("slack.file", (self.channel or {}).get("canvas") or "")
        return str(canvas["markdown"]) if canvas else ""

    def author(self, message: Json) -> str:
        """Who wrote a message, as the channel shows it."""
        return str(message.get("username") or self.name(str(message["user"])))

    def event_text(self, message: Json) -> Markup:
        """What happened in a channel, after the name of whoever did it."""
        return self.text(str(message["text"]).removeprefix(f"<@{message['user']}> "))

    def is_app(self, message: Json) -> bool:
        """Whether an app wrote it."""
        return "bot_id" in message

    def replies(self, message: Json) -> int:
        """How many replies a message has."""
        return self._reply_counts[str(message["ts"])]

    def blocks(self, content: Json, holder: Json | None = None) -> list[Json]:
        """The blocks of a view, message, or attachment of `holder`; each that people act on has a number."""
        numbers = {
            (one.block_id, one.id): number
            for number, one in reversed(list(enumerate(active(blocks_of(holder or content)))))
        }
        return [
            _numbered(block, numbers, self._suggested)
            for block in _list(content.get("blocks"))
            if isinstance(block, dict)
        ]

    def is_form(self, message: Json) -> bool:
        """Whether people can act on something in a message."""
        return any(widget(one.element) for one in active(blocks_of(message)))

    def state(self, message: Json) -> Json:
        """What the person filled in in a message."""
        kept = self._store.get(MESSAGE_STATE, f"{self._person.slack}:{message['id']}")
        return dict(kept["values"]) if kept else {}

    def attachments(self, message: Json) -> list[Json]:
        """The attachments of a message, in the older form or with blocks."""
        return [entry for entry in _list(message.get("attachments")) if isinstance(entry, dict)]

    def text(self, text: Any) -> Markup:
        """A text object or mrkdwn as HTML."""
        if isinstance(text, dict):
            content = text_of(text)
            return markup.plain(content) if text.get("type") == "plain_text" else self.text(content)
        return markup.mrkdwn(text, self) if isinstance(text, str) else Markup()

    def markdown(self, text: Any) -> Markup:
        """The text of a `markdown` block."""
        return markup.markdown(text, self) if isinstance(text, str) else Markup()

    def rich_text(self, block: Json) -> Markup:
        """A `rich_text` block."""
        return markup.rich_text(block, self)

    def link(self, url: Any, label: Any = "") -> Markup:
        """A link, if it is of a harmless kind."""
        return markup.link(str(url or ""), self, str(label or ""))

    def widget(self, element: Any) -> str:
        """How an element is shown; empty for what is none."""
        return widget(element) if isinstance(element, dict) else ""

    def asks_app(self, element: Json) -> bool:
        """Whether the app suggests what can be chosen in an element."""
        return asks_app(element)

    def choices(self, element: Json) -> list[FormChoice]:
        """What an element lets people choose from."""
        return choices(self._store, element)

    def values(self, element: Json, block_id: str, state: Json) -> list[str]:
        """What an element of a view or message holds."""
        return in_form(self._store, ActiveElement(element, block_id), state)

    def name(self, id_: str) -> str:
        """What people call the person, channel or user group of an id."""
        if id_ == workspace.PAGERDUTY_USER:
            return "PagerDuty"
        for kind, label in (("user", "real_name"), ("channel", "name"), ("user_group", "handle")):
            if found := self._store.get(f"slack.{kind}", id_):
                return str(found[label])
        return id_

    def own_address(self, url: str) -> str:
        """The page's own view of an incident, in place of PagerDuty's site."""
        found = INCIDENT.match(url)
        return self._at(incident=found[1]) if found else ""

    def time(self, ts: str) -> str:
        """When a message was written."""
        return datetime.fromtimestamp(int(ts.partition(".")[0]), UTC).strftime("%H:%M")

    @cached_property
    def _views(self) -> list[Json]:
        return self._store.find(views.KIND, user=self._person.slack)

    def _newest(self, wanted: QueryCondition) -> list[Json]:
        """The newest messages of the open channel that this person sees, oldest first."""
        if self.channel is None:
            return []
        mine = QueryCondition(f"ifnull({field('only_for')}, ?) = ?", (self._person.slack,) * 2)
        conditions = [mine, among("channel", [self.channel["id"]]), wanted]
        found = [
            message
            for kind in ("slack.message", EPHEMERAL)
            for message in self._store.page(kind, conditions, "seq DESC", self._listed, 0)
        ]
        return sorted(found, key=lambda message: str(message["ts"]))[-self._listed :]

    @cached_property
    def _reply_counts(self) -> Counter[str]:
        """The replies to each message that is shown."""
        if self.channel is None:
            return Counter()
        shown = [str(message["ts"]) for message in self.messages]
        conditions = [among("channel", [self.channel["id"]]), among("thread_ts", shown)]
        replies = self._store.page("slack.message", conditions, "seq DESC", MOST_REPLIES, 0)
        return Counter(str(reply["thread_ts"]) for reply in replies)

    def _sees(self, channel: Json) -> bool:
        private = channel["is_private"] or channel["is_im"] or channel["is_mpim"]
        return not private or self._person.slack in channel["members"]

    def _label(self, channel: Json) -> str:
        if channel["is_im"] or channel["is_mpim"]:
            others = [self.name(member) for member in channel["members"] if member != self._person.slack]
            return ", ".join(others)
        return str(channel["name"])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _numbered(block: Json, numbers: dict[tuple[str, str], int], suggested: Suggestions) -> Json:
    """The block with `at` in each element that people can act on."""

    def marked(element: Any) -> Any:
        if not isinstance(element, dict) or not isinstance(element.get("action_id"), str):
            return element
        key = (str(block.get("block_id", "")), element["action_id"])
        element = offering(element, key[0], suggested)
        return {**element, "at": numbers.get(key)} if key in numbers else element

    copied = dict(block)
    for name in ("accessory", "element"):
        if name in block:
            copied[name] = marked(block[name])
    if isinstance(block.get("elements"), list):
        copied["elements"] = [marked(element) for element in block["elements"]]
    return copied
