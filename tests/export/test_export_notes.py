"""Whatever field of a vendor's object somebody sets, an export says it, or says that no file can."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pdslack_cli.export.keys import refs_of
from pdslack_cli.kinds import KIND_NAMED
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live
from pdslack_cli.sandbox.server import Sandbox
from tests.export.account import Accounts
from tests.export.exports import read
from tests.kinds.full_account import full_account
from tests.support import contract

pytestmark = pytest.mark.slow_after(2)

Json = dict[str, Any]
Place = tuple[str | int, ...]

REST, SLACK = "pagerduty-rest.json", "pagerduty-slack.json"
PATH = "/event_orchestrations"
DOCUMENTS = [
    # kind, where in what is live, the schema that is written, and what wraps it
    ("team", ("raw",), (REST, "/teams", "post", "team")),
    ("schedule", ("raw",), (REST, "/schedules", "post", "schedule")),
    ("escalation_policy", ("raw",), (REST, "/escalation_policies", "post", "escalation_policy")),
    ("service", ("raw",), (REST, "/services", "post", "service")),
    ("service", ("raw", "integrations"), (REST, "/services/{id}/integrations", "post", "integration")),
    (
        "service",
        ("parts", "alert_grouping"),
        (REST, "/alert_grouping_settings", "post", "alert_grouping_setting"),
    ),
    ("service", ("parts", "path"), (REST, f"{PATH}/services/{{service_id}}", "put", "orchestration_path")),
    ("routing", ("raw",), (REST, PATH, "post", "orchestration")),
    ("routing", ("parts", "global"), (REST, f"{PATH}/{{id}}/global", "put", "orchestration_path")),
    ("routing", ("parts", "router"), (REST, f"{PATH}/{{id}}/router", "put", "orchestration_path")),
    ("routing", ("parts", "unrouted"), (REST, f"{PATH}/{{id}}/unrouted", "put", "orchestration_path")),
    ("webhook", ("raw",), (REST, "/webhook_subscriptions/{id}", "put", "webhook_subscription")),
    ("workflow", ("raw",), (REST, "/incident_workflows", "post", "incident_workflow")),
    ("workflow", ("parts", "triggers"), (REST, "/incident_workflows/triggers", "post", "trigger")),
    (
        "notification_rule",
        ("raw",),
        (SLACK, "/workspaces/{slack_team_id}/connections/{connection_id}", "put", "slack_connection"),
    ),
]

NOT_ITS_OWN = {
    "id": "it says which object it is",
    "type": "it says what kind of object it is",
    "service": "an integration is in the list of its service",
    "workflow": "a trigger is in the list of its workflow",
    "trigger_url": "made by PagerDuty",
    "source_name": "made by PagerDuty",
    "channel_name": "made by PagerDuty",
    "is_disabled": "follows the workflow",
    "services": "an alert grouping setting of several services is not ours to change",
    "next_oncall_for_user": "what PagerDuty computes",
    "final_schedule": "what PagerDuty computes",
    "overrides_subschedule": "what PagerDuty computes",
    "parent": "a path is in its parent",
    "rendered_schedule_entries": "what PagerDuty computes",
    "recommended_timeout": "what PagerDuty computes",
    "alert_grouping": "the setting says it (pagerduty.md 5.3)",
    "alert_grouping_timeout": "the setting says it",
    "alert_grouping_parameters": "the setting says it",
    "oauth_client_id": "reads as `oauth_client`",
    "ends_with": "reads as `ends_before` (pagerduty.md 5.2)",
}


def writable(
    document: Json, schema: Any, place: Place = (), seen: tuple[str, ...] = ()
) -> Iterator[tuple[Place, Json]]:
    """Every field that a body may have, with its schema; an item of a list is called `0`."""
    if isinstance(schema, dict) and "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen = (*seen, schema["$ref"])
    schema = contract.dereferenced(document, schema)
    if not isinstance(schema, dict) or schema.get("readOnly"):
        return
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(word, ()):
            yield from writable(document, part, place, seen)
    for name, field in schema.get("properties", {}).items():
        if not place or name not in NOT_ITS_OWN:
            yield from writable(document, field, (*place, name), seen)
    if "items" in schema:
        yield from writable(document, schema["items"], (*place, 0), seen)
    if schema.get("type") not in {None, "object"} and place and place[-1] != 0:
        yield place, schema


def fields_of(name: str, path: str, method: str, wrapper: str) -> dict[Place, Json]:
    document = contract.openapi(name).document
    schema = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    found: dict[Place, Json] = {}
    for place, field in writable(document, schema):
        if place[0] == wrapper and len(place) > 1:
            found.setdefault(place[1:], field)
    assert found
    return found


OTHER = {
    "start": "2030-03-03T10:00:00Z",
    "end": "2032-03-03T10:00:00Z",
    "rotation_virtual_start": "2026-02-02T10:00:00Z",
    "start_time_of_day": "07:00:00",
    "start_time": "07:00:00",
    "end_time": "21:00:00",
    "time_zone": "Etc/UTC",
    "condition": "incident.title matches 'x'",
    "expression": "event.source matches 'x'",
    "url": "https://acme.example/other",
    "action_id": "pagerduty.com:http-api:send-webhook-post:1",
    "integration_email": "other@sandbox.pagerduty.com",
    "duration_seconds": 7_200,
    "timeout": 600,
    "suspend": 900,
    "rotation_turn_length_seconds": 86_400,
    "start_day_of_week": 5,
}


def other(name: str | int, schema: Json, value: Any) -> Any:
    """Another value of a field."""
    words = [
        word
        for word in schema.get("enum", ())
        if word not in (value, None, "maintenance", "warning", "critical")
    ]
    if words:
        return words[0]
    if name in OTHER:
        return OTHER[name]
    match schema.get("type"):
        case "boolean":
            return not value
        case "integer":
            return (value or 0) + 1
        case "array":
            return value[1:] if value else ["other"]
        case _:
            return "Something else"


def holders(value: Any, place: Place) -> Iterator[Json]:
    """The objects in which a field would stand."""
    if len(place) == 1:
        if isinstance(value, dict):
            yield value
    elif place[0] == 0:
        for item in value if isinstance(value, list) else ():
            yield from holders(item, place[1:])
    elif isinstance(value, dict):
        yield from holders(value.get(place[0]), place[1:])


@pytest.fixture(scope="module")
def full():
    """What is live of the full account, by kind, and who is who."""
    with Sandbox() as sandbox:
        full_account(Accounts(sandbox))
        account = read(sandbox)
        refs = refs_of(account.objects, "acme")
        lives = {
            name: next(live for live in lives if refs.get((name, live.id)) and _is_one(live))
            for name, lives in account.objects.items()
            if name in {"channel", *(kind for kind, _, _ in DOCUMENTS)}
        }
        yield lives, {ref: id_ for (_, id_), ref in refs.items()}


def _is_one(live: Live) -> bool:
    return "one" in live.name


def exported_words(live: Live, ids: Any) -> tuple[Any, list[str]]:
    """What it decodes to, and what an export would say beside it."""
    kind: Any = KIND_NAMED[live.kind]
    id_index = IdIndex(ids)
    before = kind.decode(live, id_index)
    return before, [*kind.export_notes(before, live, id_index)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "where", "written"),
    DOCUMENTS,
    ids=["-".join(map(str, (kind, *where))) for kind, where, _ in DOCUMENTS],
)
def test_no_field_is_lost_silently(full, name, where, written):
    lives, ids = full
    live = lives[name]
    before = exported_words(live, ids)
    silent, absent = [], []
    for place, schema in fields_of(*written).items():
        state = {"raw": copy.deepcopy(live.raw), "parts": copy.deepcopy(dict(live.parts))}
        document: Any = state
        for step in where:
            document = document[step]
        place = (0, *place) if isinstance(document, list) else place
        found = sorted(holders(document, place), key=lambda each: bool(each.get(place[-1])), reverse=True)
        if not found:
            absent.append(place)
            continue
        found[0][place[-1]] = other(place[-1], schema, found[0].get(place[-1]))
        words, comments = exported_words(replace(live, raw=state["raw"], parts=state["parts"]), ids)
        told = any(f"`{name}" in comment for name in place for comment in comments)
        if (words, comments) == before and not told:
            silent.append(place)
    assert silent == []
    assert absent == []


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("name", "comment"),
    [
        pytest.param("service", "no rule leads to the sets 'stray', 'strayed'", id="sets of a service"),
        pytest.param("routing", "no rule leads to the sets 'stray'", id="sets of an orchestration"),
    ],
)
def test_what_no_file_can_say_is_a_comment(full, name, comment):
    lives, ids = full
    _, comments = exported_words(lives[name], ids)
    assert comment in "\n".join(comments)
