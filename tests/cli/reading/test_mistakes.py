"""What people write wrong, and what they are told: `mistakes/` has the files, `expected.txt` the answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.load import load_texts
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.errors import ConfigError
from pdslack_cli.routing.pcl.fields import TEXTS as FIELD_TEXTS
from tests.cli.accounts import Accounts
from tests.cli.conftest import Cli

MISTAKES = Path(__file__).parent / "mistakes"
FILES = sorted(MISTAKES.glob("*.yaml"))


def expected() -> dict[str, list[str]]:
    """By file, the lines `LINE:COLUMN: message (cure)`; warnings and notices begin with that word."""
    found: dict[str, list[str]] = {}
    for line in (MISTAKES / "expected.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            found[line.removeprefix("# ")] = lines = []
        elif line:
            lines.append(line.replace("{sections}", ", ".join(SECTIONS)))
    return found


def told(cli: Cli, file: str) -> Iterator[str]:
    """What `validate` says of a file, in the form of `expected.txt`."""
    done = cli("validate", file, "--format", "json", code=None)
    found = done.json["diagnostics"]
    assert done.code == int(any(item["severity"] == "error" for item in found))
    for item in found:
        start = item["range"]["start"]
        kind = "" if item["severity"] == "error" else f"{item['severity']}: "
        yield f"{kind}{start['line']}:{start['column']}: {item['summary']} ({item['detail']})"


EXPECTED = expected()


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mistake_gets_its_place_and_its_cure(file: Path, cli: Cli) -> None:
    shutil.copy(file, cli.folder)
    assert list(told(cli, file.name)) == EXPECTED[file.name]


TEXTS = [
    text
    for file in FILES
    if file.stat().st_size < 3000
    if "\x00" not in (text := file.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff"))
]


@given(st.sampled_from(TEXTS), st.floats(0, 1), st.sampled_from(["", "\n", "\n\n", "\r\n"]))
def test_no_place_is_past_the_end_of_the_file(text: str, part: float, end: str) -> None:
    cut = text[: int(len(text) * part)] + end
    try:
        load_texts({"a.yaml": cut}, {})
    except ConfigError as error:
        lines = cut.rstrip().split("\n") or [""]
        for problem in error.problems:
            assert problem.location
            assert problem.location.line <= len(lines), (cut, problem)
            line = lines[problem.location.line - 1].rstrip("\r")
            assert problem.location.column <= max(len(line), 1), (cut, problem)


WORDS = {
    "owner": "owner: acme{}\n",
    "key": "owner: acme\nservices:\n  api{}: {{lookup: true}}\n",
    "field": "owner: acme\nservices:\n  api: {{lookup{}: true}}\n",
    "value": "owner: acme\nchannels: {{a: {{private: false{}}}}}\n",
    "e-mail": "owner: acme\npeople: {{maya: maya@acme.example{}}}\n",
    "section": "owner: acme\n{}services: {{}}\n",
    "indentation": "owner: acme\nteams:\n  a: {{}}\n{} b: {{}}\n",
    "after the colon": "owner: acme\nteams:\n  a:{}b\n",
}
LOOK_ALIKES = {
    "no-break space": "\xa0",
    "zero width space": "\u200b",
    "word joiner": "\u2060",
    "soft hyphen": "\xad",
    "right double quotation mark": "\u201d",
    "en dash": "\u2013",
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
@pytest.mark.parametrize("word", WORDS)
def test_a_character_that_looks_like_a_plain_one_is_named(word: str, name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_texts({"a.yaml": WORDS[word].format(LOOK_ALIKES[name])}, {})
    assert any(f"{name} (U+" in problem.hint for problem in refused.value.problems), refused.value.problems


LETTERS = {
    "cyrillic small letter a": "\N{CYRILLIC SMALL LETTER A}",
    "greek small letter omicron": "\N{GREEK SMALL LETTER OMICRON}",
    "fullwidth latin small letter x": "\N{FULLWIDTH LATIN SMALL LETTER X}",
    "cyrillic capital letter es": "\N{CYRILLIC CAPITAL LETTER ES}",
}


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("word", [word for word in WORDS if word not in {"indentation", "e-mail"}])
def test_a_letter_of_another_alphabet_is_named(word: str, name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_texts({"a.yaml": WORDS[word].format(LETTERS[name])}, {})
    assert any(f"{name} (U+" in problem.hint for problem in refused.value.problems), refused.value.problems


def test_words_of_another_language_are_no_look_alikes() -> None:
    with pytest.raises(ConfigError) as refused:
        load_texts({"a.yaml": "owner: платежи\nчужое: {}\nteams:\n  ομάδα: {}\n"}, {})
    assert len(refused.value.problems) == 3
    assert not any("U+" in problem.hint for problem in refused.value.problems), refused.value.problems


RULE = """\
owner: acme
escalation_policies: {e: {lookup: true}}
services:
  api: {escalation_policy: e, rules: [{if: "FIELD matches 'x'", then: {title: "{{FIELD}} is down"}}]}
"""


@pytest.mark.parametrize("field", [*FIELD_TEXTS, "timestamp", "custom_details.region"])
def test_a_field_without_its_root_gets_it(field: str, cli: Cli) -> None:
    cli.write(RULE.replace("FIELD", field))
    found = "\n".join(told(cli, "pdslack.yaml"))
    assert f"(write event.{field};" in found
    assert f"(write {{{{event.{field}}}}};" in found


WORDS_OF_ACCOUNT = """\
owner: acme
people: {ada: ada@acme.example}
escalation_policies: {e: {levels: [{notify: [person/ada], escalate_after: 15m}]}}
services:
  api:
    escalation_policy: e
    integrations: [Cloudwatch, {name: D, type: datadg}]
    rules: [{if: event.class matches 'x', then: {priority: P9}}]
"""


def test_a_word_that_the_account_does_not_know_is_pointed_at_with_the_nearest(accounts: Accounts) -> None:
    accounts.seed(people=[{"email": "ada@acme.example"}])
    accounts.cli.write(WORDS_OF_ACCOUNT)
    found = accounts.cli("plan", code=1).err
    assert "pdslack.yaml:7:20: vendor/Cloudwatch: there is no vendor" in found
    assert "did you mean 'Amazon CloudWatch'?" in found
    assert "pdslack.yaml:7:48: vendor/datadg: there is no vendor" in found
    assert "did you mean 'Datadog'?" in found
    assert "pdslack.yaml:8:60: priority/P9: there is no priority" in found
