"""`pdslack app`: the manifest, and the app with a configuration token."""

from __future__ import annotations

import json

import pytest

from pdslack_cli.sandbox.faults import Fault
from tests.cli.accounts import Accounts

STACK = """\
owner: payments
slack: {workspace: T0ACME}
slack_app: {name: Incidents, socket_mode: true, command: /incident}
channels: {incidents: {}}
"""


@pytest.fixture
def there(accounts: Accounts) -> Accounts:
    accounts.cli.write(STACK)
    return accounts


def apps(there: Accounts) -> list[dict]:
    return there.sandbox.store.all("slack.app")


def stored(there: Accounts) -> dict:
    return json.loads((there.cli.folder / ".pdslack/secrets.json").read_text())["slack_app/app"]


def test_the_manifest_and_what_its_scopes_are_for(cli):
    cli.write(STACK)

    out = cli("app").out

    assert '"name": "Incidents"' in out
    assert "commands         the slash command and shortcuts" in out
    assert "https://api.slack.com/apps?new_app=1&manifest_json=%7B" in out
    assert cli("app", "--format", "json").json["manifest"]["settings"]["socket_mode_enabled"]


VARIED = """\
owner: payments
slack: {workspace: T0ACME}
slack_app:
  name: "${HUSH}"
  description: "By ${HUSH}"
  url: "https://${HUSH}.example"
  command: "/${HUSH}"
  shortcuts: [{name: "${HUSH}", callback_id: "${HUSH}", description: "${HUSH}"}]
  events: ["${HUSH}_event"]
  scopes: ["${HUSH}:read"]
channels: {incidents: {}}
slack_workflows:
  tell:
    name: "${HUSH}"
    trigger: {webhook: {}}
    steps: [{function: send_message, inputs: {channel: incidents, message: "By ${HUSH}"}}]
"""


@pytest.mark.parametrize("format_", ["text", "json"])
def test_values_of_the_environment_are_masked_unless_asked_for(cli, monkeypatch, format_):
    monkeypatch.setenv("PDSLACK_VAR_HUSH", "hushhush")
    cli.write(VARIED)

    masked = cli("app", "--format", format_)
    whole = cli("app", "--format", format_, "--show-secrets")

    assert "hushhush" not in masked.out + masked.err
    assert "values of PDSLACK_VAR_… are masked; --show-secrets prints them" in masked.err
    assert "manifest_json=" not in masked.out  # it would make an app of masks
    assert '"command": "/hushhush"' in whole.out
    assert whole.out.count("By hushhush") == 2
    assert "hushhush:read" in whole.out
    assert "masked" not in whole.err


def test_it_is_created_once_and_its_credentials_are_kept(there):
    done = there.cli("app", "--create", "--yes")

    (made,) = apps(there)
    assert f"https://api.slack.com/apps/{made['id']}/install-on-team" in done.out
    kept = stored(there)
    assert kept["app_id"] == made["id"]
    assert kept["signing_secret"].startswith("sandbox-signing-secret")
    assert kept["signing_secret"] not in done.out + done.err
    assert "the app exists already" in there.cli("app", "--create", "--yes", code=1).err
    assert len(apps(there)) == 1


@pytest.mark.slow
def test_it_is_updated_to_what_the_file_says(there):
    there.cli("app", "--create", "--yes")
    assert "No changes." in there.cli("app", "--update").out

    there.cli.write(STACK.replace("/incident", "/inc") + "notification_rules: {}\n")
    assert "command: /incident -> /inc" in there.cli("plan").out
    assert "Install it here" not in there.cli("app", "--update", "--yes").out

    there.cli.write(STACK.replace("command: /incident", "scopes: ['pins:write']"))
    shown = there.cli("app", "--update", "--yes", "--format", "json").json
    assert shown["install"].endswith("/install-on-team")
    (made,) = apps(there)
    assert "pins:write" in made["manifest"]["oauth_config"]["scopes"]["bot"]
    assert "commands" in made["manifest"]["oauth_config"]["scopes"]["bot"]  # somebody may use it


@pytest.mark.parametrize("kind", ["lost", "500"])
def test_a_creation_with_an_unknown_end_is_not_repeated(there, kind):
    there.sandbox.faults.add(Fault(kind, "slack", "POST", "apps.manifest.create", times=9))
    there.cli("app", "--create", "--yes", code=1)
    there.sandbox.faults.clear()
    before = len(apps(there))

    err = there.cli("app", "--create", "--yes", code=1).err

    assert "it may exist: look for it at https://api.slack.com/apps" in err
    assert len(apps(there)) == before


def planned(there: Accounts) -> list[dict]:
    return there.cli("plan", "--format", "json").json["resource_changes"]


@pytest.mark.slow
def test_apply_makes_the_app_that_the_plan_shows_and_keeps_it_so(there):
    (app,) = [one for one in planned(there) if one["address"] == "slack_app/app"]
    assert app["change"]["after"]["settings"]["socket_mode_enabled"]

    done = there.cli("apply", "--yes")
    (made,) = apps(there)
    assert f"install it here: https://api.slack.com/apps/{made['id']}/install-on-team" in done.out + done.err
    assert stored(there)["signing_secret"] not in done.out + done.err
    assert planned(there) == []

    there.cli.write(STACK.replace("/incident", "/inc"))
    assert [one["address"] for one in planned(there)] == ["slack_app/app"]
    there.cli("apply", "--yes")
    assert apps(there)[0]["manifest"]["features"]["slash_commands"][0]["command"] == "/inc"
    assert planned(there) == []


@pytest.mark.slow
def test_an_app_that_the_token_alone_names_is_changed_only_if_somebody_says_so(there, monkeypatch):
    there.cli("apply", "--yes")
    (made,) = apps(there)
    (there.cli.folder / ".pdslack/secrets.json").unlink()
    monkeypatch.setenv("SLACK_APP_TOKEN", f"xapp-1-{made['id']}-1-{'a' * 20}")
    assert planned(there) == []  # it is as the file says

    changed = STACK.replace("/incident", "/inc")
    there.cli.write(changed)
    refused = there.cli("plan", code=1)
    assert f"the app {made['id']} is known by SLACK_APP_TOKEN alone" in refused.err
    assert f"write `id: {made['id']}` under `slack_app`" in refused.err
    assert "command: /incident -> /inc" in there.cli("plan", "--adopt").out

    there.cli.write(changed.replace("{name: Incidents", f"{{id: {made['id']}, name: Incidents"))
    there.cli("apply", "--yes")
    assert apps(there)[0]["manifest"]["features"]["slash_commands"][0]["command"] == "/inc"


@pytest.mark.slow
def test_destroy_leaves_the_app_and_says_so(there):
    there.cli("apply", "--yes")
    there.cli("destroy", "--yes")
    assert len(apps(there)) == 1
    left = f"slack_app/app is left behind ({apps(there)[0]['id']})"
    assert left in there.cli("destroy", "--yes").out
    (note,) = there.cli("destroy", "--yes", "--format", "json").json["notices"]
    assert left in note


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lost", "500"])
def test_an_apply_never_makes_a_second_app(there, kind):
    there.sandbox.faults.add(Fault(kind, "slack", "POST", "apps.manifest.create", times=9))
    assert "look for it at https://api.slack.com/apps" in there.cli("apply", "--yes", code=1).err
    there.sandbox.faults.clear()
    before = len(apps(there))
    assert "it may exist: look for it" in there.cli("apply", "--yes", code=1).err
    assert len(apps(there)) == before


@pytest.mark.parametrize("kind", ["403", "404", "501"])
def test_a_creation_that_slack_refused_is_tried_again(there, kind):
    there.sandbox.faults.add(Fault(kind, "slack", "POST", "apps.manifest.create"))
    there.cli("app", "--create", "--yes", code=1)

    there.cli("app", "--create", "--yes")

    assert stored(there)["app_id"] == apps(there)[0]["id"]


@pytest.mark.slow
def test_an_app_that_is_gone_is_said_and_not_made_again(there):
    there.cli("apply", "--yes")
    there.sandbox.store.delete("slack.app", apps(there)[0]["id"])
    for done in (there.cli("plan"), there.cli("app", "--update", "--yes", code=1)):
        assert "remove all of it from the secret store: a new one is made" in done.out + done.err
    assert planned(there) == []

    (there.cli.folder / ".pdslack/secrets.json").unlink()
    there.cli("apply", "--yes")
    assert stored(there)["app_id"] == apps(there)[0]["id"]


def test_an_id_in_the_file_of_no_app_is_a_problem(there):
    there.cli.write(STACK.replace("{name: Incidents", "{id: A0NONE, name: Incidents"))

    refused = there.cli("plan", code=1).err

    assert "pdslack.yaml:3:17: slack_app: there is no app A0NONE" in refused
    assert "correct its id" in refused


WORKFLOWS = """slack_workflows:
  page: {trigger: {webhook: {}}, steps: [{function: send_message, inputs: {channel: incidents, message: Up}}]}
"""


def of_apps(there: Accounts, code: int) -> list[tuple[str, str]]:
    """What the doctor says of the apps, each with its severity."""
    found = there.cli("doctor", "--no-probe-webhooks", "--format", "json", code=code).json["diagnostics"]
    return [(one["severity"], one["summary"]) for one in found if one["check"] == "apps"]


@pytest.mark.slow
def test_the_doctor_tells_of_the_apps_what_a_plan_tells(there, monkeypatch):
    made = STACK + WORKFLOWS
    there.cli("apply", "--yes")  # Slack lets us make one app a minute
    there.cli.write(made)
    assert of_apps(there, 0) == []
    there.cli("apply", "--yes")
    assert of_apps(there, 0) == []
    secrets = there.cli.folder / ".pdslack/secrets.json"
    ids = [value["app_id"] for value in json.loads(secrets.read_text()).values() if "app_id" in value]

    there.cli.write(made.replace("{name: Incidents", "{id: A0NONE, workflows_id: A0GONE, name: Incidents"))
    for (severity, what), (section, id_) in zip(
        of_apps(there, 1), [("slack_workflows", "A0GONE"), ("slack_app", "A0NONE")], strict=True
    ):
        assert (severity, what.startswith(f"{section}: there is no app {id_}")) == ("error", True)
        assert f"{section}: there is no app {id_}" in there.cli("plan", code=1).err

    there.cli.write(made)
    for id_ in ids:
        there.sandbox.store.delete("slack.app", id_)
    assert [severity for severity, _ in of_apps(there, 0)] == ["warning", "warning"]
    assert all("a new one is made" in what for _, what in of_apps(there, 0))

    secrets.write_text('{"slack_app/app": {"creation_started": "yes"}}')
    (there.cli.folder / ".pdslack/audit.jsonl").unlink()  # which knows the id of the app
    for token in ("", "SLACK_CONFIG_TOKEN"):
        monkeypatch.delenv(token, raising=False)
        ((severity, what),) = of_apps(there, 1)
        assert (severity, "cut off while Slack created the app" in what) == ("error", True)


@pytest.mark.slow
def test_one_app_is_not_both_the_bots_and_that_of_the_workflows(there, monkeypatch):
    there.cli("apply", "--yes")  # Slack lets us make one app a minute
    there.cli.write(STACK + WORKFLOWS)
    there.cli("apply", "--yes")
    secrets = json.loads((there.cli.folder / ".pdslack/secrets.json").read_text())
    id_, before = secrets["slack_workflows_app/app"]["app_id"], apps(there)

    there.cli.write((STACK + WORKFLOWS).replace("{name: Incidents", f"{{id: {id_}, name: Incidents"))

    for words in (["plan"], ["apply", "--yes"], ["app", "--update", "--yes"]):
        refused = there.cli(*words, code=1).err
        assert f"slack_app: {id_} is the app of `slack_workflows`" in refused
        assert "correct its id" in refused
    assert apps(there) == before


@pytest.mark.slow
def test_a_sandbox_has_an_app_of_its_own(cli):
    cli.write(STACK)
    cli("apply", "--sandbox", "--yes")
    assert cli("plan", "--sandbox", "--format", "json").json["resource_changes"] == []
    kept = json.loads((cli.folder / ".pdslack/secrets.json").read_text())
    assert set(kept) == {"slack_app_sandbox/app"}


def test_a_plan_without_a_configuration_token_says_that_the_app_is_not_compared(there, monkeypatch):
    monkeypatch.delenv("SLACK_CONFIG_TOKEN")
    planned = there.cli("plan").out
    assert "it is not compared without SLACK_CONFIG_TOKEN" in planned
    assert "match the files" not in planned


@pytest.mark.parametrize(
    ("app", "words", "message"),
    [
        ("{}", [], "neither `socket_mode` nor `url` is set"),
        ("{socket_mode: true, url: 'https://x.example'}", [], "exclude each other"),
        ("{socket_mode: true, command: /pd}", [], "PagerDuty's own Slack app"),
        ("{socket_mode: true, scopes: ['webhooks:write']}", [], "did you mean 'incoming-webhook'?"),
        ("{socket_mode: true, comand: /x}", [], "did you mean 'command'?"),
        ("{socket_mode: true, id: B1}", [], "write it as in api.slack.com/apps/A…"),
        ("{socket_mode: true}", ["--update", "--yes"], "the id of the app is not known"),
        ("{socket_mode: true}", ["--update", "--create"], "cannot be used together"),
        ("{socket_mode: true}", ["--create"], "pass --yes"),
    ],
)
def test_what_cannot_be_is_refused(accounts, app, words, message):
    accounts.cli.write(f"owner: payments\nslack: {{workspace: T0ACME}}\nslack_app: {app}\n")

    assert message in accounts.cli("app", *words, code=1).err


def test_without_a_slack_app_in_the_file(cli):
    cli.write("owner: payments\nteams: {}\n")

    assert "the stack has no `slack_app`" in cli("app", code=1).err


def test_without_a_configuration_token(there, monkeypatch):
    monkeypatch.delenv("SLACK_CONFIG_TOKEN")

    assert "SLACK_CONFIG_TOKEN is not set" in there.cli("app", "--create", "--yes", code=1).err
