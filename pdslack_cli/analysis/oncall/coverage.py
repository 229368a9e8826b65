"""Whether somebody can be reached for each service in every hour of a period, as the accounts are now.

PagerDuty says who is on call (`/oncalls`: all levels, overrides and schedules with shifts included). A person
counts who has a contact method, a rule for incidents of high urgency if the service has these, and a Slack
account where its incidents go to a channel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from pdslack_cli.analysis.oncall.shifts import OnCallSpan
from pdslack_cli.analysis.oncall.timeline import by_person, timeline
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.vendor_json import moment_or_none, reads_answers, text_at
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.live import LiveState
from pdslack_cli.kinds.fields.scalars import mailbox
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy
from pdslack_cli.kinds.pagerduty.notification_rule import NotificationRule
from pdslack_cli.kinds.pagerduty.service.service import Service
from pdslack_cli.kinds.pagerduty.service.urgency import decode_urgency
from pdslack_cli.kinds.people import Person, SlackUsers
from pdslack_cli.model import Json, Live, Ref

AHEAD = timedelta(days=14)
NOBODY = "nobody is on call"


@dataclass(frozen=True)
class CoverageHole:
    """A period in which nobody can be reached for a service, and why."""

    service: Ref
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True)
class ServiceCoverage:
    """The services that were checked, their holes, and those that do not exist yet."""

    since: datetime
    until: datetime
    services: tuple[Ref, ...] = ()
    holes: tuple[CoverageHole, ...] = ()
    missing: tuple[Ref, ...] = ()


def read_coverage(
    stack: Stack, live: LiveState, id_index: IdIndex, clients: Clients, now: datetime
) -> ServiceCoverage:
    """Check the stack's services for two weeks from `now`; raises ApiError."""
    since = now.replace(second=0, microsecond=0)
    until = since + AHEAD
    wanted = [entry.ref for entry in stack.of_kind("service")]
    found = {
        ref: one for one in live.objects.get("service", ()) if (ref := id_index.known("service", one.id))
    }
    services = {ref: found[ref] for ref in wanted if ref in found}
    if not services:
        return ServiceCoverage(since, until, missing=tuple(wanted))
    on_call = _on_call(clients, {_policy_of(one) for one in services.values()}, since, until)
    people = _People(clients, stack)
    holes: list[CoverageHole] = []
    for ref, one in services.items():
        teams = {id_index.known("team", team["id"]) for team in one.raw.get("teams") or ()}
        needs = _Needs(slack=_has_channels(stack, ref, teams), rule=decode_urgency(one.raw) != "low")
        holes += _holes(ref, on_call.get(_policy_of(one), ()), people, since, until, needs)
    missing = tuple(ref for ref in wanted if ref not in services)
    return ServiceCoverage(since, until, tuple(services), tuple(holes), missing)


@reads_answers
def _policy_of(service: Live) -> str:
    return str(service.raw["escalation_policy"]["id"])


@reads_answers
def _on_call(
    clients: Clients, policies: Collection[str], since: datetime, until: datetime
) -> Mapping[str, Sequence[OnCallSpan]]:
    """Who is on call at any level, by policy; users are named by their ids."""
    period = {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    asked: Json = {**period, "escalation_policy_ids[]": sorted(policies)}
    found: dict[str, list[OnCallSpan]] = {}
    for entry in clients.pagerduty.list("/oncalls", "oncalls", **asked):
        span = OnCallSpan(
            max(since, moment_or_none(entry, "start") or since),
            min(until, moment_or_none(entry, "end") or until),
            Ref("user", text_at(entry["user"], "id")),
        )
        if span.start < span.end:
            found.setdefault(text_at(entry["escalation_policy"], "id"), []).append(span)
    return found


def _has_channels(stack: Stack, service: Ref, teams: Collection[Ref | None]) -> bool:
    """Whether a notification rule of the stack posts incidents of the service or of its team.

    `teams` are those that PagerDuty says it has: no file tells the team of a policy that is looked up.
    """
    spec = stack.specs.get(service)
    policy = stack.specs.get(spec.escalation_policy) if isinstance(spec, Service) else None
    team = policy.team if isinstance(policy, EscalationPolicy) else None
    rules = (entry.spec for entry in stack.of_kind("notification_rule"))
    return any(
        isinstance(rule, NotificationRule) and {service, team, *teams} & set(rule.from_) for rule in rules
    )


def _holes(
    service: Ref,
    spans: Sequence[OnCallSpan],
    people: _People,
    since: datetime,
    until: datetime,
    needs: _Needs,
) -> Iterator[CoverageHole]:
    for start, end, on_call in timeline(by_person(spans), since, until):
        faults = [people.fault(user.key, needs) for user in on_call]
        if all(faults):
            yield CoverageHole(service, start, end, "; ".join(faults) or NOBODY)


class _Needs(NamedTuple):
    """What a person on call for a service must have besides a contact method."""

    slack: bool  # an account there
    rule: bool  # a notification rule for high urgency


class _Reach(NamedTuple):
    """A user of PagerDuty, and what reaches them."""

    name: str
    email: object
    has_methods: bool
    has_rule: bool


class _People:
    """The people of the account, and how each can be reached."""

    def __init__(self, clients: Clients, stack: Stack) -> None:
        self._clients, self._stack = clients, stack
        self._users: Mapping[str, Json] | None = None
        self._in_slack: frozenset[object] | None = None

    def fault(self, user: str, needs: _Needs) -> str:
        """Why nobody reaches that person; empty if somebody can."""
        reach = self._facts(user)
        if not reach.has_methods:
            return f"{reach.name} is on call, but has no contact method"
        if needs.rule and not reach.has_rule:
            return f"{reach.name} is on call, but has no notification rule for high urgency"
        if needs.slack and self._clients.slack.has("bot") and reach.email not in self._slack_emails():
            return f"{reach.name} is on call, but has no Slack account"
        return ""

    @reads_answers
    def _facts(self, user: str) -> _Reach:
        if self._users is None:
            include: Json = {"include[]": ["contact_methods", "notification_rules"]}
            found = self._clients.pagerduty.list("/users", "users", **include)
            self._users = {one["id"]: one for one in found}
        raw = self._users.get(user)
        if raw is None:
            return _Reach(user, None, has_methods=False, has_rule=False)
        urgencies = {rule["urgency"] for rule in raw.get("notification_rules") or ()}
        email = mailbox(str(raw["email"]))
        return _Reach(text_at(raw, "name"), email, bool(raw.get("contact_methods")), "high" in urgencies)

    def _slack_emails(self) -> frozenset[object]:
        """The addresses of active accounts, and those that the stack maps to a Slack user."""
        if self._in_slack is None:
            kind = SlackUsers()
            active = [kind.identity(one) for one in kind.read_all(self._clients) if not one.retired]
            people = (entry.spec for entry in self._stack.of_kind("person"))
            mapped = [mailbox(one.email) for one in people if isinstance(one, Person) and one.slack]
            self._in_slack = frozenset([*active, *mapped])
        return self._in_slack
