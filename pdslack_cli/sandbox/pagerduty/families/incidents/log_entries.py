"""Log entries of incidents, and the notifications that people got (pagerduty.md 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import STAMP, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Fields
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments, not_found
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.store.query import among, between, holds

DONE = {
    "acknowledge": "Acknowledged",
    "annotate": "Annotated",
    "assign": "Assigned",
    "custom_field_value_change": "Custom fields changed",
    "delegate": "Delegated",
    "escalate": "Escalated",
    "exhaust_escalation_path": "Escalation path exhausted",
    "field_value_change": "Field changed",
    "notify": "Notified",
    "repeat_escalation_path": "Escalation path repeated",
    "resolve": "Resolved",
    "snooze": "Snoozed",
    "trigger": "Triggered",
    "unacknowledge": "Unacknowledged",
    "urgency_change": "Urgency changed",
}
"""The types of entries, and how their summaries begin; the samples have "Resolved by Earline Greenholt"."""

THROUGH = {"api": "through the API", "timeout": "by timeout"}
DEVICES = {
    "email_notification": "e-mail",
    "phone_notification": "phone",
    "push_notification": "push notification",
    "sms_notification": "SMS",
}
OVERVIEW = frozenset(f"{name}_log_entry" for name in DONE if name not in ("notify", "assign", "annotate"))
"""What `is_overview` shows: the changes that matter most."""

LONGEST = timedelta(days=92)
"""A span of notifications must be shorter than three months, and the longest three have as many days."""


class LogEntriesApi(RestResource):
    """The timeline; newest first."""

    name = "log_entry"
    plural = "log_entries"
    path = "/log_entries"
    types = tuple(f"{name}_log_entry" for name in DONE)
    methods = frozenset({"index", "show"})
    fields: ClassVar[Fields] = {}

    def rules(self) -> Iterator[RuleFactory]:
        """All of the account, and those of one incident."""
        yield from super().rules()
        yield Rule("/incidents/<incident>/log_entries", methods=["GET"], endpoint=self.index_of)

    def index_of(self, api: Api, incident: str) -> SandboxResponse:
        """The entries of an incident."""
        found = api.kinds["incident"].existing(api, incident)
        return self.paged(api, self._shown(api, api.find(self.name, _parent=found["id"])))

    def index(self, api: Api, parent: str = "") -> SandboxResponse:
        """List the entries of the whole account."""
        self.admitted(api, parent)
        conditions = [between("created_at", *_span(api))]
        if teams := api.arguments.getlist("team_ids[]"):
            conditions.append(holds("teams", "$.id", teams))
        if _overview(api):
            conditions.append(among("type", sorted(OVERVIEW)))
        return api.selected_page(
            self.plural, self.name, conditions, "seq DESC", lambda one: self.view(api, one)
        )

    def existing(self, api: Api, id: str, parent: str = "") -> Json:  # noqa: A002 - the vendor's own word
        """Entries belong to incidents, but their paths do not name these. Raises Refused with 404."""
        self.admitted(api, parent)
        document = api.get(self.name, id)
        if document is None:
            raise not_found()
        return document

    def type_of(self, document: Json) -> str:
        """What happened."""
        return str(document["type"])

    def links(self, api: Api, document: Json) -> Json:
        """The summary says whom it reached, and who did it or how."""
        channel, agent = document["channel"] or {}, document["agent"]
        words = [DONE[str(document["type"]).removesuffix("_log_entry")]]
        if people := ", ".join(_named(api, one) for one in document.get("assignees", ())):
            words.append(f"to {people}")
        if notification := channel.get("notification"):
            words.append(f"{_named(api, document['user'])} by {DEVICES[notification['type']]}")
        if agent["type"] == "user_reference":
            words.append(f"by {_named(api, agent)}")
        elif how := THROUGH.get(channel.get("type", "")):
            words.append(how)
        return {**super().links(api, document), "summary": " ".join(words)}

    def summary(self, document: Json) -> str:
        """Only who is named in it makes it whole, see `links`."""
        return DONE[str(document["type"]).removesuffix("_log_entry")]

    def view(self, api: Api, document: Json) -> Json:
        """The channel in full where `include[]` asks for it, and in short otherwise."""
        shown = super().view(api, document)
        if document["agent"]["type"].endswith("integration_reference"):
            shown["agent"]["type"] = "integration_reference"
        if not api.included("channels"):
            shown["channel"] = {
                name: value for name, value in document["channel"].items() if name in ("type", "summary")
            }
        return shown

    def _shown(self, api: Api, entries: list[Json]) -> list[Json]:
        since, until = _span(api)
        return [
            entry
            for entry in reversed(entries)
            if since <= entry["created_at"] <= until and (not _overview(api) or entry["type"] in OVERVIEW)
        ]


def _named(api: Api, reference: Json) -> str:
    return str(api.expanded(reference)["summary"])


def _span(api: Api) -> tuple[str, str]:
    since, until = api.instant("since"), api.instant("until")
    return (
        since.astimezone(UTC).strftime(STAMP) if since else "",
        until.astimezone(UTC).strftime(STAMP) if until else "9999",
    )


def _overview(api: Api) -> bool:
    return api.arguments.get("is_overview") == "true"


class NotificationsApi(RestResource):
    """Who was reached, when and how; for a span of less than three months."""

    name = "notification"
    plural = "notifications"
    path = "/notifications"
    methods = frozenset({"index"})
    fields: ClassVar[Fields] = {}

    def documents(self, api: Api, parent: str = "") -> list[Json]:
        """Those of the span, which must be given."""
        since, until = api.instant("since"), api.instant("until")
        if since is None or until is None:
            raise bad_arguments("since and until are required")
        if until - since > LONGEST:
            raise bad_arguments("The date range must be less than 3 months")
        moments = [moment.isoformat().replace("+00:00", "Z") for moment in (since, until)]
        return [one for one in api.all(self.name) if moments[0] <= one["started_at"] <= moments[1]]

    def selects(self, api: Api, document: Json) -> bool:
        """By kind."""
        wanted = api.arguments.get("filter")
        return wanted is None or document["type"] == wanted

    def type_of(self, document: Json) -> str:
        """How it reached somebody."""
        return str(document["type"])

    def links(self, api: Api, document: Json) -> Json:
        """Return no links."""
        return {}
