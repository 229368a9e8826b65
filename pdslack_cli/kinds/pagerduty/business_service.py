"""Business services: what customers see, behind which technical services stand (pagerduty.md 6.1)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import Description, Text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.kinds.pagerduty.service.dependencies import Dependencies, UsedServices
from pdslack_cli.kinds.pagerduty.service.subscribers import Subscribers, SubscriberSet
from pdslack_cli.model import Json, Live, Ref


class BusinessService(Resource):
    """What customers see, whatever runs behind it."""

    description: Description = ""
    point_of_contact: Annotated[Text, Field(description="whom to ask, as text")] = ""
    team: Annotated[
        Annotated[Ref, RefTo("team")] | None, Field(description="the team that answers for it")
    ] = None
    depends_on: UsedServices = ()
    subscribers: SubscriberSet = ()


class BusinessServices(PagerDutyKind[BusinessService]):
    name, section, spec = "business_service", "business_services", BusinessService
    path, wrapper, plural = "/business_services", "business_service", "business_services"
    perhaps_unique_names = True
    parts = (Dependencies("business_service"), Subscribers())
    sought_with = frozenset({"business_service"})

    def decode(self, live: Live, id_index: IdIndex) -> BusinessService:
        team = live.raw.get("team")
        fields: dict[str, Any] = {
            "name": live.name,
            "description": live.raw["description"].strip(),
            "point_of_contact": live.raw.get("point_of_contact"),
            "team": id_index.ref_of("team", team) if team else None,
        }
        fields |= self.decoded_parts(live, id_index)
        return BusinessService.from_wire(**fields)

    def encode(self, spec: BusinessService, id_index: IdIndex, live: Live | None) -> Json:
        body = spec.model_dump(include={"name", "description", "point_of_contact"}, exclude_unset=True)
        if "team" in spec.model_fields_set:
            body["team"] = {"id": id_index.id(spec.team)} if spec.team else None
        return body
