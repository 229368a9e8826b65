"""Stacks of several owners, and a sandbox beside real accounts, lose no secret of each other in one store."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pdslack_cli.engine.storage.secrets import FileStore
from pdslack_cli.errors import PdslackError
from pdslack_cli.model import Ref
from pdslack_cli.sandbox.faults import Fault
from tests.cli.accounts import Accounts

STACK = """\
owner: {0}
slack: {{workspace: T0ACME}}
slack_app: {{name: {0}, command: /{0}, socket_mode: true}}
webhooks: {{sync: {{url: "https://{0}.example", from: account, events: [incident.triggered]}}}}
automation_runners: {{sidecar: {{}}}}
"""
REFS = ("webhook/sync", "automation_runner/sidecar", "slack_app/app")


def kept(accounts: Accounts) -> dict[str, dict[str, str]]:
    return json.loads((accounts.cli.folder / ".pdslack/secrets.json").read_text())


@pytest.fixture
def two(accounts: Accounts) -> Accounts:
    """A folder with the stacks of two owners, each with all that has a secret, under the same keys."""
    for owner in ("first", "second"):
        accounts.cli.write(
            STACK.format(owner).replace("sidecar: {}", f"sidecar: {{name: {owner}}}"), f"{owner}.yaml"
        )
    return accounts


@pytest.mark.slow
def test_each_owner_keeps_its_secrets(two):
    two.cli("apply", "--yes", "first.yaml")
    before = kept(two)
    two.cli("apply", "--yes", "second.yaml")

    after = kept(two)
    assert {ref: after[ref] for ref in before} == before
    assert {f"second:{ref}" for ref in REFS} == after.keys() - before.keys()
    for owner in ("first", "second"):
        assert "match the files" in two.cli("plan", f"{owner}.yaml").out
    assert sorted(
        app["manifest"]["display_information"]["name"] for app in two.sandbox.store.all("slack.app")
    ) == [
        "first",
        "second",
    ]


@pytest.mark.slow
def test_a_secret_of_another_owner_is_none_of_ours(two):
    two.cli("apply", "--yes", "first.yaml")
    two.cli("apply", "--yes", "second.yaml")
    path = two.cli.folder / ".pdslack/secrets.json"
    path.write_text(json.dumps({ref: values for ref, values in kept(two).items() if ":" not in ref}))

    assert "webhook/sync exists, but its secret is not in the store" in two.cli("plan", "second.yaml").out
    two.cli("rotate", "webhook/sync", "--yes", "--file", "second.yaml")
    assert kept(two)["second:webhook/sync"]["secret"] != kept(two)["webhook/sync"]["secret"]


@pytest.mark.slow
def test_a_trial_in_the_sandbox_leaves_real_secrets_alone(two):
    two.cli("apply", "--yes", "first.yaml")
    before = kept(two)
    two.cli("apply", "--sandbox", "--yes", "first.yaml")
    two.cli("destroy", "--sandbox", "--yes", "first.yaml")

    after = kept(two)
    assert {ref: after.get(ref) for ref in before} == before


@pytest.mark.slow
def test_a_real_secret_takes_the_place_of_one_of_the_sandbox(two):
    two.cli("apply", "--sandbox", "--yes", "first.yaml")
    tried = kept(two)["webhook/sync"]
    two.cli("apply", "--yes", "first.yaml")

    assert kept(two)["webhook/sync"]["owner"] == "first"
    assert kept(two)["webhook/sync"]["secret"] != tried["secret"]
    assert "is not in the store" in two.cli("plan", "--sandbox", "first.yaml").out


def test_folders_that_share_a_file_wait_for_each_other(tmp_path: Path) -> None:
    def keep(number: int) -> None:
        store = FileStore(tmp_path / "all.json", f"team-{number}", shared=True)
        store.check_writable()
        store.store(Ref("webhook", f"sync-{number}"), "secret", f"secret of {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(24)))

    assert json.loads((tmp_path / "all.json").read_text()) == {
        f"webhook/sync-{number}": {"owner": f"team-{number}", "secret": f"secret of {number}"}
        for number in range(24)
    }


@pytest.mark.parametrize("path", ["/proc/pdslack.json", "/proc/version"])
def test_a_shared_file_that_cannot_be_locked_is_told(path: str) -> None:
    with pytest.raises(PdslackError, match=r"cannot (read|write) the "):
        FileStore(Path(path), "team", shared=True).check_writable()


@pytest.mark.slow
def test_a_secret_goes_along_with_a_new_owner_or_key(two):
    two.cli("apply", "--yes", "first.yaml")
    before, path = kept(two), two.cli.folder / "first.yaml"

    path.write_text(path.read_text().replace("sync: {", "hook: {previously: sync, "))
    plan = two.cli("plan", "first.yaml").out
    assert "not in the store" not in plan
    two.sandbox.faults.add(Fault("403", method="PUT", path="/webhook_subscriptions"))
    two.cli("apply", "--yes", "first.yaml", code=1)
    assert kept(two)["webhook/hook"] == kept(two)["webhook/sync"] == before["webhook/sync"]
    two.cli("apply", "--yes", "first.yaml")
    assert kept(two)["webhook/hook"] == before["webhook/sync"]
    assert "webhook/sync" not in kept(two)

    path.write_text(path.read_text().replace("owner: first", "owner: third"))
    two.cli("adopt", "*/*", "--from", "first", "--yes", "--file", "first.yaml")
    plan = two.cli("plan", "first.yaml").out
    for ref, old in (("webhook/hook", "webhook/sync"), ("automation_runner/sidecar",) * 2):
        assert kept(two)[ref] == before[old] | {"owner": "third"}
        assert f"{ref} exists, but" not in plan
    app_id = before["slack_app/app"]["app_id"]
    assert f"has the app {app_id} of another owner: if that is this one, write its `id:`" in plan


@pytest.mark.parametrize("owners", [("first", "second"), ("first", "first (sandbox)")])
def test_what_leaves_the_store_hides_no_secret_of_another_owner(
    tmp_path: Path, owners: tuple[str, str]
) -> None:
    ref, first, second = Ref("webhook", "sync"), *(FileStore(tmp_path / "all.json", name) for name in owners)
    for store in (first, second):
        store.store(ref, "secret", f"of {store.owner}")

    with first.carried_over("first", ref, Ref("webhook", "hook")):
        pass
    assert second.read(ref, "secret") == f"of {owners[1]}"

    first.store(ref, "creation_started", "yes")
    first.forget(ref, "creation_started")
    assert second.read(ref, "secret") == f"of {owners[1]}"


@pytest.mark.slow
def test_a_store_that_cannot_be_read_is_told_to_have_a_secret_under_its_old_name(two):
    two.cli.patch.setenv("PDSLACK_SECRET_COMMAND", "true")
    path = two.cli.folder / "first.yaml"
    path.write_text(path.read_text().replace("slack_app:", "# slack_app:"))
    two.cli("apply", "--yes", "first.yaml")
    path.write_text(path.read_text().replace("sync: {", "hook: {previously: sync, "))
    told = two.cli("apply", "--yes", "first.yaml").err
    assert "the store of PDSLACK_SECRET_COMMAND may have its secret as webhook/sync of first" in told
