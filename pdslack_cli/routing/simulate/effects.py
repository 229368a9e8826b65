"""Apply the actions of rules to an event, its alert and its incident (orchestration.md 2.3, 2.6, 2.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pdslack_cli.routing.pcl.ast import FieldPath
from pdslack_cli.routing.pcl.templates import Template
from pdslack_cli.routing.pcl.unverified import Unverified
from pdslack_cli.routing.pcl.values import text_of
from pdslack_cli.routing.simulate.rules import Capture, PathActions
from pdslack_cli.routing.simulate.trace import EventChange, OutgoingRequest

_PLAIN_CAPTURE = re.compile(r"\(?\.[*+]\)?")


@dataclass
class Effects:
    """The event as modified by rules so far, and the requested effects. The last rule wins.

    `roots` is what conditions and templates can read at this point; its `event` is never modified in place.
    """

    roots: dict[str, Any]
    priority: str = ""
    escalation_policy: str = ""
    note: str = ""
    suppress: bool = False
    suspend: int = 0
    drop: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, OutgoingRequest]] = field(
        default_factory=list
    )  # each with the alert state it is for
    unverified: dict[Unverified, None] = field(default_factory=dict)

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = self.roots["event"]
        return event

    @property
    def is_trigger(self) -> bool:
        return bool(self.event.get("event_action", "trigger") == "trigger")

    def note_unverified(self, *behaviours: Unverified) -> None:
        """Record that the result depends on undocumented behaviour."""
        self.unverified.update(dict.fromkeys(behaviours))

    def apply(self, actions: PathActions) -> tuple[EventChange, ...]:
        """Apply the actions of a rule: variables, then extractions in order, then the rest."""
        if actions.drop:
            self.drop = True
            return (EventChange("drop", True),)
        changes = [*self._extracted(actions), *self._overridden(actions), *self._decided(actions)]
        changes += [EventChange("request", request.name) for request in self._requested(actions)]
        self.roots.pop("variables", None)  # they live in their own rule only
        return tuple(changes)

    def _extracted(self, actions: PathActions) -> list[EventChange]:
        variables = {name: self.captured(capture) for name, capture in actions.variables}
        if None in variables.values():
            self.note_unverified(Unverified.VARIABLE_UNSET)
        self.roots["variables"] = {name: text for name, text in variables.items() if text is not None}
        changes = []
        for target, value in actions.extractions:
            text = self._rendered(value) if isinstance(value, Template) else self.captured(value)
            if text is None:
                self.note_unverified(Unverified.EXTRACTION_FAILS)
            else:
                changes.append(self._put(target, text))
        return changes

    def _overridden(self, actions: PathActions) -> list[EventChange]:
        values = {"severity": actions.severity, "event_action": actions.event_action}
        return [self._put(FieldPath("event", (name,)), value) for name, value in values.items() if value]

    def _decided(self, actions: PathActions) -> list[EventChange]:
        note = self._rendered(actions.note) if actions.note else ""
        fields = {id_: self._rendered(template) for id_, template in actions.fields}
        self.priority = actions.priority or self.priority
        self.escalation_policy = actions.escalation_policy or self.escalation_policy
        self.suspend = actions.suspend or self.suspend
        self.note = note or self.note
        self.fields |= fields
        if actions.suppress is False and self.suppress:
            self.note_unverified(Unverified.SUPPRESS_FALSE)
        self.suppress = self.suppress or bool(actions.suppress)
        values = {
            "priority": actions.priority,
            "escalation_policy": actions.escalation_policy,
            "suspend": actions.suspend,
            "note": note,
            "suppress": actions.suppress,
            **{f"field {id_}": text for id_, text in fields.items()},
        }
        return [EventChange(name, value) for name, value in values.items() if value]

    def _requested(self, actions: PathActions) -> list[OutgoingRequest]:
        webhooks = [
            (
                webhook.on,
                OutgoingRequest(
                    webhook.name,
                    webhook.url,
                    webhook.auto_send,
                    {key: self._rendered(template) for key, template in webhook.headers},
                    {key: self._rendered(template) for key, template in webhook.parameters},
                ),
            )
            for webhook in actions.webhooks
        ]
        runs = [(run.on, OutgoingRequest(run.action, "", True, {}, {})) for run in actions.automations]
        self.requests += webhooks + runs
        return [request for _, request in webhooks + runs]

    def captured(self, capture: Capture) -> str | None:
        """Return the text that a pattern finds in its field; None if the field is missing or differs."""
        value = capture.source.look_up(self.roots)
        text = text_of(value)
        if text is None:
            return None
        if not isinstance(value, str):
            self.note_unverified(Unverified.NON_TEXT_SOURCE)
        if capture.regex.groups > 1:
            self.note_unverified(Unverified.SEVERAL_GROUPS)
        if "\n" in text or not _PLAIN_CAPTURE.fullmatch(capture.pattern):
            self.note_unverified(Unverified.EXTRACTION_FLAGS)
        return capture.regex.captured(text)

    def _rendered(self, template: Template) -> str:
        text, reached = template.render(self.roots)
        self.note_unverified(*reached)
        return text

    def _put(self, target: FieldPath, text: str) -> EventChange:
        self.roots["event"] = _with(self.event, target.rest, text)
        return EventChange(str(target), text)


def _with(container: Any, elements: tuple[str | int, ...], text: str) -> Any:
    """Return a copy with the text set at a path; missing objects are created."""
    if not elements:
        return text
    element, rest = elements[0], elements[1:]
    if isinstance(element, str):
        known = container if isinstance(container, dict) else {}
        return {**known, element: _with(known.get(element), rest, text)}
    if not isinstance(container, list) or element >= len(container):
        return container
    return [*container[:element], _with(container[element], rest, text), *container[element + 1 :]]
