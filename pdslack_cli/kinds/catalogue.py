"""Read-only catalogues of an account that a file refers to by name; read only if referred to."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyLookup
from pdslack_cli.kinds.pagerduty.service.integration_types import MAIL_WORDS, near_type
from pdslack_cli.kinds.pagerduty.workflow.actions import near_action
from pdslack_cli.kinds.pagerduty.workflow.known_actions import shipped_actions
from pdslack_cli.model import Json, Live, Name
from pdslack_cli.suggest import nearest, suggest

_ALIKE = 0.8  # of vendors, whose names share more letters than those of other things


class Catalogue(PagerDutyLookup[Resource]):
    """One catalogue, whose entries are found by name. Its kinds have no section (see `CatalogRef`)."""

    spec = Resource
    named_alone = True

    def live(self, raw: Json) -> Live:
        return Live(self.name, raw["id"], raw.get("name") or raw.get("summary") or "", raw)

    def identity(self, live: Live) -> Name:
        return Name(live.name)

    def wanted_identity(self, spec: Resource, id_index: IdIndex) -> Hashable:
        return Name(spec.name)

    def near_word(self, word: str) -> str | None:
        return None if Name(word) in map(Name, self.usual_names) else suggest(word, self.usual_names)


class Priorities(Catalogue):
    """Incident priorities (pagerduty.md 8.6)."""

    name, path, plural = "priority", "/priorities", "priorities"
    list_name = "priorities"
    usual_names = ("P1", "P2", "P3", "P4", "P5")
    absent_hint = "priorities are created in PagerDuty, under Incident Settings"


class Vendors(Catalogue):
    """Products that PagerDuty has an integration for (pagerduty.md 10.4)."""

    name, path, plural = "vendor", "/vendors", "vendors"
    list_name = "vendors"
    usual_names = (
        "Amazon CloudWatch",
        "AppDynamics",
        "Autotask",
        "Datadog",
        "Dynatrace",
        "GitHub",
        "Google Cloud Monitoring",
        "Grafana",
        "Honeycomb",
        "Jenkins CI",
        "Microsoft Azure",
        "Nagios",
        "New Relic",
        "Pingdom",
        "Prometheus",
        "Sentry",
        "Splunk",
        "StatusCake",
        "UptimeRobot",
        "Zabbix",
    )
    absent_hint = (
        "PagerDuty's catalogue has no product of that name: copy its exact name from there, or set `type`"
    )

    def near_word(self, word: str) -> str | None:
        if super().near_word(word) is None:
            return None
        words = word.lower().split()
        whole = [
            full
            for full in self.usual_names
            if full.lower().split()[1:] == words != [] or full.lower().replace(" ", "") == "".join(words)
        ]
        near = whole[0] if whole else nearest(word, self.usual_names, _ALIKE)
        # A product has a longer name than its vendor: `Nagios XI` is not a misspelt `Nagios`.
        if not whole and len(near.split()) != len(word.split()):
            near = near_type(word)
        if near in MAIL_WORDS:
            return "did you mean a mail integration (`{name: …, email: NAME@SUBDOMAIN.pagerduty.com}`)?"
        return f"did you mean {near!r}?" if near else ""


class ExtensionSchemas(Catalogue):
    """What extensions there may be, each known by its label and by its key (pagerduty.md 9.3)."""

    name, path, plural = "extension_schema", "/extension_schemas", "extension_schemas"
    list_name = "extension-schemas"
    usual_names = ("Custom Incident Action", "Generic V2 Webhook", "ServiceNow (v7)", "Slack")
    absent_hint = "`pdslack list extension-schemas` shows those of the account"

    def live(self, raw: Json) -> Live:
        return Live(self.name, raw["id"], raw.get("label") or raw.get("summary") or "", raw)

    def aliases(self, live: Live) -> Iterable[Hashable]:
        return (Name(live.raw.get("key") or ""),)

    def listed_details(self, live: Live) -> Json:
        return {"key": live.raw.get("key")}


class WorkflowActions(Catalogue):
    """Actions for steps of incident workflows; the name is the versioned id (pagerduty.md 8.2)."""

    name, path, plural = "workflow_action", "/incident_workflows/actions", "actions"
    list_name = "actions"
    absent_hint = "`pdslack list actions` shows those of the account"

    def near_word(self, word: str) -> str | None:
        return near_action(word, shipped_actions())

    def identity(self, live: Live) -> Name:
        return Name(live.id)

    def written_name(self, live: Live) -> str:
        return live.id

    def listed_details(self, live: Live) -> Json:
        inputs = [
            {
                "name": input_["name"],
                "type": input_.get("type"),
                "required": bool(input_.get("is_required")),
                "default": input_.get("default_value"),
                "description": input_.get("description"),
            }
            for input_ in live.raw.get("inputs") or ()
            if not input_.get("is_hidden")
        ]
        return {"name": live.name, "inputs": inputs}
