"""Match entries of the file to live objects, and decide which live objects are ours.

By mark, then by name: the table of docs/concepts/ownership.md is the whole rule. Pure: it reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pdslack_cli.config.stack import Stack, StackEntry
from pdslack_cli.engine.ownership.claims import claimed_problem
from pdslack_cli.engine.ownership.marked import Marked, marked_by
from pdslack_cli.engine.ownership.match import Match, MatchStatus
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED, READ
from pdslack_cli.kinds.base.kind import LookupKind
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.model import Live, Name, Ref
from pdslack_cli.suggest import a, suggest

Objects = Mapping[str, Sequence[Live]]
"""The live objects, by the name of their kind."""


@dataclass(frozen=True)
class Ownership:
    """The matches of all entries, the index of ids, and our objects without an entry (`unwanted`).

    `copies` carry the mark of another object of ours, by the ref of that object. `unproven` carry a mark of
    ours without an entry, and nothing shows that it was written for them.
    """

    matches: Mapping[Ref, Match]
    id_index: IdIndex
    unwanted: tuple[Live, ...]
    copies: Mapping[Ref, tuple[Live, ...]]
    unproven: tuple[Live, ...]

    @property
    def managed(self) -> Iterable[Live]:
        """Every live object that is ours."""
        for match in self.matches.values():
            if match.live and match.match_status is MatchStatus.OURS:
                yield from match.lives
        yield from self.unwanted


def resolve_ownership(stack: Stack, objects: Objects, *, taking_from: str = "") -> Ownership:
    """Match every entry, kind by kind: later kinds are identified by the ids of earlier ones.

    Objects that `taking_from` owns are matched as if they had no mark.
    """
    resolution = _Resolution()
    for kind in READ:
        lives = objects.get(kind.name, ())
        finder = _Finder(stack, kind, lives, resolution.id_index, taking_from)
        for entry in stack.of_kind(kind.name):
            resolution.found(finder.find(entry))
        resolution.reject_claimed_twice(stack, kind)
        resolution.classify_rest(stack, finder)
    return Ownership(
        resolution.matches,
        resolution.id_index,
        tuple(resolution.unwanted),
        {ref: tuple(lives) for ref, lives in resolution.copies.items()},
        tuple(resolution.unproven),
    )


class _Resolution:
    """The result so far, while the kinds are matched one by one."""

    def __init__(self) -> None:
        self.id_index, self.ours = IdIndex(), IdIndex()
        self.matches: dict[Ref, Match] = {}
        self.unwanted: list[Live] = []
        self.copies: dict[Ref, list[Live]] = {}
        self.unproven: list[Live] = []

    def found(self, match: Match) -> None:
        ref = match.entry.ref
        self.matches[ref] = match
        if match.live and not match.problem:
            self.id_index.add(ref, match.live.id)
            if match.match_status is MatchStatus.OURS:
                self.ours.add(ref, match.live.id)
        elif match.live and match.live.retired:  # else what refers to it would differ, beside the problem
            self.id_index.recognise(ref, match.live.id)

    def reject_claimed_twice(self, stack: Stack, kind: LookupKind[Any]) -> None:
        """Add a problem to each entry of the kind whose object another entry means as well."""
        matches = [self.matches[entry.ref] for entry in stack.of_kind(kind.name)]
        matched_ids = {match.live.id for match in matches if match.live}
        for match in (match for match in matches if match.duplicates):
            # An object that an entry selects by id is no duplicate of another entry's object.
            duplicates = tuple(live for live in match.duplicates if live.id not in matched_ids)
            self.matches[match.entry.ref] = replace(match, duplicates=duplicates)
        self.matches |= _claimed_twice(stack, matches)

    def classify_rest(self, stack: Stack, finder: _Finder) -> None:
        """Classify the objects of a kind that its entries have not matched."""
        kind, lives, marked = finder.kind, finder.lives, finder.marked
        matches = [self.matches[entry.ref] for entry in stack.of_kind(kind.name)]
        taken = {live.id: match for match in matches for live in match.lives}
        for live in lives:
            self.id_index.learn(live.kind, live.id, live.name)
        for key, group in marked.items():
            ref = Ref(kind.name, key)
            self._classify_marked(ref, group, taken)
            for live in group.ours:
                self.ours.add(ref, live.id)
                if ref not in self.id_index and self.id_index.known(kind.name, live.id) is None:
                    self.id_index.add(ref, live.id)
        for live in lives if kind.named_alone else ():
            self._index_by_name(kind, live)
        managed = MANAGED_NAMED.get(kind.name)
        if managed and not managed.marked:
            free = (live for live in lives if live.id not in taken)
            self.unwanted += [live for live in free if managed.owned_by_endpoints(live, self.ours)]

    def _index_by_name(self, kind: LookupKind[Any], live: Live) -> None:
        """Make an object known by its name: files refer to it without an entry, unless one has that key."""
        ref = Ref(kind.name, Name(kind.written_name(live)))
        is_free = ref not in self.matches and ref not in self.id_index
        if is_free and self.id_index.known(kind.name, live.id) is None:
            self.id_index.add(ref, live.id)

    def _classify_marked(self, ref: Ref, group: Marked, taken: Mapping[str, Match]) -> None:
        """Classify the objects under one mark that no entry has matched."""
        matches = [taken[live.id] for live in group.all if live.id in taken]
        if ref in self.matches:
            matches.append(self.matches[ref])
        if any(match.problem for match in matches):
            return
        rest = [live for live in group.all if live.id not in taken]
        if matches and matches[0].live:
            self.copies.setdefault(matches[0].entry.ref, []).extend(rest)
        else:
            self.unwanted += group.ours
            self.copies.setdefault(ref, []).extend(group.copies)
            self.unproven += () if group.ours else group.unproven


def _claimed_twice(stack: Stack, matches: Iterable[Match]) -> Mapping[Ref, Match]:
    """The matches of one kind whose object another entry means as well, each with a problem."""
    claims: dict[str, list[tuple[Match, Live]]] = {}
    for match in matches:
        if match.live is not None:
            claims.setdefault(match.live.id, []).append((match, match.live))
    found: dict[Ref, Match] = {}
    for claimants in claims.values():
        refs = [match.entry.ref for match, _ in claimants]
        for match, live in claimants if len(refs) > 1 else ():
            if match.problem is None:
                problem = claimed_problem(stack, match.entry, live, refs)
                found[match.entry.ref] = replace(match, match_status=MatchStatus.UNUSABLE, problem=problem)
    return found


class _Finder:
    """Matches the entries of one kind to its live objects."""

    def __init__(
        self,
        stack: Stack,
        kind: LookupKind[Any],
        lives: Sequence[Live],
        id_index: IdIndex,
        taking_from: str,
    ) -> None:
        self.stack, self.kind, self.lives, self.id_index = stack, kind, lives, id_index
        self.taking_from = taking_from
        managed = MANAGED_NAMED.get(kind.name)
        self.only_read = managed is None
        self.marked = marked_by(stack.owner, managed, lives) if managed else {}
        self.theirs = marked_by(taking_from, managed, lives) if managed and taking_from else {}
        self.chosen = {entry.spec.id for entry in stack.of_kind(kind.name) if entry.spec.id}
        wanted = [entry for entry in stack.of_kind(kind.name) if entry.ref in stack.wanted]
        keys = {key for entry in wanted for key in (entry.ref.key, entry.spec.previously) if key}
        self.found_by_mark = {
            live.id: key
            for key in keys & self.marked.keys()
            for live in self.marked[key].fitting
            if live.owned
            and live.owned.check  # without one nothing tells a rename in the file from one by hand
        }
        self.copies = {live.id for marked in self.marked.values() for live in marked.copies}
        # By what identifies them, and how well: aliases count where nothing has the identity itself.
        self.by_identity: dict[tuple[int, object], list[Live]] = {}
        for live in lives:
            for rank, identity in enumerate((kind.identity(live), *kind.aliases(live))):
                self.by_identity.setdefault((rank, identity), []).append(live)
        self.ranks = 1 + max((rank for rank, _ in self.by_identity), default=0)

    def find(self, entry: StackEntry) -> Match:
        if entry.spec.id is not None:
            return self._by_id(entry)
        if entry.spec.lookup or self.only_read:
            return self._look_up(entry)
        found = [self.marked[key] for key in self._marked_keys(entry)]
        if len(found) > 1:
            return self._under_two_keys(entry, *found)
        return self._by_mark(entry, found[0]) if found else self._by_identity(entry)

    def _marked_keys(self, entry: StackEntry) -> Sequence[str]:
        """Its key, and the one before, where objects carry their marks; archived ones count only alone."""
        known = dict.fromkeys((entry.ref.key, entry.spec.previously or entry.ref.key))
        keys = [key for key in known if key in self.marked]
        active = [key for key in keys if any(not live.retired for live in self.marked[key].all)]
        return active or keys[:1]

    def _under_two_keys(self, entry: StackEntry, now: Marked, before: Marked) -> Match:
        one, other = now.all[0], before.all[0]
        problem = self._unusable(
            entry,
            f"{entry.ref}: {one.place} carries its mark, and {other.place} that of its previous key",
            "remove `previously` to have the latter deleted, or the former's mark to keep the latter",
            one,
        )
        return replace(problem, duplicates=before.all)

    def _by_mark(self, entry: StackEntry, marked: Marked) -> Match:
        if marked.ours:
            first, *others = marked.ours
            leftovers = tuple(live for live in others if not live.retired)
            return Match(entry, MatchStatus.OURS, first, leftovers, marked.copies)
        alone = marked.unproven[0]
        namesakes = [] if alone.name == entry.spec.name else self._unmarked(self._same(entry))
        if len(marked.unproven) == 1 and not namesakes:
            return Match(entry, MatchStatus.OURS, alone)
        candidates = ", ".join(live.place for live in (*marked.unproven, *namesakes))
        return self._unusable(
            entry,
            f"{entry.ref}: cannot tell which of these is ours, because none has a mark that fits its name: "
            f"{candidates}",
            "choose one with `id:`",
        )

    def _by_id(self, entry: StackEntry) -> Match:
        live = next((live for live in self.lives if live.id == entry.spec.id), None)
        ours = {key: self.marked[key].ours for key in self._marked_keys(entry) if self.marked[key].ours}
        if live is None and ours and not entry.spec.lookup:
            # It was replaced by an apply: the mark finds what took its place.
            return self._by_mark(entry, self.marked[next(iter(ours))])
        if live is None:
            message = f"{entry.ref}: there is no {self.kind.title} with id {entry.spec.id!r}"
            hints = filter(None, ("correct it, or remove `id:`", self.kind.hidden_hint))
            return self._unusable(entry, message, "" if self.only_read else "; ".join(hints))
        for key, (holder, *_) in ours.items():
            if live not in self.marked[key].all and not entry.spec.lookup:
                return self._unusable(
                    entry,
                    f"{entry.ref} has id {live.id!r}, but the mark of {self.kind.name}/{key} is on "
                    f"{holder.place}",
                    "correct the id, or give this entry another key",
                )
        match = self._classify(entry, live)
        if entry.spec.lookup or self.only_read or self.kind.marked:
            return match
        same = self.by_identity[0, self.kind.identity(live)]
        return replace(match, duplicates=tuple(other for other in same if other is not live))

    def _look_up(self, entry: StackEntry) -> Match:
        same = self._same(entry)
        usable = [live for live in same if not live.retired]
        wanted = self.kind.wanted_identity(entry.spec, self.id_index)
        if same and not usable:
            return self._retired(entry, same[0])
        if wanted is None and not self.only_read:
            message = f"{entry.ref}: {a(self.kind.title)} has no name to look it up by"
            return self._unusable(entry, message, "set its `id:`")
        if not usable:
            message = f"{entry.ref}: there is no {self.kind.title} {wanted!r}"
            called = [text for live in self.lives for text in self._called(live)]
            if isinstance(entry.ref.key, Name):  # no entry of the file, but perhaps a misspelt one
                called = [*self.stack.known.words(self.kind.name), *called]
            near = suggest(str(wanted), called)
            return self._unusable(entry, message, near or self.kind.absent_hint)
        if len(usable) > 1:
            return self._ambiguous(entry, usable)
        return Match(entry, MatchStatus.LOOKED_UP, usable[0])

    def _called(self, live: Live) -> Iterable[str]:
        return live.name, live.id, self.kind.written_name(live)

    def _by_identity(self, entry: StackEntry) -> Match:
        same = [live for live in self._same(entry) if not self._is_another_entrys(entry, live)]
        if same and not self.kind.marked:
            free = [live for live in same if live.id not in self.chosen] or same
            return Match(entry, MatchStatus.OURS, free[0], tuple(free[1:]))
        likely = self._theirs(entry, same) or self._unmarked(same)
        if len(likely) > 1:
            return self._ambiguous(entry, likely)
        found = likely or same[:1]
        return self._classify(entry, found[0]) if found else self._absent(entry)

    def _theirs(self, entry: StackEntry, same: Iterable[Live]) -> Sequence[Live]:
        """The objects of the owner from whom things are taken over: by name, then by the key in its marks."""
        named = [live for live in same if live.owned and live.owned.owner == self.taking_from]
        keys = (entry.ref.key, entry.spec.previously or entry.ref.key)
        under_key = next((self.theirs[key] for key in keys if key in self.theirs), Marked())
        same_key = [live for live in named if live in under_key.all]
        certain = [live for live in same_key if live in under_key.ours]  # the others may be copies
        active = (live for live in under_key.ours or under_key.unproven if not live.retired)
        return certain or same_key or named or [*active]

    def _is_another_entrys(self, entry: StackEntry, live: Live) -> bool:
        """Whether the object is ours under the key of another entry, which may be about to rename it.

        Some kinds (webhooks) have names that need not be unique as well. An object that is borrowed from
        another kind may belong to an entry of that kind.
        """
        if self.kind.borrows_from and self.id_index.known(self.kind.borrows_from, live.id):
            return True
        return self.found_by_mark.get(live.id) not in {None, entry.ref.key, entry.spec.previously}

    def _classify(self, entry: StackEntry, live: Live) -> Match:
        """The match for an object that was found by name or id: whether the entry may use it."""
        if entry.spec.lookup:
            return self._retired(entry, live) if live.retired else Match(entry, MatchStatus.LOOKED_UP, live)
        if live.owned is None or live.id in self.copies:
            # Slack creates a channel without a purpose, so a crash right there leaves it unmarked.
            ours = live.left_unmarked or not self.kind.marked
            return Match(entry, MatchStatus.OURS if ours else MatchStatus.UNMARKED, live)
        owner, key = live.owned.address
        if owner != self.stack.owner and owner == self.taking_from:
            return Match(entry, MatchStatus.THEIRS, live)
        if owner != self.stack.owner:
            return self._unusable(
                entry,
                f"{entry.ref}: the {self.kind.title} {live.name!r} belongs to owner {owner!r}",
                f"`pdslack adopt {entry.ref} --from {owner}` takes it over; to leave it there, remove it "
                "from one of the two files, or set `lookup: true` here",
                live,
            )
        if key in {entry.ref.key, entry.spec.previously}:
            return Match(entry, MatchStatus.OURS, live)
        hint = (
            "two entries cannot refer to the same object"
            if Ref(self.kind.name, key) in self.stack.entries
            else f"if it was renamed, set `previously: {key}`"
        )
        message = f"{entry.ref}: the {self.kind.title} {live.name!r} is marked as {owner}/{key}"
        return self._unusable(entry, message, hint, live)

    def _retired(self, entry: StackEntry, live: Live) -> Match:
        wanted = entry.spec.id or self.kind.wanted_identity(entry.spec, self.id_index)
        message = f"{entry.ref}: the {self.kind.title} {wanted!r} is {self.kind.retired_word}"
        return self._unusable(entry, message, self.kind.retired_hint, live)

    def _same(self, entry: StackEntry) -> list[Live]:
        wanted = self.kind.wanted_identity(entry.spec, self.id_index)
        if wanted is None:
            return []
        found = (self.by_identity.get((rank, wanted)) for rank in range(self.ranks))
        return next(filter(None, found), [])

    def _unmarked(self, same: Iterable[Live]) -> list[Live]:
        """Those without a mark of objects with an entry's name; a copied mark does not count."""
        return [live for live in same if live.owned is None or live.id in self.copies]

    def _absent(self, entry: StackEntry) -> Match:
        return Match(entry, MatchStatus.ABSENT)

    def _ambiguous(self, entry: StackEntry, lives: Sequence[Live]) -> Match:
        ids = ", ".join(sorted(live.id for live in lives))
        alike = len({live.name for live in lives}) == 1
        why = f"are named {lives[0].name!r}" if alike else "may be meant"
        message = f"{entry.ref}: {len(lives)} objects {why} ({ids})"
        return self._unusable(entry, message, "choose one with `id:`")

    def _unusable(self, entry: StackEntry, message: str, hint: str = "", live: Live | None = None) -> Match:
        problem = Problem(message, self.stack.location(entry.ref), hint)
        return Match(entry, MatchStatus.UNUSABLE, live, problem=problem)
