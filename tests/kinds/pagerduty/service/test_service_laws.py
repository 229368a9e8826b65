"""What is written to PagerDuty reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from pdslack_cli.kinds.base.kind import marked_live
from pdslack_cli.kinds.pagerduty.grouping.alert_grouping import encode_grouping
from pdslack_cli.kinds.pagerduty.orchestration.paths import encode_path
from pdslack_cli.kinds.pagerduty.service.integrations import encode_integration, merged
from pdslack_cli.kinds.pagerduty.service.service import Service, Services
from pdslack_cli.model import Json, Live
from tests.conftest import examples
from tests.kinds.strategies_services import EMPTY_PATH, id_index, kept_path, kept_service, services

KIND = Services()
CHECKER = Draft202012Validator(Service.model_json_schema())
VENDOR_TYPE = "event_transformer_api_inbound_integration"


def held(spec: Service, before: Live | None) -> Live:
    """The live service once PagerDuty has taken all that `spec` says, over what it held."""
    names = id_index()
    body = KIND.encode(spec, names, before)
    live = marked_live(KIND, kept_service(body, before.raw if before else {}))
    parts = dict(before.parts) if before else {"alert_grouping": None, "path": EMPTY_PATH, "active": False}
    if "alert_grouping" in spec.model_fields_set:
        parts["alert_grouping"] = spec.alert_grouping and encode_grouping(spec.alert_grouping)
    if "rules" in spec.model_fields_set:
        document = encode_path(spec.rules, names, parts["path"])
        parts |= {"path": kept_path("service", document), "active": True}
    if "disabled" in spec.model_fields_set:
        live.raw["status"] = "disabled" if spec.disabled else "active"
    if "integrations" in spec.model_fields_set:
        live.raw["integrations"] = kept_integrations(spec, live)
    return replace(live, parts=parts)


def kept_integrations(spec: Service, live: Live) -> list[Json]:
    """Those that stay as they are, and new ones, whose type PagerDuty chooses where a vendor is given."""
    there = list(KIND.decode(live, id_index()).integrations)
    return [
        live.raw["integrations"][there.index(one)]
        if one in there
        else {"id": "PINT", "type": VENDOR_TYPE, **encode_integration(one, id_index())}
        for one in merged(spec.integrations, tuple(there), exact=spec.exact)
    ]


@pytest.mark.slow
@examples(400)  # a field of many is seldom the one that matters
@given(services, services)
def test_a_written_service_reads_back_as_the_file_says(there, wanted):
    before = held(Service.model_validate(there), None)
    spec = Service.model_validate(wanted)
    after = held(spec, before)

    old, new = KIND.decode(before, id_index()), KIND.decode(after, id_index())
    for field in Service.model_fields.keys() - Service.ABOUT - {"integrations"}:
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field
    assert all(any(one.is_met_by(live) for live in new.integrations) for one in spec.integrations)
    assert spec.merged_onto(new, datetime.now(UTC)).integrations == new.integrations


@pytest.mark.slow
@given(services)
def test_a_service_that_is_printed_reads_as_the_same(fields):
    spec = Service.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Service.model_validate(printed) == spec


@pytest.mark.slow
@given(services)
def test_what_is_live_prints_as_a_file_would_say_it(fields):
    decoded = KIND.decode(held(Service.model_validate(fields), None), id_index())
    printed = decoded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    spec = Service.model_validate(printed)
    assert [
        field
        for field in spec.managed
        if getattr(spec.merged_onto(decoded, datetime.now(UTC)), field) != getattr(decoded, field)
    ] == []


@pytest.mark.slow
@given(services)
def test_the_schema_takes_whatever_a_file_may_say(fields):
    CHECKER.validate(fields)
