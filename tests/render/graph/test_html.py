"""Pictures as a page: what is in it, read as a browser would."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from pdslack_cli.analysis.graph import Topology
from pdslack_cli.render.graph.html import html
from tests.render.pictures import TRICKY, compared, large, tricky


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text outside of scripts and styles."""

    def __init__(self, topology: Topology) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html(topology))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"script", "style"} and data.strip():
            self.texts.append(data.strip())

    def numbers(self, attribute: str) -> list[int]:
        return sorted(int(attrs[attribute]) for _, attrs in self.elements if attribute in attrs)


@pytest.mark.parametrize("topology", [large(1, 3), large(), tricky()], ids=["3", "60", "tricky"])
def test_every_node_has_its_details(topology):
    page = Page(topology)
    assert page.open == []
    assert page.numbers("data-node") == page.numbers("data-details") == list(range(len(topology.nodes)))
    assert page.numbers("data-edge") == list(range(len(topology.edges)))


def test_names_are_text_and_nothing_else():
    page = Page(tricky())
    # Its box, its tooltip, its details.
    assert all(page.texts.count(name) >= 2 for name in TRICKY)
    assert {tag for tag, _ in page.elements} <= {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "p", "label", "input", "main",
        "figure", "svg", "rect", "text", "g", "path", "aside", "div", "section", "h2", "h3", "dl", "dt", "dd",
        "ul", "li", "small", "script",
    }  # fmt: skip


@pytest.mark.slow
def test_the_page_asks_no_other_host_for_anything():
    text = html(large())
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) == {"http://www.w3.org/2000/svg"}
    for _, attrs in Page(large()).elements:
        assert not attrs.keys() & {"src", "href", "action", "srcset"}
    for word in ("@import", "url(", "fetch(", "XMLHttpRequest", "import("):
        assert word not in text


def test_details_name_both_ends_of_every_way():
    texts = Page(large(1, 3)).texts
    start = texts.index("Service number 1", texts.index("service"))
    assert texts[start : start + 14] == [
        "Service number 1", "service", "s1", "team", "Team 0",
        "From", "Production", "event.custom_details.service matches 'a-rather-long-name-of-service-1'",
        "To", "Team 0", "#team-0-incidents", "if high urgency",
        "Service number 2", "service",
    ]  # fmt: skip


def test_the_page_counts_what_a_plan_does():
    assert "1 created, 1 changed, 1 deleted" in Page(compared()).texts
