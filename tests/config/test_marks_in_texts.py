"""No text of a file may hold what looks like a mark: every field of every kind."""

from __future__ import annotations

import pytest
import yaml

from pdslack_cli.errors import ConfigError
from tests.config.plain import dump
from tests.kinds.examples import EXAMPLES, WORLD
from tests.kinds.laws.test_every_kind import MANAGED
from tests.support.factories import stack

MARK = "[pdslack:others/theirs:2kd7]"
FIELDS = [
    pytest.param(kind, name, id=f"{kind.name}.{name}")
    for kind in MANAGED
    for name in kind.spec.model_fields
    if name in {"name", "description", "topic", "purpose"}
]


def problems_of(section: str, entry: object) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        stack(dump({**WORLD, section: {**WORLD.get(section, {}), "one": entry}}))
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.slow_after(2)
@pytest.mark.parametrize(("kind", "name"), FIELDS)
@pytest.mark.parametrize("text", [f"Words {MARK}", f"{MARK} words"])
def test_text_with_a_mark_is_refused_at_its_place(kind, name, text):
    found = problems_of(kind.section, {**yaml.safe_load(EXAMPLES[kind.name].entry), name: text})

    # Some vendors' names allow no such characters anyway, and that is said instead.
    assert name == "name" or any("must not contain '[pdslack:'" in problem for problem in found), found


@pytest.mark.parametrize("kind", MANAGED, ids=lambda kind: kind.name)
def test_only_what_can_bear_a_mark_can_be_protected(kind):
    entry = {**yaml.safe_load(EXAMPLES[kind.name].entry), "protect": True}
    if kind.marked:
        stack(dump({**WORLD, kind.section: {**WORLD.get(kind.section, {}), "one": entry}}))
    else:
        (problem,) = problems_of(kind.section, entry)
        assert "cannot be protected" in problem


@pytest.mark.parametrize(
    ("section", "entry"),
    [
        pytest.param(
            "services",
            {"escalation_policy": "first", "runbook": f"https://wiki.acme.example/{MARK}"},
            id="a runbook, which stands in the description",
        ),
        pytest.param(
            "services",
            {"escalation_policy": "first", "rules": [{"then": {"note": f"see {MARK}"}}]},
            id="deep inside",
        ),
        pytest.param("channels", {"bookmarks": {MARK: "https://acme.example"}}, id="a key"),
        pytest.param("channels", {"purpose": "[pds\ufe0flack:others/theirs:2kd7]"}, id="once it is read"),
    ],
)
def test_mark_anywhere_is_refused(section, entry):
    assert any("[pdslack:" in problem for problem in problems_of(section, entry))


def test_what_is_only_looked_up_may_be_called_so():
    stack(f"owner: acme\nteams: {{odd: {{lookup: true, name: '{MARK}'}}}}")
