"""What is written to PagerDuty reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from pdslack_cli.kinds.base.kind import marked_live
from pdslack_cli.kinds.pagerduty.orchestration.paths import encode_path
from pdslack_cli.kinds.pagerduty.orchestration.router import Router, encode_router
from pdslack_cli.kinds.pagerduty.orchestration.routing import Routing, Routings
from pdslack_cli.kinds.pagerduty.orchestration.routing_keys import merged
from pdslack_cli.model import Live
from tests.conftest import examples
from tests.kinds.strategies_services import EMPTY_PATH, id_index, kept_path, routings

KIND = Routings()
CHECKER = Draft202012Validator(Routing.model_json_schema())
NEW = {"id": "u-1", "description": None, "team": None}
NEW_PARTS = {
    "integrations": [{"id": "i-1", "label": "Production Default Integration"}],
    "global": EMPTY_PATH,
    "unrouted": kept_path("unrouted", EMPTY_PATH),
    "router": {**EMPTY_PATH, "catch_all": {"actions": {"route_to": "unrouted"}}},
}


def held(spec: Routing, before: Live | None) -> Live:
    """The live orchestration once PagerDuty has taken all that `spec` says, over what it held."""
    names = id_index()
    body = KIND.encode(spec, names, before)
    live = marked_live(KIND, {**(before.raw if before else NEW), **body})
    parts = dict(before.parts) if before else dict(NEW_PARTS)
    whole = spec.merged_onto(KIND.decode(replace(live, parts=parts), names), datetime.now(UTC))
    router = Router(whole.dynamic, whole.routes, whole.otherwise)
    parts["global"] = kept_path("global", encode_path(whole.rules, names, parts["global"]))
    parts["unrouted"] = kept_path("unrouted", encode_path(whole.unrouted, names, parts["unrouted"]))
    parts["router"] = kept_path("router", encode_router(router, names, parts["router"]))
    labels = [raw["label"] for raw in parts["integrations"]]
    if "integrations" in spec.model_fields_set:
        labels = list(merged(spec.integrations, labels, exact=spec.exact))
    parts["integrations"] = [{"id": f"i-{label}", "label": label} for label in labels]
    return replace(live, parts=parts)


@pytest.mark.slow
@examples(200)  # a field of many is seldom the one that matters
@given(routings, routings)
def test_a_written_routing_reads_back_as_the_file_says(there, wanted):
    before = held(Routing.model_validate(there), None)
    spec = Routing.model_validate(wanted)
    after = held(spec, before)

    old, new = KIND.decode(before, id_index()), KIND.decode(after, id_index())
    for field in Routing.model_fields.keys() - Routing.ABOUT - {"integrations"}:
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field
    assert set(spec.integrations) <= set(new.integrations)
    assert spec.merged_onto(new, datetime.now(UTC)).integrations == new.integrations


@pytest.mark.slow
@given(routings)
def test_a_routing_that_is_printed_reads_as_the_same(fields):
    spec = Routing.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Routing.model_validate(printed) == spec


@pytest.mark.slow
@given(routings)
def test_what_is_live_prints_as_a_file_would_say_it(fields):
    decoded = KIND.decode(held(Routing.model_validate(fields), None), id_index())
    printed = decoded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Routing.model_validate(printed) == decoded


@pytest.mark.slow
@given(routings, routings)
def test_routes_keep_their_ids(there, wanted):
    names = id_index()
    before = held(Routing.model_validate(there), None)
    spec = Routing.model_validate(wanted)
    document = encode_router(Router(spec.dynamic, spec.routes, spec.otherwise), names, before.parts["router"])
    known = {rule["id"] for rule in before.parts["router"]["sets"][0]["rules"]}
    sent = [rule["id"] for rule in document["sets"][0]["rules"] if "id" in rule]
    assert len(sent) == len(set(sent))
    assert set(sent) <= known


@pytest.mark.slow
@given(routings)
def test_the_schema_takes_whatever_a_file_may_say(fields):
    CHECKER.validate(fields)
