"""What a stack expects to find in the accounts, so that the sandbox can have it."""

from __future__ import annotations

from typing import Any

from pdslack_cli.config.stack import Stack
from pdslack_cli.kinds import READ_NAMED
from pdslack_cli.kinds.people import Person
from pdslack_cli.model import Json, Name

# What the sandbox calls a section, where neither the file's word for it nor PagerDuty's tells what it holds.
SEED_WORDS = {
    "routing": "event_orchestrations",
    "incident_custom_field": "custom_fields",
    "workflow_action": "workflow_actions",
}
# Kinds without objects that the sandbox can be given by their names alone.
NOT_SEEDED = frozenset(
    {"slack_user", "service_custom_field", "maintenance_window", "notification_rule", "alert_grouping"}
)


def needs(stack: Stack) -> Json:
    """People, look-ups, names from catalogues, and the workspace; nothing that apply makes."""
    names: dict[str, list[Any]] = {}
    people = []
    for ref, entry in stack.entries.items():
        if isinstance(entry.spec, Person):
            person = {"name": ref.key, "email": entry.spec.email, "slack": entry.spec.slack}
            people.append({word: value for word, value in person.items() if value})
        elif entry.spec.lookup and not entry.spec.id and ref.kind in READ_NAMED.keys() - NOT_SEEDED:
            names.setdefault(seed_word(ref.kind), []).append(str(entry.spec.name))
    for id_, workspace in stack.elsewhere.items():
        names.setdefault("channels", []).append({"name": id_.lower(), "id": id_, "workspace": workspace})
    for ref in sorted(stack.referred, key=str):
        if isinstance(ref.key, Name):
            names.setdefault(seed_word(ref.kind), []).append(str(ref.key))
    return {**names, "people": people, "workspace": stack.workspace}


def seed_word(name: str) -> str:
    """The section of a seed that holds a kind: PagerDuty's word, or the file's if that says more."""
    kind = READ_NAMED[name]
    usual = kind.section if kind.section.endswith(kind.plural) else kind.plural
    return SEED_WORDS.get(name, usual)
