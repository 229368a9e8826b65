"""Exports are YAML that reads back as it was, for us and for others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pdslack_cli.config.layout.canonical import formatted
from pdslack_cli.config.sources.source import read_sources
from pdslack_cli.config.stack import Header
from pdslack_cli.config.tokens import find_token
from pdslack_cli.export.export import Export, ExportEntry
from pdslack_cli.model import Ref
from pdslack_cli.render.yaml import yaml_document, yaml_files
from tests.export.account import DESCRIPTIONS, ODD, TEMPLATES

# `$` begins a variable, of which the words of an export hold none.
texts = (st.sampled_from([*ODD, *DESCRIPTIONS, *TEMPLATES]) | st.text(max_size=40)).filter(
    lambda text: "${" not in text and not find_token(text)
)
scalars = texts | st.booleans() | st.none() | st.integers(-(10**9), 10**9)
words = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


def export(*entries: ExportEntry, left_out: tuple[str, ...] = (), **header: Any) -> Export:
    return Export(Header.model_validate({"owner": "acme", **header}), entries, left_out)


def team(key: str, words: Any = "", *comments: str, stands_with: str = "") -> ExportEntry:
    return ExportEntry(Ref("team", key), words, comments, stands_with)


@pytest.mark.slow
@settings(deadline=None)
@given(said=words)
def test_words_read_back_as_they_were(said, tmp_path_factory):
    file = tmp_path_factory.mktemp("yaml") / "pdslack.yaml"
    file.write_bytes(yaml_document(export(team("one", said), team("two", {"rules": [said]}))).encode())

    assert read_sources([file], {}).data["teams"] == {"one": said, "two": {"rules": [said]}}
    assert yaml.safe_load(file.read_bytes())["teams"]["one"] == said
    text = file.read_bytes().decode()
    assert formatted("pdslack.yaml", text) == text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        pytest.param({"a": "plain: no"}, 'one:\n    a: "plain: no"\n', id="quotes where they must be"),
        pytest.param({"a": "“b”"}, 'one:\n    a: "“b”"\n', id="quotes around curly ones, which are meant"),
        pytest.param({"a": "one\ntwo"}, "one:\n    a: |-\n      one\n      two\n", id="lines as lines"),
        pytest.param({"a": ["b", "c"]}, "one:\n    a:\n      - b\n      - c\n", id="lists below their key"),
        pytest.param(
            {"a": "09:00", "b": "17:00"}, 'one:\n    a: "09:00"\n    b: "17:00"\n', id="times alike"
        ),
        pytest.param(
            {"a": "yes", "b": True}, 'one:\n    a: "yes"\n    b: true\n', id="words that are no booleans"
        ),
        pytest.param({"a": "日本 🔥"}, "one:\n    a: 日本 🔥\n", id="letters as they are"),
        pytest.param({"a": "x y" * 100}, f"one:\n    a: {'x y' * 100}\n", id="long lines whole"),
        pytest.param({}, "one: {}\n", id="nothing"),
    ],
)
def test_people_like_to_read_it(said, written):
    assert yaml_document(export(team("one", said))).endswith(f"\nteams:\n  {written}")


def test_what_cannot_be_said_stands_in_comments_on_one_line_and_without_secrets():
    text = yaml_document(
        export(team("one", {}, "left\nout: xoxb-123456789-abcdef"), left_out=("team 'a\u2028b': why",))
    )

    assert "\n  # left out: xoxb…\n  one: {}\n" in text
    assert "# Left out:\n#   team 'a b': why\n" in text


@pytest.mark.parametrize(
    ("header", "said"),
    [
        pytest.param({}, "owner: acme\n", id="usual"),
        pytest.param(
            {"pagerduty": {"region": "eu"}, "slack": {"workspace": "T0ACME"}},
            "owner: acme\n\npagerduty:\n  region: eu\n\nslack:\n  workspace: T0ACME\n",
            id="elsewhere",
        ),
    ],
)
def test_the_head_says_which_accounts_it_is_about(header, said):
    assert yaml_document(export(**header)).endswith(said)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        pytest.param("section", {"pdslack.yaml", "people.yaml", "teams.yaml"}, id="section"),
        pytest.param("team", {"pdslack.yaml", "people.yaml", "shared.yaml", "team-a-test.yaml"}, id="team"),
    ],
)
def test_a_folder_has_a_file_for_each_part(by, names):
    entries = (
        ExportEntry(Ref("person", "maya"), "maya@acme.example"),
        team("b", {}),
        team("a", {}, stands_with="a.test"),
    )

    files = yaml_files(export(*entries), by)

    assert files.keys() == names
    assert all(Path(name).suffix == ".yaml" for name in files)
