"""Subscriptions to the status of incidents and business services, from both ends (pagerduty.md 6.1, 10.5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import ACCOUNT_ID, Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, list_of, one_of, record, text
from pdslack_cli.sandbox.pagerduty.refusals import not_found
from pdslack_cli.sandbox.pagerduty.runtime import subscriptions

SUBJECTS = {"incidents": "incident", "business_services": "business_service"}
SUBSCRIBERS = {"users": "user", "teams": "team"}


def side(name: str, types: dict[str, str]) -> Fields:
    """The body of a request: a list of one end of subscriptions."""
    end: Fields = {
        f"{name}_id": Field(text(), required=True),
        f"{name}_type": Field(one_of(*types.values()), required=True),
    }
    return {f"{name}s": Field(list_of(record(end), least=1, unique=True), required=True)}


BODIES = {"subscriber": side("subscriber", SUBSCRIBERS), "subscribable": side("subscribable", SUBJECTS)}


def asked(api: Api, end: str, type_: str, id_: str) -> Iterator[Json]:
    """The subscriptions that a request is about: each `end` of its body, with the object of its path."""
    found = api.kinds[type_].existing(api, id_)
    other = "subscriber" if end == "subscribable" else "subscribable"
    here = {f"{other}_id": found["id"], f"{other}_type": type_}
    for one in api.checked(BODIES[end], api.bare_body())[f"{end}s"]:
        if not api.exists(one[f"{end}_type"], one[f"{end}_id"]):
            raise not_found()
        pair = (one, here) if end == "subscriber" else (here, one)
        yield subscriptions.between(*pair)


def subscribe(end: str, type_: str, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """Add subscriptions; one that is there stays."""
    shown = []
    for one in asked(api, end, type_, id):
        known = api.get(subscriptions.KIND, one["id"]) is not None
        api.keep(subscriptions.KIND, one)
        shown.append({**shown_pair(one), "result": "duplicate" if known else "success"})
    return SandboxResponse({"subscriptions": shown})


def unsubscribe(end: str, type_: str, api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Remove subscriptions; the answer counts."""
    wanted = list(asked(api, end, type_, id))
    there = [one for one in wanted if api.get(subscriptions.KIND, one["id"])]
    for one in there:
        api.delete(subscriptions.KIND, one["id"])
    counts = {"deleted_count": len(there), "unauthorized_count": 0}
    return SandboxResponse({**counts, "non_existent_count": len(wanted) - len(there)})


def list_subscribers(type_: str, api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Who has subscribed; to an incident, with what it harms that they have subscribed to as well."""
    subject = api.kinds[type_].existing(api, id)
    harmed = subscriptions.harmed_services(api, subject["service"]["id"]) if type_ == "incident" else []

    def view(one: Json) -> Json:
        shown = {name: one[name] for name in ("subscriber_id", "subscriber_type")}
        if type_ != "incident":
            return shown
        via = subscriptions.indirect(api, one, harmed)
        listed = [{"id": id_, "type": "business_service"} for id_ in via] or None
        return {**shown, "has_indirect_subscription": bool(via), "subscribed_via": listed}

    page = api.page("subscribers", subscriptions.of_subject(api, subject["id"]), view)
    return SandboxResponse({**(page.body or {}), "account_id": ACCOUNT_ID})


def list_subscriptions(type_: str, api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """What a person or a team has subscribed to."""
    api.kinds[type_].existing(api, id)

    def view(one: Json) -> Json:
        service = api.peek("business_service", one["subscribable_id"])
        return {"subscription": shown_pair(one), "subscribable_name": service and service["name"]}

    return api.page("subscriptions", subscriptions.of_subscriber(api, type_, id), view)


def shown_pair(one: Json) -> Json:
    """Both ends of a subscription."""
    kept = {name: value for name, value in one.items() if name.startswith("subscri")}
    return {**kept, "account_id": ACCOUNT_ID}


def subscribe_account(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Let everybody follow a business service on their dashboards."""
    switch_account(api, id, on=True)
    return SandboxResponse({"account_is_subscribed": True})


def unsubscribe_account(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """End the subscription of the account."""
    switch_account(api, id, on=False)
    return SandboxResponse(None, 204)


def switch_account(api: Api, id_: str, *, on: bool) -> None:
    service = api.kinds["business_service"].existing(api, id_)
    api.replace("business_service", {**service, "_for_account": on})


def rules() -> Iterator[Rule]:
    """The routes of both ends."""
    for folder, type_ in SUBJECTS.items():
        path = f"/{folder}/<id>" + ("/status_updates" if type_ == "incident" else "")
        yield Rule(f"{path}/subscribers", methods=["GET"], endpoint=partial(list_subscribers, type_))
        yield Rule(f"{path}/subscribers", methods=["POST"], endpoint=partial(subscribe, "subscriber", type_))
        yield Rule(
            f"{path}/unsubscribe", methods=["POST"], endpoint=partial(unsubscribe, "subscriber", type_)
        )
    for folder, type_ in SUBSCRIBERS.items():
        path = f"/{folder}/<id>/notification_subscriptions"
        yield Rule(path, methods=["GET"], endpoint=partial(list_subscriptions, type_))
        yield Rule(path, methods=["POST"], endpoint=partial(subscribe, "subscribable", type_))
        yield Rule(
            f"{path}/unsubscribe", methods=["POST"], endpoint=partial(unsubscribe, "subscribable", type_)
        )
    account = "/business_services/<id>/account_subscription"
    yield Rule(account, methods=["POST"], endpoint=subscribe_account)
    yield Rule(account, methods=["DELETE"], endpoint=unsubscribe_account)
