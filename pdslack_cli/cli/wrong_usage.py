"""Messages for rejected command lines: the framework's errors in plain words, each with a remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import typer

from pdslack_cli.cli.help.hints import hint_for
from pdslack_cli.cli.help.table import COMMANDS
from pdslack_cli.suggest import one_of

_EXPECTED = {  # by the kind of pydantic's refusal
    "bool_parsing": "expected true or false",
    "float_parsing": "expected a number",
    "int_parsing": "expected a whole number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
}


def message_and_hint(error: typer.TyperException, words: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with a command line, and what to do."""
    context: Any = getattr(error, "ctx", None)
    command = next((word for word in words if word in COMMANDS), "")
    help_ = f"Try `{context.command_path if context else f'pdslack {command}'.rstrip()} --help`."
    if isinstance(error, typer.BadParameter) and error.message and error.param and context:
        message, hint = _wrong_value(error)
        return f"{_given_by(error.param, context)}: {message}", hint or help_
    message = error.format_message()
    if hint := hint_for(message, words):
        return re.split(r" Did you mean | \(Possible ", message)[0], hint  # instead of what is spelt alike
    return message, "" if message.startswith("Usage: ") else help_


def _wrong_value(error: typer.BadParameter) -> tuple[str, str]:
    message = str(error.message).removeprefix("Value error, ")
    if among := re.fullmatch(r"'(.*)' is not one of (.*)\.", message, re.DOTALL):
        return one_of(re.findall(r"'(.*?)'", among[2]), among[1])
    for detail in getattr(error.__cause__, "errors", list)():
        if wanted := _EXPECTED.get(detail["type"]):
            given = detail["input"]
            return wanted.format(**detail.get("ctx", {})) + f", got {given!r}", ""
    return message, ""


def _given_by(parameter: Any, context: Any) -> str:
    """Return the flag, the environment variable or the argument that has the value."""
    source = context.get_parameter_source(parameter.name)
    if source is not None and source.name == "ENVIRONMENT" and parameter.envvar:
        return str(parameter.envvar)
    flags = [option for option in parameter.opts if option.startswith("--")]
    return str(flags[0] if flags else str(parameter.name).upper())
