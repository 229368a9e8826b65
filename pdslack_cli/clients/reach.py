"""Whether a URL answers at all: of webhooks, which are neither vendor's."""

from __future__ import annotations

from pdslack_cli.clients.http.calls import NoAnswerError, reason_of

SECONDS = 5.0


def silence(url: str, ca_bundle: str | None = None) -> str:
    """Why a URL gives no answer to HEAD, which changes nothing; empty where it gives one.

    Any status counts as an answer but those of a broken server: what takes POST may refuse HEAD.
    """
    from pdslack_cli.clients.http.transport import Transport  # late: urllib3

    try:
        status = Transport(ca_bundle).send("HEAD", url, timeout=SECONDS).status
    except NoAnswerError as none:
        return reason_of(none.failure)
    return f"HTTP {status}" if status >= 500 else ""
