"""What holds for every kind that carries a mark: leftovers go, copies stay, and protection lasts."""

from __future__ import annotations

import pytest
import yaml

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.destroy import plan_destroy
from pdslack_cli.engine.live import read_live
from pdslack_cli.engine.marking import plan_release, plan_rotate
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.model import Live, OwnershipMark, Ref
from tests.census import census
from tests.kinds.examples import EXAMPLES
from tests.kinds.laws.test_every_kind import MANAGED, runner, said, settle

pytestmark = pytest.mark.slow

__all__ = ["runner"]

MARKED = [kind for kind in MANAGED if kind.marked]
TARGETS = ["same", "changed", "gone"]
ONE_EACH = {"alert_grouping": {"services": ["desk", "web"]}}
"""Fields that two objects cannot have alike, though their names may be: others for the second one."""
TWICE = [kind for kind in MARKED if not kind.unique_names and kind.name not in ONE_EACH]

RENAMED = [kind for kind in MARKED if kind.named_by not in kind.frozen_fields]

every_renamed_kind = pytest.mark.parametrize("kind", RENAMED, ids=lambda kind: kind.name)
every_marked_kind = pytest.mark.parametrize("kind", MARKED, ids=lambda kind: kind.name)


def entry_of(kind) -> dict:
    return yaml.safe_load(EXAMPLES[kind.name].entry)


def second_entry_of(kind, name: str) -> dict:
    return {**entry_of(kind), **ONE_EACH.get(kind.name, {}), kind.named_by: name}


def ref_of(kind) -> Ref:
    return Ref(kind.name, "one")


APPLIED: dict[str, tuple[bytes, dict]] = {}
"""The accounts and the secrets once the example of a kind was applied, made once for all tests."""


def applied(kind, runner) -> None:
    if kind.name not in APPLIED:
        settle(runner, said(kind, entry_of(kind)))
        APPLIED[kind.name] = (runner.sandbox.snapshot(), dict(runner.secrets.kept))
    accounts, secrets = APPLIED[kind.name]
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


def make_another(kind, runner, *, name: str = "", unfinished: bool = False, times: int = 1) -> Live:
    """One more object with the mark of the entry `one`, as a cut run leaves it; with a name, a copy.

    Or several, a minute apart.
    """
    wanted = said(kind, {**entry_of(kind), **(ONE_EACH.get(kind.name, {}) if name else {})})
    spec = wanted.entries[ref_of(kind)].spec
    mark = OwnershipMark.bound("payments", "one", getattr(spec, kind.named_by))
    taken = {"handle": "copy"} if "handle" in kind.spec.model_fields else {}
    copied = spec.model_copy(update={kind.named_by: name, **taken}) if name else spec
    clients = runner.clients(wanted)
    session = Session(clients, runner.plan(wanted).id_index, "payments", runner.secrets, lambda *_: None)
    made = kind.create(session, ref_of(kind), copied, mark)
    for _ in range(times - 1):
        runner.sandbox.clock.advance(61)
        made = kind.create(session, ref_of(kind), copied, mark)
    if unfinished:
        kind.update(session, made, copied, (), mark.as_unfinished)
    return made


def lives(kind, runner) -> list[Live]:
    wanted = said(kind, entry_of(kind))
    read = kind.read(runner.clients(wanted), [entry.spec for entry in wanted.of_kind(kind.name)])
    return [live for live in read if live.owned and live.owned.key == "one" and not live.retired]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", TWICE, ids=lambda kind: kind.name)
def test_leftovers_are_removed_by_an_apply(kind, target, runner):
    count = (1, 3)[(TWICE.index(kind) + TARGETS.index(target)) % 2]
    entry = entry_of(kind)
    name, value = next(iter(EXAMPLES[kind.name].changes.items()))
    changed = {**entry, name: yaml.safe_load(value)}
    wanted = said(kind, {"same": entry, "changed": changed, "gone": None}[target])
    applied(kind, runner)
    if target != "same":
        settle(runner, wanted)
    clean = census(runner.sandbox)
    applied(kind, runner)
    runner.sandbox.clock.advance(61)  # when each of them was created makes no difference
    make_another(kind, runner, times=count)
    assert len(lives(kind, runner)) == 1 + count

    settle(runner, wanted)

    assert len(lives(kind, runner)) == (target != "gone")
    assert census(runner.sandbox) == clean


@pytest.mark.parametrize("oldest", [0, 1])
def test_of_equal_orchestrations_the_oldest_stays_because_senders_use_its_keys(oldest, runner):
    (kind,) = [kind for kind in TWICE if kind.name == "routing"]
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


@pytest.mark.parametrize("kind", TWICE, ids=lambda kind: kind.name)
def test_only_takes_a_change_and_the_leftovers_of_its_object(kind, runner):
    applied(kind, runner)
    make_another(kind, runner)
    name, value = next(iter(EXAMPLES[kind.name].changes.items()))
    wanted = said(kind, {**entry_of(kind), name: yaml.safe_load(value)})

    plan = runner.plan(wanted, only=[ref_of(kind)])

    assert len(plan.changes) == 2
    assert [change.leftover for change in plan.changes] == [False, True]


@pytest.mark.parametrize("kind", [kind for kind in TWICE if kind.secret_name], ids=lambda kind: kind.name)
@pytest.mark.parametrize("other", ["leftover", "unfinished", "copy"])
def test_secret_is_not_rotated_beside_another_of_its_mark(kind, other, runner):
    wanted = said(kind, entry_of(kind))
    applied(kind, runner)
    name = another_name(kind) if other == "copy" else ""
    make_another(kind, runner, name=name, unfinished=other == "unfinished")

    plan = plan_rotate(wanted, read_live(wanted, runner.clients(wanted)), ["*/one"])

    assert plan.changes == ()
    assert "several objects carry its mark" in plan.problems[0].message
    settle(runner, wanted)
    assert len(lives(kind, runner)) == 1 + (other == "copy")


@every_marked_kind
def test_copy_is_told_of_and_never_touched(kind, runner):
    wanted = said(kind, entry_of(kind))
    applied(kind, runner)
    (original,) = lives(kind, runner)
    copy = make_another(kind, runner, name=another_name(kind))

    plan = runner.plan(wanted)
    assert plan.changes == ()
    assert plan.problems == ()
    (notice,) = [notice for notice in plan.notices if "is a copy" in notice]
    for word in (original.id, copy.id, repr(original.name), repr(copy.name)):
        assert word in notice

    renamed = said(kind, None, two={**entry_of(kind), kind.named_by: original.name, "previously": "one"})
    refused = [
        runner.plan(renamed),
        plan_release(wanted, read_live(wanted, runner.clients(wanted)), ["*/one"]),
    ]
    if kind.archives_on_delete:  # what is put away is still listed, with its mark
        settle(runner, said(kind, None))
        assert [live.id for live in lives(kind, runner)] == [copy.id]
    else:
        refused.append(runner.plan(said(kind, None)))
    for plan in refused:  # the copy would be alone with the mark
        assert plan.changes == ()
        (problem,) = plan.problems
        assert copy.id in problem.message
        assert "mark" in problem.hint


@every_marked_kind
def test_copy_may_become_an_entry_of_its_own(kind, runner):
    name = another_name(kind)
    applied(kind, runner)
    copy = make_another(kind, runner, name=name)
    both = said(kind, entry_of(kind), two=second_entry_of(kind, name))

    (problem,) = runner.plan(both).problems
    assert "that pdslack does not manage" in problem.message
    (change,) = runner.plan(both, adopt=True).changes
    assert (change.action, change.live.id) == (Action.ADOPT, copy.id)
    assert runner.apply(both, adopt=True).complete
    assert (runner.plan(both).changes, runner.plan(both).problems) == ((), ())


@every_renamed_kind
def test_lone_object_of_another_name_was_renamed_by_hand(kind, runner):
    settle(runner, said(kind, None))
    copy = make_another(kind, runner, name=another_name(kind))
    gone, wanted = said(kind, None), said(kind, entry_of(kind))

    refused = runner.plan(gone)
    assert refused.changes == ()
    (problem,) = refused.problems
    assert "add its entry again" in problem.hint
    assert "remove the mark" in problem.hint

    plan = runner.plan(wanted)
    if kind.named_by in kind.fixed_fields:  # nobody can have renamed it, and a replacement would delete it
        assert plan.changes == ()
        (problem,) = plan.problems
        assert f"set `id: {copy.id}`" in problem.hint
        assert "remove the mark" in problem.hint
        wanted = said(kind, {**entry_of(kind), "id": copy.id})
    else:
        (change,) = plan.changes
        assert (change.live.id, change.ref) == (copy.id, ref_of(kind))
        assert kind.named_by in change.fields
    settle(runner, wanted)
    (mended,) = lives(kind, runner)
    assert mended.owned.fits(mended.name)
    assert kind.named_by in kind.fixed_fields or mended.id == copy.id


@every_renamed_kind
def test_rename_in_the_file_binds_the_mark_to_the_new_name(kind, runner):
    applied(kind, runner)
    wanted = said(kind, {**entry_of(kind), kind.named_by: another_name(kind)})

    settle(runner, wanted)

    (live,) = lives(kind, runner)
    assert live.name == another_name(kind)
    assert live.owned.fits(live.name)


@every_renamed_kind
def test_new_entry_takes_the_name_that_another_gives_up(kind, runner):
    applied(kind, runner)
    (old,) = lives(kind, runner)
    name = getattr(said(kind, entry_of(kind)).entries[ref_of(kind)].spec, kind.named_by)
    renamed = {**entry_of(kind), kind.named_by: another_name(kind)}
    wanted = said(kind, renamed, two=second_entry_of(kind, name))

    settle(runner, wanted)

    (new,) = lives(kind, runner)
    assert (new.name, new.id == old.id) == (another_name(kind), not kind.fixed_fields & {kind.named_by})
    two = runner.plan(wanted).id_index.id(Ref(kind.name, "two"))
    assert two not in {old.id, new.id}


@every_marked_kind
def test_mark_without_a_check_counts_alone_and_is_bound(kind, runner):
    wanted = said(kind, entry_of(kind))
    applied(kind, runner)
    (live,) = lives(kind, runner)
    session = Session(runner.clients(wanted), runner.plan(wanted).id_index, "payments", runner.secrets, print)
    spec = kind.decode(live, session.id_index)
    kind.update(session, live, spec, (), OwnershipMark("payments", "one"))

    assert "nothing is deleted" in runner.plan(said(kind, None)).problems[0].message
    (change,) = runner.plan(wanted).changes
    assert (change.action, change.fields) == (Action.UPDATE, ())
    settle(runner, wanted)
    (bound,) = lives(kind, runner)
    assert bound.id == live.id
    assert bound.owned.fits(bound.name)


@every_marked_kind
def test_protection_outlives_its_entry_and_is_taken_off_by_a_change_of_its_own(kind, runner):
    entry = entry_of(kind)
    settle(runner, said(kind, {**entry, "protect": True}))

    refused = runner.plan(said(kind, None))
    assert refused.changes == ()
    (problem,) = refused.problems
    assert "its mark protects it" in problem.message
    assert "protect: false" in problem.hint
    gone = said(kind, None)
    destroyed = plan_destroy(gone, read_live(gone, runner.clients(gone))).changes
    assert ref_of(kind) not in {change.ref for change in destroyed}

    (change,) = runner.plan(said(kind, entry)).changes
    assert (change.action, change.fields, change.field_names) == (Action.UPDATE, (), ["protect"])
    assert (change.before_content["protect"], change.after_content["protect"]) == (True, False)
    settle(runner, said(kind, entry))
    settle(runner, said(kind, None))
    assert lives(kind, runner) == []
