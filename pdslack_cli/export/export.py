"""A whole account → files that validate and plan to nothing but adoptions. Pure: it has no side effects.

Entries are made one by one, then checked together; what does not pass is left out, until all passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pdslack_cli.config.expand.variables import escaped
from pdslack_cli.config.stack import Header
from pdslack_cli.config.suggest import suggest
from pdslack_cli.config.tokens import find_token
from pdslack_cli.errors import Problem, ProblemsError
from pdslack_cli.export.account import Account
from pdslack_cli.export.entries import EntryWriter, WrittenEntry, corrected
from pdslack_cli.export.keys import refs_of
from pdslack_cli.export.selection import Selection, teams_of
from pdslack_cli.export.verify import ExportFault, find_faults
from pdslack_cli.kinds import KIND_NAMED, KINDS, MANAGED, READ_NAMED, kind_of
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.team import Team
from pdslack_cli.kinds.people import People, Person
from pdslack_cli.model import Json, Live, Ref

MOST_NAMED = 5
MOST_ROUNDS = 20  # of checks: what is left out for one fault may show another


@dataclass(frozen=True)
class ExportEntry:
    """An entry of a file: its words, what it cannot say, and the team that it stands with."""

    ref: Ref
    words: Json | str
    comments: tuple[str, ...] = ()
    team: str = ""

    @property
    def section(self) -> str:
        return KIND_NAMED[self.ref.kind].section


@dataclass(frozen=True)
class Export:
    """What the files say, in the order of sections and keys; `left_out` is what no entry tells of."""

    header: Header
    entries: tuple[ExportEntry, ...]
    left_out: tuple[str, ...]


ToFiles = Callable[[Export], Mapping[str, str]]


def make_export(
    account: Account,
    header: Header,
    selection: Selection,
    to_files: ToFiles,
    environ: Mapping[str, str],
) -> tuple[Export, Mapping[str, str]]:
    """Express as much of the account as files can, and return it with the text of each file by name.

    What the header's owner marked keeps its key. What belongs to another owner, was not selected, or cannot
    be managed by a file is only looked up, and only where an entry refers to it. The files pass `validate`
    and plan to adoptions alone: `to_files` writes them, and they are read as a run in `environ` would read
    them. Raises ProblemsError where the selection fits nothing, or where no files pass.
    """
    slack = header.slack.model_copy(update={"workspace": account.workspace})
    exporter = _Exporter(account, header.model_copy(update={"slack": slack}), selection)
    for _ in range(MOST_ROUNDS):
        export = exporter.export()
        texts = to_files(export)
        faults = find_faults(texts, environ, account.objects, complete=selection == Selection())
        if not faults:
            return export, texts
        if not exporter.correct(faults):
            break
    message = "the export would not validate: "
    hint = "please report this; `--only` exports the rest of the account"
    raise ProblemsError(
        [
            Problem(f"{message}{f'{fault.ref}: ' if fault.ref else ''}{fault.reason}", hint=hint)
            for fault in faults
        ]
    )


class _Exporter:
    """Goes through the kinds, each after those it refers to, and knows what files can refer to so far."""

    def __init__(self, account: Account, header: Header, selection: Selection) -> None:
        self.header, self.owner, self.selection = header, header.owner, selection
        refs = refs_of(account.objects, self.owner)
        self.lives = {
            refs[name, live.id]: live
            for name, lives in account.objects.items()
            for live in lives
            if (name, live.id) in refs
        }
        self.unread, self.unread_parts = account.unread, account.unread_parts
        self.id_index = IdIndex({ref: live.id for ref, live in self.lives.items()})
        self.befores = dict(self._decoded())
        self.teams = teams_of(self.befores)
        self.same_identity = Counter(self._identity(ref) for ref in self.befores)
        self.same_mark = Counter(self._marked_as(ref) for ref in self.befores)
        self.expressible = self.lives.keys() - self.befores.keys()
        self.of_others: dict[str, IdIndex] = {}
        for ref, live in self.lives.items():
            if live.owned and live.owned.owner != self.owner:
                self.of_others.setdefault(live.owned.owner, IdIndex()).add(ref, live.id)
        self.managed: dict[Ref, WrittenEntry] = {}
        self.others: dict[Ref, str] = {}  # why they are not managed; "": nobody asked for them
        self.unsayable: dict[Ref, WrittenEntry] = {}
        self.surplus: set[Ref] = set()  # what a plan would remove if no entry named it
        self.unnamed: dict[Ref, str] = {}  # why not even a look-up finds them
        self._write_entries()

    def _decoded(self) -> Iterator[tuple[Ref, Resource]]:
        for kind in MANAGED:
            for ref in sorted(ref for ref in self.lives if ref.kind == kind.name):
                yield ref, kind.decode(self.lives[ref], self.id_index)

    def _identity(self, ref: Ref) -> tuple[str, Hashable]:
        return ref.kind, kind_of(ref).identity(self.lives[ref])

    def _marked_as(self, ref: Ref) -> tuple[str, tuple[str, str] | None]:
        owned = self.lives[ref].owned
        return ref.kind, owned.address if owned else None

    def _write_entries(self) -> None:
        team = self._chosen_team()
        self._check_patterns()
        sayer = EntryWriter(self.owner, self.id_index, self.expressible)
        for ref, before in self.befores.items():
            live = self.lives[ref]
            if reason := self._not_ours_to_manage(ref, live):
                self.others[ref] = reason
            elif not self.selection.holds(ref, self.teams.get(ref), team):
                self.others[ref] = ""
            else:
                said = sayer.say(kind_of(ref), ref, live, before)
                (self.unsayable if said.words is None else self.managed)[ref] = said
            if not live.retired:
                self.expressible.add(ref)

    def export(self) -> Export:
        needed = self._needed()
        entries = [*self._people(needed), *map(self._looked_up, needed & self.befores.keys())]
        entries += map(self._managed, self.managed)
        order = {kind.section: place for place, kind in enumerate(KINDS)}
        entries.sort(key=lambda entry: (order[entry.section], entry.ref.key))
        return Export(self.header, tuple(entries), (*self._left_out(needed), *self.unread))

    def correct(self, faults: Iterable[ExportFault]) -> bool:
        """Leave out what has a fault: a piece of an entry, else its being managed, else all of it.

        Returns whether anything was: if not, another check would find the same.
        """
        found: dict[Ref, list[ExportFault]] = {}
        before = (len(self.surplus), len(self.unnamed))
        for fault in faults:
            live = fault.surplus
            if live and (ref := self.id_index.known(live.kind, live.id)) in self.lives:
                self.surplus.add(ref)
            elif fault.ref:
                found.setdefault(fault.ref, []).append(fault)
        managed = found.keys() & self.managed.keys()
        for ref in managed:
            written = corrected(self.managed[ref], found[ref])
            if written.words is None:
                self.unsayable[ref] = written
                del self.managed[ref]
            else:
                self.managed[ref] = written
        for ref in found.keys() - managed:
            for named in self._named_by(ref):
                self.unnamed.setdefault(named, found[ref][0].reason)
        return bool(managed) or before != (len(self.surplus), len(self.unnamed))

    def _named_by(self, ref: Ref) -> Iterator[Ref]:
        """What an entry names: people are named for both products."""
        spec = KIND_NAMED[ref.kind].spec
        names = [kind.name for kind in KINDS if kind.spec is spec] if spec is Person else [ref.kind]
        return (named for name in names if (named := Ref(name, ref.key)) in self.lives)

    # --- which ---------------------------------------------------------------------------------------

    def _chosen_team(self) -> Ref | None:
        if not self.selection.team:
            return None
        teams = {ref: before.name for ref, before in self.befores.items() if isinstance(before, Team)}
        found = [ref for ref, name in teams.items() if self.selection.team in (ref.key, name)]
        if len(found) != 1:
            message = f"{len(found) or 'no'} teams are named {self.selection.team!r}"
            known = [*teams.values(), *(ref.key for ref in teams)]
            hint = f"name it by its key: {', '.join(ref.key for ref in found)}" if found else ""
            raise ProblemsError([Problem(message, hint=hint or suggest(self.selection.team, known))])
        return found[0]

    def _check_patterns(self) -> None:
        known = [str(ref) for ref in self.befores]
        problems = [
            Problem(f"nothing matches {pattern!r}", hint=suggest(pattern, known))
            for pattern in self.selection.only
            if not any(Selection((pattern,)).holds(ref, None, None) for ref in self.befores)
        ]
        if problems:
            raise ProblemsError(problems)

    def _not_ours_to_manage(self, ref: Ref, live: Live) -> str:
        if live.retired:
            return "is archived"
        if live.owned and live.owned.owner != self.owner:
            return f"belongs to owner {live.owned.owner!r}"
        if live.owned and live.owned.key != ref.key:
            return f"has the mark {live.owned}, which another object has too, or which is not a valid key"
        for owner, theirs in self.of_others.items():
            if not kind_of(ref).marked and kind_of(ref).owned_by_endpoints(live, theirs):
                return f"connects objects of owner {owner!r}"
        return kind_of(ref).export_exclusion(live)

    def _needed(self) -> set[Ref]:
        """What must be looked up: what managed entries refer to, and what a plan would take for surplus."""
        found = {ref for ref in self.unsayable if self._is_marked(ref) or not kind_of(ref).marked}
        found |= self.surplus
        found |= {ref for ref, reason in self.others.items() if reason and self._is_marked(ref)}
        for ref, said in self.managed.items():
            fields = self.befores[ref].object_fields()
            kept = self.befores[ref].restricted_to([fields[word] for word in said.words or ()])
            found |= references(kept) & self.expressible
        return found - self.managed.keys() - self.unnamed.keys()

    def _is_marked(self, ref: Ref) -> bool:
        """Whether it has a mark of ours, and is not put away."""
        live = self.lives[ref]
        return live.owned is not None and live.owned.owner == self.owner and not live.retired

    # --- entries -------------------------------------------------------------------------------------

    def _managed(self, ref: Ref) -> ExportEntry:
        said, kind, live = self.managed[ref], kind_of(ref), self.lives[ref]
        words = dict(said.words or {})
        name = words.pop("name", ref.key)
        head = {"name": name} if name != ref.key else {}
        if self._is_ambiguous(ref):
            head["id"] = live.id
        if live.owned and live.owned.protected:
            head["protect"] = True
        team = self.teams.get(ref)
        unread = self.unread_parts.get((live.kind, live.id), ())
        comments = (*said.left_out, *unread, *kind.export_notes(live, self.id_index))
        return ExportEntry(ref, _escaped({**head, **words}), comments, team.key if team else "")

    def _looked_up(self, ref: Ref) -> ExportEntry:
        kind, live = kind_of(ref), self.lives[ref]
        wanted = kind.wanted_identity(Resource.model_construct(name=live.name), self.id_index)
        sayable = bool(live.name) and not find_token(escaped(live.name))
        words: Json = {"name": live.name} if sayable and live.name != ref.key else {}
        words["lookup"] = True
        if not sayable or self._is_ambiguous(ref) or wanted != kind.identity(live):
            words["id"] = live.id
        flaws = self.unsayable[ref].left_out if ref in self.unsayable else ()
        comments = [f"it is only looked up: {flaw}" for flaw in flaws]
        if reason := self.others.get(ref):
            comments.append(f"it {reason}")
        return ExportEntry(ref, _escaped(words), tuple(comments))

    def _is_ambiguous(self, ref: Ref) -> bool:
        """Whether neither its name nor its mark tells it from all others."""
        same_mark = self._is_marked(ref) and self.same_mark[self._marked_as(ref)] > 1
        return same_mark or self.same_identity[self._identity(ref)] > 1

    def _people(self, needed: Iterable[Ref]) -> Iterator[ExportEntry]:
        emails = {}
        for ref in needed:
            kind = READ_NAMED[ref.kind]
            if kind.spec is Person:
                emails[ref.key] = str(kind.identity(self.lives[ref]))
        return (ExportEntry(Ref(People.name, key), email) for key, email in emails.items())

    # --- what is left out ----------------------------------------------------------------------------

    def _left_out(self, needed: Collection[Ref]) -> Iterator[str]:
        for ref, said in self.unsayable.items():
            if ref not in needed:
                yield f"{kind_of(ref).title} {self.lives[ref].name!r}: {'; '.join(said.left_out)}"
        for ref, reason in self.unnamed.items():
            if ref not in self.unsayable:
                yield f"{READ_NAMED[ref.kind].title} {self.lives[ref].name!r}: {reason}"
        alike: dict[tuple[str, str], list[str]] = {}
        for ref, reason in self.others.items():
            if reason and ref not in needed:
                alike.setdefault((kind_of(ref).title, reason), []).append(repr(self.lives[ref].name))
        for (title, reason), names in alike.items():
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            yield f"{title} {', '.join(names[:MOST_NAMED])}{more}: {reason}"
        ours = [ref for ref, reason in self.others.items() if not reason and self._is_marked(ref)]
        if ours:
            yield f"{len(ours)} more objects of owner {self.owner!r}: add this to the files that manage them"


def _escaped(words: Any) -> Any:
    """The same for a file: nothing in it is taken for a variable."""
    if isinstance(words, dict):
        return {key: _escaped(value) for key, value in words.items()}
    if isinstance(words, list):
        return [_escaped(value) for value in words]
    return escaped(words) if isinstance(words, str) else words
