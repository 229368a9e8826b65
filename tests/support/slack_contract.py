"""Slack's own documentation as a judge: of what is sent to it, and of what a pretend Slack answers.

The samples are unions of every key ever seen, with dummy values (see their README): a key that is answered
must be in the sample of its method, and be of its type, but no key must be there. `ANSWERED_TOO` and
`REFUSED_TOO` name what only slack.md documents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from pdslack_cli.sandbox.calls import RecordedCall

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/reference/slack-samples"

AVAILABLE = SAMPLES.is_dir()

needs_samples = pytest.mark.skipif(
    not AVAILABLE, reason="Slack's samples are not beside this project (../shared/reference/slack-samples)"
)

ANSWERED_TOO = {
    ("*", "/needed"): "1.2",
    ("*", "/provided"): "1.2",
    ("*", "/warning"): "1.2",
    ("*", "/response_metadata"): "1.2",
    ("*", "/response_metadata/messages"): "1.2",
    ("*", "/response_metadata/warnings"): "1.2",
    ("*", "/response_metadata/next_cursor"): "1.2",
    ("*", "/errors"): "1.2",
    ("auth.revoke", "/revoked"): "2.1",
    ("apps.manifest.export", "/manifest/settings/is_hosted"): "3.4",
    ("conversations.info", "/channel/user"): "1.11, and the sample of conversations.list",
    ("conversations.info", "/channel/properties/canvas"): "2.2",
    ("conversations.leave", "/not_in_channel"): "2.2",
    ("conversations.replies", "/messages/username"): "2.6",
    ("pins.list", "/items/message"): "2.7",
    ("reactions.get", "/message/edited"): "11.2",
    ("usergroups.create", "/usergroup/user_count"): "2.4",
    ("usergroups.update", "/usergroup/user_count"): "2.4",
    ("usergroups.enable", "/usergroup/user_count"): "2.4",
    ("usergroups.disable", "/usergroup/user_count"): "2.4",
    ("usergroups.users.update", "/usergroup/user_count"): "2.4",
}
"""Keys that the sample of a method lacks, and the section of slack.md that has them; unjudged below."""

REFUSED_TOO = {
    ("*", "invalid_arguments"): "1.2",
    ("*", "invalid_auth"): "1.5",
    ("*", "internal_error"): "1.9",
    ("calls.info", "invalid_call_id"): "2.13",
    ("chat.postMessage", "invalid_attachments"): "5",
    ("chat.postMessage", "msg_too_long"): "2.6",
    ("chat.scheduleMessage", "invalid_attachments"): "5",
    ("chat.scheduleMessage", "msg_too_long"): "2.6",
    ("conversations.unarchive", "not_in_channel"): "2.2",
    ("users.getPresence", "user_not_found"): "2.3",
    ("conversations.replies", "not_in_channel"): "2.2",
    ("usergroups.update", "no_such_subteam"): "1.9",
    ("usergroups.enable", "no_such_subteam"): "1.9",
    ("usergroups.disable", "no_such_subteam"): "1.9",
    ("usergroups.users.update", "no_such_subteam"): "1.9",
    ("usergroups.enable", "already_enabled"): "2.4",
    ("usergroups.disable", "already_disabled"): "2.4",
    ("usergroups.update", "name_already_exists"): "2.4",
    ("usergroups.update", "handle_already_exists"): "2.4",
    ("usergroups.update", "bad_handle"): "2.4",
    ("usergroups.update", "forbidden_handle"): "2.4",
    ("usergroups.update", "description_too_long"): "2.4",
    ("usergroups.update", "invalid_channel_provided"): "2.4",
}
"""Codes that the reference of a method does not list, and the section of slack.md that has them."""

NOT_JUDGED = {
    "/args": "api.test says back what it hears",
    "/view/blocks": "the app's own, of which the sample has few",
}

DUMMY_ID = re.compile(r"[A-Z]0{7}\d")  # as a key: what the sample has under it, answers have under every id

ID_PREFIXES = {
    "id:channel": "CDG",
    "id:user_id": "UW",
    "id:subteam_id": "S",
    "id:app_id": "A",
    "id:workspace_id": "TE",
}


@cache
def facts() -> dict[str, Any]:
    """What Slack documents of each method, by its name."""
    return dict(json.loads((SAMPLES / "_method-facts.json").read_text())["methods"])


@cache
def common_errors() -> frozenset[str]:
    """The codes that any method may answer."""
    return frozenset(json.loads((SAMPLES / "_method-facts.json").read_text())["_common_errors"])


@cache
def sample(method: str) -> Any:
    """Every key the answer of a method may have; nothing is known of one without a sample."""
    path = SAMPLES / f"{method}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def call_problems(call: RecordedCall) -> list[str]:
    """Everything wrong with a recorded call, in what was sent (form, JSON or query) and what was answered."""
    method = call.path.removeprefix("/")
    sent = {**dict(parse_qsl(call.query)), **(call.request_body or {})}
    found = request_problems(
        method, sent, is_json=call.content_type == "application/json" and bool(call.sent)
    )
    return [*found, *(answer_problems(method, call.answer_body) if call.answered else ())]


def request_problems(method: str, arguments: Mapping[str, Any], is_json: bool = False) -> list[str]:
    """What is wrong with a request: an unknown method, or an argument unknown, missing or misshapen."""
    if method not in facts():
        return [f"{method}: no such method"]
    known = facts()[method]["args"]
    problems = [
        f"{method}: {name} is required"
        for name, fact in known.items()
        if fact["required"] and name not in arguments
    ]
    if is_json and not facts()[method]["json_body"]:
        problems.append(f"{method}: takes no JSON body")
    for name, value in arguments.items():
        if name == "token":
            continue
        if name not in known:
            problems.append(f"{method}: no argument is called {name}")
        elif complaint := _argument_problem(known[name], value):
            problems.append(f"{method}: {name}={value!r} {complaint}")
    return problems


def _argument_problem(fact: Mapping[str, Any], value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    kinds = fact["type"].split("|")
    if kinds == ["boolean"] and text not in ("0", "1", "true", "false"):
        return "is no boolean"
    if kinds == ["number"] and not re.fullmatch(r"-?\d+", text):
        return "is no number"
    if kinds == ["number"] and not fact.get("minimum", int(text)) <= int(text) <= fact.get(
        "maximum", int(text)
    ):
        return "is out of range"
    if kinds[0] in ID_PREFIXES and text[:1] not in ID_PREFIXES[kinds[0]]:
        return f"is no {kinds[0]}"
    if len(text) > fact.get("maxLength", len(text)):
        return f"is longer than {fact['maxLength']}"
    if text not in fact.get("enum", [text]):
        return f"is none of {fact['enum']}"
    return ""


def answer_problems(method: str, body: Any) -> list[str]:
    """What is wrong with an answer: a key or type that the sample does not have, or an undocumented code."""
    problems = list(_key_problems(method, body, sample(method), ""))
    if not body["ok"]:
        problems += error_problems(method, body["error"])
    return problems


def error_problems(method: str, error: str) -> list[str]:
    """What is wrong with a code: that nobody documents it."""
    if method == "api.test" or error in common_errors() or error in facts()[method]["errors"]:
        return []
    if ("*", error) in REFUSED_TOO or (method, error) in REFUSED_TOO:
        return []
    return [f"{method}: {error} is documented neither for it nor for all methods"]


def body_problems(name: str, body: Any) -> list[str]:
    """What is wrong with what Slack sends to an app, by the sample of that name."""
    return list(_key_problems(name, body, sample(name), ""))


def _key_problems(method: str, answered: Any, known: Any, pointer: str) -> Iterator[str]:
    """The sample's types are dummies: null fits all, and where it was cut (`{}`, `[]`) everything fits."""
    if answered is None or known in ({}, []) or pointer in NOT_JUDGED:
        return
    if isinstance(answered, bool) != isinstance(known, bool) or not isinstance(answered, type(known)):
        yield f"{method}: {pointer or '/'} is {type(answered).__name__}, in the sample {type(known).__name__}"
    elif isinstance(answered, dict):
        by_id = next((known[key] for key in known if DUMMY_ID.fullmatch(key)), None)
        for name, value in answered.items():
            here = f"{pointer}/{name}"
            if name in known or by_id is not None:
                yield from _key_problems(method, value, known.get(name, by_id), here)
            elif ("*", here) not in ANSWERED_TOO and (method, here) not in ANSWERED_TOO:
                yield f"{method}: {here} is not in the sample"
    elif isinstance(answered, list):
        for value in answered:
            yield from _key_problems(method, value, _union(known), pointer)


def _union(items: list[Any]) -> Any:
    if not all(isinstance(item, dict) for item in items):
        return items[0]
    return {name: value for item in items for name, value in item.items()}
