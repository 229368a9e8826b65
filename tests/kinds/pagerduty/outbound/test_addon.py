"""Add-ons: what is written reads back, and one of another type is another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.change import Action
from pdslack_cli.kinds.pagerduty.outbound.addon import Addon, Addons
from tests.kinds.pagerduty.account import file
from tests.kinds.strategies import id_index, names
from tests.support.factories import mark

KIND = Addons()
addons = st.fixed_dictionaries(
    {"name": names, "url": st.sampled_from(["https://a.acme.example", "https://b.acme.example/?c=d#e"])},
    optional={"type": st.sampled_from(["full_page", "incident_show"])},
)


@given(addons, addons)
def test_a_written_addon_reads_back_as_the_file_says(there, wanted):
    known, spec = id_index(), Addon.model_validate(wanted)
    before = KIND.live({"id": "PADD", **KIND.encode(Addon.model_validate(there), known, None)})
    wanted = spec.merged_onto(KIND.decode(before, known), before.read_at)
    after = KIND.live(before.raw | KIND.encode(wanted, known, before))
    assert KIND.decode(after, known) == wanted


def page(fields: str):
    return file(f"addons: {{status: {{name: Status, {fields}}}}}")


@pytest.mark.slow
def test_its_name_carries_the_mark_and_its_type_is_for_ever(account):
    account.made(page("url: 'https://a.acme.example', type: incident_show"))
    (first,) = account.sandbox.store.all("pagerduty.addon")
    assert first["name"] == f"Status {mark('payments/status', 'Status')}"
    account.made(page("url: 'https://b.acme.example'"))
    (moved,) = account.sandbox.store.all("pagerduty.addon")
    assert moved == first | {"src": "https://b.acme.example"}
    wanted = page("url: 'https://b.acme.example', type: full_page")
    assert [change.action for change in account.plan(wanted).changes] == [Action.REPLACE]
    account.made(wanted)
    (second,) = account.sandbox.store.all("pagerduty.addon")
    assert (second["type"], second["id"] != first["id"]) == ("full_page_addon", True)
