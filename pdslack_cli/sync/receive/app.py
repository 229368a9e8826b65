"""The web application: the routes for PagerDuty, Slack and operators."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pdslack_cli.model import Json
from pdslack_cli.sync.operate.metrics import Metrics

Endpoint = Callable[[Request], Awaitable[Response]]
Health = Callable[[], Sequence[str]]
"""What is wrong now; nothing where all is well."""


def web_app(
    webhook: Endpoint,
    slack: Endpoint,
    status: Endpoint,
    live: Health,
    ready: Health,
    metrics: Metrics,
    background: Callable[[], Awaitable[None]] | None,
) -> Starlette:
    """The routes; `background` runs in the same loop for as long as the application does."""

    async def healthz(_: Request) -> Response:
        return health(live())

    async def readyz(_: Request) -> Response:
        return health(await asyncio.to_thread(ready))  # it asks the database

    async def figures(_: Request) -> Response:
        return PlainTextResponse(metrics.text(), media_type="text/plain; version=0.0.4")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        running = asyncio.ensure_future(background()) if background else None
        yield
        if running:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/pagerduty/webhook", webhook, methods=["POST"]),
            *(Route(f"/slack/{name}", slack, methods=["POST"]) for name in ("actions", "commands", "events")),
            Route("/status", status),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", figures),
        ],
    )


def health(problems: Sequence[str]) -> Response:
    """The response of a health check."""
    body: Json = {"ok": not problems, "problems": list(problems)}
    # Escaped to ASCII: an answer may be read in a terminal.
    return Response(json.dumps(body), 503 if problems else 200, media_type="application/json")
