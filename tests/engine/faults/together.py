"""Several faults strike one run, since a run for each takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pdslack_cli.sandbox.faults import Fault

IDS = r"(?<=/)(?:[A-Z0-9]{5,}|(?=[^/]*[A-Z0-9-])[A-Za-z0-9-]*[0-9][A-Za-z0-9-]*)"
"""The ids in the path of a call: without one left, no call is of two sorts, and a fault strikes its own."""


def strike_together(
    faults: Iterable[Fault], at_once: int, run: Callable[[Sequence[Fault]], Sequence[Fault]]
) -> None:
    """Run with `at_once` of the faults, each at another sort of call, until every one had its turn.

    `run` returns those that struck. The others are tried again without them, since one that strikes may keep
    another from its call.
    """
    left = list(faults)
    while left:
        of_sorts = list({(fault.provider, fault.method, fault.path): fault for fault in left}.values())
        # Far apart in the order of paths, so that one seldom keeps another from its call.
        together = of_sorts[:: max(1, len(of_sorts) // at_once)][:at_once]
        done = run(together) or together
        left = [fault for fault in left if fault not in done]
