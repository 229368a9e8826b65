"""What a rule says to the lints of `routing/`: which of them do not matter here."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema

from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.routing.lint.findings import LINTS


def _known(lint: str) -> str:
    if lint not in LINTS:
        raise problem(f"there is no lint {lint!r}", "take the id from what `pdslack validate` says")
    return lint


LintId = Annotated[str, AfterValidator(_known), WithJsonSchema({"enum": list(LINTS)})]


class Linted(Spec):
    """Something with conditions or templates, whose lints can be switched off."""

    ignore: Annotated[
        tuple[LintId, ...], Field(exclude=True, description="lints that do not matter here, by their ids")
    ] = ()

    def without_ignored(self) -> Self:
        """The same, without what is about the file and not about the object."""
        return self.model_copy(update={"ignore": ()}) if self.ignore else self
