"""Channels and notification rules of every sort, as files write them and as the vendors hold them."""

from __future__ import annotations

from hypothesis import strategies as st

from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.events import EVENTS
from pdslack_cli.model import Json, Name, Ref
from pdslack_cli.sandbox.slack.content.text import marked_up

PEOPLE = ("maya", "tom", "ines")
PRIORITIES = ("P1", "P2", "Major outage")

# The smallest pieces that Slack does something to, or might.
PIECES = (
    "Cards",
    " ",
    "&",
    "<",
    ">",
    "&amp;",
    "https://acme.example/?a=1&b=2",
    "🔥",
    ":fire:",
    "\n\n",
    "[x]",
    "é",
)

texts = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
links = st.sampled_from(
    ["https://acme.example", "https://acme.example/?a=1&b=2", "http://wiki.acme.example/#x"]
)


titles = st.sampled_from(["Runbook", "Board & Co", "Wiki 🔥"])
bookmarks = links | st.fixed_dictionaries({"url": links, "emoji": st.sampled_from([":book:", ":+1:", None])})


def id_index() -> IdIndex:
    """Everything that the strategies refer to, under ids that look like the vendors'."""
    ids = {Ref("service", key): f"PSVC{key}" for key in ("api", "auth")}
    ids |= {Ref("team", key): f"PTEAM{key}" for key in ("api", "platform")}
    ids |= {Ref("channel", key): f"C0{key}" for key in ("incidents", "alerts")}
    ids |= {Ref("slack_user", key): f"U0{key}" for key in PEOPLE}
    ids |= {Ref("priority", Name(name)): f"PPRIO{place}" for place, name in enumerate(PRIORITIES)}
    return IdIndex(ids)


channels: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"name": names},
    optional={
        "topic": texts | st.none(),
        "purpose": texts | st.none(),
        "private": st.booleans(),
        "members": st.lists(st.sampled_from([*PEOPLE, *(f"person/{key}" for key in PEOPLE)])) | st.none(),
        "pinned": texts | st.none(),
        "bookmarks": st.dictionaries(
            st.sampled_from(["Runbook", "Board & Co", "Wiki 🔥"]), bookmarks, max_size=3
        )
        | st.none(),
    },
)

user_groups: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"name": st.sampled_from(["On call", "Cards & banks", "fire"])},
    optional={
        "handle": names,
        "description": st.sampled_from(["", "Who & when", "<here>", "a > b"]) | st.none(),
        "members": st.lists(st.sampled_from(PEOPLE), min_size=1),
        "channels": st.lists(st.sampled_from(["incidents", "alerts"])) | st.none(),
    },
)

_rule_fields: dict[str, st.SearchStrategy[object]] = {
    "urgency": st.sampled_from(["high", "low", None]),
    "priorities": st.lists(st.sampled_from([*PRIORITIES, *map(str.lower, PRIORITIES), "none"]), min_size=1)
    | st.none(),
    "events": st.lists(st.sampled_from([*EVENTS, *(f"incident.{event}" for event in EVENTS)])).map(
        lambda events: [*events, "triggered"]
    ),
    "audience": st.sampled_from(["responder", "stakeholder"]),
}

notification_rules: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {
        "from": st.sampled_from(["service/api", "service/auth", "team/api", "team/platform"]),
        "to": st.sampled_from(["incidents", "alerts"]),
    },
    optional=_rule_fields,
)


def channel_in_slack(**fields: object) -> Json:
    """What Slack holds once it was told these: texts escaped, links wrapped, emoji named (slack.md 1.10)."""
    raw = {"id": "C0NEW", "is_archived": False, "is_private": False, "creator": "U0BOT", **fields}
    for name in ("topic", "purpose"):
        raw[name] = {"value": marked_up(str(raw.get(name, ""))).replace("🔥", ":fire:"), "creator": "U0BOT"}
    return raw
