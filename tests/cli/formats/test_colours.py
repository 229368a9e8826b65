"""Colours on a terminal: all of a command's output keeps to NO_COLOR, and pipes get none."""

from __future__ import annotations

import sys

import pytest

COMMANDS = [
    ("validate",),
    ("plan", "--sandbox"),
    ("apply", "--sandbox", "--yes"),
    ("output", "--sandbox"),
    ("doctor", "--sandbox"),
    ("graph",),
    ("list", "priorities", "--sandbox"),
    ("explain", "service"),
    ("export", "--sandbox", "--owner", "x"),
    ("show", "none.json"),
    ("plan", "--help"),
    ("destroy", "--sandbox", "--yes"),
]


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["NO_COLOR", "TERM"])
def test_without_colour_no_command_writes_a_control_sequence(cli, monkeypatch, variable):
    monkeypatch.setenv(variable, "dumb" if variable == "TERM" else "1")
    for command in COMMANDS:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        done = cli(*command, code=None)
        assert "\x1b" not in done.out + done.err, command


@pytest.mark.slow
def test_a_pipe_gets_no_control_sequence(cli, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    for command in COMMANDS:
        done = cli(*command, code=None)
        assert "\x1b" not in done.out + done.err, command


def test_a_terminal_gets_colours(cli, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[1m" in cli("plan", "--sandbox").out
