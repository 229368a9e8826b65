"""What the control endpoint can set; in the store, so that both vendors see it and a snapshot keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from pdslack_cli.model import Json
from pdslack_cli.sandbox.store import Store
from pdslack_cli.suggest import suggest

STRICT = ConfigDict(extra="forbid", strict=True)  # what is kept here is read at every request

LONGEST_WAIT = 3600.0  # seconds
LONGEST_SHOWN = 80  # characters

Names = TypeVar("Names", bound=Iterable[str])


def shortened(text: str) -> str:
    """A text that may be long, as a message shows it."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def unknown(what: str, word: str, known: Collection[str]) -> str:
    """Why a word is refused that is none of the known ones."""
    listed = f"must be one of {', '.join(known)}" if known else "expected none"
    return f"unknown {what} {shortened(repr(word))}; {suggest(word, known) or listed}"


def only(what: str, known: Collection[str]) -> AfterValidator:
    """Takes lists, and objects with such keys, of known words alone: a misspelt one would do nothing."""

    def check(given: Names) -> Names:
        if wrong := next((word for word in given if word not in known), None):
            raise ValueError(unknown(what, wrong, known))
        return given

    return AfterValidator(check)


Ability = Literal[
    "teams", "read_only_users", "service_support_hours", "urgencies", "coordinated_responding",
    "advanced_permissions", "team_responders", "permissions_service", "manage_schedules", "event_rules",
    "preview_intelligent_alert_grouping", "time_based_alert_grouping",
]  # fmt: skip
ABILITIES: tuple[Ability, ...] = get_args(Ability)
Abilities = Annotated[list[str], only("ability", ABILITIES)]

Feature = Literal[
    "aiops", "alert_grouping", "audit_trail", "auto_pause", "automation_actions", "dynamic_route_to",
    "escalation_policy", "event_rules", "extractions", "global_orchestrations",
    "incident_custom_field_updates", "incident_workflows", "nested_rules", "priorities", "round_robin",
    "slack_connection", "suppress", "suspend", "threshold_condition", "variables",
]  # fmt: skip
FEATURES: tuple[Feature, ...] = get_args(Feature)
Features = Annotated[
    dict[str, bool],
    Field(description=f"an object of true or false for each feature: {', '.join(FEATURES)}"),
    only("feature", FEATURES),
]


@dataclass(frozen=True, config=STRICT)
class SandboxLimits:
    """How slow and how strict about pace the vendors are."""

    pagerduty_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Requests per token and minute; None: no limit, though the headers are sent all the same."""

    events_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Events per routing key in any 60 seconds; None: no limit. PagerDuty's own is about 120."""

    slack_tiers: bool = False
    """Whether Slack's methods keep to their rate tiers, and incoming webhooks to one message a second."""

    team_members_only: bool = False
    """Whether people of a policy must be in its team; whether PagerDuty asks for it is disputed."""

    latency_seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = 0

    @classmethod
    def read(cls, store: Store) -> Self:
        """The limits now in force."""
        return store.derived(
            "limits", ("sandbox.setting",), lambda: cls(**(store.get("sandbox.setting", "limits") or {}))
        )

    def save(self, store: Store) -> None:
        """Put these in force."""
        upsert(store, "sandbox.setting", "limits", asdict(self))


Provider = Literal["pagerduty", "slack"]
TokenKind = Literal["account", "user", "oauth_app", "oauth_user", "bot", "app", "config", "revoked"]
TOKEN_KINDS: Mapping[Provider, Sequence[TokenKind]] = {
    "pagerduty": ("account", "user", "oauth_app", "oauth_user"),
    "slack": ("bot", "user", "app", "config", "revoked"),
}


@dataclass(frozen=True, config=STRICT)
class Token:
    """What a token is good for. Kinds and scopes are the vendor's own words."""

    provider: Provider
    kind: TokenKind
    read_only: bool = False
    scopes: list[str] | None = None
    """None: every scope."""

    user: str = ""
    """The user or bot that the token acts as, by the vendor's id."""

    def __post_init__(self) -> None:
        kinds = TOKEN_KINDS[self.provider]
        if self.kind not in kinds:
            raise ValueError(
                f"kind: expected one of {', '.join(kinds)} for {self.provider}, got {self.kind!r}"
            )

    @classmethod
    def read(cls, store: Store, provider: str, token: str) -> Self | None:
        """What is known of a token; None where this vendor never gave it out."""
        doc = store.peek("sandbox.token", token)
        return cls(**doc) if doc and doc["provider"] == provider else None

    def save(self, store: Store, token: str) -> None:
        """Make `token` one of this kind."""
        upsert(store, "sandbox.token", token, asdict(self))


def read_abilities(store: Store) -> list[str] | None:
    """What the PagerDuty account may do; None where nobody set it."""
    doc = store.peek("sandbox.setting", "abilities")
    return None if doc is None else list(doc["names"])


def save_abilities(store: Store, names: list[str]) -> None:
    """Set all that the PagerDuty account may do."""
    upsert(store, "sandbox.setting", "abilities", {"names": names})


def read_plan(store: Store) -> dict[str, bool]:
    """The features of the account's plan that somebody switched; one that is not named is there."""
    return store.peek("sandbox.setting", "plan") or {}


def save_plan(store: Store, features: dict[str, bool]) -> None:
    """Switch features of the account's plan on or off, and leave the others as they are."""
    upsert(store, "sandbox.setting", "plan", {**read_plan(store), **features})


def upsert(store: Store, kind: str, id: str, doc: Json) -> None:  # noqa: A002 - the vendors' own word
    """Insert or replace."""
    with store.transaction():
        if store.get(kind, id) is None:
            store.insert(kind, id, doc)
        else:
            store.replace(kind, id, doc)
