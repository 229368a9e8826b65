"""Views: modals in a stack, and App Home (slack.md 2.8)."""

from __future__ import annotations

import json
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack import workspace
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.blocks import check_surface, surface_problems, with_ids
from pdslack_cli.sandbox.slack.content.shapes import SURFACES
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments
from pdslack_cli.sandbox.slack.runtime.response_urls import use_trigger

KIND = "slack.view"
LARGEST = 250_000
MOST_IN_A_STACK = 3


def open_view(call: SlackCall) -> Json:
    """`views.open`: the first of a stack, for the person whose act the trigger is."""
    wanted = _wanted(call, "modal")
    person = use_trigger(call, call.arguments.text("trigger_id"))
    return {"view": shown(_new(call, wanted, person, None))}


def push_view(call: SlackCall) -> Json:
    """`views.push`: one more on top of the person's stack."""
    wanted = _wanted(call, "modal")
    person = use_trigger(call, call.arguments.text("trigger_id"))
    stack = stack_of(call, person)
    if len(stack) >= MOST_IN_A_STACK:
        raise SlackRefusal("push_limit_reached")
    return {"view": shown(_new(call, wanted, person, stack[-1] if stack else None))}


def update_view(call: SlackCall) -> Json:
    """`views.update`: by id, or by the app's own id; with a hash only if nobody was faster."""
    view_id, external = call.arguments.text("view_id"), call.arguments.text("external_id")
    found = call.store.find(KIND, external_id=external) if external else []
    view = found[0] if found else existing(call, view_id)
    if call.arguments.text("hash", view["hash"]) != view["hash"]:
        raise SlackRefusal("hash_conflict")
    return {"view": shown(replaced(call, view, _wanted(call, view["type"])))}


def publish_view(call: SlackCall) -> Json:
    """`views.publish`: the Home tab of one person."""
    person = call.arguments.text("user_id")
    if call.store.get("slack.user", person) is None:
        raise SlackRefusal("user_not_found")
    wanted = _wanted(call, "home")
    homes = [view for view in call.store.find(KIND, user=person) if view["type"] == "home"]
    if homes and call.arguments.text("hash", homes[0]["hash"]) != homes[0]["hash"]:
        raise SlackRefusal("hash_conflict")
    return {"view": shown(replaced(call, homes[0], wanted) if homes else _new(call, wanted, person, None))}


def validate_blocks(call: SlackCall) -> Json:
    """`blocks.validate`: what is wrong with the one of `blocks`, `message` and `view` that is given."""
    given = [name for name in ("blocks", "message", "view") if name in call.arguments]
    if len(given) != 1:
        raise invalid_arguments("must define exactly one of `blocks`, `message` or `view`")
    name = given[0]
    error = f"invalid_{name}"
    content = call.arguments.structure(name, error)
    holder = {"blocks": content} if name == "blocks" else content
    if not isinstance(holder, dict):
        raise SlackRefusal(error)
    surface = str(holder.get("type")) if name == "view" else "message"
    if surface not in SURFACES:
        raise SlackRefusal(error)
    problems = surface_problems({"blocks": [], **holder}, surface, "")
    if problems:
        parts = [problem.removesuffix("]").partition(" [json-pointer:") for problem in problems]
        raise SlackRefusal(error, errors=[{"message": what, "pointer": where} for what, _, where in parts])
    return {}


def existing(call: SlackCall, view_id: str) -> Json:
    """An open view. Raises SlackRefusal."""
    view = call.store.get(KIND, view_id)
    if view is None:
        raise SlackRefusal("not_found")
    return view


def of_person(call: SlackCall, view_id: str, person: str) -> Json:
    """An open view that this person sees. Raises SlackRefusal or ValueError."""
    view = existing(call, view_id)
    if view["user"] != person:
        raise ValueError(f"the view {view_id!r} is open for somebody else")
    if view["type"] == "modal" and stack_of(call, person)[-1]["id"] != view_id:
        raise ValueError(f"another view is open on top of {view_id!r}")
    return view


def to_submit(call: SlackCall, view_id: str, person: str) -> Json:
    """The same, with a button that sends it."""
    view = of_person(call, view_id, person)
    if view["type"] == "home" or not view["submit"]:
        raise ValueError(f"the view {view_id!r} has no button that sends it")
    return view


def stack_of(call: SlackCall, person: str) -> list[Json]:
    """The open modals of a person, the lowest first."""
    return [view for view in call.store.find(KIND, user=person) if view["type"] == "modal"]


def close(call: SlackCall, view: Json) -> None:
    """Take a view off its stack."""
    call.store.delete(KIND, view["id"])


def replaced(call: SlackCall, view: Json, wanted: Json) -> Json:
    """Other content in the same view; what was filled in stays in elements that keep their ids."""
    new = {**view, **wanted, "hash": _hash(call)}
    call.store.replace(KIND, view["id"], new)
    return new


def with_values(call: SlackCall, view: Json, values: Json) -> Json:
    """The view with what a person filled in."""
    new = {**view, "state": {"values": values}}
    call.store.replace(KIND, view["id"], new)
    return new


def submitted(call: SlackCall, view_id: str, reply: Any) -> Json:
    """What the answer to a submission does: errors stay, another view comes, or it closes.

    Raises ValueError for an answer that Slack does not take.
    """
    view = existing(call, view_id)
    given = reply if isinstance(reply, dict) else {}
    match given.get("response_action"):
        case "errors":
            return {"errors": _errors(view, given.get("errors"))}
        case "update":
            replaced(call, view, checked(call, given.get("view"), "modal"))
        case "push":
            if len(stack_of(call, view["user"])) >= MOST_IN_A_STACK:
                raise SlackRefusal("push_limit_reached")
            _new(call, checked(call, given.get("view"), "modal"), view["user"], view)
        case "clear":
            for one in stack_of(call, view["user"]):
                close(call, one)
        case None:
            close(call, view)
        case other:
            raise ValueError(f"the app answered with the unknown response_action {other!r}")
    return {}


def _errors(view: Json, errors: Any) -> Json:
    blocks = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise ValueError("the app answered with errors, but `errors` names no block")
    if unknown := sorted(errors.keys() - blocks):
        raise ValueError(f"the app answered with an error for {unknown[0]!r}, which is no input of the view")
    return errors


def shown(view: Json) -> Json:
    """A view as answers and payloads have it."""
    return {name: value for name, value in view.items() if name != "user"}


def _new(call: SlackCall, wanted: Json, person: str, below: Json | None) -> Json:
    id_ = call.new_id("V")
    view = {
        "id": id_,
        "team_id": call.team["id"],
        "app_id": workspace.APP,
        "bot_id": workspace.BOT,
        "app_installed_team_id": call.team["id"],
        "hash": _hash(call),
        "state": {"values": {}},
        "previous_view_id": below["id"] if below else None,
        "root_view_id": below["root_view_id"] if below else id_,
        "user": person,
        **wanted,
    }
    if wanted["external_id"] and call.store.find(KIND, external_id=wanted["external_id"]):
        raise SlackRefusal("duplicate_external_id")
    call.store.insert(KIND, id_, view)
    return view


def _hash(call: SlackCall) -> str:
    return f"{call.now}.{call.store.next_number():08x}"


def _wanted(call: SlackCall, kind: str) -> Json:
    return checked(call, call.arguments.structure("view"), kind)


def checked(call: SlackCall, view: Any, kind: str) -> Json:
    """A view that an app sent, with its defaults and ids. Raises SlackRefusal."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise invalid_arguments(f"must be a view of the type {kind} [json-pointer:/view/type]")
    if len(json.dumps(view)) > LARGEST:
        raise SlackRefusal("view_too_large")
    given = {name: value for name, value in view.items() if value is not None}
    check_surface(given, kind, "/view", "invalid_arguments")
    return {
        "type": kind,
        **{name: given.get(name) for name in ("title", "submit", "close")},
        "blocks": with_ids(call, given["blocks"]),
        **{name: given.get(name, "") for name in ("callback_id", "external_id", "private_metadata")},
        **{name: given.get(name, False) for name in ("clear_on_close", "notify_on_close")},
    }
