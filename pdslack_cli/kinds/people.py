"""People: looked up by e-mail address in both products; never created, renamed or deleted.

An entry may say how PagerDuty reaches a person, which nobody can mark as ours. So what it lists is added, and
what the person made stays, unless the entry is `exact`.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator

from pdslack_cli.clients.http.vendor_json import text_at, text_or_none
from pdslack_cli.errors import ApiError
from pdslack_cli.kinds.base.kind import LookupKind, Provider
from pdslack_cli.kinds.base.spec import Resource, UnsentName
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import Email, mailbox, problem
from pdslack_cli.kinds.fields.shorthand import or_text
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.kinds.pagerduty.contact.methods import (
    PUSH,
    ContactMethod,
    ContactMethodList,
    ContactMethods,
    decoded,
    new_names,
    unlisted,
)
from pdslack_cli.kinds.pagerduty.contact.methods import merged as merged_methods
from pdslack_cli.kinds.pagerduty.contact.rules import (
    ContactRules,
    HandoffRule,
    HandoffRules,
    StatusUpdateRule,
    StatusUpdateRules,
    UserNotificationRule,
    UserNotificationRules,
)
from pdslack_cli.kinds.pagerduty.contact.rules import merged as merged_rules
from pdslack_cli.kinds.pagerduty.tags import Tags, TagSet
from pdslack_cli.masking import add_secrets
from pdslack_cli.model import Json, Live, Ref
from pdslack_cli.suggest import suggest

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients


RULE_LISTS = frozenset(
    {"notification_rules", "handoff_notification_rules", "status_update_notification_rules"}
)


class Person(Resource):
    """Somebody who is on call, in a team or in a channel: an e-mail address, or a mapping."""

    model_config = ConfigDict(json_schema_extra=or_text)

    name: UnsentName = ""
    email: Annotated[Email, at_most(100), Field(description="the address of both accounts")]
    slack: Annotated[
        str | None, Field(description="the Slack user id, only where the address in Slack is another one")
    ] = None
    contact_methods: ContactMethodList = ()
    notification_rules: UserNotificationRules = ()
    handoff_notification_rules: HandoffRules = ()
    status_update_notification_rules: StatusUpdateRules = ()
    tags: Annotated[TagSet, Field(description="their tags; others stay, unless `exact`")] = ()
    exact: Annotated[
        bool, Field(description="remove the contact methods, rules and tags that the lists here do not name")
    ] = False

    # How the lists are meant, and nothing that PagerDuty knows of.
    ABOUT: ClassVar[frozenset[str]] = Resource.ABOUT | {"exact"}
    LISTS: ClassVar[frozenset[str]] = frozenset({*RULE_LISTS, "contact_methods", "tags"})

    @property
    def additions(self) -> frozenset[str]:
        return self.managed & self.LISTS

    def methods_after(self, live: Sequence[ContactMethod]) -> Sequence[ContactMethod]:
        """Return the contact methods that a person who has these will have."""
        return merged_methods(self._methods(live), live, exact=self.exact)

    def waits(self, live: Self) -> Iterable[str]:
        there = self.methods_after(live.contact_methods)
        for name in sorted(self.additions & RULE_LISTS):
            for rule in getattr(self, name):
                if rule.waits(there):
                    yield (
                        f"{name}: there is no {rule.title} yet: PagerDuty's mobile app makes one when the "
                        "person logs in there, and the next apply adds the rule"
                    )

    def _methods(self, live: Sequence[ContactMethod]) -> Sequence[ContactMethod]:
        return self.contact_methods if "contact_methods" in self.model_fields_set else live

    def merged_onto(self, live: Self, now: datetime) -> Self:
        there = live.contact_methods
        methods = self.methods_after(there)
        renamed = new_names(self._methods(there), there, exact=self.exact)
        after: dict[str, Any] = {"exact": self.exact}
        for name in self.additions & RULE_LISTS:
            rules = getattr(self, name), getattr(live, name)
            after[name] = merged_rules(*rules, methods, renamed, exact=self.exact)
        if "contact_methods" in self.additions:
            after["contact_methods"] = methods
        if "tags" in self.additions:
            after["tags"] = tuple(sorted({*self.tags, *(() if self.exact else live.tags)}))
        return live.model_copy(update=after)

    @model_validator(mode="after")
    def _exactly_what(self) -> Self:
        if "exact" in self.model_fields_set and not self.additions:
            raise problem(
                "needs a list that it is about, and none is set",
                f"name {', '.join(f'`{name}`' for name in sorted(self.LISTS))}, or remove `exact`",
                ("exact",),
                needs=(),
            )
        if self.exact and "contact_methods" in self.additions:
            for name in sorted(self.additions & RULE_LISTS):
                self._check_methods_of(name)
        return self

    def _check_methods_of(self, name: str) -> None:
        """Refuse rules whose method is none of the contact methods, which are all that there will be."""
        for rule in getattr(self, name):
            labels = {method.label for method in self.contact_methods if method.type == rule.method}
            may_be = any(
                method.type == rule.method and (not rule.label or method.label in {"", rule.label})
                for method in self.contact_methods
            )
            if not may_be and rule.method != PUSH:
                raise problem(
                    f"there is no {rule.title}, and `exact` makes `contact_methods` whole",
                    suggest(rule.label, labels) or "add one there, or name another one here",
                    (name,),
                )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"email": value} if isinstance(value, str) else value


class People(PagerDutyKind[Person]):
    """PagerDuty's users (pagerduty.md 3.3). Each entry looks one up, and writes parts of it at most."""

    name, section, spec = "person", "people", Person
    path, wrapper, plural = "/users", "user", "users"
    marked = False
    parts = (
        ContactMethods(),
        ContactRules(
            "notification_rules",
            UserNotificationRule,
            "notification_rules",
            type_name="assignment_notification_rule",
            urgency="all",
        ),
        ContactRules("handoff_notification_rules", HandoffRule, "oncall_handoff_notification_rules"),
        ContactRules(
            "status_update_notification_rules", StatusUpdateRule, "status_update_notification_rules"
        ),
        Tags("/users"),
    )
    text_field = "email"
    same_identity = "have the same e-mail address"

    def written_name(self, live: Live) -> str:
        return text_at(live.raw, "email")

    def listed_details(self, live: Live) -> Json:
        return {"name": live.name}

    def entries(self, key: str, spec: Person) -> Iterable[tuple[Ref, Resource]]:
        yield Ref("person", key), spec.model_copy(update={"lookup": True})
        in_slack = spec.restricted_to(spec.managed - spec.LISTS)
        yield Ref("slack_user", key), in_slack.model_copy(update={"lookup": True, "id": spec.slack})

    def read(self, clients: Clients, wanted: Collection[Person]) -> Iterable[Live]:
        """Read all people, in the same calls with their contact methods where an entry is about these."""
        if not any(person.additions - {"tags"} for person in wanted):
            return super().read(clients, wanted)
        include: Json = {"include[]": ["contact_methods"]}
        raws = clients.pagerduty.list(self.path, self.plural, **include)
        lives = [replace(self.live(raw), parts={"contact_methods": raw["contact_methods"]}) for raw in raws]
        add_secrets(_private_addresses(self, lives, wanted))
        return lives

    def live(self, raw: Json) -> Live:
        return Live(self.name, raw["id"], raw["name"], raw)

    def decode(self, live: Live, id_index: IdIndex) -> Person:
        fields: dict[str, Any] = {"name": live.name, "email": live.raw["email"]}
        return Person.from_wire(**fields, **self.decoded_parts(live, id_index))

    def warnings(
        self, before: Person | None, after: Person, fields: Collection[str], now: datetime
    ) -> Iterable[str]:
        yield from super().warnings(before, after, fields, now)
        is_reached = any(rule.urgency == "high" for rule in after.notification_rules)
        if "notification_rules" in fields and not is_reached:
            yield "no rule notifies them of incidents of high urgency any more"

    def encode(self, spec: Person, id_index: IdIndex, live: Live | None) -> Json:
        return {}

    def identity(self, live: Live) -> Hashable:
        return mailbox(text_at(live.raw, "email"))

    def wanted_identity(self, spec: Person, id_index: object) -> Hashable:
        return mailbox(spec.email)

    def display_name(self, live: Live) -> str:
        return _local_part(self.identity(live))


def _private_addresses(kind: People, lives: Iterable[Live], wanted: Iterable[Person]) -> Iterator[str]:
    """Find numbers and addresses of the people that no file lists: no plan, log or report may show them."""
    about = [person for person in wanted if person.additions]
    entries = {key: person for person in about for key in (person.id, mailbox(person.email)) if key}
    for live in lives:
        login = kind.identity(live)
        if person := entries.get(live.id) or entries.get(str(login)):
            there = decoded(live.parts["contact_methods"])
            for method in unlisted(person.contact_methods, there):
                if method.type != "email" or mailbox(method.address) != login:
                    yield method.address


def _local_part(email: Hashable) -> str:
    """Return the part of the address before the `@`, which is displayed."""
    return str(email).partition("@")[0]


# One lookup is one call of 50 a minute, the whole list one call of 20 a minute for each 200 people
# (slack.md 1.8, 2.3): up to this many people the lookups are fewer and faster.
FEW = 3

SLACKBOT = "USLACKBOT"  # Slack's own, which its list does not call a bot


class SlackUsers(LookupKind[Person]):
    """Users of Slack, looked up by the same addresses (slack.md 2.3)."""

    name, spec = "slack_user", Person
    provider: ClassVar[Provider] = "slack"
    plural = "members"
    list_name = "slack-users"
    retired_word = "deactivated"
    retired_hint = "ask an admin of the workspace to reactivate it, or remove the person from the file"

    @property
    def title(self) -> str:
        return "Slack user"

    def read(self, clients: Clients, wanted: Collection[Person]) -> Iterable[Live]:
        emails = {person.email for person in wanted if not person.id}
        if len(emails) <= FEW and len(emails) == len(wanted):
            found = [self._look_up(clients, email) for email in sorted(emails)]
            if all(found):
                return [self._live(user) for user in found if user]
        # The list alone tells a person who is deactivated from one who never was there.
        return self.read_all(clients)

    def read_names(self, clients: Clients) -> Iterable[Live]:
        return (live for live in self.read_all(clients) if not live.retired and live.id != SLACKBOT)

    def written_name(self, live: Live) -> str:
        return text_or_none(live.raw.get("profile") or {}, "email") or live.id

    def listed_details(self, live: Live) -> Json:
        return {"name": live.raw.get("real_name") or live.name}

    def read_all(self, clients: Clients) -> Iterable[Live]:
        users = clients.slack.list("users.list", "members")
        return [self._live(user) for user in users if not user.get("is_bot")]

    def identity(self, live: Live) -> Hashable:
        return mailbox(text_or_none(live.raw.get("profile") or {}, "email") or "")

    def wanted_identity(self, spec: Person, id_index: object) -> Hashable:
        return mailbox(spec.email)

    def display_name(self, live: Live) -> str:
        return _local_part(self.identity(live))

    @staticmethod
    def _look_up(clients: Clients, email: str) -> Json | None:
        try:
            user: Json = clients.slack.call("users.lookupByEmail", email=email)["user"]
            return user
        except ApiError as error:
            if error.code == "users_not_found":  # also for deactivated people
                return None
            raise

    def _live(self, user: Json) -> Live:
        return Live(self.name, user["id"], user.get("name", ""), user, retired=bool(user.get("deleted")))
