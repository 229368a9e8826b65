"""`conversations.inviteShared` and the list of such invitations: Slack Connect (slack.md 2.2)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import is_member, real_channel
from pdslack_cli.sandbox.slack.paging import page
from pdslack_cli.sandbox.slack.refused import SlackRefusal

KIND = "slack.connect_invite"
LIFETIME = 14 * 86_400
"""Seconds until an invitation that nobody accepts is over."""


def invite_shared(call: SlackCall) -> Json:
    """`conversations.inviteShared`: one person; a second call sends a second invitation."""
    channel = real_channel(call)
    if channel["is_archived"]:
        raise SlackRefusal("channel_archived")
    if not is_member(call, channel):
        raise SlackRefusal("not_in_channel")
    emails, user_ids = call.arguments.words("emails"), call.arguments.words("user_ids")
    if not emails and not user_ids:
        raise SlackRefusal("recipients_not_specified")
    if len(emails) + len(user_ids) > 1:
        raise SlackRefusal("too_many_emails")
    if any("@" not in email for email in emails):
        raise SlackRefusal("invalid_email")
    invite: Json = {
        "id": call.new_id("I"),
        "channel": channel["id"],
        "created": call.now,
        "by": call.caller.user,
        "recipient": {"recipient_email": emails[0]} if emails else {"recipient_user_id": user_ids[0]},
        "is_external_limited": call.arguments.text("external_limited", "true") != "false",
    }
    call.store.insert(KIND, invite["id"], invite)
    return {"invite_id": invite["id"], "is_legacy_shared_channel": False}


def list_invites(call: SlackCall) -> Json:
    """`conversations.listConnectInvites`: those that nobody accepted yet, and that are not over."""
    pending = [invite for invite in call.store.all(KIND) if invite["created"] + LIFETIME > call.now]
    rows, metadata = page(call, pending, lambda invite: str(invite["id"]))
    return {"invites": [_shown(call, invite) for invite in rows], "response_metadata": metadata}


def _shown(call: SlackCall, invite: Json) -> Json:
    channel = call.store.get("slack.channel", invite["channel"]) or {"name": "", "is_private": False}
    return {
        "direction": "outgoing",
        "status": "sent",
        "date_last_updated": invite["created"],
        "invite_type": "channel",
        "invite": {
            "id": invite["id"],
            "date_created": invite["created"],
            "date_invalid": invite["created"] + LIFETIME,
            "inviting_team": {"id": call.team["id"], "name": call.team["name"]},
            "inviting_user": {"id": invite["by"], "team_id": call.team["id"]},
            **invite["recipient"],
        },
        "channel": {
            "id": invite["channel"],
            "is_im": False,
            "is_private": channel["is_private"],
            "name": channel["name"],
        },
        "acceptances": [],
    }
