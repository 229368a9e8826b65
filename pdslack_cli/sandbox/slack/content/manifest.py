"""What an app manifest may hold, and the rules between its parts (slack.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pdslack_cli.model import Json

Description = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
CallbackId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Scopes = Annotated[list[Annotated[str, StringConstraints(max_length=50)]], Field(max_length=255)]
Events = Annotated[list[str], Field(max_length=100)]

EVENT_SCOPES = {
    "app_mention": ("app_mentions:read",),
    "channel_": ("channels:read",),
    "member_": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "reaction_": ("reactions:read",),
    "subteam_": ("usergroups:read",),
    "team_join": ("users:read",),
    "user_change": ("users:read",),
}
"""What events that begin so need: one of these scopes (slack.md 13)."""


class ManifestPart(BaseModel):
    """A part of a manifest; what is not known is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class DisplayInformation(ManifestPart):
    name: Annotated[str, StringConstraints(min_length=1, max_length=35)]
    description: Annotated[str, StringConstraints(max_length=140)] | None = None
    long_description: Annotated[str, StringConstraints(min_length=175, max_length=4000)] | None = None
    background_color: Annotated[str, StringConstraints(pattern=r"^#([0-9a-fA-F]{3}){1,2}$")] | None = None


class AppHome(ManifestPart):
    home_tab_enabled: bool = False
    messages_tab_enabled: bool = False
    messages_tab_read_only_enabled: bool = False


class BotUser(ManifestPart):
    display_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,80}$")]
    always_online: bool = False


class SlashCommand(ManifestPart):
    command: Annotated[str, StringConstraints(pattern=r"^/\S{1,31}$")]
    description: Description
    usage_hint: Annotated[str, StringConstraints(max_length=1000)] | None = None
    url: Annotated[str, StringConstraints(max_length=3000)] | None = None
    should_escape: bool = False


class Shortcut(ManifestPart):
    name: Annotated[str, StringConstraints(min_length=1, max_length=24)]
    type: Literal["global", "message"]
    callback_id: CallbackId
    description: Annotated[str, StringConstraints(min_length=1, max_length=150)]


class Features(ManifestPart):
    app_home: AppHome | None = None
    bot_user: BotUser | None = None
    shortcuts: Annotated[list[Shortcut], Field(max_length=10)] | None = None
    slash_commands: Annotated[list[SlashCommand], Field(max_length=50)] | None = None
    unfurl_domains: Annotated[list[str], Field(max_length=5)] | None = None


class AppScopes(ManifestPart):
    bot: Scopes | None = None
    user: Scopes | None = None
    bot_optional: Scopes | None = None
    user_optional: Scopes | None = None


class OAuth(ManifestPart):
    scopes: AppScopes | None = None
    redirect_urls: (
        Annotated[list[Annotated[str, StringConstraints(pattern="^https://")]], Field(max_length=1000)] | None
    ) = None
    pkce_enabled: bool = False
    token_management_enabled: bool = False


class EventSubscriptions(ManifestPart):
    request_url: Annotated[str, StringConstraints(max_length=3500)] | None = None
    bot_events: Events | None = None
    user_events: Events | None = None
    metadata_subscriptions: Annotated[list[Json], Field(min_length=1, max_length=20)] | None = None


class Interactivity(ManifestPart):
    is_enabled: bool
    request_url: str | None = None
    message_menu_options_url: str | None = None


class AppSettings(ManifestPart):
    event_subscriptions: EventSubscriptions | None = None
    interactivity: Interactivity | None = None
    allowed_ip_address_ranges: Annotated[list[str], Field(max_length=50)] | None = None
    org_deploy_enabled: bool = False
    socket_mode_enabled: bool = False
    token_rotation_enabled: bool = False
    incoming_webhooks: Json | None = None
    function_runtime: Literal["remote", "slack", "local"] | None = None
    is_hosted: bool = False
    is_mcp_enabled: bool = False
    siws_links: Json | None = None


class Metadata(ManifestPart):
    major_version: int = 1
    minor_version: int = 1


class Manifest(ManifestPart):
    """A whole manifest, with the defaults that an export shows."""

    schema_: str | None = Field(default=None, alias="$schema")
    metadata: Metadata = Field(default_factory=Metadata, alias="_metadata")
    display_information: DisplayInformation
    app_directory: Json | None = None
    features: Features = Field(default_factory=Features)
    oauth_config: OAuth = Field(default_factory=OAuth)
    settings: AppSettings = Field(default_factory=AppSettings)
    functions: Annotated[dict[str, Json], Field(max_length=50)] | None = None
    workflows: Annotated[dict[str, Json], Field(max_length=50)] | None = None
    datastores: Annotated[dict[str, Json], Field(max_length=10)] | None = None
    outgoing_domains: Annotated[list[str], Field(max_length=10)] | None = None
    types: Annotated[dict[str, Json], Field(max_length=50)] | None = None
    external_auth_providers: Json | None = None
    mcp_servers: Json | None = None


def check_manifest(manifest: Any) -> tuple[Manifest | None, list[Json]]:
    """The manifest, and its errors as Slack reports them: `message` and JSON pointer."""
    try:
        parsed = Manifest.model_validate(manifest)
    except ValidationError as error:
        return None, [
            _problem(problem["msg"], "/" + "/".join(str(step) for step in problem["loc"]))
            for problem in error.errors()
        ]
    return parsed, list(_contradictions(parsed))


def export(manifest: Manifest) -> Json:
    """The manifest with Slack's defaults in it."""
    exported: Json = manifest.model_dump(by_alias=True, exclude_none=True)
    return {name: value for name, value in exported.items() if value != {}}


def scopes_of(manifest: Manifest) -> dict[str, set[str]]:
    """What the app asks for, as bot and as user."""
    scopes = manifest.oauth_config.scopes or AppScopes()
    return {"bot": set(scopes.bot or ()), "user": set(scopes.user or ())}


def _contradictions(manifest: Manifest) -> Iterator[Json]:
    settings, features = manifest.settings, manifest.features
    socket, scopes = settings.socket_mode_enabled, scopes_of(manifest)
    events = settings.event_subscriptions
    if events and not (events.request_url or socket):
        message = "Event Subscription requires either Request URL or Socket Mode Enabled"
        yield _problem(message, "/settings/event_subscriptions")
    if (
        settings.interactivity
        and settings.interactivity.is_enabled
        and not (settings.interactivity.request_url or socket)
    ):
        yield _problem(
            "Interactivity requires a Request URL or Socket Mode Enabled", "/settings/interactivity"
        )
    for index, command in enumerate(features.slash_commands or ()):
        pointer = f"/features/slash_commands/{index}"
        if not (command.url or socket):
            yield _problem("Slash command requires a URL or Socket Mode Enabled", pointer)
        if "commands" not in scopes["bot"]:
            yield _problem("Slash command requires the scope commands", pointer)
    if manifest.functions and not (settings.function_runtime and settings.org_deploy_enabled):
        yield _problem("Functions require function_runtime and org_deploy_enabled", "/functions")
    for event in (events and events.bot_events) or ():
        yield from _event_scope(event, scopes["bot"])
    optional = manifest.oauth_config.scopes or AppScopes()
    if (
        not set(optional.bot_optional or ()) <= scopes["bot"]
        or not set(optional.user_optional or ()) <= scopes["user"]
    ):
        yield _problem("Optional scopes must also be listed as scopes", "/oauth_config/scopes")


def _event_scope(event: str, scopes: set[str]) -> Iterator[Json]:
    for beginning, needed in EVENT_SCOPES.items():
        if event.startswith(beginning) and not scopes.intersection(needed):
            message = f"Event {event} requires the scope {' or '.join(needed)}"
            yield _problem(message, "/settings/event_subscriptions/bot_events")


def _problem(message: str, pointer: str) -> Json:
    return {"message": message, "pointer": pointer}
