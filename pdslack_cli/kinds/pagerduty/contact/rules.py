"""Rules of when a person is reached by which contact method (pagerduty.md 3.5 to 3.7)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, Field

from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields.durations import Duration, within
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import reference
from pdslack_cli.kinds.pagerduty.contact.lists import UserList
from pdslack_cli.kinds.pagerduty.contact.methods import (
    PUSH,
    ContactMethod,
    HasContactMethods,
    decoded,
    method_ref,
    names,
    type_of,
    wire_type,
)
from pdslack_cli.model import UNITS, Json, Live, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

MethodType = Literal["email", "phone", "sms", "whatsapp", "push"]

MINUTE = UNITS["m"]
LATER = within("0s", "4w", "1m")


class ContactRule(Spec):
    """When a contact method is used. The method is named by its type, and by its label among several."""

    # Each sort of rule has one field that says of what, and one that says when, in whole minutes.
    WHAT: ClassVar[tuple[str, str]] = ("", "")  # our name of the field, and the vendor's
    WHEN: ClassVar[tuple[str, str]] = ("", "")

    method: Annotated[MethodType, Field(description="the type of the contact method")]
    label: Annotated[
        str, Field(description="the label of the contact method, where there are several of that type")
    ] = ""

    @classmethod
    def decoded(cls, raw: Json, label: str) -> Self:
        """Return the rule of a vendor's object, whose method has that label."""
        (what, their_what), (when, their_when) = cls.WHAT, cls.WHEN
        time = Duration((raw.get(their_when) or 0) * MINUTE)
        fields = {what: raw[their_what], when: time}
        return cls.from_wire(method=type_of(raw["contact_method"]), label=label, **fields)

    def encoded(self) -> Json:
        """Return the body without the contact method: the identity of a rule among those of one method."""
        (what, their_what), (when, their_when) = self.WHAT, self.WHEN
        return {their_what: getattr(self, what), their_when: getattr(self, when) // MINUTE}

    @property
    def order(self) -> tuple[Any, ...]:
        """The place among the rules of a person, whose order means nothing to the vendor."""
        return *self.encoded().values(), self.method, self.label

    @property
    def title(self) -> str:
        """The name of the contact method, as the rule refers to it."""
        return f"{self.method} contact method" + (f" {self.label!r}" if self.label else "")

    def with_label(self, label: str) -> Self:
        return self.model_copy(update={"label": label})

    def fitting(self, there: Sequence[ContactMethod]) -> list[str]:
        """Return the names of the contact methods that the rule may mean."""
        named = zip(there, names(there), strict=True)
        return [name for one, name in named if one.type == self.method and self.label in {"", name}]

    def waits(self, there: Sequence[ContactMethod]) -> bool:
        """Whether only the person can make its contact method, by the mobile app."""
        return self.method == PUSH and not self.fitting(there)


class UserNotificationRule(ContactRule):
    """When and how a person is notified of an incident."""

    WHAT = ("urgency", "urgency")
    WHEN = ("after", "start_delay_in_minutes")

    urgency: Annotated[Literal["high", "low"], Field(description="of which incidents")] = "high"
    after: Annotated[
        Duration, LATER, Field(description="how long after the incident was assigned to them")
    ] = Duration(0)


class HandoffRule(ContactRule):
    """When and how a person is notified that their shift begins or ends."""

    WHAT = ("when", "handoff_type")
    WHEN = ("before", "notify_advance_in_minutes")

    when: Annotated[
        Literal["both", "oncall", "offcall"],
        Field(description="whether they are notified when a shift begins, when it ends, or both"),
    ] = "both"
    before: Annotated[Duration, LATER, Field(description="how long before")] = Duration(0)


class StatusUpdateRule(ContactRule):
    """How a person is told of the status updates of incidents: there is no more to it."""

    @classmethod
    def decoded(cls, raw: Json, label: str) -> Self:
        return cls.from_wire(method=type_of(raw["contact_method"]), label=label)

    def encoded(self) -> Json:
        return {}


R = TypeVar("R", bound=ContactRule)


def _in_order(rules: Iterable[R]) -> tuple[R, ...]:
    # Order carries no meaning here, so one order is kept: two spellings of a list compare equal.
    return tuple(sorted(dict.fromkeys(rules), key=lambda rule: rule.order))


UserNotificationRules = Annotated[
    tuple[UserNotificationRule, ...],
    NullClears,
    AfterValidator(_in_order),
    Field(description="how they are notified of incidents; other rules stay, unless `exact`"),
]
HandoffRules = Annotated[
    tuple[HandoffRule, ...],
    NullClears,
    AfterValidator(_in_order),
    Field(description="how they are notified of coming shifts; other rules stay, unless `exact`"),
]

StatusUpdateRules = Annotated[
    tuple[StatusUpdateRule, ...],
    NullClears,
    AfterValidator(_in_order),
    Field(description="how they are notified of status updates; other rules stay, unless `exact`"),
]


def merged(
    wanted: Iterable[R],
    live: Iterable[R],
    methods_after: Sequence[ContactMethod],
    renamed: Mapping[tuple[str, str], str],
    *,
    exact: bool,
) -> tuple[R, ...]:
    """Return the rules after the wanted ones are applied; others stay, unless `exact`.

    Each names its method by the name that the method will have. One that waits is left out.
    """
    after: list[R] = []
    for rule in () if exact else live:
        after.append(rule.with_label(renamed.get((rule.method, rule.label), rule.label)))
    for rule in (rule for rule in wanted if not rule.waits(methods_after)):
        fitting = rule.fitting(methods_after)
        after.append(rule.with_label(fitting[0]) if len(fitting) == 1 else rule)
    return _in_order(after)


class ContactRules(Part[HasContactMethods]):
    """The rules of a person of one sort: one list, and a call for each that is new or removed.

    New ones are made before others are removed, so that the person is reached at any moment. A rule needs the
    contact methods too: they are in the list of people.
    """

    def __init__(
        self, field: str, model: type[ContactRule], plural: str, *, type_name: str = "", **params: str
    ) -> None:
        self.fields = self.children = frozenset({field})
        self.field, self.stored, self.model = field, field, model
        self.plural, self.params = plural, params
        self.fixed = {"type": type_name} if type_name else {}

    def read(self, clients: Clients, live: Live) -> Mapping[str, Any]:
        return {self.stored: self._list(clients, live).read(**self.params)}

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {self.field: _in_order(rule for _, rule in self._there(live))}

    def _there(self, live: Live) -> Iterable[tuple[Json, ContactRule]]:
        """The rules as they were read, and decoded."""
        labels = {id_: label for (_, label), id_ in _ids(live).items()}
        for raw in live.parts[self.stored]:
            method = raw["contact_method"]
            yield raw, self.model.decoded(raw, labels.get(method["id"], method.get("summary") or ""))

    def obstacles(
        self, spec: HasContactMethods, live: Live, fields: Collection[str], id_index: IdIndex, *, adopt: bool
    ) -> Iterable[str]:
        there = spec.methods_after(decoded(live.parts["contact_methods"]))
        for rule in getattr(spec, self.field):
            if len(fitting := rule.fitting(there)) != 1 and not rule.waits(there):
                yield f"{self.field}: {_unclear(rule, fitting)}"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasContactMethods) -> None:
        rules, known = self._list(session.clients, live), _ids(live).values()
        there = {_key(raw["contact_method"]["id"], rule): raw["id"] for raw, rule in self._there(live)}
        # Rules whose contact method is gone stay as they are: nothing can be said about them.
        stale = [rule for raw, rule in self._there(live) if raw["contact_method"]["id"] not in known]
        wanted = {
            _key(_method_id(session, ref, live, rule), rule): rule
            for rule in getattr(spec, self.field)
            if rule not in stale
        }
        for key in (key for key in wanted if key not in there):
            rule = wanted[key]
            body = {
                **self.fixed,
                **rule.encoded(),
                "contact_method": reference(key[0], wire_type(rule.method)),
            }
            rules.add(body, partial(self._is, key), **self.params)
        for key in (key for key in there if spec.exact and key not in wanted):
            rules.remove(there[key])

    def _is(self, key: Hashable, raw: Json) -> bool:
        return _key(raw["contact_method"]["id"], self.model.decoded(raw, "")) == key

    def _list(self, clients: Clients, live: Live) -> UserList:
        return UserList(clients, live.id, self.plural, self.plural.removesuffix("s"))


def _key(method: str, rule: ContactRule) -> tuple[str, Hashable]:
    """The identity of a rule: the vendor refuses a second one of a person with the same."""
    return method, tuple(rule.encoded().values())


def _ids(live: Live) -> Mapping[tuple[str, str], str]:
    """Return the ids of the contact methods, by type and name; none where only rules were read."""
    raws = live.parts.get("contact_methods") or ()
    methods = decoded(raws)
    named = zip(raws, methods, names(methods), strict=True)
    return {(method.type, name): raw["id"] for raw, method, name in named}


def _method_id(session: Session, person: Ref, live: Live, rule: ContactRule) -> str:
    """Return the id of the method of a rule: of one that was just written, or as it was read."""
    ref = method_ref(person, rule.method, rule.label)
    there = _ids(live)
    if ref in session.id_index or (rule.method, rule.label) not in there:
        return session.id_index.id(ref)
    return there[rule.method, rule.label]


def _unclear(rule: ContactRule, fitting: Sequence[str]) -> str:
    """Return why it is unknown which contact method a rule means, and the remedy."""
    if fitting:
        labels = ", ".join(map(repr, fitting))
        return f"there are {len(fitting)} {rule.title}s: choose one with `label`: {labels}"
    return f"there is no {rule.title}: add it to `contact_methods`"
