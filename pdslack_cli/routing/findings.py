"""What lints find: their ids, levels and one-line meanings, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How sure it is that something is wrong: certainly, very likely, or worth a look."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


LINTS: dict[str, tuple[Level, str]] = {
    # of one condition (orchestration.md 1.11)
    "literal-star": (Level.WARNING, "`matches` knows no wildcards; a star is a star"),
    "text-order": (Level.INFO, "numbers have no order with text, even text of digits"),
    "number-equals": (Level.INFO, "`==` never takes 502 for '502'"),
    "missing-field": (Level.WARNING, "a negative test also matches events without the field"),
    "mixed-and-or": (Level.WARNING, "`and` binds before `or`; parentheses say so"),
    "lone-value": (Level.ERROR, "a value where a test must be counts as false"),
    "unquoted-value": (Level.ERROR, "a bare word is a path that leads nowhere"),
    "unknown-root": (Level.WARNING, "a path that begins with no known root is always nil"),
    "unknown-field": (Level.WARNING, "events have no such field"),
    "uncertain-field": (Level.INFO, "whether events hold the field is undocumented"),
    "night-window": (Level.INFO, "the days of a window are the days on which it opens"),
    "constant-threshold": (Level.WARNING, "a count is never below 1"),
    "resetting-below": (
        Level.WARNING,
        "a resetting counter that tests for few events resets at each of them",
    ),
    "mixed-threshold": (Level.WARNING, "whether a threshold may stand beside other tests is undocumented"),
    "unescaped-brackets": (Level.WARNING, "brackets in a pattern are a set of characters"),
    "impossible-value": (Level.ERROR, "the field never has this value"),
    "constant-test": (Level.ERROR, "the kinds of the values decide the test"),
    "variables-in-condition": (
        Level.WARNING,
        "variables of rules are only known to the actions of their rule",
    ),
    "clock-change": (Level.WARNING, "a clock change skips or repeats this time"),
    # of a rule among others (orchestration.md 2.3 to 2.9)
    "unreachable-rule": (Level.WARNING, "a rule above takes every event that this one would"),
    "too-many-rules": (Level.WARNING, "a set has at most 25 rules"),
    "repeated-service": (Level.WARNING, "an orchestration has one routing rule for each service"),
    "inactive-service": (Level.WARNING, "the rules of the service are switched off"),
    "cache-variable-in-router": (Level.ERROR, "routing rules cannot read cache variables"),
    "unknown-cache-variable": (Level.WARNING, "the orchestration has no such cache variable"),
    "unset-variable": (Level.WARNING, "the rule sets no such variable"),
    "unused-variable": (Level.WARNING, "nothing in the rule uses the variable"),
    "unknown-target": (Level.WARNING, "events have no such field to set"),
    "open-braces": (Level.WARNING, "braces that hold no path stay in the text"),
    "template-alias": (Level.INFO, "a bare name is undocumented; write {{variables.NAME}}"),
    "several-groups": (Level.WARNING, "how the texts of several groups are joined is undocumented"),
    "suppress-and-suspend": (Level.WARNING, "an alert that is suppressed does not wait"),
}


@dataclass(frozen=True)
class Finding:
    """A trap in a condition or template: which lint, at which character from 0, and what to write instead."""

    id: str
    position: int
    message: str
    hint: str = ""

    @property
    def level(self) -> Level:
        return LINTS[self.id][0]
