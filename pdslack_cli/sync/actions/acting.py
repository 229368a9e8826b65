"""Carry out what a person asks for in Slack, as that person; failures are shown to them alone."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import Connection

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.errors import ApiError, NotFoundError, OutcomeUnknownError
from pdslack_cli.model import Json, Ref
from pdslack_cli.sync.actions.actions import ACTIONS, ActionContext, IncidentAction, RefusedError
from pdslack_cli.sync.clock import ServiceClock
from pdslack_cli.sync.operate.metrics import Metrics
from pdslack_cli.sync.storage import audit_trail, inbox
from pdslack_cli.sync.storage.database import Database
from pdslack_cli.sync.storage.inbox import InboxRow
from pdslack_cli.sync.vendors.failures import passes
from pdslack_cli.sync.vendors.people import PagerDutyUser, PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReader

LATEST = 600.0  # seconds after a click; later, the incident is another one than the person saw

log = logging.getLogger(__name__)

Permission = Callable[[PagerDutyUser, Json], str]
"""Why a person may not act on an incident; empty where they may."""


class Actor:
    """Acts on incidents in the name of people. Thread-safe."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        people: PeopleDirectory,
        reader: IncidentReader,
        permission: Permission,
        clock: ServiceClock,
        metrics: Metrics,
    ) -> None:
        self._database, self._clients, self._people, self._reader = database, clients, people, reader
        self._permission, self._clock, self._metrics = permission, clock, metrics

    def act(self, row: InboxRow) -> None:
        """Do what a row asks for, once. Raises ApiError where another try may go better."""
        body = row.arrival.body
        if body.get("done"):  # the incident could not be read afterwards, so the row came again
            return
        action = ACTIONS.get(row.arrival.kind)
        if action is None:
            self._end(row, body["user"], "refused", f"there is no action {row.arrival.kind!r}")
            return
        who = body["user"]
        try:
            if self._clock.now() - row.received_at > LATEST:
                raise RefusedError("it could not be done in time, because PagerDuty did not answer")
            user = self._user(body)
            who = user.email
            done = self._do(row, action, user)
        except RefusedError as refused:
            self._end(row, who, "refused", str(refused))
        except OutcomeUnknownError:
            self._end(row, who, "unknown", "PagerDuty did not answer: look there whether it was done")
        except ApiError as error:
            if passes(error):
                raise
            self._end(row, who, "refused", _reason(error))
        else:
            self._end(row, who, "done", "", aside=done)

    @reads_answers
    def _do(self, row: InboxRow, action: IncidentAction, user: PagerDutyUser) -> str:
        body, id_ = row.arrival.body, row.arrival.key
        try:
            # Read anew: the message may be old, and somebody else may have been faster.
            incident = self._clients.pagerduty.get(f"/incidents/{id_}")["incident"]
        except NotFoundError:
            raise RefusedError("the incident does not exist any more") from None
        if reason := self._permission(user, incident):
            raise RefusedError(reason)
        if body.get("begun"):
            if action.was_done(incident, user):
                return ""
            if not action.repeatable:
                raise OutcomeUnknownError("begun before", provider="pagerduty")
        if incident["status"] == "resolved" and not action.on_resolved:
            raise RefusedError("the incident is resolved already")
        self._database.write(lambda connection: inbox.change_body(connection, row, begun=True))
        context = ActionContext(
            self._clients.pagerduty, self._reader, self._people, incident, user, body.get("values") or {}
        )
        return action.do(context)

    def _user(self, body: Json) -> PagerDutyUser:
        if body.get("foreign"):
            raise RefusedError("only members of this workspace may do that")
        user = self._people.acting(body["user"])
        if user is None:
            raise RefusedError("PagerDuty has no user with the e-mail address of your Slack account")
        return user

    def _end(self, row: InboxRow, who: str, outcome: str, reason: str, aside: str = "") -> None:
        arrival, now = row.arrival, self._clock.now()

        def store(connection: Connection) -> None:
            audit_trail.record(
                connection, now, who, arrival.kind, Ref("incident", arrival.key), outcome,
                reason=reason, slack_user=arrival.body["user"], channel=arrival.body.get("channel"),
            )  # fmt: skip
            inbox.change_body(connection, row, done=True)

        self._database.write(store)
        self._metrics.acts.labels(arrival.kind, outcome).inc()
        log.info(
            "%s by %s: %s", arrival.kind, who, outcome, extra={"incident": arrival.key, "reason": reason}
        )
        if outcome != "done":
            self._notify(arrival.body, f":warning: Not done ({arrival.kind.replace('_', ' ')}): {reason}.")
        elif aside:
            self._notify(arrival.body, aside)

    def _notify(self, body: Json, text: str) -> None:
        """Notify the person alone. A lost answer does not repeat what they asked for."""
        if not body.get("channel"):
            return
        try:
            self._clients.slack.call(
                "chat.postEphemeral",
                channel=body["channel"],
                user=body["user"],
                text=text,
                thread_ts=body.get("thread_ts") or None,
            )
        except ApiError as error:
            log.warning("cannot notify %s: %s", body["user"], error)


def _reason(error: ApiError) -> str:
    return f"PagerDuty refused it: {error.message}"
