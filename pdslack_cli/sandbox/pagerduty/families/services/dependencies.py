"""Dependencies between services (pagerduty.md 6.2)."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, list_of, one_of, record, text
from pdslack_cli.sandbox.pagerduty.refusals import invalid, not_found

TYPES = ("service", "business_service")
ENDS = ("supporting_service", "dependent_service")


_END = record({"id": Field(text(), required=True), "type": Field(one_of(*TYPES), required=True)})
RELATIONSHIPS = {
    "relationships": Field(
        list_of(record({end: Field(_END, required=True) for end in ENDS}), least=1), required=True
    )
}


def list_dependencies(api: Api, kind: str, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """List the dependencies that a service is an end of."""
    api.kinds[kind].existing(api, id)
    found = [one for one in api.all("service_dependency") if id in (one[end]["id"] for end in ENDS)]
    return SandboxResponse({"relationships": [_shown(one) for one in found]})


def associate(api: Api) -> SandboxResponse:
    """Add some, each of which must be new; all or none."""
    made = []
    for asked in _asked(api):
        if asked[ENDS[0]] == asked[ENDS[1]]:
            raise invalid("A service cannot depend on itself")
        known = _known(api, asked)
        if known is None:
            known = {"id": ids.short(api.store), **asked}
            api.insert("service_dependency", known)
        made.append(_shown(known))
    return SandboxResponse({"relationships": made})


def disassociate(api: Api) -> SandboxResponse:
    """Remove dependencies."""
    found = [_known(api, asked) for asked in _asked(api)]
    for one in found:
        if one is None:
            raise not_found()
        api.delete("service_dependency", one["id"])
    return SandboxResponse({"relationships": [_shown(one) for one in found if one]})


def remove_of(api: Api, id: str) -> None:  # noqa: A002
    """Remove the dependencies of a service that is deleted."""
    for one in api.all("service_dependency"):
        if id in (one[end]["id"] for end in ENDS):
            api.delete("service_dependency", one["id"])


def _asked(api: Api) -> Iterable[Json]:
    """The relationships of a request. Raises Refused; with 404 for an end that is not there (yet)."""
    found: list[Json] = api.checked(RELATIONSHIPS, api.bare_body())["relationships"]
    if not all(api.exists(one[end]["type"], one[end]["id"]) for one in found for end in ENDS):
        raise not_found()
    return found


def _known(api: Api, asked: Json) -> Json | None:
    pair = {end: asked[end] for end in ENDS}
    return next(
        (one for one in api.all("service_dependency") if {end: one[end] for end in ENDS} == pair), None
    )


def _shown(one: Json) -> Json:
    """As it reads: with other types than those that are written."""
    types = {"service": "technical_service_reference", "business_service": "business_service_reference"}
    ends = {end: {**one[end], "type": types[one[end]["type"]]} for end in ENDS}
    return {"id": one["id"], "type": "service_dependency", **ends}


RULES = (
    *(
        Rule(
            f"/service_dependencies/{folder}/<id>",
            methods=["GET"],
            defaults={"kind": kind},
            endpoint=list_dependencies,
        )
        for folder, kind in (("technical_services", "service"), ("business_services", "business_service"))
    ),
    Rule("/service_dependencies/associate", methods=["POST"], endpoint=associate),
    Rule("/service_dependencies/disassociate", methods=["POST"], endpoint=disassociate),
)
