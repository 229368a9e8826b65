"""The errors of YAML parsers in the user's terms, where nothing in the text says more."""

from __future__ import annotations

import re
from typing import NamedTuple

from pdslack_cli.config.yaml.positions import location_at
from pdslack_cli.errors import Location, Problem


class ParserFailure(NamedTuple):
    """A parser error: `begun` is the start of the construct around `place`."""

    file: str
    text: str
    found: str
    begun: int
    place: int

    def problem(self, place: int, message: str, hint: str) -> Problem:
        return Problem(message, location_at(self.file, self.text, place), hint)

    def at(self, place: int) -> Location:
        return location_at(self.file, self.text, place)

    @property
    def character(self) -> str:
        return self.text[self.place : self.place + 1]


class ParserError(NamedTuple):
    """An error of the YAML parser, and the message and hint for it."""

    pattern: re.Pattern[str]  # of the parser's "context: problem"; libyaml and the Python parser differ
    message: str  # {written} is what stands at the place, {opened} where the construct begins
    hint: str  # {whole} is the text at the place, in quotes
    at_context: bool = False  # the mistake is where the construct begins, not where the parser gave up


_QUOTE_WHOLE = "put the whole text in quotes: {whole}"
CAUSES = (
    ParserError(
        re.compile("quoted scalar: found unexpected"),
        "this quote is never closed",
        "close it; inside '…' a quote is written ''",
        at_context=True,
    ),
    ParserError(
        re.compile("unknown escape"),
        "a backslash in double quotes begins an escape, and this one does not exist",
        "use single quotes, where a backslash is plain text",
    ),
    ParserError(
        re.compile("invalid Unicode|hexdecimal|hexadecimal"),
        "this escape is not a valid character",
        "use single quotes, where a backslash is plain text",
    ),
    ParserError(
        re.compile("mapping values are not allowed"),
        "': ' is not allowed here",
        "put text that contains ': ' in quotes, and check the indentation",
    ),
    ParserError(
        re.compile("xpected ',' or"),
        "the bracket opened at {opened} is not closed here, or text in it needs quotes",
        "in {{…}} and […], put text with any of , : {{ }} [ ] in quotes, such as '${{name}}'",
    ),
    ParserError(
        re.compile("node content"),
        "a value is missing here",
        "in {{…}} and […], separate values by one comma; put a text with commas in quotes",
    ),
    ParserError(
        re.compile("sequence entries are not allowed"),
        "a list cannot begin on this line",
        "begin each '- ' on a line of its own, or put a text that begins with '- ' in quotes",
    ),
    ParserError(
        re.compile("'-' indicator|block collection: expected <block end>"),
        "a list item was expected here",
        "begin it with '- ', or check the indentation",
    ),
    ParserError(
        re.compile("expected key|expected <block end>"),
        "a key was expected here",
        "check the indentation; text that begins with a quote, {{ or [ goes in quotes as a whole",
    ),
    ParserError(
        re.compile("could not find expected ':'"),
        "this line has no 'key: '",
        "write `key: value`, with a space after the colon",
        at_context=True,
    ),
    ParserError(
        re.compile("scanning an alias"), "an unquoted '*' begins a YAML alias", _QUOTE_WHOLE, at_context=True
    ),
    ParserError(
        re.compile("scanning an anchor"),
        "an unquoted '&' begins a YAML anchor",
        _QUOTE_WHOLE,
        at_context=True,
    ),
    ParserError(
        re.compile("(scanning|parsing) a tag|tag handle"),
        "an unquoted '!' begins a YAML tag",
        _QUOTE_WHOLE,
        at_context=True,
    ),
    ParserError(
        re.compile("block scalar"),
        "an unquoted '|' or '>' begins text on the lines below it",
        "begin the text on the next line, or " + _QUOTE_WHOLE,
    ),
    ParserError(re.compile("cannot start any token"), "text cannot begin with {written}", _QUOTE_WHOLE),
    ParserError(
        re.compile("<document start>"),
        "unexpected content after the end of the document",
        "check the indentation",
    ),
)
