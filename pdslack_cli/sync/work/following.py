"""Keep user groups and topics on whoever is on call: every minute, and when an event of PagerDuty arrives.

Who is on call is found as a plan finds it, and only the members and topics are written that follow it: what
else differs from the file is left to `apply`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection

from pdslack_cli.analysis.oncall.following import follow_on_call, followers
from pdslack_cli.clients import Clients
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.match import Match, MatchStatus
from pdslack_cli.engine.ownership.matching import Objects, resolve_ownership
from pdslack_cli.errors import ApiError, OutcomeUnknownError, PdslackError
from pdslack_cli.kinds import READ_NAMED, kind_of
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.people import SlackUsers
from pdslack_cli.kinds.slack.on_call import FollowsOnCall
from pdslack_cli.model import Live, Ref
from pdslack_cli.sync.clock import ServiceClock
from pdslack_cli.sync.current import CurrentConfig
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.storage import audit_trail
from pdslack_cli.sync.storage.database import Database
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.live_ids import LiveIds

EVERY = 60.0
ACCOUNTS_SECONDS = 600.0
POLICIES = "escalation_policy"
WHO, REASON = "pdslack serve", "follows the on-call"  # in the audit trail

log = logging.getLogger(__name__)


class OnCallFollower:
    """Writes who is on call into what follows it. One thread uses it."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        current: CurrentConfig,
        ids: LiveIds,
        cache: Cache,
        clock: ServiceClock,
        metrics: Metrics,
    ) -> None:
        self._database, self._clients, self._current, self._ids = database, clients, current, ids
        self._cache, self._clock, self._metrics = cache, clock, metrics
        self._logged: frozenset[str] = frozenset()

    def follow(self) -> int:
        """Write what differs; returns how many objects were changed. Raises ApiError."""
        stack = self._current.stack
        wanted = followers(stack)
        if not wanted:
            return 0
        live = LiveState(self._objects(stack, wanted))
        accounts = self._cache.get(("slack users",), ACCOUNTS_SECONDS, self._accounts)
        followed = follow_on_call(stack, live, self._clients, accounts=accounts)
        for notice in sorted(set(followed.notices) - self._logged):
            log.warning("%s", notice)
        self._logged = frozenset(followed.notices)
        ownership = resolve_ownership(followed.stack, followed.live.objects)
        session = Session(self._clients, ownership.id_index, stack.owner, _NoSecrets(), notice=_log_notice)
        changed = 0
        failed: ApiError | None = None
        for ref, spec in wanted.items():
            try:
                after = followed.stack.specs[ref].restricted_to(spec.followed_fields)
                changed += self._written(session, ownership.matches[ref], after)
            except ApiError as error:
                log.warning("%s: %s", ref, error)
                failed = error
        if failed:
            raise failed
        return changed

    def _accounts(self) -> tuple[Live, ...]:
        return tuple(SlackUsers().read_all(self._clients))

    def _objects(self, stack: Stack, wanted: Mapping[Ref, FollowsOnCall]) -> Objects:
        """The objects that decide who is on call, and what follows it; the latter as they are now."""
        found = dict(self._ids.objects())
        for name in {*(ref.kind for ref in wanted), *({POLICIES} & found.keys())}:
            specs = [spec.restricted_to({"name", "id"}) for spec in _specs(stack, name)]
            found[name] = tuple(READ_NAMED[name].read(self._clients, specs))
        return found

    def _written(self, session: Session, match: Match, spec: Resource) -> bool:
        """Write the fields of `spec` that differ; returns whether there were any."""
        ref, live = match.entry.ref, match.live
        if live is None or live.retired or match.problem or match.match_status is not MatchStatus.OURS:
            return False  # what does not exist, or is not ours yet, is for `apply`
        kind = kind_of(ref)
        before = kind.decode(live, session.id_index)
        fields = {name for name in spec.managed if getattr(spec, name) != getattr(before, name)}
        if not fields:
            return False
        try:
            if own := fields - kind.part_fields:
                kind.update(session, live, spec, own, live.owned)
            if parts := fields & kind.part_fields:
                kind.write_parts(session, ref, live, spec, parts)
        except OutcomeUnknownError:
            self._record(ref, fields, "unknown")
            raise
        self._record(ref, fields, "done")
        self._metrics.followed.labels(ref.kind).inc()
        log.info("%s follows the on-call: %s", ref, ", ".join(sorted(fields)))
        return True

    def _record(self, ref: Ref, fields: Collection[str], outcome: str) -> None:
        now = self._clock.now()

        def store(connection: Connection) -> None:
            audit_trail.record(
                connection, now, WHO, "update", ref, outcome, fields=sorted(fields), reason=REASON
            )

        self._database.write(store)


def _specs(stack: Stack, kind: str) -> list[Resource]:
    return [entry.spec for entry in stack.of_kind(kind)]


def _log_notice(ref: Ref, text: str) -> None:
    log.warning("%s: %s", ref, text)


class _NoSecrets:
    """Stores nothing: what follows the on-call has no secret."""

    place = "nowhere"

    def store(self, ref: Ref, name: str, value: str) -> None:
        raise PdslackError(f"{ref}: the service cannot store {name!r}")

    def carried_over(self, owner: str, old: Ref, ref: Ref) -> AbstractContextManager[bool]:
        return nullcontext(False)
