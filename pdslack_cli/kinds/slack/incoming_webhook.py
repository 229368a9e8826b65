"""The incoming webhook of a channel: an address that posts there, for senders that can do no better.

Slack has no API to make one (slack.md 6): a person makes it on the page of an app. Its address is a secret.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.secret import SecretText

HOW_TO_MAKE = (
    "Slack has no API to make one: on https://api.slack.com/apps choose the app, Incoming Webhooks, Add New "
    "Webhook, and #{channel}; set an environment variable to its address, and refer to that here"
)
SCOPE = "incoming-webhook"

_ADDRESS = re.compile(r"https?://[^\s/?#]+/(?:[^\s?#]+/)?services/T\w+/B\w+/\w+")


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _address(value: SecretText) -> SecretText:
    # The message must not show the value.
    if not _ADDRESS.fullmatch(value.get_secret_value()):
        raise problem(
            "this is not the address of an incoming webhook",
            "it begins with https://hooks.slack.com: write `${NAME}`, and set PDSLACK_VAR_NAME",
        )
    return value


IncomingWebhook = Annotated[
    Annotated[SecretText, AfterValidator(_address)] | None,
    BeforeValidator(_none_if_empty),
    WithJsonSchema({"type": ["string", "null"], "examples": ["${INCIDENTS_WEBHOOK}"]}),
]
"""Its address; empty or null where nobody has made it yet."""
