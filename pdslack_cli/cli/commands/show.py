"""`pdslack show`: print a saved plan, without tokens, network or the files that it was made from."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from pdslack_cli.cli.errors import reported_errors
from pdslack_cli.cli.next_command import apply_exactly
from pdslack_cli.cli.options import Quiet, RunFormat, RunOutputFormat
from pdslack_cli.engine.storage.saved import REMEDY, SavedPlan, read_saved_document
from pdslack_cli.errors import PdslackError, Problem, ProblemsError
from pdslack_cli.model import Json
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.suggest import suggest

PlanFile = Annotated[
    Path,
    typer.Argument(help="A file that `pdslack plan --out` wrote.", metavar="PLAN.json", show_default=False),
]
OnlyShown = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="REF", envvar="PDSLACK_SHOW_ONLY",
                 help="Show only these changes (repeatable): service/payments-api, 'service/*'."),
]  # fmt: skip


def show(
    plan: PlanFile, format_: RunOutputFormat = RunFormat.TEXT, only: OnlyShown = None, quiet: Quiet = False
) -> None:
    with reported_errors(format_, command="plan", quiet=quiet) as view:
        shown, saved = read(plan)
        view.plan(
            narrowed(shown, only) if only else shown, apply_exactly(shown.fingerprint, saved.request), plan
        )


def read(path: Path) -> tuple[ShownPlan, SavedPlan]:
    """Read a saved plan; raises PdslackError if the file is missing or is not a saved plan."""
    if not path.exists():
        raise PdslackError(f"there is no file {str(path)!r}")
    found = read_saved_document(path)
    if found is None:
        wrong = PdslackError(f"{path} is not a saved plan")
        wrong.hint = f"`pdslack plan --out {path}` writes one"
        raise wrong
    document, saved = found
    try:
        return ShownPlan.model_validate({**saved.shown, "document": document}), saved
    except ValidationError:
        raise PdslackError(
            f"{path} was saved by another version of pdslack, which this one cannot show; {REMEDY}"
        ) from None


def narrowed(shown: ShownPlan, only: list[str]) -> ShownPlan:
    """Return the plan with only the changes that match the patterns; the summary covers the whole plan."""
    addresses = [change.address for change in shown.changes]
    unmatched = [text for text in only if not any(fnmatchcase(address, text) for address in addresses)]
    if unmatched:
        raise ProblemsError(
            [Problem(f"the plan changes no {text!r}", hint=suggest(text, addresses)) for text in unmatched]
        )

    def chosen(address: object) -> bool:
        return any(fnmatchcase(str(address), text) for text in only)

    changes = tuple(change for change in shown.changes if chosen(change.address))
    document: Json = {
        **shown.document,
        "resource_changes": [each for each in shown.document["resource_changes"] if chosen(each["address"])],
    }
    return shown.model_copy(update={"changes": changes, "document": document})
