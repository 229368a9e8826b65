"""How a help text calls the values of arguments and flags: FILES, N, a|b; never by a type of Python."""

from __future__ import annotations

from typing import Any

_WORDS = {int: "N", float: "N"}


def is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def value_word(parameter: Any) -> str:
    """Return the word for the value of an argument or of a flag."""
    takes = parameter.type_descriptor
    if parameter.metavar:
        return str(parameter.metavar)
    if takes.is_choice:
        return "|".join(str(getattr(choice, "value", choice)) for choice in takes.choices)
    if is_argument(parameter):
        return str(parameter.name).upper()
    if takes.is_path:
        return "FILE" if takes.parameter_info.file_okay else "FOLDER"
    return _WORDS.get(takes.annotation) or str(max(parameter.opts, key=len)).lstrip("-").upper()


def argument_form(argument: Any) -> str:
    """Return an argument as the first line of a help text shows it: `TO`, `[FILES]...`."""
    word = value_word(argument)
    return (word if argument.required else f"[{word}]") + ("..." if argument.nargs == -1 else "")


def describe_range(parameter: Any) -> None:
    """Write the range of a number into its help, in words; typer would add `0<=x<=9`, and still checks it."""
    least, most = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if least is None and most is None:
        return
    words = f"{least} or more" if most is None else f"from {least or 0} to {most}"
    parameter.min = parameter.max = None
    parameter.help = f"{parameter.help.rstrip('.')}; {words}."
