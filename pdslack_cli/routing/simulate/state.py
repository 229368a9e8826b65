"""State of orchestrations between events: counters and cache variables (orchestration.md 1.10, 2.8)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Self

from pdslack_cli.model import Json
from pdslack_cli.routing.pcl.conditions import Condition, Verdict
from pdslack_cli.routing.pcl.values import text_of
from pdslack_cli.routing.simulate.rules import CacheVariable

MAX_COUNT = 1000  # that a cache variable counts up to
MAX_TEXT = 1024  # characters of a remembered text; the rest is cut

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class State:
    """The state of one account; events must be processed in the order of their times.

    `external` gives the values of cache variables that are set only from outside, by owner and name.
    """

    def __init__(self, external: Mapping[tuple[str, str], object] | None = None) -> None:
        self._triggers: defaultdict[str, list[datetime]] = defaultdict(list)
        self._texts: dict[str, tuple[str, datetime]] = {}
        self._external = dict(external or {})

    def to_json(self) -> Json:
        """Serialize for `from_json`, except for values from outside."""
        return {
            "triggers": {
                key: [at.isoformat() for at in times] for key, times in self._triggers.items() if times
            },
            "texts": {key: [text, at.isoformat()] for key, (text, at) in self._texts.items()},
        }

    @classmethod
    def from_json(cls, kept: Json, external: Mapping[tuple[str, str], object] | None = None) -> Self:
        """Restore a state from the result of `to_json`."""
        state = cls(external)
        for key, times in kept["triggers"].items():
            state._triggers[key] = [datetime.fromisoformat(at) for at in times]
        state._texts = {key: (text, datetime.fromisoformat(at)) for key, (text, at) in kept["texts"].items()}
        return state

    def count(
        self, key: tuple[object, ...], condition: Condition, at: datetime, *, trigger: bool
    ) -> dict[str, object]:
        """Count a trigger; return the roots for the thresholds of a condition that the event has reached.

        Counters belong to a condition of a rule, identified by `key`: (unverified), orchestration.md 1.10.
        """
        roots: dict[str, dict[int, int]] = {}
        for threshold in dict.fromkeys(condition.thresholds):
            times = self._triggers[_key(*key, threshold)]
            if trigger:
                times.append(at)
            _forget(times, at, threshold.seconds)
            roots.setdefault(threshold.counter, {})[threshold.seconds] = len(times)
        return dict(roots)

    def reset(self, key: tuple[object, ...], verdict: Verdict) -> None:
        """Restart the counters whose comparison was true."""
        for threshold in verdict.reset:
            self._triggers.pop(_key(*key, threshold), None)

    def cached(self, owner: str, variables: Iterable[CacheVariable], at: datetime) -> dict[str, object]:
        """Return the cache variables of an orchestration or service; unset and disabled ones are missing.

        A variable that has counted nothing counts as unset: (unverified). Values from outside are included
        even if `variables` lacks them, because files do not contain all variables of an account; one that
        events set begins with such a value.
        """
        values = {name: value for (of, name), value in self._external.items() if of == owner}
        for variable in variables:
            value = self._value(owner, variable, at)
            if variable.disabled:
                values.pop(variable.name, None)
            elif value is not None:
                values[variable.name] = value
        return values

    def _value(self, owner: str, variable: CacheVariable, at: datetime) -> object:
        if variable.external:
            return self._external.get((owner, variable.name))
        key = _key(owner, variable.name)
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
        """Update the cache variables whose conditions match the event after its rules."""
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
                    self._texts[_key(owner, variable.name)] = (found[:MAX_TEXT], at)
            elif trigger:
                self._triggers[_key(owner, variable.name)].append(at)


def _key(*parts: object) -> str:
    """Return the key of a counter or a stored text, stable across processes."""
    return json.dumps([str(part) for part in parts])


def _forget(times: list[datetime], at: datetime, seconds: int) -> None:
    """Remove the times at least that long ago."""
    del times[: bisect_right(times, _before(at, seconds))]


def _before(at: datetime, seconds: int) -> datetime:
    try:
        return at - timedelta(seconds=seconds)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _natural(text: str) -> object:
    """Convert a numeric text to a number, as PagerDuty does."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return text
    return float(text) if found[1] else int(text)
