"""Times 1,000 test cases on 200 rules: python tests/bench/bench_cases.py"""

from __future__ import annotations

import time

from pdslack_cli.routing.simulate.model import Orchestration, RoutingModel, SimulatedService
from pdslack_cli.routing.simulate.read_rules import read_path
from pdslack_cli.routing.simulate.rules import PathKind
from pdslack_cli.routing.testing.cases import Case
from pdslack_cli.routing.testing.run_cases import run_cases

RULES, CASES, BUDGET = 200, 1_000, 2.0


def _conditions(number: int) -> list[dict[str, str]]:
    service = f"event.custom_details.service matches 'service-{number}'"
    return [{"expression": f"{service} and event.custom_details.region == 'eu'"}]


def _world() -> RoutingModel:
    rules = [
        {"conditions": _conditions(number), "actions": {"route_to": f"S{number}"}} for number in range(RULES)
    ]
    router = read_path(PathKind.ROUTER, {"sets": [{"id": "start", "rules": rules}]})
    services = {f"S{number}": SimulatedService(f"S{number}", f"service-{number}") for number in range(RULES)}
    return RoutingModel({"main": Orchestration("main", "Main", router=router)}, services)


def _entry(number: int) -> dict[str, object]:
    rule = number % RULES
    details = {"service": f"service-{rule}", "region": "eu"}
    return {
        "name": f"case {number}",
        "send": {"to": "routing/main", "event": {"summary": "Down", "custom_details": details}},
        "expect": {"service": f"S{rule}", "outcome": "incident"},
    }


def main() -> None:
    started = time.perf_counter()
    world = _world()
    cases = [Case.model_validate(_entry(number)) for number in range(CASES)]
    read = time.perf_counter()
    results = run_cases(world, cases)
    done = time.perf_counter()
    print(f"read {RULES} rules and {CASES} cases in {read - started:.2f} s, ran them in {done - read:.2f} s")
    print(f"{len(results.failed)} failed, {len(results.unreached)} rules unreached")
    assert done - started < BUDGET, f"slower than {BUDGET} s"


if __name__ == "__main__":
    main()
