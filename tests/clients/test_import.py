from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [
        pytest.param(
            "import sys, pdslack_cli.clients; "
            "assert not {'pdpyras', 'requests', 'slack_sdk'} & set(sys.modules)",
            id="importing the clients loads no vendor's library",
        ),
        pytest.param(
            "from pdslack_cli.clients import connect; from pdslack_cli.clients.settings import Settings; "
            "connect(Settings.read({}))",
            id="connecting does not repeat the warning of pdpyras",
        ),
    ],
)
def test_a_fresh_interpreter(program):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
