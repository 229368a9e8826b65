"""Check whether the URL of a webhook is reachable."""

from __future__ import annotations

from pdslack_cli.clients.http.calls import NoAnswerError, reason_of

SECONDS = 5.0


def unreachable_reason(url: str, ca_bundle: str | None = None) -> str:
    """Why a URL does not answer a HEAD request, which changes nothing; empty if it answers.

    Any status below 500 counts as an answer: a server for POST requests may refuse HEAD.
    """
    from pdslack_cli.clients.http.transport import Transport  # late: urllib3

    try:
        status = Transport(ca_bundle).send("HEAD", url, timeout=SECONDS).status
    except NoAnswerError as none:
        return reason_of(none.failure)
    return f"HTTP {status}" if status >= 500 else ""
