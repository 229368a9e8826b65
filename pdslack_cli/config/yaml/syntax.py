"""Explain YAML syntax errors in the user's terms."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from pdslack_cli.config.yaml import written
from pdslack_cli.config.yaml.look_alikes import described, look_alike
from pdslack_cli.config.yaml.other_formats import other_format
from pdslack_cli.config.yaml.parser_errors import CAUSES, ParserFailure
from pdslack_cli.config.yaml.positions import offset_of
from pdslack_cli.config.yaml.wrong_lines import LINE_CURES, indented_wrong
from pdslack_cli.errors import Location, Problem

_CONFLICT = re.compile(r"^<{7}( |$)", re.MULTILINE)
_LINES_ABOVE = 3
_LONGEST = 200  # text that a hint quotes
_TAB = re.compile("token|indentation")


def syntax_problem(error: yaml.MarkedYAMLError, file: str, text: str, innermost: Location) -> Problem:
    """Explain what the parser could not read in `text`, where, and the likely fix.

    `innermost` is the location of the list or mapping that was being read.
    """
    place = error.problem_mark or error.context_mark
    index = place.index if place else 0
    begun = error.context_mark.index if error.context_mark else index
    # What is missing at the end of the file has its place where the text ends.
    last = max(len(text.rstrip()) - 1, 0)
    if index > last and "flow" in f"{error.context}":
        begun = offset_of(text, innermost)
    failure = ParserFailure(
        file, text, f"{error.context or ''}: {error.problem or ''}", min(begun, last), min(index, last)
    )
    for cure in _CURES:
        if problem := cure(failure):
            return problem
    return failure.problem(failure.place, f"this is not YAML: {error.problem}", "")


def _conflict(failure: ParserFailure) -> Problem | None:
    found = _CONFLICT.search(failure.text)
    hint = "keep the lines that are right, and remove the lines with <<<<<<<, ======= and >>>>>>>"
    return failure.problem(found.start(), "a merge conflict is left in this file", hint) if found else None


def _other_format(failure: ParserFailure) -> Problem | None:
    start = failure.begun
    for _ in range(_LINES_ABOVE):  # a text may have begun there
        start = written.line_start(failure.text, max(start - 1, 0))
    end = failure.text.find("\n", failure.place)
    return other_format(failure.file, failure.text, start, end if end >= 0 else len(failure.text))


def _tab(failure: ParserFailure) -> Problem | None:
    if failure.character == "\t" and _TAB.search(failure.found):
        return failure.problem(failure.place, "a tab cannot indent YAML", "use spaces")
    return None


def _look_alike(failure: ParserFailure) -> Problem | None:
    """Find a look-alike character, which the parser takes for text, in a range of lines."""
    if "quoted scalar" in failure.found:
        return None
    start = written.line_start(failure.text, failure.begun)
    end = failure.text.find("\n", failure.place)
    lines = failure.text[start : end if end >= 0 else len(failure.text)]
    character = look_alike(lines, letters=False)
    if not character:
        return None
    place = start + lines.index(character)
    return failure.problem(place, "YAML does not read this character as a plain one", described(character))


_OPEN_QUOTE = re.compile(r"""(?:[:\-,\[{] +)(["'])((?:(?!\1).)*)$""", re.MULTILINE)
_KEY_LINE = re.compile(r"\n\s*(?:- +)?[\w.-]+:(?:\s|$)")


def _unclosed_quote(failure: ParserFailure) -> Problem | None:
    """Detect a quote that is not closed on its line, above a key that the parser then took for text."""
    for found in _OPEN_QUOTE.finditer(failure.text, 0, failure.place + 1):
        quote, inner = found.groups()
        if _KEY_LINE.match(failure.text, found.end()):
            hint = f"close it: {quote}{inner.rstrip()}{quote}"
            where = "never closed" if "end of stream" in failure.found else "not closed on its line"
            return failure.problem(found.start(1), f"this quote is {where}", hint)
    return None


def _quote_inside(failure: ParserFailure) -> Problem | None:
    """Detect a quoted text that ends before its line does: `'it's'`, or `"a" b`."""
    text, place = failure.text, failure.place
    before = text[written.line_start(text, place) : place].rstrip()
    if not _AFTER_SCALAR.search(failure.found) or before[-1:] not in {"'", '"'}:
        return None
    if text.startswith(("//", "/*"), place):
        return failure.problem(place, "this is no comment in YAML", "begin comments with #")
    if "xpected ',' or" in failure.found and failure.character in {"'", '"'}:
        return failure.problem(place, "a comma is missing before this", f"write `{before[-1]},`")
    quote = before[-1]
    start = written.line_start(text, place) + before.index(quote)
    whole = written.value_at(text, start, after=place)
    inner = whole[1:-1] if whole.endswith(quote) else whole
    return failure.problem(
        place,
        "the quoted text ends before this, and more text follows",
        f"put the whole text in other quotes: {written.quoted(inner)}",
    )


def _quote_too_many(failure: ParserFailure) -> Problem | None:
    """Detect a quote right after the one that closes a text: `"a""`."""
    twice = failure.text[max(failure.begun - 1, 0) : failure.begun + 1]
    if "quoted scalar: found unexpected" not in failure.found or twice not in {"''", '""'}:
        return None
    return failure.problem(failure.begun, "the text is closed already before this quote", "remove it")


def _comma(failure: ParserFailure) -> Problem | None:
    """Detect two values in brackets without a comma between them: `[a] b: c`, `[a]; b: c`."""
    before = failure.text[failure.begun : failure.place].rstrip()
    if "xpected ',' or" not in failure.found or before[-1:] not in {"]", "}", '"'}:
        return None
    if failure.character == '"':  # as in JSON, where the comma ends the line above
        place = failure.begun + len(before) - 1
        return failure.problem(place, "a comma is missing after this", f"write `{before[-1]},`")
    if failure.character == ";":
        return failure.problem(failure.place, "a comma separates values in brackets, not ;", "write a comma")
    if not failure.character.isalnum() or "\n" in failure.text[failure.begun + len(before) : failure.place]:
        return None
    return failure.problem(failure.place, "a comma is missing before this", f"write `{before[-1]},`")


def _template(failure: ParserFailure) -> Problem | None:
    start = written.line_start(failure.text, min(failure.begun, failure.place))
    place, whole = written.template_before(failure.text, start, failure.place)
    return template_problem(failure.at(place), whole) if whole else None


def template_problem(location: Location, whole: str) -> Problem:
    """Return the problem of an unquoted text that begins with `{{`."""
    return Problem(
        "text that begins with {{ needs quotes",
        location,
        f"put the whole text in quotes: {written.quoted(whole)}",
    )


def _comment(failure: ParserFailure) -> Problem | None:
    """Detect a `#` inside brackets that hides the rest of its line."""
    if "flow" not in failure.found:
        return None
    before = len(failure.text[: failure.place].rstrip())
    opened = max(failure.text.rfind(bracket, 0, before) for bracket in "[{")
    start = min(failure.begun, written.line_start(failure.text, min(before, max(opened, 0))))
    place = written.comment_in_brackets(failure.text, start, failure.place)
    if place < 0:
        return None
    whole = re.split(r"[,\]}]", failure.text[place:].partition("\n")[0])[0].strip()
    return failure.problem(
        place,
        "'#' begins a comment here: the rest of the line is not read",
        f"put the text in quotes: {written.quoted(whole)}",
    )


_EMOJI = re.compile(r":[\w+'-]+:")


def _emoji(failure: ParserFailure) -> Problem | None:
    """Detect an emoji without quotes inside brackets: its colons are those of a mapping."""
    found = _EMOJI.match(failure.text, failure.place)
    if not found or "flow" not in failure.found:
        return None
    hint = f"put the whole text in quotes: {written.quoted(found[0])}"
    return failure.problem(failure.place, "text inside {…} or […] cannot begin with ':'", hint)


def _bracket(failure: ParserFailure) -> Problem | None:
    """Detect a bracket that is not closed on its line, or that is part of a text."""
    text, place = failure.text, failure.place
    opener = text[failure.begun : failure.begun + 1]
    if not _IN_BRACKETS.search(failure.found) or opener not in {"{", "["}:
        return None
    if place >= len(text.rstrip()) - 1 or text.count("\n", failure.begun, place):
        closer = "}" if opener == "{" else "]"
        return failure.problem(
            failure.begun,
            f"the bracket '{opener}' opened here is not closed",
            f"write '{closer}' after its last value",
        )
    inside = _BRACKETED.match(text, place)
    start = place - len(_WORD_BEFORE.search(text[failure.begun : place]).group())  # type: ignore[union-attr]
    if inside and start < place:
        whole = written.value_at(text, start, after=inside.end())
        return failure.problem(
            place, "brackets in a text need quotes here", f"put it in quotes: {written.quoted(whole)}"
        )
    return None


def _indentation(failure: ParserFailure) -> Problem | None:
    """Detect a line with inconsistent indentation."""
    text, place = failure.text, failure.place
    start = written.line_start(text, place)
    deep = written.indentation(text, place)
    above = len(text[:start].rstrip())
    if not above or not _AT_LINE.search(failure.found) or text[start + deep] in "-'\"{[":
        return None
    if "mapping values" in failure.found:
        if _KEY_BEFORE.match(text[start:place]) or deep <= written.indentation(text, above - 1):
            return None
    elif start + deep != place:
        return None
    lines_above = {above - 1, failure.begun} - {place}
    depths = {written.indentation(text, index): failure.at(index).line for index in lines_above}
    if deep in depths:
        return None
    return indented_wrong(failure, start + deep, depths)


def _colon(failure: ParserFailure) -> Problem | None:
    """Detect a text with `: ` in it, after its key."""
    start = written.line_start(failure.text, failure.place)
    key = _KEY_BEFORE.match(failure.text[start : failure.place])
    if "mapping values" not in failure.found or not key:
        return None
    whole = written.value_at(failure.text, start + key.end(), after=failure.place + 1)
    hint = f"put the whole text in quotes: {written.quoted(whole)}"
    if len(whole) > _LONGEST:
        hint = "put the whole text in quotes, or begin a line here"
    return failure.problem(failure.place, "': ' is not allowed inside unquoted text", hint)


def _no_space_after_colon(failure: ParserFailure) -> Problem | None:
    """Detect `key:value`, which is a text: at the place, before it, or in the lines above that it goes on."""
    text, place = failure.text, failure.begun
    if "unexpected ':'" in failure.found:
        place = _WORD_BEFORE.search(text, 0, failure.place).start()  # type: ignore[union-attr]
    elif "mapping values" in failure.found:
        place = _first_glued_above(text, failure.place)
    elif "could not find expected ':'" not in failure.found:
        return None
    pair = _GLUED.match(text, place) if place >= 0 else None
    if not pair:
        return None
    value = "…" if text[pair.end()] in "[{'\"" else written.value_at(text, pair.end())
    return failure.problem(place, "a space is missing after the colon", f"write `{pair[1]}: {value}`")


def _first_glued_above(text: str, place: int) -> int:
    """Return where the first of the lines `key:value` begins that end right above a line; or -1."""
    start = written.line_start(text, place)
    deep, found = written.indentation(text, place), -1
    while start:
        start = written.line_start(text, start - 1)
        lead = _LEAD.match(text, start)
        if not lead or lead.end() - start != deep or not _GLUED.match(text, lead.end()):
            # Below a key with a value, they would be the rest of it.
            return found if text[start:].partition("\n")[0].rstrip().endswith(":") else -1
        found = lead.end()
        if "-" in lead[0]:
            break
    return found


def _any_other(failure: ParserFailure) -> Problem | None:
    for cause in CAUSES:
        if cause.pattern.search(failure.found):
            place = failure.begun if cause.at_context else failure.place
            opened = failure.at(failure.begun)
            message = cause.message.format(written=failure.character, opened=f"{opened.line}:{opened.column}")
            whole = written.quoted(written.value_at(failure.text, place, after=place + 1))
            return failure.problem(place, message, cause.hint.format(whole=whole))
    return None


_AFTER_SCALAR = re.compile("expected key|expected <block end>|xpected ',' or|could not find expected ':'")
_IN_BRACKETS = re.compile("xpected ',' or|node content")
_AT_LINE = re.compile("block mapping: (?:did not find )?expected (?:key|<block end>)|mapping values")
_BRACKETED = re.compile(r"[\[{]+[^\[\]{}\n]*[\]}]+")
_LEAD = re.compile(r" *(?:- +)*")
_GLUED = re.compile(r"([A-Za-z_][\w-]*):(?=[^\s/])")
_WORD_BEFORE = re.compile(r"[^\s,\[\]{}]*\Z")
_KEY_BEFORE = re.compile(r"\s*(?:-\s+)*[^\s:#'\"\[{][^:\n]*:\s+(?=\S)")

_CURES: tuple[Callable[[ParserFailure], Problem | None], ...] = (
    *(
        _conflict,
        _other_format,
        _tab,
        _look_alike,
        _unclosed_quote,
        *LINE_CURES,
        _quote_too_many,
        _quote_inside,
        _template,
        _comment,
        _emoji,
        _comma,
        _bracket,
        _no_space_after_colon,
    ),
    *(_indentation, _colon, _any_other),
)
