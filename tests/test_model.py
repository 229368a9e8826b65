"""A cycle of references is found whatever order a set of them comes in, and is always the same one."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.model import find_cycle

nodes = st.sampled_from("abcdef")
graphs = st.dictionaries(nodes, st.lists(nodes, unique=True))


@pytest.mark.slow
@given(graphs, st.randoms(use_true_random=False))
def test_a_cycle_does_not_depend_on_the_order_of_a_set(links, random):
    shuffled = {node: random.sample(targets, len(targets)) for node, targets in links.items()}
    assert find_cycle(shuffled) == find_cycle(links)


@given(graphs)
def test_a_cycle_follows_the_links_from_its_first_node_back_to_it(links):
    cycle = find_cycle(links)
    try:
        TopologicalSorter(links).prepare()
    except CycleError:
        inside = cycle[:-1]
        assert cycle[-1] == cycle[0] == min(inside, key=list(links).index)
        assert len(set(inside)) == len(inside)
        assert all(there in links[here] for here, there in pairwise(cycle))
    else:
        assert cycle == []
