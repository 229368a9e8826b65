"""A vendor that denies an object which is still there: the delete has failed, and the next run does it."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.report import StepOutcome
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.laws.test_every_kind import all_said, examples_of, runner, settle, together

pytestmark = pytest.mark.slow

__all__ = ["runner"]

SLACK_METHODS = {"channel": "conversations.archive", "user_group": "usergroups.disable"}


def denial(kind: Kind) -> Fault:
    """The answer 404 to the first delete of an object of that kind."""
    path = SLACK_METHODS.get(kind.name, r"[^/]+")
    method = "POST" if kind.name in SLACK_METHODS else "PUT" if kind.archives_on_delete else "DELETE"
    root = getattr(kind, "path", "/integration-slack/workspaces/[^/]+/connections")
    where = path if kind.name in SLACK_METHODS else f"^{root}/(.+/)?{path}$"
    return Fault("404", method=method, path=where, nth=1)


@together
def test_delete_that_is_answered_with_404_beside_the_object_has_failed(kinds, runner):
    settle(runner, all_said(examples_of(kinds)))
    gone = all_said(dict.fromkeys(kinds))
    for kind in kinds:
        runner.sandbox.faults.add(denial(kind))

    report = runner.apply(gone)

    failed = [(result.ref.kind, str(result.error)) for result in report.of(StepOutcome.FAILED)]
    assert sorted(kind for kind, _ in failed) == sorted(kind.name for kind in kinds), report.results
    assert not any("unexpected" in error for _, error in failed), failed
    settle(runner, gone)
