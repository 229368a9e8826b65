"""A reader that went away and a full disk end no command midway; a result that is lost is told."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from types import SimpleNamespace

import pytest

from tests.cli.conftest import Cli
from tests.support import forked

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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param("apply --sandbox", "cannot ask for confirmation without a terminal", id="a question"),
        pytest.param("init --owner a elsewhere", "Wrote ", id="questions"),
        pytest.param("route - --to service/x", "- is not JSON", id="an event"),
        pytest.param("fmt -", "", id="a file"),
        pytest.param("replay --from - --base pdslack.yaml", "There were no alerts", id="lines"),
    ],
)
def test_closed_standard_input_is_an_empty_one(applied, words, message):
    command = ["/bin/sh", "-c", f"{' '.join([*COMMAND, words])} <&-"]
    done = subprocess.run(command, timeout=120, check=False, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert message in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param("route - --to service/x", "cannot read -: it is larger than 10 MB", id="an event"),
        pytest.param("fmt -", "cannot read -: it is larger than 10 MB", id="a file"),
        pytest.param(
            "replay --from - --base pdslack.yaml", "cannot read -: a line is larger than 10 MB", id="lines"
        ),
    ],
)
def test_standard_input_has_the_limit_of_files(cli, monkeypatch, words, message):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO(b"x" * 11_000_000)))
    assert message in cli(*words.split(), code=1).err


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
