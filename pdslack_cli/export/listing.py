"""The objects of an account as a file refers to them: a list of names and ids for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.vendor_json import reads_answers, text_at, text_or_none
from pdslack_cli.engine.tokens import identity_in
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds import READ
from pdslack_cli.kinds.base.kind import LookupKind, Provider
from pdslack_cli.kinds.unmanaged import UNMANAGED
from pdslack_cli.model import Json
from pdslack_cli.suggest import a, suggest


@dataclass(frozen=True)
class Listed:
    """One object: the word that a file writes for it, its id, whose mark it carries, and what else helps."""

    word: str
    id: str
    owner: str = ""  # OWNER/KEY of its mark
    details: Json = field(default_factory=dict)

    def contains(self, text: str) -> bool:
        """Whether the text is in one of its names or in its id, case ignored."""
        names = (self.word, self.id, self.owner, self.details.get("name"), self.details.get("display_name"))
        return any(text.casefold() in str(name).casefold() for name in names if name)


Read = Callable[[Clients], Iterable[Listed]]


@dataclass(frozen=True)
class Listing:
    """A list that can be asked for: what is in it, where that is written, and how it is read."""

    name: str
    provider: Provider
    written: str  # where a file refers to it
    read: Read


def _of_kind(kind: LookupKind[Any]) -> Listing:
    name = kind.listing_name
    where = f"{kind.section}: {{KEY: …}}" if kind.section else f"by name, as {a(kind.title)}"

    @reads_answers
    def read(clients: Clients) -> Iterable[Listed]:
        if kind.needs_workspace and not clients.workspace:
            clients = replace(clients, workspace=text_at(identity_in("", clients), "team_id"))
        for live in kind.read_names(clients):
            owned = f"{live.owned.owner}/{live.owned.key}" if live.owned else ""
            yield Listed(kind.written_name(live), live.id, owned, dict(kind.listed_details(live)))

    return Listing(name, kind.provider, where, read)


def _of_unmanaged(title: str, provider: Provider, list_all: Callable[[Clients], list[Json]]) -> Listing:
    @reads_answers
    def read(clients: Clients) -> Iterable[Listed]:
        for raw in list_all(clients):
            word = next(filter(None, (text_or_none(raw, name) for name in _NAMES)), "")
            yield Listed(word, text_or_none(raw, "id") or "")

    return Listing(title.replace(" ", "-"), provider, "not managed", read)


_NAMES = ("handle", "name", "summary", "label", "description")  # where objects without a kind have their name


def _listings() -> Iterable[Listing]:
    yield from map(_of_kind, READ)
    # PagerDuty's other objects have no place in a file.
    for title, list_all in UNMANAGED["slack"].items():
        yield _of_unmanaged(title, "slack", list_all)


LISTINGS: Mapping[str, Listing] = {listing.name: listing for listing in _listings()}


def listing_named(text: str) -> Listing:
    """The list of that name, in the singular too; raises PdslackError."""
    wanted = text.lower().replace("_", "-")
    names = dict(_singulars()) | {name: name for name in LISTINGS}
    if wanted in names:
        return LISTINGS[names[wanted]]
    error = PdslackError(f"there is no list of {text!r}")
    error.hint = suggest(wanted, names) or f"the lists are {', '.join(LISTINGS)}"
    raise error


def _singulars() -> Iterable[tuple[str, str]]:
    for kind in READ:
        name = kind.listing_name
        yield kind.name.replace("_", "-"), name
        yield f"{kind.name}s".replace("_", "-"), name
    for name in LISTINGS:
        yield name.removesuffix("s"), name
