"""An incident and a template become a Slack message: pure, and within every limit of Slack's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from pdslack_cli.kinds.sync.message import MessageTemplate
from pdslack_cli.model import Json
from pdslack_cli.sync.message.buttons import buttons
from pdslack_cli.sync.message.limits import LONGEST_FALLBACK, Excess, excesses, fitted
from pdslack_cli.sync.message.mrkdwn import cut, one_line, shown
from pdslack_cli.sync.message.parts import PARTS, section
from pdslack_cli.sync.message.values import filled_block, filled_text
from pdslack_cli.sync.message.view import IncidentView

EVENT_TYPE = "pdslack_incident"  # of the metadata, by which a message is found again

DEFAULT_TEMPLATE = MessageTemplate(name="default")


@dataclass(frozen=True)
class RenderedMessage:
    """A message as Slack takes it. `text` is what notifications show; `metadata` names the incident."""

    blocks: tuple[Json, ...]
    text: str
    metadata: Json

    @property
    def arguments(self) -> Json:
        """The arguments of `chat.postMessage` and `chat.update`, besides the channel and the message.

        `parse` is given every time: an update that leaves it out parses names (slack.md 2.6).
        """
        return {
            "text": self.text,
            "blocks": [*self.blocks],
            "metadata": self.metadata,
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }

    @property
    def digest(self) -> str:
        """A hash of what people see: an update that would change nothing is not worth a call."""
        whole = json.dumps([self.text, self.blocks], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def render(view: IncidentView, template: MessageTemplate = DEFAULT_TEMPLATE) -> RenderedMessage:
    """Return the message of an incident."""
    text = cut(one_line(filled_text(template.text, view)), LONGEST_FALLBACK)
    blocks = fitted(_blocks(view, template))
    return RenderedMessage(
        blocks=tuple(blocks or fitted([section(shown(view.title) or view.id)])),
        text=text or shown(view.title, LONGEST_FALLBACK) or view.id,
        metadata={
            "event_type": EVENT_TYPE,
            "event_payload": {"incident_id": view.id, "status": view.status},
        },
    )


def preview(view: IncidentView, template: MessageTemplate) -> tuple[RenderedMessage, tuple[Excess, ...]]:
    """Return the message of an incident, and what of the template had to be cut for it to fit."""
    return render(view, template), tuple(excesses(_blocks(view, template)))


def _blocks(view: IncidentView, template: MessageTemplate) -> Iterator[Json]:
    for item in template.blocks:
        if isinstance(item, dict):
            yield filled_block(item, view)
        elif item == "buttons":
            yield from buttons(view, template.buttons)
        else:
            yield from PARTS[item](view)
