"""A person of the account, as tests of how people are reached want to see and change them."""

from __future__ import annotations

from pdslack_cli.model import Json
from tests.kinds.pagerduty.account import file


def person(**fields: str):
    lines = [f"    {name}: {value}" for name, value in fields.items()]
    return file("\n".join(["people:", "  maya:", "    email: maya@acme.example", *lines]))


def word(method: Json) -> str:
    """The type of a method as our files call it."""
    return str(method["type"]).removesuffix("_contact_method").removesuffix("_notification")


class Maya:
    """What PagerDuty has of the person, and ways to change it behind our back."""

    def __init__(self, account) -> None:
        self.account = account
        account.seed(person())
        (user,) = account.pagerduty.list("/users", "users", query="maya@")
        self.path = f"/users/{user['id']}"

    def listed(self, name: str, **params: str) -> list[Json]:
        return self.account.pagerduty.list(f"{self.path}/{name}", name, paged=False, **params)

    def id_of(self, type_: str) -> str:
        named = f"{type_}_contact_method"
        return next(one["id"] for one in self.listed("contact_methods") if one["type"] == named)

    def methods(self) -> list[tuple[str, str, str]]:
        return sorted((word(one), one["address"], one["label"]) for one in self.listed("contact_methods"))

    def state(self) -> object:
        """All that a fault could double or lose."""
        tags = sorted(tag["label"] for tag in self.listed("tags"))
        others = [self.listed(f"{sort}_notification_rules") for sort in ("oncall_handoff", "status_update")]
        return self.methods(), self.rules(), others, tags

    def rules(self) -> list[tuple[str, str, int]]:
        types = {one["id"]: word(one) for one in self.listed("contact_methods")}
        return sorted(
            (types[one["contact_method"]["id"]], one["urgency"], one["start_delay_in_minutes"])
            for one in self.listed("notification_rules", urgency="all")
        )

    def add(self, name: str, wrapper: str, **body: object) -> Json:
        return dict(self.account.pagerduty.create(f"{self.path}/{name}", {wrapper: body})[wrapper])

    def add_phone(self, address: str, label: str, code: int = 49) -> Json:
        type_ = "phone_contact_method"
        return self.add(
            "contact_methods", "contact_method",
            type=type_, address=address, label=label, country_code=code,
        )  # fmt: skip

    def add_push(self) -> None:
        """As the mobile app does, which is the only way."""
        store = self.account.sandbox.store
        (one, *_) = self.listed("contact_methods")
        there = store.get("pagerduty.contact_method", one["id"])
        push = {"type": "push_notification_contact_method", "label": "Maya's phone", "address": "f00"}
        with store.transaction():
            store.insert("pagerduty.contact_method", "PPUSH", {**there, **push, "id": "PPUSH"})
