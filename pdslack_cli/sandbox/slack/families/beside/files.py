"""`files.*`: the data of canvases and uploads, not what is written in them (slack.md 2.12)."""

from __future__ import annotations

from pdslack_cli.model import Json
from pdslack_cli.sandbox.slack.call import SlackCall
from pdslack_cli.sandbox.slack.families.beside import canvases, uploads
from pdslack_cli.sandbox.slack.families.identity import workspace_url
from pdslack_cli.sandbox.slack.refused import SlackRefusal

TYPES = {"canvases": canvases.KIND, "canvas": canvases.KIND, "spaces": canvases.KIND}
"""Which kind of file each word of `types` means; all others mean uploads."""
USUAL = 100


def file_info(call: SlackCall) -> Json:
    """`files.info`."""
    return {"file": _shown(call, _existing(call, call.arguments.text("file")))}


def list_files(call: SlackCall) -> Json:
    """`files.list`: in pages with numbers, the newest first."""
    arguments = call.arguments
    types = set(arguments.words("types")) or {"all"}
    kinds = {TYPES.get(word, uploads.KIND) for word in types}
    if "all" in types:
        kinds = {canvases.KIND, uploads.KIND}
    files = [file for kind in kinds for file in call.store.all(kind) if file.get("complete", True)]
    channel, user = arguments.text("channel"), arguments.text("user")
    found = [
        file
        for file in sorted(files, key=lambda file: (int(file["created"]), str(file["id"])), reverse=True)
        if canvases.is_visible(call, file)
        and channel in ("", *file["channels"], *file["access"])
        and user in ("", file["user"])
    ]
    count, page = _number(call, "count", USUAL), _number(call, "page", 1)
    paging = {"count": count, "total": len(found), "page": page, "pages": -(-len(found) // count) or 1}
    return {
        "files": [_shown(call, file) for file in found[(page - 1) * count : page * count]],
        "paging": paging,
    }


def delete_file(call: SlackCall) -> Json:
    """`files.delete`: one's own."""
    file = _existing(call, call.arguments.text("file"))
    if file["user"] != call.caller.user:
        raise SlackRefusal("cant_delete_file")
    if "complete" in file:
        uploads.forget(call, file["id"])
    else:
        call.store.delete(canvases.KIND, file["id"])
    return {}


def download(call: SlackCall, id_: str) -> tuple[bytes, str]:
    """The bytes that `url_private` and `url_private_download` return, and their media type."""
    file = _existing(call, id_)
    if "complete" not in file:
        raise SlackRefusal("file_not_found")
    return uploads.content_of(call, id_), uploads.type_of(file)


def _existing(call: SlackCall, id_: str) -> Json:
    file = call.store.get(canvases.KIND, id_) or call.store.get(uploads.KIND, id_)
    if file is None or not file.get("complete", True) or not canvases.is_visible(call, file):
        raise SlackRefusal("file_not_found")
    return file


def _number(call: SlackCall, name: str, usual: int) -> int:
    asked = call.arguments.text(name)
    return max(1, min(int(asked), 1000)) if asked.isdecimal() else usual


def _shown(call: SlackCall, file: Json) -> Json:
    if "complete" in file:
        return uploads.shown(call, file)
    return {
        "id": file["id"],
        "created": file["created"],
        "timestamp": file["created"],
        "name": file["title"],
        "title": file["title"],
        "mimetype": "application/vnd.slack-docs",
        "filetype": "quip",
        "pretty_type": "Canvas",
        "user": file["user"],
        "user_team": call.team["id"],
        "editable": True,
        "mode": "quip",
        "size": len(file["markdown"].encode()),
        "is_external": False,
        "is_public": bool(file["channels"]),
        "updated": file["updated"],
        "edit_timestamp": file["updated"],
        "last_editor": file["last_editor"],
        "channels": file["channels"],
        "groups": [],
        "ims": [],
        "permalink": f"{workspace_url(call)}docs/{call.team['id']}/{file['id']}",
    }
