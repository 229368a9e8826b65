"""Automation actions: what is written reads back, scripts come from files, rules and services name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.load import load
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.pagerduty.automation.action import AutomationAction, AutomationActions
from pdslack_cli.model import Ref
from tests.kinds.pagerduty.account import file
from tests.kinds.strategies import id_index, names, texts

KIND = AutomationActions()
_switches = {name: st.booleans() for name in ("all_services", "manual", "from_rules", "unresolved_only")}
_common = {
    **_switches,
    "description": texts,
    "classification": st.sampled_from(["diagnostic", "remediation", None]),
}
_jobs = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b"])}, optional={"arguments": st.just("-x"), "nodes": st.just("tags: web")}
)
scripts = st.fixed_dictionaries(
    {"name": names, "script": st.sampled_from(["true", "#!/bin/sh\nls\n"])},
    optional=_common | {"command": st.sampled_from(["", "/bin/sh"])},
)
jobs = st.fixed_dictionaries({"name": names, "job": _jobs}, optional=_common)
automation_actions = scripts


def held(spec: AutomationAction, before):
    """The action as PagerDuty shows it afterwards."""
    blank = {
        "id": "01A",
        "description": None,
        "map_to_all_services": False,
        "allow_invocation_manually": True,
        "allow_invocation_from_event_orchestration": True,
        "only_invocable_on_unresolved_incidents": False,
    }
    return KIND.live({**(before.raw if before else blank), **KIND.encode(spec, id_index(), before)})


@given(st.sampled_from([scripts, jobs]).flatmap(lambda same: st.tuples(same, same)))
def test_a_written_action_reads_back_as_the_file_says(pair):
    there, wanted = map(AutomationAction.model_validate, pair)
    before = held(there, None)
    after, known = held(wanted, before), id_index()
    assert KIND.decode(after, known) == wanted.merged_onto(KIND.decode(before, known), before.read_at)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({}, "expected `script` or `job`, got neither", id="nothing"),
        pytest.param({"script": "ls", "job": {"id": "x"}}, "got both", id="both"),
        pytest.param({"job": {"id": "x"}, "command": "sh"}, "a job has no `command`", id="command of a job"),
        pytest.param({"script": " \n"}, "the script is empty", id="empty"),
    ],
)
def test_an_action_that_cannot_be_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        AutomationAction.model_validate(fields)


def written(tmp_path, content: bytes | None, name: str = "bin/restart.sh"):
    if content is not None:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/restart.sh").write_bytes(content)
    stack = tmp_path / "pdslack.yaml"
    stack.write_text(f"owner: payments\nautomation_actions: {{mend: {{script: {{file: {name}}}}}}}\n")
    return stack


def test_a_script_may_stand_in_a_file_beside_the_stack(tmp_path, account):
    stack = load([written(tmp_path, b"#!/bin/sh\necho ${HOME}\n")], {})
    assert stack.entries[Ref("automation_action", "mend")].spec.script == "#!/bin/sh\necho ${HOME}"
    account.made(stack)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "there is no file", id="no file"),
        pytest.param(b"\xff", "not UTF-8", id="not text"),
        pytest.param(b"", "the script is empty", id="empty"),
        pytest.param(
            b"curl -H 'Authorization: Token token=u+abcdefghij1234567890'", "looks like", id="token"
        ),
    ],
)
def test_a_file_that_is_no_script_is_a_problem_of_its_line(tmp_path, content, message):
    with pytest.raises(ConfigError) as caught:
        load([written(tmp_path, content)], {})
    assert [problem for problem in caught.value.problems if message in problem.message]
    assert len(caught.value.problems) == 1


ACTION = "automation_actions: {mend: {name: Mend it, script: mend}}"
RULE = "services: {api: {escalation_policy: first, automation_actions: [mend], rules: [{then: {run: mend}}]}}"


def actions(account):
    return {raw["name"]: raw for raw in account.pagerduty.list("/automation_actions/actions", "actions")}


@pytest.mark.slow
def test_a_rule_and_a_service_name_an_action_of_the_file_by_its_key(account):
    account.made(file(ACTION, RULE))
    (raw,) = actions(account).values()
    assert [each["id"] for each in raw["services"]] == [account.service("api")["id"]]
    account.made(
        file(
            "automation_actions: {}",
            "services: {api: {escalation_policy: first, automation_actions: [], rules: []}}",
        ),
        delete=True,
    )
    assert actions(account) == {}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("first", ["false", "true"])
def test_an_action_of_all_services_is_no_link_of_one_that_names_it(account, first):
    """Whatever it was before, and when it is none of all again."""
    for everywhere in (first, "true", "false"):
        wanted = file(ACTION.replace("script:", f"all_services: {everywhere}, script:"), RULE)
        told = "every service offers automation_action/mend, which has `all_services`"
        assert (told in [problem.message for problem in lint_stack(wanted)]) == (everywhere == "true")
        account.made(wanted)


def test_a_name_that_is_no_key_is_looked_up_and_deletes_nothing(account):
    account.sandbox.seed({"automation_actions": ["Restart"]})
    account.made(file(ACTION))
    rest = file("services: {api: {escalation_policy: first, rules: [{then: {run: restart}}]}}")
    account.made(rest)
    assert actions(account).keys() == {"Restart", "Mend it"}


def test_a_script_does_not_become_a_job(account):
    account.made(file(ACTION))
    (problem,) = account.problems(file("automation_actions: {mend: {name: Mend it, job: {id: x}}}"))
    assert "its type cannot change from script to process_automation" in problem
