"""What `parse` takes and refuses, and the advice it gives (orchestration.md 1.1 to 1.4, 1.8, 1.9)."""

from __future__ import annotations

import pytest

from pdslack_cli.routing.pcl.conditions import PclError, parse


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("event.class=='cpu'", id="no spaces around =="),
        pytest.param("not(event.class exists)", id="no space after not"),
        pytest.param("  event.class\n\texists\r\n", id="line breaks and tabs are white space"),
        pytest.param("(event.class matches 'a')and event.group exists", id="no space before and"),
        pytest.param("event.namespace_name exists", id="only the whole word is reserved"),
        pytest.param("event.custom_details.matches exists", id="keywords may stand in a path"),
        pytest.param("event.class == critical", id="a bare word is a path"),
        pytest.param("trigger_count over 1 hour 30 minutes > 3", id="units joined in a duration"),
        pytest.param(
            "now in Sun,Mon 09:00:00 to 17:00:00 Etc/GMT+5", id="days in any order, zones with signs"
        ),
        pytest.param("event.x == -9223372036854775808", id="the smallest integer"),
        pytest.param("event.x == 9223372036854775807", id="the largest integer"),
        pytest.param("event.x == ''", id="an empty string"),
        pytest.param("event.x == 'two\nlines'", id="a line break in a string"),
        pytest.param(r"event.x matches regex 'x\\b'", id="two backslashes make one in the pattern"),
        pytest.param("event" + ".a" * 31 + " exists", id="32 path elements, the root included"),
        pytest.param("(" * 32 + "true" + ")" * 32, id="32 parentheses"),
        pytest.param(" and ".join(["true"] * 64), id="64 factors"),
        pytest.param(f"event.x == '{'é' * 512}'", id="a string of 1024 bytes"),
        pytest.param("event.x == '" + r"\\" * 1012 + "'", id="escapes do not count towards 1024 bytes"),
        pytest.param("true" + " " * 2044, id="2048 bytes"),
    ],
)
def test_is_taken(text: str):
    assert parse(str(parse(text))) == parse(text)


def refusal(text: str) -> tuple[str, int, str]:
    with pytest.raises(PclError) as caught:
        parse(text)
    return caught.value.message, caught.value.position, caught.value.hint


@pytest.mark.parametrize(
    ("marked", "advice"),
    [
        # The place of the mistake is marked with ^.
        pytest.param("event.x ^contains 'y'", "matches part", id="contains"),
        pytest.param("event.x ^does not match 'y'", "not event.class matches 'text'", id="does not match"),
        pytest.param(
            "event.x ^does not match part 'y'", "not event.class matches part", id="does not match part"
        ),
        pytest.param(
            "event.x ^does not match regex 'y'", "not event.class matches regex", id="does not match regex"
        ),
        pytest.param("event.x ^does not contain 'y'", "not event.class matches part", id="does not contain"),
        pytest.param("event.x ^does not exist", "not event.class exists", id="does not exist"),
        pytest.param("event.x ^not matches 'y'", "`not` before", id="not behind the field"),
        pytest.param("event.x ^!= 'y'", "`not` before", id="!="),
        pytest.param("event.x <^> 'y'", "`not` before", id="<>"),
        pytest.param("event.x exists ^&& event.y exists", "`and`", id="&&"),
        pytest.param("event.x exists ^|| event.y exists", "`or`", id="||"),
        pytest.param("^!event.x exists", "`not`", id="!"),
        pytest.param("event.x ^equals 'y'", "`==`", id="equals"),
        pytest.param("event.x ^= 'y'", "`==`", id="one equals sign"),
        pytest.param("event.x ==^= 'y'", "`==`", id="three equals signs"),
        pytest.param("event.x ^is 'y'", "`==`", id="is"),
        pytest.param("event.x ^=~ 'y'", "matches regex", id="=~"),
        pytest.param("event.x ^startswith 'y'", "matches regex", id="starts with"),
        pytest.param("event.x ^in ['a', 'b']", "join tests with `or`", id="in a list"),
        pytest.param("event.x == ^['a']", "no lists", id="list literal"),
        pytest.param('event.x == ^"y"', "single quotes", id="double quotes"),
        pytest.param("event.x == ^‘y’", "single quotes", id="typographic quotes"),
        pytest.param("event.x matches 'y' ^AND event.z exists", "`and`", id="capital AND"),
        pytest.param("^NOT event.x exists", "`not`", id="capital NOT"),
        pytest.param("event.x == ^TRUE", "`true`", id="capital TRUE"),
        pytest.param("event.x matches payment^-service", "needs quotes", id="unquoted value with a hyphen"),
        pytest.param("event.x matches high ^cpu", "single quotes", id="unquoted value of two words"),
        pytest.param("event.x matches ^5xx", "single quotes", id="unquoted value that begins with a digit"),
        pytest.param(r"event.x matches regex 'a^\d'", r"`\\d`", id="single backslash in a regex"),
        pytest.param(r"event.x == 'C:^\temp'", r"`\\t`", id="single backslash in a string"),
        pytest.param("event.x matches ^'abc", "end it with '", id="unterminated string"),
        pytest.param("event.x matches 'it'^'s'", r"\'", id="doubled quote"),
        pytest.param(
            "event.custom_details.^namespace exists", "custom_details['namespace']", id="reserved word"
        ),
        pytest.param("^package exists", "quotes", id="reserved word as the root"),
        pytest.param("event.custom_details.load^-avg > 5", "['load-avg']", id="hyphen in a dotted path"),
        pytest.param("event.custom_details^.2xx > 5", "['2xx']", id="digit first in a dotted path"),
        pytest.param("event^. x exists", "without spaces", id="space in a path"),
        pytest.param('event.x^["y"] exists', "single quotes", id="double quotes in brackets"),
        pytest.param("event.x^[-1] exists", "whole number", id="negative index"),
        pytest.param("event.x^[*] exists", "whole number", id="wildcard index"),
        pytest.param("event.x^[0:2] exists", "whole number", id="slice"),
        pytest.param("event.x == ^+5", "without +", id="plus sign"),
        pytest.param("event.x == 5^.", "5.0", id="point without digits after it"),
        pytest.param("event.x == ^.5", "0.5", id="point without digits before it"),
        pytest.param("event.x == ^1e5", "1.0e5", id="exponent without a point"),
        pytest.param("event.x == 1^.0E5", "1.0e5", id="capital exponent"),
        pytest.param("event.x == ^1_000", "without _", id="underscore in a number"),
        pytest.param("event.x == ^9223372036854775808", "64 bits", id="integer past 64 bits"),
        pytest.param("event.x == ^1.0e999", "1.7e308", id="float past a double"),
        pytest.param("event.x matches regex ^event.y", "always a string", id="regex from a path"),
        pytest.param("event.x matches regex ^'a(?=b)'", "RE2", id="lookahead"),
        pytest.param("event.x matches exactly part ^'y'", "the order is", id="exactly before part"),
        pytest.param("event.x ^matches'y'", "space after", id="no space after matches"),
        pytest.param("(event.x)^matches 'y'", "space before", id="no space before matches"),
        pytest.param("event.x ^matches", "value is missing", id="nothing after matches"),
        pytest.param("event.x exists and ^", "stops too early", id="nothing after and"),
        pytest.param("event.x exists or ^and true", "before it", id="two operators in a row"),
        pytest.param("(event.x exists^", "not closed", id="open parenthesis"),
        pytest.param("event.x exists^)", "there is no matching (", id="closing parenthesis"),
        pytest.param("event.x exists ^# note", "no comments", id="comment"),
        pytest.param("^{{event.x}} matches 'y'", "templates", id="braces"),
        pytest.param("event.x^\u00a0exists", "ordinary space", id="no-break space"),
        pytest.param("now ^in", "value is missing", id="now in nothing"),
        pytest.param("now in ^'Mon'", "Mon,Tue", id="window in quotes"),
        pytest.param("now in ^Monday 09:00:00 to 17:00:00 Etc/UTC", "Mon,Tue", id="long name of a day"),
        pytest.param(
            "now in Mon^, Tue 09:00:00 to 17:00:00 Etc/UTC", "without spaces", id="space after a comma"
        ),
        pytest.param("now in Mon ^9:00 to 17:00:00 Etc/UTC", "09:00:00", id="short time"),
        pytest.param("now in Mon 09:00:00 to ^24:00:00 Etc/UTC", "23:59:59", id="24 o'clock"),
        pytest.param("now in Mon 09:00:00 ^- 17:00:00 Etc/UTC", " to ", id="dash between times"),
        pytest.param("now in Mon 09:00:00 to 17:00:00^", "time zone", id="window without a zone"),
        pytest.param("now in Mon 09:00:00 to 17:00:00 ^Europe/Berln", "Europe/Berlin?", id="unknown zone"),
        pytest.param("now > 2022^-01-01", "2022-01-01 08:00:00 Etc/UTC", id="date without a time"),
        pytest.param("now > 2022^-01-01T08:00:00Z", "2022-01-01 08:00:00 Etc/UTC", id="ISO date"),
        pytest.param("now > ^2022-02-30 08:00:00 Etc/UTC", "", id="day that does not exist"),
        pytest.param("now > ^9999-12-31 23:59:59 America/New_York", "", id="day past the calendar"),
        pytest.param("trigger_count ^> 5", "trigger_count over 5 minutes", id="threshold without a duration"),
        pytest.param("trigger_count over ^5m > 10", "minutes", id="short unit"),
        pytest.param("trigger_count over 1 ^week > 10", "days", id="weeks are not a unit"),
        pytest.param("trigger_count over ^0 minutes > 10", "positive", id="duration of nothing"),
        pytest.param("trigger_count over 1 minute ^2 minutes > 10", "once", id="unit twice"),
        pytest.param("^", "always matches", id="empty condition"),
        pytest.param("event.a == event.b ^== event.c", "`and`", id="two comparisons in a row"),
        pytest.param("(" * 32 + "^(true" + ")" * 33, "", id="33 parentheses"),
        pytest.param("true" + " or true" * 63 + " ^or true", "several conditions", id="65 factors"),
        pytest.param("^event" + ".a" * 32 + " exists", "", id="33 path elements"),
        pytest.param(f"event.x == ^'{'é' * 513}'", "", id="string past 1024 bytes"),
        pytest.param("^true" + " " * 2045, "several conditions", id="past 2048 bytes"),
        pytest.param("^" + "é" * 1025, "several conditions", id="bytes count, not characters"),
        pytest.param("event.x == '^\ud800'", "Unicode", id="half a character"),
    ],
)
def test_is_refused_at_its_place_with_advice(marked: str, advice: str):
    text = marked.replace("^", "", 1)
    message, position, hint = refusal(text)
    assert message
    assert advice in hint or advice in message
    assert position == marked.index("^")


RESERVED = """
as at break const continue def do else end eq for function gt gte if import is let loop lt lte
namespace package require return var void when while
"""


@pytest.mark.parametrize("word", RESERVED.split())
def test_reserved_word_needs_brackets(word: str):
    assert word in refusal(f"event.{word} exists")[0]
    parse(f"event['{word}'] exists")


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("a(?=b)", id="lookahead"),
        pytest.param("(?<!a)b", id="lookbehind"),
        pytest.param("(a)\\\\1", id="back reference"),
        pytest.param("(?>a)", id="atomic group"),
        pytest.param("a++", id="possessive"),
        pytest.param("(?#note)", id="comment"),
        pytest.param("(?x)a", id="verbose flag"),
        pytest.param("a\\\\Z", id="end in Perl's way"),
        pytest.param("a{1001}", id="repeat above 1000"),
        pytest.param("(a{500}){3}", id="repeat above 1000 by nesting"),
        pytest.param("a**", id="double star"),
        pytest.param("(", id="open group"),
    ],
)
def test_pattern_that_re2_refuses(pattern: str):
    assert "RE2" in refusal(f"event.x matches regex '{pattern}'")[0]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        pytest.param("^a{,2}$", "a{,2}", True, id="an open lower bound is literal"),
        pytest.param("(?i)x(?-i)y", "Xy", True, id="flags change in mid-pattern"),
        pytest.param("(?i)x(?-i)y", "XY", False, id="flags change back in mid-pattern"),
        pytest.param("a\\\\z", "ba", True, id="\\z is the end of the text"),
        pytest.param("(?-m)a$", "a\n", False, id="$ without m is only the very end"),
        pytest.param("^\\\\d$", "٣", False, id="\\d is ASCII"),
        pytest.param("^\\\\s$", "\v", False, id="\\s excludes the vertical tab"),
        pytest.param("[[:alpha:]]\\\\pL\\\\p{Greek}", "aéα", True, id="POSIX and Unicode classes"),
        pytest.param("\\\\Qa.b\\\\E", "a.b", True, id="quoted literals"),
        pytest.param("\\\\x{1F600}", "😀", True, id="code points"),
        pytest.param("(?<n>a)(?P<m>b)", "ab", True, id="both forms of named group"),
    ],
)
def test_pattern_means_what_re2_means(pattern: str, text: str, expected: bool):
    from datetime import UTC, datetime

    condition = parse(f"event.x matches regex '{pattern}'")
    assert condition.evaluate({"event": {"x": text}}, datetime(2024, 1, 1, tzinfo=UTC)).value is expected


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param("((event.a exists))", "event.a exists", id="needless parentheses go"),
        pytest.param("(true or false)and true", "(true or false) and true", id="needed parentheses stay"),
        pytest.param(
            "true and (true and false)", "true and (true and false)", id="the shape of the tree stays"
        ),
        pytest.param(
            "event['a']['b-c'][0]==1.50", "event.a['b-c'][0] == 1.5", id="paths and numbers are shortest"
        ),
        pytest.param(
            "trigger_count over 1 minutes > 1", "trigger_count over 1 minute > 1", id="units follow number"
        ),
    ],
)
def test_prints(text: str, printed: str):
    assert str(parse(text)) == printed


def test_condition_too_long_for_usual_spacing_prints_as_written():
    text = "or ".join(["event.a=='" + "x" * 19 + "'"] * 60) + "or event.b=='"
    text += "y" * (2047 - len(text)) + "'"
    assert len(text) == 2048
    assert str(parse(text)) == text
