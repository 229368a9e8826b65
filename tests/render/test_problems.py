from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from pdslack_cli.errors import Location, Problem, Severity
from pdslack_cli.render.problems import first_of, print_problems, problems_json

STACK = """\
owner: payments
services:
  api:
    escalation_policy: on-cal
"""


@pytest.fixture(autouse=True)
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pdslack.yaml").write_text(STACK, encoding="utf-8")


def printed(*problems: Problem, width: int = 100, terminal: bool = False) -> str:
    out = io.StringIO()
    print_problems(problems, Console(file=out, width=width, force_terminal=terminal))
    return out.getvalue()


def test_a_problem_is_shown_with_its_line_and_hint() -> None:
    location = Location("pdslack.yaml", 4, 24)
    assert printed(Problem("unknown escalation policy 'on-cal'", location, "did you mean 'on-call'?")) == (
        "pdslack.yaml:4:24: unknown escalation policy 'on-cal'\n"
        "  4 |     escalation_policy: on-cal\n"
        "    |                        ^ did you mean 'on-call'?\n"
        "\n"
        "1 problem.\n"
    )


def test_problems_are_sorted_by_place_and_counted() -> None:
    Path("b.yaml").write_text("x: 1\n" * 12, encoding="utf-8")
    problems = [
        Problem("fifth", Location("pdslack.yaml", 1, 1)),
        Problem("fourth", Location("b.yaml", 12, 1)),
        Problem("third", Location("b.yaml", 2, 4)),
        Problem("second", Location("b.yaml", 2, 1)),
        Problem("first", None, "what to do"),
    ]
    assert printed(*problems) == (
        "first\n  what to do\n\n"
        "b.yaml:2:1: second\n  2 | x: 1\n    | ^\n\n"
        "b.yaml:2:4: third\n  2 | x: 1\n    |    ^\n\n"
        "b.yaml:12:1: fourth\n  12 | x: 1\n     | ^\n\n"
        "pdslack.yaml:1:1: fifth\n  1 | owner: payments\n    | ^\n\n"
        "5 problems.\n"
    )


def test_no_problems_print_nothing() -> None:
    assert printed() == ""
    assert problems_json([]) == []


@pytest.mark.parametrize(
    "location",
    [
        pytest.param(None, id="no place"),
        pytest.param(Location("gone.yaml", 3, 1), id="no such file"),
        pytest.param(Location(".", 1, 1), id="a folder"),
        pytest.param(Location("pdslack.yaml", 99, 1), id="no such line"),
        pytest.param(Location("pdslack.yaml", 5, 1), id="the end of the file"),
    ],
)
def test_without_a_source_line_the_hint_stands_alone(location: Location | None) -> None:
    place = f"{location}: " if location else ""
    assert (
        printed(Problem("it is wrong", location, "mend it"))
        == f"{place}it is wrong\n  mend it\n\n1 problem.\n"
    )
    (diagnostic,) = problems_json([Problem("it is wrong", location, "mend it")])
    assert "snippet" not in diagnostic


@pytest.mark.parametrize("terminal", [False, True])
def test_what_a_user_wrote_is_never_markup(terminal: bool) -> None:
    Path("a.yaml").write_text("name: '[bold]x[/bold] :smile: [/]'\n", encoding="utf-8")
    out = printed(
        Problem("[red]y[/red] :fire:", Location("a.yaml", 1, 7), "[link=x]z[/link]"), terminal=terminal
    )
    for text in ("name: '[bold]x[/bold] :smile: [/]'", "[red]y[/red] :fire:", "[link=x]z[/link]"):
        assert text in out


def test_control_characters_do_not_reach_the_terminal() -> None:
    Path("a.yaml").write_text("a:\tb\x1b[2Jc\u202e\r\nd: 1\n", encoding="utf-8", newline="")
    out = printed(Problem("bad\x1b[2J\nvalue", Location("a.yaml", 1, 10), "mend\x07 it"))
    assert out.splitlines() == [
        "a.yaml:1:10: bad [2J value",
        "  1 | a: b [2Jc",
        "    |          ^ mend  it",
        "",
        "1 problem.",
    ]


def test_a_secret_is_shown_nowhere() -> None:
    secret = "xoxb-1234567890-abcdef"
    Path("a.yaml").write_text(f"{{token: {secret}, other: x}}\n", encoding="utf-8")
    problems = [
        Problem(f"bad {secret}", Location("a.yaml", 1, 9), f"not {secret}"),
        Problem("unknown", Location("a.yaml", 1, 40)),
    ]
    out = printed(*problems)
    assert secret[5:] not in out + json.dumps(problems_json(problems))
    assert "a.yaml:1:9: bad xoxb…\n  1 | {token: xoxb…, other: x}\n    |         ^ not xoxb…\n" in out
    assert "  1 | {token: xoxb…, other: x}\n    |                       ^\n" in out


def test_the_caret_stands_below_wide_characters() -> None:
    Path("a.yaml").write_text("a: '決済 x'\n", encoding="utf-8")
    lines = printed(Problem("bad", Location("a.yaml", 1, 8))).splitlines()
    # Two characters of two cells each stand before the x.
    assert lines[1:3] == ["  1 | a: '決済 x'", "    |          ^"]


@pytest.mark.parametrize("column", [1, 50, 150, 300])
def test_a_long_line_is_cut_around_the_problem(column: int) -> None:
    line = "".join(chr(ord("a") + number % 26) for number in range(300))
    Path("a.yaml").write_text(line + "\n", encoding="utf-8")
    _, code, caret, *_ = printed(
        Problem("bad", Location("a.yaml", 1, column)), width=60, terminal=False
    ).splitlines()
    assert len(code) <= 60
    assert code[caret.index("^")] == line[column - 1]


def test_a_file_that_is_not_utf8_still_has_lines() -> None:
    Path("a.yaml").write_bytes(b"\xef\xbb\xbfa: \xff\n")
    assert "  1 | a: \ufffd\n    |    ^ save it in UTF-8\n" in printed(
        Problem("not UTF-8", Location("a.yaml", 1, 4), "save it in UTF-8")
    )


def test_json_has_the_shape_of_terraforms_diagnostics() -> None:
    problem = Problem("unknown policy 'on-cal'", Location("pdslack.yaml", 4, 24), "did you mean 'on-call'?")
    assert problems_json([problem, Problem("no owner", None)]) == [
        {"severity": "error", "summary": "no owner", "detail": ""},
        {
            "severity": "error",
            "summary": "unknown policy 'on-cal'",
            "detail": "did you mean 'on-call'?",
            "range": {
                "filename": "pdslack.yaml",
                "start": {"line": 4, "column": 24},
                "end": {"line": 4, "column": 25},
            },
            "snippet": {
                "context": None,
                "code": "    escalation_policy: on-cal",
                "start_line": 4,
                "highlight_start_offset": 23,
                "highlight_end_offset": 24,
                "values": [],
            },
        },
    ]


def test_of_many_problems_the_gravest_are_shown():
    advice = [Problem(f"w{number}", severity=Severity.WARNING) for number in range(150)]
    shown, more = first_of([*advice, Problem("wrong")])
    assert (shown[0].message, len(shown), more) == ("wrong", 100, 51)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_of_any_width_breaks_no_word(width: int) -> None:
    message = "urgency: must be one of 'high', 'low', 'severity', got 'sometimes high and sometimes low'"
    hint = "write high, low or severity, or a mapping with `support_hours` and `outside`, each one of them"
    out = printed(
        Problem(message, Location("pdslack.yaml", 4, 24), hint),
        Problem(message, None, hint),
        width=width,
        terminal=True,
    )
    plain = Text.from_ansi(out).plain
    assert max(map(len, plain.splitlines())) <= width
    words = plain.replace("    | ", "").split()
    assert " ".join(words).count(hint) == 2
    assert " ".join(words).count(message) == 2
