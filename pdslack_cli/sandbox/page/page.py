"""The page over HTTP: the document, its static files, its forms, and the stream of changes."""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import urlencode

from werkzeug import Request, Response
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from pdslack_cli.sandbox.clock import SandboxClock
from pdslack_cli.sandbox.faults import Faults
from pdslack_cli.sandbox.page.acts import PageActs
from pdslack_cli.sandbox.page.on_call_pane import OnCallPane
from pdslack_cli.sandbox.page.pagerduty_pane import PagerDutyPane
from pdslack_cli.sandbox.page.people import acting_people, chosen_person
from pdslack_cli.sandbox.page.slack_pane import SlackPane
from pdslack_cli.sandbox.page.stream import changes
from pdslack_cli.sandbox.page.templating import TEMPLATES
from pdslack_cli.sandbox.pagerduty import SandboxPagerDuty
from pdslack_cli.sandbox.slack import SandboxSlack
from pdslack_cli.sandbox.store import Store
from pdslack_cli.sandbox.timekeeper import Timekeeper

STREAM = "/_sandbox/changes"
OWN = "/_page/"
STATIC = {"page.js": "text/javascript", "style.css": "text/css"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ADDRESS = ("as", "channel", "thread", "incident", "messages", "incidents")
"""The query of the page's address: who looks, at what, and how much of it is listed."""


class Shown(Protocol):
    """The sandbox, as far as the page reaches."""

    store: Store
    clock: SandboxClock
    time: Timekeeper
    faults: Faults
    slack: SandboxSlack
    pagerduty: SandboxPagerDuty


class Page:
    """The page of one sandbox."""

    def __init__(self, sandbox: Shown) -> None:
        self._sandbox = sandbox
        self._acts = PageActs(sandbox.store, sandbox.time, sandbox.faults, sandbox.pagerduty, sandbox.slack)

    def __call__(self, request: Request) -> Response:
        """Answer a request for `/`, for the stream, or below `/_page/`."""
        response = self._answer(request)
        response.headers.update(HEADERS)
        return response

    def _answer(self, request: Request) -> Response:
        if request.path == STREAM:
            return Response(changes(self._sandbox.store.revision), mimetype="text/event-stream")
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return self._document(request.args)
        name = request.path.removeprefix(OWN)
        if name in STATIC and request.method in ("GET", "HEAD"):
            content = files("pdslack_cli.sandbox.page").joinpath("static", name).read_bytes()
            return Response(content, mimetype=STATIC[name])
        if name in self._acts and request.method == "POST":
            with request:  # closes the files of a form
                return self._act(name, request)
        return Response("the page has nothing there\n", HTTPStatus.NOT_FOUND, mimetype="text/plain")

    def _act(self, name: str, request: Request) -> Response:
        """Do what a form asks for, and show the page again; where it cannot be done, with the reason."""
        address: MultiDict[str, str] = MultiDict({part: request.form.get(f"_{part}", "") for part in ADDRESS})
        person = chosen_person(acting_people(self._sandbox.store), address["as"])
        try:
            form = self._acts.with_uploads(request.form, request.files, person)
            self._acts.perform(name, form, person)
        except BadRequest as refused:
            return self._document(address, refused.description or "", HTTPStatus.BAD_REQUEST)
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location(address)})

    def _document(
        self, address: MultiDict[str, str], problem: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        store = self._sandbox.store
        template = TEMPLATES.get_template("page.html")

        def at(**changed: str) -> str:
            return location({**address.to_dict(), **changed})

        with store.transaction():
            api = self._sandbox.pagerduty.account()
            people = acting_people(store)
            person = chosen_person(people, address.get("as", ""))
            slack = SlackPane(store, person, address, at, self._acts.suggested.get(person.slack, {}))
            content = template.render(
                people=people,
                person=person,
                slack=slack,
                pagerduty=PagerDutyPane(store, api, address),
                on_call=OnCallPane(api),
                faults=[fault for fault, matched in self._sandbox.faults.waiting() if matched < fault.last],
                now=self._sandbox.clock.now(),
                problem=problem,
                errors=self._acts.errors,
                unsent=self._acts.unsent,
                address={name: address.get(name, "") for name in ADDRESS},
                at=at,
            )
        return Response(content, status, mimetype="text/html")


def location(address: Any) -> str:
    """The page's own URL for an address."""
    parts = {name: address.get(name) for name in ADDRESS if address.get(name)}
    return f"/?{urlencode(parts)}" if parts else "/"
