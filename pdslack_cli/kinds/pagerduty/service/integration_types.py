"""The types of integrations that PagerDuty knows by itself (pagerduty.md 5.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pdslack_cli.suggest import nearest

SUFFIX = "_inbound_integration"
TYPES: Mapping[str, str] = {
    "events-api-v2": "programs that send JSON to PagerDuty's Events API v2; the one for your own",
    "generic-events-api": "programs that send JSON to the older Events API v1",
    "event-transformer-api": "webhooks that PagerDuty translates; name their vendor instead, if it is listed",
    "aws-cloudwatch": "alarms of Amazon CloudWatch, through SNS",
    "cloudkick": "alerts of Cloudkick, a monitor of servers",
    "keynote": "alerts of Keynote, a monitor of web sites",
    "nagios": "alerts of Nagios, through PagerDuty's agent",
    "pingdom": "alerts of Pingdom, a monitor of web sites",
    "sql-monitor": "alerts of Redgate SQL Monitor",
}
"""The types that a file may name, and what sends to each."""
EMAIL_TYPE = "generic-email"
MAIL_WORDS = frozenset({EMAIL_TYPE, "email", "e-mail", "mail"})
_OWN_PROGRAMS = frozenset({"api", "event", "events", "http", "json", "rest", "webhook"})
_ALIKE, _ALIKE_EVENTS = 0.75, 0.6  # the names of many types begin with the same word


def type_word(value: Any) -> Any:
    """Convert PagerDuty's type (`events_api_v2_inbound_integration`) to ours (`events-api-v2`)."""
    if not isinstance(value, str):
        return value
    return re.sub(r"[\s_]+", "-", value.strip().lower().removesuffix(SUFFIX))


def is_type(word: str) -> bool:
    return type_word(word) in TYPES or type_word(word) in MAIL_WORDS


def near_type(word: str) -> str:
    """Return the type, or the word for mail, that another word may stand for, or ""."""
    written = type_word(word).removesuffix("-inbound")
    if written in _OWN_PROGRAMS:
        return "events-api-v2"
    if " " in word and not written.startswith("events-"):
        return ""  # a product
    alike = _ALIKE_EVENTS if written.startswith("event") else _ALIKE
    return nearest(written, TYPES, alike) or nearest(written, MAIL_WORDS, _ALIKE)
