"""What the forms of the page do: each act through the vendors' runtime, in the name of a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest

from pdslack_cli.model import Json
from pdslack_cli.sandbox import strict_json
from pdslack_cli.sandbox.faults import OF_WEBHOOKS, Fault, Faults
from pdslack_cli.sandbox.page.elements import from_form, offering, values_from
from pdslack_cli.sandbox.page.people import ActingPerson
from pdslack_cli.sandbox.pagerduty import SandboxPagerDuty
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.families.incidents import events
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.pagerduty.runtime import changes, informing, lifecycle
from pdslack_cli.sandbox.slack import SandboxSlack
from pdslack_cli.sandbox.slack.content.block_kit import options_of
from pdslack_cli.sandbox.slack.refused import SlackRefusal
from pdslack_cli.sandbox.slack.runtime import views
from pdslack_cli.sandbox.slack.runtime.filling import ActiveElement, NotFilledIn, active, blocks_of
from pdslack_cli.sandbox.slack.runtime.response_urls import EPHEMERAL
from pdslack_cli.sandbox.store import Store
from pdslack_cli.sandbox.timekeeper import Timekeeper

Form = MultiDict[str, str]
K = TypeVar("K")
V = TypeVar("V")
FOR_GOOD = 1_000_000  # times that a fault strikes until somebody switches it off
MOST_VIEWS = 50
LOOK_UP = "look-up-"
USUAL_QUERY = 3
"""How much must be typed in a select that asks the app, unless it says otherwise."""
PAYLOAD = ("summary", "source", "severity", "component", "group", "class")


class PageActs:
    """The acts of the page by the last part of their address. What cannot be done raises BadRequest."""

    def __init__(
        self,
        store: Store,
        time: Timekeeper,
        faults: Faults,
        pagerduty: SandboxPagerDuty,
        slack: SandboxSlack,
    ) -> None:
        self._store, self._time, self._faults = store, time, faults
        self._pagerduty, self._slack = pagerduty, slack
        self.errors: dict[str, Json] = {}
        """What an app found wrong with the form of a view, by block, until it is sent again."""

        self.unsent: dict[str, Json] = {}
        """What the form of a view held that Slack's client would not send, until it is sent again."""

        self.suggested: dict[str, dict[tuple[str, str], list[Json]]] = {}
        """What the app suggested for selects that ask it, by the person who typed there."""

        self._acts: Mapping[str, Callable[[Form, ActingPerson], None]] = {
            "event": self._event,
            "incident": self._incident,
            "clock": self._clock,
            "fault": self._fault,
            "write": self._write,
            "click": self._click,
            "view": self._view,
            "home": self._home,
        }

    def __contains__(self, name: str) -> bool:
        return name in self._acts

    def perform(self, name: str, form: Form, person: ActingPerson) -> None:
        """Run the act. Raises BadRequest with the vendor's message for people."""
        try:
            self._acts[name](form, person)
        except PagerDutyRefusal as refused:
            raise BadRequest(_sentence(refused.body)) from refused
        except SlackRefusal as refused:
            raise BadRequest(f"Slack refused it: {refused.body.get('error')}") from refused
        except (ValidationError, ValueError, OverflowError, KeyError) as wrong:
            raise BadRequest(str(wrong)) from wrong

    def with_uploads(self, form: Form, files: MultiDict[str, FileStorage], person: ActingPerson) -> Form:
        """The form with the ids of the files that came with it, which are kept as the person's."""
        both: Form = MultiDict(form)
        for field, file in files.items(multi=True):
            if file.filename:  # of a field without a file, a browser sends an empty one
                content = file.stream.read()
                both.add(field, self._slack.people.upload(self._in_slack(person), file.filename, content))
        return both

    # PagerDuty

    def _event(self, form: Form, person: ActingPerson) -> None:
        kind, _, id_ = form["target"].partition("/")
        with self._pagerduty.acting() as api:
            integration = (
                api.get(kind, id_) if kind in ("integration", "event_orchestration_integration") else None
            )
            if integration is None:
                raise BadRequest("the integration is gone; choose another")
            given = {name: form.get(name, "") for name in PAYLOAD}
            payload: Json = {name: value for name, value in given.items() if value}
            if details := _details(form.get("details", "")):
                payload["custom_details"] = details
            event = {"routing_key": integration["_key"], "event_action": form["action"], "payload": payload}
            if form.get("dedup_key"):
                event["dedup_key"] = form["dedup_key"]
            api.content = json.dumps(event).encode()
            events.enqueue(api)

    def _incident(self, form: Form, person: ActingPerson) -> None:
        if not person.pagerduty:
            raise BadRequest(f"{person.name} has no PagerDuty account; act as somebody who has one")
        user = {"id": person.pagerduty, "type": "user_reference"}
        with self._pagerduty.acting() as api:
            incident = api.get("incident", form["incident"])
            if incident is None:
                raise BadRequest("the incident is gone")
            self._change(api, incident, form, user)

    def _change(self, api: Api, incident: Json, form: Form, user: Json) -> None:
        match form["do"]:
            case "acknowledge":
                changes.with_status(api, incident, {"status": "acknowledged"}, user)
            case "resolve":
                changes.with_status(api, incident, {"status": "resolved"}, user)
            case "escalate":
                changes.to_level(api, incident, incident["_level"] + 2, user)
            case "note" if form.get("note", "").strip():
                lifecycle.annotated(api, incident, form["note"], user)
            case "note":
                raise BadRequest("write a note first")
            case "reassign":
                assignments = [{"assignee": _chosen(api, form)}]
                changes.apply(api, incident, {"_named": {"assignments"}, "assignments": assignments}, user)
            case "snooze":
                changes.snooze(api, incident, int(form["seconds"]), user)
            case other:
                self._involve(api, incident, other, form, user)

    def _involve(self, api: Api, incident: Json, act: str, form: Form, user: Json) -> None:
        """Bring in and inform more people."""
        match act:
            case "ask":
                api.need("coordinated_responding")
                message = f"Please help with {incident['title']}"
                informing.ask(api, incident, user, message, [_chosen(api, form)])
            case "accept" | "decline":
                if not informing.reply(api, incident, user["id"], accepted=act == "accept"):
                    raise BadRequest("nothing asks you to respond to this incident")
            case "tell" if message := form.get("message", "").strip():
                informing.update_status(api, incident, user, message=message)
            case _:
                raise BadRequest("write a status update first")

    # Slack

    def _write(self, form: Form, person: ActingPerson) -> None:
        text = form.get("text", "").strip()
        if not text:
            raise BadRequest("write something first")
        user, channel = self._in_slack(person), form["channel"]
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            _heard(self._slack.people.command(user, channel, command, rest))
        else:
            self._slack.people.write(user, channel, text, form.get("thread", ""))

    def _click(self, form: Form, person: ActingPerson) -> None:
        """An element of a message, by its number among all of them; what the others hold goes with it."""
        key = f"{form['channel']}:{form['ts']}"
        message = self._store.get("slack.message", key) or self._store.get(EPHEMERAL, key) or {}
        user, people, place = self._in_slack(person), self._slack.people, (form["channel"], form["ts"])
        acted, *more = self._acted(blocks_of(message), form, user)
        if (typed := _typed(form, acted)) is not None:
            answer = people.suggest_in_message(user, *place, acted.id, typed, acted.block_id)
            self._note_suggestions(user, acted, answer)
        else:
            _heard(people.click(user, *place, acted.id, acted.block_id, *more))

    def _view(self, form: Form, person: ActingPerson) -> None:
        """A modal: sent, closed, or an element of it clicked."""
        user, id_ = self._in_slack(person), form["view"]
        view = self._store.get(views.KIND, id_)
        if view is None or view["user"] != user:
            raise BadRequest("the view is closed")
        self.errors.pop(id_, None)
        self.unsent.pop(id_, None)
        try:
            self._act_in_view(form, user, view)
        except NotFilledIn as wrong:
            self._note_errors(id_, wrong.problems)
            values = values_from(self._store, self._active(view["blocks"], user), form)
            self.unsent = {**_newest(self.unsent), id_: values}

    def _act_in_view(self, form: Form, user: str, view: Json) -> None:
        people = self._slack.people
        if form["do"] == "close":
            _heard(people.close_view(user, view["id"]), may_be_deaf=True)
        elif form["do"] == "submit":
            values = values_from(self._store, self._active(view["blocks"], user), form)
            answer = people.submit(user, view["id"], values)
            _heard(answer)
            if answer.get("errors"):
                self._note_errors(view["id"], answer["errors"])
        else:
            acted, *more = self._acted(view["blocks"], form, user)
            if (typed := _typed(form, acted)) is not None:
                answer = people.suggest(user, view["id"], acted.id, typed, acted.block_id)
                self._note_suggestions(user, acted, answer)
                return
            _heard(people.click_in_view(user, view["id"], acted.id, acted.block_id, *more))

    def _note_errors(self, view_id: str, errors: Mapping[str, str]) -> None:
        self.errors = {**_newest(self.errors), view_id: dict(errors)}

    def _note_suggestions(self, user: str, acted: ActiveElement, answer: Json) -> None:
        _heard(answer)
        known = _newest(self.suggested.get(user, {}))
        self.suggested[user] = {**known, (acted.block_id, acted.id): options_of(answer)}

    def _active(self, blocks: list[Any], user: str) -> list[ActiveElement]:
        """Everything in blocks that the person can act on, with what the app suggested to them."""
        suggested = self.suggested.get(user, {})
        return [
            ActiveElement(offering(one.element, one.block_id, suggested), one.block_id, one.input)
            for one in active(blocks)
        ]

    def _acted(self, blocks: list[Any], form: Form, user: str) -> tuple[ActiveElement, Json, Json]:
        """The element that was clicked, what was chosen in it, and what the whole form holds."""
        found, number = self._active(blocks, user), form["do"].removeprefix(LOOK_UP)
        if not (number.isdigit() and int(number) < len(found)):
            raise BadRequest("it is not there any more")
        acted = found[int(number)]
        chosen = from_form(self._store, acted, form.getlist(f"e{number}"))
        return acted, chosen, values_from(self._store, found, form)

    def _home(self, form: Form, person: ActingPerson) -> None:
        """Open the Home tab of the app, which hears of it."""
        self._slack.people.open_home(self._in_slack(person))

    def _in_slack(self, person: ActingPerson) -> str:
        if not person.slack:
            raise BadRequest(f"{person.name} is not in the workspace; act as somebody who is")
        return person.slack

    # The sandbox itself

    def _clock(self, form: Form, person: ActingPerson) -> None:
        self._time.advance(float(form["seconds"]))

    def _fault(self, form: Form, person: ActingPerson) -> None:
        if form["do"] == "clear":
            self._faults.clear()
        else:
            kind: Any = form["kind"]
            provider = "" if kind in OF_WEBHOOKS else form.get("provider", "")
            self._faults.add(Fault(kind, provider, times=FOR_GOOD))
        self._store.revision.advance()


def _newest(known: Mapping[K, V]) -> dict[K, V]:
    """The newest entries, as many as are kept."""
    return dict(list(known.items())[-MOST_VIEWS:])


def _typed(form: Form, acted: ActiveElement) -> str | None:
    """What somebody typed to look up in a select; None where they chose. Raises BadRequest for too little."""
    if not form["do"].startswith(LOOK_UP):
        return None
    typed = form.get(f"q{form['do'].removeprefix(LOOK_UP)}", "").strip()
    least = int(acted.element.get("min_query_length", USUAL_QUERY))
    if len(typed) < least:
        raise BadRequest(f"type at least {least} characters to look up")
    return typed


def _chosen(api: Api, form: Form) -> Json:
    """A reference to the person that a form names."""
    if api.get("user", form["user"]) is None:
        raise BadRequest("that person is gone")
    return {"id": form["user"], "type": "user_reference"}


def _details(text: str) -> Json:
    """Custom details: a JSON object, or a line `name: value` for each. Raises ValueError."""
    if text.lstrip().startswith("{"):
        parsed: Json = strict_json.parse(text.encode())
        return parsed
    lines = [line.partition(":") for line in text.splitlines() if line.strip()]
    if any(not sign for _, sign, _ in lines):
        raise ValueError("custom details must be lines of the form name: value, or a JSON object")
    return {name.strip(): value.strip() for name, _, value in lines}


def _heard(answer: Json, *, may_be_deaf: bool = False) -> None:
    if not answer["ok"] and not may_be_deaf:
        raise BadRequest(f"{answer['error']}")


def _sentence(body: Any) -> str:
    """PagerDuty's error message for a request, in one line."""
    error = body.get("error", body) if isinstance(body, dict) else {"message": body}
    details = "; ".join(str(one) for one in error.get("errors") or ())
    return f"{error.get('message')}: {details}" if details else str(error.get("message"))
