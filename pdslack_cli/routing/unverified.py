"""What PagerDuty's documents leave open: each reading we chose, by name (orchestration.md 6).

Evaluation notes the ones that it reached, so that a green test states what it rests on.
"""

from __future__ import annotations

from enum import Enum


class Unverified(Enum):
    """A behaviour without a source. The value is the reading that we took, as a sentence."""

    TEXT_OF_VALUE = "floats, booleans, dates, lists and objects match as their JSON text without spaces"
    NIL_EQUALS_NIL = "nil is not equal to nil"
    TEXT_IN_OR = "a text beside `or` counts as false and the other side decides"
    RULE_VARIABLES = "the variables of rules are nil in conditions"
    CLOCK_CHANGE = "a date that a clock change repeats means its first pass, one that it skips moves forward"
    WINDOW_END = "a fraction of a second after the end of a window is still inside"
    MIXED_THRESHOLD = "a threshold counts whenever its condition is reached, whatever stands beside it"
