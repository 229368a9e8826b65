"""What is written into a webhook reads back as the file says it, and the rest stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from pdslack_cli.kinds.pagerduty.outbound.webhook import Webhook, Webhooks
from pdslack_cli.model import Json, Live
from tests.kinds.strategies import id_index, webhooks

KIND = Webhooks()
BLANK: Json = {"id": "PHOOK", "description": None, "active": True}
FIELDS = Webhook.model_fields.keys() - Webhook.ABOUT - {"name"}


def held(spec: Webhook, before: Live | None) -> Live:
    """The webhook as PagerDuty shows it afterwards: events sorted, headers hidden (pagerduty.md 9.1)."""
    raw = {**(before.raw if before else BLANK), **KIND.encode(spec, id_index(), before)}
    raw["events"] = sorted(raw["events"], reverse=True)
    method = raw["delivery_method"]
    headers = [{"name": each["name"], "value": "-- redacted --"} for each in method["custom_headers"]]
    raw["delivery_method"] = {**method, "custom_headers": headers, "secret": None}
    return KIND.live(raw)


@given(webhooks)
def test_a_new_webhook_reads_back_as_the_file_says(wanted):
    spec = Webhook.model_validate(wanted)
    new = KIND.decode(held(spec, None), id_index())
    assert spec.merged_onto(new, datetime.now(UTC)) == new


@given(webhooks, webhooks)
def test_a_written_webhook_reads_back_as_the_file_says(there, wanted):
    before = held(Webhook.model_validate(there), None)
    spec = Webhook.model_validate(wanted)
    spec = spec.restricted_to(spec.managed - KIND.fixed_fields)
    after = held(spec, before)

    old, new = KIND.decode(before, id_index()), KIND.decode(after, id_index())
    for field in FIELDS:
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field


@pytest.mark.slow
@given(webhooks)
def test_a_webhook_that_is_printed_reads_as_the_same_but_for_secrets(fields):
    spec = Webhook.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Webhook.model_validate(printed) == spec
    values = [value.get_secret_value() for value in spec.headers.values()]
    assert printed.get("headers", {}) == dict.fromkeys(spec.headers, "(sensitive value)")
    assert all(repr(value) not in repr(spec) for value in values if value not in {"", "headers"})


@given(webhooks)
def test_what_is_live_prints_as_a_file_would_say_it(fields):
    decoded = KIND.decode(held(Webhook.model_validate(fields), None), id_index())
    printed = decoded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Webhook.model_validate(printed) == decoded
