"""The methods that the pretend Slack serves, and what Slack documents of each (slack.md 1.8, 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content import messages
from pdslack_cli.sandbox.slack.families import (
    apps,
    bookmarks,
    chat,
    conversations,
    identity,
    members,
    reactions,
    scheduled,
    usergroups,
    users,
)
from pdslack_cli.sandbox.slack.families.beside import calls, canvases, connect, files, triggers, uploads
from pdslack_cli.sandbox.slack.runtime import sockets, views

Tokens = Mapping[str, tuple[str, ...]]
"""The kinds of token a method takes, and for each the scopes of which the token needs one."""

SPECIAL = 5
"""The tier of methods with a pace of their own."""


@dataclass(frozen=True)
class Method:
    """One method. `required` maps each argument it needs to the error it answers without it."""

    answer: Callable[[SlackCall], Json]
    tier: int
    tokens: Tokens
    required: Mapping[str, str]
    json_body: bool = True
    one_per_second_in_a_channel: bool = False


def needs(*arguments: str, **own_errors: str) -> dict[str, str]:
    """Required arguments; most are asked for by the generic code, some methods have their own."""
    return {**dict.fromkeys(arguments, "invalid_arguments"), **own_errors}


def either(bot: str = "", user: str | None = None) -> Tokens:
    """Bot and user tokens; the scopes of a user token are the bot's unless given."""
    return {"bot": tuple(bot.split()), "user": tuple((bot if user is None else user).split())}


NO_TOKEN: Tokens = {}
ANY: Tokens = {"bot": (), "user": (), "app": (), "config": ()}
READ = either("channels:read groups:read im:read mpim:read")
HISTORY = either("channels:history groups:history im:history mpim:history")
WRITE = either(
    "channels:manage channels:write groups:write im:write mpim:write",
    "channels:write groups:write im:write mpim:write",
)
OPEN = either(
    "channels:manage groups:write im:write mpim:write",
    "channels:write groups:write im:write mpim:write",
)
TOPIC = either(
    "channels:manage groups:write im:write mpim:write"
    " channels:write.topic groups:write.topic im:write.topic mpim:write.topic",
    "channels:write groups:write im:write mpim:write"
    " channels:write.topic groups:write.topic im:write.topic mpim:write.topic",
)
INVITE = either(
    "channels:manage groups:write im:write mpim:write channels:write.invites groups:write.invites",
    "channels:write groups:write im:write mpim:write channels:write.invites groups:write.invites",
)
KICK = either("channels:manage groups:write", "channels:write groups:write")
JOIN = either("channels:join", "channels:write")
CONFIG_READ: Tokens = {"config": ("app_configurations:read",)}
CONFIG_WRITE: Tokens = {"config": ("app_configurations:write",)}

CHANNEL = needs("channel")
GROUP = needs(usergroup="missing_argument")

METHODS: Mapping[str, Method] = {
    "api.test": Method(identity.api_test, 4, NO_TOKEN, {}),
    "auth.test": Method(identity.auth_test, SPECIAL, ANY, {}),
    "auth.revoke": Method(identity.revoke, 3, ANY, {}, json_body=False),
    "blocks.validate": Method(views.validate_blocks, SPECIAL, NO_TOKEN, {}),
    "team.info": Method(identity.team_info, 3, either("team:read"), {}),
    "bots.info": Method(identity.bot_info, 3, either("users:read"), {}, json_body=False),
    "conversations.list": Method(conversations.list_channels, 2, READ, {}, json_body=False),
    "conversations.info": Method(conversations.channel_info, 3, READ, CHANNEL, json_body=False),
    "conversations.create": Method(
        conversations.create_channel, 2, WRITE, needs(name="invalid_name_required")
    ),
    "conversations.rename": Method(
        conversations.rename_channel, 2, WRITE, needs("channel", name="invalid_name_required")
    ),
    "conversations.archive": Method(conversations.archive_channel, 2, WRITE, CHANNEL),
    "conversations.unarchive": Method(conversations.unarchive_channel, 2, WRITE, CHANNEL),
    "conversations.setTopic": Method(conversations.set_topic, 2, TOPIC, needs("channel", "topic")),
    "conversations.setPurpose": Method(conversations.set_purpose, 2, TOPIC, needs("channel", "purpose")),
    "conversations.invite": Method(members.invite, 3, INVITE, needs("channel", users="no_user")),
    "conversations.kick": Method(members.kick, 3, KICK, needs("channel", "user")),
    "conversations.members": Method(members.list_members, 4, READ, CHANNEL, json_body=False),
    "conversations.join": Method(members.join, 3, JOIN, CHANNEL),
    "conversations.leave": Method(members.leave, 3, WRITE, CHANNEL),
    "conversations.open": Method(members.open_conversation, 3, OPEN, {}),
    "conversations.history": Method(messages.history, 3, HISTORY, CHANNEL),
    "conversations.replies": Method(messages.replies, 3, HISTORY, needs("channel", "ts"), json_body=False),
    "users.lookupByEmail": Method(
        users.look_up_by_email, 3, either("users:read.email"), needs("email"), json_body=False
    ),
    "users.info": Method(users.user_info, 4, either("users:read"), needs("user"), json_body=False),
    "users.list": Method(users.list_users, 2, either("users:read"), {}, json_body=False),
    "users.conversations": Method(conversations.list_channels_of_user, 3, READ, {}, json_body=False),
    "users.profile.get": Method(users.user_profile, 4, either("users.profile:read"), {}, json_body=False),
    "users.getPresence": Method(users.presence, 3, either("users:read"), {}, json_body=False),
    "dnd.info": Method(users.do_not_disturb, 3, either("dnd:read"), {}, json_body=False),
    "dnd.teamInfo": Method(
        users.do_not_disturb_of_team, 2, either("dnd:read"), needs(users="no_users_provided"), json_body=False
    ),
    "emoji.list": Method(identity.custom_emoji, 2, either("emoji:read"), {}, json_body=False),
    "usergroups.list": Method(usergroups.list_groups, 2, either("usergroups:read"), {}, json_body=False),
    "usergroups.create": Method(
        usergroups.create_group, 2, either("usergroups:write"), needs(name="missing_subteam_name")
    ),
    "usergroups.update": Method(usergroups.update_group, 2, either("usergroups:write"), GROUP),
    "usergroups.enable": Method(usergroups.enable_group, 2, either("usergroups:write"), GROUP),
    "usergroups.disable": Method(usergroups.disable_group, 2, either("usergroups:write"), GROUP),
    "usergroups.users.list": Method(
        usergroups.list_group_users, 2, either("usergroups:read"), needs("usergroup"), json_body=False
    ),
    "usergroups.users.update": Method(
        usergroups.update_group_users,
        2,
        either("usergroups:write"),
        needs(usergroup="missing_argument", users="no_users_provided"),
    ),
    "bookmarks.list": Method(bookmarks.list_bookmarks, 3, either("bookmarks:read"), {}),
    "bookmarks.add": Method(bookmarks.add_bookmark, 2, either("bookmarks:write"), needs("title", "type")),
    "bookmarks.edit": Method(bookmarks.edit_bookmark, 2, either("bookmarks:write"), {}),
    "bookmarks.remove": Method(bookmarks.remove_bookmark, 2, either("bookmarks:write"), {}),
    "chat.postMessage": Method(
        chat.post_message, SPECIAL, either("chat:write"), CHANNEL, one_per_second_in_a_channel=True
    ),
    "chat.update": Method(chat.update_message, 3, either("chat:write"), needs("channel", "ts")),
    "chat.delete": Method(chat.delete_message, 3, either("chat:write"), needs("channel", "ts")),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, either("chat:write"), needs("channel", "user")),
    "chat.getPermalink": Method(
        chat.permalink, SPECIAL, either(), needs("channel", "message_ts"), json_body=False
    ),
    "chat.scheduleMessage": Method(
        scheduled.schedule_message, 3, either("chat:write"), needs("channel", "post_at")
    ),
    "chat.scheduledMessages.list": Method(scheduled.list_scheduled, 3, either(), {}),
    "chat.deleteScheduledMessage": Method(
        scheduled.delete_scheduled, 3, either("chat:write"), needs("channel", "scheduled_message_id")
    ),
    "canvases.create": Method(canvases.create_canvas, 2, either("canvases:write"), {}),
    "canvases.edit": Method(canvases.edit_canvas, 3, either("canvases:write"), needs("canvas_id", "changes")),
    "canvases.delete": Method(canvases.delete_canvas, 3, either("canvases:write"), needs("canvas_id")),
    "canvases.access.set": Method(
        canvases.set_access, 3, either("canvases:write"), needs("canvas_id", "access_level")
    ),
    "canvases.access.delete": Method(canvases.delete_access, 3, either("canvases:write"), needs("canvas_id")),
    "canvases.sections.lookup": Method(
        canvases.look_up_sections, 3, either("canvases:read"), needs("canvas_id", "criteria")
    ),
    "conversations.canvases.create": Method(
        canvases.create_channel_canvas, 2, either("canvases:write"), needs("channel_id")
    ),
    "conversations.inviteShared": Method(
        connect.invite_shared, 2, {"bot": ("conversations.connect:write",)}, needs("channel")
    ),
    "conversations.listConnectInvites": Method(
        connect.list_invites, 1, {"bot": ("conversations.connect:manage",)}, {}
    ),
    "files.info": Method(files.file_info, 4, either("files:read"), needs("file"), json_body=False),
    "files.list": Method(files.list_files, 3, either("files:read"), {}, json_body=False),
    "files.delete": Method(files.delete_file, 3, either("files:write"), needs("file")),
    "files.getUploadURLExternal": Method(
        uploads.upload_url,
        4,
        either("files:write"),
        needs(filename="missing_argument", length="missing_argument"),
        json_body=False,
    ),
    "files.completeUploadExternal": Method(uploads.complete, 4, either("files:write"), needs("files")),
    "calls.add": Method(calls.add_call, 3, either("calls:write"), needs("external_unique_id", "join_url")),
    "calls.info": Method(calls.call_info, 3, either("calls:read"), needs("id")),
    "calls.update": Method(calls.update_call, 3, either("calls:write"), needs("id")),
    "calls.end": Method(calls.end_call, 3, either("calls:write"), needs("id")),
    "calls.participants.add": Method(calls.add_participants, 3, either("calls:write"), needs("id", "users")),
    "calls.participants.remove": Method(
        calls.remove_participants, 3, either("calls:write"), needs("id", "users")
    ),
    "reactions.add": Method(
        reactions.add_reaction, 3, either("reactions:write"), needs("channel", "name", "timestamp")
    ),
    "reactions.remove": Method(reactions.remove_reaction, 2, either("reactions:write"), needs("name")),
    "reactions.get": Method(reactions.get_reactions, 3, either("reactions:read"), {}, json_body=False),
    "pins.add": Method(reactions.add_pin, 2, either("pins:write"), CHANNEL),
    "pins.remove": Method(reactions.remove_pin, 2, either("pins:write"), CHANNEL),
    "pins.list": Method(reactions.list_pins, 2, either("pins:read"), CHANNEL, json_body=False),
    "apps.connections.open": Method(sockets.open_connection, 3, {"app": ("connections:write",)}, {}),
    "views.open": Method(views.open_view, 4, either(), needs("view")),
    "views.push": Method(views.push_view, 4, either(), needs("view")),
    "views.update": Method(views.update_view, 4, either(), needs("view")),
    "views.publish": Method(views.publish_view, 4, either(), needs("view", "user_id")),
    "apps.manifest.validate": Method(apps.validate_manifest, 3, CONFIG_WRITE, needs("manifest")),
    "apps.manifest.create": Method(apps.create_app, 1, CONFIG_WRITE, needs("manifest")),
    "apps.manifest.update": Method(apps.update_app, 1, CONFIG_WRITE, needs("app_id", "manifest")),
    "apps.manifest.export": Method(apps.export_app, 3, CONFIG_READ, needs("app_id")),
    "apps.manifest.delete": Method(apps.delete_app, 1, CONFIG_WRITE, needs("app_id")),
    "workflows.triggers.create": Method(
        triggers.create_trigger, 3, CONFIG_WRITE, needs("type", "name", "workflow", "workflow_app_id")
    ),
    "workflows.triggers.update": Method(
        triggers.update_trigger,
        3,
        CONFIG_WRITE,
        needs("trigger_id", "type", "name", "workflow", "workflow_app_id"),
    ),
    "workflows.triggers.delete": Method(triggers.delete_trigger, 3, CONFIG_WRITE, needs("trigger_id")),
    "workflows.triggers.list": Method(triggers.list_triggers, 3, CONFIG_READ, needs("app_id")),
    "tooling.tokens.rotate": Method(
        apps.rotate_tokens, SPECIAL, NO_TOKEN, needs("refresh_token"), json_body=False
    ),
}
