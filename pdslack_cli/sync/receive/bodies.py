"""Read the body of a request, up to a limit: nobody fills the memory before the signature is checked."""

from __future__ import annotations

from starlette.requests import Request

LARGEST = 512 * 1024  # bytes; PagerDuty sends up to 256 KB


class TooLargeBodyError(Exception):
    """The body is larger than the limit."""


async def read_body(request: Request) -> bytes:
    """The raw body. Raises TooLargeBodyError without reading further."""
    parts: list[bytes] = []
    size = 0
    if int(request.headers.get("content-length") or 0) > LARGEST:
        raise TooLargeBodyError
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise TooLargeBodyError
        parts.append(part)
    return b"".join(parts)
