"""A write that the vendor answers with a failure of its own is sent once more, and the run completes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.sandbox.faults import SLACK_READS, Fault
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.faults.conftest import COMPLETE
from tests.engine.faults.together import IDS, strike_together
from tests.support.census import census
from tests.support.runs import Runner

pytestmark = pytest.mark.slow

ONCE = "conversations.inviteShared"  # an e-mail to somebody: nobody wants it twice
LINKS = r"change_tags|subscribers|associate|/actions/.*/(teams|services)|/runners/.*/teams|pins\.add"


@pytest.mark.parametrize(("kind", "only"), [("500", ""), ("lost", LINKS)])
def test_run_completes(kind, only):
    """After a failure that was answered; and after silence, where a repeat does nothing more."""
    wanted = load([COMPLETE], {})
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        start = sandbox.snapshot()
        runner.forget_calls()
        assert runner.apply(wanted).complete
        expected = census(sandbox)
        sorts = {(call.provider, call.method, re.sub(IDS, "[^/]+", call.path)) for call in sandbox.calls}
        faults = [
            Fault(kind, provider=provider, method=method, path=f"^{path}$")
            for provider, method, path in sorted(sorts)
            if method != "GET" and not SLACK_READS.search(path) and not path.endswith(("auth.test", ONCE))
            if re.search(only, path)
        ]
        assert len(faults) >= 7

        def suffer(together: Sequence[Fault]) -> Sequence[Fault]:
            sandbox.restore(start)
            sandbox.faults.clear()
            for fault in together:
                sandbox.faults.add(fault)
            report = runner.apply(wanted)
            failed = [str(result.error) for result in report.results if result.error]
            assert report.complete, (together, failed)
            assert census(sandbox) == expected, together
            return [fault for fault, matched in sandbox.faults.waiting() if matched]

        strike_together(faults, 8, suffer)
