"""Which open incident a new alert joins, by the grouping of its service (orchestration.md 4.4).

PagerDuty's intelligent grouping learns; here it is a stated rule: alerts whose summaries are equal but for
numbers belong together.

Each grouped alert leaves keys of what makes others like it, so that in a storm nobody compares it with all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.services.alert_grouping import RECOMMENDED_WINDOW, setting_of
from pdslack_cli.sandbox.store.query import among

MOST_ALERTS = 1000
OLDEST = timedelta(hours=24)
MOST_ALIKE = 20  # of the newest alerts of a key: one of them is in the incident that collects them
KEY, ALERT = "grouping_key", "pagerduty.alert"
_NUMBERS = re.compile(r"\d+")


def incident_to_join(api: Api, alert: Json) -> Json | None:
    """The open incident that the alert belongs to; None where it makes one of its own."""
    setting = setting_of(api, alert["service"]["id"])
    if setting is None:
        return None
    members = {member["id"] for member in setting["services"]}
    candidates = (one for one in _candidates(api, setting, alert) if one["_open"] in members)
    return next((one for one in candidates if _takes_more(api, setting, one)), None)


def note(api: Api, alert: Json) -> None:
    """Let alerts that come find this one, which has its incident."""
    setting = setting_of(api, alert["service"]["id"])
    for number, key in enumerate(_keys(setting, alert) if setting else ()):
        api.insert(KEY, {"id": f"{alert['id']}/{number}", "_key": key, "alert": alert["id"]})


def _candidates(api: Api, setting: Json, alert: Json) -> Iterator[Json]:
    """The incidents that the alert may join, newest first: those with one like it, or all by time."""
    if setting["type"] == "time":
        services = [member["id"] for member in setting["services"]]
        found = [incident for service in services for incident in api.find("incident", _open=service)]
        yield from sorted(found, key=lambda one: str(one["created_at"]), reverse=True)
        return
    seen: set[str] = set()
    for key in _keys(setting, alert):
        for alike in api.store.newest(f"pagerduty.{KEY}", MOST_ALIKE, _key=key):
            id_ = (api.get("alert", alike["alert"]) or {"_parent": ""})["_parent"]
            incident = None if id_ in seen else api.get("incident", id_)
            seen.add(id_)
            if incident:
                yield incident


def _takes_more(api: Api, setting: Json, incident: Json) -> bool:
    known = api.store.count(ALERT, [among("_parent", [incident["id"]])])
    if not 0 < known < MOST_ALERTS:
        return False
    config, now = setting["config"], api.clock.now()
    (first,) = api.store.oldest(ALERT, 1, _parent=incident["id"])
    if setting["type"] == "time":
        return not config["timeout"] or now - _time(first) <= timedelta(seconds=config["timeout"])
    (last,) = api.store.newest(ALERT, 1, _parent=incident["id"])
    window = timedelta(seconds=config.get("time_window") or RECOMMENDED_WINDOW)
    return now - _time(last) <= window and now - _time(first) <= OLDEST


def _keys(setting: Json, alert: Json) -> Iterator[str]:
    """What another alert must have one of, to belong to this one."""
    config = setting["config"]
    if setting["type"].startswith("content_based"):
        values = {field: _value(alert, field) for field in config["fields"]}
        known = {field: value for field, value in values.items() if value is not None}
        if config["aggregate"] == "all":
            yield from [_key(setting, known)] if len(known) == len(values) else []
        else:
            yield from (_key(setting, {field: value}) for field, value in known.items())
    if "intelligent" in setting["type"]:
        yield _key(setting, _NUMBERS.sub("#", alert["_summary"]))


def _key(setting: Json, content: Any) -> str:
    return json.dumps([setting["id"], content], sort_keys=True)


def _value(alert: Json, field: str) -> Any:
    value: Any = alert["_event"]
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _time(alert: Json) -> datetime:
    return datetime.fromisoformat(alert["created_at"])
