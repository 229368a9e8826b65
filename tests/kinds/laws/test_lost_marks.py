"""What lost its name and its mark, for every kind: the audit log tells that it was ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.model import Creation
from tests.kinds.laws.test_every_kind import all_said, examples_of, in_two_worlds, runner
from tests.kinds.laws.test_every_mark import (
    FIXED,
    RENAMED,
    another_name,
    applied,
    only_lives,
    problem_each,
    ref_of,
)

pytestmark = pytest.mark.slow

__all__ = ["runner"]


@in_two_worlds(set(RENAMED) - set(FIXED))
def test_object_that_lost_its_name_and_its_mark_is_known_by_the_audit_log(kinds, runner):
    applied(kinds, runner)
    wanted, before = all_said(examples_of(kinds)), only_lives(kinds, runner)
    clients = runner.clients(wanted)
    session = Session(clients, runner.plan(wanted).id_index, "payments", runner.secrets, print)
    for kind, live in zip(kinds, before, strict=True):
        name = {kind.named_by: another_name(kind)}
        kind.update(session, live, kind.decode(live, session.id_index).model_copy(update=name), name, None)
    now = datetime.now(UTC)
    created = {live.id: Creation(ref_of(kind), now) for kind, live in zip(kinds, before, strict=True)}

    plan = make_plan(wanted, replace(runner.read(wanted, clients), created=created))

    assert plan.changes == ()
    for problem in problem_each(plan, [live.id for live in before]):
        assert re.search("run in this folder created .* edited away", problem.message)
