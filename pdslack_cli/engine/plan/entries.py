"""Plan the changes of the stack's entries: create, update, replace, adopt, restore."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from pdslack_cli.clients.create_once import age
from pdslack_cli.config.stack import StackEntry
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.ownership.duplicates import LEFTOVER, difference_message, surplus_note
from pdslack_cli.engine.ownership.match import Match, MatchStatus
from pdslack_cli.engine.ownership.unlisted import unlisted_notices
from pdslack_cli.engine.ownership.unmarked import renamed_problem, unmarked_problem
from pdslack_cli.engine.ownership.unproven import copy_notices
from pdslack_cli.engine.plan.comparison import StackComparison, ordered
from pdslack_cli.engine.plan.obstacles import obstacles
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED, kind_of
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.model import Live, OwnershipMark, Ref

UNCONFIRMED = "its {} is shown only once, and no run confirmed that it was stored"


class EntryPlanner:
    """Applies the ownership rules (docs/concepts/ownership.md) to every entry, and collects its problems.

    `adopt` takes over unmarked objects; `may_restore` are the kinds whose archived objects can be restored.
    Unless they may `delete`, nothing is replaced.
    """

    def __init__(
        self,
        comparison: StackComparison,
        *,
        adopt: bool,
        may_restore: Collection[str],
        delete: bool = True,
    ) -> None:
        self.comparison, self.adopt, self.may_restore = comparison, adopt, may_restore
        self.delete = delete
        self.stack, self.live, self.leftovers = comparison.stack, comparison.live, comparison.leftovers
        self.now = comparison.now
        self.problems: dict[Ref, list[Problem]] = {}
        self.notices: list[str] = []

    def changes(self) -> Iterable[Change]:
        for ref, match in self.comparison.ownership.matches.items():
            # A looked-up object that no entry refers to was not read at all.
            only_read = ref.kind not in MANAGED_NAMED
            unread = only_read and match.live is None and ref not in self.stack.referred
            if match.problem and not unread:
                self._add(ref, match.problem)
            elif ref in self.stack.wanted:
                yield from self._change(match, kind_of(ref))
            elif ref in self.stack.extended and match.live:
                yield from self._extension(match.entry, kind_of(ref), match.live)
        self.notices += copy_notices(self.comparison.ownership)

    def _change(self, match: Match, kind: Kind[Any]) -> Iterable[Change]:
        entry, spec = match.entry, match.entry.spec
        if match.live is None and not spec.is_due(self.now):
            if spec.is_over(self.now):
                self.notices.append(f"{entry.ref} is over: nothing is created; remove it from the file")
            return
        if match.live is None and (lost := self._lost(entry, kind)):
            self._problem(entry, *renamed_problem(entry.ref, lost, self.live.created[lost.id]))
            return
        if match.live is None:
            spec = kind.completed(entry.ref, spec)
            yield Change(
                entry.ref, Action.CREATE, kind, after=spec, fields=tuple(ordered(spec, spec.managed)),
                mark=self._mark(entry, getattr(spec, kind.named_by), kind.rule_fields),
                warnings=tuple(kind.warnings(None, spec, spec.managed, self.now)),
                read_at=self.now,
            )  # fmt: skip
            return
        if spec.id not in {None, match.live.id}:
            self.notices.append(
                f"{entry.ref}: there is no {kind.title} with id {spec.id!r} any more; its mark is on "
                f"{match.live.place}: remove `id:` from the entry"
            )
        match = replace(match, entry=replace(entry, spec=spec.without_create_only))
        match = self._closest_first(match, kind)
        if not kind.marked:
            match = self._without_surplus(match, kind)
        fields = self.leftovers.differing_fields(match, kind, spec)
        if fields:
            message = f"{entry.ref}: {difference_message(match.lives, fields)}"
            self._problem(entry, message, "choose one with `id:`; the others then count as copies of it")
            return
        yield from self._update(match.entry, kind, match.lives[0], match.match_status)
        self.leftovers.add(entry.ref, match.duplicates)
        if match.duplicates and kind.secret_of(spec):
            # The store has one secret and does not know whose: without a notice it could be lost.
            self.notices.append(
                f"{entry.ref}: several objects carry our mark and one is kept; the stored "
                f"{kind.secret_name} may belong to another: `pdslack rotate {entry.ref}` creates a new one"
            )
        for duplicate in match.duplicates:
            yield replace(self.comparison.removal(kind, entry.ref, duplicate, LEFTOVER), leftover=True)

    def _lost(self, entry: StackEntry, kind: Kind[Any]) -> Live | None:
        """The object that an earlier run created for an entry, if it lost its name and its mark since."""
        keys = (entry.ref.key, entry.spec.previously)
        found = (self._lost_objects.get(Ref(kind.name, key)) for key in keys if key)
        return next(filter(None, found), None) if kind.marked else None

    @cached_property
    def _lost_objects(self) -> Mapping[Ref, Live]:
        """What earlier runs created and nothing else shows to be ours, by the ref it was created for."""
        matches = self.comparison.ownership.matches.values()
        taken = {(match.live.kind, match.live.id) for match in matches if match.live}
        by_id = {(live.kind, live.id): live for lives in self.live.objects.values() for live in lives}
        lost = {}
        for id_, (ref, _) in self.live.created.items():
            live = by_id.get((ref.kind, id_))
            if live and live.owned is None and not live.retired and (live.kind, id_) not in taken:
                lost[ref] = live
        return lost

    def _extension(self, entry: StackEntry, kind: Kind[Any], live: Live) -> Iterable[Change]:
        """What an entry with `lookup` adds to an object that is not ours."""
        before = self.comparison.decoded(kind, live)
        self.notices += [f"{entry.ref}: {text}" for text in entry.spec.waits(before)]
        after, fields = self.comparison.differing(entry.spec, before)
        change = Change(
            entry.ref, Action.UPDATE, kind, live, before, after, tuple(fields), extends=True,
            warnings=tuple(kind.warnings(before, after, fields, self.now)),
            reason="its entry manages parts of what is only looked up",
            live_refs=self.leftovers.references(before), read_at=self.now,
        )  # fmt: skip
        if self._allowed(change, entry, entry.spec.additions) and fields:
            yield change

    def _without_surplus(self, match: Match, kind: Kind[Any]) -> Match:
        """The match with those duplicates alone that our log says we made: without a mark, others stay."""
        made = tuple(live for live in match.duplicates if live.id in self.live.made)
        self.notices += [
            surplus_note(match.entry.ref, live, kind) for live in match.duplicates if live not in made
        ]
        return replace(match, duplicates=made)

    def _closest_first(self, match: Match, kind: Kind[Any]) -> Match:
        """Of several objects with our mark, the one that equals the file stays.

        Of equal ones the oldest does, because senders use its keys; of those with a secret the order of the
        list decides, because the stored secret is that of the youngest, and so it does where no mark tells
        who made them. What an entry chooses by its `id:` stays in any case.
        """
        if not match.duplicates or match.entry.spec.id:
            return match
        by_age = kind.marked and not kind.secret_name
        lives = sorted(
            match.lives,
            key=lambda live: (
                live.is_unconfirmed,
                len(self.comparison.differing(match.entry.spec, self.comparison.decoded(kind, live))[1]),
                age(live.raw) if by_age else (),
            ),
        )
        self.comparison.choose(match.entry.ref, lives[0])
        return Match(match.entry, match.match_status, lives[0], tuple(lives[1:]))

    def _update(
        self, entry: StackEntry, kind: Kind[Any], live: Live, match_status: MatchStatus
    ) -> Iterable[Change]:
        spec = entry.spec
        before = self.comparison.decoded(kind, live)
        self.notices += unlisted_notices(entry.ref, spec, before)
        after, fields = self.comparison.differing(spec, before)
        if live.retired and spec.stays_retired and kind.changes_while_retired:
            live = replace(live, retired=False)
        elif live.retired and spec.stays_retired:
            if changed := [name for name in fields if name not in kind.part_fields]:
                message = f"{entry.ref} is {kind.retired_word}: {', '.join(changed)} cannot change"
                self._problem(entry, message, "change it first, and archive it in a later apply", changed[0])
            return
        if live.retired and kind.name not in self.may_restore:
            self._problem(entry, f"{entry.ref} exists, but is {kind.retired_word}", kind.restore_hint)
            return
        if match_status is MatchStatus.UNMARKED:
            # Adopting never replaces: fields that only a new object can change are left to the next plan.
            fields = [name for name in fields if name not in kind.fixed_fields]
        action = self._action(kind, live, match_status, fields)
        name = getattr(after, kind.named_by) if kind.named_by in fields else live.name
        warnings = tuple(kind.warnings(before, after, fields, self.now))
        change = Change(
            entry.ref, action or Action.UPDATE, kind, live, before, after, tuple(fields),
            self._mark(entry, name, kind.rule_fields), warnings,
            self.leftovers.references(before),
            reason=UNCONFIRMED.format(kind.secret_name) if live.is_unconfirmed else "",
            leftover=action is Action.REPLACE and live.is_unconfirmed,
            read_at=self.now,
        )  # fmt: skip
        if match_status is MatchStatus.UNMARKED and not self.adopt:
            message, hint = unmarked_problem(entry.ref, kind, live, self.live.created)
            hindered = [*obstacles(change, entry, self.comparison, adopt=True)]
            self._problem(entry, message, "" if hindered else hint)
            self._add(entry.ref, *hindered)
            return
        # The mark claims rules only along with another change, but gives them up at once.
        unchanged = replace(change, mark=self._mark(entry, name, live.own_rules))
        if (action or unchanged.new_mark) and self._allowed(change, entry):
            yield change

    def _mark(self, entry: StackEntry, name: str, rules: frozenset[str]) -> OwnershipMark:
        """The mark for the entry; it records which of these fields the file manages."""
        spec = entry.spec
        rules &= spec.without_create_only.managed
        return OwnershipMark.bound(self.stack.owner, entry.ref.key, name, protected=spec.protect, rules=rules)

    def _action(
        self, kind: Kind[Any], live: Live, match_status: MatchStatus, fields: list[str]
    ) -> Action | None:
        if live.retired:
            return Action.RESTORE
        if match_status is MatchStatus.UNMARKED:
            return Action.ADOPT
        if kind.fixed_fields & set(fields) or (kind.secret_name and live.is_unconfirmed):
            return Action.REPLACE
        return Action.UPDATE if fields else None

    def _allowed(self, change: Change, entry: StackEntry, named: Collection[str] = ()) -> bool:
        """Whether nothing keeps these fields, or those of the change, from being written.

        Without deletes, a replacement is not done at all.
        """
        if change.removes and not self.delete:
            return True
        found = [*obstacles(change, entry, self.comparison, adopt=self.adopt, named=named)]
        self._add(entry.ref, *found)
        return not found

    def _problem(self, entry: StackEntry, message: str, hint: str = "", name: str = "") -> None:
        location = self.stack.field_location(entry.ref, name) if name else self.stack.location(entry.ref)
        self._add(entry.ref, Problem(message, location, hint))

    def _add(self, ref: Ref, *problems: Problem) -> None:
        if problems:
            self.problems.setdefault(ref, []).extend(problems)
