"""Services that are only looked up: integrations of ours may be added to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.pagerduty.service.integrations import Integrations, unique_names


class LookedUpService(Resource):
    """A service of others: its entry may list integrations, which exist or are added."""

    integrations: Annotated[
        Integrations,
        NullClears,
        AfterValidator(unique_names),
        Field(description="what sends events: missing ones are added, and none is changed or deleted"),
    ] = ()

    @property
    def integration_names(self) -> tuple[str, ...]:
        return tuple(integration.name for integration in self.integrations)

    def merged_onto(self, live: Self, now: datetime) -> Self:
        there = {integration.name for integration in live.integrations}
        added = (integration for integration in self.integrations if integration.name not in there)
        return live.model_copy(update={"integrations": (*live.integrations, *added)})
