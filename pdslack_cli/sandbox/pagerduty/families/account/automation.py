"""Automation actions and runners, with their links to teams and services (pagerduty.md 10.3)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    boolean,
    list_of,
    one_of,
    record,
    reference,
    text,
)
from pdslack_cli.sandbox.pagerduty.refusals import invalid, not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource, by_name
from pdslack_cli.sandbox.store import Store

SCRIPT: Fields = {
    "script": Field(text(16_777_215, shortest=1), required=True),
    "invocation_command": Field(text(65_535)),
}
JOB: Fields = {
    "process_automation_job_id": Field(text(36, shortest=1), required=True),
    "process_automation_job_arguments": Field(text(1024)),
    "process_automation_node_filter": Field(text(1024)),
}
MOST_SHOWN = 3  # actions of a runner


class AutomationResource(RestResource):
    """What both have in common: ULIDs, pages by cursor, and links that have calls of their own."""

    linked: ClassVar[tuple[str, ...]]
    """The kinds of objects that it may be linked to."""

    by_name = True

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and those of links."""
        yield from super().rules()
        for kind in self.linked:
            links = f"{self.path}/<id>/{kind}s"
            one = {"kind": kind}
            yield Rule(links, methods=["GET"], defaults=one, endpoint=self.list_links)
            yield Rule(links, methods=["POST"], defaults=one, endpoint=self.add_link)
            yield Rule(f"{links}/<other>", methods=["GET"], defaults=one, endpoint=self.show_link)
            yield Rule(f"{links}/<other>", methods=["DELETE"], defaults=one, endpoint=self.remove_link)

    def list_links(self, api: Api, id: str, kind: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """List all links, as references."""
        return SandboxResponse({f"{kind}s": api.expanded(self.existing(api, id)[f"{kind}s"])})

    def add_link(self, api: Api, id: str, kind: str) -> SandboxResponse:  # noqa: A002
        """Link an object that exists; one that is linked stays so."""
        document = self.existing(api, id)
        wanted = api.checked({kind: Field(reference(kind), required=True)}, api.bare_body())[kind]
        if wanted not in document[f"{kind}s"]:
            document[f"{kind}s"].append(wanted)
            api.replace(self.name, document)
        return SandboxResponse({kind: api.expanded(wanted)}, HTTPStatus.CREATED)

    def show_link(self, api: Api, id: str, kind: str, other: str) -> SandboxResponse:  # noqa: A002
        """Show one link."""
        return SandboxResponse({kind: api.expanded(self._link(api, id, kind, other))})

    def remove_link(self, api: Api, id: str, kind: str, other: str) -> SandboxResponse:  # noqa: A002
        """Remove one link."""
        link = self._link(api, id, kind, other)
        document = self.existing(api, id)
        document[f"{kind}s"].remove(link)
        api.replace(self.name, document)
        return SandboxResponse(None, HTTPStatus.NO_CONTENT)

    def _link(self, api: Api, id: str, kind: str, other: str) -> Json:  # noqa: A002
        links: list[Json] = self.existing(api, id)[f"{kind}s"]
        found = next((link for link in links if link["id"] == other), None)
        if found is None:
            raise not_found()
        return found

    def new_id(self, store: Store) -> str:
        """A ULID."""
        return ids.ulid(store)

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """Pages of the newer kind."""
        return api.cursor_page(self.plural, documents, lambda document: self.view(api, document))

    def selects(self, api: Api, document: Json) -> bool:
        """`name` finds a part of it, case ignored."""
        return api.arguments.get("name", "").casefold() in document["name"].casefold()


class AutomationRunnersApi(AutomationResource):
    """What runs actions: a sidecar with a secret of its own, or Runbook Automation."""

    name = "runner"
    plural = "runners"
    path = "/automation_actions/runners"
    linked = ("team",)
    fields: ClassVar[Fields] = {
        "runner_type": Field(one_of("sidecar", "runbook"), required=True, fixed=True),
        "name": Field(text(255, shortest=1), required=True),
        "description": Field(text(1024), required=True),
        "runbook_base_uri": Field(text(255, pattern=r"[A-Za-z0-9._-]+")),
        "runbook_api_key": Field(text(64, shortest=1)),
        "teams": Field(list_of(reference("team")), default=[], nullable=False, fixed=True),
    }

    def create(self, api: Api, parent: str = "") -> SandboxResponse:
        """The answer to a create, the only one with the secret of a sidecar."""
        document = self.add(api, self.body(api))
        secret = {"secret": document["_secret"]} if document["runner_type"] == "sidecar" else {}
        return SandboxResponse({self.name: {**self.view(api, document), **secret}}, self.created)

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """Runbook Automation needs its address and key; the server makes the secret of a sidecar."""
        if new["runner_type"] == "runbook":
            missing = [name for name in ("runbook_base_uri", "runbook_api_key") if not new[name]]
            if missing:
                raise invalid(*(f"{name} can't be blank" for name in missing))
        if old is None:
            new |= {"_secret": ids.ulid(api.store), "creation_time": api.now(), "status": "NotConfigured"}
        return new

    def view(self, api: Api, document: Json) -> Json:
        """Without its key, and with some of its actions where they are asked for."""
        shown = {name: value for name, value in super().view(api, document).items() if value is not None}
        shown.pop("runbook_api_key", None)
        if api.included("associated_actions"):
            actions = sorted(api.find("action", runner=document["id"]), key=by_name)
            references = [{"id": action["id"], "type": "action_reference"} for action in actions]
            shown["associated_actions"] = {
                "actions": references[:MOST_SHOWN],
                "more": len(references) > MOST_SHOWN,
            }
        return shown


class AutomationActionsApi(AutomationResource):
    """Scripts and jobs that incidents can run."""

    name = "action"
    plural = "actions"
    path = "/automation_actions/actions"
    linked = ("service", "team")
    fields: ClassVar[Fields] = {
        "name": Field(text(255, shortest=1), required=True),
        "description": Field(text(1024), required=True),
        "action_type": Field(one_of("script", "process_automation"), required=True, fixed=True),
        "action_classification": Field(one_of("diagnostic", "remediation")),
        "action_data_reference": Field(record({}), required=True),
        "runner": Field(text(36)),
        "services": Field(list_of(reference("service")), default=[], nullable=False, fixed=True),
        "teams": Field(list_of(reference("team")), default=[], nullable=False, fixed=True),
        "only_invocable_on_unresolved_incidents": Field(boolean, default=False, nullable=False),
        "allow_invocation_manually": Field(boolean, default=True, nullable=False),
        "allow_invocation_from_event_orchestration": Field(boolean, default=True, nullable=False),
        "map_to_all_services": Field(boolean, default=False, nullable=False),
    }

    def paged(self, api: Api, documents: list[Json]) -> SandboxResponse:
        """A list has no teams; one alone has them."""

        def listed(document: Json) -> Json:
            return {name: value for name, value in self.view(api, document).items() if name != "teams"}

        return api.cursor_page(self.plural, documents, listed)

    def selects(self, api: Api, document: Json) -> bool:
        """By a part of its name, and by what it is, runs on and is linked to."""
        wanted = api.arguments
        return (
            super().selects(api, document)
            and wanted.get("runner_id") in (None, document["runner"])
            and wanted.get("action_type") in (None, document["action_type"])
            and wanted.get("classification") in (None, document["action_classification"])
            and wanted.get("service_id") in (None, *(one["id"] for one in document["services"]))
            and wanted.get("team_id") in (None, *(one["id"] for one in document["teams"]))
        )

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """What it runs depends on its type."""
        if "action_data_reference" in body:
            fields = SCRIPT if new["action_type"] == "script" else JOB
            data = {"action_data_reference": Field(record(fields), required=True)}
            new |= api.checked(data, body)
        return {
            **new,
            "creation_time": (old or {}).get("creation_time", api.now()),
            "modify_time": api.now(),
        }

    def view(self, api: Api, document: Json) -> Json:
        """Unset fields are missing, not null."""
        shown = super().view(api, document)
        data = {name: value for name, value in document["action_data_reference"].items() if value is not None}
        return {**shown, "action_data_reference": data}
