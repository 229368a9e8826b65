"""The table of lints: their ids, severities and one-line descriptions."""

from __future__ import annotations

from dataclasses import dataclass

from pdslack_cli.errors import Severity

LINTS: dict[str, tuple[Severity, str]] = {
    # of one condition (orchestration.md 1.11)
    "literal-star": (Severity.WARNING, "`matches` has no wildcards; a star is a literal star"),
    "text-order": (Severity.INFO, "numbers have no order with text, even text of digits"),
    "number-equals": (Severity.INFO, "`==` never takes 502 for '502'"),
    "missing-field": (Severity.WARNING, "a negative test also matches events without the field"),
    "mixed-and-or": (Severity.WARNING, "`and` binds before `or`; parentheses make it clear"),
    "lone-value": (Severity.ERROR, "a value where a test must be counts as false"),
    "unquoted-value": (Severity.ERROR, "a bare word is neither a field nor text in quotes"),
    "unknown-root": (Severity.WARNING, "a path that begins with no known root is always nil"),
    "unknown-field": (Severity.WARNING, "events, or incidents, have no such field"),
    "uncertain-field": (Severity.INFO, "whether events have the field is undocumented"),
    "night-window": (Severity.INFO, "the days of a window are the days on which it opens"),
    "constant-threshold": (Severity.WARNING, "a count is never below 1"),
    "resetting-below": (
        Severity.WARNING,
        "a resetting counter that tests for few events resets at each of them",
    ),
    "mixed-threshold": (
        Severity.WARNING,
        "whether a threshold can be combined with other tests is undocumented",
    ),
    "unescaped-brackets": (Severity.WARNING, "brackets in a pattern are a set of characters"),
    "impossible-value": (Severity.ERROR, "the field never has this value"),
    "constant-test": (Severity.ERROR, "the kinds of the values decide the test"),
    "variables-in-condition": (
        Severity.WARNING,
        "variables of rules are only known to the actions of their rule",
    ),
    "clock-change": (Severity.WARNING, "a clock change skips or repeats this time"),
    # of a rule among others (orchestration.md 2.3 to 2.9)
    "unreachable-rule": (Severity.WARNING, "a rule above takes every event that this one would"),
    "otherwise-overrides": (
        Severity.WARNING,
        "`otherwise` also acts where a rule matched and none of the rules below it",
    ),
    "too-many-rules": (Severity.WARNING, "a set has at most 25 rules"),
    "repeated-label": (
        Severity.WARNING,
        "labels identify the rules of a list when one is changed or moved",
    ),
    "repeated-service": (Severity.WARNING, "an orchestration has one routing rule for each service"),
    "inactive-service": (Severity.WARNING, "the rules of the service are switched off"),
    "cache-variable-in-router": (Severity.ERROR, "routing rules cannot read cache variables"),
    "unknown-cache-variable": (Severity.WARNING, "the orchestration has no such cache variable"),
    "unset-variable": (Severity.WARNING, "the rule sets no such variable"),
    "unused-variable": (Severity.WARNING, "nothing in the rule uses the variable"),
    "unknown-target": (Severity.WARNING, "events have no such field to set"),
    "open-braces": (Severity.WARNING, "braces without a path stay in the text"),
    "template-alias": (Severity.INFO, "a bare name is undocumented; write {{variables.NAME}}"),
    "several-groups": (Severity.WARNING, "how the texts of several groups are joined is undocumented"),
    "unknown-option": (Severity.WARNING, "the custom field does not offer that value"),
    "suppress-and-suspend": (Severity.WARNING, "an alert that is suppressed does not wait"),
    # of an escalation policy
    "coverage-gap": (Severity.WARNING, "while nobody is on call, PagerDuty makes no incidents"),
}


@dataclass(frozen=True)
class LintFinding:
    """A finding in a condition or template: its lint, its position from 0, and what to write instead."""

    id: str
    position: int
    message: str
    hint: str = ""

    @property
    def severity(self) -> Severity:
        return LINTS[self.id][0]
