"""Orchestration paths: whole documents that are only ever read and replaced (pagerduty.md 7.3)."""

from __future__ import annotations

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.routing.simulate import read_rules
from pdslack_cli.routing.simulate.rules import PathKind
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.account.features import warnings
from pdslack_cli.sandbox.pagerduty.families.rules.actions import IN_CATCH_ALL, IN_RULES, actions
from pdslack_cli.sandbox.pagerduty.families.rules.conditions import conditions, unreadable_refused
from pdslack_cli.sandbox.pagerduty.fields import Field, boolean, list_of, record, text
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, forbidden, invalid, not_found

PARENTS = {
    "router": "event_orchestration",
    "global": "event_orchestration",
    "unrouted": "event_orchestration",
    "service": "service",
}
RULES_PER_SET = 25
RULES_IN_ROUTER = 1000
LARGEST = 4 * 1024 * 1024


def create(api: Api, path: str, parent: str) -> None:
    """The empty document that a new parent has."""
    catch_all = {"route_to": "unrouted"} if path == "router" else {}
    document = {"sets": [{"id": "start", "rules": []}], "catch_all": {"actions": catch_all}}
    api.insert("path", stamped(api, path, parent, document, {"created_at": api.now(), "_active": False}))


def remove(api: Api, path: str, parent: str) -> None:
    """Paths go with their parent only."""
    api.delete("path", f"{path}/{parent}")


def stamped(api: Api, path: str, parent: str, document: Json, before: Json) -> Json:
    """A document with a new version."""
    return {
        **before,
        **document,
        "id": f"{path}/{parent}",
        "type": path,
        "_parent": parent,
        "updated_at": api.now(),
        "version": ids.hexadecimal(api.store, 32),
    }


def existing(api: Api, path: str, parent: str) -> Json:
    """The document. That of a service which is gone is forbidden, not missing (pagerduty.md 7.3)."""
    document = api.get("path", f"{path}/{parent}")
    if document is None:
        raise forbidden() if path == "service" else not_found()
    return document


def read_path(api: Api, path: str, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """The whole document."""
    return SandboxResponse({"orchestration_path": view(api, existing(api, path, id))})


def replace_path(api: Api, path: str, id: str) -> SandboxResponse:  # noqa: A002
    """Replace the whole document; what the plan lacks is kept, and warned of."""
    if len(api.content) > LARGEST:
        raise PagerDutyRefusal(413, "Payload Too Large", 2001)
    old = existing(api, path, id)
    document = checked(api, path, api.body("orchestration_path"))
    give_ids(api, document, old)
    api.replace("path", stamped(api, path, id, document, old))
    answer: Json = {"orchestration_path": view(api, existing(api, path, id))}
    if lacking := warnings(api, path, document):
        answer["warnings"] = lacking
    return SandboxResponse(answer)


def read_active(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Whether the service path is in force."""
    refuse_retired(api)
    return SandboxResponse({"active": existing(api, "service", id)["_active"]})


def switch_active(api: Api, id: str) -> SandboxResponse:  # noqa: A002
    """Put the service path in force, or the old event rules."""
    refuse_retired(api)
    document = existing(api, "service", id)
    switch = api.checked({"active": Field(boolean, required=True)}, api.bare_body())
    api.replace("path", {**document, "_active": switch["active"]})
    return SandboxResponse(switch)


def refuse_retired(api: Api) -> None:
    """The flag is gone where the account has no event rules any more."""
    if not api.has_feature("event_rules"):
        raise PagerDutyRefusal(410, "Gone", 2100)


def view(api: Api, document: Json) -> Json:
    """The document as it is answered."""
    path, parent = document["type"], document["_parent"]
    folder = "services/" + parent if path == "service" else f"{parent}/{path}"
    owner = api.reference(PARENTS[path], parent)
    person = api.author()
    catch_all = document["catch_all"]
    if path == "unrouted":
        catch_all = {**catch_all, "actions": {**catch_all["actions"], "suppress": True}}
    kept = {name: value for name, value in document.items() if name[0] != "_" and name != "id"}
    return {
        **kept,
        "catch_all": catch_all,
        "parent": {name: owner[name] for name in ("id", "type", "self")},
        "self": f"{api.base}/event_orchestrations/{folder}",
        "created_by": person,
        "updated_by": person,
    }


def checked(api: Api, path: str, body: Json) -> Json:
    """The document that a body makes. Raises Refused."""
    rule = {
        "id": Field(text()),
        "label": Field(text()),
        "conditions": Field(conditions),
        "actions": Field(actions(IN_RULES[path]), required=True),
        "disabled": Field(boolean, default=False, nullable=False),
    }
    most = RULES_IN_ROUTER if path == "router" else RULES_PER_SET
    one_set = {
        "id": Field(text(shortest=1), required=True),
        "rules": Field(list_of(record(rule), most=most), default=[], nullable=False),
    }
    catch_all = {"actions": Field(actions(IN_CATCH_ALL[path]), default={}, nullable=False)}
    document = api.checked(
        {
            "sets": Field(list_of(record(one_set), least=1), required=True),
            "catch_all": Field(record(catch_all), default={"actions": {}}, nullable=False),
        },
        body,
    )
    check_sets(path, document)
    if path == "router":
        check_router(document)
    with unreadable_refused():
        read_rules.read_path(PathKind(path), within_reach(document))
    return document


def within_reach(document: Json) -> Json:
    """A document without sets that no rule leads to; whether PagerDuty takes them nobody has seen."""
    sets = {one_set["id"]: one_set for one_set in document["sets"]}
    found = ["start"]
    for id_ in found:
        targets = [rule["actions"].get("route_to") for rule in sets[id_]["rules"]]
        found += dict.fromkeys(target for target in targets if target in sets and target not in found)
    return {**document, "sets": [sets[id_] for id_ in found]}


def check_sets(path: str, document: Json) -> None:
    """Rules lead to sets that are there; the first set is `start`. Raises Refused."""
    names = [one_set["id"] for one_set in document["sets"]]
    if "start" not in names:
        raise invalid("Sets must have one with the id start")
    if len(set(names)) != len(names):
        raise invalid("Sets must have unique ids")
    if path == "router":
        if names != ["start"]:
            raise invalid("Sets must be only the one with the id start")
        return
    for rule in rules_of(document):
        target = rule["actions"].get("route_to")
        if target is not None and target not in names:
            raise invalid(f"Route to {target} is not a set of this orchestration path")


def check_router(document: Json) -> None:
    """Each rule routes, and a dynamic rule is the first, alone. Raises Refused.

    Whether a second rule for a service is refused nobody has seen, so it is taken.
    """
    for position, rule in enumerate(rules_of(document)):
        route, dynamic = rule["actions"].get("route_to"), rule["actions"].get("dynamic_route_to")
        if dynamic and (position or route or rule["conditions"]):
            raise invalid(
                "Dynamic route to is only allowed in the first rule, without conditions or route to"
            )
        if not dynamic and not route:
            raise invalid("Actions must have a route to")
    document["catch_all"]["actions"].setdefault("route_to", "unrouted")


def give_ids(api: Api, document: Json, old: Json) -> None:
    """Rules keep an id that the path knew; all others get one."""
    known = {rule["id"] for rule in rules_of(old)}
    for rule in rules_of(document):
        if rule["id"] in known:
            known.remove(rule["id"])
        else:
            rule["id"] = ids.hexadecimal(api.store, 8)


def rules_of(document: Json) -> list[Json]:
    """Every rule of every set."""
    return [rule for one_set in document["sets"] for rule in one_set["rules"]]


SERVICE = "/event_orchestrations/services/<id>"
RULES = (
    *(
        Rule(
            SERVICE if path == "service" else f"/event_orchestrations/<id>/{path}",
            methods=[method],
            defaults={"path": path},
            endpoint=endpoint,
        )
        for path in PARENTS
        for method, endpoint in (("GET", read_path), ("PUT", replace_path))
    ),
    Rule(f"{SERVICE}/active", methods=["GET"], endpoint=read_active),
    Rule(f"{SERVICE}/active", methods=["PUT"], endpoint=switch_active),
)
