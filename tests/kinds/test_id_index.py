"""Who is who: one id has one reference, whatever the objects outside of the stack are called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.kinds.id_index import IdIndex, Outsider
from pdslack_cli.model import Ref

NAMES = st.sampled_from(
    ["John Smith", "john smith", "John Smith P1", "P1", "P2", "John Smith (not in the stack)"]
)
IDS = st.sampled_from(["P1", "P2", "P3", "P4"])
KINDS = st.sampled_from(["person", "team"])


@given(
    listed=st.dictionaries(st.tuples(KINDS, IDS), NAMES),
    ours=st.dictionaries(st.tuples(KINDS, IDS), st.sampled_from(["maya", "P1"])),
    met=st.lists(st.tuples(KINDS, IDS, st.none() | NAMES)),
)
def test_an_id_has_one_reference_and_a_reference_one_id(listed, ours, met):
    id_index = IdIndex()
    for (kind, id_), key in ours.items():
        if Ref(kind, key) not in id_index:
            id_index.add(Ref(kind, key), id_)
    for (kind, id_), name in listed.items():
        id_index.learn(kind, id_, name)

    refs = {(kind, id_): id_index.ref(kind, id_, name) for kind, id_, name in met}

    assert len(set(refs.values())) == len(refs)
    assert all(id_index.id(ref) == id_ for (_, id_), ref in refs.items())
    assert all(id_index.ref(kind, id_, "another name") == ref for (kind, id_), ref in refs.items())


def test_an_outsider_is_shown_by_name_and_namesakes_with_their_ids():
    id_index = IdIndex()
    for id_, name in (("P1", "John Smith"), ("P2", "John Smith"), ("P3", "Jane Doe")):
        id_index.learn("person", id_, name)

    shown = [str(id_index.ref("person", id_)) for id_ in ("P1", "P2", "P3", "P4")]

    assert shown == [
        "person/John Smith P1 (not in the stack)",
        "person/John Smith P2 (not in the stack)",
        "person/Jane Doe (not in the stack)",
        "person/P4 (not in the stack)",
    ]


def test_an_outsider_knows_its_id_and_its_name():
    key = IdIndex().ref("person", "P1", "John Smith").key

    assert isinstance(key, Outsider)
    assert (key.id, key.name) == ("P1", "John Smith")
