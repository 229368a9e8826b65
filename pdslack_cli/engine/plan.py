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
from pdslack_cli.engine.change import Action, Change, Plan, Scope
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.duplicates import LEFTOVER, difference_message, differing_fields
from pdslack_cli.engine.ownership.matching import Match, MatchStatus, Ownership, resolve_ownership
from pdslack_cli.engine.words import words_of
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import KIND_NAMED, MANAGED_NAMED, kind_of
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.catalogue import Catalogue
from pdslack_cli.kinds.fields.scalars import references
from pdslack_cli.model import Json, Live, Owned, Ref

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
    found += planner.unwanted()
    if delete:
        problems = tuple(planner.problems)
    removals = {change for change in found if _removes(change)}
    allowed = found if delete else [change for change in found if change not in removals]
    changes = _restricted_to(allowed, only) if only else allowed
    left_out = {
        "--no-delete": tuple(change.ref for change in found if change not in allowed),
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
    )


def _removes(change: Change) -> bool:
    """Whether the change takes away an object that may be in use, or our mark."""
    replaces = change.action is Action.REPLACE and not change.leftover
    return replaces or change.action in {Action.DELETE, Action.RELEASE}


def unread_catalogues(plan: Plan, live: LiveState) -> Collection[str]:
    """The catalogues that changes refer to and that were not read, so that only ids are known."""
    shown = set().union(*(references(change.before) for change in plan.changes))
    return {
        ref.kind
        for ref in shown
        if ref.kind not in live.objects and isinstance(KIND_NAMED.get(ref.kind), Catalogue)
    }


def _restricted_to(changes: Iterable[Change], only: Collection[Ref]) -> list[Change]:
    """The changes of these refs, and of the objects they refer to that do not exist yet."""
    changes = list(changes)
    created = {change.ref for change in changes if change.action is Action.CREATE}
    kept: set[Ref] = set()
    frontier = set(only)
    while frontier:
        kept |= frontier
        needed = set().union(*(change.wanted_refs for change in changes if change.ref in frontier))
        frontier = (needed & created) - kept
    return [change for change in changes if change.ref in kept]


class Planner:
    """Applies the ownership rules (README, "Ownership") to every entry and every object of ours."""

    def __init__(self, stack: Stack, live: LiveState, *, adopt: bool, may_restore: Collection[str]) -> None:
        self.stack, self.live, self.adopt, self.may_restore = stack, live, adopt, may_restore
        self.ownership: Ownership = resolve_ownership(stack, live.objects)
        self.id_index = self.ownership.id_index
        self.duplicates: dict[
            tuple[str, str], Ref
        ] = {}  # further objects with the mark of one, by kind and id
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
                found[ref] = words_of(self._decoded(kind_of(ref), match.live), str(ref))
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
        for live in self.ownership.unproven:
            if not live.retired:
                self._report_unproven(_ref_of(live), live)

    def _are_alike(self, kind: Kind[Any], ref: Ref, lives: list[Live]) -> bool:
        """Whether all objects under one mark are alike: if not, one may be a copy that somebody made."""
        finished = [live for live in lives if not _is_unconfirmed(live)] or lives[:1]
        kept, *others = (self._decoded(kind, live) for live in finished)
        fields = {name for other in others for name in differing_fields(kind, kept.managed, kept, other)}
        if fields and kind.marked:
            self._add_unresolved(
                f"{ref}: {difference_message(lives, fields)}", "delete those you do not need by hand"
            )
        return not (fields and kind.marked)

    def _report_unproven(self, ref: Ref, live: Live) -> None:
        assert live.owned
        why = "was renamed by hand, or copied" if live.owned.check else "carries a mark without a check"
        message = f"{ref} is not in the stack, and {live.place}, which carries its mark, {why}"
        if ref.kind not in self.stack.sections:
            self.notices.append(f"{message}: left unchanged")
            return
        self._add_unresolved(
            f"{message}: it is not deleted",
            "if it is ours, add its entry again and apply, then remove it; "
            f"if not, remove the mark {live.owned} from its description",
        )

    def _add_unresolved(self, message: str, hint: str) -> None:
        self.unresolved.append(Problem(message, hint=hint))

    def _removal(self, kind: Kind[Any], ref: Ref, live: Live, reason: str) -> Change:
        before = self._decoded(kind, live)
        action = Action.RELEASE if kind.released_not_deleted(live) else Action.DELETE
        return Change(ref, action, kind, live, before, live_refs=self._live_refs(before), reason=reason)

    def _change(self, match: Match, kind: Kind[Any]) -> Iterable[Change]:
        entry, spec = match.entry, match.entry.spec
        if match.live is None:
            yield Change(
                entry.ref, Action.CREATE, kind, after=spec, fields=tuple(_ordered(spec, spec.managed)),
                mark=self._mark(entry, getattr(spec, kind.named_by), kind.rule_fields),
                warnings=tuple(kind.warnings(None, spec, spec.managed, self.live.read_at)),
            )  # fmt: skip
            return
        match = replace(match, entry=replace(entry, spec=spec.without_create_only))
        match = self._closest_first(match, kind)
        if not kind.marked:
            match = self._without_surplus(match, kind)
        assert match.live is not None
        fields = self._differing_duplicates(match, kind, spec)
        if fields:
            message = f"{entry.ref}: {difference_message((match.live, *match.duplicates), fields)}"
            self._problem(entry, message, "choose one with `id:`; the others then count as copies of it")
            return
        yield from self._update(match.entry, kind, match.live, match.match_status)
        self.duplicates |= {(duplicate.kind, duplicate.id): entry.ref for duplicate in match.duplicates}
        if match.duplicates and kind.secret_name:
            # The store has one secret and does not know whose: without a notice it could be lost.
            self.notices.append(
                f"{entry.ref}: several objects carry our mark and one is kept; the stored "
                f"{kind.secret_name} may belong to another: `pdslack rotate {entry.ref}` creates a new one"
            )
        for duplicate in match.duplicates:
            yield replace(self._removal(kind, entry.ref, duplicate, LEFTOVER), leftover=True)

    def _differing_duplicates(self, match: Match, kind: Kind[Any], spec: Resource) -> set[str]:
        """The fields in which a duplicate is more than a leftover."""
        if not match.live or not match.duplicates or not kind.marked:
            return set()
        # Each of two leftover policies refers to a leftover team of its own: that makes no difference.
        id_index = self.id_index.with_aliases(self.duplicates)
        kept = kind.decode(match.live, id_index)
        return {
            name
            for duplicate in match.duplicates
            if not _is_unconfirmed(duplicate)
            for name in differing_fields(kind, spec.managed, kept, kind.decode(duplicate, id_index))
        }

    def _without_surplus(self, match: Match, kind: Kind[Any]) -> Match:
        """The match without duplicates: without a mark it is unknown who created them, so they stay."""
        for other in match.duplicates:
            self.notices.append(
                f"{match.entry.ref}: {other.name} exists a second time ({other.id}), and it is unknown "
                f"who created it; it is left unchanged. If you do not "
                f"need it, delete it in {NAMES[kind.provider]}"
            )
        return replace(match, duplicates=())

    def _live_refs(self, before: Resource) -> frozenset[Ref]:
        """What a live object refers to. A reference to a duplicate counts as one to the kept object."""
        return frozenset(
            self.duplicates.get((ref.kind, self.id_index.id(ref)), ref) if ref in self.id_index else ref
            for ref in references(before)
        )

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
            [live for live in (match.live, *match.duplicates) if live],
            key=lambda live: (
                _is_unconfirmed(live),
                len(_differing(match.entry.spec, self._decoded(kind, live), self.live.read_at)[1]),
                age(live.raw) if by_age else (),
            ),
        )
        self.id_index.add(match.entry.ref, lives[0].id)
        self.befores.clear()  # what refers to one of these may decode to another reference now
        return Match(match.entry, match.match_status, lives[0], tuple(lives[1:]))

    def _decoded(self, kind: Kind[Any], live: Live) -> Resource:
        """The live object in the words of the file, worked out once."""
        key = (live.kind, live.id)
        if key not in self.befores:
            self.befores[key] = kind.decode(live, self.id_index)
        return self.befores[key]

    def _update(
        self, entry: StackEntry, kind: Kind[Any], live: Live, match_status: MatchStatus
    ) -> Iterable[Change]:
        spec = entry.spec
        before = self._decoded(kind, live)
        after, fields = _differing(spec, before, self.live.read_at)
        if live.retired and kind.name not in self.may_restore:
            self._problem(entry, f"{entry.ref} exists, but is archived", kind.restore_hint)
            return
        if match_status is MatchStatus.UNMARKED and not self.adopt:
            self._problem(
                entry,
                f"{entry.ref}: a {kind.title} {live.name!r} exists that pdslack does not manage",
                "`--adopt` takes it over; or give this one another `name:`, or `lookup: true` to only use it",
            )
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
            self._live_refs(before),
            reason=UNCONFIRMED.format(kind.secret_name) if _is_unconfirmed(live) else "",
            leftover=action is Action.REPLACE and _is_unconfirmed(live),
        )  # fmt: skip
        # The mark claims rules only along with another change, but gives them up at once.
        unchanged = replace(change, mark=self._mark(entry, name, live.own_rules))
        if (action or unchanged.new_mark) and self._allowed(change, entry):
            yield change

    def _mark(self, entry: StackEntry, name: str, rules: frozenset[str]) -> Owned:
        """The mark for the entry; it records which of these fields the file manages."""
        spec = entry.spec
        rules &= spec.without_create_only.managed
        return Owned.bound(self.stack.owner, entry.ref.key, name, protected=spec.protect, rules=rules)

    def _action(
        self, kind: Kind[Any], live: Live, match_status: MatchStatus, fields: list[str]
    ) -> Action | None:
        if live.retired:
            return Action.RESTORE
        if match_status is MatchStatus.UNMARKED:
            return Action.ADOPT
        if kind.fixed_fields & set(fields) or (kind.secret_name and _is_unconfirmed(live)):
            return Action.REPLACE
        return Action.UPDATE if fields else None

    def _allowed(self, change: Change, entry: StackEntry) -> bool:
        before, kind, live, fields = len(self.problems), change.kind, change.live, set(change.fields)
        assert live
        for name in change.fields:
            if name in kind.frozen_fields:
                self._problem(entry, f"{entry.ref}: {name} cannot be changed", kind.frozen_fields[name], name)
        replaced = change.action is Action.REPLACE
        if replaced and not _is_unconfirmed(live) and (entry.spec.protect or change.is_protected):
            hint = "remove `protect` first, in a separate apply"
            self._problem(entry, f"{entry.ref} would be replaced, but is protected", hint)
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


def _is_unconfirmed(live: Live) -> bool:
    return live.owned is not None and live.owned.unfinished


def _differing(spec: Resource, before: Resource, now: datetime) -> tuple[Resource, list[str]]:
    """What the object will be, and the fields that the file changes."""
    after = spec.merged_onto(before, now)
    return after, _ordered(
        spec, [name for name in spec.managed if getattr(after, name) != getattr(before, name)]
    )


def _ordered(spec: Resource, names: Collection[str]) -> list[str]:
    """Field names in the order in which the model declares them."""
    return [name for name in type(spec).model_fields if name in names]
