"""Whom the page can act as: everybody in the workspace or the account, the same person once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.store import Store


class ActingPerson(NamedTuple):
    """Somebody by their ids; an empty id is of a product that does not know them."""

    name: str
    slack: str = ""
    pagerduty: str = ""

    @property
    def key(self) -> str:
        """What the page calls them in its addresses."""
        return self.slack or self.pagerduty


def acting_people(store: Store) -> list[ActingPerson]:
    """Everybody, by name. The products know the same person by e-mail address, or else by name."""
    accounts = store.all("pagerduty.user")
    by_email = {user["email"].casefold(): user for user in accounts}
    by_name = {user["name"]: user for user in accounts}
    people, known = [], set()
    for member in _members(store):
        user = by_email.get(member["email"].casefold()) or by_name.get(member["real_name"])
        people.append(ActingPerson(member["real_name"], member["id"], user["id"] if user else ""))
        known.add(people[-1].pagerduty)
    people += [ActingPerson(user["name"], "", user["id"]) for user in accounts if user["id"] not in known]
    return sorted(people, key=lambda person: (person.name.casefold(), person.key))


def _members(store: Store) -> Iterator[Json]:
    for user in store.all("slack.user"):
        if not (user["deleted"] or user["is_bot"] or user["id"] == workspace.SLACKBOT):
            yield user


def chosen_person(people: list[ActingPerson], key: str) -> ActingPerson:
    """The person of that key; the first who is in both products where there is none."""
    for person in people:
        if key and key in (person.slack, person.pagerduty):
            return person
    return next((person for person in people if person.slack and person.pagerduty), ActingPerson("Nobody"))
