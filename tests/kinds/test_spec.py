"""Specs that are built without validation, from vendor data or from other specs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.base.spec import Resource, Spec
from tests.support.factories import stack


def models(of: type[Spec] = Spec) -> Iterator[type[Spec]]:
    for model in of.__subclasses__():
        yield model
        yield from models(model)


def test_every_kind_has_a_model_here():
    assert {kind.spec for kind in MANAGED_NAMED.values()} <= set(models())


@pytest.mark.parametrize("model", sorted(set(models()), key=lambda model: model.__qualname__))
def test_fields_are_in_the_order_in_which_the_model_declares_them(model):
    values = dict.fromkeys(reversed(model.model_fields), "x")

    assert list(model.built(values).__dict__) == list(model.model_fields)


@pytest.mark.parametrize("model", sorted(set(models()), key=lambda model: model.__qualname__))
def test_required_field_that_is_not_given_is_not_set(model):
    required = {name for name, field in model.model_fields.items() if field.is_required()}

    built = model.built({})

    assert built.model_fields_set == set()
    assert built.__dict__.keys() == model.model_fields.keys() - required


def test_values_of_a_file_are_in_the_order_of_the_model_too():
    loaded = stack("""
        owner: acme
        people: {maya: maya@acme.example}
        escalation_policies: {p: {levels: [{notify: [person/maya], escalate_after: 5m}]}}
        services: {s: {urgency: high, escalation_policy: p, name: S}}
    """)

    for entry in loaded.wanted.values():
        spec = entry.spec
        assert isinstance(spec, Resource)
        declared = list(type(spec).model_fields)
        assert sorted(spec.__dict__, key=declared.index) == list(spec.__dict__)
