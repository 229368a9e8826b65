"""Uploads: a URL that takes the bytes, the file in its channels, a URL that returns them (slack.md 2.12)."""

from __future__ import annotations

import base64
import mimetypes
from typing import Any
from urllib.parse import quote

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.content.blocks import read_blocks, with_ids
from pdslack_cli.sandbox.slack.content.channels import find_channel, is_member
from pdslack_cli.sandbox.slack.content.messages import new_message
from pdslack_cli.sandbox.slack.content.text import marked_up
from pdslack_cli.sandbox.slack.families.identity import workspace_url
from pdslack_cli.sandbox.slack.refused import SlackRefusal, invalid_arguments

KIND = "slack.upload"
CONTENT = "slack.upload_content"
PATH = "/slack/hooks/upload"
DOWNLOADS = "/slack/files"
UNKNOWN_TYPE = "application/octet-stream"


def upload_url(call: SlackCall) -> Json:
    """`files.getUploadURLExternal`: where the bytes of one file go."""
    length = call.arguments.text("length")
    if not length.isdecimal() or int(length) < 1:
        raise invalid_arguments("must be an integer of at least 1 [json-pointer:/length]")
    file = _new(call, call.arguments.text("filename"), int(length), call.caller.user)
    call.store.insert(KIND, file["id"], {**file, "alt_txt": call.arguments.text("alt_txt")})
    return {"upload_url": f"{call.base}{PATH}/{file['id']}", "file_id": file["id"]}


def _new(call: SlackCall, name: str, size: int, user: str) -> Json:
    return {
        "id": call.new_id("F"),
        "title": name,
        "name": name,
        "user": user,
        "created": call.now,
        "updated": call.now,
        "size": size,
        "alt_txt": "",
        "received": None,
        "complete": False,
        "channels": [],
        "access": {},
    }


def receive(call: SlackCall, id_: str, content: bytes) -> str:
    """Take the bytes of a file; the text that answers."""
    file = call.store.get(KIND, id_)
    if file is None or file["complete"]:
        raise SlackRefusal("file_not_found")
    size = len(content)
    document = {"id": id_, "base64": base64.b64encode(content).decode()}
    keep = call.store.insert if file["received"] is None else call.store.replace
    keep(CONTENT, id_, document)
    call.store.replace(KIND, id_, {**file, "received": size})
    return f"OK - {size}"


def from_person(call: SlackCall, user: str, name: str, content: bytes) -> str:
    """The id of a new file that a person puts into a form of the calling app, which may read it."""
    file = _new(call, name, len(content), user)
    call.store.insert(KIND, file["id"], {**file, "access": {call.caller.user: "read"}})
    receive(call, file["id"], content)
    call.store.replace(KIND, file["id"], {**(call.store.get(KIND, file["id"]) or file), "complete": True})
    return str(file["id"])


def content_of(call: SlackCall, id_: str) -> bytes:
    """The bytes of a file."""
    return base64.b64decode((call.store.get(CONTENT, id_) or {"base64": ""})["base64"])


def forget(call: SlackCall, id_: str) -> None:
    """Delete a file with its bytes."""
    call.store.delete(KIND, id_)
    call.store.delete(CONTENT, id_)


def complete(call: SlackCall) -> Json:
    """`files.completeUploadExternal`: the files are there, and in the channels that are named."""
    wanted = call.arguments.structure("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise invalid_arguments("must be a list of at least 1 file [json-pointer:/files]")
    ids = [*call.arguments.words("channel_id"), *call.arguments.words("channels")]
    places = [_place(call, id_) for id_ in dict.fromkeys(ids)]
    files = [_completed(call, one, [place["id"] for place in places]) for one in wanted]
    for place in places:
        new_message(call, place, **_message(call, place, files))
    return {"files": [shown(call, file) for file in files]}


def _place(call: SlackCall, id_: str) -> Json:
    channel = find_channel(call, id_)
    if not is_member(call, channel):
        raise SlackRefusal("not_in_channel")
    if channel["is_archived"]:
        raise SlackRefusal("posting_to_channel_denied")
    return channel


def _completed(call: SlackCall, wanted: Json, channels: list[str]) -> Json:
    file = call.store.get(KIND, str(wanted.get("id")))
    if file is None or file["complete"] or file["received"] is None or file["user"] != call.caller.user:
        raise SlackRefusal("file_not_found")
    file = {
        **file,
        "title": str(wanted.get("title") or file["name"]),
        "size": file["received"],
        "complete": True,
        "channels": channels,
    }
    call.store.replace(KIND, file["id"], file)
    return file


def _message(call: SlackCall, place: Json, files: list[Json]) -> Json:
    message: dict[str, Any] = {
        "text": marked_up(call.arguments.text("initial_comment")),
        "files": [shown(call, file) for file in files],
        "upload": True,
    }
    if (blocks := read_blocks(call.arguments)) is not None:
        message["blocks"] = with_ids(call, blocks)
    if ts := call.arguments.text("thread_ts"):
        parent = call.store.get("slack.message", f"{place['id']}:{ts}") or {}
        message["thread_ts"] = parent.get("thread_ts", ts)
    return message


def type_of(file: Json) -> str:
    """The media type of a file, by its name."""
    return mimetypes.guess_type(file["name"])[0] or UNKNOWN_TYPE


def shown(call: SlackCall, file: Json) -> Json:
    """The file as answers have it."""
    extension = file["name"].rpartition(".")[2].lower() if "." in file["name"] else "text"
    place = f"{call.base}{DOWNLOADS}/{call.team['id']}-{file['id']}"
    name = quote(file["name"], safe="")
    return {
        "id": file["id"],
        "created": file["created"],
        "timestamp": file["created"],
        "name": file["name"],
        "title": file["title"],
        "mimetype": type_of(file),
        "filetype": extension,
        "pretty_type": extension.upper(),
        "user": file["user"],
        "user_team": call.team["id"],
        "editable": False,
        "size": file["size"],
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(file["channels"]),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{place}/{name}",
        "url_private_download": f"{place}/download/{name}",
        "permalink": f"{workspace_url(call)}files/{file['user']}/{file['id']}/{name}",
        "channels": file["channels"],
        "groups": [],
        "ims": [],
        **({"alt_txt": file["alt_txt"]} if file["alt_txt"] else {}),
    }
