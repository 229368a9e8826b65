"""The Slack app as one of the changes of a plan.

It has no mark and no list: it is known by its id alone, and only a configuration token reads or changes it.
So it is no kind among the others; the plan of a run adds its change where there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from pdslack_cli.clients.slack import VARIABLES
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.slack_app.provision import (
    APP,
    APP_ID,
    AppResult,
    AppSecrets,
    app_changes,
    create_app,
    id_field,
    unfinished_creation,
    update_app,
)
from pdslack_cli.errors import ApiError, NotFoundError, Problem
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

    display_information: ManifestPart = Field(default_factory=dict)
    features: ManifestPart = Field(default_factory=dict)
    oauth_config: ManifestPart = Field(default_factory=dict)
    settings: ManifestPart = Field(default_factory=dict)


class SlackApps(Kind[AppManifest]):
    """Writes the app; `kept_as` is where the secret store has its id and credentials."""

    name, section, spec = "slack_app", "slack_app", AppManifest
    provider: ClassVar[Provider] = "slack"
    plural = "apps"
    marked = False
    secret_name = "signing_secret"  # noqa: S105 - its name

    def __init__(self, secrets: AppSecrets, kept_as: Ref, wanted: Json) -> None:
        self._secrets, self._kept_as, self._wanted = secrets, kept_as, wanted

    def read(self, clients: Clients, wanted: Collection[AppManifest]) -> Iterable[Live]:
        return ()

    def decode(self, live: Live, id_index: IdIndex) -> AppManifest:
        return manifest_spec(live.raw)

    def encode(self, spec: AppManifest, id_index: IdIndex, live: Live | None) -> Json:
        return spec.model_dump(include=set(PARTS), exclude_unset=True)

    def create(self, session: Session, ref: Ref, spec: AppManifest, mark: OwnershipMark) -> Live:
        result = create_app(session.clients.slack, self._secrets, self._wanted, self._kept_as)
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
    stack: Stack,
    clients: Clients,
    secrets: AppSecrets,
    kept_as: Ref,
    app_id: str,
    now: datetime,
    *,
    is_ours: bool = True,
) -> AppPlan:
    """Compare the app with the file; one call, and only where it is known and a token is set.

    One that is not ours, and not to be adopted, is a problem where it differs.
    """
    app, slack = stack.header.slack_app, clients.slack
    if app is None:
        return AppPlan()
    if not slack.has("config"):
        unknown = "there is no app yet, or its id is not known: " if not app_id else ""
        return AppPlan.not_compared(f"slack_app: {unknown}it is not compared without {VARIABLES['config']}")
    wanted = manifest_of(app, scopes_of(app, stack.specs))
    kind, mark = SlackApps(secrets, kept_as, wanted), OwnershipMark.bound(stack.owner, APP.key, app.name)
    if not app_id:
        if not_created := creation_refused(secrets, kept_as):
            return not_created
        spec = manifest_spec(wanted)
        created = Change(
            APP,
            Action.CREATE,
            kind,
            after=spec,
            fields=changed_parts(spec, manifest_spec({})),
            mark=mark,
            read_at=now,
        )
        return AppPlan(created)
    try:
        before, after, _ = app_changes(slack, app_id, wanted)
    except NotFoundError as error:
        message = f"slack_app: there is no app {app_id} ({error.message})"
        if app.id == app_id:
            return AppPlan(
                problems=(Problem(message, stack.locations.value(("slack_app", "id")), error.hint),)
            )
        return AppPlan.not_compared(f"{message}: {error.hint}")
    except ApiError as error:
        return AppPlan.not_compared(f"slack_app: the app could not be read: {error}")
    old, new = manifest_spec(before), manifest_spec(after)
    fields = changed_parts(new, old)
    if not fields:
        return AppPlan()
    if not is_ours:
        message = (
            f"slack_app: the app {app_id} is known by SLACK_APP_TOKEN alone: nothing shows that it is yours"
        )
        hint = f"write `id: {app_id}` under `slack_app`; or `--adopt` changes it this once"
        return AppPlan(problems=(Problem(message, hint=hint),))
    live = Live(kind.name, app_id, old.name, before)
    return AppPlan(Change(APP, Action.UPDATE, kind, live, old, new, fields, mark, read_at=now))


def creation_refused(secrets: AppSecrets, kept_as: Ref) -> AppPlan | None:
    """Return the plan of an app that must not be created, since there may be one already."""
    if problem := unfinished_creation(secrets, kept_as):
        return AppPlan(problems=(problem,))
    if secrets.has(kept_as, APP_ID) is None:
        field = id_field(kept_as)
        how = "--create" if field == "id" else "--update"
        return AppPlan.not_compared(
            f"{kept_as.kind}: there is no app yet, or its id is not known, for {secrets.place} cannot be "
            f"asked: write `{field}:` under `slack_app`, or have `pdslack app {how}` make one and say its id"
        )
    return None


def changed_parts(spec: AppManifest, before: AppManifest) -> tuple[str, ...]:
    """Return the parts of the manifest that differ."""
    return tuple(part for part in PARTS if getattr(spec, part) != getattr(before, part))


def manifest_spec(manifest: Json) -> AppManifest:
    """Return a manifest as Slack has it as the spec that a plan compares."""
    return AppManifest.built(parts_of(manifest))


def parts_of(manifest: Json) -> Json:
    """Return the name and the parts of a manifest, as the values of specs are."""
    name = str((manifest.get("display_information") or {}).get("name") or "")
    return {"name": name, **{part: with_tuples(manifest[part]) for part in PARTS if manifest.get(part)}}


def with_tuples(value: Any) -> Any:
    """Return JSON with tuples for its lists, as the values of specs are."""
    if isinstance(value, dict):
        return {str(key): with_tuples(inner) for key, inner in value.items()}
    return tuple(map(with_tuples, value)) if isinstance(value, list) else value
