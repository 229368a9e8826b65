"""The Slack app behind bot and buttons: a manifest with the scopes that the file needs (slack.md 3, 13)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import Resource
from pdslack_cli.kinds.fields.references import references
from pdslack_cli.kinds.fields.scalars import FILLED, Pattern, Url, problem
from pdslack_cli.kinds.slack.app_words import BOT_SCOPES, EVENTS, WRONG_SCOPES, scopes_of_event
from pdslack_cli.kinds.slack.channel_spec import Channel
from pdslack_cli.kinds.slack.incoming_webhook import SCOPE as INCOMING_WEBHOOK
from pdslack_cli.kinds.slack.scopes import FEATURES, Use
from pdslack_cli.model import Json, Ref
from pdslack_cli.suggest import suggest

NATIVE_COMMAND = "/pd"  # of PagerDuty's own app; of two apps with one command, the last installed one wins

_SCOPE = re.compile(r"[a-z][a-z_.-]*(:[a-z_.-]+){0,2}")

_PART = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _scope(scope: str) -> str:
    if scope in WRONG_SCOPES:
        right = WRONG_SCOPES[scope]
        hint = f"did you mean {right!r}?" if right else "remove it: no scope is needed for that"
        raise problem(f"Slack has no scope {scope!r} for bots", hint)
    if not _SCOPE.fullmatch(scope):
        hint = suggest(scope, BOT_SCOPES) or "write it like channels:read"
        raise problem(f"{scope!r} is not a scope", hint)
    return scope


def _command(command: str) -> str:
    if command == NATIVE_COMMAND:
        raise problem(
            f"{NATIVE_COMMAND} is the command of PagerDuty's own Slack app",
            "choose another, such as /incident",
        )
    return command


class AppShortcut(BaseModel):
    """A shortcut of the app: in Slack's search, or in the menu of a message."""

    model_config = _PART

    name: Annotated[str, FILLED, Field(max_length=24, description="as Slack's menus show it")]
    callback_id: Annotated[
        str, FILLED, Field(max_length=255, description="what the app gets when it is chosen")
    ]
    description: Annotated[str, FILLED, Field(max_length=150, description="what it does")]
    type: Annotated[
        Literal["global", "message"], Field(description="in Slack's search, or in the menu of a message")
    ] = "global"


class SlackApp(BaseModel):
    """The Slack app that acts for this stack: its manifest, with the scopes that the file needs."""

    model_config = _PART

    name: Annotated[str, FILLED, Field(max_length=35, description="its name in Slack")] = "pdslack"
    id: Annotated[
        Annotated[str, Pattern(r"^A[A-Z0-9]+$", "id of an app", "write it as in api.slack.com/apps/A…")]
        | None,
        Field(description="the app's id, where the secret store does not hold it"),
    ] = None
    workflows_id: Annotated[
        Annotated[str, Pattern(r"^A[A-Z0-9]+$", "id of an app", "write it as in api.slack.com/apps/A…")]
        | None,
        Field(description="the id of the app of `slack_workflows`, where the secret store does not hold it"),
    ] = None
    description: Annotated[str, Field(max_length=140, description="what Slack shows below its name")] = (
        "PagerDuty incidents in Slack"
    )
    socket_mode: Annotated[
        bool, Field(description="Slack is called and never calls: no public address is needed")
    ] = False
    url: Annotated[
        Url | None, Field(description="the public address of the two-way service, if not in Socket Mode")
    ] = None
    command: Annotated[
        Annotated[
            str,
            Pattern(r"^/[a-z0-9_-]{1,31}$", "command", "write it like /incident"),
            AfterValidator(_command),
        ]
        | None,
        Field(description="its slash command", examples=["/incident"]),
    ] = None
    shortcuts: Annotated[tuple[AppShortcut, ...], Field(max_length=10, description="its shortcuts")] = ()
    events: Annotated[
        tuple[str, ...], Field(max_length=100, description="further events that Slack sends to it")
    ] = ()
    scopes: Annotated[
        tuple[Annotated[str, AfterValidator(_scope)], ...],
        Field(description="further scopes of its bot, besides those that the file needs"),
    ] = ()

    def doubts(self) -> Iterable[Doubt]:
        """Warn about events and scopes that Slack is not known to have."""
        for field, names, known in (("events", self.events, EVENTS), ("scopes", self.scopes, BOT_SCOPES)):
            for number, name in enumerate(names):
                if name not in known:
                    message = f"{name!r} is not a known {field.removesuffix('s')} of Slack"
                    near = "of which channels? did you mean 'message.channels'?" if name == "message" else ""
                    hint = near or suggest(name, known) or "if Slack refuses the manifest, take it out"
                    yield Doubt((field, number), message, hint)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.socket_mode and self.url:
            raise problem(
                "`socket_mode` and `url` exclude each other",
                "in Socket Mode, Slack calls no address",
                ("url",),
            )
        if not (self.socket_mode or self.url):
            raise problem(
                "neither `socket_mode` nor `url` is set, so no click could reach the app",
                "add `socket_mode: true`, or the `url` where the two-way service listens",
            )
        return self


def scopes_of(app: SlackApp, specs: Mapping[Ref, Resource]) -> dict[str, str]:
    """Return the scopes of the app's bot, each with what it is for; `specs` are the stack's.

    People count where something in Slack names them: one who is only on call needs no account there.
    """
    found: dict[str, str] = {}
    used = set().union(*(references(spec) for spec in specs.values()))
    uses = [Use(ref, spec, None) for ref, spec in specs.items() if ref.kind != "slack_user" or ref in used]
    for feature in FEATURES:
        if feature.token == "bot" and any(feature.is_in(use) for use in uses):  # noqa: S105 - its kind
            _add(found, feature.scopes, feature.title)
    if app.command or app.shortcuts:
        _add(found, ("commands",), "the slash command and shortcuts")
    if any(
        isinstance(spec, Channel) and "incoming_webhook" in spec.model_fields_set for spec in specs.values()
    ):
        _add(found, (INCOMING_WEBHOOK,), "`incoming_webhook` of channels")
    for event in app.events:
        _add(found, scopes_of_event(event), f"the event {event}")
    _add(found, app.scopes, "`scopes` of the file")
    return dict(sorted(found.items()))


def manifest_of(app: SlackApp, scopes: Collection[str]) -> Json:
    """Return the manifest of the app, without nulls, and with sorted lists where order means nothing."""

    def at(path: str) -> Json:
        return {} if app.socket_mode else {"url": f"{str(app.url).rstrip('/')}/slack/{path}"}

    def request_at(path: str) -> Json:
        return {f"request_{name}": url for name, url in at(path).items()}

    features: Json = {"bot_user": {"display_name": _bot_name(app.name), "always_online": True}}
    if app.command:
        usage = {"description": "Work with incidents", "should_escape": True}
        features["slash_commands"] = [{"command": app.command, **usage, **at("commands")}]
    if app.shortcuts:
        features["shortcuts"] = [shortcut.model_dump() for shortcut in app.shortcuts]
    settings: Json = {
        "socket_mode_enabled": app.socket_mode,
        "interactivity": {"is_enabled": True, **request_at("actions")},
    }
    if app.events:
        settings["event_subscriptions"] = {"bot_events": sorted(set(app.events)), **request_at("events")}
    if INCOMING_WEBHOOK in scopes:
        settings["incoming_webhooks"] = {"incoming_webhooks_enabled": True}
    return {
        "display_information": {"name": app.name, "description": app.description},
        "features": features,
        "oauth_config": {"scopes": {"bot": sorted(scopes)}},
        "settings": settings,
    }


def overlaid(live: Json, wanted: Json) -> Json:
    """Return the live manifest with what is wanted laid over it; all else stays (slack.md 3.4).

    Scopes and events are added, so that what somebody else uses keeps working; other lists are replaced.
    Request URLs go where Socket Mode comes, and come where it goes, also to what others added.
    """
    merged = _merged(live, wanted)
    settings = dict(merged.get("settings", {}))
    address = settings.get("interactivity", {}).get("request_url", "").removesuffix("/slack/actions")
    for part, path in (("interactivity", "actions"), ("event_subscriptions", "events")):
        if isinstance(settings.get(part), dict):
            rest = {name: value for name, value in settings[part].items() if name != "request_url"}
            there = {} if settings.get("socket_mode_enabled") else {"request_url": f"{address}/slack/{path}"}
            settings[part] = {**rest, **there}
    merged = {**merged, "settings": settings}
    commands = merged.get("features", {}).get("slash_commands")
    if commands and not settings.get("socket_mode_enabled"):
        reached = [{"url": f"{address}/slack/commands", **command} for command in commands]
        merged["features"] = {**merged["features"], "slash_commands": reached}
    return merged


def differences(before: Json, after: Json) -> list[tuple[str, Any, Any]]:
    """Return the path of each value that differs, before and after; None where there is none."""
    found = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) or isinstance(new, dict):
            inner = differences(old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {})
            found += [(f"{name}.{path}", *both) for path, *both in inner]
        elif old != new:
            found.append((name, old, new))
    return found


def _merged(live: Json, wanted: Json) -> Json:
    merged = dict(live)
    for name, value in wanted.items():
        old = live.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            merged[name] = _merged(old, value)
        elif name in ("bot", "bot_events") and isinstance(old, list):
            merged[name] = sorted({*map(str, old), *value})
        else:
            merged[name] = value
    return merged


def _add(found: dict[str, str], scopes: Iterable[str], reason: str) -> None:
    for scope in scopes:
        found.setdefault(scope, reason)


def _bot_name(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-") or "pdslack"
