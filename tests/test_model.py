"""A cycle of references is always the same one, whatever order a set of them comes in; hosts of URLs."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.model import find_cycle, host_of

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


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example:1/x", "a.example"),
        ("//localhost", "localhost"),
        ("http://[::1]:80/", "::1"),
        ("http://[::1", ""),
        ("http://[zz]/", ""),
        ("/path", ""),
        ("", ""),
    ],
)
def test_the_host_of_a_url_is_a_text_whatever_the_url_is(url, host):
    assert host_of(url) == host
