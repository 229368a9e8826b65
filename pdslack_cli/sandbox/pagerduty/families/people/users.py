"""People, and how they are reached (pagerduty.md 3.3 to 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from werkzeug.routing import Rule, RuleFactory

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.access import USER_KINDS
from pdslack_cli.sandbox.pagerduty.api import Api, SandboxResponse
from pdslack_cli.sandbox.pagerduty.families.people.on_call import on_rotation, targets
from pdslack_cli.sandbox.pagerduty.fields import (
    Field,
    Fields,
    boolean,
    number,
    one_of,
    prose,
    reference,
    text,
    time_zone,
)
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal, bad_arguments, invalid
from pdslack_cli.sandbox.pagerduty.resource import RestResource
from pdslack_cli.sandbox.pagerduty.runtime import subscriptions
from pdslack_cli.sandbox.store.query import holds

ROLES = (
    "admin",
    "limited_user",
    "observer",
    "owner",
    "read_only_user",
    "read_only_limited_user",
    "restricted_access",
    "user",
)
METHOD_TYPES = (
    "email_contact_method",
    "phone_contact_method",
    "push_notification_contact_method",
    "sms_contact_method",
    "whatsapp_contact_method",
)
RULES = ("notification_rule", "oncall_handoff_notification_rule", "status_update_notification_rule")
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"


class UsersApi(RestResource):
    """Everybody with a login."""

    name = "user"
    plural = "users"
    path = "/users"
    site = "/users/{id}"
    by_name = True
    fields: ClassVar[Fields] = {
        "name": Field(text(100, shortest=1, squeeze=True), required=True),
        "email": Field(text(100, shortest=6, pattern=EMAIL), required=True),
        "time_zone": Field(time_zone, default="Etc/UTC", nullable=False),
        "color": Field(text(), default="purple", nullable=False),
        "role": Field(one_of(*ROLES), default="user", nullable=False),
        "description": Field(prose()),
        "job_title": Field(prose(100)),
    }

    def rules(self) -> Iterator[RuleFactory]:
        """The classic calls, and the token's own user."""
        yield Rule("/users/me", methods=["GET"], endpoint=self.show_me)
        yield Rule("/users/<id>/license", methods=["GET"], endpoint=self.show_license)
        yield from super().rules()

    def show_me(self, api: Api) -> SandboxResponse:
        """The user behind a user token."""
        if api.token.kind not in USER_KINDS:
            raise bad_arguments("This request cannot be made with an account-level access token.")
        return self.show(api, api.token.user or api.all("user")[0]["id"])

    def show_license(self, api: Api, id: str) -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """The license that the user has."""
        self.existing(api, id)
        return SandboxResponse({"license": api.all("license")[0]})

    def create(self, api: Api, parent: str = "") -> SandboxResponse:
        """`From` must be a user if it is sent; Terraform's provider sends none, and PagerDuty allows it."""
        requester(api, needed=False)
        return super().create(api)

    def selects(self, api: Api, document: Json) -> bool:
        """`query` looks at name and e-mail; `team_ids[]` at memberships."""
        query, teams = api.arguments.get("query", "").casefold(), api.arguments.getlist("team_ids[]")
        found = query in document["name"].casefold() or query in document["email"].casefold()
        return found and (
            not teams or any(api.get("membership", f"{team}/{document['id']}") for team in teams)
        )

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """An address belongs to one user."""
        taken = (other for other in api.all("user") if other["email"].casefold() == new["email"].casefold())
        if any(other["id"] != new["id"] for other in taken):
            raise invalid("Email has already been taken")
        return {**new, "_created_at": (old or {}).get("_created_at", api.now())}

    def written(self, api: Api, new: Json, body: Json, old: Json | None) -> None:
        """A new user is reached by e-mail, at once."""
        if old is not None:
            return
        default = {"type": "email_contact_method", "label": "Default", "address": new["email"]}
        method = api.kinds["email_contact_method"].add(api, default, new["id"])
        for urgency in ("high", "low"):
            rule = {
                "start_delay_in_minutes": 0,
                "urgency": urgency,
                "contact_method": {"id": method["id"], "type": method["type"]},
            }
            api.kinds["assignment_notification_rule"].add(api, rule, new["id"])

    def blockers(self, api: Api, document: Json) -> Iterable[str]:
        """Somebody who may be paged cannot leave."""
        id_ = document["id"]
        if any(id_ in targets(policy) for policy in api.all("escalation_policy")):
            yield "User can't be deleted if they're being used by escalation policies"
        if any(on_rotation(api, schedule, id_) for schedule in api.all("schedule")):
            yield "User can't be deleted if they're being used by schedules"
        if api.store.count("pagerduty.incident", [holds("assignments", "$.assignee.id", [id_])]):
            yield "User can't be deleted if they have assigned incidents"

    def deleted(self, api: Api, document: Json) -> None:
        """Memberships, contact methods and rules go with the user."""
        for membership in api.find("membership", user=document["id"]):
            api.delete("membership", membership["id"])
        for kind in (*RULES, "contact_method"):
            for child in api.find(kind, _parent=document["id"]):
                api.delete(kind, child["id"])
        subscriptions.forget(api, document["id"])

    def computed(self, api: Api, document: Json) -> Json:
        """Teams and ways to be reached: references, or whole where `include[]` asks."""
        id_ = document["id"]
        teams = [api.get("team", membership["team"]) for membership in api.find("membership", user=id_)]
        children = {
            "teams": ("team", [team for team in teams if team]),
            "contact_methods": ("email_contact_method", api.find("contact_method", _parent=id_)),
            "notification_rules": (
                "assignment_notification_rule",
                api.find("notification_rule", _parent=id_),
            ),
        }
        return {
            "avatar_url": "https://www.gravatar.com/avatar/sandbox.png",
            "invitation_sent": False,
            "created_via_sso": False,
            **{name: api.children(name, kind, documents) for name, (kind, documents) in children.items()},
        }


def requester(api: Api, *, needed: bool) -> Json | None:
    """The user that `From` names. Raises Refused where there is no such user, or none is named but needed."""
    sender = api.headers.get("From", "")
    if not sender and not needed:
        return None
    found = [user for user in api.all("user") if user["email"].casefold() == sender.casefold()]
    if not found:
        raise PagerDutyRefusal(400, "Requester User Not Found", 1008)
    return found[0]


class ContactMethodsApi(RestResource):
    """Addresses and numbers of a user."""

    name = "contact_method"
    plural = "contact_methods"
    path = "/users/<parent>/contact_methods"
    parent = "user"
    types = METHOD_TYPES
    pages = False
    fields: ClassVar[Fields] = {
        "type": Field(one_of(*METHOD_TYPES), required=True),
        "label": Field(text(shortest=1), required=True),
        "address": Field(text(shortest=1), required=True),
        "country_code": Field(number(1, 1999)),
        "send_short_email": Field(boolean, default=False, nullable=False),
    }

    def type_of(self, document: Json) -> str:
        """The type is the method: e-mail, phone, …"""
        return str(document["type"])

    def summary(self, document: Json) -> str:
        """The label."""
        return str(document["label"])

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """The same address twice is rejected, even under another label."""
        if new["type"] == "push_notification_contact_method" and old is None:
            raise invalid("Push notification contact methods can only be created by the mobile app")
        if new["type"] in ("phone_contact_method", "sms_contact_method", "whatsapp_contact_method"):
            new["country_code"] = new["country_code"] or 1
        same = ("type", "address", "country_code")
        for other in api.find("contact_method", _parent=new["_parent"]):
            if other["id"] != new["id"] and all(other[field] == new[field] for field in same):
                raise invalid("User Contact method must be unique")
        return new

    def deleted(self, api: Api, document: Json) -> None:
        """Rules that used it go too."""
        for kind in RULES:
            for rule in api.find(kind, _parent=document["_parent"]):
                if rule["contact_method"]["id"] == document["id"]:
                    api.delete(kind, rule["id"])


class NotificationRulesApi(RestResource):
    """When a user is reached which way."""

    name = "notification_rule"
    plural = "notification_rules"
    shown_types = ("assignment_notification_rule",)
    path = "/users/<parent>/notification_rules"
    parent = "user"
    types = ("assignment_notification_rule",)
    pages = False
    fields: ClassVar[Fields] = {
        "start_delay_in_minutes": Field(number(0), required=True),
        "urgency": Field(one_of("high", "low"), required=True),
        "contact_method": Field(reference(*METHOD_TYPES), required=True),
    }

    def summary(self, document: Json) -> str:
        """The delay."""
        return f"{document['start_delay_in_minutes']} minutes: channel {document['contact_method']['id']}"

    def selects(self, api: Api, document: Json) -> bool:
        """Only high urgency, unless another is asked for."""
        return api.arguments.get("urgency", "high") in ("all", document["urgency"])

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """One rule per method, urgency and delay."""
        if new["urgency"] == "low":
            api.need("urgencies")
        same = ("contact_method", "urgency", "start_delay_in_minutes")
        for other in api.find("notification_rule", _parent=new["_parent"]):
            if other["id"] != new["id"] and all(other[field] == new[field] for field in same):
                raise invalid("Channel Start delay must be unique for a given contact method")
        return new


class HandoffRulesApi(RestResource):
    """When and how a user is notified that a shift begins or ends."""

    name = "oncall_handoff_notification_rule"
    plural = "oncall_handoff_notification_rules"
    path = "/users/<parent>/oncall_handoff_notification_rules"
    parent = "user"
    pages = False
    fields: ClassVar[Fields] = {
        "handoff_type": Field(one_of("both", "oncall", "offcall"), default="both", nullable=False),
        "notify_advance_in_minutes": Field(number(0), default=0, nullable=False),
        "contact_method": Field(reference(*METHOD_TYPES), required=True),
    }

    def summary(self, document: Json) -> str:
        """The time before the handoff."""
        return f"{document['notify_advance_in_minutes']} minutes before"

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """One rule per method, sort of handoff and time."""
        same = ("contact_method", "handoff_type", "notify_advance_in_minutes")
        for other in api.find(self.name, _parent=new["_parent"]):
            if other["id"] != new["id"] and all(other[field] == new[field] for field in same):
                raise invalid("Handoff notification rule must be unique")
        return new


class StatusUpdateRulesApi(RestResource):
    """Which way a user gets the status updates that they have subscribed to."""

    name = "status_update_notification_rule"
    plural = "status_update_notification_rules"
    path = "/users/<parent>/status_update_notification_rules"
    parent = "user"
    pages = False
    fields: ClassVar[Fields] = {"contact_method": Field(reference(*METHOD_TYPES), required=True)}

    def show(self, api: Api, id: str, parent: str = "") -> SandboxResponse:  # noqa: A002 - the vendor's own word
        """One rule, which alone of these calls wraps it as another kind of rule."""
        return SandboxResponse({"notification_rule": self.view(api, self.existing(api, id, parent))})

    def summary(self, document: Json) -> str:
        """The method."""
        return f"contact method {document['contact_method']['id']} used as {self.name}"

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """One rule per method."""
        for other in api.find(self.name, _parent=new["_parent"]):
            if other["id"] != new["id"] and other["contact_method"] == new["contact_method"]:
                raise invalid("Status update notification rule must be unique")
        return {**new, "created_at": (old or {}).get("created_at", api.now())}
