"""A stack of twice as many objects takes twice the work, in each function of a plan and of an apply."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

import pytest

import pdslack_cli
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

PACKAGE = str(Path(pdslack_cli.__file__).parent)
SANDBOX = str(Path(PACKAGE) / "sandbox")
FEW = 16

HEAD = "owner: acme\npeople: {maya: maya@acme.example}\n"
SECTIONS = {
    "teams": "  t{0}: {{members: {{manager: [maya]}}}}",
    "escalation_policies": "  p{0}: {{team: t{0}, levels: [{{notify: [person/maya], escalate_after: 15m}}]}}",
    "services": "  s{0}: {{escalation_policy: p{0}}}",
    "channels": "  c{0}: {{purpose: One of many, members: [maya]}}",
    "routing: {all: {otherwise: unrouted, routes": "  {{if: event.source matches 'a{0}', to: s{0}}},",
}


def world(count: int) -> str:
    """That many objects of kinds that differ in how they are made, and as many items of a list."""
    sections = []
    for section, template in SECTIONS.items():
        start, end = (":\n", "\n") if section.isidentifier() else (": [\n", "  ]}}\n")
        sections.append(section + start + "\n".join(map(template.format, range(count))) + end)
    return HEAD + "".join(sections)


@contextmanager
def lines_run() -> Iterator[Counter[CodeType]]:
    """Count the lines that each function of ours runs, comprehensions included; the sandbox is not ours."""
    lines: Counter[CodeType] = Counter()

    def on_call(frame: FrameType, event: str, _: object) -> object:
        name = frame.f_code.co_filename
        return on_line if name.startswith(PACKAGE) and not name.startswith(SANDBOX) else None

    def on_line(frame: FrameType, event: str, _: object) -> object:
        lines[frame.f_code] += event == "line"
        return on_line

    threading.settrace(on_call)
    sys.settrace(on_call)
    try:
        yield lines
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]


def work(count: int) -> Counter[CodeType]:
    """The lines that run to plan, show and make, to change nothing, and to delete that many objects."""
    wanted = stack(world(count))
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(wanted)
        with lines_run() as lines:
            plan = runner.plan(wanted)
            ShownPlan.of(plan, wanted)
            assert runner.carry_out(plan, wanted).complete
            assert runner.plan(wanted).changes == ()
            assert runner.destroy(wanted).complete
    return lines


@pytest.mark.slow
def test_twice_as_many_objects_take_no_more_than_twice_the_work():
    few, many = work(FEW), work(2 * FEW)

    # What is done for each pair of objects would be four times as much. Waits for a vendor's pace begin late.
    growing = {
        f"{Path(code.co_filename).stem}.{code.co_qualname}": (few[code], lines)
        for code, lines in many.items()
        if lines > 3 * few[code] + 4 * FEW
    }
    assert growing == {}
