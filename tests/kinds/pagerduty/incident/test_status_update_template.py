"""What is written into a template of status updates reads back as the file says it, and the rest stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.pagerduty.incident.status_update_template import (
    StatusUpdateTemplate,
    StatusUpdateTemplates,
)
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import file
from tests.kinds.strategies import id_index, names, texts

KIND = StatusUpdateTemplates()

status_update_templates = st.fixed_dictionaries(
    {"name": names},
    optional=dict.fromkeys(("description", "subject", "body", "message"), texts),
)


@given(status_update_templates, status_update_templates)
def test_a_written_template_reads_back_as_the_file_says(there, wanted):
    known, spec = id_index(), StatusUpdateTemplate.model_validate(wanted)
    blank = {"id": "PTEMPLATE", "description": None, "templated_fields": {}}
    before = KIND.live(blank | KIND.encode(StatusUpdateTemplate.model_validate(there), known, None))

    after = KIND.live(before.raw | KIND.encode(spec, known, before))

    assert KIND.decode(after, known) == spec.merged_onto(KIND.decode(before, known), before.read_at)


def test_one_that_is_missed_once_is_not_taken_for_gone(account):
    wanted = file("status_update_templates: {one: {message: Down}}")
    account.made(wanted)
    account.sandbox.faults.add(Fault("404", method="GET", path="/templates/.", nth=1))

    assert account.plan(wanted).changes == ()
