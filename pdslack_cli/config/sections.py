"""The top-level keys of a stack file, and the sections among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pdslack_cli.config.stack import Header
from pdslack_cli.kinds import KINDS
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.suggest import suggest

SECTIONS: Mapping[str, Section[Any]] = {kind.section: kind for kind in KINDS if kind.section}

TOP_LEVEL_KEYS = frozenset({*Header.model_fields, *SECTIONS, "each", "tests"})


def belong_to_stack(keys: Collection[str]) -> bool:
    """Return whether these are the top-level keys of a stack file, not of a file of another program.

    One known key is enough, and so are misspelled ones alone: skipping a file that was meant to be read would
    let a plan delete its objects.
    """
    keys = [key for key in keys if not key.startswith("x-")]
    known = any(key in TOP_LEVEL_KEYS for key in keys)
    return known or (bool(keys) and all(suggest(key, TOP_LEVEL_KEYS) for key in keys))
