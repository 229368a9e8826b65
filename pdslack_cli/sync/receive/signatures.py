"""The signature of PagerDuty's webhooks (pagerduty.md 9.2). Slack's is checked by slack_bolt."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "v1="


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Whether one of the signatures in the header was made of the raw body with one of the secrets."""
    given = [
        part.strip().removeprefix(PREFIX) for part in header.split(",") if part.strip().startswith(PREFIX)
    ]
    expected = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    # All are compared, each in constant time: how long it takes tells nothing.
    equal = [
        hmac.compare_digest(one.encode(), other.lower().encode("ascii", "replace"))
        for one in expected
        for other in given
    ]
    return any(equal)
