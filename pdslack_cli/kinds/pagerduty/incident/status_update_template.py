"""Templates of status updates: what subscribers of an incident read (pagerduty.md 8.7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from pdslack_cli.errors import NotFoundError
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import Description, Text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.model import Json, Live

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

# What each text is called by PagerDuty, in `templated_fields`.
_TEXTS: Mapping[str, str] = {"subject": "email_subject", "body": "email_body", "message": "message"}


class StatusUpdateTemplate(Resource):
    """The texts of a status update, with `{{incident.title}}` and the like in them."""

    description: Description = ""
    subject: Annotated[Text, Field(description="of the e-mail")] = ""
    body: Annotated[Text, Field(description="of the e-mail, in HTML")] = ""
    message: Annotated[Text, Field(description="the short text: SMS, push notification, Slack")] = ""


class StatusUpdateTemplates(PagerDutyKind[StatusUpdateTemplate]):
    name, section, spec = "status_update_template", "status_update_templates", StatusUpdateTemplate
    path, wrapper, plural = "/templates", "template", "templates"
    perhaps_unique_names = True
    sought_with = frozenset({"status_update_template"})
    unwritable_defaults: ClassVar[Mapping[str, str]] = {"template_type": "status_update"}
    server_made = frozenset({"created_by", "updated_by"})

    # --- reading -------------------------------------------------------------------------------------

    def read(self, clients: Clients, wanted: Collection[StatusUpdateTemplate]) -> Iterable[Live]:
        """The list shows no texts: those of templates that are ours or wanted cost a call each."""
        named = {spec.name for spec in wanted} | {spec.id for spec in wanted}
        for live in super().read(clients, wanted):
            if not (live.owned or {live.name, live.id} & named):
                yield live
            # It is asked for twice before it counts as gone: another one would be made.
            elif whole := self._whole(clients, live) or self._whole(clients, live):
                yield whole

    def read_all(self, clients: Clients) -> Iterable[Live]:
        return filter(None, (self._whole(clients, live) for live in super().read(clients, ())))

    def read_others(self, clients: Clients, known: Collection[str]) -> Iterable[Live]:
        return [live for live in super().read(clients, ()) if live.id not in known]

    def _whole(self, clients: Clients, live: Live) -> Live | None:
        """Return the template with its texts; None if it is gone since it was listed."""
        if "templated_fields" in live.raw:
            return live
        try:
            return self.live(clients.pagerduty.get(self.path_of(live))[self.wrapper])
        except NotFoundError:
            return None

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> StatusUpdateTemplate:
        texts = live.raw.get("templated_fields") or {}
        return StatusUpdateTemplate.from_wire(
            name=live.name,
            description=live.raw["description"].strip(),
            **{name: (texts.get(word) or "").strip() for name, word in _TEXTS.items()},
        )

    def encode(self, spec: StatusUpdateTemplate, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = spec.model_dump(include={"name", "description"}, exclude_unset=True)
        if live is None:
            body["template_type"] = "status_update"
        texts = spec.model_dump(include={*_TEXTS}, exclude_unset=True)
        if texts:  # replaced as one
            held = live.raw.get("templated_fields") or {} if live else {}
            body["templated_fields"] = {**held, **{_TEXTS[name]: text for name, text in texts.items()}}
        return body
