"""A reader that went away and a full disk end no command midway; a result that is lost is told."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests import forked
from tests.cli.conftest import Cli

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "pdslack_cli.cli.main"]
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote where a test could read it."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(*words: str, stdout: int | None = None, stderr: int | None = None) -> Ended:
    """Run a command; a stream that is left out can be read afterwards."""
    with TemporaryFile() as out, TemporaryFile() as err:
        command = forked.start(
            words,
            cwd=Path.cwd(),
            env=os.environ,
            stdout=out.fileno() if stdout is None else stdout,
            stderr=err.fileno() if stderr is None else stderr,
        )
        code = command.wait()
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read())


def read_end_closed() -> int:
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.fixture
def applied(cli: Cli):
    """Whether all was done."""
    return lambda: cli("plan", "--sandbox").out.startswith("No changes.")


@pytest.mark.parametrize("format_", ["text", "github"])
def test_an_apply_goes_on_where_nobody_reads_its_progress(applied, format_):
    broken = read_end_closed()
    words = ("apply", "--sandbox", "--yes", "--format", format_)
    done = run(*words, stderr=broken)
    assert (done.returncode, b"Apply complete!" in done.stdout) == (0, True)
    assert applied()


def test_an_apply_goes_on_where_nobody_reads_its_result(applied):
    done = run("apply", "--sandbox", "--yes", stdout=read_end_closed())
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert applied()


@needs_full
def test_a_full_disk_under_the_progress_ends_nothing(applied):
    with open("/dev/full", "wb") as full:
        done = run("apply", "--sandbox", "--yes", stderr=full.fileno())
    assert (done.returncode, b"Apply complete!" in done.stdout) == (0, True)
    assert applied()


@needs_full
@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_a_full_disk_under_the_result_is_told_after_the_work(applied, format_):
    with open("/dev/full", "wb") as full:
        words = ("apply", "--sandbox", "--yes", "--format", format_)
        done = run(*words, stdout=full.fileno())
    assert done.returncode == 1
    assert b"cannot write the result: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert applied()


def test_closed_streams_end_nothing(applied):
    words = " ".join([*COMMAND, "apply", "--sandbox", "--yes"])
    done = subprocess.run(["/bin/sh", "-c", f"{words} >&- 2>&-"], timeout=120, check=False)
    assert done.returncode == 0
    assert applied()


@needs_full
@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP"])
@pytest.mark.parametrize(
    "command", ["apply --yes", "plan", "plan --only team/none", "doctor", "coverage", "destroy --yes"]
)
def test_a_file_of_the_runner_that_cannot_be_written_is_told(cli: Cli, variable, command):
    (cli.folder / "full").symlink_to("/dev/full")
    cli.patch.setenv(variable, str(cli.folder / "full"))

    done = cli(*command.split(), "--sandbox", "--format", "github", code=None)

    assert "for GitHub Actions" not in done.out or (done.code == 1 and "::error" in done.out)
    assert command != "apply --yes" or cli("plan", "--sandbox").out.startswith("No changes.")
