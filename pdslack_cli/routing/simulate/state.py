"""What orchestrations remember between events: counters and cache variables (orchestration.md 1.10, 2.8)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from pdslack_cli.routing.pcl.conditions import Condition, Verdict
from pdslack_cli.routing.pcl.values import text_of
from pdslack_cli.routing.simulate.rules import CacheVariable

MAX_COUNT = 1000  # that a cache variable counts up to
MAX_TEXT = 1024  # characters of a remembered text; the rest is cut

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class State:
    """The memory of one account; its events must come in the order of their times.

    `external` gives values to cache variables that are only set from outside, by owner and name.
    """

    def __init__(self, external: Mapping[tuple[str, str], object] | None = None) -> None:
        self._triggers: defaultdict[tuple[object, ...], list[datetime]] = defaultdict(list)
        self._texts: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._external = dict(external or {})

    def count(
        self, key: tuple[object, ...], condition: Condition, at: datetime, *, trigger: bool
    ) -> dict[str, object]:
        """The roots for the thresholds of a condition that an event has reached; a trigger is counted.

        Counters belong to a condition of a rule, whose `key` this is: (unverified), orchestration.md 1.10.
        """
        roots: dict[str, dict[int, int]] = {}
        for threshold in dict.fromkeys(condition.thresholds):
            times = self._triggers[(*key, threshold)]
            if trigger:
                times.append(at)
            _forget(times, at, threshold.seconds)
            roots.setdefault(threshold.counter, {})[threshold.seconds] = len(times)
        return dict(roots)

    def reset(self, key: tuple[object, ...], verdict: Verdict) -> None:
        """Let the counters start again whose comparison turned true."""
        for threshold in verdict.reset:
            self._triggers.pop((*key, threshold), None)

    def cached(self, owner: str, variables: Iterable[CacheVariable], at: datetime) -> dict[str, object]:
        """The cache variables of an orchestration or service; unset and disabled ones are missing.

        One that has counted nothing is taken for unset: (unverified). What is set from outside counts also
        where `variables` lacks it: files do not speak of all variables that an account has.
        """
        values = {name: value for (of, name), value in self._external.items() if of == owner}
        values |= {
            variable.name: None if variable.disabled else self._value(owner, variable, at)
            for variable in variables
        }
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, owner: str, variable: CacheVariable, at: datetime) -> object:
        key = (owner, variable.name)
        if variable.external:
            return self._external.get(key)
        if variable.capture:
            text, written = self._texts.get(key, ("", at))
            return _natural(text) if text and written > _before(at, variable.ttl) else None
        times = self._triggers[key]
        _forget(times, at, variable.ttl)
        return min(len(times), MAX_COUNT) or None

    def update_cached(
        self,
        owner: str,
        variables: Iterable[CacheVariable],
        roots: Mapping[str, object],
        at: datetime,
        *,
        trigger: bool,
    ) -> None:
        """Let an event, as its rules left it, update the cache variables whose conditions it meets."""
        for variable in variables:
            met = not variable.conditions or any(
                condition.evaluate(roots, at).value for condition in variable.conditions
            )
            if variable.disabled or variable.external or not met:
                continue
            if variable.capture:
                text = text_of(variable.capture.source.look_up(roots))
                found = None if text is None else variable.capture.regex.captured(text)
                if found is not None:
                    self._texts[owner, variable.name] = (found[:MAX_TEXT], at)
            elif trigger:
                self._triggers[owner, variable.name].append(at)


def _forget(times: list[datetime], at: datetime, seconds: int) -> None:
    """Drop the times that lie that long ago, or longer."""
    del times[: bisect_right(times, _before(at, seconds))]


def _before(at: datetime, seconds: int) -> datetime:
    try:
        return at - timedelta(seconds=seconds)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _natural(text: str) -> object:
    """A number where the text is one, as PagerDuty reads it."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return text
    return float(text) if found[1] else int(text)
