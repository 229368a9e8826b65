"""From a live service to YAML it is a short way, and each object is decoded and compared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from inspect import unwrap
from types import FrameType
from typing import Any

import pytest

from pdslack_cli.config.load import load_texts
from pdslack_cli.config.stack import Header
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.plan.comparison import StackComparison
from pdslack_cli.export.entries import EntryWriter
from pdslack_cli.export.export import _Exporter, make_export
from pdslack_cli.export.selection import Selection
from pdslack_cli.kinds import MANAGED
from pdslack_cli.kinds.pagerduty.service.service import Services
from pdslack_cli.render import yaml
from tests.export.exports import one_document, read
from tests.kinds.full_account import full_account
from tests.support.calls import counted, walked

# What is done with one object; the files are then checked and laid out as `plan` and `fmt` do it.
STEPS = (Services.decode, EntryWriter.write, _Exporter._managed, yaml._entry)

# The values that every module holds (`Ref`, `Live`): no step of the way.
SHARED = {"model.py"}


def test_a_live_service_becomes_yaml_in_a_short_walk(accounts):
    accounts.service(
        "API",
        accounts.all("escalation_policy")[0],
        [],
        description="Takes money",
        incident_urgency_rule={"type": "constant", "urgency": "severity_based"},
    )
    account = read(accounts.sandbox)
    objects = {name: account.objects[name] for name in ("service", "escalation_policy", "person")}

    alone = replace(account, objects=objects)

    def export() -> Mapping[str, str]:
        return make_export(alone, Header(owner="acme"), Selection(("services",)), one_document, {})[1]

    export()  # what is built at its first use is no step of the way
    with walked(*STEPS) as walk:
        texts = export()

    assert "urgency: severity" in texts["pdslack.yaml"]
    assert len(walk.files - SHARED) <= 20, sorted(walk.files)
    assert len(walk.moves) <= 40, sorted(walk.moves)


def decoded(frame: FrameType) -> tuple[str, str, str]:
    live = frame.f_locals["live"]
    return "decoded", live.kind, live.id


def compared(frame: FrameType) -> tuple[str, str, str]:
    spec = frame.f_locals["spec"]
    return "compared", type(spec).__name__, spec.name


HOOKS: Mapping[Any, Any] = {
    **{unwrap(type(kind).decode).__code__: decoded for kind in MANAGED},
    StackComparison.differing.__code__: compared,
}


@pytest.mark.slow
@pytest.mark.parametrize("change", [{}, {"description: ": "description: Our "}], ids=["adopted", "changed"])
def test_a_plan_decodes_and_compares_each_object_once(accounts, change):
    full_account(accounts)
    account = read(accounts.sandbox)
    _, texts = make_export(account, Header(owner="acme"), Selection(), one_document, {})
    text = texts["pdslack.yaml"]
    for old, new in change.items():
        text = text.replace(old, new)
    stack = load_texts({"pdslack.yaml": text}, {})

    with counted(HOOKS) as calls:
        plan = make_plan(stack, LiveState(account.objects), adopt=True)

    assert bool(change) == any(one.fields for one in plan.changes)
    assert {name[1] for name in calls if name[0] == "decoded"} == {kind.name for kind in MANAGED}
    assert {name: count for name, count in calls.items() if count > 1} == {}


@pytest.mark.slow
def test_an_export_decodes_each_object_once_and_once_for_its_check(accounts):
    full_account(accounts)
    account = read(accounts.sandbox)

    with counted(HOOKS) as calls:
        export, _ = make_export(account, Header(owner="acme"), Selection(), one_document, {})

    assert export.entries
    checks = max(count for name, count in calls.items() if name[0] == "compared")
    assert {name: count for name, count in calls.items() if count > 1 + checks} == {}
