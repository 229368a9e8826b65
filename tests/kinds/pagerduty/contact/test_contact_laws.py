"""What an entry says of a person, laid on what is there: settled in one step, and harming nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pdslack_cli.kinds import PEOPLE
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.contact.methods import ContactMethod, decoded, names
from pdslack_cli.kinds.people import Person
from pdslack_cli.model import Json, Live

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LABELS = ("Work", "Home", "Work (2)")
WIRE = {"push": "push_notification"}

addresses = st.sampled_from(["1", "2", "3"])
types = st.sampled_from(["phone", "sms", "email"])


def address(type_: str, name: str) -> str:
    return f"m{name}@acme.example" if type_ == "email" else f"+49 {name}"


def method(type_: str, name: str, label: str) -> Json:
    number = (
        {"address": name, "country_code": 49}
        if type_ in {"phone", "sms"}
        else {"address": address("email", name)}
    )
    return {"type": f"{WIRE.get(type_, type_)}_contact_method", "label": label, **number}


@st.composite
def people_there(draw: st.DrawFn) -> Live:
    """A person as PagerDuty has them: no address twice, and labels as people write them."""
    found = draw(
        st.lists(
            st.tuples(types | st.just("push"), addresses, st.sampled_from(LABELS)),
            max_size=5,
            unique_by=lambda one: one[:2],
        )
    )
    methods = [{**method(*one), "id": f"P{place}"} for place, one in enumerate(found)]
    pairs = st.tuples(st.sampled_from(methods), st.sampled_from(["high", "low"]), st.integers(0, 2))
    rules = (
        draw(st.lists(pairs, max_size=4, unique_by=lambda one: (one[0]["id"], *one[1:]))) if methods else []
    )
    parts = {
        "contact_methods": methods,
        "notification_rules": [
            {
                "contact_method": {"id": one["id"], "type": one["type"]},
                "urgency": urgency,
                "start_delay_in_minutes": delay,
            }
            for one, urgency, delay in rules
        ],
        "tags": [{"label": label} for label in draw(st.sets(st.sampled_from("abc")))],
    }
    return Live(
        "person", "PMAYA", "Maya", {"id": "PMAYA", "name": "Maya", "email": "m@acme.example"}, parts=parts
    )


@st.composite
def entries(draw: st.DrawFn) -> Person:
    """An entry that lists any of it."""
    named = draw(
        st.lists(
            st.tuples(types, addresses, st.none() | st.sampled_from(LABELS)),
            max_size=4,
            unique_by=(lambda one: one[:2], lambda one: (one[0], one[2] or one[1])),
        )
    )
    data: Json = {"email": "m@acme.example"}
    data["tags"] = draw(st.lists(st.sampled_from("cd")))
    data["exact"] = draw(st.booleans())
    usable, labels = types, st.sampled_from(["", *LABELS])
    if draw(st.booleans()):
        data["contact_methods"] = [
            {"type": type_, "address": address(type_, name), **({"label": label} if label else {})}
            for type_, name, label in named
        ]
        if data["exact"]:  # else the entry contradicts itself
            usable = st.sampled_from(["push", *(type_ for type_, *_ in named)])
            labels = st.just("")
    if draw(st.booleans()):
        rule = st.fixed_dictionaries(
            {"method": usable | st.just("push"), "label": labels},
            optional={"urgency": st.just("low"), "after": st.just("1m")},
        )
        data["notification_rules"] = draw(st.lists(rule, max_size=3))
    return Person.model_validate(data)


def written(spec: Person, before: Live) -> Live:
    """The person as PagerDuty would have them after an apply."""
    raws = {}
    for number, one in enumerate(spec.contact_methods):
        name = one.address.removeprefix("+49 ").removeprefix("m").removesuffix("@acme.example")
        raw = method(one.type, name, one.label) if one.type != "push" else push_of(before, one)
        raws[f"N{number}"] = {**raw, "id": f"N{number}"}
    keys = [
        (one.type, name) for one, name in zip(spec.contact_methods, names(spec.contact_methods), strict=True)
    ]
    ids = dict(zip(keys, raws, strict=True))
    rules = [
        {
            "contact_method": {
                "id": ids[rule.method, rule.label],
                "type": raws[ids[rule.method, rule.label]]["type"],
            },
            "urgency": rule.urgency,
            "start_delay_in_minutes": rule.after // 60,
        }
        for rule in spec.notification_rules
    ]
    tags = [{"label": label} for label in spec.tags]
    parts = {"contact_methods": [*raws.values()], "notification_rules": rules, "tags": tags}
    return replace(before, parts=parts)


def push_of(live: Live, wanted: ContactMethod) -> Json:
    there = zip(decoded(live.parts["contact_methods"]), live.parts["contact_methods"], strict=True)
    return next(raw for one, raw in there if one == wanted)


@pytest.mark.slow
@given(people_there(), entries())
def test_what_is_applied_needs_no_second_step(live, spec):
    after = spec.merged_onto(PEOPLE.decode(live, IdIndex()), NOW)
    obstacles = PEOPLE.obstacles(spec, live, spec.additions, IdIndex(), adopt=False)
    # Rules that the file does not name are not followed: they go, and are renamed, with their methods.
    followed = "notification_rules" in spec.additions or "contact_methods" not in spec.additions
    assume(followed and not [*obstacles])

    again = PEOPLE.decode(written(after, live), IdIndex())

    assert again == after.model_copy(update={"exact": False})
    assert spec.merged_onto(again, NOW) == after


@pytest.mark.slow
@given(people_there(), entries())
def test_what_an_entry_does_not_list_stays(live, spec):
    before = PEOPLE.decode(live, IdIndex())
    after = spec.merged_onto(before, NOW)

    for name in Person.LISTS - spec.additions:
        assert getattr(after, name) == getattr(before, name)
    push = [one for one in before.contact_methods if one.type == "push"]
    assert [one for one in after.contact_methods if one.type == "push"] == push
    if not spec.exact:
        assert len(after.contact_methods) >= len(before.contact_methods)
        assert len(after.notification_rules) >= len(before.notification_rules)
        assert set(after.tags) >= set(before.tags)


@pytest.mark.slow
@given(people_there(), entries())
def test_no_address_is_there_twice(live, spec):
    after = spec.merged_onto(PEOPLE.decode(live, IdIndex()), NOW)

    addresses = [one.identity for one in after.contact_methods]
    assert len(set(addresses)) == len(addresses)
