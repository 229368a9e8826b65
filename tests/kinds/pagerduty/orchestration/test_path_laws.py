"""Rules and path documents are two spellings of one thing, and rules keep their identity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.pagerduty.orchestration.paths import change_path, decode_path, encode_path
from tests.conftest import examples
from tests.kinds.strategies_services import EMPTY_PATH, id_index, kept_path, read_rules, rule_lists

PATHS = ["global", "service", "unrouted"]


def ids_in(document) -> list[str]:
    return [rule["id"] for each in document["sets"] for rule in each["rules"] if "id" in rule]


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
@examples(40)  # of each path
@given(data=st.data())
def test_written_rules_read_back_whatever_was_there(path, data):
    there, wanted = (read_rules(path, data.draw(rule_lists(path))) for _ in range(2))
    before = kept_path(path, encode_path(there, id_index(), EMPTY_PATH))
    after = kept_path(path, change_path(wanted, id_index(), before, path))
    assert decode_path(after, id_index(), path) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
@examples(40)  # of each path
@given(data=st.data())
def test_no_two_rules_continue_one(path, data):
    there, wanted = (read_rules(path, data.draw(rule_lists(path))) for _ in range(2))
    before = kept_path(path, encode_path(there, id_index(), EMPTY_PATH))
    sent = ids_in(change_path(wanted, id_index(), before, path))
    assert len(sent) == len(set(sent))
    assert set(sent) <= set(ids_in(before))


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
@examples(40)  # of each path
@given(data=st.data())
def test_rules_that_are_written_again_change_nothing(path, data):
    rules = read_rules(path, data.draw(rule_lists(path)))
    before = kept_path(path, encode_path(rules, id_index(), EMPTY_PATH))
    again = change_path(rules, id_index(), before, path)
    assert ids_in(again) == ids_in(before)
    assert kept_path(path, again)["sets"] == before["sets"]


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
@examples(40)  # of each path
@given(data=st.data())
def test_rules_keep_their_ids_wherever_they_move(path, data):
    rules = read_rules(path, data.draw(rule_lists(path)))
    labelled = [rule for rule in rules if rule.label]
    before = kept_path(path, encode_path(rules, id_index(), EMPTY_PATH))
    turned = tuple(reversed(labelled))
    after = change_path(turned, id_index(), before, path)
    known = {rule["label"]: rule["id"] for rule in before["sets"][0]["rules"]}
    assert [(rule["label"], rule["id"]) for rule in after["sets"][0]["rules"]] == [
        (rule.label, known[rule.label]) for rule in turned
    ]
