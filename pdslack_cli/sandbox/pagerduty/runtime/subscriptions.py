"""Who is told of status updates: subscribers of an incident, and of business services that it harms."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api

KIND = "subscription"


def between(subscriber: Json, subject: Json) -> Json:
    """The document of a subscription: `subscriber_id`, `subscriber_type`, and the same of what it is to."""
    key = "/".join((subject["subscribable_id"], subscriber["subscriber_type"], subscriber["subscriber_id"]))
    return {**subscriber, **subject, "id": key, "_parent": subject["subscribable_id"]}


def of_subject(api: Api, id_: str) -> list[Json]:
    """The subscriptions to an incident or a business service."""
    return api.find(KIND, _parent=id_)


def of_subscriber(api: Api, type_: str, id_: str) -> list[Json]:
    """The subscriptions of a user or a team."""
    return api.find(KIND, subscriber_type=type_, subscriber_id=id_)


def harmed_services(api: Api, service: str) -> list[str]:
    """The business services that depend on a service, whatever lies between."""
    dependencies, found = api.all("service_dependency"), [service]
    for one in found:
        above = (
            each["dependent_service"] for each in dependencies if each["supporting_service"]["id"] == one
        )
        found += dict.fromkeys(each["id"] for each in above if each["id"] not in found)
    return [id_ for id_ in found[1:] if api.peek("business_service", id_)]


def indirect(api: Api, subscription: Json, harmed: list[str]) -> list[str]:
    """The business services by which the subscriber of an incident has subscribed to it once more."""
    subscriber = {name: subscription[name] for name in ("subscriber_id", "subscriber_type")}
    subjects = ({"subscribable_id": id_} for id_ in harmed)
    return [
        subject["subscribable_id"]
        for subject in subjects
        if api.peek(KIND, between(subscriber, subject)["id"])
    ]


def people(api: Api, incident: Json) -> list[str]:
    """Everybody who is told of an incident's status, by name or as a member of a team."""
    subjects = [incident["id"], *harmed_services(api, incident["service"]["id"])]
    found: list[str] = []
    for subscription in (one for id_ in subjects for one in of_subject(api, id_)):
        if subscription["subscriber_type"] == "user":
            found.append(subscription["subscriber_id"])
        else:
            members = api.find("membership", team=subscription["subscriber_id"])
            found += [membership["user"] for membership in members]
    return list(dict.fromkeys(found))


def forget(api: Api, id_: str) -> None:
    """Drop the subscriptions of, or to, an object that is deleted."""
    for one in api.all(KIND):
        if id_ in (one["subscriber_id"], one["subscribable_id"]):
            api.delete(KIND, one["id"])
