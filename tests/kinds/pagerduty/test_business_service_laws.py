"""What is written into a business service reads back as the file says it, and the rest stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.pagerduty.business_service import BusinessService, BusinessServices
from tests.kinds.strategies import id_index, names, texts

KIND = BusinessServices()

business_services = st.fixed_dictionaries(
    {"name": names},
    optional={
        "description": texts,
        "point_of_contact": texts,
        "team": st.none() | st.sampled_from(["payments", "platform"]),
    },
)


@given(business_services, business_services)
def test_a_written_business_service_reads_back_as_the_file_says(there, wanted):
    known, spec = id_index(), BusinessService.model_validate(wanted)
    blank = {"id": "PBUS", "description": None, "point_of_contact": None, "team": None}
    before = KIND.live(blank | KIND.encode(BusinessService.model_validate(there), known, None))

    after = KIND.live(before.raw | KIND.encode(spec, known, before))

    assert KIND.decode(after, known) == spec.merged_onto(KIND.decode(before, known), before.read_at)
