"""What people do in the workspace, as far as an app can tell: they click, submit, command and write.

Each act is one transaction that prepares what is sent, the request, and one that does what came back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.settings import upsert
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.arguments import Arguments
from pdslack_cli.sandbox.slack.auth import SCOPES
from pdslack_cli.sandbox.slack.call import Caller, SlackCall
from pdslack_cli.sandbox.slack.content.blocks import read_content
from pdslack_cli.sandbox.slack.content.channels import kind_of
from pdslack_cli.sandbox.slack.content.messages import new_message
from pdslack_cli.sandbox.slack.families.beside import uploads
from pdslack_cli.sandbox.slack.families.members import conversation_with, new_conversation
from pdslack_cli.sandbox.slack.families.reactions import add_reaction, remove_reaction
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.slack.runtime import events, payloads, views
from pdslack_cli.sandbox.slack.runtime.app_endpoints import AppEndpoints
from pdslack_cli.sandbox.slack.runtime.delivery import AppDelivery, Heard
from pdslack_cli.sandbox.slack.runtime.filling import ActiveElement, active, blocks_of, clicked, filled
from pdslack_cli.sandbox.slack.runtime.response_urls import EPHEMERAL, answer, new_response_url, new_trigger
from pdslack_cli.sandbox.store import Store

MESSAGE_STATE = "slack.message_state"


class SlackPeople:
    """The people of the workspace. Each method names who acts by id, e-mail or name.

    Raises ValueError where there is no such person or channel.
    """

    def __init__(self, store: Store, clock: SandboxClock, delivery: AppDelivery, base: str) -> None:
        self._store, self._clock, self._delivery, self._base = store, clock, delivery, base

    def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        block_id: str = "",
        chosen: Json | None = None,
        values: Json | None = None,
    ) -> Json:
        """Click an element of a message, or choose in it: `chosen` is then as payloads have it.

        `values[block_id][action_id]` is what the person filled in elsewhere in the message before.
        """

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            message = self._message(call, channel, ts, person)
            blocks = blocks_of(message)
            acted = self._element(blocks, action_id, block_id)
            kept = call.store.get(MESSAGE_STATE, f"{person}:{message['id']}") or {}
            before = kept.get("values", {})
            given, state = clicked(call, blocks, before, acted, chosen or {}, values or {})
            upsert(call.store, MESSAGE_STATE, f"{person}:{message['id']}", {"values": state})
            payload = payloads.block_actions(call, person, message, acted, given, state)
            payload["trigger_id"] = new_trigger(call, person)
            payload["response_url"] = new_response_url(call, self._base, message["channel"], person, message)
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(user, prepare, self._delivery.interaction)

    def click_in_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        block_id: str = "",
        chosen: Json | None = None,
        values: Json | None = None,
    ) -> Json:
        """Click an element of an open view; `values` is what its form holds."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            view = views.of_person(call, view_id, person)
            acted, before = self._element(view["blocks"], action_id, block_id), view["state"]["values"]
            given, state = clicked(call, view["blocks"], before, acted, chosen or {}, values or {})
            view = views.with_values(call, view, state)
            payload = payloads.view_actions(call, person, views.shown(view), acted, given)
            payload["trigger_id"] = new_trigger(call, person)
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(user, prepare, self._delivery.interaction)

    def submit(self, user: str, view_id: str, values: Json) -> Json:
        """Send off the form of a view: `values[block_id][action_id]` as payloads have it."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            view = views.to_submit(call, view_id, person)
            state = filled(call, view["blocks"], view["state"]["values"], values, whole=True)
            view = views.with_values(call, view, state)
            payload = payloads.view_submission(call, person, views.shown(view))
            payload["trigger_id"] = new_trigger(call, person)
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(
            user,
            prepare,
            self._delivery.interaction,
            lambda call, _, reply: views.submitted(call, view_id, reply),
        )

    def upload(self, user: str, name: str, content: bytes) -> str:
        """Put a file into a form; its id."""
        with self._store.transaction():
            return uploads.from_person(self._app_call(), self._person(user), name, content)

    def close_view(self, user: str, view_id: str) -> Json:
        """Close a view without sending it; the app hears of it if it asked to."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json] | None:
            view = views.of_person(call, view_id, person)
            for one in views.stack_of(call, person) if view["clear_on_close"] else [view]:
                views.close(call, one)
            if not view["notify_on_close"]:
                return None
            common = payloads.common(call, "view_closed", person)
            payload = {**common, "view": views.shown(view), "is_cleared": view["clear_on_close"]}
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(user, prepare, self._delivery.interaction)

    def command(self, user: str, channel: str, command: str, text: str = "") -> Json:
        """Give a slash command; what the app answers at once is shown."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            place = self._writable(call, channel, person)
            fields = payloads.slash_command(call, person, place, command, text)
            fields["trigger_id"] = new_trigger(call, person)
            fields["response_url"] = new_response_url(call, self._base, place["id"], person, None)
            return AppEndpoints.read(self._store).command_url, fields

        def shown(call: SlackCall, fields: Json, reply: Any) -> Json:
            written = reply if isinstance(reply, dict) else {"text": str(reply)} if reply else {}
            content = read_content(replace(call, arguments=Arguments(written)))
            if content:
                only_for = "" if written.get("response_type") == "in_channel" else fields["user_id"]
                answer(call, fields["channel_id"], only_for, {"text": "", **content})
            return {}

        return self._act(user, prepare, self._delivery.command, shown)

    def shortcut(self, user: str, callback_id: str) -> Json:
        """Start a global shortcut."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            payload = payloads.shortcut(call, person, callback_id)
            payload["trigger_id"] = new_trigger(call, person)
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(user, prepare, self._delivery.interaction)

    def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Json:
        """Start a shortcut from the menu of a message."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            message = self._message(call, channel, ts, person)
            payload = payloads.message_shortcut(call, person, callback_id, message)
            payload["trigger_id"] = new_trigger(call, person)
            payload["response_url"] = new_response_url(call, self._base, message["channel"], person, message)
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(user, prepare, self._delivery.interaction)

    def suggest(self, user: str, view_id: str, action_id: str, typed: str = "", block_id: str = "") -> Json:
        """Type into a select of a view; the options that the app answers."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            view = views.of_person(call, view_id, person)
            acted = self._element(view["blocks"], action_id, block_id)
            place = payloads.in_view(views.shown(view))
            payload = payloads.block_suggestion(call, person, place, acted, typed)
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(user, prepare, self._delivery.interaction, _options)

    def suggest_in_message(
        self, user: str, channel: str, ts: str, action_id: str, typed: str = "", block_id: str = ""
    ) -> Json:
        """Type into a select of a message; the options that the app answers."""

        def prepare(call: SlackCall, person: str) -> tuple[str, Json]:
            message = self._message(call, channel, ts, person)
            acted = self._element(blocks_of(message), action_id, block_id)
            place = payloads.in_message(call, message, acted)
            payload = payloads.block_suggestion(call, person, place, acted, typed)
            return AppEndpoints.read(self._store).interactivity_url, payload

        return self._act(user, prepare, self._delivery.interaction, _options)

    def open_home(self, user: str) -> Json:
        """Open the Home tab of the app."""
        with self._store.transaction():
            person = self._person(user)
            call = self._app_call()
            place = conversation_with(call, [person]) or new_conversation(call, [person])
            published = [view for view in self._store.find(views.KIND, user=person) if view["type"] == "home"]
            view = views.shown(published[-1]) if published else None
            events.home_opened(call, person, place["id"], view)
        return {"ok": True, "view": view}

    def react(self, user: str, channel: str, ts: str, name: str, remove: bool = False) -> Json:
        """Put a reaction under a message, or take it away."""
        with self._store.transaction():
            person = self._person(user)
            message = self._message(self._app_call(), channel, ts, person)
            mark = Arguments({"channel": message["channel"], "timestamp": message["ts"], "name": name})
            scopes = tuple(SCOPES["user"].split())
            call = SlackCall(self._store, self._clock, Caller(kind="user", user=person, scopes=scopes), mark)
            (remove_reaction if remove else add_reaction)(call)
        return {"ok": True}

    def write(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Write a message."""
        with self._store.transaction():
            person = self._person(user)
            call = self._call(Caller(kind="user", user=person, scopes=tuple(SCOPES["user"].split())))
            place = self._writable(call, channel, person)
            thread = {"thread_ts": thread_ts} if thread_ts else {}
            message = new_message(call, place, text=text, **thread)
        return {"ok": True, "channel": message["channel"], "ts": message["ts"]}

    def _act(
        self,
        user: str,
        prepare: Callable[[SlackCall, str], tuple[str, Json] | None],
        send: Callable[[str, Json], Heard],
        after: Callable[[SlackCall, Json, Any], Json] = lambda *_: {},
    ) -> Json:
        """Prepare, send, and do what the app answered. Raises SlackRefusal for what nobody could do."""
        with self._store.transaction():
            prepared = prepare(self._app_call(), self._person(user))
        if prepared is None:
            return {"ok": True}
        _, payload = prepared
        reply = send(*prepared)
        if not reply.acknowledged:
            return {"ok": False, "error": reply.problem}
        with self._store.transaction():
            return {"ok": True, **after(self._app_call(), payload, reply.answer)}

    def _app_call(self) -> SlackCall:
        """A call in the app's own name: what its answers do."""
        return self._call(Caller(kind="bot", user=workspace.BOT_USER, scopes=tuple(SCOPES["bot"].split())))

    def _call(self, caller: Caller) -> SlackCall:
        return SlackCall(self._store, self._clock, caller, Arguments({}), base=self._base)

    def _person(self, wanted: str) -> str:
        for user in self._store.all("slack.user"):
            if wanted in (user["id"], user["name"], user.get("email"), user.get("real_name")):
                return str(user["id"])
        raise ValueError(f"nobody in the workspace is called {wanted!r}")

    def _channel(self, call: SlackCall, wanted: str) -> Json:
        found = call.store.find("slack.channel", name=wanted.removeprefix("#"))
        channel = found[0] if found else call.store.get("slack.channel", wanted)
        if channel is None:
            raise ValueError(f"there is no channel {wanted!r}")
        return channel

    def _visible(self, call: SlackCall, wanted: str, person: str) -> Json:
        channel = self._channel(call, wanted)
        if kind_of(channel) != "public_channel" and person not in channel["members"]:
            raise ValueError(f"the person is not in the channel {wanted!r}, and so does not see it")
        return channel

    def _writable(self, call: SlackCall, wanted: str, person: str) -> Json:
        channel = self._visible(call, wanted, person)
        if channel["is_archived"]:
            raise ValueError(f"the channel {wanted!r} is archived, and nobody can write in it")
        return channel

    def _message(self, call: SlackCall, channel: str, ts: str, person: str) -> Json:
        key = f"{self._visible(call, channel, person)['id']}:{ts}"
        message = call.store.get("slack.message", key)
        private = call.store.get(EPHEMERAL, key)
        if message is None and (private is None or private["only_for"] != person):
            raise SlackRefusal("message_not_found")
        return message or private or {}

    def _element(self, blocks: list[Any], action_id: str, block_id: str) -> ActiveElement:
        for one in active(blocks):
            if one.id == action_id and block_id in ("", one.block_id):
                return one
        raise SlackRefusal("action_not_found")


def _options(_: SlackCall, payload: Json, reply: Any) -> Json:
    """What an app suggests for a select."""
    known = reply if isinstance(reply, dict) else {}
    return {name: known[name] for name in ("options", "option_groups") if name in known}
