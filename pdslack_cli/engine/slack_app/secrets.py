"""What the secret store has of the Slack apps of a stack: ids, credentials, addresses of workflows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pdslack_cli.engine.storage.audit import PastCreation, PastRuns
from pdslack_cli.engine.storage.secrets import SecretStore
from pdslack_cli.errors import PdslackError
from pdslack_cli.kinds.slack.app import SlackApp
from pdslack_cli.model import Ref

APP = Ref("slack_app", "app")
WORKFLOWS_APP = Ref("slack_workflows_app", "app")
ID_FIELDS = {APP: "id", WORKFLOWS_APP: "workflows_id"}
"""The fields under `slack_app` that name the apps by their ids."""

STARTED = "creation_started"
APP_ID = "app_id"


def app_creations(past: PastRuns) -> Mapping[Ref, PastCreation]:
    """Return the creations of the apps that the audit log tells."""
    return {ref: found for ref in ID_FIELDS if (found := past.creation(ref))}


_APP_TOKEN = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")  # an app-level token names its app


@dataclass(frozen=True)
class AppSecrets:
    """The secret store as the Slack apps use it: what a sandbox made has a place of its own there.

    An app has no mark and no list, so nothing but its id, here or in the file, says that it is ours.
    """

    secret_store: SecretStore
    app: SlackApp | None
    environ: Mapping[str, str]
    sandboxed: bool
    creations: Mapping[Ref, PastCreation] = field(default_factory=dict)
    """Those of the apps, by the audit log of the folder, as it was when the run began."""

    def own_id(self, ref: Ref = APP) -> str:
        """Return the id of an app that the file names, or that a run made and stored; "" if there is none."""
        named = getattr(self.app, ID_FIELDS[ref]) if self.app and not self.sandboxed else None
        return str(named or self.secret_store.read(self.stored_as(ref), APP_ID))

    def ids_of_others(self) -> Sequence[str]:
        """Return the ids of the apps that the store has for other owners."""
        return [
            id_ for id_ in self.secret_store.all_of(self.stored_as(APP).kind, APP_ID) if id_ != self.own_id()
        ]

    def known_id(self) -> str:
        """Return the id of the app: one that is ours, or that of the app-level token; "" if unknown.

        Raises PdslackError for the app of the workflows: two manifests would overwrite each other in turn.
        """
        of_token = None if self.sandboxed else _APP_TOKEN.match(self.environ.get("SLACK_APP_TOKEN", ""))
        found = self.own_id() or (of_token[1] if of_token else "")
        if found and found == self.own_id(WORKFLOWS_APP):
            error = PdslackError(
                f"slack_app: {found} is the app of `slack_workflows`, which has one of its own"
            )
            error.hint = "correct its id in the file, in SLACK_APP_TOKEN or in the secret store"
            raise error
        return found

    def creation_of(self, ref: Ref) -> PastCreation | None:
        """Return the creation of an app of which the store does not say that all was kept."""
        created, begun = self.creations.get(ref), self.has(ref, STARTED)
        if begun is None:  # it cannot be asked
            return created
        return (created or PastCreation())._replace(finished=False) if begun else None

    def stored_as(self, ref: Ref) -> Ref:
        """Return the name under which the secret store has what belongs to an app or a workflow."""
        return Ref(f"{ref.kind}_sandbox", ref.key) if self.sandboxed else ref

    @property
    def place(self) -> str:
        return self.secret_store.place

    def check_writable(self) -> None:
        self.secret_store.check_writable()

    def store(self, ref: Ref, name: str, value: str) -> None:
        self.secret_store.store(self.stored_as(ref), name, value)

    def forget(self, ref: Ref, name: str) -> None:
        self.secret_store.forget(self.stored_as(ref), name)

    def has(self, ref: Ref, name: str) -> bool | None:
        return self.secret_store.has(self.stored_as(ref), name)
