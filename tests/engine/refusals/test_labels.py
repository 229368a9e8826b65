"""Labels, which PagerDuty gives out once: the plan tells those that are taken, and lets them change hands."""

from __future__ import annotations

import pytest

from pdslack_cli.kinds import MANAGED, MANAGED_NAMED
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.engine.refusals.test_names import applied, messages, planned
from tests.support.runs import Runner

LABELLED = {"service_custom_field", "incident_custom_field", "incident_type"}

every_labelled_kind = pytest.mark.parametrize("name", sorted(LABELLED))


def test_table_has_every_kind_whose_labels_matter():
    assert {kind.name for kind in MANAGED if "label" in kind.namespaces} == LABELLED


def labels(name: str, **labels: str) -> str:
    """A file with entries of a kind, by key, of these labels."""
    entries = (f"  {key}: {{label: {label}}}\n" for key, label in labels.items())
    return f"owner: acme\n{MANAGED_NAMED[name].section}:\n{''.join(entries)}"


@pytest.fixture
def runner():
    with Sandbox() as sandbox:
        yield Runner(sandbox)


@pytest.mark.slow_after(1)
@every_labelled_kind
def test_labels_change_hands(runner, name):
    long = "L" * 50
    for a, b in (("One", long), (long, "One"), ("Two", long), ("b", "a")):
        applied(runner, labels(name, a=a, b=b))


@pytest.mark.slow_after(2)
@every_labelled_kind
def test_labels_that_are_taken_are_told(runner, name):
    applied(runner, labels(name, a="b"))
    by_key = labels(name, a="b") + "  b: {}\n"

    (taken,) = messages(planned(runner, by_key))
    (twice,) = messages(planned(runner, labels(name, a="same", c="SAME")))

    assert taken == f"{Ref(name, 'b')}: the label 'b' is taken by {Ref(name, 'a')}"
    assert twice.startswith(f"{Ref(name, 'c')}: the label 'SAME' is taken by {Ref(name, 'a')}, which gets it")
    assert planned(runner, labels(name, a="b")).changes == ()


@pytest.mark.slow
def test_fields_of_services_and_of_incidents_may_have_one_label(runner):
    both = "".join(f"{MANAGED_NAMED[name].section}: {{a: {{label: Tier}}}}\n" for name in sorted(LABELLED))
    applied(runner, "owner: acme\n" + both)
