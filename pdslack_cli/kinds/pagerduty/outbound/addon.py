"""Add-ons: pages of yours that PagerDuty shows in a frame (pagerduty.md 9.6). The name carries the mark."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import FILLED, TRIMMED, Pattern
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.model import Json, Live

_LONGEST_NAME = 100
_HTTPS = r"https://[^\s/?#]+\S*"

HttpsUrl = Annotated[
    str,
    Pattern(f"^{_HTTPS}$", "HTTPS address", rule="it begins with https://"),
    written.text("URL", _HTTPS),
]


class Addon(Resource):
    """A page of yours in PagerDuty's web interface."""

    name: Annotated[str, TRIMMED, FILLED, at_most(_LONGEST_NAME), NAMED] = ""
    url: Annotated[HttpsUrl, Field(description="the page, which PagerDuty shows in a frame; HTTPS alone")]
    type: Annotated[
        Literal["full_page", "incident_show"],
        Field(
            description="a page of its own, from the menu, or a part of each incident's; a new one if changed"
        ),
    ] = "full_page"


class Addons(PagerDutyKind[Addon]):
    name, section, spec = "addon", "addons", Addon
    path, wrapper, plural = "/addons", "addon", "addons"
    required = frozenset({"name", "url", "type"})
    marked_field = "name"
    mark_limit = _LONGEST_NAME
    sought_with = frozenset({"addon"})
    fixed_fields = frozenset({"type"})

    def live(self, raw: Json) -> Live:
        return super().live(raw | {"type": raw["type"].removesuffix("_reference")})  # which lists answer with

    def decode(self, live: Live, id_index: IdIndex) -> Addon:
        type_ = live.raw["type"].removesuffix("_addon")
        return Addon.from_wire(name=live.name, url=live.raw["src"], type=type_)

    def encode(self, spec: Addon, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = spec.model_dump(include={"name"}, exclude_unset=True)
        if "url" in spec.model_fields_set:
            body["src"] = spec.url
        body["type"] = f"{spec.type}_addon"
        return body
