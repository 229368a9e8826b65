"""Input of the checks: the stack, its connections, and the live objects that were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pdslack_cli.clients import Clients
from pdslack_cli.clients.settings import Region, SecretName, Settings
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.ownership.matching import Objects, Ownership, resolve_ownership
from pdslack_cli.engine.slack_app.secrets import AppSecrets
from pdslack_cli.engine.storage.audit import PastCreation
from pdslack_cli.engine.storage.secrets import SecretStore
from pdslack_cli.engine.tokens import tokens_needed
from pdslack_cli.kinds import MANAGED_NAMED
from pdslack_cli.kinds.slack.scopes import Use
from pdslack_cli.model import Ref


@dataclass(frozen=True)
class DoctorContext:
    """The stack, its clients and its secret store."""

    stack: Stack
    clients: Clients
    secrets: SecretStore
    environ: Mapping[str, str]
    sandboxed: bool = False
    creations: Mapping[Ref, PastCreation] = field(default_factory=dict)  # of the Slack apps

    @property
    def app_secrets(self) -> AppSecrets:
        """What the secret store has of the Slack apps."""
        app = self.stack.header.slack_app
        return AppSecrets(self.secrets, app, self.environ, self.sandboxed, self.creations)

    def settings(self, region: Region | None = None) -> Settings:
        """Settings of the clients, for the file's region or another."""
        return Settings.read(self.environ, region or self.stack.header.pagerduty.region)

    @cached_property
    def needs(self) -> Mapping[SecretName, Ref]:
        """The tokens that the stack requires, each with an object that needs it."""
        return tokens_needed(self.stack)


@dataclass(frozen=True)
class Facts:
    """The stack and the live objects by kind; a kind that could not be read is absent."""

    stack: Stack
    objects: Objects

    @cached_property
    def ownership(self) -> Ownership:
        return resolve_ownership(self.stack, self.objects)

    def uses(self) -> Iterator[Use]:
        """Objects of the stack among the kinds that were read, and owned objects that it no longer has."""
        for ref, match in self.ownership.matches.items():
            if ref.kind in MANAGED_NAMED or ref in self.stack.referred:
                yield Use(ref, match.entry.spec, match.live)
        for entry in self.stack.of_kind("sync_rule"):
            yield Use(entry.ref, entry.spec, None)
        for live in self.ownership.unwanted:
            if live.kind in self.stack.sections and not live.retired:
                yield Use(self.ownership.id_index.ref(live.kind, live.id, live.name), None, live)
