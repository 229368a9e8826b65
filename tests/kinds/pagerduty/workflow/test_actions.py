"""Inputs of steps: warnings by the catalogue that is shipped, errors by that of the account."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.kinds.pagerduty.workflow.actions import actions_of
from pdslack_cli.kinds.pagerduty.workflow.known_actions import shipped_actions
from pdslack_cli.model import Live, Name, Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.support.factories import stack
from tests.support.runs import Runner

TELL = "pagerduty.com:incident-workflows:send-status-update:1"
LOOP = "pagerduty.com:logic:incident-workflows-loop-until:3"


def workflow(action: str, inputs: str):
    return stack(
        f"owner: acme\nworkflows: {{w: {{steps: [{{name: U, action: '{action}', inputs: {inputs}}}]}}}}"
    )


def warned(action: str, inputs: str) -> list[tuple[str, str, int]]:
    return [
        (problem.message, problem.hint, problem.location.column)
        for problem in lint_stack(workflow(action, inputs))
    ]


def refused(text_of_stack, runner: Runner):
    return runner.judged(text_of_stack).problems


MISTAKES = [
    pytest.param(
        TELL, "{Mesage: Down}", [("has no input 'Mesage'", "did you mean 'Message'?")], id="misspelt"
    ),
    pytest.param(TELL, "{message: Down}", [("has no input 'message'", "did you mean 'Message'?")], id="case"),
    pytest.param(TELL, "{}", [("needs the input 'Message'", "add it to `inputs` of step 'U'")], id="missing"),
    pytest.param(
        TELL,
        "{Message: Down, Colour: red}",
        [("has no input 'Colour'", "it takes no other input")],
        id="unknown",
    ),
    pytest.param(
        LOOP,
        f"{{Condition: x, Steps: [{{name: Inner, action: '{TELL}', inputs: {{Mesage: Down}}}}]}}",
        [("has no input 'Mesage'", "did you mean 'Message'?")],
        id="in a loop",
    ),
    pytest.param(
        LOOP,
        "{Condition: x, Actions: null}",
        [
            (
                "has no text input 'Actions'",
                "it takes 'Delay between loops', 'Maximum loops'; without steps, `Actions: []`",
            )
        ],
        id="null for the steps of a loop",
    ),
]


@pytest.mark.parametrize(("action", "inputs", "expected"), MISTAKES)
def test_wrong_inputs_are_warnings_offline_and_errors_of_a_plan(action, inputs, expected):
    found = warned(action, inputs)
    assert [(message.partition(" ")[2].split("' ", 1)[1], hint) for message, hint, _ in found] == expected
    with Sandbox() as sandbox:
        problems = refused(workflow(action, inputs), Runner(sandbox))
    assert [problem.hint for problem in problems] == [hint for _, hint in expected]
    assert [problem.location.column for problem in problems] == [column for _, _, column in found]


def test_an_unknown_input_has_the_place_of_its_name():
    (found,) = warned(TELL, "{Mesage: Down}")
    written = f"workflows: {{w: {{steps: [{{name: U, action: '{TELL}', inputs: {{"
    assert found[2] == len(written) + 1


@pytest.mark.parametrize(
    ("action", "hint"),
    [
        pytest.param(TELL.replace("update", "updat"), f"did you mean '{TELL}'?", id="misspelt"),
        pytest.param(TELL.replace(":1", ":7"), "", id="another version"),
        pytest.param("acme.example:own:thing:1", "`pdslack list actions` shows", id="one of the account"),
    ],
)
def test_an_action_that_looks_misspelt_is_a_warning(action, hint):
    found = warned(action, "{Anything: x}")
    assert [words.startswith(hint) for _, words, _ in found] == [True] * bool(hint)


def test_the_account_decides_which_inputs_an_action_has():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        (action,) = sandbox.store.find("pagerduty.workflow_action", id=TELL)
        new = {**action["inputs"][0], "name": "Audience", "default_value": None, "is_required": True}
        sandbox.store.replace(
            "pagerduty.workflow_action", TELL, {**action, "inputs": [*action["inputs"], new]}
        )
        assert refused(workflow(TELL, "{Message: x, Audience: all}"), runner) == ()
        (problem,) = refused(workflow(TELL, "{Message: x}"), runner)
    assert "needs the input 'Audience'" in problem.message


def test_inputs_that_the_live_step_has_are_not_missing():
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.apply(workflow(TELL, "{Message: Down}"))
        assert refused(workflow(TELL, "{}"), runner) == ()


def test_an_input_with_a_default_or_that_is_hidden_is_not_asked_for():
    ref = Ref("workflow_action", Name("a:b:c:1"))
    raw = {
        "inputs": [{"name": "A", "is_required": True, "default_value": "x"}, {"name": "B", "is_hidden": True}]
    }
    inputs = actions_of({ref: Live("workflow_action", "a:b:c:1", "C", raw)})[ref]
    assert [about.required for about in inputs.values()] == [False, False]


def test_what_is_shipped_is_in_the_sandbox_too():
    """It is written from the same facts, though neither reads the other."""
    with Sandbox() as sandbox:
        listed = {action["id"]: action for action in sandbox.store.find("pagerduty.workflow_action")}
    for ref, inputs in shipped_actions().items():
        for entry in listed[str(ref.key)]["inputs"]:
            assert inputs[entry["name"]].required == (entry["is_required"] and entry["default_value"] is None)


@pytest.mark.parametrize(
    ("action", "hint"),
    [
        pytest.param(TELL.replace(":1", ":9"), f"did you mean '{TELL}'?", id="another version"),
        pytest.param(TELL.replace("update", "updat"), f"did you mean '{TELL}'?", id="misspelt"),
        pytest.param(
            "acme.example:own:thing:1", "`pdslack list actions` shows those of the account", id="unknown"
        ),
    ],
)
def test_an_action_that_the_account_lacks_has_a_hint(action, hint):
    written = workflow(action, "{Message: x}")
    with Sandbox() as sandbox:
        live = read_live(written, Runner(sandbox).clients(stack("owner: acme")))
        assert [problem.hint for problem in make_plan(written, live).problems] == [hint]
