"""Cache variables of orchestrations and services: written, read back, left alone and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pdslack_cli.kinds.pagerduty.orchestration.cache_variables import (
    CachedValue,
    decode_variable,
    encode_variable,
)
from tests.kinds.pagerduty.account import file, service
from tests.kinds.strategies_services import conditions, paths, patterns

API = "services: {api: {escalation_policy: first}}"


def of_routing(variables: str | None):
    field = "" if variables is None else f", cache_variables: {{{variables}}}"
    return file(f"routing: {{production: {{description: x{field}}}}}", API)


def of_service(variables: str | None):
    return service(*(() if variables is None else (f"cache_variables: {{{variables}}}",)))


BOTH = pytest.mark.parametrize(
    ("stack", "parent"),
    [
        pytest.param(of_service, lambda account: account.service_path("api"), id="service"),
        pytest.param(
            of_routing,
            lambda account: f"/event_orchestrations/{account.orchestration('production')['id']}",
            id="orchestration",
        ),
    ],
)

without_thresholds = conditions.filter(lambda text: "trigger_count" not in text)
variables = st.one_of(
    st.fixed_dictionaries({"recent": paths}, optional={"regex": patterns, "if": without_thresholds}),
    st.fixed_dictionaries(
        {"count": st.sampled_from(["1s", "10m", "1d"])}, optional={"if": without_thresholds}
    ),
    st.fixed_dictionaries(
        {"external": st.sampled_from(["string", "number", "boolean"]), "keep": st.just("8h")},
        optional={"disabled": st.booleans()},
    ),
)


@given(variables)
def test_a_written_variable_reads_back_as_the_file_says(wanted):
    value = CachedValue.model_validate(wanted)
    assert decode_variable({"id": "1", **encode_variable("n", value)}) == value


def held(account, parent) -> dict[str, dict]:
    path = f"{parent(account)}/cache_variables"
    return {raw["name"]: raw for raw in account.pagerduty.list(path, "cache_variables", paged=False)}


@pytest.mark.slow_after(1)
@BOTH
def test_variables_are_made_changed_in_place_and_deleted(account, stack, parent):
    account.made(stack("host: {recent: event.source}, often: {count: 10m}"))
    before = held(account, parent)

    account.made(
        stack("host: {recent: event.group, if: event.group exists}, on: {external: boolean, keep: 1h}")
    )

    after = held(account, parent)
    assert after.keys() == {"host", "on"}
    assert after["host"]["id"] == before["host"]["id"]
    assert after["host"]["configuration"] == {
        "type": "recent_value",
        "source": "event.group",
        "regex": "(.*)",
    }


@BOTH
def test_variables_of_others_are_not_replaced_unasked(account, stack, parent):
    account.made(stack(None))
    body = {"name": "theirs", "configuration": {"type": "trigger_event_count", "ttl_seconds": 60}}
    account.pagerduty.create(f"{parent(account)}/cache_variables", {"cache_variable": body})
    (problem,) = account.problems(stack("ours: {count: 1m}"))
    assert "PagerDuty holds theirs, and the file contains none of them" in problem
    account.made(stack("ours: {count: 1m}"), adopt=True)
    assert held(account, parent).keys() == {"ours"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "needs one of `recent`, `count` and `external`"),
        ({"recent": "event.source", "count": "1m"}, "needs one of"),
        ({"count": "1m", "regex": "x"}, "`regex` goes with `recent`"),
        ({"external": "string"}, "`external` needs `keep`"),
        ({"external": "string", "keep": "1h", "if": "event.class exists"}, "has no conditions"),
        ({"count": "2d"}, "out of range"),
        ({"count": "1m", "if": "trigger_count over 1 minute > 2"}, "cannot use thresholds"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        CachedValue.model_validate(wrong)
