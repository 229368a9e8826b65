"""The options of custom fields, and the old paths of the fields of the base type (pagerduty.md 5.5, 8.5)."""

from __future__ import annotations

from collections.abc import Iterator

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.incidents.incident_types import OPTION, CustomFieldsApi, options
from pdslack_cli.sandbox.pagerduty.fields import read
from pdslack_cli.sandbox.pagerduty.refusals import invalid, not_found

BASE_TYPE = {"parent": "incident_default"}


class FieldOptionsApi:
    """Options of a field of fixed values."""

    def __init__(self, fields: CustomFieldsApi) -> None:
        self._fields = fields

    def index(self, api: Api, field: str, parent: str = "") -> SandboxResponse:
        """`GET` of all."""
        return SandboxResponse({"field_options": self._fields.existing(api, field, parent)["field_options"]})

    def create(self, api: Api, field: str, parent: str = "") -> SandboxResponse:
        """`POST`: one more."""
        old = self._fields.existing(api, field, parent)
        new = self._kept(api, old, [*old["field_options"], {**self._given(api), "id": None}])
        return SandboxResponse({"field_option": new["field_options"][-1]}, 201)

    def show(self, api: Api, field: str, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002
        """`GET` of one."""
        return SandboxResponse({"field_option": _one(self._fields.existing(api, field, parent), id)})

    def update(self, api: Api, field: str, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002
        """`PUT`: another value."""
        old = self._fields.existing(api, field, parent)
        changed = {**_one(old, id), "data": self._given(api)["data"]}
        options = [changed if one["id"] == id else one for one in old["field_options"]]
        return SandboxResponse({"field_option": _one(self._kept(api, old, options), id)})

    def destroy(self, api: Api, field: str, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002
        """`DELETE`, unless it is the default."""
        old = self._fields.existing(api, field, parent)
        gone = _one(old, id)
        new = self._kept(api, old, [one for one in old["field_options"] if one != gone])
        if any(one["id"] == id for one in new["field_options"]):
            raise invalid("Field option is the default value")
        return SandboxResponse(None, 204)

    def _given(self, api: Api) -> Json:
        return read(OPTION, api.body("field_option"), api.exists)

    def _kept(self, api: Api, old: Json, options: list[Json]) -> Json:
        new = self._fields.checked(api, {**old, "field_options": options}, {}, old)
        api.replace(self._fields.name, new)
        return new


def _one(document: Json, id_: str) -> Json:
    for option in document["field_options"]:
        if option["id"] == id_:
            return dict(option)
    raise not_found()


class BaseTypeFieldsApi(CustomFieldsApi):
    """The fields of the base type at their old path; their options come where they are asked for."""

    def view(self, api: Api, document: Json) -> Json:
        """The object as answers show it: with the namespace of incident fields."""
        shown = super().view(api, document)
        del shown["incident_type"]
        return {**shown, "namespace": "incidents"}

    def answer(self, api: Api, document: Json, status: int = 200) -> SandboxResponse:
        """A new field comes with its options."""
        shown = self.view(api, document)
        return SandboxResponse({"field": shown if status == 200 else {**shown, **options(document)}}, status)


def rules(fields: CustomFieldsApi) -> Iterator[Rule]:
    """The routes of the options of such fields."""
    calls = FieldOptionsApi(fields)
    path = f"{fields.path}/<field>/field_options"
    yield Rule(path, methods=["GET"], endpoint=calls.index)
    yield Rule(path, methods=["POST"], endpoint=calls.create)
    yield Rule(f"{path}/<id>", methods=["GET"], endpoint=calls.show)
    yield Rule(f"{path}/<id>", methods=["PUT"], endpoint=calls.update)
    yield Rule(f"{path}/<id>", methods=["DELETE"], endpoint=calls.destroy)


def old_rules() -> Iterator[Rule]:
    """The routes that PagerDuty deprecates, for the base type alone, and clients still call."""
    path = "/incidents/custom_fields"
    fields = BaseTypeFieldsApi("incident_field", path, "incident_type")
    calls = FieldOptionsApi(fields)
    for below, method, endpoint in (
        ("", "GET", fields.index),
        ("", "POST", fields.create),
        ("/<id>", "GET", fields.show),
        ("/<id>", "PUT", fields.update),
        ("/<id>", "DELETE", fields.destroy),
        ("/<field>/field_options", "GET", calls.index),
        ("/<field>/field_options", "POST", calls.create),
        ("/<field>/field_options/<id>", "PUT", calls.update),
        ("/<field>/field_options/<id>", "DELETE", calls.destroy),
    ):
        yield Rule(path + below, methods=[method], endpoint=endpoint, defaults=BASE_TYPE)


OLD_RULES = tuple(old_rules())
