"""What references of a file may refer to, also while entries are invalid."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pdslack_cli.config.cures.keys import as_key, glued_pair, misspelt_sections
from pdslack_cli.config.sections import SECTIONS, TOP_LEVEL_KEYS
from pdslack_cli.kinds import KINDS, READ_NAMED
from pdslack_cli.kinds.fields.references import KnownRefs
from pdslack_cli.kinds.fields.scalars import mailbox
from pdslack_cli.model import Name, Ref


def known_refs(data: Mapping[str, Any], unread_sections: Collection[str]) -> KnownRefs:
    """Return all objects that entries define by their keys, including invalid entries.

    A person is an object in both PagerDuty and Slack.
    """
    refs: set[Ref] = set()
    unread: set[str] = set()
    misspelt = misspelt_sections(data)
    strays = data.keys() - TOP_LEVEL_KEYS  # perhaps entries that are not indented below their section
    for section, kind in SECTIONS.items():
        entries = data.get(section) or {}
        names = {other.name for other in KINDS if other.spec is kind.spec}
        if isinstance(entries, dict) and section not in misspelt:
            refs |= {Ref(name, form) for name in names for key in entries for form in _forms(key) - {""}}
        hidden = (
            section in misspelt or section in unread_sections or (strays and data.get(section, "") is None)
        )
        if not isinstance(entries, dict) or hidden:
            unread |= names
    people = data.get("people")
    entries = people.items() if isinstance(people, dict) else ()
    emails = {key: value.get("email") if isinstance(value, dict) else value for key, value in entries}
    addresses = {mailbox(email): key for key, email in emails.items() if isinstance(email, str)}
    return KnownRefs(frozenset(refs), frozenset(unread), addresses, dict(_called(data)))


def _forms(key: str) -> set[str]:
    """Return a key with the valid ones that it may stand for: references to these are no second mistake."""
    glued = glued_pair(key)
    return {key, as_key(key), glued[0] if glued else key}


def _called(data: Mapping[str, Any]) -> Iterator[tuple[Ref, Ref]]:
    """Yield the entries that other entries may also name as their product does, by name and by label."""
    for kind in READ_NAMED.values():
        entries = data.get(kind.section) if kind.named_alone else None
        for key, entry in entries.items() if isinstance(entries, dict) else ():
            for word in ("label", "name") if isinstance(entry, dict) else ():
                if isinstance(entry.get(word), str):
                    yield Ref(kind.name, Name(entry[word])), Ref(kind.name, key)
