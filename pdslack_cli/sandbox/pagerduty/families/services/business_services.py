"""Business services (pagerduty.md 6.1)."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.services import dependencies
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, bare_reference, no_one_or, prose, text
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime import subscriptions


class BusinessServicesApi(RestResource):
    """What customers see."""

    name = "business_service"
    plural = "business_services"
    path = "/business_services"
    created = HTTPStatus.OK  # documented so, unlike all others
    fields: ClassVar[Fields] = {
        "name": Field(text(255, shortest=1), required=True),
        "description": Field(prose()),
        "point_of_contact": Field(text()),
        "team": Field(no_one_or(bare_reference("team"))),
    }

    def deleted(self, api: Api, document: Json) -> None:
        """Its dependencies and subscribers go with it."""
        dependencies.remove_of(api, document["id"])
        subscriptions.forget(api, document["id"])
