"""Long runs show how far they are, and short ones nothing."""

from __future__ import annotations

import sys

import pytest

from pdslack_cli.render.output.progress import Progress
from pdslack_cli.render.output.streams import echo, finish


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(seconds_each: float, total: int, **flags) -> None:
    clock = Clock()
    count = Progress(clock=clock, **flags).counter("applied", shows_rest=True)
    for done in range(1, total + 1):
        clock.now += seconds_each
        count(done, total)


def test_a_short_run_shows_nothing(capsys):
    run(0.4, 12)
    assert capsys.readouterr().err == ""


def test_a_log_gets_a_line_every_few_seconds(capsys):
    run(1, 20)
    assert capsys.readouterr().err.splitlines() == [
        "applied 5/20, 15 s left",
        "applied 10/20, 10 s left",
        "applied 15/20, 5 s left",
        "applied 20/20",
    ]


def test_quiet_is_quiet(capsys):
    run(1, 20, quiet=True)
    assert capsys.readouterr().err == ""


def test_a_long_wait_is_told_once_by_all_who_wait(capsys):
    clock = Clock()
    progress = Progress(clock=clock)
    progress.waiting(4, "to try GET /teams again")
    for passed in range(3):
        progress.waiting(60 - passed, "until Slack takes conversations.listConnectInvites again")
        clock.now += 1
    clock.now += 60
    progress.waiting(10, "until PagerDuty takes GET /teams again")
    Progress(clock=clock, quiet=True).waiting(60, "until Slack takes users.list again")
    assert capsys.readouterr().err.splitlines() == [
        "waiting 60 s until Slack takes conversations.listConnectInvites again",
        "waiting 10 s until PagerDuty takes GET /teams again",
    ]


def test_minutes_are_told_as_minutes(capsys):
    run(6, 100)
    assert capsys.readouterr().err.splitlines()[3] == "applied 4/100, 10 min left"


def be_a_terminal(monkeypatch: pytest.MonkeyPatch, term: str = "xterm") -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


def test_a_terminal_has_one_line_that_whatever_comes_next_replaces(monkeypatch, capsys):
    be_a_terminal(monkeypatch)
    run(1, 3)
    echo("Apply complete!", err=True)
    erase = "\r\x1b[K"
    shown = ["applied 1/3", "applied 2/3", "applied 3/3", "Apply complete!\n"]
    assert capsys.readouterr().err == erase.join(shown)


def test_no_status_is_left_at_the_end(monkeypatch, capsys):
    be_a_terminal(monkeypatch)
    run(1, 1)
    finish()
    assert capsys.readouterr().err == "applied 1/1\r\x1b[K"


def test_a_dumb_terminal_gets_lines(monkeypatch, capsys):
    be_a_terminal(monkeypatch, "dumb")
    run(5, 1)
    assert capsys.readouterr().err == "applied 1/1\n"
