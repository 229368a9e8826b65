"""Whether a URL answers at all: of webhooks, which are neither vendor's."""

from __future__ import annotations

from pdslack_cli.clients.calls import reason_of

SECONDS = 5.0


def silence(url: str, ca_bundle: str | None = None) -> str:
    """Why a URL gives no answer to HEAD, which changes nothing; empty where it gives one.

    Any status counts as an answer but those of a broken server: what takes POST may refuse HEAD.
    """
    from requests import RequestException, head

    try:
        status = head(
            url,
            timeout=SECONDS,
            verify=ca_bundle or True,
            allow_redirects=False,
            auth=lambda request: request,  # else requests sends what ~/.netrc or the URL itself holds
        ).status_code
    except RequestException as failure:
        return reason_of(failure)
    return f"HTTP {status}" if status >= 500 else ""
