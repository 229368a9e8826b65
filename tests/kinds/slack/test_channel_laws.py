"""What is written to Slack reads back as the file says it, whatever it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.mark import join_mark
from pdslack_cli.kinds.slack.channel import Channels
from pdslack_cli.kinds.slack.channel_spec import Channel
from pdslack_cli.model import OwnershipMark
from tests.kinds.strategies_slack import PEOPLE, channel_in_slack, channels, id_index, texts

KIND = Channels()
MARK = OwnershipMark("payments", "incidents")
PLAIN_FIELDS = {"name", "topic", "purpose", "private"}


@given(channels, channels)
def test_a_written_channel_reads_back_as_the_file_says(there, wanted):
    names = id_index()
    before = KIND.live(_raw(Channel.model_validate(there)), "U0BOT")
    spec = Channel.model_validate(wanted)

    written = {**before.raw, **KIND.encode(spec, names, before)}
    written["purpose"] = join_mark(written["purpose"], MARK)
    after = KIND.live(channel_in_slack(**written), "U0BOT")

    assert after.owned == MARK
    old, new = KIND.decode(before, names), KIND.decode(after, names)
    for field in PLAIN_FIELDS:
        expected = spec if field in spec.model_fields_set else old
        assert getattr(new, field) == getattr(expected, field), field


@given(texts)
def test_a_text_that_slack_gives_back_and_gets_again_does_not_change(text):
    once = KIND.decode(KIND.live(channel_in_slack(name="a", topic=text), "U0BOT"), id_index())
    again = KIND.decode(KIND.live(channel_in_slack(name="a", topic=once.topic), "U0BOT"), id_index())
    assert once == again


@given(channels)
def test_a_channel_that_is_printed_reads_as_the_same(fields):
    spec = Channel.model_validate(fields)
    assert Channel.model_validate(spec.model_dump(mode="json", by_alias=True, exclude_unset=True)) == spec


@given(st.sets(st.sampled_from(PEOPLE)), st.lists(st.sampled_from(PEOPLE)), st.booleans())
def test_members_are_added_and_only_an_exact_channel_loses_some(there, wanted, exact):
    names = id_index()
    live = KIND.live(channel_in_slack(name="a"), "U0BOT")
    live = replace(live, parts={"members": [f"U0{key}" for key in there] + ["U0BOT", "U0STRANGER"]})
    spec = Channel.model_validate({"members": wanted, "exact": exact})
    after = spec.merged_onto(KIND.decode(live, names), datetime.now(UTC))
    assert {ref.key for ref in after.members} == set(wanted) | (set() if exact else there)


def _raw(spec: Channel):
    return channel_in_slack(**KIND.encode(spec, id_index(), None))
