"""What is written into a schedule reads back as the file says it, and nothing is left to do."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from pdslack_cli.kinds.pagerduty.schedule.rotation import rounds_before
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule, Schedules
from pdslack_cli.model import Json, Live
from tests.kinds.strategies import id_index, schedules

KIND = Schedules()
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
BLANK: Json = {"id": "PSCHED", "description": None, "teams": [], "schedule_layers": []}


def held(spec: Schedule, before: Live | None) -> Live:
    """The schedule as PagerDuty holds it afterwards, and shows it (pagerduty.md 4.1)."""
    old = before.raw if before else BLANK
    body = KIND.encode(spec, id_index(), before)
    raw = {**old, **body}
    if "schedule_layers" in body:
        raw["schedule_layers"] = held_layers(body["schedule_layers"], old["schedule_layers"])
    zone = ZoneInfo(raw["time_zone"])
    for layer in raw["schedule_layers"]:
        for name in ("start", "end", "rotation_virtual_start"):
            layer[name] = layer[name] and datetime.fromisoformat(layer[name]).astimezone(zone).isoformat()
    return KIND.live(raw)


def held_layers(sent: list[Json], shown: list[Json]) -> list[Json]:
    """Newest first. Layers never go and never move; a start that lies in the past becomes the present."""
    old = {layer["id"]: layer for layer in reversed(shown)}
    assert old.keys() <= {layer.get("id") for layer in sent}, "layers cannot be left out"
    kept = {layer["id"]: layer for layer in sent if "id" in layer}
    new = [
        {"name": f"Layer {number}", "end": None, **layer, "id": f"PLAYER{number}"}
        for number, layer in enumerate((layer for layer in sent if "id" not in layer), len(old) + 1)
    ]
    layers = [{**old[id_], **kept[id_]} for id_ in old] + new
    for layer in layers:
        before = old.get(layer["id"])
        if before is None or instant(before["start"]) != instant(layer["start"]):
            layer["start"] = max(instant(layer["start"]), NOW).isoformat()
    return layers[::-1]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.slow
@given(schedules, schedules)
def test_a_written_schedule_reads_back_as_the_file_says(there, wanted):
    before = held(Schedule.model_validate(there), None)
    spec = Schedule.model_validate(wanted)
    after = held(
        spec.merged_onto(KIND.decode(before, id_index()), before.read_at).restricted_to(spec.managed),
        before,
    )

    old, new = KIND.decode(before, id_index()), KIND.decode(after, id_index())
    for field in ("name", "time_zone", "description", "teams"):
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field
    current = [layer for layer in spec.layers if not layer.end or layer.end > NOW]
    for layer, said in zip(new.layers, current, strict=True):
        # Where people joined or left, the list may begin with another person, full rounds earlier.
        kept = said.rotation.moved(rounds_before(said.rotation, layer.rotation))
        assert layer.rotation == kept
        assert (layer.only, layer.end) == (said.only, said.end)
        assert layer.name == said.name or not said.name
        assert layer.start == said.start or max(layer.start, said.start) <= NOW


@pytest.mark.slow
@given(schedules, schedules)
def test_after_a_write_nothing_is_left_to_do(there, wanted):
    before = held(Schedule.model_validate(there), None)
    spec = Schedule.model_validate(wanted)
    after = held(
        spec.merged_onto(KIND.decode(before, id_index()), before.read_at).restricted_to(spec.managed),
        before,
    )
    assert spec.merged_onto(KIND.decode(after, id_index()), after.read_at) == KIND.decode(after, id_index())


@pytest.mark.slow
@given(schedules, schedules)
def test_what_no_longer_counts_stays_as_history(there, wanted):
    before = held(Schedule.model_validate(there), None)
    spec = Schedule.model_validate(wanted)
    after = held(
        spec.merged_onto(KIND.decode(before, id_index()), before.read_at).restricted_to(spec.managed),
        before,
    )
    ids = [layer["id"] for layer in before.raw["schedule_layers"]]
    later = [layer["id"] for layer in after.raw["schedule_layers"]]
    assert later[len(later) - len(ids) :] == ids


@given(schedules)
def test_a_schedule_that_is_printed_reads_as_the_same(fields):
    spec = Schedule.model_validate(fields)
    printed = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Schedule.model_validate(printed) == spec


@given(schedules)
def test_what_is_live_prints_as_a_file_would_say_it(fields):
    decoded = KIND.decode(held(Schedule.model_validate(fields), None), id_index())
    printed = decoded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    spec = Schedule.model_validate({"layers": [], **printed})
    assert spec.merged_onto(decoded, datetime.now(UTC)) == decoded
