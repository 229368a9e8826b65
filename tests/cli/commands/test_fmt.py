"""`pdslack fmt`: which files, what it prints, and how it ends."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace

import pytest

from tests.cli.conftest import STACK

UGLY = "teams:   {infra: {}}   # ours\nowner:  infra\n"
CLEAN = "owner: infra\nteams: {infra: {}} # ours\n"


def test_files_are_rewritten_and_named_and_keep_their_mode(cli):
    path, other = cli.write(UGLY), cli.write(CLEAN, "clean.yaml")
    path.chmod(0o640)
    before = other.stat()

    done = cli("fmt")

    assert (done.out, done.err) == ("pdslack.yaml\n", "1 file formatted, 1 file already formatted\n")
    assert (path.read_text(), path.stat().st_mode & 0o777) == (CLEAN, 0o640)
    assert other.stat().st_mtime_ns == before.st_mtime_ns
    assert cli("fmt").out == ""
    assert sorted(os.listdir(cli.folder)) == ["clean.yaml", "pdslack.yaml"]


def test_check_writes_nothing(cli):
    path = cli.write(UGLY)
    done = cli("fmt", "--check", code=1)
    assert (done.out, path.read_text()) == ("pdslack.yaml\n", UGLY)
    path.write_text(CLEAN)
    assert cli("fmt", "--check").err == "1 file already formatted\n"


def test_diff_shows_what_would_change(cli):
    path = cli.write(UGLY)
    out = cli("fmt", "--diff", code=1).out
    assert "-owner:  infra\n" in out
    assert "+owner: infra\n" in out
    assert path.read_text() == UGLY


def test_standard_input_goes_to_standard_output(cli, monkeypatch):
    for words, out, code in [(["-"], CLEAN, 0), (["-", "--check"], "", 1)]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(UGLY.encode())))
        assert cli("fmt", *words, code=code).out == out


def test_tests_are_formatted_and_files_of_other_programs_are_not(cli):
    cli.write(STACK)
    cli.write("tests:  []\n", "shop.test.yaml")
    foreign = cli.write("on:  push\njobs:  {}\n", "ci.yaml")

    assert cli("fmt").out.splitlines() == ["pdslack.yaml", "shop.test.yaml"]
    assert foreign.read_text() == "on:  push\njobs:  {}\n"
    assert cli("fmt", "ci.yaml").out == "ci.yaml\n"  # named


@pytest.mark.parametrize(
    "text", ["a: [", "a: *b", "a: 1\na: 2", "a: 1\n---\nb: 1", "a: !x y", b"\xff", "? [a]\n: b", "\x00"]
)
def test_what_cannot_be_read_is_left_as_it_is(cli, text):
    content = text if isinstance(text, bytes) else text.encode()
    path = cli.write("")
    path.write_bytes(content)
    cli.write(UGLY, "other.yaml")

    done = cli("fmt", code=1)

    assert path.read_bytes() == content
    assert "pdslack.yaml:" in done.err
    assert done.err.startswith("1 file formatted\n")
    assert done.out == "other.yaml\n"  # the others are


@pytest.mark.parametrize(("before", "after"), [(b"\r\n", b"\r\n"), (b"\n", b"\n"), (b"", b"\n")])
def test_line_endings_stay_and_a_file_ends_with_one(cli, before, after):
    path = cli.write("")
    path.write_bytes(b"owner:  me" + before)
    cli("fmt")
    assert path.read_bytes() == b"owner: me" + after


def test_a_link_stays_a_link(cli):
    cli.write(UGLY, "real/stack.yaml")
    (cli.folder / "link.yaml").symlink_to("real/stack.yaml")
    cli("fmt", "link.yaml")
    assert (cli.folder / "link.yaml").is_symlink()
    assert (cli.folder / "real/stack.yaml").read_text() == CLEAN


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_not_replaced(cli):
    path = cli.write(UGLY)
    path.chmod(0o444)
    assert "cannot write pdslack.yaml" in cli("fmt", code=1).err
    assert path.read_text() == UGLY


@pytest.mark.slow
def test_a_starter_and_an_export_are_formatted(cli):
    cli("init", "starter", "--owner", "payments")
    assert cli("fmt", "starter", "--check").out == ""
    cli("apply", "--sandbox", "--yes", "starter")
    for by in ("section", "team"):
        cli("export", "--owner", "other", "--sandbox", "--out", by, "--by", by)
        assert cli("fmt", by, "--check").out == ""
