"""Who is paged, and how: levels of a policy, notification rules, phones (pagerduty.md 3.5 and 4.3)."""

from __future__ import annotations

from itertools import chain

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.people.on_call import person_on_call
from pdslack_cli.sandbox.pagerduty.families.people.shift_schedules import people_on_call
from pdslack_cli.sandbox.pagerduty.runtime import timeline, timers

NOTIFICATIONS = {
    "email_contact_method": "email_notification",
    "phone_contact_method": "phone_notification",
    "sms_contact_method": "sms_notification",
    "whatsapp_contact_method": "sms_notification",
    "push_notification_contact_method": "push_notification",
}


def people_of_level(api: Api, policy: Json, level: int) -> list[str]:
    """The ids of the people whom a level (counted from 0) reaches now; round robin names the next one."""
    rule = policy["escalation_rules"][level]
    people = list(dict.fromkeys(chain.from_iterable(people_on_target(api, one) for one in rule["targets"])))
    strategy = rule.get("escalation_rule_assignment_strategy") or {}
    if strategy.get("type") == "round_robin" and people:
        return [people[_next_turn(api, f"{policy['id']}/{level}") % len(people)]]
    return people


def people_on_target(api: Api, target: Json) -> list[str]:
    """The people behind a target of a level: who is named, or who is on call in the schedule."""
    if target["type"] == "user_reference":
        return [str(target["id"])] if api.get("user", target["id"]) else []
    if schedule := api.get("schedule", target["id"]):
        person = person_on_call(api, schedule, api.clock.now())
        return [person] if person else []
    by_shifts = api.get("schedule_v3", target["id"])
    return people_on_call(api, by_shifts, api.clock.now()) if by_shifts else []


def _next_turn(api: Api, level: str) -> int:
    """Take the next turn of a round robin, and return its number, from 0."""
    known = api.get("round_robin", level)
    turn = known["turns"] if known else 0
    api.keep("round_robin", {"id": level, "turns": turn + 1})
    return int(turn)


def page(api: Api, incident: Json, user: str) -> None:
    """Notify a person by their rules for the urgency of the incident: some at once, others later."""
    for rule in api.find("notification_rule", _parent=user):
        if rule["urgency"] != incident["urgency"]:
            continue
        delay = rule["start_delay_in_minutes"] * 60
        if delay:
            timers.start(api, "notify", incident["id"], delay, user=user, method=rule["contact_method"]["id"])
        else:
            notify(api, incident, user, rule["contact_method"]["id"])


def notify(api: Api, incident: Json, user: str, method: str) -> None:
    """Tell a person of an incident, which its timeline notes."""
    text = f"#{incident['incident_number']}: {incident['title']}"
    notification = ring(api, incident, user, method, text)
    if notification is None:
        return
    channel = {
        "type": "auto",
        "notification": {name: notification[name] for name in ("type", "address", "status")},
    }
    timeline.record(api, incident, "notify", None, channel, user=notification["user"])


def inform(api: Api, incident: Json, user: str, text: str) -> None:
    """Tell a person of the status of an incident, as their rules for that say; without any, by e-mail."""
    rules = api.find("status_update_notification_rule", _parent=user)
    methods = [rule["contact_method"]["id"] for rule in rules] or [
        method["id"]
        for method in api.find("contact_method", _parent=user)
        if method["type"] == "email_contact_method"
    ]
    for method in methods:
        ring(api, incident, user, method, text)


def ring(api: Api, incident: Json, user: str, method: str, text: str) -> Json | None:
    """Let a phone ring, or a mail arrive; None where the contact method is gone."""
    contact = api.get("contact_method", method)
    if contact is None:
        return None
    type_ = NOTIFICATIONS[contact["type"]]
    notification = {
        "id": "N" + ids.ulid(api.store)[:13],
        "type": type_,
        "started_at": api.now(),
        "address": None if type_ == "push_notification" else contact["address"],
        "user": {"id": user, "type": "user_reference"},
        "status": "success",
        "_parent": user,
        "_incident": incident["id"],
        "_text": text,
    }
    api.insert("notification", notification)
    return notification
