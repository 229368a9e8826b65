"""Who is who: the same person in PagerDuty and in Slack, matched by e-mail or by the file's `people`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pdslack_cli.clients import Clients
from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.errors import ApiError, NotFoundError
from pdslack_cli.kinds.people import Person
from pdslack_cli.model import Json
from pdslack_cli.sync.current import CurrentConfig
from pdslack_cli.sync.message.view import IncidentPart
from pdslack_cli.sync.vendors.cache import Cache
from pdslack_cli.sync.vendors.failures import or_nothing
from pdslack_cli.sync.vendors.outages import Outages

SECONDS = 600.0


@dataclass(frozen=True)
class PagerDutyUser:
    """A user of PagerDuty, as far as acting in their name goes."""

    id: str
    email: str
    name: str


class PeopleDirectory:
    """Matches people of both products. Thread-safe."""

    def __init__(self, clients: Clients, current: CurrentConfig, cache: Cache, outages: Outages) -> None:
        self._clients, self._current, self._cache = clients, current, cache
        self._outages = outages

    @reads_answers
    def slack_id(self, email: str) -> str:
        """The Slack user with that e-mail address; empty where there is none."""
        email = email.casefold()
        if named := self._named().get(email):
            return named
        return str(self._cache.get(("slack", email), SECONDS, lambda: self._slack_user(email)).get("id", ""))

    @reads_answers
    def acting(self, slack_user: str) -> PagerDutyUser | None:
        """The PagerDuty user of a Slack user; None where PagerDuty does not know them."""
        named = {slack: email for email, slack in self._named().items()}
        email = named.get(slack_user) or self._cache.get(
            ("email", slack_user), SECONDS, lambda: self._email(slack_user)
        )
        user = self._cache.get(("user", email), SECONDS, lambda: self._user(email)) if email else None
        if user is None:  # who is added now may act now
            self._cache.forget(("email", slack_user))
            self._cache.forget(("user", email))
        return user

    def name_of(self, slack_user: str) -> str:
        """The name of a Slack user at PagerDuty; the id where it is not to be had."""
        try:
            user = self.acting(slack_user)
        except ApiError:
            user = None
        return user.name if user else slack_user

    @reads_answers
    def email_of(self, user: Json) -> str:
        """The e-mail address of a user that was included, or of a reference to one."""
        if user.get("email"):
            return str(user["email"])
        id_ = str(user.get("id", ""))

        def account() -> Json:
            found: Json = self._clients.pagerduty.get(f"/users/{id_}")["user"]
            return found

        def read() -> str:
            return str(self._outages.read(IncidentPart.ADDRESSES, account).get("email", ""))

        return str(or_nothing(partial(self._cache.get, ("address", id_), SECONDS, read)) or "") if id_ else ""

    def _named(self) -> Mapping[str, str]:
        """The Slack users that the file names, by e-mail address."""
        people = [entry.spec for entry in self._current.stack.of_kind("person")]
        return {
            person.email.casefold(): person.slack
            for person in people
            if isinstance(person, Person) and person.slack
        }

    def _slack_user(self, email: str) -> Json:
        def user() -> Json:
            found: Json = self._clients.slack.call("users.lookupByEmail", email=email)["user"]
            return found

        return or_nothing(lambda: self._outages.read(IncidentPart.ACCOUNTS, user)) or {}

    def _email(self, slack_user: str) -> str:
        try:
            user = self._clients.slack.call("users.info", user=slack_user)["user"]
        except NotFoundError:
            return ""
        except ApiError as error:
            if error.code == "user_not_found":
                return ""
            raise
        return str((user.get("profile") or {}).get("email") or "")

    def _user(self, email: str) -> PagerDutyUser | None:
        # The query meets names and parts of addresses as well.
        for user in self._clients.pagerduty.list("/users", "users", query=email):
            if str(user.get("email", "")).casefold() == email.casefold():
                return PagerDutyUser(str(user["id"]), str(user["email"]), str(user.get("name", "")))
        return None
