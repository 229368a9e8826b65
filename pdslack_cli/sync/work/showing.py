"""What is shown of an incident: in which channels, with which content, with which replies; and storing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.pagerduty.events import USUAL_EVENTS
from pdslack_cli.kinds.sync.message import MessageTemplate
from pdslack_cli.model import Json
from pdslack_cli.sync.current import CurrentConfig
from pdslack_cli.sync.message.choice import channels_for
from pdslack_cli.sync.message.render import render
from pdslack_cli.sync.message.rules import channel_rules, templates_of
from pdslack_cli.sync.message.view import IncidentPart, IncidentView
from pdslack_cli.sync.storage import messages, replies
from pdslack_cli.sync.storage.claims import MOST_ERROR
from pdslack_cli.sync.storage.database import hold, upsert
from pdslack_cli.sync.storage.messages import Content
from pdslack_cli.sync.storage.retention import INCIDENTS_KEPT
from pdslack_cli.sync.storage.tables import incidents, version
from pdslack_cli.sync.vendors.failures import shown_error
from pdslack_cli.sync.vendors.live_ids import LiveIds
from pdslack_cli.sync.vendors.people import PeopleDirectory
from pdslack_cli.sync.vendors.reading import IncidentReading
from pdslack_cli.sync.vendors.viewing import view_of
from pdslack_cli.sync.work import storms, timeline
from pdslack_cli.sync.work.timeline import TimelineEntry

SECOND = len("2026-01-05T09:00:00")  # the log has whole seconds, events have parts of them
SKEW = 5.0  # seconds between the clocks of PagerDuty and of this machine

KNOWN = select(incidents.c.stamp, incidents.c.unread_since)


class StaleReadError(Exception):
    """PagerDuty answered with a state that is older than one that was shown."""


@dataclass(frozen=True)
class ChannelContent:
    """How an incident looks in a channel, and where it goes if that cannot be used."""

    content: Content
    fallback: str
    template: str
    events: frozenset[str]


@dataclass(frozen=True)
class ShownIncident:
    """An incident as it is to be shown."""

    stamp: str
    view: IncidentView
    chosen: Mapping[str, ChannelContent]  # by the id of a channel
    templates: Mapping[str, Content]  # for channels that were chosen earlier
    entries: Sequence[TimelineEntry]


class Presenter:
    """Renders incidents by the rules and templates of the stack."""

    def __init__(self, current: CurrentConfig, ids: LiveIds, people: PeopleDirectory) -> None:
        self._current, self._ids, self._people = current, ids, people

    def present(self, reading: IncidentReading, events: Sequence[Json]) -> ShownIncident:
        """How an incident is to be shown; `events` are those that led here."""
        view = view_of(reading, self._people)
        stack = self._current.stack
        templates = {name: _content(view, template) for name, template in templates_of(stack).items()}
        chosen = {
            choice.channel: ChannelContent(
                templates[choice.template], choice.fallback, choice.template, choice.events
            )
            for choice in channels_for(view, channel_rules(stack, self._ids.id_of))
        }
        entries = [*timeline.from_log(reading.log), *filter(None, map(timeline.from_event, events))]
        entries.sort(key=lambda entry: entry.at[:SECOND])
        if not view.is_open and (summary := timeline.summary(view, reading.log)):
            entries.append(summary)
        return ShownIncident(reading.stamp, view, chosen, templates, entries)


def _content(view: IncidentView, template: MessageTemplate) -> Content:
    rendered = render(view, template)
    return Content(rendered.text, [*rendered.blocks])


def store_shown(connection: Connection, shown: ShownIncident, now: float) -> None:
    """Store what messages and threads should show. Raises StaleReadError."""
    view = shown.view
    hold(connection, f"incident {view.id}")
    known = connection.execute(KNOWN.where(incidents.c.id == view.id)).first()
    stamp = known.stamp if known else None
    if stamp is not None and stamp > shown.stamp:
        raise StaleReadError(view.id)
    if stamp is None and view.resolved_at and view.resolved_at.timestamp() < now - INCIDENTS_KEPT:
        return  # it was shown and is forgotten, or nobody needs to know of it any more
    unread_since = known.unread_since if known else None
    _store_incident(connection, shown, now, unread_since)
    before = messages.of_incident(connection, view.id) if unread_since else []
    look_since = None if stamp else _look_since(connection, view)
    for channel, chosen in shown.chosen.items():
        placed = {"fallback": chosen.fallback, "template": chosen.template}
        messages.want(connection, view.id, channel, chosen.content, now, look_since=look_since, **placed)
    rows = messages.of_incident(connection, view.id)
    for row in rows:
        if row.channel not in shown.chosen:
            content = shown.templates.get(row.template, shown.templates["default"])
            messages.want(connection, view.id, row.channel, content, now)
    joined = [storms.join(connection, channel, now) for channel in shown.chosen]
    if any(joined):
        rows = messages.of_incident(connection, view.id)
    for row in rows:
        if row.storm is not None:
            storms.touch(connection, row.channel, row.storm, row.id, now)
            continue
        rule = shown.chosen.get(row.channel)
        wanted = [
            (entry.dedup, entry.content)
            for entry in shown.entries
            if rule is None or entry.event in rule.events or entry.event not in USUAL_EVENTS
        ]
        replies.add(connection, row.id, wanted, now)
    if view.status == "triggered":
        _notify_late(connection, before, rows, now)


def _notify_late(
    connection: Connection, before: Sequence[Row[Any]], rows: Sequence[Row[Any]], now: float
) -> None:
    """Mention in the thread whom a message did not mention that was posted: its change notifies nobody."""
    earlier = {row.id: timeline.mentioned(row.wanted) for row in before}
    for row in rows:
        late = timeline.mentioned(row.wanted) - earlier.get(row.id, frozenset())
        if row.id in earlier and row.ts and row.storm is None and late:
            entry = timeline.late_mention(late)
            replies.add(connection, row.id, [(entry.dedup, entry.content)], now)


def is_known(connection: Connection, incident: str) -> bool:
    """Whether an incident was shown."""
    return connection.execute(KNOWN.where(incidents.c.id == incident)).first() is not None


def without(unread: Mapping[IncidentPart, ApiError]) -> str:
    """The parts that could not be read, and why."""
    return "; ".join(f"{part}: {shown_error(error)}" for part, error in unread.items())


def _store_incident(
    connection: Connection, shown: ShownIncident, now: float, unread_since: float | None
) -> None:
    view = shown.view
    values = {
        "id": view.id,
        "number": view.number,
        "title": view.title,
        "url": view.url,
        "service": view.service.name,
        "status": view.status,
        "urgency": view.urgency,
        "stamp": shown.stamp,
        "read_at": now,
        "unread": without(view.unread)[:MOST_ERROR] if view.unread else None,
        "unread_since": (unread_since or now) if view.unread else None,
    }
    upsert(connection, incidents, ("id",), values)


def _look_since(connection: Connection, view: IncidentView) -> float | None:
    """When an unknown message may have been posted; None for what is younger than our tables."""
    if view.created_at is None:
        return None
    created = view.created_at.timestamp()
    ours = connection.execute(select(version.c.created_at)).scalar_one()
    return created if created < ours - SKEW else None
