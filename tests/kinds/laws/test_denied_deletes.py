"""A vendor that denies an object which is still there: the delete has failed, and the next run does it."""

from __future__ import annotations

import pytest
import yaml

from pdslack_cli.engine.apply import StepOutcome
from pdslack_cli.kinds import MANAGED
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.examples import EXAMPLES
from tests.kinds.laws.test_every_kind import runner, said, settle

pytestmark = pytest.mark.slow_after(2)

__all__ = ["runner"]

SLACK_METHODS = {"channel": "conversations.archive", "user_group": "usergroups.disable"}


@pytest.mark.parametrize("kind", MANAGED, ids=lambda kind: kind.name)
def test_delete_that_is_answered_with_404_beside_the_object_has_failed(kind, runner):
    settle(runner, said(kind, yaml.safe_load(EXAMPLES[kind.name].entry)))
    gone = said(kind, None)
    path = SLACK_METHODS.get(kind.name, r"[^/]+")
    method = "POST" if kind.name in SLACK_METHODS else "PUT" if kind.archives_on_delete else "DELETE"
    root = getattr(kind, "path", "/integration-slack/workspaces/[^/]+/connections")
    where = path if kind.name in SLACK_METHODS else f"^{root}/(.+/)?{path}$"
    runner.sandbox.faults.add(Fault("404", method=method, path=where, nth=1))

    report = runner.apply(gone)

    failed = [str(result.error) for result in report.of(StepOutcome.FAILED)]
    assert len(failed) == 1, report.results
    assert "unexpected" not in failed[0]
    settle(runner, gone)
