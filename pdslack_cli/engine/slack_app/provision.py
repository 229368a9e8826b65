"""Create and update the Slack app of a stack, with a configuration token (slack.md 1.6, 2.10, 3.4).

Slack has no list of apps and no idempotent creation. So an app is found by its id alone, which is stored with
its credentials; and creating one is an act of its own, which is noted in the secret store before it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pdslack_cli.clients.http.vendor_json import reads_answers, text_or_none
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.engine.slack_app.secrets import APP, APP_ID, ID_FIELDS, STARTED, AppSecrets
from pdslack_cli.engine.storage.audit import AUDIT_FILE, PastCreation
from pdslack_cli.errors import ApiError, NotFoundError, OutcomeUnknownError, PdslackError, Problem
from pdslack_cli.kinds.slack.app import differences, overlaid
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Json, Ref

CREATE = "apps.manifest.create"
CREDENTIALS = ("client_id", "client_secret", "signing_secret", "verification_token")

Difference = tuple[str, Any, Any]


@dataclass(frozen=True)
class AppResult:
    """What was done: the app's id, where to install it (empty: no need), what changed, Slack's warnings."""

    id: str
    install_link: str
    changed: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()


def install_link(app_id: str) -> str:
    """Return the page on which somebody installs the app."""
    return f"https://api.slack.com/apps/{app_id}/install-on-team"


@reads_answers
def create_app(slack: SlackClient, secrets: AppSecrets, manifest: Json, ref: Ref = APP) -> AppResult:
    """Create the app and store its credentials; raises PdslackError where it may exist already."""
    if secrets.has(ref, APP_ID):
        raise PdslackError(f"the app exists: its id is in {secrets.place}; pass --update to change it")
    if created := secrets.creation_of(ref):
        raise already_created(secrets, ref, created)
    secrets.check_writable()
    warnings = _validated(slack, manifest, {})
    secrets.store(ref, STARTED, "yes")
    asks = secrets.has(ref, STARTED) is not None
    try:
        answer = slack.call(CREATE, token="config", manifest=manifest)  # noqa: S106 - its kind
    except OutcomeUnknownError as error:
        error.hint, error.passing = _where_to_look(secrets, ref), False
        raise
    except ApiError:  # Slack made none
        secrets.forget(ref, STARTED)
        raise
    app_id = text_or_none(answer, "app_id")
    if not app_id:
        unknown = OutcomeUnknownError(f"Slack's answer to {CREATE}: app_id is missing", provider="slack")
        unknown.hint, unknown.passing = _where_to_look(secrets, ref), False
        raise unknown
    try:
        _store_credentials(secrets, ref, answer["credentials"], app_id)
    except PdslackError as error:
        _delete_again(slack, secrets, ref, app_id, error)
        raise
    if not asks:
        field = ID_FIELDS[ref]
        warnings += (f"write `{field}: {app_id}` under `slack_app`: {secrets.place} cannot be asked for it",)
    return AppResult(app_id, install_link(app_id), tuple(differences({}, manifest)), warnings)


def _store_credentials(secrets: AppSecrets, ref: Ref, credentials: Json, app_id: str) -> None:
    """Store what is shown this once; the id, by which later runs find the app, says that all of it is."""
    for name in CREDENTIALS:
        if value := text_or_none(credentials, name):
            add_secrets([value])
            secrets.store(ref, name, value)
    secrets.store(ref, APP_ID, app_id)
    secrets.forget(ref, STARTED)


def _delete_again(
    slack: SlackClient, secrets: AppSecrets, ref: Ref, app_id: str, error: PdslackError
) -> None:
    """Delete the app whose credentials could not be stored, so that the next run makes another one."""
    try:
        slack.call("apps.manifest.delete", token="config", app_id=app_id)  # noqa: S106 - its kind
        for name in (*CREDENTIALS, APP_ID, STARTED):
            secrets.forget(ref, name)
        error.hint += "; the app was deleted again, since its credentials are shown only once"
    except PdslackError:
        error.hint += f"; the app {app_id} may still be there: {_where_to_look(secrets, ref)}"


@reads_answers
def app_changes(
    slack: SlackClient, app_id: str, wanted: Json, whole: str = ""
) -> tuple[Json, Json, tuple[Difference, ...]]:
    """Return the manifest that the app has, the one that it is to have, and how they differ.

    `whole` is a part of it that is replaced, and not laid over what is there.
    """
    try:
        live = slack.call("apps.manifest.export", token="config", app_id=app_id)["manifest"]  # noqa: S106
    except NotFoundError as error:
        error.hint = (
            "correct its id; or, if it was deleted, remove all of it from the secret store: a new one is made"
        )
        raise
    after = overlaid(live, wanted)
    if whole:
        after[whole] = wanted[whole]
    return live, after, tuple(differences(live, after))


@reads_answers
def update_app(slack: SlackClient, app_id: str, wanted: Json, whole: str = "") -> AppResult:
    """Give the app the wanted manifest; does nothing where it has it."""
    _, after, changed = app_changes(slack, app_id, wanted, whole)
    if not changed:
        return AppResult(app_id, "")
    warnings = _validated(slack, after, {"app_id": app_id})
    answer = slack.call("apps.manifest.update", token="config", app_id=app_id, manifest=after)  # noqa: S106
    link = install_link(app_id) if answer.get("permissions_updated") else ""
    return AppResult(app_id, link, changed, warnings)


def _validated(slack: SlackClient, manifest: Json, about: Json) -> tuple[str, ...]:
    """Let Slack check the manifest; returns its warnings, and raises PdslackError for its errors."""
    answer = slack.call("apps.manifest.validate", token="config", manifest=manifest, **about)  # noqa: S106
    if errors := _texts(answer.get("errors")):  # which come with `ok: true` too (slack.md 2.10)
        raise PdslackError(f"Slack refuses the manifest: {'; '.join(errors)}")
    return tuple(_texts(answer.get("warnings")))


def _texts(found: Any) -> list[str]:
    return [
        f"{one.get('pointer', '')} {one.get('message', '')}".strip() if isinstance(one, dict) else str(one)
        for one in (found if isinstance(found, list) else [])
    ]


def unfinished_creation(secrets: AppSecrets, ref: Ref) -> Problem | None:
    """Return the problem that a run was cut off between the creation of an app and the store."""
    created = secrets.creation_of(ref)
    if created is None or created.finished:
        return None
    error = already_created(secrets, ref, created)
    return Problem(str(error), hint=error.hint)


def already_created(secrets: AppSecrets, ref: Ref, created: PastCreation) -> PdslackError:
    """Return the error that an app exists, or may exist, whose id neither the file nor the store has."""
    if not created.id:
        message = "an earlier run was cut off while Slack created the app, so it may exist"
        return PdslackError(f"{message}: {_where_to_look(secrets, ref)}")
    page = f"https://api.slack.com/apps/{created.id}"
    cut_off = "" if created.finished else ", and was cut off before all of it was stored"
    error = PdslackError(f"{ref.kind}: an earlier run created the app {created.id}{cut_off}")
    credentials = "" if created.finished else f", and take its credentials from {page}"
    error.hint = (
        f"write `{ID_FIELDS[ref]}: {created.id}` under `slack_app`{credentials}; "
        f"or delete it at {page}, and {_settled_by(secrets, ref)}"
    )
    return error


def _where_to_look(secrets: AppSecrets, ref: Ref) -> str:
    return (
        "look for it at https://api.slack.com/apps. If it is there, delete it or write its id as "
        f"`{ID_FIELDS[ref]}:` under `slack_app`; if not, {_settled_by(secrets, ref)}"
    )


def _settled_by(secrets: AppSecrets, ref: Ref) -> str:
    """Return what makes a run forget a creation."""
    if secrets.has(ref, STARTED) is None:
        return f"remove the lines of {ref} from {AUDIT_FILE}"
    return f"remove `{STARTED}` of {secrets.stored_as(ref)} from {secrets.place}"
