"""`apps.manifest.*` and `tooling.tokens.rotate`: apps, and the tokens that make them (slack.md 1.6, 2.10)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.settings import Token
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.manifest import Manifest, check_manifest, export, scopes_of
from pdslack_cli.sandbox.slack.refused import SlackRefusal


def validate_manifest(call: SlackCall) -> Json:
    """`apps.manifest.validate`."""
    _manifest(call)
    if "app_id" in call.arguments and call.store.get("slack.app", call.arguments.text("app_id")) is None:
        raise SlackRefusal("invalid_app_id")
    return {"errors": []}


def create_app(call: SlackCall) -> Json:
    """`apps.manifest.create`: another app at every call, and its secrets this once."""
    manifest = _manifest(call)
    if call.arguments.text("team_id", call.team["id"]) != call.team["id"]:
        raise SlackRefusal("invalid_team_id")
    app: Json = {"id": call.new_id("A"), "manifest": export(manifest)}
    call.store.insert("slack.app", app["id"], app)
    number = call.store.next_number()
    client_id = f"{call.now}.{number}"
    scopes = ",".join(sorted(scopes_of(manifest)["bot"]))
    return {
        "app_id": app["id"],
        "credentials": {
            "client_id": client_id,
            "client_secret": f"sandbox-client-secret-{number}",
            "verification_token": f"sandbox-verification-token-{number}",
            "signing_secret": f"sandbox-signing-secret-{number}",
        },
        "oauth_authorize_url": f"https://slack.com/oauth/v2/authorize?client_id={client_id}&scope={scopes}",
        "team_id": call.team["id"],
        "team_domain": call.team["domain"],
    }


def update_app(call: SlackCall) -> Json:
    """`apps.manifest.update`: replaces all of it; tokens keep their scopes until a new install."""
    app = _app(call)
    manifest = _manifest(call)
    before = scopes_of(Manifest.model_validate(app["manifest"]))
    call.store.replace("slack.app", app["id"], {**app, "manifest": export(manifest)})
    return {"app_id": app["id"], "permissions_updated": scopes_of(manifest) != before}


def export_app(call: SlackCall) -> Json:
    """`apps.manifest.export`: what was sent, and Slack's defaults."""
    return {"manifest": _app(call)["manifest"]}


def delete_app(call: SlackCall) -> Json:
    """`apps.manifest.delete`."""
    call.store.delete("slack.app", _app(call)["id"])
    return {}


def rotate_tokens(call: SlackCall) -> Json:
    """`tooling.tokens.rotate`: a new pair of configuration tokens; both old ones die."""
    refresh_token = call.arguments.text("refresh_token")
    pairs = call.store.find("slack.token_pair", refresh_token=refresh_token)
    if not pairs:
        raise SlackRefusal("invalid_refresh_token")
    old = pairs[0]["token"]
    call.store.delete("slack.token_pair", old)
    call.store.delete("sandbox.token", old)
    number = call.store.next_number()
    pair = new_token_pair(call, f"xoxe.xoxp-sandbox-config-{number}", f"xoxe-1-sandbox-refresh-{number}")
    return {**pair, "team_id": call.team["id"], "user_id": workspace.ADMIN, "iat": call.now}


def new_token_pair(call: SlackCall, token: str, refresh_token: str) -> Json:
    """Make a pair of configuration tokens: one to call with for 12 hours, one to get the next pair with."""
    Token("slack", "config").save(call.store, token)
    pair = {"token": token, "refresh_token": refresh_token, "exp": call.now + workspace.CONFIG_TOKEN_SECONDS}
    call.store.insert("slack.token_pair", token, pair)
    return pair


def _manifest(call: SlackCall) -> Manifest:
    manifest, errors = check_manifest(call.arguments.structure("manifest", error_code="invalid_manifest"))
    if manifest is None or errors:
        raise SlackRefusal("invalid_manifest", errors=errors)
    return manifest


def _app(call: SlackCall) -> Json:
    id_ = call.arguments.text("app_id")
    if not id_.startswith("A"):
        raise SlackRefusal("invalid_app_id")
    app = call.store.get("slack.app", id_)
    if app is None:
        raise SlackRefusal("app_not_found")
    return app
