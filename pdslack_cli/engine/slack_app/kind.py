"""The Slack app as one of the changes of a plan.

It has no mark and no list: it is known by its id alone, and only a configuration token reads or changes it.
So it is no kind among the others; the plan of a run adds its change where there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from pdslack_cli.clients.slack import VARIABLES
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change, Existing
from pdslack_cli.engine.slack_app.provision import (
    AppResult,
    already_created,
    app_changes,
    create_app,
    unfinished_creation,
    update_app,
)
from pdslack_cli.engine.slack_app.secrets import APP, APP_ID, ID_FIELDS, AppSecrets
from pdslack_cli.errors import ApiError, NotFoundError, PdslackError, Problem
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.kind import Kind, Provider
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.slack.app import manifest_of, scopes_of
from pdslack_cli.model import Json, Live, OwnershipMark, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

PARTS = ("display_information", "features", "oauth_config", "settings")

ManifestPart = Annotated[dict[str, Any], Field(description="as Slack has it")]


class AppManifest(Resource):
    """The manifest of the app, part by part."""

    PARTS: ClassVar[tuple[str, ...]] = PARTS

    display_information: ManifestPart = Field(default_factory=dict)
    features: ManifestPart = Field(default_factory=dict)
    oauth_config: ManifestPart = Field(default_factory=dict)
    settings: ManifestPart = Field(default_factory=dict)


class SlackApps(Kind[AppManifest]):
    """Writes the app, whose id and credentials go to the secret store."""

    name, section, spec = "slack_app", "slack_app", AppManifest
    provider: ClassVar[Provider] = "slack"
    plural = "apps"
    marked = False
    known_by_id_alone = True
    secret_name = "signing_secret"  # noqa: S105 - its name

    def __init__(self, secrets: AppSecrets, wanted: Json) -> None:
        self._secrets, self._wanted = secrets, wanted

    def read(self, clients: Clients, wanted: Collection[AppManifest]) -> Iterable[Live]:
        return ()

    def decode(self, live: Live, id_index: IdIndex) -> AppManifest:
        return manifest_spec(live.raw)

    def encode(self, spec: AppManifest, id_index: IdIndex, live: Live | None) -> Json:
        return spec.model_dump(include=set(PARTS), exclude_unset=True)

    def create(self, session: Session, ref: Ref, spec: AppManifest, mark: OwnershipMark) -> Live:
        result = create_app(session.clients.slack, self._secrets, self._wanted, ref)
        report_app(session, ref, result)
        return Live(self.name, result.id, spec.name, {})

    def update(
        self,
        session: Session,
        live: Live,
        spec: AppManifest,
        fields: Collection[str],
        mark: OwnershipMark | None,
    ) -> None:
        report_app(session, APP, update_app(session.clients.slack, live.id, self._wanted))

    def delete(self, session: Session, live: Live) -> None:
        session.clients.slack.call("apps.manifest.delete", token="config", app_id=live.id)  # noqa: S106


def report_app(session: Session, ref: Ref, result: AppResult) -> None:
    """Add what Slack warned of, and where somebody installs the app."""
    for warning in result.warnings:
        session.notice(ref, warning)
    if result.install_link:
        session.notice(ref, f"install it here: {result.install_link}")


@dataclass(frozen=True)
class AppPlan:
    """What a plan has about an app; `secrets` are stored beside those of a creation.

    `left_behind` are workflows without a section; `unread`: the app could not be compared.
    """

    change: Change | None = None
    notices: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    secrets: tuple[Ref, ...] = ()
    left_behind: tuple[Ref, ...] = ()
    unread: bool = False

    @classmethod
    def not_compared(cls, why: str) -> AppPlan:
        """The plan of an app that cannot be compared."""
        return cls(notices=(why,), unread=True)


def plan_app(
    stack: Stack, clients: Clients, secrets: AppSecrets, now: datetime, *, adopt: bool = False
) -> AppPlan:
    """Compare the app with the file; one call, and only where it is known and a token is set.

    One that is not ours, and not to be adopted, is a problem where it differs.
    """
    app = stack.header.slack_app
    if app is None:
        return AppPlan()
    try:
        app_id = secrets.known_id()
    except PdslackError as error:
        return AppPlan(problems=(Problem(str(error), hint=error.hint),))
    if not clients.slack.has("config"):
        unknown = "there is no app yet, or its id is not known: " if not app_id else ""
        return AppPlan.not_compared(f"slack_app: {unknown}it is not compared without {VARIABLES['config']}")
    wanted = manifest_of(app, scopes_of(app, stack.specs))
    kind = SlackApps(secrets, wanted)
    if not app_id:
        created = app_change(stack, APP, kind, None, manifest_spec(wanted), now)
        return creation_refused(secrets, APP) or AppPlan(created, notices=(*_apps_of_others(secrets),))
    try:
        before, after, _ = app_changes(clients.slack, app_id, wanted)
    except NotFoundError as error:
        return app_is_gone(stack, APP, app_id, error)
    except ApiError as error:
        return AppPlan.not_compared(f"slack_app: the app could not be read: {error}: {error.hint}")
    old = manifest_spec(before)
    existing = Existing(Live(kind.name, app_id, old.name, before), old)
    change = app_change(stack, APP, kind, existing, manifest_spec(after), now)
    if change.fields and not (adopt or secrets.own_id()):
        return AppPlan(problems=(_not_ours(app_id),))
    return AppPlan(change if change.fields else None)


def _apps_of_others(secrets: AppSecrets) -> Iterable[str]:
    """Name the apps of other owners in the same store: one may be ours, if the owner was renamed."""
    if others := secrets.ids_of_others():
        yield (
            f"slack_app: {secrets.place} has the app {', '.join(others)} of another owner: if that is this "
            "one, write its `id:` under `slack_app`, and this owner into its entry in the store"
        )


def _not_ours(app_id: str) -> Problem:
    return Problem(
        f"slack_app: the app {app_id} is known by SLACK_APP_TOKEN alone: nothing shows that it is yours",
        hint=f"write `id: {app_id}` under `slack_app`; or `--adopt` changes it this once",
    )


def app_is_gone(stack: Stack, ref: Ref, app_id: str, error: NotFoundError) -> AppPlan:
    """Return the plan of an app that Slack does not have: a problem, if the file names it."""
    section, field = "slack_app" if ref == APP else "slack_workflows", ID_FIELDS[ref]
    message = f"{section}: there is no app {app_id} ({error.message})"
    if getattr(stack.header.slack_app, field) != app_id:
        return AppPlan.not_compared(f"{message}: {error.hint}")
    location = stack.locations.value(("slack_app", field))
    return AppPlan(problems=(Problem(message, location, error.hint),))


def creation_refused(secrets: AppSecrets, ref: Ref) -> AppPlan | None:
    """Return the plan of an app that must not be created, since there may be one already."""
    if problem := unfinished_creation(secrets, ref):
        return AppPlan(problems=(problem,))
    if secrets.has(ref, APP_ID) is None:
        if created := secrets.creation_of(ref):
            error = already_created(secrets, ref, created)
            return AppPlan.not_compared(f"{error}: {error.hint}")
        how = "--create" if ref == APP else "--update"
        return AppPlan.not_compared(
            f"{ref.kind}: there is no app yet, or its id is not known, for {secrets.place} cannot be "
            f"asked: write `{ID_FIELDS[ref]}:` under `slack_app`, "
            f"or have `pdslack app {how}` make one and say its id"
        )
    return None


def app_change(
    stack: Stack,
    ref: Ref,
    kind: SlackApps,
    existing: Existing | None,
    after: AppManifest,
    now: datetime,
    warnings: tuple[str, ...] = (),
) -> Change:
    """Return the creation of an app, or its update, which has no fields where nothing differs."""
    live, before = existing or (None, None)
    old = before or type(after).built({})
    fields = tuple(part for part in after.PARTS if getattr(after, part) != getattr(old, part))
    mark = OwnershipMark.bound(stack.owner, ref.key, after.name)
    action = Action.UPDATE if live else Action.CREATE
    return Change(ref, action, kind, live, before, after, fields, mark, warnings, read_at=now)


def manifest_spec(manifest: Json, spec: type[AppManifest] = AppManifest) -> AppManifest:
    """Return a manifest as Slack has it as the spec that a plan compares."""
    return spec.built(parts_of(manifest, spec.PARTS))


def parts_of(manifest: Json, parts: Sequence[str] = PARTS) -> Json:
    """Return the name and the parts of a manifest, as the values of specs are."""
    name = str((manifest.get("display_information") or {}).get("name") or "")
    return {"name": name, **{part: with_tuples(manifest[part]) for part in parts if manifest.get(part)}}


def with_tuples(value: Any) -> Any:
    """Return JSON with tuples for its lists, as the values of specs are."""
    if isinstance(value, dict):
        return {str(key): with_tuples(inner) for key, inner in value.items()}
    return tuple(map(with_tuples, value)) if isinstance(value, list) else value
