"""`workflows.triggers.*`: what starts the workflows of an app (slack.md 2.11, 4.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.refused import SlackRefusal

KIND = "slack.workflow_trigger"
TYPES = ("webhook", "event", "scheduled", "shortcut")
CONFIG = {"shortcut": "shortcut", "event": "event", "scheduled": "schedule"}
FREQUENCIES = ("once", "hourly", "daily", "weekly", "monthly", "yearly")


def create_trigger(call: SlackCall) -> Json:
    """`workflows.triggers.create`: another trigger at every call."""
    trigger: Json = {"id": call.new_id("Ft"), **_checked(call)}
    trigger["date_created"] = trigger["date_updated"] = call.now
    if trigger["type"] == "webhook":
        trigger["webhook_url"] = f"https://hooks.slack.com/triggers/{call.team['id']}/1/{trigger['id']}"
    elif trigger["type"] == "shortcut":
        trigger["shortcut_url"] = f"https://slack.com/shortcuts/{trigger['id']}/1"
    call.store.insert(KIND, trigger["id"], trigger)
    return {"trigger": trigger}


def update_trigger(call: SlackCall) -> Json:
    """`workflows.triggers.update`: replaces all of it."""
    old = _trigger(call)
    kept: Json = {
        name: old[name] for name in ("id", "date_created", "webhook_url", "shortcut_url") if name in old
    }
    trigger: Json = {**_checked(call), **kept, "date_updated": call.now}
    if trigger["type"] != old["type"]:
        raise SlackRefusal("invalid_trigger_type")
    call.store.replace(KIND, old["id"], trigger)
    return {"trigger": trigger}


def delete_trigger(call: SlackCall) -> Json:
    """`workflows.triggers.delete`."""
    call.store.delete(KIND, _trigger(call)["id"])
    return {}


def list_triggers(call: SlackCall) -> Json:
    """`workflows.triggers.list`: those of one app."""
    app = call.arguments.text("app_id")
    found = [one for one in call.store.all(KIND) if one["workflow"]["app_id"] == app]
    return {"triggers": found}


def _checked(call: SlackCall) -> Json:
    arguments = call.arguments
    kind = arguments.text("type")
    if kind not in TYPES:
        raise SlackRefusal("invalid_trigger_type")
    app = call.store.get("slack.app", arguments.text("workflow_app_id"))
    if app is None:
        raise SlackRefusal("invalid_workflow_app_id")
    workflows = app["manifest"].get("workflows") or {}
    callback_id = arguments.text("workflow").removeprefix("#/workflows/")
    workflow = workflows.get(callback_id)
    if workflow is None:
        raise SlackRefusal("workflow_not_found")
    inputs = arguments.structure("inputs") or {}
    _check_inputs(workflow, inputs)
    config = {name: arguments.structure(name) for name in CONFIG.values() if name in arguments}
    if set(config) != ({CONFIG[kind]} if kind in CONFIG else set()):
        raise SlackRefusal("invalid_trigger_config")
    _check_config(call, kind, config)
    return {
        "type": kind,
        "name": arguments.text("name"),
        "description": arguments.text("description"),
        "inputs": inputs,
        **config,
        "workflow": {
            "id": f"Wf{app['id'][1:]}",
            "callback_id": callback_id,
            "title": workflow["title"],
            "app_id": app["id"],
            "input_parameters": workflow.get("input_parameters") or {},
        },
    }


def _check_inputs(workflow: Json, inputs: Json) -> None:
    parameters = workflow.get("input_parameters") or {}
    missing = [name for name in parameters.get("required") or () if name not in inputs]
    if missing:
        raise SlackRefusal(
            "invalid_trigger_inputs", errors=[{"missing_parameter_name": name} for name in missing]
        )


def _check_config(call: SlackCall, kind: str, config: Json) -> None:
    if kind == "shortcut" and not config["shortcut"].get("button_text"):
        raise SlackRefusal("invalid_trigger_config")
    if kind == "scheduled" and not _is_schedule(call, config["schedule"]):
        raise SlackRefusal("invalid_trigger_config")
    if kind == "event":
        event = config["event"]
        if not str(event.get("event_type")).startswith("slack#/events/"):
            raise SlackRefusal("invalid_trigger_event_type")
        if bool(event.get("channel_ids")) == bool(event.get("all_resources")):
            raise SlackRefusal("invalid_trigger_config")


def _is_schedule(call: SlackCall, schedule: Any) -> bool:
    try:
        start = datetime.fromisoformat(schedule["start_time"])
        frequency = schedule.get("frequency", {}).get("type", "once")
    except (TypeError, KeyError, ValueError):
        return False
    return frequency in FREQUENCIES and start.timestamp() > call.now


def _trigger(call: SlackCall) -> Json:
    found = call.store.get(KIND, call.arguments.text("trigger_id"))
    if found is None:
        raise SlackRefusal("trigger_not_found")
    return found
