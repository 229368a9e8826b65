"""V3 webhooks: signed, in order for each subscription and incident, tried again (orchestration.md 5).

Intervals are not published: here they double from five seconds to ten minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.courier import NEVER_SENT, Parcel, Receipt
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import SITE, STAMP, Api

KIND = "delivery"
SECONDS_TO_ANSWER = 5
FIRST_RETRY, LONGEST_RETRY = 5, 600
BUDGET = timedelta(hours=48)
DROPS_UNTIL_OFF, OFF = 3, timedelta(hours=24)
LARGEST = 256 * 1024


def address(api: Api, event: Json, incident: Json) -> None:
    """Put an event in the queue of every subscription that wants it."""
    for subscription in api.all("webhook_subscription"):
        if event["event_type"] in subscription["events"] and _about(subscription, incident):
            queue(api, subscription, event, incident["id"])


def ping(api: Api, subscription: Json) -> None:
    """The test event, which nobody can subscribe to."""
    event = {
        "id": ids.ulid(api.store),
        "event_type": "pagey.ping",
        "resource_type": "pagey",
        "occurred_at": moment(api.clock.now()),
        "agent": None,
        "client": None,
        "data": {"message": "Hello from your friend Pagey!", "type": "ping"},
    }
    queue(api, subscription, event, "")


def _about(subscription: Json, incident: Json) -> bool:
    scope = subscription["filter"]
    match scope["type"]:
        case "service_reference":
            return bool(scope["id"] == incident["service"]["id"])
        case "team_reference":
            return scope["id"] in incident["_teams"]
    return True


def queue(api: Api, subscription: Json, event: Json, resource: str) -> None:
    """One delivery; nothing is queued while the subscription is off."""
    if not subscription["active"] or disabled(api, subscription):
        return
    body = json.dumps({"event": _completed(api, event)})
    delivery = {
        "id": ids.long(api.store),
        "_parent": subscription["id"],
        "_key": f"{subscription['id']}/{resource}",
        "_due": api.now(),
        "first_due": api.now(),
        "attempts": 0,
        "body": body,
        "event_type": event["event_type"],
        "state": "waiting",
        "result": "",
    }
    if len(body) > LARGEST:
        delivery |= {"state": "dropped", "_due": None, "result": "larger than 256 KB"}
    api.insert(KIND, delivery)


def _completed(api: Api, event: Json) -> Json:
    """The event with its references complete, as they were when it happened."""
    shown = {name: value for name, value in event.items() if not name.startswith("_")}
    data = dict(event["data"])
    if data["type"] == "incident":
        data |= {
            "self": f"{api.base}/incidents/{data['id']}",
            "html_url": f"{SITE}/incidents/{data['id']}",
        }
    completed: Json = api.expanded({**shown, "data": data})
    return completed


def next_parcel(api: Api, busy: set[str]) -> Parcel | None:
    """The first delivery that is due and whose queue is not `busy`; within a queue, the oldest goes first."""
    now = api.now()
    for delivery in api.store.due(f"pagerduty.{KIND}", now):
        waiting = (one for one in api.find(KIND, _key=delivery["_key"]) if one["state"] == "waiting")
        first = next(waiting, delivery)
        if delivery["_key"] in busy or first["id"] != delivery["id"]:
            continue
        subscription = api.get("webhook_subscription", delivery["_parent"])
        if subscription is None:
            api.replace(
                KIND, {**delivery, "state": "dropped", "_due": None, "result": "subscription deleted"}
            )
            continue
        return _parcel(subscription, delivery)
    return None


def queue_of(api: Api, key: str) -> str:
    """The queue of a delivery."""
    delivery = api.get(KIND, key)
    return str(delivery["_key"]) if delivery else ""


def _parcel(subscription: Json, delivery: Json) -> Parcel:
    method, body = subscription["delivery_method"], delivery["body"].encode()
    return Parcel(
        key=delivery["id"],
        url=method["url"],
        body=body,
        headers={
            **{header["name"]: header["value"] for header in method["custom_headers"]},
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-PagerDuty-Signature": signature(subscription["_secret"], body),
            "X-Webhook-Id": delivery["id"],
            "X-Webhook-Subscription": subscription["id"],
        },
        seconds=SECONDS_TO_ANSWER,
    )


def signature(secret: str, body: bytes) -> str:
    """The header's value: HMAC-SHA256 over the bytes that are sent."""
    return f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def delivered(api: Api, key: str, receipt: Receipt) -> None:
    """Note an answer: done, to be tried again, or dropped."""
    delivery = api.get(KIND, key)
    if delivery is None:
        return
    attempts = delivery["attempts"] + 1
    result = receipt.error or str(receipt.status)
    done: dict[str, Any] = {"attempts": attempts, "result": result, "_due": None}
    if 200 <= receipt.status < 300 or receipt.error == NEVER_SENT:
        api.replace(KIND, {**delivery, **done, "state": "delivered" if receipt.status else "not sent"})
        _count_drops(api, delivery["_parent"], 0)
    elif _may_pass(receipt) and not _spent(api, delivery):
        wait = min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
        due = (api.clock.now() + timedelta(seconds=wait)).strftime(STAMP)
        api.replace(KIND, {**delivery, **done, "_due": due})
    else:
        api.replace(KIND, {**delivery, **done, "state": "dropped"})
        _count_drops(api, delivery["_parent"], 1)


def _may_pass(receipt: Receipt) -> bool:
    """Whether another attempt may go better: no answer, a server's error, too many requests."""
    return bool(receipt.error) or receipt.status == 429 or receipt.status >= 500


def _spent(api: Api, delivery: Json) -> bool:
    return api.clock.now() - datetime.fromisoformat(delivery["first_due"]) >= BUDGET


def _count_drops(api: Api, subscription: str, dropped: int) -> None:
    """Three drops in a row switch a subscription off for a day; its queue is discarded."""
    known = api.get("webhook_health", subscription) or {"drops": 0}
    drops = known["drops"] + 1 if dropped else 0
    health = {"id": subscription, "drops": drops, "off_until": None}
    if drops >= DROPS_UNTIL_OFF:
        health |= {"drops": 0, "off_until": (api.clock.now() + OFF).strftime(STAMP)}
        for delivery in api.find(KIND, _parent=subscription):
            if delivery["state"] == "waiting":
                api.replace(KIND, {**delivery, "state": "dropped", "_due": None, "result": "switched off"})
    if dropped or known["drops"]:
        api.keep("webhook_health", health)


def disabled(api: Api, subscription: Json) -> bool:
    """Whether a subscription is switched off for a time, because its receiver failed."""
    health = api.get("webhook_health", subscription["id"])
    return bool(health and health["off_until"] and health["off_until"] > api.now())


def enable(api: Api, subscription: Json) -> None:
    """Switch it on again."""
    api.keep("webhook_health", {"id": subscription["id"], "drops": 0, "off_until": None})


def moment(at: datetime) -> str:
    """A time as webhooks write it, with milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
