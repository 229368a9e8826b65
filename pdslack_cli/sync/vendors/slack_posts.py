"""Calls to Slack that post, change and find messages. By the metadata of a post it is found again."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from pdslack_cli.clients.http.vendor_json import reads_answers, text_at
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.model import Json
from pdslack_cli.sync.storage.messages import Content

EVENT_TYPE = "pdslack_incident"
# Nothing in a text becomes a mention or a preview; an update that leaves it out parses names (slack.md 2.6).
PLAIN: Json = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
LOOK_BACK = 7_200.0  # seconds before a post was begun: a clock may have been set since
LOOKED_AT = 100  # messages
MOST_PAGES = 10


class SlackPosts:
    """Posts of the app. Every call raises ApiError."""

    def __init__(self, slack: SlackClient) -> None:
        self._slack = slack

    @reads_answers
    def post(self, channel: str, content: Content, mark: Json, thread_ts: str | None = None) -> str:
        """Post a message; returns its `ts`."""
        answer = self._slack.call(
            "chat.postMessage",
            channel=channel,
            text=content.text,
            blocks=content.blocks or None,
            metadata={"event_type": EVENT_TYPE, "event_payload": mark},
            thread_ts=thread_ts,
            **PLAIN,
        )
        return text_at(answer, "ts")

    def update(self, channel: str, ts: str, content: Content, mark: Json) -> None:
        """Change what a message shows."""
        self._slack.call(
            "chat.update",
            channel=channel,
            ts=ts,
            text=content.text,
            blocks=content.blocks or None,
            metadata={"event_type": EVENT_TYPE, "event_payload": mark},
            **PLAIN,
        )

    @reads_answers
    def find(self, channel: str, mark: Json, age: float, thread_ts: str | None = None) -> str | None:
        """The `ts` of a post with that mark, made in the last `age` seconds; None where there is none.

        A thread is short and read whole.
        """
        oldest = self._slack.now.timestamp() - age - LOOK_BACK  # by Slack's clock
        method = "conversations.replies" if thread_ts else "conversations.history"
        pages = self._slack.pages(
            method,
            "messages",
            channel=channel,
            oldest=None if thread_ts else f"{oldest:.6f}",
            include_all_metadata=True,
            limit=LOOKED_AT,
            ts=thread_ts,
        )
        for message in chain.from_iterable(pages):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload") == mark:
                return text_at(message, "ts")
        return None

    @reads_answers
    def missing(self, channel: str, posts: Collection[str]) -> set[str]:
        """Those of some posts that the channel has no more, as far as it is looked through.

        A history begins with the newest.
        """
        gone = set(posts)
        pages = self._slack.pages(
            "conversations.history",
            "messages",
            channel=channel,
            oldest=min(posts),
            inclusive=True,
            limit=LOOKED_AT,
        )
        seen: list[str] = []
        for number, page in enumerate(pages, start=1):
            seen += [text_at(message, "ts") for message in page]
            if number == MOST_PAGES:
                gone = {ts for ts in gone if ts > min(seen, default="")}
                break
        return gone - set(seen)

    def join(self, channel: str) -> None:
        """Join a public channel."""
        self._slack.call("conversations.join", channel=channel)
