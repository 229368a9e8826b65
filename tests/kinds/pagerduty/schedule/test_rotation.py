"""A rotation keeps its position when people join or leave, and the same file then finds nothing to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pdslack_cli.kinds.pagerduty.schedule.rotation import Rotation, continued_rotation, rounds_before
from pdslack_cli.model import Ref
from tests.kinds.pagerduty.account import file

PEOPLE = tuple(Ref("person", name) for name in "abcdef")
START = datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))

lists = st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True).map(tuple)
turns = st.sampled_from([timedelta(hours=12), timedelta(days=1), timedelta(weeks=1)])
moments = st.integers(1, 60_000).map(lambda hours: datetime(2026, 1, 6, tzinfo=UTC) + timedelta(hours=hours))


@given(lists, lists, lists, turns, moments, moments)
def test_who_is_on_call_stays_through_one_change_after_another(first, second, third, turn, now, later):
    live = Rotation(first, START, turn)
    for people, at in ((second, now), (third, later)):
        written = Rotation(people, START, turn)
        after = continued_rotation(written, live, at)
        if live.on_call(at) in people and set(people) != set(live.people):
            assert after.on_call(at) == live.on_call(at)
        # The next plan knows that this is what the file says.
        assert after == written or written.moved(rounds_before(written, after)) == after
        live = after


@given(lists, turns, moments)
def test_the_next_one_follows_who_leaves(people, turn, now):
    assume(len(people) > 1)
    live = Rotation(people, START, turn)
    place = live.position(now)
    others = tuple(one for one in people if one != people[place])
    after = continued_rotation(Rotation(others, START, turn), live, now)
    assert after.on_call(now) == people[(place + 1) % len(people)]


@given(lists, st.integers(0, 5), turns, moments)
def test_who_takes_the_place_of_another_takes_their_turns(people, moved, turn, now):
    newcomer = Ref("person", "z")
    live = Rotation(people, START, turn)
    live = live.moved(moved) if moved % len(people) else live
    written = Rotation((newcomer, *people[1:]), START, turn)
    after = continued_rotation(written, live, now)
    for later in range(0, 90, 7):
        was, will = (one.on_call(now + timedelta(days=later)) for one in (live, after))
        assert will == (newcomer if was == people[0] else was)
    assert after == written or written.moved(rounds_before(written, after)) == after


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(Rotation(PEOPLE[:2], START + timedelta(weeks=1), timedelta(weeks=1)), id="start"),
        pytest.param(Rotation((PEOPLE[1], PEOPLE[0]), START, timedelta(weeks=1)), id="order"),
        pytest.param(Rotation(PEOPLE[:2], START, timedelta(days=1)), id="turn"),
    ],
)
def test_another_start_order_or_turn_is_as_written(written):
    live, now = Rotation(PEOPLE[:2], START, timedelta(weeks=1)), datetime(2026, 5, 1, tzinfo=UTC)
    assert continued_rotation(written, live, now) == written
    for rounds in range(1, 4):
        assert rounds_before(written, live.moved(rounds)) in (0, rounds)
        assert written.moved(rounds_before(written, live.moved(rounds))) != live.moved(rounds)


KNOWN = "people: {ann: ann@acme.example, bo: bo@acme.example, cy: cy@acme.example, di: di@acme.example}\n"


def schedule(people: str, start: str = "2026-01-05T09:00:00"):
    layer = f"{{name: Weekly, start: {start}, rotate: 1 week, people: {people}}}"
    return file(KNOWN, f"schedules: {{primary: {{time_zone: Europe/Berlin, layers: [{layer}]}}}}")


@pytest.mark.slow
def test_the_person_on_call_stays_in_the_account(account):
    account.seed(schedule("[ann, bo, cy, di]"))
    account.made(schedule("[ann, bo, cy]"))
    (layer,) = account.plan(schedule("[cy, bo]")).changes[0].before.layers
    was = layer.rotation.on_call(datetime.now(UTC))
    joined = schedule("[di, ann, bo, cy]")
    account.seed(joined)

    (change,) = account.plan(joined).changes

    assert change.after.layers[0].rotation.on_call(datetime.now(UTC)) == was
    (warning,) = change.warnings
    assert warning.startswith(f"people join or leave layer 'Weekly', and {was.key} stays on call: ")
    account.made(joined)
    assert account.plan(joined).changes == ()
    assert account.plan(schedule("[di, ann, bo, cy]", "2026-01-12T09:00:00")).changes != ()
    assert account.plan(schedule("[ann, bo, cy, di]")).changes != ()


@pytest.mark.slow
def test_a_layer_that_must_be_made_anew_keeps_its_position(account):
    account.seed(schedule("[di, ann, bo, cy]"))
    account.made(schedule("[ann, bo, cy]"))
    weekly = "{name: Weekly, start: 2026-01-05T09:00:00, rotate: 1 week, people: [di, ann, bo, cy]}"
    first = "{name: First, start: 2026-01-05T09:00:00, rotate: 1 week, people: [ann]}"
    wanted = file(KNOWN, f"schedules: {{primary: {{time_zone: Europe/Berlin, layers: [{first}, {weekly}]}}}}")

    (change,) = account.plan(wanted).changes

    now = datetime.now(UTC)
    assert change.after.layers[1].rotation.on_call(now) == change.before.layers[0].rotation.on_call(now)
    account.made(wanted)
