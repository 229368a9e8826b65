"""What the steps of a workflow do: PagerDuty's own have their effect, others are only recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.runtime import changes, informing, lifecycle
from pdslack_cli.sandbox.pagerduty.runtime.outbound import slack_app
from pdslack_cli.sandbox.pagerduty.runtime.workflows import variables

DONE, RECORDED = "done", "recorded"
WORD = re.compile(r"[^\s,;\"'\[\]{}]+")

Inputs = Mapping[str, str]
Effect = Callable[[Api, Json, Inputs, Json], bool]
"""What a step does to an incident, in somebody's name; whether its inputs meant anything here."""


def take(api: Api, incident: str, steps: list[Json], agent: Json | None) -> list[Json]:
    """Take the steps in order, those within others once; what became of each."""
    taken = []
    for step in steps:
        configuration = step["action_configuration"]
        now = api.get("incident", incident)
        values = variables.of_incident(api, now) if now else {}
        inputs = {
            entry["name"]: variables.filled(entry["value"], values) for entry in configuration["inputs"]
        }
        effect = EFFECTS.get(configuration["action_id"].rpartition(":")[0])
        who = agent or {"id": api.all("user")[0]["id"], "type": "user_reference"}
        done = bool(now and effect and effect(api, now, inputs, who))
        taken.append(
            {
                "name": step["name"],
                "action_id": configuration["action_id"],
                "inputs": inputs,
                "result": DONE if done else RECORDED,
            }
        )
        for entry in configuration["inline_steps_inputs"]:
            taken += take(api, incident, entry["value"]["steps"], agent)
    return taken


def _add_note(api: Api, incident: Json, inputs: Inputs, who: Json) -> bool:
    lifecycle.annotated(api, incident, inputs["Note"], who)
    return True


def _update_status(api: Api, incident: Json, inputs: Inputs, who: Json) -> bool:
    informing.update_status(api, incident, who, message=inputs["Message"])
    return True


def _set_priority(api: Api, incident: Json, inputs: Inputs, who: Json) -> bool:
    wanted = inputs["Priority"].casefold()
    for priority in api.all("priority"):
        if wanted in (priority["id"].casefold(), priority["name"].casefold()):
            named = {"id": priority["id"], "type": "priority_reference"}
            changes.apply(api, incident, {"_named": {"priority"}, "priority": named}, who)
            return True
    return False


def _add_responders(api: Api, incident: Json, inputs: Inputs, who: Json) -> bool:
    """The ids of users and escalation policies, in any form of list."""
    targets = [
        {"id": id_, "type": f"{kind}_reference"}
        for id_ in dict.fromkeys(WORD.findall(inputs["Responders"]))
        for kind in ("user", "escalation_policy")
        if api.get(kind, id_)
    ]
    if targets:
        informing.ask(api, incident, who, inputs["Message"], targets)
    return bool(targets)


def _add_bridge(api: Api, incident: Json, inputs: Inputs, who: Json) -> bool:
    number, url = inputs.get("Conference Number", ""), inputs.get("Conference URL", "")
    overwrite = inputs.get("Overwrite existing conference bridge", "").casefold() in ("yes", "true")
    if not (number or url) or (incident["conference_bridge"] and not overwrite):
        return False
    bridge = {"conference_number": number or None, "conference_url": url or None}
    changes.apply(api, incident, {"_named": {"conference_bridge"}, "conference_bridge": bridge}, who)
    return True


def _write_to_channel(api: Api, incident: Json, inputs: Inputs, who: Json) -> bool:
    channel = inputs.get("Select the Channel") or inputs.get("Channel") or ""
    return bool(api.slack.post(channel, inputs["Message"], [slack_app.section(inputs["Message"])]))


OWN, SLACK = "pagerduty.com:incident-workflows", "pagerduty.com:slack"
EFFECTS: Mapping[str, Effect] = {
    f"{OWN}:add-notes-to-incident": _add_note,
    f"{OWN}:send-status-update": _update_status,
    f"{OWN}:update-incident-priority": _set_priority,
    f"{OWN}:add-responders": _add_responders,
    f"{OWN}:add-conference-bridge": _add_bridge,
    f"{SLACK}:send-markdown-message": _write_to_channel,
}
"""By action, for all of its versions."""
