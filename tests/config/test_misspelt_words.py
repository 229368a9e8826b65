"""One letter is missing in one word of a stack: one problem there, or one wherever others name the word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.load import load_partly
from pdslack_cli.errors import Problem
from tests.conftest import examples

SAMPLE = Path(__file__).parents[2] / "pdslack_cli" / "config" / "reference" / "sample.yaml"
TEXT = SAMPLE.read_text()
LEAST = 4  # letters: without one, fewer are no longer like the word


def words() -> Iterator[tuple[int, str, str]]:
    """Yield where each word of the sample begins, itself, and how it is misspelt."""
    nodes: list[yaml.Node] = [yaml.compose(TEXT)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.MappingNode):
            nodes += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif node.style != "|":
            word = node.value.split(" ")[-1]
            middle = len(word) // 2
            if sum(map(str.isalpha, word)) >= LEAST and word[middle].isalpha():
                start = node.end_mark.index - (node.style is not None) - len(word)
                yield start, word, word[:middle] + word[middle + 1 :]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    (folder / "runbooks").mkdir()
    (folder / "runbooks" / "payments.md").write_text("# Payments\n")
    return folder / "pdslack.yaml"


def problems(file: Path, text: str) -> list[Problem]:
    file.write_text(text)
    loaded = load_partly([file], {})
    wrong = {problem.location for problem in loaded.problems}
    return [*loaded.problems, *(lint for lint in lint_stack(loaded.stack) if lint.location not in wrong)]


@pytest.mark.slow
@examples(40)
@given(st.sampled_from(sorted(words())))
def test_a_misspelt_word_is_one_mistake(file: Path, place: tuple[int, str, str]) -> None:
    start, word, misspelt = place
    assert TEXT[start:].startswith(word)
    found = problems(file, TEXT[:start] + misspelt + TEXT[start + len(word) :])
    line = TEXT[:start].count("\n") + 1
    here = [problem for problem in found if problem.location and problem.location.line == line]
    shown = [f"{problem.location}: {problem.message} ({problem.hint})" for problem in found]
    assert not here or len(found) == 1, shown
    # What nothing refuses there is a name that others use: each of them is told the new one.
    told = (misspelt, word.lower())  # in another spelling, it may still be the name of another entry
    assert here or all(any(form in f"{one.message} {one.hint}".lower() for form in told) for one in found), (
        shown
    )


def test_the_sample_has_no_mistake_itself(file: Path) -> None:
    assert not problems(file, TEXT)
