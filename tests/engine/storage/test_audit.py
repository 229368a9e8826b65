"""Who did it: whom the pipeline names, else who runs the command. And the log, read back."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pdslack_cli.config.load import load
from pdslack_cli.engine.storage.audit import AuditLog, read_log
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds import KIND_NAMED, MANAGED
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.support.runs import Runner

COMPLETE = Path(__file__).parents[3] / "examples" / "complete"


@pytest.mark.parametrize(
    ("environ", "who"),
    [
        pytest.param({"GITHUB_ACTOR": "maya"}, "maya", id="GitHub"),
        pytest.param({"GITLAB_USER_LOGIN": "tom"}, "tom", id="GitLab"),
        pytest.param({}, "root-or-somebody", id="a terminal"),
    ],
)
def test_actor_is_who_the_surroundings_name(environ, who, tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "root-or-somebody")

    assert AuditLog(tmp_path, environ).who == who


def test_user_without_a_name_is_named_by_number(tmp_path, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987654)

    assert AuditLog(tmp_path, {}).who == "uid 987654"


def test_a_log_is_read_whatever_its_lines_are(tmp_path):
    path = tmp_path / "audit.jsonl"
    assert read_log(path) == []
    times = ("5", '"1700000000"', '"2026-11-30t00:00:00z"', '"soon"', "null", "[]")
    path.write_text("".join(f'{{"time": {time}, "ref": "a/b", "action": "c"}}\n' for time in times))
    with path.open("ab") as file:
        file.write(b"\0" * 1000 + b"\n" + b"[" * 10_000 + b"\n")

    read = read_log(path)

    assert [line["time"] for _, line in read] == [5, "1700000000", "2026-11-30t00:00:00z"]
    assert [time.year for time, _ in read] == [1970, 2023, 2026]


def test_a_log_that_cannot_be_read_is_told(tmp_path):
    os.mkfifo(tmp_path / "audit.jsonl")
    with pytest.raises(PdslackError, match=r"cannot read the audit log .*: it is a FIFO"):
        read_log(tmp_path / "audit.jsonl")


@pytest.mark.slow
def test_every_step_of_every_kind_has_a_line_when_it_starts_and_one_when_it_ends(tmp_path):
    wanted = load([COMPLETE], {})
    with Sandbox() as sandbox:
        runner = Runner(sandbox, audit=AuditLog(tmp_path / "audit.jsonl", {}))
        runner.seed(wanted)
        assert runner.apply(wanted).complete
        sandbox.clock.advance(600)
        assert runner.destroy(wanted).complete

    begun: dict[tuple[str, ...], bool] = {}
    kinds = set()
    for _, line in read_log(tmp_path / "audit.jsonl"):
        step = line["ref"], line["action"], line["step"]
        kind = line["ref"].partition("/")[0]
        if line["outcome"] == "started":
            # Some of it was secret: no hash is longer than those in a saved plan.
            hashes = line.get("before", {}).values()
            assert all(re.fullmatch(r"\([0-9a-f]{6}\)", was) for was in hashes), line
            assert hashes or line["step"] != "remove", line
            begun[step] = line.get("creates", False)
            continue
        assert step in begun or line["step"] == "settle", line
        if line["made"]:
            assert begun.pop(step) or KIND_NAMED[kind].unique_names, line
            kinds.add(kind)
    assert kinds >= {kind.name for kind in MANAGED} - {"addon"}, kinds


def test_lines_of_the_future_which_a_checkout_may_hold_are_not_waited_for(tmp_path):
    log = tmp_path / "audit.jsonl"
    line = {"ref": "team/a", "action": "create", "outcome": "done", "made": ["P1"]}
    now = datetime.now(UTC)
    times = (now, now + timedelta(seconds=30), now + timedelta(hours=1), datetime(9999, 1, 1, tzinfo=UTC))
    log.write_text("".join(json.dumps({**line, "time": time.isoformat()}) + "\n" for time in times))

    assert [read.time for read in AuditLog(log, {}).past_runs().lines] == [*times[:2]]


def test_what_the_run_of_another_owner_began_or_made_at_a_ref_is_not_ours(tmp_path):
    log = tmp_path / "audit.jsonl"
    line = {"time": datetime.now(UTC).isoformat(), "owner": "zeta", "action": "create"}
    began = {**line, "ref": "team/a", "outcome": "started", "creates": True}
    made = {**line, "ref": "slack_app/app", "outcome": "done", "made": ["A1"]}
    log.write_text("".join(json.dumps(one) + "\n" for one in (began, made)))

    ours, theirs, old = (AuditLog(log, {}, owner=owner).past_runs() for owner in ("acme", "zeta", ""))

    for runs in (theirs, old):
        assert Ref("team", "a") in runs.recently_made()
        assert runs.creation(Ref("slack_app", "app")) == ("A1", True)
    assert Ref("team", "a") not in ours.recently_made()
    assert ours.creation(Ref("slack_app", "app")) is None


def test_what_was_created_is_of_the_owner_who_wrote_it_last(tmp_path):
    log = tmp_path / "audit.jsonl"
    time = {"time": datetime.now(UTC).isoformat(), "outcome": "done"}
    lines = [
        {"owner": "zeta", "action": "create", "ref": "team/a", "made": ["T1"]},
        {"owner": "acme", "action": "create", "ref": "team/a", "made": ["T2"]},
        {"owner": "acme", "action": "create", "ref": "team/b", "made": ["T3"]},
        {"owner": "zeta", "action": "adopt", "ref": "team/b", "id": "T3"},
        {"owner": "zeta", "action": "release", "ref": "team/a", "id": "T1"},
    ]

    def created(owner: str, count: int) -> dict[str, Ref]:
        log.write_text("".join(json.dumps(time | line) + "\n" for line in lines[:count]))
        return {id_: made.ref for id_, made in AuditLog(log, {}, owner=owner).past_runs().created().items()}

    team_a, team_b = Ref("team", "a"), Ref("team", "b")
    assert (created("zeta", 3), created("acme", 3)) == ({"T1": team_a}, {"T2": team_a, "T3": team_b})
    assert (created("zeta", 5), created("acme", 5)) == ({"T3": team_b}, {"T2": team_a})
