"""Who is on call now, put into what follows it: members of user groups, topics of channels.

A plan and `pdslack serve` use the same function, so that what one writes is no difference to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from pdslack_cli.analysis.oncall.by_shifts import read_shifts
from pdslack_cli.analysis.oncall.outlook import spans_after
from pdslack_cli.analysis.oncall.rendered import read_rendered
from pdslack_cli.analysis.oncall.shifts import OnCallSpan
from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.readers import map_concurrently
from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.ownership.matching import resolve_ownership
from pdslack_cli.errors import NotFoundError
from pdslack_cli.kinds import kind_of
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.scalars import mailbox
from pdslack_cli.kinds.id_index import IdIndex, Outsider
from pdslack_cli.kinds.pagerduty.escalation_policy import EscalationPolicy, Level
from pdslack_cli.kinds.pagerduty.schedule.overrides import V3
from pdslack_cli.kinds.people import Person, SlackUsers
from pdslack_cli.kinds.slack.on_call import FollowsOnCall, OnCallPerson, OnCallSource
from pdslack_cli.model import SCHEDULES, Live, Ref

MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class FollowedStack:
    """A stack whose followers name the people on call, and the live objects with their accounts."""

    stack: Stack
    live: LiveState
    notices: tuple[str, ...] = ()


def followers(stack: Stack) -> Mapping[Ref, FollowsOnCall]:
    """Return the entries that follow who is on call."""
    specs = {ref: entry.spec for ref, entry in stack.wanted.items()}
    return {ref: spec for ref, spec in specs.items() if isinstance(spec, FollowsOnCall) and spec.followed}


def follow_on_call(
    stack: Stack,
    live: LiveState,
    clients: Clients,
    plan: Plan | None = None,
    *,
    accounts: Sequence[Live] = (),
) -> FollowedStack:
    """Put the people who are on call now into the stack; raises ApiError.

    With a plan, it is those who will be on call once the plan is applied. `accounts` are all Slack accounts
    of the workspace, for a caller that knows them.
    """
    found = followers(stack)
    if not found:
        return FollowedStack(stack, live)
    calls = clients.calls
    on_call = _OnCallNow(stack, live, clients, plan)
    sources = dict.fromkeys(source for spec in found.values() for source in spec.followed)
    people = dict(zip(sources, map_concurrently(sources, on_call.people), strict=True))
    named = [one for refs in people.values() for one in refs]
    directory = _Accounts(stack, live, clients, named, accounts)
    entries, notices = dict(stack.entries), []
    for ref, spec in found.items():
        persons = dict.fromkeys(one for source in spec.followed for one in people[source])
        on_duty = [directory.of(person) for person in persons]
        after = spec.following(on_duty)
        assert isinstance(after, Resource)
        entries[ref] = replace(entries[ref], spec=after)
        notices += [f"{ref}: {text}" for text in _notices(spec, on_duty)]
    objects = {**live.objects, **directory.objects}
    live = replace(live, objects=objects, calls=live.calls + clients.calls - calls)
    return FollowedStack(replace(stack, entries=entries), live, tuple(notices))


def _notices(spec: FollowsOnCall, people: Sequence[OnCallPerson]) -> Iterator[str]:
    reached = any(one.user for one in people)
    if not people:
        sources = ", ".join(map(str, spec.followed))
        yield f"nobody is on call now in {sources}: {spec.when_nobody}"
    for one in people:
        if not one.user:
            stays = "" if reached else f": {spec.when_nobody}"
            yield f"{one.name} is on call now, but has no active Slack account{stays}"


class _OnCallNow:
    """Finds who is on call; where a plan changes that, who will be."""

    def __init__(self, stack: Stack, live: LiveState, clients: Clients, plan: Plan | None) -> None:
        self._live, self._clients = live, clients
        self._index = plan.id_index if plan else resolve_ownership(stack, live.objects).id_index
        self._now = clients.pagerduty.now.replace(microsecond=0)
        self._changed = {change.ref: change for change in plan.changes} if plan else {}
        self._after = spans_after(replace(plan, read_at=self._now), live, clients) if plan else {}

    def people(self, source: OnCallSource) -> tuple[Ref, ...]:
        """Return the people of one source, level by level.

        Those of one level are in an order of our own: it tells nothing, and PagerDuty's is not the file's.
        """
        if source.of.kind in SCHEDULES:
            return tuple(sorted(self._of_schedule(source.of)))
        levels = self._levels(source.of)
        found: dict[Ref, None] = {}
        for level in levels if source.levels == "all" else levels[:1]:
            people = (self._of_schedule(ref) if ref.kind in SCHEDULES else [ref] for ref in level.notify)
            found |= dict.fromkeys(sorted(chain.from_iterable(people)))
        return tuple(found)

    def _levels(self, policy: Ref) -> Sequence[Level]:
        change, live = self._changed.get(policy), self._live_of(policy)
        spec = change.after if change else None
        if spec is None and live:
            spec = kind_of(live).decode(live, self._index)
        return spec.levels if isinstance(spec, EscalationPolicy) else ()

    def _of_schedule(self, schedule: Ref) -> Iterable[Ref]:
        live = self._live_of(schedule)
        if schedule in self._after:
            return _at(self._after[schedule], self._now)
        if live is None:
            return []
        until = self._now + MOMENT
        if live.raw.get("type") == V3:
            return _at(read_shifts(self._clients, live, self._index, self._now, until).final, self._now)
        return _at(read_rendered(self._clients, live.id, self._index, self._now, until).final, self._now)

    def _live_of(self, ref: Ref) -> Live | None:
        lives = {one.id: one for one in self._live.objects.get(ref.kind, ())}
        return lives.get(self._index.id(ref)) if ref in self._index or isinstance(ref.key, Outsider) else None


def _at(spans: Sequence[OnCallSpan], now: datetime) -> list[Ref]:
    return [span.person for span in spans if span.start <= now < span.end]


class _Accounts:
    """The Slack accounts of people, matched by the file's `people` or by e-mail address."""

    def __init__(
        self,
        stack: Stack,
        live: LiveState,
        clients: Clients,
        people: Iterable[Ref],
        everybody: Sequence[Live],
    ) -> None:
        self._stack, self._clients = stack, clients
        outside = [person for person in dict.fromkeys(people) if isinstance(person.key, Outsider)]
        emails = map_concurrently(outside, lambda person: self._email(person.key.id))  # type: ignore[attr-defined]
        self._emails = dict(zip(outside, emails, strict=True))
        named = [entry.spec for entry in stack.of_kind("slack_user") if isinstance(entry.spec, Person)]
        known = {mailbox(one.email) for one in named}
        others = {mailbox(email) for email in emails if email} - known
        wanted = [*named, *(Person.built({"email": email}) for email in sorted(others))]
        read = live.objects.get("slack_user", ())
        if everybody or not _has_all(read, wanted):
            before = {one.id for one in read}
            found = everybody or SlackUsers().read(clients, wanted)
            # A deactivated account is a problem only where the file itself names the person.
            read = tuple(one for one in found if one.id in before or not one.retired)
        self.objects: Mapping[str, Sequence[Live]] = {"slack_user": read}
        self._index: IdIndex = resolve_ownership(stack, {**live.objects, **self.objects}).id_index
        active = [one for one in read if not one.retired]
        self._by_id = {one.id: one for one in active}
        self._by_email = {SlackUsers().identity(one): one for one in active}

    def of(self, person: Ref) -> OnCallPerson:
        """Return the account of a person who is on call."""
        if isinstance(person.key, Outsider):
            return self._account(person.key.name, self._emails[person])
        spec = self._stack.specs.get(Ref("slack_user", person.key))
        if isinstance(spec, Person) and spec.id:
            return self._found(person.key, self._by_id.get(spec.id))
        return self._account(person.key, spec.email if isinstance(spec, Person) else "")

    def _account(self, name: str, email: str) -> OnCallPerson:
        return self._found(name, self._named(email) or self._by_email.get(mailbox(email)))

    def _named(self, email: str) -> Live | None:
        """Return the account that the file gives to an address."""
        for entry in self._stack.of_kind("slack_user"):
            spec = entry.spec
            if isinstance(spec, Person) and spec.id and mailbox(spec.email) == mailbox(email):
                return self._by_id.get(spec.id)
        return None

    def _found(self, name: str, user: Live | None) -> OnCallPerson:
        if user is None:
            return OnCallPerson(name)
        return OnCallPerson(name, self._index.ref("slack_user", user.id, user.name), user.id)

    @reads_answers
    def _email(self, user: str) -> str:
        try:
            return str(self._clients.pagerduty.get(f"/users/{user}")["user"]["email"])
        except NotFoundError:
            return ""


def _has_all(read: Iterable[Live], wanted: Iterable[Person]) -> bool:
    """Whether these accounts are among those that were read already."""
    read = list(read)
    ids, emails = {one.id for one in read}, {SlackUsers().identity(one) for one in read}
    return bool(read) and all(one.id in ids if one.id else mailbox(one.email) in emails for one in wanted)
