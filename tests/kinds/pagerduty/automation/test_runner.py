"""Automation runners: what is written reads back, and secrets are shown nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.marking import plan_rotate
from pdslack_cli.kinds.pagerduty.automation.runner import AutomationRunner, AutomationRunners
from pdslack_cli.model import Ref
from pdslack_cli.render.plan.wording import change_lines
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import file
from tests.kinds.strategies import TEAMS, few, id_index, names, texts

KIND = AutomationRunners()
WEST = Ref("automation_runner", "west")

_common = {"description": texts, "teams": few(TEAMS)}
_host = st.sampled_from(["acme", "acme-2"])
sidecars = st.fixed_dictionaries({"name": names}, optional=_common)
runbooks = st.fixed_dictionaries(
    {"name": names, "type": st.just("runbook"), "host": _host},
    optional=_common | {"api_key": st.sampled_from(["hush", "hush-hush"])},
)
automation_runners = sidecars


def held(spec: AutomationRunner, before):
    """The runner as PagerDuty shows it afterwards: without its key."""
    blank = {"id": "01R", "description": None, "teams": []}
    raw = {**(before.raw if before else blank), **KIND.encode(spec, id_index(), before)}
    raw.pop("runbook_api_key", None)
    if "teams" in spec.model_fields_set:
        raw["teams"] = [{"id": id_index().id(team)} for team in spec.teams]
    return KIND.live(raw)


@given(st.sampled_from([sidecars, runbooks]).flatmap(lambda same: st.tuples(same, same)))
def test_a_written_runner_reads_back_as_the_file_says(pair):
    there, wanted = map(AutomationRunner.model_validate, pair)
    before = held(there, None)
    after = held(wanted, before)
    known = id_index()
    assert KIND.decode(after, known) == wanted.merged_onto(KIND.decode(before, known), before.read_at)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"host": "acme"}, "a sidecar has no `host`", id="host of a sidecar"),
        pytest.param({"api_key": "x"}, "a sidecar has no `api_key`", id="key of a sidecar"),
        pytest.param({"type": "runbook"}, "needs its `host`", id="no host"),
        pytest.param(
            {"type": "runbook", "host": "https://acme.runbook.pagerduty.cloud"}, "not a valid host", id="url"
        ),
    ],
)
def test_a_runner_that_cannot_be_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        AutomationRunner.model_validate(fields)


def sidecar(*fields: str):
    return file(f"automation_runners: {{west: {{{', '.join(('description: West', *fields))}}}}}")


def runbook(key: str, description: str = "Cloud"):
    fields = f"type: runbook, host: acme, description: {description}" + (f", api_key: {key}" if key else "")
    return file(f"automation_runners: {{west: {{{fields}}}}}")


def rotation(account, wanted):
    return plan_rotate(wanted, account.read(wanted, account.clients(wanted)), [str(WEST)])


def stored(account):
    (document,) = account.sandbox.store.all("pagerduty.runner")
    return document


def test_the_secret_of_a_sidecar_goes_to_the_store_and_rotate_makes_another_one(account):
    account.made(sidecar())
    old = stored(account)["_secret"]
    assert account.secrets.kept == {(WEST, "secret"): old}
    plan = rotation(account, sidecar())
    assert [change.action for change in plan.changes] == [Action.REPLACE]
    assert account.carry_out(plan, sidecar()).complete
    assert account.secrets.kept == {(WEST, "secret"): stored(account)["_secret"]}
    assert stored(account)["_secret"] != old


def test_a_lost_secret_is_replaced_by_the_next_apply(account):
    account.sandbox.faults.add(Fault("lost", method="POST", path="/automation_actions/runners"))
    (result,) = account.apply(sidecar()).results
    assert str(result.error).startswith("its secret was in an answer that got lost")
    account.made(sidecar())
    assert account.secrets.kept == {(WEST, "secret"): stored(account)["_secret"]}


def test_a_runner_that_actions_use_is_not_replaced(account):
    account.made(sidecar())
    action = {
        "name": "Restart",
        "description": "x",
        "action_type": "script",
        "action_data_reference": {"script": "true"},
        "runner": stored(account)["id"],
    }
    account.pagerduty.create("/automation_actions/actions", {"action": action})
    (problem,) = account.problems(file("automation_runners: {west: {type: runbook, host: acme, api_key: x}}"))
    assert "the actions of the old one would stay with it" in problem


def test_a_key_is_sent_once_never_shown_and_sent_again_by_rotate(account):
    (change,) = account.plan(runbook("hush-hush")).changes
    assert "hush-hush" not in "\n".join(line.text for line in change_lines(change))
    account.made(runbook("hush-hush"))
    assert account.secrets.kept == {}
    account.made(runbook("hush-hush-2", description="Changed"))
    assert stored(account)["runbook_api_key"] == "hush-hush"
    wanted = runbook("hush-hush-2", description="Changed")
    plan = rotation(account, wanted)
    (change,) = plan.changes
    assert change.action is Action.UPDATE
    lines = [line.text for line in change_lines(change)]
    assert any("api_key" in line and "(sensitive value)" in line for line in lines)
    assert account.carry_out(plan, wanted).complete
    assert stored(account)["runbook_api_key"] == "hush-hush-2"


def test_a_new_runner_of_runbook_automation_needs_its_key():
    spec = AutomationRunner.model_validate({"type": "runbook", "host": "acme"})
    (doubt,) = KIND.unfit(None, spec, {})
    assert "needs its `api_key`" in doubt.message
    assert [*KIND.unfit(spec, spec, {})] == []
