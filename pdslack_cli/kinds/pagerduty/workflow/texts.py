"""Fields of incidents in the inputs of steps, as `{{incident.title}}`: what looks misspelt.

PagerDuty publishes no list of what steps can read, so all of this is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.pagerduty.workflow.step import WorkflowStep, walk
from pdslack_cli.model import Ref
from pdslack_cli.routing.pcl.fields import INCIDENT_FIELDS
from pdslack_cli.routing.pcl.fields import ROOTS as OF_EVENTS
from pdslack_cli.routing.pcl.fields import TEXTS as EVENT_TEXTS

KNOWN = INCIDENT_FIELDS | {"url", "assignee", "description", "type"}
"""Those of conditions, and what steps are seen to read besides."""

_BRACES = re.compile(r"(?P<open>\{+)\s*(?P<path>[A-Za-z_]\w*(?:\.\w+)*)\s*(?P<close>\}*)")
_ANY = "write a field of the incident, such as {{incident.title}}"
_OTHER_ROOTS = OF_EVENTS | {"pagerduty", "payload", "alert", "trigger"}


def wrong_texts(steps: Sequence[WorkflowStep]) -> Iterator[Doubt]:
    """Yield the braces in inputs that would stay in the text, as far as that can be known."""
    for path, step in walk(steps):
        for name, value in step.inputs.items():
            if isinstance(value, str) and not isinstance(value, Ref):
                for offset, message, hint in _wrong_braces(value):
                    yield Doubt((*path, "inputs", name), message, hint, offset=offset)


def _wrong_braces(text: str) -> Iterable[tuple[int, str, str]]:
    for found in _BRACES.finditer(text):
        path, written = found["path"], found[0].rstrip()
        intended = _intended(path)
        if len(found["open"]) == len(found["close"]) == 2:
            if intended != path:
                hint = f"write {{{{{intended}}}}}" if intended else _ANY
                yield found.start("path"), f"steps are not known to read {written}", hint
        elif path.startswith("incident.") and "{{" in (found["open"], found["close"].replace("}", "{")):
            message = f"the braces of {written} do not match, so it stays in the text"
            yield found.start(), message, f"write {{{{{intended or path}}}}}"
        elif path.startswith("incident.") and found["open"] == "{":
            yield found.start(), f"{written} stays in the text", f"write {{{{{intended or path}}}}}"


def _intended(path: str) -> str:
    """Return the path that is meant: itself where nothing is wrong with it, "" where that is unclear."""
    root, _, rest = path.partition(".")
    if path.startswith("pagerduty.incident."):
        return _intended(path.removeprefix("pagerduty."))
    if root == "incident":
        field, dot, deeper = rest.partition(".")
        if not field or field in KNOWN:
            return path
        near = get_close_matches(field, sorted(KNOWN), 1)
        return f"incident.{near[0]}{dot}{deeper}" if near else ""
    if root in _OTHER_ROOTS:
        return f"incident.{_field(rest)}" if _field(rest) else ""
    if not rest:
        return f"incident.{_field(root)}" if _field(root) else path
    return f"incident.{rest}" if get_close_matches(root, ["incident"], 1, 0.8) else path


def _field(name: str) -> str:
    """Return the field of incidents that a name without its root means, or ""."""
    return "title" if name == "summary" else name if name in INCIDENT_FIELDS - {*EVENT_TEXTS} else ""
