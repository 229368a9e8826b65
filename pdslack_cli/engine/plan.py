"""Compare the stack with the live objects and return a plan. Pure: it reads nothing and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pdslack_cli.clients.create_once import age
from pdslack_cli.clients.http.calls import NAMES
from pdslack_cli.config.stack import Stack, StackEntry
from pdslack_cli.engine.change import Action, Change, Plan, Scope, restricted_to
from pdslack_cli.engine.content import content_of
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.duplicates import (
    LEFTOVER,
    difference_message,
    differing_fields,
    surplus_note,
)
from pdslack_cli.engine.ownership.leftovers import Leftovers
from pdslack_cli.engine.ownership.matching import Match, MatchStatus, Ownership, resolve_ownership
from pdslack_cli.engine.ownership.unlisted import unlisted_notices
from pdslack_cli.engine.ownership.unmarked import unmarked_problem
from pdslack_cli.engine.ownership.unproven import is_unproven, unproven_problem
from pdslack_cli.engine.refusals.children import keeping_children
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED_NAMED, kind_of
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

UNCONFIRMED = "its {} is shown only once, and no run confirmed that it was stored"


def make_plan(
    stack: Stack,
    live: LiveState,
    *,
    adopt: bool = False,
    delete: bool = True,
    only: Collection[Ref] = (),
    may_restore: Collection[str] = (),
) -> Plan:
    """Compare what the stack wants with what is live.

    `adopt` takes over unmarked objects of our names; without it they are problems. `delete=False`
    leaves deletes out. `only` keeps the changes of these refs and of what they depend on.
    `may_restore` are the kinds whose archived objects the available tokens can restore.
    """
    planner = Planner(stack, live, adopt=adopt, may_restore=may_restore)
    found, problems = [*planner.wanted()], tuple(planner.problems)
    found = planner.repointed((*found, *planner.unwanted()))
    problems = tuple(planner.problems) if delete else problems
    removals = {change for change in found if change.removes}
    # With its leftover left out, the kept object stays as it is: it must not begin to differ from it.
    unequal = {change.ref for change in removals if change.leftover}
    removals |= {change for change in found if change.ref in unequal}
    if delete:
        allowed = found
    else:
        allowed = [*filter(None, (keeping_children(change) for change in found if change not in removals))]
    changes = restricted_to(allowed, only) if only else allowed
    left_out = {
        "--no-delete": tuple(dict.fromkeys(change.ref for change in found if change not in allowed)),
        "--only": tuple(change.ref for change in allowed if change not in changes),
    }
    return Plan(
        owner=stack.owner,
        changes=tuple(changes),
        problems=problems,
        notices=(*planner.notices, *live.notices),
        id_index=planner.id_index,
        counts=planner.counts(),
        context=planner.context(changes),
        seen=live.seen,
        calls=live.calls,
        seconds=live.seconds,
        read_at=live.read_at,
        scope=Scope.ONLY if only else Scope.FILES,
        left_out={flag: refs for flag, refs in left_out.items() if refs},
        unread=live.unread,
    )


class Planner:
    """Applies the ownership rules (docs/concepts/ownership.md) to every entry and every object of ours."""

    def __init__(self, stack: Stack, live: LiveState, *, adopt: bool, may_restore: Collection[str]) -> None:
        self.stack, self.live, self.adopt, self.may_restore = stack, live, adopt, may_restore
        self.ownership: Ownership = resolve_ownership(stack, live.objects)
        self.id_index = self.ownership.id_index
        self.leftovers = Leftovers(self.id_index, live.read_at)
        self.befores: dict[tuple[str, str], Resource] = {}  # what live objects decode to, by kind and id
        self.problems: list[Problem] = []
        self.notices: list[str] = []
        self.unresolved: list[Problem] = []  # about objects without an entry

    def counts(self) -> dict[str, int]:
        return dict(Counter(live.kind for live in self.ownership.managed if live.owned))

    def context(self, changes: Iterable[Change]) -> dict[Ref, Json]:
        """The live objects that changes refer to: a saved plan holds only while they stay as they are."""
        found: dict[Ref, Json] = {}
        for ref in sorted(set().union(*(change.wanted_refs for change in changes))):
            match = self.ownership.matches.get(ref)
            if match and match.live and ref.kind in MANAGED_NAMED:
                found[ref] = content_of(self._decoded(kind_of(ref), match.live), self.live.read_at, str(ref))
        return found

    def wanted(self) -> Iterable[Change]:
        for ref, match in self.ownership.matches.items():
            # A looked-up object that no entry refers to was not read at all.
            only_read = ref.kind not in MANAGED_NAMED
            unread = only_read and match.live is None and ref not in self.stack.referred
            if match.problem and not unread:
                self.problems.append(match.problem)
            elif ref in self.stack.wanted:
                yield from self._change(match, kind_of(ref))
            elif ref in self.stack.extended and match.live:
                yield from self._extension(match.entry, kind_of(ref), match.live)
        self._report_copies()

    def _report_copies(self) -> None:
        for ref, copies in self.ownership.copies.items():
            match = self.ownership.matches.get(ref)
            original = f" of {match.live.place}" if match and match.live else ""
            for copy in copies:
                if not copy.retired:
                    self.notices.append(
                        f"{ref}: {copy.place} carries its mark, but is a copy{original}: it is not ours and "
                        "is left unchanged. Remove its mark, or adopt it under its own key"
                    )

    def unwanted(self) -> Iterable[Change]:
        """Removals of objects without an entry, where their section is present and their mark allows it."""
        for entry_kind, change in self.removals():
            if change.is_protected:
                self._add_unresolved(
                    f"{change.ref} is not in the stack, but is protected: its mark says so",
                    f"add its entry again with `protect: false` and apply, then remove it; "
                    f"or delete it in {NAMES[entry_kind.provider]}",
                )
            else:
                yield change
        self.problems += self.unresolved

    def removals(self) -> Iterable[tuple[Kind[Any], Change]]:
        """Removals of all objects of ours without an entry, protected or not."""
        unwanted: dict[Ref, list[Live]] = {}
        for live in self.ownership.unwanted:
            if not live.retired:
                unwanted.setdefault(_ref_of(live), []).append(live)
        for ref, lives in unwanted.items():
            kind = kind_of(ref)
            if ref.kind not in self.stack.sections:
                self.notices.append(
                    f"{ref} is ours, but the stack has no `{kind.section}` section: left behind "
                    f"(`{kind.section}: {{}}` deletes it)"
                )
            elif self._are_alike(kind, ref, lives):
                for live in lives:
                    yield kind, self._removal(kind, ref, live, "it is not in the stack")
        for live in (live for live in self.ownership.unproven if not live.retired):
            self._report_unproven(_ref_of(live), live)

    def _are_alike(self, kind: Kind[Any], ref: Ref, lives: list[Live]) -> bool:
        """Whether all objects under one mark are alike: if not, one may be a copy that somebody made."""
        finished = [live for live in lives if not live.is_unconfirmed] or lives[:1]
        kept, *others = (self._decoded(kind, live) for live in finished)
        fields = {
            name
            for other in others
            for name in differing_fields(kind, kept.managed, kept, other, self.live.read_at)
        }
        if fields and kind.marked:
            self._add_unresolved(
                f"{ref}: {difference_message(lives, fields)}", "delete those you do not need by hand"
            )
        return not (fields and kind.marked)

    def _report_unproven(self, ref: Ref, live: Live) -> None:
        message, hint = unproven_problem(
            live, f"{ref} is not in the stack", "add its entry again and apply, then remove it"
        )
        if ref.kind in self.stack.sections:
            self._add_unresolved(message, hint)
        else:
            self.notices.append(message)

    def _add_unresolved(self, message: str, hint: str) -> None:
        self.unresolved.append(Problem(message, hint=hint))

    def _removal(self, kind: Kind[Any], ref: Ref, live: Live, reason: str) -> Change:
        before = self._decoded(kind, live)
        action = Action.RELEASE if kind.released_not_deleted(live) else Action.DELETE
        return Change(
            ref,
            action,
            kind,
            live,
            before,
            live_refs=self.leftovers.references(before),
            reason=reason,
            read_at=self.live.read_at,
        )

    def _change(self, match: Match, kind: Kind[Any]) -> Iterable[Change]:
        entry, spec = match.entry, match.entry.spec
        if match.live is None and not spec.is_due(self.live.read_at):
            if spec.is_over(self.live.read_at):
                self.notices.append(f"{entry.ref} is over: nothing is created; remove it from the file")
            return
        if match.live is None:
            spec = kind.completed(entry.ref, spec)
            yield Change(
                entry.ref, Action.CREATE, kind, after=spec, fields=tuple(_ordered(spec, spec.managed)),
                mark=self._mark(entry, getattr(spec, kind.named_by), kind.rule_fields),
                warnings=tuple(kind.warnings(None, spec, spec.managed, self.live.read_at)),
                read_at=self.live.read_at,
            )  # fmt: skip
            return
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
            yield replace(self._removal(kind, entry.ref, duplicate, LEFTOVER), leftover=True)

    def _extension(self, entry: StackEntry, kind: Kind[Any], live: Live) -> Iterable[Change]:
        """What an entry with `lookup` adds to an object that is not ours."""
        before = self._decoded(kind, live)
        after, fields = _differing(entry.spec, before, self.live.read_at)
        change = Change(
            entry.ref, Action.UPDATE, kind, live, before, after, tuple(fields), extends=True,
            warnings=tuple(kind.warnings(before, after, fields, self.live.read_at)),
            reason="its entry manages parts of what is only looked up",
            live_refs=self.leftovers.references(before), read_at=self.live.read_at,
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

    def repointed(self, changes: Iterable[Change]) -> list[Change]:
        """The changes; those of objects that refer to leftovers know the references to write instead."""
        return [
            replace(change, repointed=self.leftovers.repointed(change.kind, change.live, change.before))
            if change.live and change.before
            else change
            for change in changes
        ]

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
                len(_differing(match.entry.spec, self._decoded(kind, live), self.live.read_at)[1]),
                age(live.raw) if by_age else (),
            ),
        )
        self.id_index.add(match.entry.ref, lives[0].id)
        self.befores.clear()  # what refers to one of these may decode to another reference now
        return Match(match.entry, match.match_status, lives[0], tuple(lives[1:]))

    def _decoded(self, kind: Kind[Any], live: Live) -> Resource:
        """Return the decoded spec of a live object, cached."""
        key = (live.kind, live.id)
        if key not in self.befores:
            self.befores[key] = kind.decode(live, self.id_index)
        return self.befores[key]

    def _update(
        self, entry: StackEntry, kind: Kind[Any], live: Live, match_status: MatchStatus
    ) -> Iterable[Change]:
        spec = entry.spec
        before = self._decoded(kind, live)
        self.notices += unlisted_notices(entry.ref, spec, before)
        after, fields = _differing(spec, before, self.live.read_at)
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
        if match_status is MatchStatus.UNMARKED and not self.adopt:
            self._problem(entry, *unmarked_problem(entry.ref, kind, live, self.live.created))
            return
        if match_status is MatchStatus.UNMARKED:
            # Adopting never replaces: fields that only a new object can change are left to the next plan.
            fields = [name for name in fields if name not in kind.fixed_fields]
        action = self._action(kind, live, match_status, fields)
        name = getattr(after, kind.named_by) if kind.named_by in fields else live.name
        warnings = tuple(kind.warnings(before, after, fields, self.live.read_at))
        change = Change(
            entry.ref, action or Action.UPDATE, kind, live, before, after, tuple(fields),
            self._mark(entry, name, kind.rule_fields), warnings,
            self.leftovers.references(before),
            reason=UNCONFIRMED.format(kind.secret_name) if live.is_unconfirmed else "",
            leftover=action is Action.REPLACE and live.is_unconfirmed,
            read_at=self.live.read_at,
        )  # fmt: skip
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
        """Whether nothing keeps these fields, or those of the change, from being written."""
        before, kind, fields = len(self.problems), change.kind, set(named or change.fields)
        live = change.existing.live
        for name in change.fields:
            if name in kind.frozen_fields:
                self._problem(entry, f"{entry.ref}: {name} cannot be changed", kind.frozen_fields[name], name)
        replaced = change.action is Action.REPLACE
        if replaced and not live.is_unconfirmed and (entry.spec.protect or change.is_protected):
            hint = "remove `protect` first, in a separate apply"
            self._problem(entry, f"{entry.ref} would be replaced, but is protected", hint)
        if replaced and is_unproven(live) and not entry.spec.id:
            way_in = f"set `id: {live.id}`"
            self._problem(entry, *unproven_problem(live, f"{entry.ref} would be replaced", way_in))
        fields |= kind.fixed_fields if replaced else set()
        for obstacle in kind.obstacles(entry.spec, live, fields, self.id_index, adopt=self.adopt):
            self._problem(entry, f"{entry.ref}: {obstacle}")
        return len(self.problems) == before

    def _problem(self, entry: StackEntry, message: str, hint: str = "", name: str = "") -> None:
        mark = self.stack.field_location(entry.ref, name) if name else self.stack.location(entry.ref)
        self.problems.append(Problem(message, mark, hint))


def _ref_of(live: Live) -> Ref:
    """The ref of an object of ours: by its mark's key, or by its name where it has no mark."""
    return Ref(live.kind, live.owned.key if live.owned else live.name)


def _differing(spec: Resource, before: Resource, now: datetime) -> tuple[Resource, list[str]]:
    """What the object will be, and the fields that the file changes."""
    after = spec.merged_onto(before, now)
    return after, _ordered(
        spec, [name for name in spec.managed if getattr(after, name) != getattr(before, name)]
    )


def _ordered(spec: Resource, names: Collection[str]) -> list[str]:
    """Field names in the order in which the model declares them."""
    return [name for name in type(spec).model_fields if name in names]
