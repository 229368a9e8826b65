"""The export command writes what is live, tells what it left out, and shows no secret."""

from __future__ import annotations

import pytest
import yaml

from pdslack_cli.sandbox.server import Sandbox
from tests.export.account import SECRETS, Accounts
from tests.export.account_grown import grow
from tests.support.census import documents

pytestmark = pytest.mark.slow_after(2)


@pytest.fixture(scope="module")
def accounts_grown() -> bytes:
    """Accounts with hundreds of objects."""
    with Sandbox() as sandbox:
        grow(Accounts(sandbox), 60)
        return sandbox.snapshot()


@pytest.fixture
def grown(cli, accounts_grown):
    """These accounts in the sandbox of this folder."""
    (cli.folder / ".pdslack").mkdir()
    with Sandbox(str(cli.folder / ".pdslack" / "sandbox.sqlite")) as sandbox:
        sandbox.restore(accounts_grown)
    return cli


def actions(done) -> set[str]:
    return {tuple(change["change"]["actions"]) for change in done.json["resource_changes"]}


@pytest.mark.slow
def test_what_is_exported_validates_and_is_adopted(grown):
    document = grown("export", "--sandbox", "--owner", "acme", "--quiet").out
    grown.write(document)

    assert "The configuration is valid" in grown("validate").out
    plan = grown("plan", "--sandbox", "--adopt", "--format", "json")
    assert actions(plan) <= {("no-op",), ("update",)}
    assert plan.json["change_summary"]["add"] == plan.json["change_summary"]["remove"] == 0
    grown("apply", "--sandbox", "--adopt", "--yes")
    assert "No changes." in grown("plan", "--sandbox", "--detailed-exitcode").out
    assert grown("export", "--sandbox", "--owner", "acme").out == document


@pytest.mark.slow
def test_what_is_left_out_is_told_beside_the_document(grown):
    done = grown("export", "--sandbox", "--owner", "acme")

    assert yaml.safe_load(done.out)["owner"] == "acme"
    assert "left out: channel 'old-one': is archived" in done.err
    assert yaml.safe_load(done.out)["services"]["odd-hours"]["disabled"] is True
    assert grown("export", "--sandbox", "--owner", "acme", "--quiet").err == ""


@pytest.mark.slow
def test_no_secret_is_shown(grown):
    printed = [grown("export", "--sandbox", "--owner", "acme", *words) for words in ((), ("--out", "out"))]
    texts = [done.out + done.err for done in printed] + [
        file.read_text() for file in grown.folder.glob("out/*")
    ]

    with Sandbox(str(grown.folder / ".pdslack" / "sandbox.sqlite")) as sandbox:
        kept = documents(sandbox).values()
    secrets = {*SECRETS, "xoxb-123456789012-abcdefghijkl", "T00/B00/abcdefghijklmnopqrstuvwx"}
    secrets |= {
        document[name] for document in kept for name in ("integration_key", "_secret") if name in document
    }
    assert len(secrets) > 40
    assert [secret for secret in secrets if any(secret in text for text in texts)] == []


@pytest.mark.slow
def test_a_folder_holds_the_stack_and_is_written_again_without_a_change(grown):
    for by in ("section", "team"):
        export = ("export", "--sandbox", "--owner", "acme", "--out", by, "--by", by)
        grown(*export)
        files = {file.name: file.read_bytes() for file in grown.folder.glob(f"{by}/*")}

        assert "The configuration is valid" in grown("validate", by).out
        grown(*export)
        assert {file.name: file.read_bytes() for file in grown.folder.glob(f"{by}/*")} == files


@pytest.mark.slow
def test_files_that_say_something_else_are_replaced_only_when_told_to(cli):
    cli("apply", "--sandbox", "--yes")
    cli.write("owner: mine\n", "out/pdslack.yaml")

    refused = cli("export", "--sandbox", "--owner", "payments", "--out", "out", code=1)
    assert "out/pdslack.yaml already exists with different content" in refused.err
    assert not (cli.folder / "out" / "teams.yaml").exists()

    cli("export", "--sandbox", "--owner", "payments", "--out", "out", "--overwrite")
    assert "owner: payments" in (cli.folder / "out" / "pdslack.yaml").read_text()


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_told(cli):
    cli("apply", "--sandbox", "--yes")
    cli.write("", "taken")

    refused = cli("export", "--sandbox", "--owner", "payments", "--out", "taken/below", code=1)

    assert "cannot write taken/below: Not a directory" in refused.err


@pytest.mark.slow
def test_a_part_can_be_chosen(cli):
    cli("apply", "--sandbox", "--yes")

    said = yaml.safe_load(cli("export", "--sandbox", "--owner", "payments", "--only", "channel/inc*").out)

    assert said.keys() == {"owner", "slack", "channels"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param(("--owner", "Not An Owner"), "'Not An Owner' is not a valid owner", id="owner"),
        pytest.param(
            ("--owner", "a", "--workspace", "acme"), "'acme' is not a valid workspace", id="workspace"
        ),
        pytest.param(("--owner", "a", "--only", "nothing"), "nothing matches 'nothing'", id="part"),
        pytest.param(("--owner", "a", "--team", "Nobody"), "no teams are named 'Nobody'", id="team"),
    ],
)
def test_what_makes_no_sense_is_refused(cli, flags, message):
    cli("apply", "--sandbox", "--yes")

    done = cli("export", "--sandbox", *flags, code=1)

    assert message in done.err
    assert done.out == ""


def test_without_a_token_it_says_which_to_set(cli, monkeypatch):
    for name in ("PAGERDUTY_API_KEY", "PAGERDUTY_TOKEN", "SLACK_BOT_TOKEN", "SLACK_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    done = cli("export", "--owner", "acme", code=1)

    assert "set PAGERDUTY_API_KEY and SLACK_BOT_TOKEN" in done.err
