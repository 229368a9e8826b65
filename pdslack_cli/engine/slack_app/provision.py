"""Create and update the Slack app of a stack, with a configuration token (slack.md 1.6, 2.10, 3.4).

Slack has no list of apps and no idempotent creation. So an app is found by its id alone, which is stored with
its credentials; and creating one is an act of its own, which is noted in the secret store before it begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pdslack_cli.clients.http.vendor_json import reads_answers, text_at, text_or_none
from pdslack_cli.clients.slack import SlackClient
from pdslack_cli.engine.storage.secrets import stored_secrets
from pdslack_cli.errors import ApiError, NotFoundError, OutcomeUnknownError, PdslackError, Problem
from pdslack_cli.kinds.slack.app import SlackApp, differences, overlaid
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Json, Ref

APP = Ref("slack_app", "app")
WORKFLOWS_APP = Ref("slack_workflows_app", "app")
STARTED = "creation_started"
APP_ID = "app_id"
CREDENTIALS = ("client_id", "client_secret", "signing_secret", "verification_token")

Difference = tuple[str, Any, Any]

_APP_TOKEN = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")  # an app-level token names its app


class AppSecrets(Protocol):
    """The interface of the secret store that an app needs."""

    @property
    def place(self) -> str: ...

    def check_writable(self) -> None: ...

    def store(self, ref: Ref, name: str, value: str) -> None: ...

    def forget(self, ref: Ref, name: str) -> None: ...

    def has(self, ref: Ref, name: str) -> bool | None: ...


@dataclass(frozen=True)
class AppResult:
    """What was done: the app's id, where to install it (empty: no need), what changed, Slack's warnings."""

    id: str
    install_link: str
    changed: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()


def kept_as(ref: Ref, *, sandboxed: bool) -> Ref:
    """Return where the secret store has what belongs to an app; what a sandbox made has its own place."""
    return Ref(f"{ref.kind}_sandbox", ref.key) if sandboxed else ref


def id_field(ref: Ref) -> str:
    """Return the field under `slack_app` that names an app by its id."""
    return "id" if ref.kind.startswith(APP.kind) else "workflows_id"


def stored_app_id(ref: Ref, environ: Mapping[str, str], folder: Path, *, sandboxed: bool) -> str:
    """Return the id of an app that the secret store has; "" if unknown."""
    found = stored_secrets(environ, folder, kept_as(ref, sandboxed=sandboxed).kind, APP_ID)
    return next(iter(found), "")


def known_app_id(app: SlackApp, environ: Mapping[str, str], folder: Path, *, sandboxed: bool) -> str:
    """Return the app's id: one that is ours, or that of the app-level token; "" if unknown.

    Raises PdslackError for the app of the workflows: two manifests would overwrite each other in turn.
    """
    ours = own_app_id(app, environ, folder, sandboxed=sandboxed)
    of_token = None if sandboxed else _APP_TOKEN.match(environ.get("SLACK_APP_TOKEN", ""))
    found = ours or (of_token[1] if of_token else "")
    if found and found == own_app_id(app, environ, folder, WORKFLOWS_APP, sandboxed=sandboxed):
        error = PdslackError(f"slack_app: {found} is the app of `slack_workflows`, which has one of its own")
        error.hint = "correct its id in the file, in SLACK_APP_TOKEN or in the secret store"
        raise error
    return found


def own_app_id(
    app: SlackApp | None, environ: Mapping[str, str], folder: Path, ref: Ref = APP, *, sandboxed: bool
) -> str:
    """Return the id of the app that the file names, or that a run made and stored; "" if there is none.

    An app has no mark, so nothing else says that it is ours to change.
    """
    stored = stored_app_id(ref, environ, folder, sandboxed=sandboxed)
    if app is None or sandboxed:
        return stored
    named: str | None = getattr(app, id_field(ref))
    return named or stored


def install_link(app_id: str) -> str:
    """Return the page on which somebody installs the app."""
    return f"https://api.slack.com/apps/{app_id}/install-on-team"


@reads_answers
def create_app(slack: SlackClient, secrets: AppSecrets, manifest: Json, ref: Ref = APP) -> AppResult:
    """Create the app and store its credentials; raises PdslackError where it may exist already."""
    if secrets.has(ref, APP_ID):
        raise PdslackError(f"the app exists: its id is in {secrets.place}; pass --update to change it")
    if secrets.has(ref, STARTED):
        raise may_exist(secrets, ref)
    secrets.check_writable()
    warnings = _validated(slack, manifest, {})
    secrets.store(ref, STARTED, "yes")
    asks = secrets.has(ref, STARTED) is not None
    try:
        answer = slack.call("apps.manifest.create", token="config", manifest=manifest)  # noqa: S106 - its kind
    except OutcomeUnknownError as error:
        error.hint, error.passing = _where_to_look(secrets, ref), False
        raise
    except ApiError:  # Slack made none
        secrets.forget(ref, STARTED)
        raise
    app_id = text_at(answer, "app_id")
    try:
        _store_credentials(secrets, ref, answer["credentials"], app_id)
    except PdslackError as error:
        _delete_again(slack, secrets, ref, app_id, error)
        raise
    if not asks:
        field = id_field(ref)
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
    return Problem(str(may_exist(secrets, ref))) if secrets.has(ref, STARTED) else None


def may_exist(secrets: AppSecrets, ref: Ref) -> PdslackError:
    """Return the error that an app may exist whose id was not received."""
    return PdslackError(
        "an earlier run was cut off while Slack created the app, so it may exist: "
        + _where_to_look(secrets, ref)
    )


def _where_to_look(secrets: AppSecrets, ref: Ref) -> str:
    return (
        "look for it at https://api.slack.com/apps. If it is there, delete it or write its id as "
        f"`{id_field(ref)}:` under `slack_app`; if not, remove `{STARTED}` of {ref} from {secrets.place}"
    )
