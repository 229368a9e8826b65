"""The actions of workflows that ship with the package: what is known of them without an account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from pdslack_cli.model import Name, Ref


class ActionInput(NamedTuple):
    """An input of an action: whether a step must set it, and whether the user interface hides it."""

    required: bool = False
    hidden: bool = False


Actions = Mapping[Ref, Mapping[str, ActionInput]]


@cache
def shipped_actions() -> Actions:
    """Return the actions that ship with the package: some of those that an account has."""
    listed = yaml.safe_load(files(__package__).joinpath("actions.yaml").read_text(encoding="utf-8"))
    return {
        Ref("workflow_action", Name(id_)): {
            name: ActionInput(required=about.get("required", False)) for name, about in inputs.items()
        }
        for id_, inputs in listed.items()
    }


def action_called(name: str) -> str:
    """Return the id of the action whose title, or whose id without a part, this is nearly; or ""."""
    ids = {str(ref.key).split(":")[2]: str(ref.key) for ref in shipped_actions()}
    parts = [part for part in name.split(":") if not re.fullmatch(r"v?\d*", part)]
    word = re.sub(r"[\s_]+", "-", parts[-1].strip().lower()) if parts else ""
    near = get_close_matches(word, ids, 1, 0.8)
    return ids[near[0]] if near else ""
