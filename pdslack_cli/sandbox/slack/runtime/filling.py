"""What Slack's client lets people choose and write, and how payloads have it (slack.md 5, 7.5).

What the client would never send is refused here, with the reason: an app must not be rehearsed with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.block_kit import listed, options_of
from pdslack_cli.sandbox.slack.content.channels import kind_of
from pdslack_cli.sandbox.slack.families.beside import uploads

HELD: Mapping[str, str] = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
"""The field of a payload with what was chosen or written in an element; a button holds nothing."""

WITHOUT_STATE = frozenset({"overflow"})
REQUIRED = "please complete this required field"
FORMS: Mapping[str, tuple[str, str]] = {
    "datepicker": (r"\d{4}-\d{2}-\d{2}", "a date like 2026-11-29"),
    "timepicker": (r"\d{2}:\d{2}", "a time like 09:30"),
    "email_text_input": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address"),
    "url_text_input": (r"https?://\S+", "a web address"),
    "number_input": (r"-?\d+(\.\d+)?", "a number"),
}
MOST_FILES = 10
BOUNDS = {"min_value": "-inf", "max_value": "inf"}


class NotFilledIn(ValueError):  # noqa: N818 - what a person sees, not an error of ours
    """A form that Slack's client would not send; `problems` by the id of the block."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{block_id}: {problem}" for block_id, problem in problems.items()))
        self.problems = problems


class ActiveElement:
    """Something in blocks that people can act on. `input` is the block of a form that it fills."""

    def __init__(self, element: Json, block_id: str, input_block: Json | None = None) -> None:
        self.element, self.block_id, self.input = element, block_id, input_block
        self.id, self.kind = str(element["action_id"]), str(element.get("type"))
        self.field = HELD.get(self.kind, "")

    @property
    def several(self) -> bool:
        """Whether it holds a list."""
        return self.field.endswith("s")

    @property
    def asks(self) -> bool:
        """Whether it must be filled in."""
        return self.input is not None and not self.input.get("optional")

    @property
    def is_silent(self) -> bool:
        """Whether the app hears of it only with the whole form."""
        return self.input is not None and not self.input.get("dispatch_action")

    def held(self, kept: Json) -> Json:
        """What the state has of it: what a person filled in before, or else what the app set."""
        first = self.field.replace("selected", "initial") if "selected" in self.field else "initial_value"
        value = self.element.get(first, [] if self.several else None)
        filled_in = kept.get(self.block_id, {}).get(self.id, {})
        return self.completed({"type": self.kind, self.field: value, **filled_in})

    def problem(self, call: SlackCall, given: Any) -> str:
        """Why the client would not send this; empty where it would."""
        if given in (None, "", []):
            return REQUIRED if self.asks else ""
        if self.several:
            if not isinstance(given, list):
                return f"expected a list in {self.field}"
            usual = MOST_FILES if self.field == "files" else len(given)
            most = self.element.get("max_files") or self.element.get("max_selected_items") or usual
            if len(given) > most:
                return f"choose at most {most}"
            return next(filter(None, (self._problem(call, one) for one in given)), "")
        return self._problem(call, given)

    def _problem(self, call: SlackCall, given: Any) -> str:
        if self.field.startswith("selected_option"):
            return self._option_problem(given)
        if self.kind == "datetimepicker":
            return "" if type(given) is int else "expected a moment in seconds"
        if self.field == "files":
            return self._file_problem(call, given)
        if self.field == "rich_text_value":
            return ""
        if not isinstance(given, str):
            return f"expected a text in {self.field}"
        if self.kind in FORMS:
            form, words = FORMS[self.kind]
            if not re.fullmatch(form, given):
                return f"expected {words}, got {given!r}"
            return self._number_problem(float(given)) if self.kind == "number_input" else ""
        return self._text_problem(given) if self.field == "value" else self._known_problem(call, given)

    def completed(self, held: Json) -> Json:
        """The same, each option as the app offered it: one is known by its value."""
        offered = {str(option.get("value")): option for option in options_of(self.element)}

        def whole(option: Any) -> Any:
            value = option.get("value") if isinstance(option, dict) else None
            return offered.get(value, option) if isinstance(value, str) else option

        given = held.get(self.field)
        if not (offered and given):
            return held
        return {**held, self.field: [*map(whole, given)] if isinstance(given, list) else whole(given)}

    def _option_problem(self, given: Any) -> str:
        value = given.get("value") if isinstance(given, dict) else given
        offered = options_of(self.element)
        if given in offered or ("external" in self.kind and isinstance(given, dict) and "text" in given):
            return ""
        words = ", ".join(repr(option["value"]) for option in offered)
        return f"the option {value!r} is not offered; choose one of {words or 'those that the app suggests'}"

    def _file_problem(self, call: SlackCall, given: Any) -> str:
        file = file_of(call, given)
        if file is None:
            return "expected files of the workspace, each with its `id`"
        types = self.element.get("filetypes") or [file["filetype"]]
        fits = file["filetype"] in types
        return "" if fits else f"expected a file of the type {' or '.join(types)}, got {file['name']!r}"

    def _number_problem(self, given: float) -> str:
        least, most = (float(self.element.get(name) or end) for name, end in BOUNDS.items())
        if not (self.element.get("is_decimal_allowed") or given.is_integer()):
            return f"expected a whole number, got {given:g}"
        return "" if least <= given <= most else f"expected {least:g} to {most:g}, got {given:g}"

    def _text_problem(self, given: str) -> str:
        least, most = self.element.get("min_length", 0), self.element.get("max_length", 3000)
        fits = least <= len(given) <= most
        return "" if fits else f"expected {least} to {most} characters, got {len(given)}"

    def _known_problem(self, call: SlackCall, given: str) -> str:
        if "users" in self.kind:
            user = call.store.get("slack.user", given)
            return "" if user and not user["deleted"] else f"there is no user {given!r}"
        channel = call.store.get("slack.channel", given)
        if channel is None or ("channels" in self.kind and kind_of(channel) != "public_channel"):
            return f"there is no channel {given!r} to choose"
        return ""


def file_of(call: SlackCall, given: Any) -> Json | None:
    """The uploaded file that an object names by its id, as payloads have it."""
    file = call.store.get(uploads.KIND, str(given.get("id"))) if isinstance(given, dict) else None
    return uploads.shown(call, file) if file and file["complete"] else None


def active(blocks: Iterable[Any]) -> Iterator[ActiveElement]:
    """Everything in blocks that people can act on."""
    for block in blocks:
        if isinstance(block, dict):
            for element in (*listed(block, "elements"), block.get("accessory"), block.get("element")):
                if isinstance(element, dict) and isinstance(element.get("action_id"), str):
                    own = block if element is block.get("element") else None
                    yield ActiveElement(element, str(block.get("block_id", "")), own)


def state_of(blocks: Iterable[Any], kept: Json) -> Json:
    """What every element of blocks holds, as payloads have it."""
    values: Json = {}
    for one in active(blocks):
        if one.field and one.kind not in WITHOUT_STATE:
            values.setdefault(one.block_id, {})[one.id] = one.held(kept)
    return values


def blocks_of(message: Json) -> list[Any]:
    """The blocks of a message, those of its attachments too."""
    holders = [message, *listed(message, "attachments")]
    return [block for holder in holders for block in listed(holder, "blocks")]


def clicked(
    call: SlackCall, blocks: list[Any], kept: Json, acted: ActiveElement, given: Json, values: Json
) -> tuple[Json, Json]:
    """What was chosen in an element that somebody clicked, and the state then.

    Raises ValueError where nobody could do that.
    """
    chosen = acted.completed(given)
    if acted.is_silent:
        raise ValueError("an input is sent with its form alone; `dispatch_action` would change that")
    if not acted.field and chosen:
        raise ValueError(f"nothing is chosen in a {acted.kind}; leave `chosen` out")
    if not acted.field or acted.kind in WITHOUT_STATE:
        if acted.field and (problem := acted.problem(call, chosen.get(acted.field) or "")):
            raise ValueError(problem)
        return chosen, filled(call, blocks, kept, values)
    if acted.field not in chosen:
        raise ValueError(f"`chosen` must have {acted.field!r}, as payloads have it for a {acted.kind}")
    own = {acted.block_id: {**values.get(acted.block_id, {}), acted.id: {**chosen, "type": acted.kind}}}
    return chosen, filled(call, blocks, kept, {**values, **own})


def filled(call: SlackCall, blocks: list[Any], kept: Json, given: Json, *, whole: bool = False) -> Json:
    """The state once somebody filled in this too; `whole` where all that is asked for must be there.

    Raises NotFilledIn for what the client would not send.
    """
    known = {(one.block_id, one.id): one for one in active(blocks) if one.field}
    pairs = [
        (block_id, action_id, value)
        for block_id, actions in given.items()
        for action_id, value in (actions.items() if isinstance(actions, dict) else [("", actions)])
    ]
    problems = {
        block_id: problem
        for block_id, action_id, value in pairs
        if (problem := _misshapen(known.get((block_id, action_id)), action_id, value))
    }
    if problems:
        raise NotFilledIn(problems)
    both = {block_id: {**kept.get(block_id, {}), **given.get(block_id, {})} for block_id in {*kept, *given}}
    for one in known.values():
        value = one.held(both)[one.field]
        if (whole or value) and (problem := one.problem(call, value)):
            problems[one.block_id] = problem
    if problems:
        raise NotFilledIn(problems)
    state = state_of(blocks, both)
    for one in known.values():
        if one.field == "files":
            held = state[one.block_id][one.id]
            held["files"] = [file_of(call, file) for file in held["files"]]
    return state


def _misshapen(one: ActiveElement | None, action_id: str, value: Any) -> str:
    if one is None:
        return f"nothing with the action_id {action_id!r} can be filled in there"
    if not isinstance(value, dict) or not value.keys() <= {"type", one.field}:
        return f"expected an object with {one.field!r}, as payloads have it for a {one.kind}"
    if value.get("type", one.kind) != one.kind:
        return f"it is a {one.kind}, not a {value['type']}"
    return ""
