"""What the sandbox emulates of what the vendors document, by comparing its routes with their lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from pdslack_cli.sandbox.pagerduty.families import ROUTES
from pdslack_cli.sandbox.slack.methods import METHODS

_PARAMETER = re.compile(r"<[^>]+>|\{[^}]+\}")


@dataclass(frozen=True)
class VendorCoverage:
    """One vendor's documented calls, each with whether the sandbox has it; and what it has beside them."""

    vendor: str
    documented: Mapping[str, bool]
    undocumented: Sequence[str]

    @property
    def emulated(self) -> int:
        """How many of the documented calls the sandbox has."""
        return sum(self.documented.values())


def coverage() -> Sequence[VendorCoverage]:
    """The coverage of both vendors."""
    return (
        _compared("PagerDuty", _documented("pagerduty"), [*_pagerduty_routes()]),
        _compared("Slack", _documented("slack"), [*METHODS]),
    )


def _documented(vendor: str) -> Sequence[str]:
    return files(__name__).joinpath(f"{vendor}.txt").read_text(encoding="utf-8").splitlines()


def _pagerduty_routes() -> Iterator[str]:
    for rule in ROUTES.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{rule.subdomain} {method} {rule.rule}"


def _compared(vendor: str, documented: Sequence[str], routes: Sequence[str]) -> VendorCoverage:
    known, listed = {_shape(route) for route in routes}, {_shape(call) for call in documented}
    return VendorCoverage(
        vendor,
        {call: _shape(call) in known for call in documented},
        sorted({route for route in routes if _shape(route) not in listed}),
    )


def _shape(call: str) -> str:
    """A call without the names of its parameters."""
    return _PARAMETER.sub("{}", call)
