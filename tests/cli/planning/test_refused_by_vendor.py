"""What a vendor refuses in an apply: the place in the files, and advice that helps."""

from __future__ import annotations

import pytest

ACTION = "pagerduty.com:incident-workflows:send-status-update:1"
WORKFLOW = f"""\
owner: acme
workflows:
  w:
    steps: [{{name: U, action: '{ACTION}', inputs: {{Message: Down}}}}]
"""


@pytest.mark.parametrize(
    ("needed", "place"),
    [pytest.param("Steps", "4:5", id="names a field"), pytest.param("Audience", "3:3", id="names none")],
)
def test_a_refusal_has_its_place_and_running_again_is_not_advised(accounts, needed, place):
    # An input that is hidden and has no default: nothing but the refusal itself tells that it is needed.
    (action,) = accounts.sandbox.store.find("pagerduty.workflow_action", id=ACTION)
    hidden = {**action["inputs"][0], "name": needed, "is_hidden": True}
    changed = {**action, "inputs": [*action["inputs"], hidden]}
    accounts.sandbox.store.replace("pagerduty.workflow_action", ACTION, changed)
    accounts.cli.write(WORKFLOW)

    err = accounts.cli("apply", "--yes", code=1).err

    assert f"Error: pdslack.yaml:{place}: workflow/w: " in err
    assert err.endswith("Settle what the errors name, then run `pdslack apply`: it does what is left.\n")

    line, column = place.split(":")
    log = accounts.cli("apply", "--yes", "--format", "github", code=1).out
    assert f"::error file=pdslack.yaml,line={line},col={column},title=workflow/w::" in log
