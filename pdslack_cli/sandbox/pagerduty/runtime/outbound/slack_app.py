"""PagerDuty's own Slack app: a connection posts incidents to a channel (pagerduty.md 9.4, slack.md 9).

The vendor does not publish the layout of its messages. Here one message shows the incident as it is now, and
its thread has one line for each event that the connection is subscribed to. It has no buttons: what they send
would go to PagerDuty and not to the app of the workspace.
"""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import SITE, Api

KIND = "slack_post"
INCIDENT_CHANNEL = "incident_channel"
"""A channel that an incident is linked to by itself, and not by a connection (pagerduty.md 9.5)."""

CONNECTION = "slack_connection"
TRIGGERED = "incident.triggered"
NO_PRIORITY = "no_priority"


def post_incident(api: Api, event: Json, incident: Json) -> None:
    """Post an incident where a connection wants it, and keep the message true from then on."""
    for connection in api.all(CONNECTION):
        key = f"{connection['id']}/{incident['id']}"
        posted = api.get(KIND, key)
        if posted is None and _wants(connection, event, incident):
            _post(api, key, connection, event, incident)
        elif posted is not None:
            subscribed = event["event_type"] in connection["config"]["events"]
            _keep_true(api, posted, event if subscribed else None, incident)
    for link in api.find(INCIDENT_CHANNEL, _parent=incident["id"]):
        if posted := api.get(KIND, f"{link['id']}/{incident['id']}"):
            _keep_true(api, posted, event, incident)


def post_card(api: Api, link: str, channel: str, incident: Json) -> None:
    """Post an incident into a channel that it is linked to by itself."""
    if ts := api.slack.post(channel, headline(api, incident), card(api, incident)):
        api.insert(KIND, {"id": f"{link}/{incident['id']}", "channel": channel, "ts": ts})


def _keep_true(api: Api, posted: Json, event: Json | None, incident: Json) -> None:
    """Show the incident as it is now, with a line about the event in the thread."""
    api.slack.update(posted["channel"], posted["ts"], headline(api, incident), card(api, incident))
    if event is not None:
        line = news(api, event, incident)
        api.slack.post(posted["channel"], line, [section(line)], posted["ts"])


def _post(api: Api, key: str, connection: Json, event: Json, incident: Json) -> None:
    channel = connection["channel_id"]
    ts = api.slack.post(channel, headline(api, incident), card(api, incident))
    if not ts:
        return
    api.insert(KIND, {"id": key, "channel": channel, "ts": ts})
    if event["event_type"] != TRIGGERED:
        line = news(api, event, incident)
        api.slack.post(channel, line, [section(line)], ts)


def _wants(connection: Json, event: Json, incident: Json) -> bool:
    """Whether source, events, urgency and priorities of a connection let an incident through."""
    config, source = connection["config"], connection["source_id"]
    if connection["source_type"] == "team_reference":
        of_source = source in incident["_teams"]
    else:
        of_source = source == incident["service"]["id"]
    return (
        of_source
        and event["event_type"] in config["events"]
        and config["urgency"] in (None, incident["urgency"])
        and _has_priority(config["priorities"], incident)
    )


def _has_priority(wanted: list[str] | None, incident: Json) -> bool:
    """No list lets any priority through, an empty one only incidents without priority."""
    if wanted is None:
        return True
    if incident["priority"] is None:
        return not wanted or NO_PRIORITY in wanted
    return incident["priority"]["id"] in wanted


def headline(api: Api, incident: Json) -> str:
    """The text of the message, which notifications show."""
    number, title = incident["incident_number"], escaped(incident["title"])
    return f"{incident['status'].capitalize()}: <{SITE}/incidents/{incident['id']}|#{number} {title}>"


def card(api: Api, incident: Json) -> list[Json]:
    """The blocks of the message."""
    people = [named(api, one["assignee"]) for one in incident["assignments"]]
    facts = {
        "Service": named(api, incident["service"]),
        "Urgency": incident["urgency"].capitalize(),
        "Priority": named(api, incident["priority"]) if incident["priority"] else "None",
        "Assigned to": ", ".join(people) or "Nobody",
    }
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{value}"} for name, value in facts.items()]
    return [section(headline(api, incident)), {"type": "section", "fields": fields}]


def news(api: Api, event: Json, incident: Json) -> str:
    """One line of the thread: what happened, by whom, and what was written."""
    what = event["event_type"].removeprefix("incident.").replace("_", " ").replace(".", " ").capitalize()
    who = f" by {named(api, event['agent'])}" if event["agent"] else ""
    written = event["data"].get("content") or event["data"].get("message") or ""
    return f"{what}{who}{': ' if written else ''}{escaped(written)}"


def section(text: str) -> Json:
    """A block of text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def named(api: Api, reference: Json) -> str:
    """The name behind a reference."""
    kind = reference["type"].removesuffix("_reference")
    return escaped(str(api.reference(kind, reference["id"])["summary"] or reference["id"]))


def escaped(text: str) -> str:
    """Plain text as Slack takes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
