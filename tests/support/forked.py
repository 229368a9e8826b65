"""The command line as processes of their own, forked from one that has imported everything already.

Starting Python and importing pdslack takes longer than most commands. A forked process has its own memory,
environment, folder and streams, and ends like any other. What a fresh interpreter does itself (`-m`, a closed
stream at the start, another Python) needs `subprocess`.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn

LARGEST = 1 << 20  # bytes of a request


@dataclass
class Command:
    """A running command."""

    pid: int
    _report: IO[str]
    """A line with its exit code, once it has ended."""

    returncode: int | None = field(default=None, init=False)

    def poll(self) -> int | None:
        """The exit code if it has ended; of one that a signal ended, the signal's number below zero."""
        if self.returncode is None and select.select([self._report], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float = 120) -> int:
        """The exit code, as soon as it has ended."""
        if self.returncode is None:
            if not select.select([self._report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("pdslack", timeout)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _end(self) -> None:
        with self._report:
            self.returncode = os.waitstatus_to_exitcode(int(self._report.readline()))


def start(
    words: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdout: int | None = None,
    stderr: int | None = None,
) -> Command:
    """Start `pdslack` with these words; a stream that is left out leads nowhere."""
    request = json.dumps({"words": list(words), "cwd": str(cwd), "env": dict(env)}).encode()
    assert len(request) < LARGEST
    ours, theirs = os.pipe()
    with open(os.devnull, "r+b", buffering=0) as nowhere:
        streams = [nowhere.fileno() if stream is None else stream for stream in (stdout, stderr)]
        socket.send_fds(_channel(), [request], [nowhere.fileno(), *streams, theirs])
    os.close(theirs)
    report = os.fdopen(ours, encoding="ascii")
    return Command(int(report.readline()), report)


def run(words: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `pdslack` with these words to its end."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = start(words, cwd=cwd, env=env, stdout=out.fileno(), stderr=err.fileno()).wait()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(words), code, out.read(), err.read())


EXECUTABLE = """\
#!{python} -IS
import json, os, socket, sys

words = sys.argv[1:]
if words[:1] in (["sandbox"], ["serve"]):  # which a signal to the shell's processes must reach
    os.execv({python!r}, [{python!r}, "-m", "pdslack_cli.cli.main", *words])
ours, theirs = os.pipe()
request = json.dumps({{"words": words, "cwd": os.getcwd(), "env": dict(os.environ)}}).encode()
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
    door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, {largest})
    door.connect({address!r})
    socket.send_fds(door, [request], [0, 1, 2, theirs])
os.close(theirs)
code = os.waitstatus_to_exitcode(int(os.fdopen(ours).read().split()[1]))
sys.exit(code if code >= 0 else 128 - code)
"""


def executable(folder: Path) -> Path:
    """Write a `pdslack` into a folder, for scripts of a shell."""
    path = folder / "pdslack"
    address = _channel().getpeername()
    path.write_text(EXECUTABLE.format(python=sys.executable, largest=LARGEST, address=address))
    path.chmod(0o755)
    return path


@cache
def _channel() -> socket.socket:
    """The way to the process that forks; others may connect to its other end."""
    folder = tempfile.TemporaryDirectory(prefix="pdslack-tests-")
    theirs = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    theirs.bind(f"{folder.name}/door")
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
    ours.connect(theirs.getsockname())
    lifeline, end = os.pipe()  # closed when this process ends, however it does
    words = [sys.executable, "-m", "tests.support.forked", str(theirs.fileno()), str(lifeline)]
    process = subprocess.Popen(
        words, pass_fds=[theirs.fileno(), lifeline], cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL
    )
    theirs.close()
    os.close(lifeline)
    _kept.append((end, process, folder))
    return ours


_kept: list[tuple[int, subprocess.Popen[bytes], tempfile.TemporaryDirectory[str]]] = []


# --- the process that forks ----------------------------------------------------------------------------


def main() -> None:
    """Fork a command for each request, until the other end is gone."""
    channel, lifeline = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    _warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who report
    while channel in select.select([channel, lifeline], [], [])[0]:
        request, descriptors, *_ = socket.recv_fds(channel, LARGEST, 4)
        if os.fork() == 0:
            channel.close()
            os.close(lifeline)
            _report(json.loads(request), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _warm_up() -> None:
    """Import what commands import when they need it, and build the parser of conditions."""
    import slack_sdk.web.client  # noqa: F401

    import pdslack_cli.clients.slack_sdk_client
    import pdslack_cli.sandbox.server  # noqa: F401
    from pdslack_cli.cli.help.table import COMMANDS
    from pdslack_cli.clients.pagerduty import _import_pdpyras
    from pdslack_cli.config.load import load

    for described in COMMANDS.values():
        with suppress(ImportError):  # of an extra that is not installed
            import_module(f"pdslack_cli.cli.commands.{described.module}")
    _import_pdpyras()
    load([Path(__file__).parents[2] / "examples" / "fintech"], {})
    gc.collect()
    gc.freeze()


def _report(request: Mapping[str, Any], stdin: int, stdout: int, stderr: int, report: int) -> NoReturn:
    """Fork the command, and report its process and how that ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if pid := os.fork():
        for descriptor in (stdin, stdout, stderr):
            os.close(descriptor)
        os.write(report, f"{pid}\n".encode())
        os.write(report, f"{os.waitpid(pid, 0)[1]}\n".encode())
        os._exit(0)
    os.close(report)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background ignores
    for standard, descriptor in enumerate((stdin, stdout, stderr)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False, errors="backslashreplace")
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = ["pdslack", *request["words"]]

    from pdslack_cli.cli.main import run

    run()
    raise AssertionError("a command ends the process")


if __name__ == "__main__":
    main()
