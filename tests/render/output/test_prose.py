"""Prose on terminals of any width, and in pipes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from pdslack_cli.render.output.console import print_prose

SENTENCE = "  ! SLACK_BOT_TOKEN lacks the scope channels:manage, which 3 channels of this file need"


def printed(text: str, hang: int, width: int, *, terminal: bool = True) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, color_system=None)
    print_prose(console, Text(text), hang)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_gets_whole_words_and_a_hanging_indent(width: int) -> None:
    first, *rest = printed(SENTENCE, 4, width)
    assert max(map(len, [first, *rest])) <= width
    assert all(line.startswith("    ") and line[4] != " " for line in rest)
    assert " ".join([first, *(line.strip() for line in rest)]) == SENTENCE


def test_a_pipe_gets_one_line() -> None:
    assert printed(SENTENCE, 4, 40, terminal=False) == [SENTENCE]


@given(st.text("ab cd", max_size=80), st.integers(0, 8), st.integers(1, 60))
def test_no_word_is_lost(text: str, hang: int, width: int) -> None:
    text = " " * hang + text
    assert "".join("".join(printed(text, hang, width)).split()) == "".join(text.split())
