"""The status page: open incidents and their messages, the queue, the last errors. Behind a token."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment
from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pdslack_cli.sync.operate.queue import counts, parked
from pdslack_cli.sync.storage.database import DATABASE_FAILURES, Database, reason_of
from pdslack_cli.sync.storage.tables import incidents, messages
from pdslack_cli.visible import one_line

MOST_INCIDENTS = 200
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
}


def _shown(value: Any) -> Any:
    """A value on the page: texts of others change no direction of writing."""
    return type(value)(one_line(value)) if isinstance(value, str) else value


PAGE = Environment(autoescape=True, trim_blocks=True, finalize=_shown).from_string("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta http-equiv="refresh" content="15"><title>pdslack serve</title>
<style>
body { font: 15px system-ui; margin: 2rem; max-width: 70rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .3rem .8rem; border-bottom: 1px solid #ddd }
.bad { color: #b00020 }
</style>
</head>
<body>
<h1>pdslack serve</h1>
<p>{% if problems %}<b class="bad">{{ problems|join("; ") }}</b>{% else %}All is well.{% endif %}
 Database: {{ database }}.</p>
<h2>Queue</h2>
<table><tr><th>what</th><th>state</th><th>rows</th></tr>
{% for (table, state), number in counts.items() %}
<tr><td>{{ table }}</td><td>{{ state }}</td><td>{{ number }}</td></tr>
{% endfor %}
</table>
<h2>Open incidents ({{ incidents|length }})</h2>
<table><tr><th>incident</th><th>service</th><th>status</th><th>urgency</th><th>messages</th>
<th>not read yet</th></tr>
{% for row in incidents %}
<tr><td>#{{ row.number }} {{ row.title }}</td><td>{{ row.service }}</td><td>{{ row.status }}</td>
<td>{{ row.urgency }}</td><td>{{ places.get(row.id, [])|join(", ") }}</td>
<td class="bad">{{ row.unread or "" }}</td></tr>
{% endfor %}
</table>
<h2>Parked work and errors</h2>
<table><tr><th>id</th><th>about</th><th>state</th><th>error</th></tr>
{% for one in parked %}
<tr><td>{{ one.id }}</td><td>{{ one.about }}</td><td>{{ one.state }}</td><td>{{ one.error }}</td></tr>
{% endfor %}
</table>
</body>
</html>
""")


class StatusPage:
    """Answers `GET /status`; there is no page where no token is set."""

    def __init__(self, database: Database, token: str, problems: Any) -> None:
        self._database, self._token, self._problems = database, token, problems

    async def respond(self, request: Request) -> Response:
        if not self._token:
            return PlainTextResponse("set PDSLACK_STATUS_TOKEN to see the status page\n", 404)
        header = request.headers.get("authorization", "")
        given = header.removeprefix("Bearer ") or request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return PlainTextResponse("the token is missing or wrong\n", 401, {"WWW-Authenticate": "Bearer"})
        try:
            page = await asyncio.to_thread(self._page)
        except DATABASE_FAILURES as error:
            return PlainTextResponse(f"the database failed: {one_line(reason_of(error))}\n", 503)
        return HTMLResponse(page, headers=HEADERS)

    def _page(self) -> str:
        found = self._database.read(_read)
        return PAGE.render(**found, problems=self._problems(), database=self._database.name)


def _read(connection: Connection) -> Mapping[str, Any]:
    opened = select(incidents).where(incidents.c.status != "resolved").order_by(incidents.c.number.desc())
    rows: Sequence[Any] = connection.execute(opened.limit(MOST_INCIDENTS)).all()
    places: dict[str, list[str]] = {}
    for row in connection.execute(
        select(messages.c.incident, messages.c.channel, messages.c.posted_to, messages.c.state).where(
            messages.c.incident.in_([row.id for row in rows])
        )
    ):
        places.setdefault(row.incident, []).append(f"{row.posted_to or row.channel} ({row.state})")
    return {
        "incidents": rows,
        "places": places,
        "counts": counts(connection),
        "parked": parked(connection, failing=True),
    }
