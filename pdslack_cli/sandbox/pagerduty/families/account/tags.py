"""Tags, and which users, teams and escalation policies have them (pagerduty.md 10.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, text
from pdslack_cli.sandbox.pagerduty.refusals import invalid, not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource

TAGGED = {"users": "user", "teams": "team", "escalation_policies": "escalation_policy"}
"""What can have tags, by its word in a path."""


def remove_all(api: Api, entity: str, object_id: str) -> None:
    """Remove the assignments of an object that is deleted; the tags stay."""
    for assignment in api.find("tag_assignment", entity=entity, object=object_id):
        api.delete("tag_assignment", assignment["id"])


class TagsApi(RestResource):
    """Words that an account puts on its objects; a tag has no other property, so nothing updates one."""

    name = "tag"
    plural = "tags"
    path = "/tags"
    methods = frozenset({"index", "create", "show", "destroy"})
    fields: ClassVar[Fields] = {"label": Field(text(191, shortest=1), required=True)}

    def rules(self) -> Iterator[RuleFactory]:
        """The calls of tags, and those of what has them."""
        yield from super().rules()
        entities = f"<any({', '.join(TAGGED)}):entities>"
        yield Rule(f"/tags/<id>/{entities}", methods=["GET"], endpoint=self.list_tagged)
        yield Rule(f"/{entities}/<id>/tags", methods=["GET"], endpoint=self.list_of)
        yield Rule(f"/{entities}/<id>/change_tags", methods=["POST"], endpoint=self.change)

    def summary(self, document: Json) -> str:
        """A tag is its label."""
        return str(document["label"])

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Refuse a label that another tag has."""
        if api.find(self.name, label=new["label"]):
            raise invalid("Label has already been taken")
        return new

    def deleted(self, api: Api, document: Json) -> None:
        """Take the tag off everything that has it."""
        for assignment in api.find("tag_assignment", tag=document["id"]):
            api.delete("tag_assignment", assignment["id"])

    def list_tagged(self, api: Api, entities: str, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """List the objects of one kind that have the tag."""
        self.existing(api, id)
        kind = TAGGED[entities]
        ids = [found["object"] for found in api.find("tag_assignment", tag=id, entity=kind)]
        return api.page(entities, [{"id": one} for one in ids], lambda one: api.reference(kind, one["id"]))

    def list_of(self, api: Api, entities: str, id: str) -> SandboxResponse:  # noqa: A002
        """The tags of one object."""
        tags = [self.existing(api, one["tag"]) for one in self._assigned(api, TAGGED[entities], id)]
        return api.page("tags", tags, lambda tag: self.view(api, tag))

    def change(self, api: Api, entities: str, id: str) -> SandboxResponse:  # noqa: A002
        """Add and remove tags; a label that no tag has makes one."""
        kind, body = TAGGED[entities], api.bare_body()
        there = {one["tag"]: one["id"] for one in self._assigned(api, kind, id)}
        add, remove = (body.get(name) or [] for name in ("add", "remove"))
        if not isinstance(add, list) or not isinstance(remove, list):
            raise invalid("Add and remove must be arrays")
        for asked in add:
            tag = self._tag(api, asked)
            if tag not in there:
                there[tag] = f"{kind}/{id}/{tag}"
                api.insert("tag_assignment", {"id": there[tag], "entity": kind, "object": id, "tag": tag})
        for asked in remove:
            if not isinstance(asked, dict) or asked.get("type") != "tag_reference":
                raise invalid("Remove must have references to tags")
            if asked.get("id") in there:
                api.delete("tag_assignment", there[asked["id"]])
        return SandboxResponse({})

    def _assigned(self, api: Api, kind: str, object_id: str) -> list[Json]:
        if not api.exists(kind, object_id):
            raise not_found()
        return api.find("tag_assignment", entity=kind, object=object_id)

    def _tag(self, api: Api, asked: object) -> str:
        """The id of the tag that an element of `add` means."""
        match asked:
            case {"type": "tag_reference", "id": str(id_)}:
                return str(self.existing(api, id_)["id"])
            case {"type": "tag", "label": str(label)}:
                known = api.find(self.name, label=label)
                return str((known[0] if known else self.add(api, {"label": label}))["id"])
        raise invalid("Add must have tags with a label, or references to tags")
