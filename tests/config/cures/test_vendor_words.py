"""Words of the vendors that the sample file has, written otherwise: a warning, its place, and a cure."""

from __future__ import annotations

import pytest

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.config.load import load_texts
from pdslack_cli.errors import Severity
from tests.config.cures.test_cures import SAMPLE, place, position

# What the sample has, another word for it, where it is, and the cure; no vendor's list is known to the end.
WARNINGS = [
    *(
        ("Major incident: {{incident.title}}", f"Major incident: {written}", at, cure)
        for written, at, cure in [
            ("{{incident.titel}}", "incident.titel", "write {{incident.title}}"),
            ("{{ incident.Priority }}", "incident.P", "write {{incident.priority}}"),
            ("{{incidents.urgency}}", "incidents", "write {{incident.urgency}}"),
            ("{{event.summary}}", "event.", "write {{incident.title}}"),
            ("{{title}}", "title}}", "write {{incident.title}}"),
            ("{{pagerduty.incident.status}}", "pagerduty", "write {{incident.status}}"),
            ("{{incident.frobs}}", "incident.frobs", "such as {{incident.title}}"),
            ("{{event.severity}}", "event.", "such as {{incident.title}}"),
            ("{incident.title}", "{incident", "write {{incident.title}}"),
            ("{{incident.title}", "{{incident", "write {{incident.title}}"),
        ]
    ),
    *(
        ("event.severity matches 'critical' and", f"{written} matches 'critical' and", written, cure)
        for written, cure in [
            ("Event.severity", "write event.severity;"),
            ("incident.severity", "write event.severity;"),
            ("incident.title", "write event.summary;"),
            ("details.region", "write event.custom_details.region;"),
            ("payload.severity", "write event.severity;"),
            ("service.name", "write event.custom_details.service.name;"),
            ("evnt.severity", "write event.severity;"),
            ("raw.client", "write raw_event.client;"),
        ]
    ),
    *(
        ("CRITICAL: {{event.summary}}", f"CRITICAL: {written}", at, cure)
        for written, at, cure in [
            ("{event.summary}", "{event.summary}", "write {{event.summary}};"),
            ("%{event.summary}", "%{event.summary}", "write {{event.summary}};"),
            ("{{{event.summary}}}", "{{{event.summary}}}", "write two braces on each side;"),
            *(
                (foreign, foreign, "write {{event.summary}};")
                for foreign in (
                    *("$summary", "#{summary}", "{summary}", "%(summary)s", "<%= event.summary %>"),
                    *("[[event.summary]]", "%summary%", "@event.summary", "{event[summary]}"),
                )
            ),
            ("{{event.message}}", "event.message", "write event.summary, or event.custom_details.message"),
            ("{{labels.host}}", "labels.host", "write {{event.custom_details.labels.host}};"),
            ("{{Event.Summary}}", "Event", "write {{event.summary}};"),
            ("{{incident.title}}", "incident", "write {{event.summary}};"),
            ("{{details.host}}", "details", "write {{event.custom_details.host}};"),
        ]
    ),
    ("Amazon CloudWatch", "Cloudwatch", "Cloudwatch", "did you mean 'Amazon CloudWatch'?"),
    ("incident.priority", "incident.priorty", "incident.priorty", "did you mean incident.priority?"),
    ("incident.priority", "incident.severity", "incident.sev", "mostly read incident.priority"),
    *(
        ("events: [channel_archive]", f"events: [{written}]", written, cure)
        for written, cure in [
            ("channel_archived", "did you mean 'channel_archive'?"),
            ("reaction.added", "did you mean 'reaction_added'?"),
            ("message", "did you mean 'message.channels'?"),
            ("incident.triggered", "if Slack refuses the manifest"),
        ]
    ),
    ("scopes: [pins:write]", "scopes: [chat.write]", "chat.write", "did you mean 'chat:write'?"),
    ("scopes: [pins:write]", "scopes: [frob:all]", "frob:all", "if Slack refuses the manifest"),
]


@pytest.mark.slow
@pytest.mark.slow_after(2)
@pytest.mark.parametrize(("old", "new", "at", "cure"), WARNINGS, ids=[new for _, new, _, _ in WARNINGS])
def test_a_word_that_a_vendor_may_not_know_is_a_warning(old: str, new: str, at: str, cure: str) -> None:
    text = SAMPLE.replace(old, new, 1)
    before = lint_stack(load_texts({"a.yaml": SAMPLE}, {}))
    (found,) = (
        problem
        for problem in lint_stack(load_texts({"a.yaml": text}, {}))
        if problem.message not in {known.message for known in before}
    )
    assert found.severity == Severity.WARNING
    assert cure in found.hint
    assert place(found) == position(text, at, SAMPLE.index(old))


@pytest.mark.parametrize(
    "written",
    ["{{current_date}}", "{{steps['Ask'].fields['Url']}}", "{{incident.service.name}}", '{"a": {}}'],
)
def test_what_steps_may_well_read_is_left_alone(written: str) -> None:
    text = SAMPLE.replace(
        '"Major incident: {{incident.title}}"', f"'{written.replace(chr(39), chr(39) * 2)}'"
    )
    assert len(lint_stack(load_texts({"a.yaml": text}, {}))) == len(
        lint_stack(load_texts({"a.yaml": SAMPLE}, {}))
    )
