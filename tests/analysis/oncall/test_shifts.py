"""Who is on call when: our calculation against the sandbox's, which is written apart from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.analysis.oncall.shifts import OnCallSpan, on_call_spans
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.schedule.schedule import Schedule, Schedules
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.conftest import examples
from tests.kinds.strategies import FUTURE, PAST, windows
from tests.support.factories import stack
from tests.support.runs import Runner

PEOPLE = ("ada", "bo", "cy")
HEAD = "owner: acme\npeople: {ada: ada@acme.example, bo: bo@acme.example, cy: cy@acme.example}\nteams: {}\n"
# Around the clock changes of the zones below, and where nothing changes.
MOMENTS = ("2027-03-13T20:15", "2027-03-27T18:00", "2027-10-30T12:00", "2027-11-06T09:30", "2027-06-01T00:00")

layers = st.fixed_dictionaries(
    {
        "start": st.sampled_from([*PAST, *FUTURE, "2027-03-20T02:30:00", "2027-11-01T09:00:00"]),
        "rotate": st.sampled_from(["12h", "1 week", "1d12h", "7h", "1d"]),
        "people": st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3),
    },
    optional={
        "only": st.lists(windows, max_size=3),
        "end": st.sampled_from(["2027-03-28T12:00:00", "2050-01-01T00:00:00"]),
        "handoff": st.sampled_from([*PAST, *FUTURE]),
    },
).filter(lambda layer: layer.get("end", "9") > layer["start"])
schedules = st.fixed_dictionaries(
    {
        "name": st.just("Primary"),
        "time_zone": st.sampled_from(
            ["Europe/Berlin", "America/New_York", "Etc/UTC", "Australia/Lord_Howe", "Asia/Kolkata"]
        ),
        "layers": st.lists(layers, min_size=1, max_size=4),
    }
)
moments = st.sampled_from(MOMENTS).map(lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC))
overrides = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90), st.sampled_from(PEOPLE)), max_size=3)


@pytest.fixture(scope="module")
def account():
    """A sandbox with three people: its client, and the ids of the people."""
    with Sandbox() as sandbox:
        runner, wanted = Runner(sandbox), stack(HEAD)
        runner.seed(wanted)
        client = runner.clients(wanted).pagerduty
        ids = {user["email"].partition("@")[0]: user["id"] for user in client.list("/users", "users")}
        yield client, IdIndex({Ref("person", name): id_ for name, id_ in ids.items()})


@pytest.mark.slow
@examples(60)
@given(schedules, moments, st.integers(1, 400), overrides)
def test_we_and_the_sandbox_agree_who_is_on_call(account, written, since, hours, given_overrides):
    client, known = account
    until = since + timedelta(hours=hours)
    body = Schedules().encode(Schedule.model_validate(written), known, None)
    made = client.create("/schedules", {"schedule": {**body, "type": "schedule"}})["schedule"]
    ours = []
    for start, length, person in given_overrides:
        starts = since + timedelta(hours=start)
        ours.append(OnCallSpan(starts, starts + timedelta(hours=length), Ref("person", person)))
        client.create_each(f"/schedules/{made['id']}/overrides", "overrides", [_override(ours[-1], known)])

    shown = client.get(f"/schedules/{made['id']}", since=since.isoformat(), until=until.isoformat())[
        "schedule"
    ]

    live = Schedules().decode(Schedules().live(shown), known)
    expected = [
        OnCallSpan(
            datetime.fromisoformat(entry["start"]).astimezone(UTC),
            datetime.fromisoformat(entry["end"]).astimezone(UTC),
            known.ref("person", entry["user"]["id"]),
        )
        for entry in shown["final_schedule"]["rendered_schedule_entries"]
    ]
    assert on_call_spans(live, since, until, ours) == expected


def _override(span: OnCallSpan, known: IdIndex) -> dict:
    user = {"id": known.id(span.person), "type": "user_reference"}
    return {
        "start": f"{span.start:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{span.end:%Y-%m-%dT%H:%M:%SZ}",
        "user": user,
    }
