"""What became of an event that was sent, as text."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.masking import mask_secrets
from pdslack_cli.model import Json
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.visible import one_line

_NEED_ALERT = ("acknowledged", "resolved")


@reads_answers
def sent_lines(dedup_key: str, effect: Json, *, change: bool) -> Iterator[str]:
    """Return the dedup key of the event, and what the sandbox made of it."""
    if not dedup_key:
        yield f"The {'change event' if change else 'event'} was accepted."
        return
    # PagerDuty's own keys look like secrets, and whoever resolves the event needs them.
    yield one_line(f"Dedup key: {mask_secrets(dedup_key)}")
    if not effect:
        return
    rules = [str(rule["rule"]) for rule in effect.get("rules") or ()]
    incident = effect.get("incident")
    facts = [
        ("outcome", _outcome(effect)),
        ("rules", ", ".join(rules)),
        ("service", effect.get("service") or ""),
        ("incident", f"#{incident['number']} {incident['title']}" if incident else ""),
        ("status", incident["status"] if incident else ""),
        ("urgency", incident["urgency"] if incident else ""),
        ("priority", (incident["priority"] or "") if incident else ""),
        ("assigned to", ", ".join(map(str, incident["assigned"])) if incident else ""),
    ]
    yield from (safe_line(f"  {name:<12} {value}") for name, value in facts if value)


def _outcome(effect: Json) -> str:
    """Return what was made of the event, with the reason where that is not a new incident."""
    outcome, reason = str(effect.get("outcome") or ""), str(effect.get("reason") or "")
    if not reason:
        return outcome
    if effect.get("incident"):
        return f"{outcome} ({reason})"
    return f"{'no effect' if outcome in _NEED_ALERT else 'no incident'}: {reason}"
