from __future__ import annotations

import pytest

from pdslack_cli.sandbox.server import Sandbox
from tests.kinds.slack.workspace import Workspace


@pytest.fixture
def workspace():
    with Sandbox() as sandbox:
        workspace = Workspace(sandbox)
        workspace.seed(workspace.people)
        yield workspace
