"""`ignore` fields: the lints of `routing/` that a rule switches off."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.routing.lint.findings import LINTS
from pdslack_cli.suggest import suggest


def _known(lint: str) -> str:
    if lint not in LINTS:
        hint = suggest(lint, LINTS) or "use the id that `pdslack validate` shows"
        raise problem(f"unknown lint {lint!r}", hint)
    return lint


LintId = Annotated[str, AfterValidator(_known), WithJsonSchema({"enum": list(LINTS)})]


class Linted(Spec):
    """A spec with conditions or templates, whose lints can be switched off."""

    ignore: Annotated[tuple[LintId, ...], Field(exclude=True, description="ids of lints to ignore here")] = ()

    def without_ignored(self) -> Self:
        """Return a copy without `ignore`, which concerns the file and not the object."""
        return self.model_copy(update={"ignore": ()}) if self.ignore else self
