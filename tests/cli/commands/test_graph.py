"""`pdslack graph`, as a user types it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"

STACK = """
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example, tom: tom@acme.example}
escalation_policies:
  first: {levels: [{notify: [person/maya]}]}
  second: {levels: [{notify: [person/tom]}]}
services:
  api: {escalation_policy: first}
  web: {escalation_policy: second}
"""


@pytest.fixture
def pdslack(cli):
    cli.write(STACK)
    return cli


@pytest.mark.parametrize("example", ["quickstart.yaml", "tutorial.yaml", "fintech"])
def test_an_example_can_be_drawn_in_every_format(example, pdslack):
    source = str(EXAMPLES / example)
    assert "flowchart LR" in pdslack("graph", source).out
    assert len(fromstring(pdslack("graph", source, "--format", "svg").out)) > 5
    assert pdslack("graph", source, "--format", "html").out.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "begin"),
    [
        pytest.param(["--out", "here.svg"], "<?xml", id="the file says SVG"),
        pytest.param(["--out", "here.HTML"], "<!doctype html>", id="the file says HTML"),
        pytest.param(["--out", "here.mmd"], "%% ", id="the file says Mermaid for short"),
        pytest.param(["--out", "here.mermaid"], "%% ", id="the file says Mermaid"),
        pytest.param(
            ["--out", "here.png", "--format", "svg"], "<?xml", id="the flag says what no ending does"
        ),
        pytest.param(["--out", "here.svg", "--format", "html"], "<!doctype html>", id="the flag wins"),
    ],
)
def test_a_file_is_written_in_the_format_that_the_flag_or_its_name_says(words, begin, pdslack):
    done = pdslack("graph", *words)
    assert (done.out, done.err) == ("", "")
    assert (pdslack.folder / words[1]).read_text("utf-8").startswith(begin)


def test_only_the_asked_part_is_drawn(pdslack):
    text = pdslack("graph", "--only", "service/api").out
    assert re.findall(r'"(\w+)"', text) == ["api", "first", "maya"]


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        pytest.param("service/ap", "did you mean 'service/api'?", id="unknown"),
        pytest.param("api", "'api' is not a reference", id="no reference"),
        pytest.param("x" * 500, f"'{'x' * 59}… is not a reference", id="a long text"),
        pytest.param("slack_user/maya", "slack_user/maya is not in the graph", id="no place in it"),
    ],
)
def test_a_part_that_is_not_there_is_a_problem(ref, message, pdslack):
    done = pdslack("graph", "--only", ref, code=1)
    assert done.out == ""
    assert message in done.err


def coloured(text: str) -> dict[str, str]:
    return dict(re.findall(r'"(?:#\d+; )?(\w+)"\W+:::(created|changed|deleted)', text))


@pytest.mark.slow
def test_the_difference_is_coloured(pdslack):
    first = pdslack("graph", "--diff", "--sandbox").out
    assert coloured(first) == dict.fromkeys(("api", "web", "first", "second"), "created")

    pdslack("apply", "--sandbox", "--yes")
    assert coloured(pdslack("graph", "--diff", "--sandbox").out) == {}

    pdslack.write(STACK.replace("  web: {escalation_policy: second}", "").replace("maya]", "tom]"))
    assert coloured(pdslack("graph", "--diff", "--sandbox").out) == {"web": "deleted", "first": "changed"}
    part = pdslack("graph", "--diff", "--sandbox", "--only", "service/api").out
    assert coloured(part) == {"first": "changed"}


@pytest.mark.slow
def test_a_difference_with_problems_is_drawn_and_fails(pdslack):
    pdslack("apply", "--sandbox", "--yes")
    pdslack.write(STACK.replace("owner: acme", "owner: other"))
    done = pdslack("graph", "--diff", "--sandbox", code=1)
    assert done.out.startswith("%% ")
    assert "service/api" in done.err


def test_a_file_that_cannot_be_written_is_said(pdslack):
    done = pdslack("graph", "--out", "missing/picture.svg", code=1)
    assert "cannot write missing/picture.svg" in done.err


@pytest.mark.slow
def test_a_picture_that_github_would_refuse_comes_with_a_note(pdslack):
    services = "".join(f"  s{number}: {{escalation_policy: first}}\n" for number in range(500))
    pdslack.write(STACK + services)
    done = pdslack("graph")
    assert "Mermaid" in done.err
    assert "--only" in done.err
    assert done.out.count(":::service") == 502
    assert pdslack("graph", "--format", "svg").err == ""


@pytest.mark.parametrize("name", ["x.png", "x.pdf", "x", "x.jpg"])
def test_an_ending_that_says_no_format_is_refused_with_those_that_do(cli, name):
    refused = cli("graph", "--out", name, code=1).err
    assert f"cannot determine the format of {name} from its extension" in refused
    assert "must end in .svg, .html, .htm, .mmd, .mermaid, or pass --format mermaid|svg|html" in refused
    assert not (cli.folder / name).exists()
