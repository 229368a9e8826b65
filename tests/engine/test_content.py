"""Both sides of a change, as plans show them: a default that one side leaves out is no difference."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.load import load
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine import content
from pdslack_cli.engine.content import common_items, side_by_side
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.slack.parts.bookmarks import Bookmark
from pdslack_cli.model import Ref
from pdslack_cli.render.plan.difference import difference, leaves
from tests.conftest import examples
from tests.support.factories import stack

COMPLETE = Path(__file__).parents[2] / "examples" / "complete" / "pdslack.yaml"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def with_defaults(value: Any, *, written: bool) -> Any:
    """The same with every default in it written, or none, as nothing that is read has them."""
    if isinstance(value, Spec):
        fields = {name: getattr(value, name) for name in value.model_fields_set}
        defaults = {
            name: default
            for name, info in type(value).model_fields.items()
            if not info.is_required() and (default := info.get_default(call_default_factory=True)) is not None
        }
        # The emoji of a bookmark is no default: left out, it is that of the live one.
        if written and not isinstance(value, Bookmark):
            fields = {**defaults, **fields}
        else:
            fields = {
                name: inner
                for name, inner in fields.items()
                if name not in defaults or inner != defaults[name]
            }
        return value.built({name: with_defaults(inner, written=written) for name, inner in fields.items()})
    if type(value) is tuple:
        return tuple(with_defaults(inner, written=written) for inner in value)
    if type(value) is dict:
        return {name: with_defaults(inner, written=written) for name, inner in value.items()}
    return value


@pytest.fixture(scope="module")
def example() -> Stack:
    return load([COMPLETE], {})


@pytest.mark.parametrize("name", [*MANAGED_NAMED, "person"])
def test_a_default_that_one_side_leaves_out_is_no_difference(example, name):
    entries = [spec for ref, spec in example.specs.items() if ref.kind == name]
    assert entries, "the complete example has every kind"
    for spec in entries:
        full, brief = (with_defaults(spec, written=written) for written in (True, False))
        for sides in ((brief, full), (full, brief)):
            before, after = side_by_side(*sides, NOW, spec.object_fields().values())
            assert before == after


SHORT = """
owner: acme
slack: {{workspace: T0ACME}}
people: {{ada: ada@acme.example}}
escalation_policies: {{web: {{levels: [{{notify: [person/ada]}}]}}}}
services:
  shop: {{escalation_policy: web, rules: [{{label: A, then: {{{then}}}}}]}}
channels: {{incidents: {{bookmarks: {{Runbook: {bookmark}}}}}}}
"""


@pytest.mark.parametrize(
    ("ref", "short", "whole", "leaf"),
    [
        (
            Ref("channel", "incidents"),
            {"bookmark": "https://acme.example"},
            {"bookmark": "{url: https://acme.example, emoji: ':book:'}"},
            {"path": ["bookmarks", "Runbook", "emoji"], "before": "", "after": ":book:"},
        ),
        (
            Ref("service", "shop"),
            {"then": "variables: {host: event.source}"},
            {"then": "variables: {host: {from: event.source, regex: '^(a.*)'}}"},
            {
                "path": ["rules", 0, "then", "variables", "host", "regex"],
                "before": "(.*)",
                "after": "^(a.*)",
            },
        ),
        (
            Ref("service", "shop"),
            {"then": "run: Restart"},
            {"then": "run: {action: Restart, 'on': paused}"},
            {"path": ["rules", 0, "then", "run", "on"], "before": "triggered", "after": "paused"},
        ),
    ],
)
def test_a_text_that_becomes_a_mapping_differs_in_what_it_adds(ref, short, whole, leaf):
    """And only in that: a text stands for a mapping whose other fields are defaults."""
    texts = {"bookmark": "https://acme.example", "then": "severity: info"}
    before, after = (stack(SHORT.format(**{**texts, **said})).specs[ref] for said in (short, whole))
    for sides in ((before, after), (after, before)):
        content = side_by_side(*sides, NOW, after.object_fields().values())
        old, new = ("before", "after") if sides[0] is before else ("after", "before")
        assert list(leaves([difference((), "", *content)])) == [
            {"path": leaf["path"], "action": "change", "before": leaf[old], "after": leaf[new]}
        ]


words = st.lists(st.integers(0, 12), max_size=30)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("most", [0, 4, content.MOST_COMPARED])
@examples(200)
@given(before=words, after=words)
def test_common_items_are_equal_and_in_order_on_both_sides(most, before, after):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "MOST_COMPARED", most)
        pairs = sorted(common_items(before, after))
    assert [after[place] for place, _ in pairs] == [before[earlier] for _, earlier in pairs]
    for column in zip(*pairs, strict=True):
        assert [*column] == sorted({*column})
    if most > 4 and before == after:
        assert len(pairs) == len(after)
