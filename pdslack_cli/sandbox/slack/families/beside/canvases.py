"""`canvases.*`: documents in Markdown, which nobody can read back (slack.md 2.9)."""

from __future__ import annotations

import re
from typing import Any

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.channels import find_channel, is_member, save_channel
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments

KIND = "slack.file"
LARGEST = 1024 * 1024
LEVELS = ("read", "write", "owner")
HEADER = re.compile(r"(#{1,3}) +(.*)")


def create_canvas(call: SlackCall) -> Json:
    """`canvases.create`: seen by nobody but its author until it is shared or in a channel."""
    channel = _channel(call) if "channel_id" in call.arguments else None
    return {"canvas_id": _new_canvas(call, channel)["id"]}


def create_channel_canvas(call: SlackCall) -> Json:
    """`conversations.canvases.create`: one for each channel."""
    channel = _channel(call)
    if channel.get("canvas"):
        raise SlackRefusal("channel_canvas_already_exists")
    return {"canvas_id": _new_canvas(call, channel)["id"]}


def _channel(call: SlackCall) -> Json:
    try:
        channel = find_channel(call, call.arguments.text("channel_id"))
    except SlackRefusal as refused:
        raise SlackRefusal("canvas_creation_failed", detail=str(refused)) from refused
    if channel["is_archived"] or not is_member(call, channel):
        raise SlackRefusal("canvas_creation_failed", detail="not_in_channel")
    return channel


def _new_canvas(call: SlackCall, channel: Json | None) -> Json:
    content = call.arguments.structure("document_content")
    canvas: Json = {
        "id": call.new_id("F"),
        "title": call.arguments.text("title") or "Untitled",
        "user": call.caller.user,
        "last_editor": call.caller.user,
        "created": call.now,
        "updated": call.now,
        "markdown": "" if content is None else _markdown(content),
        "channels": [channel["id"]] if channel else [],
        "access": {},
        "channel_canvas": channel is not None,
    }
    call.store.insert(KIND, canvas["id"], canvas)
    if channel is not None:
        save_channel(call, {**channel, "canvas": canvas["id"]})
    return canvas


def edit_canvas(call: SlackCall) -> Json:
    """`canvases.edit`: exactly one change."""
    canvas = existing(call)
    changes = call.arguments.structure("changes")
    if not isinstance(changes, list) or len(changes) != 1 or not isinstance(changes[0], dict):
        raise invalid_arguments("must have exactly 1 item [json-pointer:/changes]")
    written = {"updated": call.now, "last_editor": call.caller.user}
    changed = {**canvas, **_edited(canvas, changes[0]), **written}
    if len(changed["markdown"].encode()) > LARGEST:
        raise SlackRefusal("canvas_too_large")
    call.store.replace(KIND, canvas["id"], changed)
    return {}


def _edited(canvas: Json, change: Json) -> Json:
    before = canvas["markdown"]
    match change.get("operation"):
        case "rename":
            return {"title": _markdown(change.get("title_content"))}
        case "replace" if not change.get("section_id"):
            return {"markdown": _markdown(change.get("document_content"))}
        case "insert_at_start":
            return {"markdown": f"{_markdown(change.get('document_content'))}\n{before}"}
        case "insert_at_end":
            return {"markdown": f"{before}\n{_markdown(change.get('document_content'))}"}
        case "insert_before" | "insert_after" | "replace" | "delete" as operation:
            return {"markdown": _with_section(canvas, operation, change)}
    raise invalid_arguments("must be an operation on a canvas [json-pointer:/changes/0/operation]")


def _with_section(canvas: Json, operation: str, change: Json) -> str:
    """The document after a change of one section, which here is one line of it."""
    lines = canvas["markdown"].split("\n")
    ids = [section_id(canvas, line) for line in range(len(lines))]
    if change.get("section_id") not in ids:
        raise SlackRefusal("canvas_editing_failed", detail="the section was not found")
    at = ids.index(change["section_id"])
    if operation == "delete":
        return "\n".join(lines[:at] + lines[at + 1 :])
    new = _markdown(change.get("document_content"))
    before, after = (at, at) if operation == "insert_before" else (at + 1, at + 1)
    if operation == "replace":
        before, after = at, at + 1
    return "\n".join([*lines[:before], new, *lines[after:]])


def _markdown(content: Any) -> str:
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise invalid_arguments("must be of the type markdown [json-pointer:/document_content]")
    text = str(content.get("markdown", ""))
    if len(text.encode()) > LARGEST:
        raise SlackRefusal("canvas_creation_failed", detail="the content is larger than 1 MiB")
    return text


def look_up_sections(call: SlackCall) -> Json:
    """`canvases.sections.lookup`: ids alone, never content."""
    canvas = existing(call)
    criteria = call.arguments.structure("criteria")
    if not isinstance(criteria, dict) or not (criteria.get("section_types") or criteria.get("contains_text")):
        raise invalid_arguments("must have section_types or contains_text [json-pointer:/criteria]")
    types, text = criteria.get("section_types") or [], str(criteria.get("contains_text") or "")
    found = []
    for number, line in enumerate(canvas["markdown"].split("\n")):
        header = HEADER.fullmatch(line)
        fits = not types or (header and {"any_header", f"h{len(header[1])}"} & set(types))
        if fits and text in line:
            found.append({"id": section_id(canvas, number)})
    return {"sections": found}


def section_id(canvas: Json, line: int) -> str:
    """The id of a line of a canvas."""
    return f"temp:C:{canvas['id']}{line:06d}"


def set_access(call: SlackCall) -> Json:
    """`canvases.access.set`: not for canvases of channels, whose access follows the channel."""
    canvas, subjects = _shared(call)
    level = call.arguments.text("access_level")
    if level not in LEVELS or (level == "owner" and "channel_ids" in call.arguments):
        raise SlackRefusal("invalid_parameters")
    access = {**canvas["access"], **dict.fromkeys(subjects, level)}
    call.store.replace(KIND, canvas["id"], {**canvas, "access": access})
    return {}


def delete_access(call: SlackCall) -> Json:
    """`canvases.access.delete`."""
    canvas, subjects = _shared(call)
    access = {name: level for name, level in canvas["access"].items() if name not in subjects}
    call.store.replace(KIND, canvas["id"], {**canvas, "access": access})
    return {}


def _shared(call: SlackCall) -> tuple[Json, list[str]]:
    canvas = existing(call)
    if canvas["channel_canvas"]:
        raise SlackRefusal("canvas_not_found")
    if ("channel_ids" in call.arguments) == ("user_ids" in call.arguments):
        raise SlackRefusal("invalid_parameters")
    kind = "channel" if "channel_ids" in call.arguments else "user"
    subjects = call.arguments.words(f"{kind}_ids")
    if any(call.store.get(f"slack.{kind}", one) is None for one in subjects):
        raise SlackRefusal(f"{kind}_not_found")
    return canvas, subjects


def delete_canvas(call: SlackCall) -> Json:
    """`canvases.delete`."""
    canvas = existing(call)
    call.store.delete(KIND, canvas["id"])
    for id_ in canvas["channels"]:
        channel = call.store.get("slack.channel", id_)
        if channel is not None:
            call.store.replace("slack.channel", id_, {**channel, "canvas": ""})
    return {}


def existing(call: SlackCall) -> Json:
    """The canvas of a call, if the caller may see it."""
    canvas = call.store.get(KIND, call.arguments.text("canvas_id"))
    if canvas is None or not is_visible(call, canvas):
        raise SlackRefusal("canvas_not_found")
    return canvas


def is_visible(call: SlackCall, canvas: Json) -> bool:
    """Whether the caller made a canvas, or was given access, or is in its channel."""
    if call.caller.user in (canvas["user"], *canvas["access"]):
        return True
    places = [call.store.get("slack.channel", id_) for id_ in (*canvas["channels"], *canvas["access"])]
    return any(place is not None and is_member(call, place) for place in places)
