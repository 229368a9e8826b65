"""The audit trail: of the account, and of one object (pagerduty.md 14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.refusals import bad_arguments, lacks_ability
from pdslack_cli.sandbox.pagerduty.runtime import auditing
from pdslack_cli.sandbox.settings import Feature

FEATURE: Feature = "audit_trail"
USUAL, LONGEST = timedelta(days=1), timedelta(days=31)
ACTIONS = ("create", "update", "delete")


def list_records(api: Api) -> SandboxResponse:
    """Everything in a span of time, newest first."""
    return _answer(api, api.all(auditing.KIND))


def list_of_object(api: Api, kind: str, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
    """The same of one object."""
    api.kinds[kind].existing(api, id)
    return _answer(api, api.find(auditing.KIND, _parent=id))


def _answer(api: Api, records: list[Json]) -> SandboxResponse:
    if not api.has_feature(FEATURE):
        raise lacks_ability(FEATURE)
    until = api.instant("until") or api.clock.now()
    since = api.instant("since") or until - USUAL
    if until < since or until - since > LONGEST:
        raise bad_arguments("until must be after since, by 31 days at most")
    for name, known in (("root_resource_types[]", auditing.ROOTS.values()), ("actions[]", ACTIONS)):
        if not set(api.arguments.getlist(name)) <= set(known):
            raise bad_arguments(f"{name} must be among {', '.join(known)}")
    wanted = [one for one in reversed(records) if _between(one, since, until) and _selects(api, one)]
    return api.cursor_page("records", wanted, _shown)


def _between(record: Json, since: datetime, until: datetime) -> bool:
    at = datetime.fromisoformat(record["execution_time"])
    # Times in requests have whole seconds, those of records have more.
    return since.astimezone(UTC) <= at < until.astimezone(UTC) + timedelta(seconds=1)


def _selects(api: Api, record: Json) -> bool:
    asked = api.arguments
    (actor,) = record["actors"]
    choices = {
        "root_resource_types[]": auditing.ROOTS[record["_root"]],
        "actions[]": record["action"],
        "actor_type": actor["type"],
        "actor_id": actor["id"],
        "method_type": record["method"]["type"],
        "method_truncated_token": record["method"]["truncated_token"],
    }
    return all(not (given := asked.getlist(name)) or value in given for name, value in choices.items())


def _shown(record: Json) -> Json:
    return {name: value for name, value in record.items() if not name.startswith("_")}


RULES = (
    Rule("/audit/records", methods=["GET"], endpoint=list_records),
    *(
        Rule(
            f"/{plural}/<id>/audit/records", methods=["GET"], defaults={"kind": kind}, endpoint=list_of_object
        )
        for kind, plural in auditing.ROOTS.items()
    ),
)
