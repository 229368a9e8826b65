"""Lines that a YAML parser reads as something else: list marks of text editors, odd indentation, no colon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from pdslack_cli.config.yaml import written
from pdslack_cli.config.yaml.look_alikes import described, look_alike
from pdslack_cli.config.yaml.parser_errors import ParserFailure
from pdslack_cli.errors import Problem

_BULLET = re.compile("[ \\t]*([•·‣▪◦●∙*–—])[ \\t]")
_BLANKS = re.compile(r"[^\S\n]*")
_DIFF = re.compile(r"^\+[ \t]*[\w-]", re.MULTILINE)
_DIFF_NEAR = 200  # characters around
_BARE = re.compile(r"[ ]*(?:- +)?([\w.-]+)[ \t]*(?:#.*)?")
_NO_COLON = re.compile(r"[ ]*[^\s#'\"\[{>|-][^:#]*")
_EMPTY = re.compile(r"[ ]*[\w.-]+:[ ]*")
_KEY = re.compile(r"[ ]*(?:- +)?[\w.-]+:(?: |$)")


def indented_wrong(failure: ParserFailure, place: int, depths: Mapping[int, int]) -> Problem:
    """Return the problem of a line that has none of the `depths` of the lines above it."""
    deep = written.indentation(failure.text, place)
    choices = ", or ".join(f"{spaces(depth)}, like line {line}" for depth, line in sorted(depths.items()))
    message = f"this line is indented by {spaces(deep)}, like none of those that it could belong to"
    return failure.problem(place, message, f"indent it by {choices}{_or_the_one_above(failure.text, place)}")


def _or_the_one_above(text: str, place: int) -> str:
    """Return that the mistake may be a key above, which stands right below an empty one, not inside."""
    deep, lines = written.indentation(text, place), _lines_above(text, place)
    for start, key in lines:
        if (around := written.indentation(text, start)) < deep:
            before, line = next(lines, (0, ""))
            empty = _EMPTY.fullmatch(line) and written.indentation(text, before) == around
            if empty and not key.lstrip().startswith("-"):
                number = text.count("\n", 0, start) + 1
                return f"; or indent line {number} by {spaces(deep)} too, below `{line.strip()}`"
            break
    return ""


def spaces(number: int) -> str:
    return f"{number} space" if number == 1 else f"{number} spaces"


def _lines_above(text: str, place: int) -> Iterator[tuple[int, str]]:
    """Yield the start and the text of the lines above, the nearest first, without those that are blank."""
    start = written.line_start(text, place)
    while start:
        end, start = start - 1, written.line_start(text, start - 1)
        line = text[start:end]
        if line.strip() and not line.lstrip().startswith("#"):
            yield start, line


def _foreign_mark(failure: ParserFailure) -> Problem | None:
    """Detect a list mark of a word processor, or a space that is none, before the text of a line."""
    here = written.line_start(failure.text, failure.place)
    this = (here, failure.text[here:].partition("\n")[0])
    for start, line in [this, *_lines_above(failure.text, here)][:2]:
        if found := _BULLET.match(line):
            message = f"{found[1]} begins no item of a list"
            hint = described(found[1]) if look_alike(found[1]) else "write - in its place"
            return failure.problem(start + found.start(1), message, hint)
        blanks = _BLANKS.match(line)
        character = look_alike(blanks[0]) if blanks else ""
        if character:
            place = start + line.index(character)
            return failure.problem(
                place, "YAML does not read this character as a plain one", described(character)
            )
    return None


def _diff(failure: ParserFailure) -> Problem | None:
    """Detect lines of a diff among the others."""
    start = written.line_start(failure.text, failure.place)
    near = failure.text[max(start - _DIFF_NEAR, 0) : start + _DIFF_NEAR]
    if failure.text[start : start + 1] not in {"+", "-"} or not _DIFF.search(near):
        return None
    hint = "keep the lines that begin with +, without it, and remove those that begin with -"
    return failure.problem(start, "lines of a diff are left in this file", hint)


def _no_colon(failure: ParserFailure) -> Problem | None:
    """Detect a key without its colon, above the lines that belong to it, or a line that has none at all."""
    begun = written.line_start(failure.text, failure.begun)
    line = failure.text[begun:].partition("\n")[0]
    if "could not find expected ':'" in failure.found and (bare := _BARE.fullmatch(line)):
        return _without_colon(failure, begun + bare.start(1), f"write `{bare[1]}:`")
    above = next(_lines_above(failure.text, failure.place), None)
    if not above or not re.search("mapping values|block mapping", failure.found):
        return None
    start, line = above
    deep = written.indentation(failure.text, start)
    deeper = written.indentation(failure.text, failure.place) > deep
    if deeper and (bare := _BARE.fullmatch(line)) and "- " not in line:
        return _without_colon(failure, start + bare.start(1), f"write `{bare[1]}:`")
    goes_on = next((_KEY.fullmatch(before) for _, before in _lines_above(failure.text, start)), None)
    same = not deeper and "mapping values" in failure.found and _NO_COLON.fullmatch(line)
    if same and (goes_on or not start):
        return _without_colon(failure, start + deep, "write `key: value`, or remove it")
    return None


def _without_colon(failure: ParserFailure, place: int, hint: str) -> Problem:
    return failure.problem(place, "this line has no 'key: '", hint)


def _odd_dash(failure: ParserFailure) -> Problem | None:
    """Detect a list item among keys, or one with another indentation than those above."""
    start = written.line_start(failure.text, failure.place)
    deep = written.indentation(failure.text, start)
    if "block mapping" not in failure.found or not re.match("-[ \\n]", failure.text[start + deep :]):
        return None
    above = next(_lines_above(failure.text, start), None)
    if above and above[1].lstrip().startswith("- "):
        depths = {written.indentation(failure.text, above[0]): failure.at(above[0]).line}
        return indented_wrong(failure, start + deep, depths)
    hint = "remove the dash, or indent the item below the key that it belongs to"
    return failure.problem(start + deep, "a list item is not allowed among keys", hint)


def _odd_line_above(failure: ParserFailure) -> Problem | None:
    """Detect a line that is indented less than both its neighbours, which belong together."""
    start = written.line_start(failure.text, failure.place)
    deep = written.indentation(failure.text, start)
    (odd, line), (before, _) = [*_lines_above(failure.text, start), (0, ""), (0, "")][:2]
    if not re.search("mapping values|block mapping|<document start>", failure.found) or not odd:
        return None
    shallow = written.indentation(failure.text, odd)
    value = _KEY.match(line)
    if not value or not line[value.end() :].strip() or line.rstrip()[-1:] in "|>":
        return None
    if shallow >= deep or written.indentation(failure.text, before) != deep:
        return None
    message = f"this line is indented by {spaces(shallow)}, and those around it by {deep}"
    hint = f"indent it by {spaces(deep)}, like line {failure.at(before).line}"
    return failure.problem(odd + shallow, message, hint)


def _first_line(failure: ParserFailure) -> Problem | None:
    """Detect a first line that alone is indented."""
    above = list(_lines_above(failure.text, failure.place))
    if "<document start>" not in failure.found or not above:
        return None
    first, deep = above[-1][0], written.indentation(failure.text, above[-1][0])
    here = written.indentation(failure.text, failure.place)
    if deep <= here:
        return None
    message = f"this line is indented by {spaces(deep)}, and those below it by {here}"
    hint = f"indent it by {spaces(here)}, like line {failure.at(failure.place).line}"
    return failure.problem(first + deep, message, hint)


LINE_CURES: tuple[Callable[[ParserFailure], Problem | None], ...] = (
    _foreign_mark,
    _diff,
    _odd_line_above,
    _no_colon,
    _odd_dash,
    _first_line,
)
