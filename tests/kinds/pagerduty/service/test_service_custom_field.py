"""Custom fields of services: what is written reads back, and options keep their ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.pagerduty.custom_fields.service_custom_field import (
    ServiceCustomField,
    ServiceCustomFields,
)
from tests.kinds.strategies import id_index, texts

KIND = ServiceCustomFields()

_common = {
    "label": st.sampled_from(["Tier", "tier", "Owner of it"]),
    "description": texts,
    "enabled": st.booleans(),
}
_few = st.lists(st.sampled_from(["gold", "silver", "ünï"]), min_size=1, max_size=3)
free_fields = st.fixed_dictionaries({"name": st.just("tier")}, optional=_common)
chosen_fields = st.fixed_dictionaries({"name": st.just("tier"), "options": _few}, optional=_common)
service_custom_fields = free_fields | chosen_fields


def _made(said: dict[str, object]):
    """The object that PagerDuty makes of a request."""
    body = KIND.encode(ServiceCustomField.model_validate(said), id_index(), None)
    blank = {"id": "PFIELD", "description": None, "enabled": True, "field_options": []}
    return KIND.live(_with_ids(blank | body))


def _with_ids(raw):
    options = raw["field_options"]
    return {**raw, "field_options": [{"id": option["data"]["value"], **option} for option in options]}


@pytest.mark.slow
@given(st.sampled_from([free_fields, chosen_fields]).flatmap(lambda same: st.tuples(same, same)))
def test_a_written_field_reads_back_as_the_file_says(pair):
    (there, wanted), known = pair, id_index()
    before, spec = _made(there), ServiceCustomField.model_validate(wanted)

    after = KIND.live(_with_ids(before.raw | KIND.encode(spec, known, before)))

    assert KIND.decode(after, known) == spec.merged_onto(KIND.decode(before, known), before.read_at)


def test_an_option_that_stays_keeps_its_id():
    live = _made({"name": "tier", "options": ["gold", "silver"]})
    spec = ServiceCustomField.model_validate({"name": "tier", "options": ["iron", "gold"]})
    (kept, new) = KIND.encode(spec, id_index(), live)["field_options"]
    assert ("id" in new, kept["id"]) == (False, "gold")
