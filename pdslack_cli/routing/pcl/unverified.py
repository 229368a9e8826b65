"""Undocumented behaviour of PagerDuty: our assumptions, by name (orchestration.md 6).

Evaluation records those that it used, so that a passing test lists its assumptions.
"""

from __future__ import annotations

from enum import Enum


class Unverified(Enum):
    """An undocumented behaviour. The value is our assumption, as a sentence."""

    TEXT_OF_VALUE = "floats, booleans, dates, lists and objects match as their JSON text without spaces"
    NIL_EQUALS_NIL = "nil is not equal to nil"
    TEXT_IN_OR = "a text beside `or` counts as false and the other side decides"
    RULE_VARIABLES = "the variables of rules are nil in conditions"
    CLOCK_CHANGE = "a date that a clock change repeats means its first pass, one that it skips moves forward"
    WINDOW_END = "a fraction of a second after the end of a window is still inside"
    MIXED_THRESHOLD = "a threshold counts whenever its condition is reached, whatever it is combined with"
    TEMPLATE_MISSING = "a missing value in a template is empty text"
    TEMPLATE_ALIAS = "`{{name}}` in a template is `{{variables.name}}`"
    VARIABLE_UNSET = "a variable whose pattern finds nothing is unset"
    SEVERAL_GROUPS = "the texts of several groups follow one another without a joiner"
    EXTRACTION_FLAGS = "patterns of variables and extractions have the flags s and m, and are case-sensitive"
    EXTRACTION_FAILS = "an extraction whose pattern finds nothing leaves its target as it was"
    NON_TEXT_SOURCE = "a pattern searches a number, list or object as its text"
    NESTED_CONDITIONS = "the rules of a nested set see what the rule above it extracted"
    SUPPRESS_FALSE = "`suppress: false` does not undo an earlier `suppress: true`"
    SUPPRESS_AND_SUSPEND = "`suppress` wins over `suspend`"
    DROP_STOPS = "`drop_event` stops the path, even in a rule with `route_to`"
    DYNAMIC_FALLS_THROUGH = "dynamic routing that finds no service goes on with the next rule"
    UNKNOWN_SERVICE = "a route to a service that does not exist ends like `unrouted`"
    CACHE_BEFORE_UPDATE = "a cache variable has its value from before the event that updates it"
    UNROUTED_ACKNOWLEDGE = "an acknowledgement that no route takes does nothing"
