"""The Slack channels of one incident: its own, and those that are told of it (pagerduty.md 9.5)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from werkzeug.routing import Rule

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty import ids
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.services.slack_connections import demand_admin, refused
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, list_of, one_of, record, text
from pdslack_cli.sandbox.pagerduty.runtime.outbound import slack_app

KIND = slack_app.INCIDENT_CHANNEL
WANTED: Fields = {"id": Field(text(shortest=1), required=True), "slack_team_id": Field(text())}
NEW: Fields = {
    "name": Field(text(80, shortest=1), required=True),
    "slack_team_id": Field(text()),
    "privacy": Field(one_of("private", "public"), default="public", nullable=False),
}


def show_dedicated(api: Api, incident: str) -> SandboxResponse:
    """The incident's own channel."""
    return SandboxResponse({"channel": _shown(api, _dedicated(api, _incident(api, incident)))})


def create_dedicated(api: Api, incident: str) -> SandboxResponse:
    """Make a channel for the incident, where its messages go from then on."""
    found = _incident(api, incident)
    wanted = api.checked({"channel": Field(record(NEW), required=True)}, api.bare_body())["channel"]
    _check_workspace(api, wanted)
    if _links(api, found, dedicated=True):
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "The incident already has a dedicated channel.")
    channel = api.slack.open_channel(wanted["name"], private=wanted["privacy"] == "private")
    if not channel:
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"The channel {wanted['name']!r} cannot be created.")
    link = _link(api, found, channel, dedicated=True)
    return SandboxResponse({"channel": _shown(api, link), "warnings": []}, HTTPStatus.CREATED)


def remove_dedicated(api: Api, incident: str) -> SandboxResponse:
    """Let the channel be none of the incident any more; Slack keeps it."""
    api.delete(KIND, _dedicated(api, _incident(api, incident))["id"])
    return SandboxResponse(None, HTTPStatus.NO_CONTENT)


def list_channels(api: Api, incident: str) -> SandboxResponse:
    """The channels that are told of the incident."""
    return SandboxResponse({"channels": _listed(api, _incident(api, incident))})


def add_channel(api: Api, incident: str) -> SandboxResponse:
    """Add a channel that is told of the incident."""
    found = _incident(api, incident)
    wanted = api.checked({"channel": Field(record(WANTED), required=True)}, api.bare_body())["channel"]
    _check_workspace(api, wanted)
    if any(link["channel"] == wanted["id"] for link in _links(api, found, dedicated=False)):
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "The channel is already linked to the incident.")
    if not _exists(api, wanted["id"]):
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "The channel could not be found.")
    link = _link(api, found, wanted["id"], dedicated=False)
    return SandboxResponse({"channel": _shown(api, link), "warnings": []}, HTTPStatus.CREATED)


def replace_channels(api: Api, incident: str) -> SandboxResponse:
    """Replace the channels that are told; one that cannot be told is a warning."""
    found = _incident(api, incident)
    known = {"channels": Field(list_of(record(WANTED)), required=True)}
    wanted = [one["id"] for one in api.checked(known, api.bare_body())["channels"]]
    before = {link["channel"]: link for link in _links(api, found, dedicated=False)}
    for id_, link in before.items():
        if id_ not in wanted:
            api.delete(KIND, link["id"])
    warnings = [f"The channel {id_} could not be found." for id_ in wanted if not _exists(api, id_)]
    for id_ in dict.fromkeys(wanted):
        if id_ not in before and _exists(api, id_):
            _link(api, found, id_, dedicated=False)
    return SandboxResponse({"channels": _listed(api, found), "warnings": warnings})


def remove_channel(api: Api, incident: str, channel: str) -> SandboxResponse:
    """Remove a channel from those that are told."""
    links = _links(api, _incident(api, incident), dedicated=False)
    link = next((link for link in links if link["channel"] == channel), None)
    if link is None:
        raise refused(HTTPStatus.NOT_FOUND, "Not Found")
    api.delete(KIND, link["id"])
    return SandboxResponse(None, HTTPStatus.NO_CONTENT)


def _incident(api: Api, id_: str) -> Json:
    demand_admin(api)
    incident = api.get("incident", id_)
    if incident is None:
        raise refused(HTTPStatus.NOT_FOUND, "Not Found")
    return incident


def _links(api: Api, incident: Json, *, dedicated: bool) -> list[Json]:
    return [link for link in api.find(KIND, _parent=incident["id"]) if link["dedicated"] == dedicated]


def _dedicated(api: Api, incident: Json) -> Json:
    links = _links(api, incident, dedicated=True)
    if not links:
        raise refused(HTTPStatus.NOT_FOUND, "Not Found")
    return links[0]


def _listed(api: Api, incident: Json) -> list[Json]:
    return [_shown(api, link) for link in _links(api, incident, dedicated=False)]


def _link(api: Api, incident: Json, channel: str, *, dedicated: bool) -> Json:
    link = {
        "id": ids.short(api.store),
        "_parent": incident["id"],
        "channel": channel,
        "dedicated": dedicated,
    }
    api.insert(KIND, link)
    slack_app.post_card(api, link["id"], channel, incident)
    return link


def _exists(api: Api, channel: str) -> bool:
    found = api.store.get("slack.channel", channel)
    return found is not None and not found["is_archived"]


def _check_workspace(api: Api, wanted: Json) -> None:
    if wanted["slack_team_id"] not in (None, _team(api)):
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "The workspace is not connected to the account.")


def _team(api: Api) -> str:
    return str(api.store.all("slack.team")[0]["id"])


def _shown(api: Api, link: Json) -> Json:
    team, channel = _team(api), api.store.get("slack.channel", link["channel"]) or {}
    return {
        "id": link["channel"],
        "name": channel.get("name", ""),
        "slack_team_id": team,
        "link": f"https://slack.com/app_redirect?channel={link['channel']}&team={team}",
        "deep_link": f"slack://channel?team={team}&id={link['channel']}",
    }


def rules() -> Iterator[Rule]:
    """The routes, which are on the host of the REST API."""
    one = "/integration-slack/incidents/<incident>"
    for method, path, endpoint in (
        ("GET", "dedicated_channel", show_dedicated),
        ("POST", "dedicated_channel", create_dedicated),
        ("DELETE", "dedicated_channel", remove_dedicated),
        ("GET", "notification_channels", list_channels),
        ("POST", "notification_channels", add_channel),
        ("PUT", "notification_channels", replace_channels),
        ("DELETE", "notification_channels/<channel>", remove_channel),
    ):
        yield Rule(f"{one}/{path}", methods=[method], endpoint=endpoint)
