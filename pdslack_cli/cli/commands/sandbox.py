"""`pdslack sandbox`: a PagerDuty and a Slack on this machine, until stopped."""

from __future__ import annotations

import os
import shlex
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.session import open_sandbox
from pdslack_cli.render.output.streams import echo
from pdslack_cli.sandbox.server import past_proxies

Port = Annotated[
    int, typer.Option("--port", help="0 chooses a free one.", envvar="PDSLACK_PORT", min=0, max=65535)
]
State = Annotated[
    Path, typer.Option("--state", help="The file that holds its state.", envvar="PDSLACK_STATE")
]
Reset = Annotated[bool, typer.Option("--reset", help="Empty it first.", envvar="PDSLACK_RESET")]


def sandbox(port: Port = 0, state: State = Path(".pdslack/sandbox.sqlite"), reset: Reset = False) -> None:
    with reported_errors():
        server = open_sandbox(state, port)
        server.start()
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        try:
            if reset:
                server.reset()
            for name, value in {**server.environment(), **past_proxies(os.environ)}.items():
                echo(f"export {name}={shlex.quote(value)}")
            echo(f"# the sandbox listens on {server.url}; stop it with Ctrl-C", err=True)
            stopped.wait()
        finally:
            server.stop()
