"""What the sandbox emulates of each vendor, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from pdslack_cli.model import Json


class Emulated(Protocol):
    """The coverage of one vendor."""

    @property
    def vendor(self) -> str: ...
    @property
    def documented(self) -> Mapping[str, bool]: ...
    @property
    def undocumented(self) -> Sequence[str]: ...
    @property
    def emulated(self) -> int: ...


def coverage_text(found: Sequence[Emulated]) -> Iterator[str]:
    """Return the coverage as lines of text: `+` is emulated, `-` is not, `*` is not documented."""
    for one in found:
        yield f"{one.vendor}: {one.emulated} of {len(one.documented)} documented calls are emulated"
        yield from (f"  {'+' if here else '-'} {call}" for call, here in one.documented.items())
        yield from (f"  * {call}" for call in one.undocumented)


def coverage_markdown(found: Sequence[Emulated]) -> Iterator[str]:
    """Return the coverage as a table for each vendor."""
    for one in found:
        yield f"### {one.vendor}: {one.emulated} of {len(one.documented)} documented calls"
        yield ""
        yield "| call | emulated |"
        yield "|---|---|"
        yield from (f"| `{call}` | {'yes' if here else 'no'} |" for call, here in one.documented.items())
        yield from (f"| `{call}` | yes, not documented |" for call in one.undocumented)
        yield ""


def coverage_json(found: Sequence[Emulated]) -> Json:
    """Return the coverage as JSON."""
    return {
        one.vendor.lower(): {
            "documented": len(one.documented),
            "emulated": [call for call, here in one.documented.items() if here],
            "missing": [call for call, here in one.documented.items() if not here],
            "undocumented": list(one.undocumented),
        }
        for one in found
    }
