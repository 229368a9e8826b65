"""Convert a whole account to files that validate and plan to nothing but adoptions. It has no side effects.

Entries are made one by one, then checked together; what does not pass is left out, until all passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from pdslack_cli.config.expand.variables import escaped
from pdslack_cli.config.stack import Header
from pdslack_cli.config.tokens import find_token
from pdslack_cli.errors import MalformedAnswerError, Problem, ProblemsError
from pdslack_cli.export.account import Account
from pdslack_cli.export.entries import EntryWriter, LiveObject, WrittenEntry
from pdslack_cli.export.keys import refs_of
from pdslack_cli.export.selection import Selection, teams_of
from pdslack_cli.export.verify import ExportFault, find_faults
from pdslack_cli.kinds import KIND_NAMED, KINDS, MANAGED, READ_NAMED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.team import Teams
from pdslack_cli.kinds.people import People, Person
from pdslack_cli.model import Json, Ref, find_cycle
from pdslack_cli.suggest import suggest

MOST_NAMED = 5
MOST_ROUNDS = 20  # of checks: what is left out for one fault may show another


@dataclass(frozen=True)
class ExportEntry:
    """An entry of a file: its content, comments on what it omits, and the team whose file contains it."""

    ref: Ref
    content: Json | str
    comments: tuple[str, ...] = ()
    team: str = ""

    @property
    def section(self) -> str:
        return KIND_NAMED[self.ref.kind].section


@dataclass(frozen=True)
class Export:
    """What the files hold, in the order of sections and keys; `left_out` lists what has no entry."""

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
    """Convert an account to entries, and return them with the text of each file by name.

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


def _referred_first(found: Mapping[Ref, LiveObject]) -> Iterable[LiveObject]:
    """The objects of one kind, each after those of the same kind that it refers to (the parent of a team)."""
    links = {ref: references(one.before) & found.keys() - {ref} for ref, one in found.items()}
    if not any(links.values()) or find_cycle(links):
        return found.values()
    return [found[ref] for ref in TopologicalSorter(links).static_order()]


class _Exporter:
    """Convert the kinds in order, each after those it refers to, and correct what a check refuses."""

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
        self.unreadable: dict[Ref, str] = {}  # the value that no decoding knows
        self.id_index = IdIndex({ref: live.id for ref, live in self.lives.items()})
        self.objects = {found.ref: found for found in self._decoded()}
        self.teams = teams_of({ref: found.before for ref, found in self.objects.items()})
        self.same_identity = Counter(found.identity for found in self.objects.values())
        self.same_mark = Counter(found.mark_address for found in self.objects.values())
        self.referable = self.lives.keys() - self.objects.keys()
        self.of_others: dict[str, IdIndex] = {}
        for ref, live in self.lives.items():
            if live.owned and live.owned.owner != self.owner:
                self.of_others.setdefault(live.owned.owner, IdIndex()).add(ref, live.id)
        self.managed: dict[Ref, WrittenEntry] = {}
        self.unmanaged: dict[Ref, str] = {}  # the reason; "": nobody asked for them
        self.unmanageable: dict[Ref, WrittenEntry] = {}
        self.surplus: set[Ref] = set()  # what a plan would remove if no entry named it
        self.unnamed: dict[Ref, str] = {}  # why not even a look-up finds them
        self._write_entries()

    def _decoded(self) -> Iterator[LiveObject]:
        for kind in MANAGED:
            refs = sorted(ref for ref in self.lives if ref.kind == kind.name)
            yield from _referred_first({ref: self._decode(ref, kind) for ref in refs})

    def _decode(self, ref: Ref, kind: Kind[Any]) -> LiveObject:
        live = self.lives[ref]
        try:
            before = kind.decode(live, self.id_index)
        except MalformedAnswerError as error:
            self.unreadable[ref] = error.message
            before = kind.spec.from_wire(name=live.name)
        return LiveObject(ref, kind, live, before)

    def _write_entries(self) -> None:
        team = self._chosen_team()
        self._check_patterns()
        writer = EntryWriter(self.owner, self.id_index, self.referable)
        for ref, found in self.objects.items():
            if reason := self._not_ours_to_manage(found):
                self.unmanaged[ref] = reason
            elif not self.selection.holds(ref, self.teams.get(ref), team):
                self.unmanaged[ref] = ""
            else:
                written = writer.write(found)
                (self.unmanageable if written.content is None else self.managed)[ref] = written
            if not found.live.retired:
                self.referable.add(ref)

    def export(self) -> Export:
        needed = self._needed()
        entries = [*self._people(needed), *map(self._looked_up, needed & self.objects.keys())]
        entries += map(self._managed, self.managed)
        order = {kind.section: place for place, kind in enumerate(KINDS)}
        entries.sort(key=lambda entry: (order[entry.section], entry.ref.key))
        return Export(self.header, tuple(entries), (*self._left_out(needed), *self.unread))

    def correct(self, faults: Iterable[ExportFault]) -> bool:
        """Leave out what has a fault: a piece of an entry, else its management, else the whole entry.

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
            written = self.managed.pop(ref).corrected(found[ref])
            (self.unmanageable if written.content is None else self.managed)[ref] = written
        for ref in found.keys() - managed:
            for named in self._named_by(ref):
                self.unnamed.setdefault(named, found[ref][0].reason)
        return bool(managed) or before != (len(self.surplus), len(self.unnamed))

    def _named_by(self, ref: Ref) -> Iterator[Ref]:
        """The objects that an entry represents: a person is one in each product."""
        spec = KIND_NAMED[ref.kind].spec
        names = [kind.name for kind in KINDS if kind.spec is spec] if spec is Person else [ref.kind]
        return (named for name in names if (named := Ref(name, ref.key)) in self.lives)

    # --- which ---------------------------------------------------------------------------------------

    def _chosen_team(self) -> Ref | None:
        if not self.selection.team:
            return None
        teams = {ref: found.before.name for ref, found in self.objects.items() if ref.kind == Teams.name}
        chosen = [ref for ref, name in teams.items() if self.selection.team in (ref.key, name)]
        if len(chosen) != 1:
            message = f"{len(chosen) or 'no'} teams are named {self.selection.team!r}"
            known = [*teams.values(), *(ref.key for ref in teams)]
            hint = f"name it by its key: {', '.join(ref.key for ref in chosen)}" if chosen else ""
            raise ProblemsError([Problem(message, hint=hint or suggest(self.selection.team, known))])
        return chosen[0]

    def _check_patterns(self) -> None:
        known = [str(ref) for ref in self.objects]
        problems = [
            Problem(f"nothing matches {pattern!r}", hint=suggest(pattern, known))
            for pattern in self.selection.only
            if not any(Selection((pattern,)).holds(ref, None, None) for ref in self.objects)
        ]
        if problems:
            raise ProblemsError(problems)

    def _not_ours_to_manage(self, found: LiveObject) -> str:
        kind, live = found.kind, found.live
        if live.retired:
            return "is archived"
        if live.owned and live.owned.owner != self.owner:
            return f"belongs to owner {live.owned.owner!r}"
        if found.ref in self.unreadable:
            return f"cannot be read: {self.unreadable[found.ref]}"
        if reason := kind.export_exclusion(live):
            return reason
        if live.owned and live.owned.key != found.ref.key:
            return f"has the mark {live.owned}, which another object has too, or which is not a valid key"
        for owner, theirs in self.of_others.items():
            if not kind.marked and kind.owned_by_endpoints(live, theirs):
                return f"connects objects of owner {owner!r}"
        return ""

    def _needed(self) -> set[Ref]:
        """Objects to look up: those that managed entries refer to, and those that a plan would remove."""
        needed = {ref for ref in self.unmanageable if self._is_ours(ref) or not self.objects[ref].kind.marked}
        needed |= self.surplus
        needed |= {ref for ref, reason in self.unmanaged.items() if reason and self._is_ours(ref)}
        for ref, written in self.managed.items():
            before = self.objects[ref].before
            fields = before.object_fields()
            kept = before.restricted_to([fields[word] for word in written.content or ()])
            needed |= references(kept) & self.referable
        return needed - self.managed.keys() - self.unnamed.keys()

    def _is_ours(self, ref: Ref) -> bool:
        return self.objects[ref].is_marked_by(self.owner)

    # --- entries -------------------------------------------------------------------------------------

    def _managed(self, ref: Ref) -> ExportEntry:
        written, found = self.managed[ref], self.objects[ref]
        live = found.live
        content = dict(written.content or {})
        name = content.pop("name", ref.key)
        head = {"name": name} if name != ref.key else {}
        if self._is_ambiguous(found):
            head["id"] = live.id
        if live.owned and live.owned.protected:
            head["protect"] = True
        team = self.teams.get(ref)
        unread = self.unread_parts.get((live.kind, live.id), ())
        notes = found.kind.export_notes(found.before, live, self.id_index)
        comments = (*written.left_out, *unread, *notes)
        return ExportEntry(ref, _escaped({**head, **content}), comments, team.key if team else "")

    def _looked_up(self, ref: Ref) -> ExportEntry:
        found = self.objects[ref]
        name = found.live.name
        wanted = found.kind.wanted_identity(Resource.model_construct(name=name), self.id_index)
        can_name = bool(name) and not find_token(escaped(name))
        content: Json = {"name": name} if can_name and name != ref.key else {}
        content["lookup"] = True
        if not can_name or self._is_ambiguous(found) or (found.kind.name, wanted) != found.identity:
            content["id"] = found.live.id
        flaws = self.unmanageable[ref].left_out if ref in self.unmanageable else ()
        comments = [f"it is only looked up: {flaw}" for flaw in flaws]
        if reason := self.unmanaged.get(ref):
            comments.append(f"it {reason}")
        return ExportEntry(ref, _escaped(content), tuple(comments))

    def _is_ambiguous(self, found: LiveObject) -> bool:
        """Whether another object has the same name or the same mark, so that an id is needed."""
        same_mark = found.is_marked_by(self.owner) and self.same_mark[found.mark_address] > 1
        return same_mark or self.same_identity[found.identity] > 1

    def _people(self, needed: Iterable[Ref]) -> Iterator[ExportEntry]:
        emails = {}
        for ref in needed:
            kind = READ_NAMED[ref.kind]
            if kind.spec is Person:
                emails[ref.key] = str(kind.identity(self.lives[ref]))
        return (ExportEntry(Ref(People.name, key), email) for key, email in emails.items())

    # --- what is left out ----------------------------------------------------------------------------

    def _left_out(self, needed: Collection[Ref]) -> Iterator[str]:
        for ref, written in self.unmanageable.items():
            if ref not in needed:
                yield f"{self._titled(ref)}: {'; '.join(written.left_out)}"
        for ref, reason in self.unnamed.items():
            if ref not in self.unmanageable:
                yield f"{self._titled(ref)}: {reason}"
        alike: dict[tuple[str, str], list[str]] = {}
        for ref, reason in self.unmanaged.items():
            if reason and ref not in needed and self.selection.holds(ref, None, None):  # asked for
                title = self.objects[ref].kind.title
                alike.setdefault((title, reason), []).append(repr(self.lives[ref].name))
        for (title, reason), names in alike.items():
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            yield f"{title} {', '.join(names[:MOST_NAMED])}{more}: {reason}"
        ours = [ref for ref, reason in self.unmanaged.items() if not reason and self._is_ours(ref)]
        if ours:
            yield f"{len(ours)} more of owner {self.owner!r}: add this to the files that manage them"

    def _titled(self, ref: Ref) -> str:
        return f"{READ_NAMED[ref.kind].title} {self.lives[ref].name!r}"


def _escaped(content: Any) -> Any:
    """Escape every text, so that nothing in it is read as a variable."""
    if isinstance(content, dict):
        return {key: _escaped(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_escaped(value) for value in content]
    return escaped(content) if isinstance(content, str) else content
