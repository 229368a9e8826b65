"""Events and scopes of Slack apps, as far as they are known (slack.md 2, 10, 13).

Slack adds both at any time, so a name that is not here is a warning; one that is surely wrong is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def _joined(table: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{beginning}{end}" for beginning, ends in table.items() for end in ends.split())


EVENTS = _joined(
    {
        "app_": "deleted home_opened installed mention rate_limited requested uninstalled uninstalled_team",
        "assistant_thread_": "context_changed started",
        "call_": "rejected",
        "channel_": "archive created deleted history_changed id_changed left rename shared unarchive "
        "unshared",
        "dnd_": "updated updated_user",
        "": "email_domain_changed emoji_changed entity_details_requested function_executed link_shared "
        "message_metadata_deleted message_metadata_posted message_metadata_updated subteam_self_added "
        "subteam_self_removed user_change user_connection user_huddle_changed user_profile_changed "
        "user_resource_denied user_resource_granted user_resource_removed user_status_changed",
        "file_": "change comment_added comment_deleted comment_edited created deleted public shared unshared",
        "grid_migration_": "finished started",
        "group_": "archive close deleted history_changed left open rename unarchive",
        "im_": "close created history_changed open",
        "invite_": "requested",
        "member_": "joined_channel left_channel",
        "message.": "app_home channels groups im mpim",
        "pin_": "added removed",
        "reaction_": "added removed",
        "resources_": "added removed",
        "scope_": "denied granted",
        "shared_channel_invite_": "accepted approved declined received requested",
        "star_": "added removed",
        "subteam_": "created members_changed updated",
        "team_": "access_granted access_revoked domain_change join rename",
        "tokens_": "revoked",
        "workflow_": "deleted published step_deleted step_execute unpublished",
    }
)
BOT_SCOPES = _joined(
    {
        "app_mentions:": "read",
        "assistant:": "write",
        "": "commands conversations.connect:manage conversations.connect:read conversations.connect:write "
        "datastore:read datastore:write incoming-webhook metadata.message:read remote_files:read "
        "remote_files:share remote_files:write workflow.steps:execute",
        "bookmarks:": "read write",
        "calls:": "read write",
        "canvases:": "read write",
        "channels:": "history join manage read write.invites write.topic",
        "chat:": "write write.customize write.public",
        "dnd:": "read",
        "emoji:": "read",
        "files:": "read write",
        "groups:": "history read write write.invites write.topic",
        "im:": "history read write write.topic",
        "links:": "read write",
        "links.embed:": "write",
        "lists:": "read write",
        "mpim:": "history read write write.topic",
        "pins:": "read write",
        "reactions:": "read write",
        "reminders:": "read write",
        "search:": "read.files read.im read.mpim read.private read.public read.users",
        "team:": "read",
        "team.billing:": "read",
        "team.preferences:": "read",
        "triggers:": "read write",
        "usergroups:": "read write",
        "users:": "read read.email write",
        "users.profile:": "read",
    }
)
WRONG_SCOPES: Mapping[str, str] = {
    "apps:write": "",
    "channels:create": "channels:manage",
    "channels:write": "channels:manage",
    "chat:write:bot": "chat:write",
    "commands:write": "commands",
    "events:read": "",
    "interactivity:write": "",
    "manifest:write": "",
    "messages:write": "chat:write",
    "users:read:email": "users:read.email",
    "webhooks:write": "incoming-webhook",
    "workflow:write": "triggers:write",
    "workflows:read": "triggers:read",
    "workflows:write": "triggers:write",
}
"""Scopes that people write and Slack does not know, or not for bots, and the right ones; "" is none."""

EVENT_SCOPES: Mapping[str, str] = {
    "app_mention": "app_mentions:read",
    "channel_": "channels:read",
    "member_": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "reaction_": "reactions:read",
    "subteam_": "usergroups:read",
    "team_join": "users:read",
    "user_change": "users:read",
}
"""What events that begin so need."""


def scopes_of_event(event: str) -> set[str]:
    """Return the scopes that an event needs, as far as they are known."""
    return {scope for beginning, scope in EVENT_SCOPES.items() if event.startswith(beginning)}


def scopes_of_events(events: Iterable[str]) -> set[str]:
    return set().union(*map(scopes_of_event, events))
