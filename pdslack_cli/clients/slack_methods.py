"""Facts about Slack's methods: rate limits, page sizes, and which can be repeated safely."""

from __future__ import annotations

from collections.abc import Mapping

# The argument with the id of what a method removes, where the answer that made it had that id.
REMOVES: Mapping[str, str] = {
    "apps.manifest.delete": "app_id",
    "bookmarks.remove": "bookmark_id",
    "canvases.delete": "canvas_id",
    "chat.delete": "ts",
    "workflows.triggers.delete": "trigger_id",
}

# Where an answer has the id of what a method made, and not the object.
MAKES: Mapping[str, str] = {
    "apps.manifest.create": "app_id",
    "chat.postMessage": "ts",
    "conversations.canvases.create": "canvas_id",
    "conversations.inviteShared": "invite_id",
}

# Calls per minute, for each method by itself (slack.md 1.8). Those of tier 2, 20 a minute, are not named.
TIER_2 = 20
PER_MINUTE: Mapping[str, int] = {
    "apps.manifest.create": 1,
    "apps.manifest.delete": 1,
    "apps.manifest.update": 1,
    "conversations.listConnectInvites": 1,
    "apps.connections.open": 50,
    "apps.manifest.export": 50,
    "apps.manifest.validate": 50,
    "bookmarks.list": 50,
    "bots.info": 50,
    "canvases.delete": 50,
    "canvases.edit": 50,
    "canvases.sections.lookup": 50,
    "chat.delete": 50,
    "chat.scheduleMessage": 50,
    "chat.update": 50,
    "conversations.info": 50,
    "conversations.invite": 50,
    "conversations.join": 50,
    "conversations.kick": 50,
    "conversations.leave": 50,
    "conversations.open": 50,
    "team.info": 50,
    "users.conversations": 50,
    "users.lookupByEmail": 50,
    "auth.test": 100,
    "chat.postEphemeral": 100,
    "chat.postMessage": 100,
    "conversations.members": 100,
    "files.info": 100,
    "users.info": 100,
}

# Entries per page (slack.md 1.7). Other methods answer all at once and are sent no limit.
PAGE_SIZE: Mapping[str, int] = {
    "conversations.list": 999,
    "conversations.members": 200,
    "users.conversations": 999,
    "users.list": 200,
}

# Methods that read, or set a value. Any other method is assumed to do more the second time (chat.update
# posts nothing new, but can overwrite what somebody wrote in between).
REPEATABLE_VERBS = frozenset(
    {
        "info",
        "list",
        "listConnectInvites",
        "lookup",
        "lookupByEmail",
        "members",
        "conversations",
        "test",
        "export",
        "validate",
        "archive",
        "unarchive",
        "invite",
        "join",
        "kick",
        "leave",
        "rename",
        "setPurpose",
        "setTopic",
        "edit",
        "remove",
        "update",
        "enable",
        "disable",
        "delete",
    }
)

# The answer to a second try, when the first was done and its answer lost.
DONE_BEFORE: Mapping[str, str] = {
    "bookmarks.remove": "not_found",
    "canvases.delete": "canvas_not_found",
    "conversations.archive": "already_archived",
    "conversations.invite": "already_in_channel",
    "conversations.kick": "not_in_channel",
    "conversations.unarchive": "not_archived",
    "pins.add": "already_pinned",
    "usergroups.disable": "already_disabled",
    "usergroups.enable": "already_enabled",
}


def repeatable(method: str) -> bool:
    """Whether calling a method twice has the same effect as calling it once."""
    family, _, verb = method.rpartition(".")
    return method in DONE_BEFORE or (family != "chat" and verb in REPEATABLE_VERBS)
