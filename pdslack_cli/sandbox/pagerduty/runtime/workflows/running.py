"""One run of a workflow: its steps in order, what became of each, and who hears of it."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime.outbound import publishing
from pdslack_cli.sandbox.pagerduty.runtime.workflows import steps

KIND = "workflow_instance"


def run(
    api: Api, workflow: str, incident: Json, trigger: Json | None, agent: Json | None, id_: str = ""
) -> Json | None:
    """Run all steps of a workflow on an incident; None where the workflow is switched off or gone."""
    found = api.get("incident_workflow", workflow)
    if found is None or not found["is_enabled"]:
        return None
    instance = {
        "id": id_ or ids.short(api.store),
        "type": "incident_workflow_instance",
        "_parent": incident["id"],
        "summary": found["name"],
        "incident_workflow": {"id": workflow, "type": "incident_workflow_reference"},
        "workflow_trigger": trigger and {"id": trigger["id"], "type": "workflow_trigger_reference"},
        "incident": {"id": incident["id"], "type": "incident_reference"},
        "service": {"id": incident["service"]["id"], "type": "service_reference"},
        "started_at": api.now(),
        "steps": [],
    }
    api.keep(KIND, instance)
    data = {name: value for name, value in instance.items() if name not in ("_parent", "started_at", "steps")}
    publishing.publish(api, "incident.workflow.started", incident, agent, data)
    done = steps.take(api, incident["id"], found["steps"], agent)
    instance = {**instance, "steps": done, "completed_at": api.now()}
    api.replace(KIND, instance)
    publishing.publish(api, "incident.workflow.completed", incident, agent, data)
    return instance
