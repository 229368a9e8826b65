"""Commands that read or change an account count what they do; the counts themselves: tests/render."""

from __future__ import annotations

import re

import pytest

from pdslack_cli.render.output import progress

READS = [
    ("plan", "--sandbox"),
    ("coverage", "--sandbox"),
    ("doctor", "--sandbox"),
    ("adopt", "team/payments", "--sandbox", "--yes"),
]
CHANGES = [("apply", "--sandbox", "--yes"), ("destroy", "--sandbox", "--yes")]


@pytest.fixture
def every_count(monkeypatch):
    monkeypatch.setattr(progress, "EVERY_LINE", -1.0)


def counts(err: str, verb: str) -> list[tuple[int, int]]:
    return [(int(done), int(total)) for done, total in re.findall(rf"^{verb} (\d+)/(\d+)", err, re.MULTILINE)]


@pytest.mark.slow
def test_commands_count_what_they_read_and_apply(cli, every_count):
    for command in (CHANGES[0], *READS, CHANGES[1]):
        done = cli(*command)
        read = counts(done.err, "reading")
        assert read, (command, done.err)
        assert read[-1][0] == read[-1][1] > 1, (command, done.err)
        if command in CHANGES:
            assert counts(done.err, "applied")[-1] == (3, 3), (command, done.err)
        assert not counts(done.out, "reading"), command


def test_quiet_counts_nothing(cli, every_count):
    done = cli("apply", "--sandbox", "--yes", "--quiet")
    assert not counts(done.err, "reading") + counts(done.err, "applied")
