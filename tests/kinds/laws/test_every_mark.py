"""What holds for every kind that carries a mark: leftovers go, copies stay, and protection lasts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import cycle

import pytest
import yaml

from pdslack_cli.engine.change import Action, Change, Plan
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_release
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.errors import Problem
from pdslack_cli.kinds import MANAGED, MANAGED_NAMED
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.model import Live, OwnershipMark, Ref
from tests.kinds.examples import EXAMPLES
from tests.kinds.laws.test_every_kind import all_said, examples_of, in_two_worlds, runner, said, settle
from tests.support.census import census

pytestmark = pytest.mark.slow

__all__ = ["runner"]

MARKED = [kind for kind in MANAGED if kind.marked]
TARGETS = ["same", "changed", "gone"]
ONE_EACH = {"alert_grouping": {"services": ["desk", "web"]}}
"""Fields that two objects cannot have alike, though their names may be: others for the second one."""
TWICE = [kind for kind in MARKED if not kind.unique_names and kind.name not in ONE_EACH]

RENAMED = [kind for kind in MARKED if kind.named_by not in kind.frozen_fields]
FIXED = [kind for kind in RENAMED if kind.named_by in kind.fixed_fields]
"""Those whose name nobody can change."""


def entry_of(kind) -> dict:
    return yaml.safe_load(EXAMPLES[kind.name].entry)


def second_entry_of(kind, name: str) -> dict:
    return {**entry_of(kind), **ONE_EACH.get(kind.name, {}), kind.named_by: name}


def changed_entry_of(kind) -> dict:
    name, value = next(iter(EXAMPLES[kind.name].changes.items()))
    return {**entry_of(kind), name: yaml.safe_load(value)}


def ref_of(kind) -> Ref:
    return Ref(kind.name, "one")


APPLIED: dict[tuple[str, ...], tuple[bytes, dict]] = {}
"""The accounts and the secrets once the examples of some kinds were applied, made once for all tests."""


def applied(kinds, runner) -> None:
    names = tuple(kind.name for kind in kinds)
    if names not in APPLIED:
        settle(runner, all_said(examples_of(kinds)))
        APPLIED[names] = (runner.sandbox.snapshot(), dict(runner.secrets.kept))
    accounts, secrets = APPLIED[names]
    runner.sandbox.restore(accounts)
    runner.secrets.kept = dict(secrets)


def another_name(kind) -> str:
    return {
        "webhook": "https://copy.acme.example/hook",
        "channel": "copy",
        "incident_type": "copy",
        "incident_custom_field": "copy",
        "service_custom_field": "copy",
    }.get(kind.name, "One (copy)")


def make_others(kinds, runner, *, copies: bool = False, unfinished: bool = False, times=(1,)) -> list[Live]:
    """One more object of each kind with the mark of its entry `one`, as a cut run leaves it.

    Or several, a minute apart: `times` by turns. As copies, they have another name.
    """
    wanted = all_said(
        {kind: {**entry_of(kind), **(ONE_EACH.get(kind.name, {}) if copies else {})} for kind in kinds}
    )
    clients = runner.clients(wanted)
    session = Session(clients, runner.plan(wanted).id_index, "payments", runner.secrets, lambda *_: None)
    made = []
    for kind, count in zip(kinds, cycle(times), strict=False):
        spec = wanted.entries[ref_of(kind)].spec
        mark = OwnershipMark.bound("payments", "one", getattr(spec, kind.named_by))
        taken = {"handle": "copy"} if "handle" in kind.spec.model_fields else {}
        copied = spec.model_copy(update={kind.named_by: another_name(kind), **taken}) if copies else spec
        made.append(kind.create(session, ref_of(kind), copied, mark))
        for _ in range(count - 1):
            runner.sandbox.clock.advance(61)
            made[-1] = kind.create(session, ref_of(kind), copied, mark)
        if unfinished:
            kind.update(session, made[-1], copied, (), mark.as_unfinished)
    return made


def lives(kind, runner) -> list[Live]:
    wanted = said(kind, entry_of(kind))
    read = kind.read(runner.clients(wanted), [entry.spec for entry in wanted.of_kind(kind.name)])
    return [live for live in read if live.owned and live.owned.key == "one" and not live.retired]


def only_lives(kinds, runner) -> list[Live]:
    """The one object of each kind with the mark of its entry `one`."""
    found = [lives(kind, runner) for kind in kinds]
    assert [len(each) for each in found] == [1] * len(kinds), found
    return [live for (live,) in found]


def problem_each(plan: Plan, words: Iterable[str]) -> list[Problem]:
    """The problems of a plan: one with each of these words in its message, and no others."""
    found = [
        [problem for problem in plan.problems if re.search(rf"\b{word}\b", problem.message)] for word in words
    ]
    assert [len(each) for each in found] == [1] * len(plan.problems), "\n".join(map(str, plan.problems))
    return [problem for (problem,) in found]


def change_each(plan: Plan, kinds) -> list[Change]:
    """The changes of a plan: one of each kind, and no others."""
    changes = {change.ref.kind: change for change in plan.changes}
    assert len(plan.changes) == len(changes)
    assert changes.keys() == {kind.name for kind in kinds}
    return [changes[kind.name] for kind in kinds]


@pytest.mark.parametrize("target", TARGETS)
@in_two_worlds(TWICE)
def test_leftovers_are_removed_by_an_apply(kinds, target, runner):
    times = [(1, 3)[(place + TARGETS.index(target)) % 2] for place in range(2)]
    entries = {"same": entry_of, "changed": changed_entry_of, "gone": lambda kind: None}[target]
    wanted = all_said({kind: entries(kind) for kind in kinds})
    applied(kinds, runner)
    if target != "same":
        settle(runner, wanted)
    clean = census(runner.sandbox)
    applied(kinds, runner)
    runner.sandbox.clock.advance(61)  # when each of them was created makes no difference
    make_others(kinds, runner, times=times)
    for kind, count in zip(kinds, cycle(times), strict=False):
        assert len(lives(kind, runner)) == 1 + count, kind.name

    settle(runner, wanted)

    for kind in kinds:
        assert len(lives(kind, runner)) == (target != "gone"), kind.name
    assert census(runner.sandbox) == clean


@pytest.mark.parametrize("oldest", [0, 1])
def test_of_equal_orchestrations_the_oldest_stays_because_senders_use_its_keys(oldest, runner):
    kind = MANAGED_NAMED["routing"]
    wanted, store = said(kind, {"description": "All alerts"}), runner.sandbox.store
    settle(runner, wanted)
    (first,) = lives(kind, runner)
    stored = store.get("pagerduty.event_orchestration", first.id)
    copied = runner.clients(wanted).pagerduty.create(
        "/event_orchestrations",
        {"orchestration": {name: stored[name] for name in ("name", "description")}},
    )
    pair = [first.id, copied["orchestration"]["id"]]
    raw = store.get("pagerduty.event_orchestration", pair[oldest])
    raw = {**raw, "created_at": "2020-01-01T00:00:00Z"}
    store.replace("pagerduty.event_orchestration", pair[oldest], raw)

    (change,) = runner.plan(wanted).changes

    assert (change.action, change.live.id) == (Action.DELETE, pair[1 - oldest])


@in_two_worlds(TWICE)
def test_only_takes_a_change_and_the_leftovers_of_its_object(kinds, runner):
    applied(kinds, runner)
    make_others(kinds, runner)
    wanted = all_said({kind: changed_entry_of(kind) for kind in kinds})
    live = runner.read(wanted, runner.clients(wanted))

    for kind in kinds:
        plan = make_plan(wanted, live, only=[ref_of(kind)])
        assert [change.ref.kind for change in plan.changes] == [kind.name] * 2
        assert [change.leftover for change in plan.changes] == [False, True]


@in_two_worlds(MARKED)
def test_copy_is_told_of_and_never_touched(kinds, runner):
    entries = examples_of(kinds)
    wanted = all_said(entries)
    applied(kinds, runner)
    originals = only_lives(kinds, runner)
    copies = make_others(kinds, runner, copies=True)

    live = runner.read(wanted, runner.clients(wanted))
    plan = make_plan(wanted, live)
    assert plan.changes == ()
    assert plan.problems == ()
    assert_told(
        plan, [(live.id, repr(live.name), copied.id) for live, copied in zip(originals, copies, strict=True)]
    )
    destroying = plan_destroy(wanted, runner.read(wanted, runner.clients(wanted), everything=True))
    assert not {change.live.id for change in destroying.changes} & {copied.id for copied in copies}
    assert_told(destroying, [(copied.id, repr(copied.name)) for copied in copies])

    renamed = {
        kind: {**entries[kind], kind.named_by: original.name, "previously": "one"}
        for kind, original in zip(kinds, originals, strict=True)
    }
    # The copy would be alone with the mark.
    assert_refused_beside(copies, runner.plan(all_said(dict.fromkeys(kinds), renamed)))
    assert_refused_beside(copies, plan_release(wanted, live, ["*/one"]))
    kept = {kind: entries[kind] for kind in kinds if kind.archives_on_delete}
    others = [copied for kind, copied in zip(kinds, copies, strict=True) if kind not in kept]
    assert_refused_beside(others, runner.plan(all_said(dict.fromkeys(kinds) | kept)))

    settle(runner, all_said(entries | dict.fromkeys(kept)))
    for kind, copied in zip(kinds, copies, strict=True):
        if kind in kept:  # what is put away is still listed, with its mark
            assert [live.id for live in lives(kind, runner)] == [copied.id]


def assert_told(plan: Plan, copies: list[tuple[str, ...]]) -> None:
    """One notice of each copy, with these words."""
    notices = [notice for notice in plan.notices if "is a copy" in notice]
    for words in copies:
        assert len([notice for notice in notices if all(word in notice for word in words)]) == 1, words
    assert len(notices) == len(copies)


def assert_refused_beside(copies: list[Live], plan: Plan) -> None:
    assert plan.changes == ()
    for problem in problem_each(plan, [copied.id for copied in copies]):
        assert "mark" in problem.hint


@in_two_worlds(MARKED)
def test_copy_may_become_an_entry_of_its_own(kinds, runner):
    applied(kinds, runner)
    copies = make_others(kinds, runner, copies=True)
    both = all_said(examples_of(kinds), {kind: second_entry_of(kind, another_name(kind)) for kind in kinds})
    live = runner.read(both, runner.clients(both))

    for problem in problem_each(make_plan(both, live), [f"{kind.name}/two" for kind in kinds]):
        assert "that pdslack does not manage" in problem.message
    changes = change_each(make_plan(both, live, adopt=True), kinds)
    for change, copied in zip(changes, copies, strict=True):
        assert (change.action, change.live.id) == (Action.ADOPT, copied.id)
    assert runner.apply(both, adopt=True).complete
    plan = runner.plan(both)
    assert (plan.changes, plan.problems) == ((), ())


@in_two_worlds(set(RENAMED) - set(FIXED))
def test_lone_object_of_another_name_was_renamed_by_hand(kinds, runner):
    copies = only_another_name(kinds, runner)
    wanted = all_said(examples_of(kinds))

    changes = change_each(runner.plan(wanted), kinds)
    for kind, change, copied in zip(kinds, changes, copies, strict=True):
        assert (change.live.id, change.ref) == (copied.id, ref_of(kind))
        assert kind.named_by in change.fields
    settle(runner, wanted)
    for mended, copied in zip(only_lives(kinds, runner), copies, strict=True):
        assert mended.owned.fits(mended.name)
        assert mended.id == copied.id


@in_two_worlds(FIXED)
def test_lone_object_of_a_name_that_nobody_can_change_is_not_replaced(kinds, runner):
    copies = only_another_name(kinds, runner)
    entries = examples_of(kinds)

    plan = runner.plan(all_said(entries))
    assert plan.changes == ()  # a replacement would delete it
    for copied, problem in zip(copies, problem_each(plan, [copied.id for copied in copies]), strict=True):
        assert f"set `id: {copied.id}`" in problem.hint
        assert "remove the mark" in problem.hint
    settle(
        runner,
        all_said(
            {kind: {**entries[kind], "id": copied.id} for kind, copied in zip(kinds, copies, strict=True)}
        ),
    )
    for mended in only_lives(kinds, runner):
        assert mended.owned.fits(mended.name)


def only_another_name(kinds, runner) -> list[Live]:
    """An object of each kind, alone with its mark and of another name: without an entry, it stays."""
    gone = all_said(dict.fromkeys(kinds))
    settle(runner, gone)
    copies = make_others(kinds, runner, copies=True)

    refused = runner.plan(gone)
    assert refused.changes == ()
    for problem in problem_each(refused, [copied.id for copied in copies]):
        assert "add its entry again" in problem.hint
        assert "remove the mark" in problem.hint
    destroying = plan_destroy(gone, runner.read(gone, runner.clients(gone), everything=True))
    told = [notice for notice in destroying.notices if "would be destroyed, and" in notice]
    assert len(told) == len(copies)
    assert all("nothing is deleted: kept; if it is ours, apply with its entry" in notice for notice in told)
    return copies


@in_two_worlds(MARKED)
def test_entry_that_means_one_of_ours_by_its_key_and_one_by_the_key_before_is_told(kinds, runner):
    twos = {kind: second_entry_of(kind, another_name(kind)) for kind in kinds}
    settle(runner, all_said(examples_of(kinds), twos))

    moved = {kind: {**two, "previously": "one"} for kind, two in twos.items()}
    plan = runner.plan(all_said(dict.fromkeys(kinds), moved))

    assert plan.changes == ()  # nothing is deleted that `previously` names
    for problem in problem_each(plan, [f"{kind.name}/two" for kind in kinds]):
        assert "that of its previous key" in problem.message


@in_two_worlds(RENAMED)
def test_rename_in_the_file_binds_the_mark_to_the_new_name(kinds, runner):
    applied(kinds, runner)

    settle(runner, all_said({kind: {**entry_of(kind), kind.named_by: another_name(kind)} for kind in kinds}))

    for kind, live in zip(kinds, only_lives(kinds, runner), strict=True):
        assert live.name == another_name(kind)
        assert live.owned.fits(live.name)


@in_two_worlds(RENAMED)
def test_new_entry_takes_the_name_that_another_gives_up(kinds, runner):
    applied(kinds, runner)
    before = only_lives(kinds, runner)
    first = all_said(examples_of(kinds)).entries
    names = {kind: getattr(first[ref_of(kind)].spec, kind.named_by) for kind in kinds}
    wanted = all_said(
        {kind: {**entry_of(kind), kind.named_by: another_name(kind)} for kind in kinds},
        {kind: second_entry_of(kind, names[kind]) for kind in kinds},
    )

    settle(runner, wanted)

    id_index = runner.plan(wanted).id_index
    for kind, old, new in zip(kinds, before, only_lives(kinds, runner), strict=True):
        assert (new.name, new.id == old.id) == (
            another_name(kind),
            not kind.fixed_fields & {kind.named_by},
        )
        assert id_index.id(Ref(kind.name, "two")) not in {old.id, new.id}


@in_two_worlds(MARKED)
def test_mark_without_a_check_counts_alone_and_is_bound(kinds, runner):
    wanted = all_said(examples_of(kinds))
    applied(kinds, runner)
    before = only_lives(kinds, runner)
    session = Session(runner.clients(wanted), runner.plan(wanted).id_index, "payments", runner.secrets, print)
    for kind, live in zip(kinds, before, strict=True):
        spec = kind.decode(live, session.id_index)
        kind.update(session, live, spec, (), OwnershipMark("payments", "one"))

    for problem in problem_each(runner.plan(all_said(dict.fromkeys(kinds))), [live.id for live in before]):
        assert "nothing is deleted" in problem.message
    for change in change_each(runner.plan(wanted), kinds):
        assert (change.action, change.fields) == (Action.UPDATE, ())
    settle(runner, wanted)
    for bound, live in zip(only_lives(kinds, runner), before, strict=True):
        assert bound.id == live.id
        assert bound.owned.fits(bound.name)


@in_two_worlds(MARKED)
def test_protection_outlives_its_entry_and_is_taken_off_by_a_change_of_its_own(kinds, runner):
    wanted, gone = all_said(examples_of(kinds)), all_said(dict.fromkeys(kinds))
    settle(runner, all_said({kind: {**entry_of(kind), "protect": True} for kind in kinds}))

    refused = runner.plan(gone)
    assert refused.changes == ()
    for problem in problem_each(refused, [f"{kind.name}/one" for kind in kinds]):
        assert "its mark protects it" in problem.message
        assert "protect: false" in problem.hint
    destroyed = plan_destroy(gone, read_live(gone, runner.clients(gone))).changes
    assert not {change.ref for change in destroyed} & {ref_of(kind) for kind in kinds}

    for change in change_each(runner.plan(wanted), kinds):
        assert (change.action, change.fields, change.field_names) == (Action.UPDATE, (), ["protect"])
        assert (change.before_content["protect"], change.after_content["protect"]) == (True, False)
    settle(runner, wanted)
    settle(runner, gone)
    assert [lives(kind, runner) for kind in kinds] == [[]] * len(kinds)
