"""Write `plan.svg`, a real plan of the fintech example: `python docs/make_plan_picture.py`.

It is the plan of `ci.md`: the example is applied to a sandbox of its own, and then edited. A test compares
the two.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).with_name("plan.svg")
EXAMPLE = Path(__file__).parents[1] / "examples" / "fintech"
WIDTH = 100

EDITS = {
    "on-call.yaml": ("- notify: [person/maya]", "- notify: [person/ines]"),
    "slack.yaml": (
        "  platform-alerts:\n",
        "  payments-releases: {members: [team/payments]}\n  platform-alerts:\n",
    ),
    "services.yaml": (
        "      - label: Chatter\n",
        "      - label: Slow\n        if: event.class matches 'latency'\n        then: {priority: P2}\n"
        "      - label: Chatter\n",
    ),
}


def picture() -> str:
    """The SVG of the plan."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(EXAMPLE, Path(folder, "fintech"))
        _pdslack(folder, "apply", "--yes")
        for name, (before, after) in EDITS.items():
            path = Path(folder, "fintech", name)
            path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
        plan = _pdslack(folder, "plan")
    # Without what differs from run to run: how long it took, and the fingerprint.
    plan = re.sub(r" \(\d+ calls, [\d.]+ s\)", "", plan.partition("\n\nNote: ")[0])
    shown = Text.from_ansi(f"$ pdslack plan --sandbox fintech\n{plan.rstrip()}")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(shown)
    drawn = console.export_svg(title="pdslack plan", theme=MONOKAI, unique_id="plan")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # which would load from elsewhere


def _pdslack(folder: str, command: str, *flags: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PDSLACK_")}
    environ |= {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": str(WIDTH)}
    environ.pop("NO_COLOR", None)
    words = [sys.executable, "-m", "pdslack_cli.cli.main", command, "--sandbox", "fintech", *flags]
    done = subprocess.run(  # noqa: S603 - it is ours
        words, cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
