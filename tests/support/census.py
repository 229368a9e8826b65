"""What the sandbox holds, in forms that two moments can be compared by."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import Any

from pdslack_cli.sandbox.server import Sandbox

# Slack announces a topic each time it is set, also when a repeat sets it again.
ANNOUNCEMENTS = "slack.message"

# Every write leaves one behind, whatever it changes.
AUDIT = "pagerduty.audit_record"

# How far the clock was moved, among others.
SETTING = "sandbox.setting"


def documents(sandbox: Sandbox) -> dict[tuple[str, str], Any]:
    """Every document that the sandbox holds, by kind and id, but settings and audit records."""
    database = sqlite3.connect(":memory:")
    database.deserialize(sandbox.snapshot())
    found = {
        (kind, id_): json.loads(text)
        for kind, id_, text in database.execute("SELECT kind, id, doc FROM document")
        if kind not in (AUDIT, SETTING)
    }
    database.close()
    return found


def census(sandbox: Sandbox) -> Counter[tuple[str, str]]:
    """How many objects of each kind and name there are."""
    counted: Counter[tuple[str, str]] = Counter()
    for (kind, _), document in documents(sandbox).items():
        if kind != ANNOUNCEMENTS:
            name = document.get("name") or document.get("label") or document.get("title") or ""
            counted[kind, str(name)] += 1
    return counted
