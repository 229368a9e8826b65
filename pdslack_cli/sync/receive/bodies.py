"""Read the body of a request, up to a limit, before its signature is checked."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

LARGEST = 512 * 1024  # bytes; PagerDuty sends up to 256 KB


class RefusedBodyError(Exception):
    """The body cannot be taken: the status to answer with, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


TOO_LARGE = 413, "too large"
UNFINISHED = 400, "unfinished"  # which nobody reads any more


async def read_body(request: Request) -> bytes:
    """The raw body. Raises RefusedBodyError without reading further."""
    parts: list[bytes] = []
    size = 0
    if int(request.headers.get("content-length") or 0) > LARGEST:
        raise RefusedBodyError(*TOO_LARGE)
    try:
        async for part in request.stream():
            size += len(part)
            if size > LARGEST:
                raise RefusedBodyError(*TOO_LARGE)
            parts.append(part)
    except ClientDisconnect:
        raise RefusedBodyError(*UNFINISHED) from None
    return b"".join(parts)
