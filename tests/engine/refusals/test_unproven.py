"""What was renamed by hand may be a copy that a person made: a plan mends it, and removes nothing from it."""

from __future__ import annotations

import pytest

from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.engine.refusals.children import removed_children
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.census import documents
from tests.engine.faults.test_unseen import EMPTIED, FULL
from tests.factories import stack
from tests.runs import Runner

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("delete", [True, False], ids=["", "--no-delete"])
def test_nothing_is_removed_from_an_object_whose_mark_does_not_fit_its_name(delete):
    wanted = stack(EMPTIED)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(FULL))
        assert runner.apply(stack(FULL)).complete
        removing = {
            change.live.id: change for change in runner.plan(wanted).changes if removed_children(change)
        }
        assert {Ref("team", "ops"), Ref("service", "api"), Ref("workflow", "w")} <= {
            change.ref for change in removing.values()
        }
        for (kind, id_), held in documents(sandbox).items():
            if id_ in removing and "name" in held:
                sandbox.store.replace(kind, id_, {**held, "name": f"{held['name']}-copy"})

        clients = runner.clients(wanted)
        live = runner.read(wanted, clients)
        plan = with_refusals(
            make_plan(wanted, live, delete=delete), wanted, live, clients, Allowed(deletes=99)
        )

        told = {
            problem.message.partition(" ")[0] for problem in plan.problems if "would lose" in problem.message
        }
        assert told == ({str(change.ref) for change in removing.values()} if delete else set())
        assert all("nothing is deleted" in problem.message for problem in plan.problems)
