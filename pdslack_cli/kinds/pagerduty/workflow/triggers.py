"""The triggers of a workflow, as its part: separate objects that refer to it (pagerduty.md 8.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unwritable_fields
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.kinds.pagerduty.workflow.trigger import Trigger, decode_trigger, encode_trigger, in_order
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.suggest import a

TRIGGERS = "/incident_workflows/triggers"


class HasTriggers(Protocol):
    @property
    def triggers(self) -> Sequence[Trigger]: ...


class WorkflowTriggers(Part[HasTriggers]):
    """The triggers of a workflow: read in one list for all workflows, written one call each."""

    fields = children = frozenset({"triggers"})

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        triggers = [decode_trigger(raw, id_index) for raw in live.parts.get("triggers", ())]
        return {"triggers": in_order(triggers)}

    def export_notes(self, before: HasTriggers, live: Live, id_index: IdIndex) -> Iterable[str]:
        for raw in live.parts.get("triggers", ()):
            encoded = encode_trigger(decode_trigger(raw, id_index), id_index)
            usual = {"permissions": {"restricted": False}}
            yield from as_comment(unwritable_fields(raw, encoded, usual), f"{a(raw['trigger_type'])} trigger")

    def write(self, session: Session, ref: Ref, live: Live, spec: HasTriggers) -> None:
        clients, id_index = session.clients, session.id_index
        there: Sequence[Json] = live.parts.get("triggers", ())
        decoded, made = [decode_trigger(raw, id_index) for raw in there], []
        places = continued([trigger.keys for trigger in spec.triggers], [each.keys for each in decoded])
        for trigger, place in zip(spec.triggers, places, strict=True):
            if place is None:
                made.append(self._create_trigger(session, live.id, trigger))
                continue
            raw, before = there[place], decoded[place]
            if before != trigger:
                body = encode_trigger(trigger, id_index)
                held = {name: raw[name] for name in body if name in raw}
                body = merged(body, encode_trigger(before, id_index), held)
                clients.pagerduty.update(f"{TRIGGERS}/{raw['id']}", {"trigger": body})
        for place, raw in enumerate(there):
            if place not in places:
                remove(clients, f"{TRIGGERS}/{raw['id']}")
        if not live.new:
            withdraw_younger(
                made,
                lambda: clients.pagerduty.list(TRIGGERS, "triggers", workflow_id=live.id),
                {raw["id"] for raw in there},
                lambda raw: decode_trigger(raw, id_index).keys[0],
                lambda raw: remove(clients, f"{TRIGGERS}/{raw['id']}"),
            )

    def delete(self, session: Session, live: Live) -> None:
        # Whether PagerDuty deletes them with the workflow is not documented.
        for raw in live.parts.get("triggers", ()):
            remove(session.clients, f"{TRIGGERS}/{raw['id']}")

    def _create_trigger(self, session: Session, workflow_id: str, trigger: Trigger) -> Json:
        clients, id_index = session.clients, session.id_index
        body = {
            "trigger_type": trigger.type_,
            "workflow": {"id": workflow_id},
            **encode_trigger(trigger, id_index),
        }

        def post() -> Json:
            return dict(clients.pagerduty.create(TRIGGERS, {"trigger": body})["trigger"])

        def find() -> Json | None:
            there = clients.pagerduty.list(TRIGGERS, "triggers", workflow_id=workflow_id)
            same = (raw for raw in there if decode_trigger(raw, id_index).keys == trigger.keys)
            return next(same, None)

        return create_once(post, find, unique=False, clock=clients.clock)
