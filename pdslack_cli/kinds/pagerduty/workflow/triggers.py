"""The triggers of a workflow as its part: objects of their own that lead to it (pagerduty.md 8.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pdslack_cli.clients.create_once import create_once, withdraw_younger
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unsaid_fields
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.pagerduty.base import remove
from pdslack_cli.kinds.pagerduty.workflow.trigger import Trigger, decode_trigger, encode_trigger, in_order
from pdslack_cli.model import Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.kinds.pagerduty.workflow.workflow import Workflow

TRIGGERS = "/incident_workflows/triggers"


class WorkflowTriggers(Part["Workflow"]):
    """The triggers of a workflow: one list for all workflows, and a call for each that changes."""

    fields = children = frozenset({"triggers"})

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        triggers = [decode_trigger(raw, id_index) for raw in live.parts.get("triggers", ())]
        return {"triggers": in_order(triggers)}

    def export_notes(self, live: Live, id_index: IdIndex) -> Iterable[str]:
        for raw in live.parts.get("triggers", ()):
            said = encode_trigger(decode_trigger(raw, id_index), id_index)
            usual = {"permissions": {"restricted": False}}
            yield from as_comment(unsaid_fields(raw, said, usual), f"a {raw['trigger_type']} trigger")

    def write(self, session: Session, ref: Ref, live: Live, spec: Workflow) -> None:
        clients, id_index = session.clients, session.id_index
        there: Sequence[Json] = live.parts.get("triggers", ())
        surplus, made = list(there), []
        for trigger in spec.triggers:
            raw = _same(trigger, surplus, id_index)
            if raw is None:
                made.append(self._create_trigger(session, live.id, trigger))
                continue
            surplus.remove(raw)
            if (before := decode_trigger(raw, id_index)) != trigger:
                body = encode_trigger(trigger, id_index)
                held = {name: raw[name] for name in body if name in raw}
                body = merged(body, encode_trigger(before, id_index), held)
                clients.pagerduty.update(f"{TRIGGERS}/{raw['id']}", {"trigger": body})
        for raw in surplus:
            remove(clients, f"{TRIGGERS}/{raw['id']}")
        if not live.new:
            withdraw_younger(
                made,
                lambda: clients.pagerduty.list(TRIGGERS, "triggers", workflow_id=live.id),
                {raw["id"] for raw in there},
                lambda raw: decode_trigger(raw, id_index).identity,
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
            return _same(trigger, there, id_index)

        return create_once(post, find, unique=False, clock=clients.clock)


def _same(trigger: Trigger, raws: Iterable[Json], id_index: IdIndex) -> Json | None:
    return next((raw for raw in raws if decode_trigger(raw, id_index).identity == trigger.identity), None)
