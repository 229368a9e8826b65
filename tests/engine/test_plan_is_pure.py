"""A plan is a function of the stack and of what was read: the wall clock changes nothing in it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import yaml

from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds import MANAGED
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump
from tests.kinds.examples import WORLD
from tests.support.factories import stack
from tests.support.runs import Runner

SOON = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:00}"
BEGINS = f"{{name: C, start: '{SOON}', handoff: '2026-01-05T09:00:00', rotate: 1 week, people: [maya]}}"
POLICY = {"levels": [{"notify": ["schedule/one"]}]}
ENDS = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:00}"
LAYER = "{{name: {name}, start: '2026-01-05T09:00:00', end: '{end}', rotate: 1 week, people: [{who}]}}"


def wanted(*layers: str, **more: object):
    schedule = yaml.safe_load("{time_zone: Etc/UTC}") | {"layers": [yaml.safe_load(text) for text in layers]}
    policies = {**WORLD["escalation_policies"], **more}
    return stack(dump({**WORLD, "schedules": {"one": schedule}, "escalation_policies": policies}))


def said(plan: Plan) -> list[object]:
    return [
        plan.context,
        *(
            (change.ref, change.action, change.fields, change.before, change.after, change.content)
            for change in plan.changes
        ),
        *(change.warnings for change in plan.changes),
    ]


def test_a_plan_does_not_depend_on_the_wall_clock(monkeypatch):
    ending, night = LAYER.format(name="A", end=ENDS, who="maya"), LAYER.format(name="B", end=ENDS, who="tom")
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack(dump(WORLD)))
        assert runner.apply(wanted(ending, BEGINS)).complete
        changed = LAYER.format(name="A", end=ENDS, who="ines")
        after = wanted(changed, night, BEGINS, two=POLICY)
        live = runner.read(after, runner.clients(after))
    plan = make_plan(after, live)
    assert plan.changes

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=400)

    for name, module in list(sys.modules.items()):
        if name.startswith(("pdslack_cli.kinds", "pdslack_cli.engine")) and hasattr(module, "datetime"):
            monkeypatch.setattr(module, "datetime", Later)

    assert said(make_plan(after, live)) == said(plan)


def test_a_plan_decodes_each_object_once(monkeypatch):
    decoded: list[str] = []
    for kind in MANAGED:

        def decode(live, id_index, lens=kind.decode):
            decoded.append(f"{live.kind}/{live.id}")
            return lens(live, id_index)

        monkeypatch.setattr(kind, "decode", decode)
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        entries = stack(dump(WORLD))
        runner.seed(entries)
        assert runner.apply(entries).complete
        live = runner.read(entries, runner.clients(entries))
        decoded.clear()
        make_plan(entries, live)

    assert len(decoded) == len(set(decoded)) > 0
