"""The reference in the terminal: every field is found, described and shown in a sample that is valid."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.analysis.routing_model import routing_model_of
from pdslack_cli.config.load import load
from pdslack_cli.config.reference.examples import example_of, sample, values_at
from pdslack_cli.config.reference.fields import every_field, root_fields
from pdslack_cli.config.reference.find import example, find
from pdslack_cli.config.reference.topics import TOPIC_NAMED, TOPICS
from pdslack_cli.config.sections import SECTIONS
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds.fields.durations import parse_duration
from pdslack_cli.kinds.fields.times import parse_days
from pdslack_cli.kinds.pagerduty.service.integrations import TYPES
from pdslack_cli.routing.pcl.sugar import desugar_template, parse_sugared
from pdslack_cli.routing.pcl.templates import parse_template
from pdslack_cli.routing.testing.run_cases import run_cases

# `defaults`, `bases` and `each` repeat the sections.
FIELDS = list(
    every_field([field for field in root_fields() if field.name not in {"defaults", "bases", "each"}])
)


def test_the_sample_is_a_valid_stack_whose_test_passes(tmp_path):
    file, runbook = tmp_path / "pdslack.yaml", tmp_path / "runbooks/payments.md"
    file.write_text(sample())
    runbook.parent.mkdir()
    runbook.write_text("# Card payments")
    stack = load([file], {})
    assert {kind.name for kind in SECTIONS.values()} <= {ref.kind for ref in stack.entries}
    assert [problem.message for problem in lint_stack(stack)] == []
    report = run_cases(routing_model_of(stack.specs), [placed.case for placed in stack.cases])
    assert not report.failed


def test_every_field_is_shown_in_the_sample():
    shown = {(field.name, field.origin) for field in FIELDS if example_of(field.path)}
    missing = {
        ".".join(field.path)
        for field in FIELDS
        if (field.name, field.origin) not in shown and not field.is_common
    }
    assert missing == set()


@pytest.mark.slow
def test_every_field_is_said_in_the_complete_example():
    """Which tests/test_examples.py applies: so every field is applied once."""
    text = (Path(__file__).parents[3] / "examples" / "complete" / "pdslack.yaml").read_text()
    data = yaml.load(text, yaml.BaseLoader)
    said = {(field.name, field.origin) for field in FIELDS if [*values_at(data, field.path)]}
    names = {name for name, _ in said}
    unsaid = {
        ".".join(field.path)
        for field in FIELDS
        if (field.name not in names if field.is_common else (field.name, field.origin) not in said)
    }
    # They name apps that exist, and the example makes its own.
    assert unsaid == {"slack_app.id", "slack_app.workflows_id"}


@pytest.mark.slow
def test_every_field_is_found_by_its_path_and_has_a_type_and_an_example():
    for field in FIELDS:
        path = ".".join(field.path)
        assert find(path.upper().replace("_", "-")).path == field.path
        assert field.types, path
        assert isinstance(yaml.load(example(field), yaml.CSafeLoader), dict), path


@pytest.mark.parametrize("kind", SECTIONS.values(), ids=lambda kind: kind.name)
def test_a_section_is_found_by_both_of_its_names_and_knows_what_it_requires(kind):
    section = find(kind.section)
    assert find(kind.name) is section
    required = {info.alias or name for name, info in kind.spec.model_fields.items() if info.is_required()} - {
        "root"
    }
    assert {field.name for field in section.fields if field.required} == required


def test_a_field_that_only_some_forms_have_says_which():
    grouping = {field.name: field for field in find("service.alert_grouping").fields}
    assert grouping["by"].allowed == ("content", "content-and-intelligent", "time", "intelligent")
    assert grouping["match"].form == "with by: content, content-and-intelligent"
    assert grouping["window"].form == ""


def test_a_field_that_differs_from_form_to_form_says_what_each_requires_and_allows():
    grouping = {field.name: field for field in find("service.alert_grouping").fields}
    assert grouping["by"].required
    assert grouping["window"].limits == ()
    for words in (
        "With by: content, content-and-intelligent (required, from 5m to 1h, or 1d with `by: content`): the",
        "With by: time (from 1m to 1d): how long",
        "With by: intelligent (required, from 5m to 1h): the",
    ):
        assert words in grouping["window"].description
    assert "(required): what is compared: summary, source, sev" in grouping["fields"].description
    assert "With by: intelligent (default [summary]): " in grouping["fields"].description


def test_a_topic_says_something_of_its_own_of_each_type_of_integration():
    rows = TOPIC_NAMED["integrations"].rows
    assert len({meaning for _, meaning in rows}) == len(rows)
    assert {text for text, _ in rows} >= {*TYPES, "email"}


def test_what_contains_itself_ends():
    assert (
        ".".join(find("services.rules.rules.rules.then.note").path) == "services.rules.rules.rules.then.note"
    )
    assert len(FIELDS) < 1000


PARSERS = {
    "conditions": parse_sugared,
    "templates": lambda text: parse_template(desugar_template(text).pcl),
    "durations": parse_duration,
    "days": parse_days,
}


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name in PARSERS for text, _ in TOPIC_NAMED[name].rows if " one of " not in _],
)
def test_what_a_topic_shows_is_understood(name, text):
    assert PARSERS[name](text) is not None


def test_no_two_topics_share_a_name_and_none_is_called_like_a_field():
    names = [name for topic in TOPICS for name in topic.names]
    assert len(names) == len(set(names))
    for topic in TOPICS:
        assert find(topic.name) is topic


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("weekend", "explain times"),
        ("grouping", "service.alert_grouping"),
        ("actions", "list actions"),
        ("inputs", "list actions"),
        ("tokens", "doctor"),
        ("seed", "sandbox --help"),
        ("undo", "apply --help"),
    ],
)
def test_a_word_that_people_look_for_leads_to_its_answer(word: str, answer: str) -> None:
    with pytest.raises(PdslackError) as raised:
        find(word)
    assert answer in raised.value.hint
