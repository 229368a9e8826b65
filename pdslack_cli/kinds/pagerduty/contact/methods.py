"""Contact methods of people: addresses and numbers at which PagerDuty reaches them (pagerduty.md 3.4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.base.parts import Part
from pdslack_cli.kinds.base.spec import Spec
from pdslack_cli.kinds.fields import written
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.scalars import EMAIL_PATTERN, FILLED, mailbox, printable, problem
from pdslack_cli.kinds.fields.shorthand import NullClears
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.contact.lists import UserList
from pdslack_cli.masking import add_secrets, mask_secrets
from pdslack_cli.model import Json, Live, Ref

PUSH = "push"  # registered by the mobile app, and by nothing else
WIRE_TYPES = {PUSH: "push_notification"}  # where the vendor's word is another one
SUFFIX = "_contact_method"

USUAL_LABEL = "Work"
LONGEST_NUMBER = 40
NUMBER = re.compile(r"\+([1-9][0-9]{0,3}) ([0-9,*#]+)")
# Countries that write a digit before numbers which are dialled without it from abroad.
TRUNK_DIGITS = {"1": "1", **dict.fromkeys(("33", "40", "44", "45", "49", "61", "66", "91"), "0")}


class ContactMethod(Spec):
    """An address or a number at which a person is reached."""

    type: Annotated[
        Literal["email", "phone", "sms", "whatsapp"],
        Field(description="how; those of type `push` are made by the mobile app alone"),
    ]
    address: Annotated[
        str,
        written.text("address", "", "maya@acme.example", "+49 1701234567"),
        Field(description="an e-mail address, or a number with its country code: `+49 1701234567`"),
    ]
    label: Annotated[
        str,
        FILLED,
        Field(description="its label, which distinguishes several of one type in rules"),
        USUAL_NAME,
        AfterValidator(printable),
    ] = ""
    short: Annotated[bool, Field(description="send short texts, for gateways and pagers; e-mail only")] = (
        False
    )

    @field_validator("address")
    @classmethod
    def _read_address(cls, text: str, info: ValidationInfo) -> str:
        if "type" not in info.data:
            return text  # its type is wrong, which is said
        if info.data["type"] == "email":
            return _email(text)
        number = _number(text)
        if mask_secrets(text) != text:
            add_secrets([number])  # it came from the environment, in another spelling
        return number

    @model_validator(mode="after")
    def _short_by_email(self) -> Self:
        if self.short and self.type != "email":
            raise problem("`short` is for e-mail only", "remove it", ("short",))
        return self

    @property
    def identity(self) -> Hashable:
        """What the vendor allows once: the type and the address, in whatever spelling."""
        if self.type == "email":
            return self.type, mailbox(self.address)
        return self.type, re.sub(r"[+ ]", "", self.address)

    def is_same(self, raw: Json) -> bool:
        """Whether a vendor's object is this method, whatever its label."""
        return decoded([raw])[0].identity == self.identity

    def merged_onto(self, live: ContactMethod) -> ContactMethod:
        """The live method after this one is applied; it keeps its own spelling of the same address."""
        same = {"type", "address"} if self.identity == live.identity else {"type"}
        return live.model_copy(update={name: getattr(self, name) for name in self.model_fields_set - same})


def _email(text: str) -> str:
    if not re.fullmatch(EMAIL_PATTERN, text):
        raise problem(
            f"{text!r} is not an e-mail address",
            "write it like maya@acme.example",
            needs=("type",),
            beside=True,
        )
    return text


def _number(text: str) -> str:
    """Return the number as `+CODE DIGITS`; raises a validation error if it cannot be dialled."""
    code, _, rest = re.sub(r"[-./()\s]", " ", text.strip()).partition(" ")
    number = f"{code} {rest.replace(' ', '')}"
    found = NUMBER.fullmatch(number)
    if found is None:
        hint = "write `+`, the country code, a space, and the number: +49 1701234567"
        raise problem(f"{text!r} is not a telephone number", hint, needs=("type",), beside=True)
    code, digits = found.groups()
    if len(digits) > LONGEST_NUMBER:
        raise problem(f"the number has {len(digits)} digits", f"PagerDuty takes at most {LONGEST_NUMBER}")
    trunk = TRUNK_DIGITS.get(code)
    if trunk and digits.startswith(trunk):
        message = f"numbers of +{code} have no {trunk} after the country code"
        raise problem(message, f"write +{code} {digits.removeprefix(trunk)}")
    return number


def _all_differ(methods: tuple[ContactMethod, ...]) -> tuple[ContactMethod, ...]:
    for number, method in enumerate(methods):
        for other in methods[:number]:
            if method.identity == other.identity:
                raise problem(f"{method.type} {method.address!r} is listed twice", "remove one", (number,))
            if method.label and (method.type, method.label) == (other.type, other.label):
                message = f"two {method.type} methods have the label {method.label!r}"
                raise problem(message, "give one of them another label", (number, "label"))
    return methods


ContactMethodList = Annotated[
    tuple[ContactMethod, ...],
    NullClears,
    AfterValidator(_all_differ),
    Field(description="where PagerDuty reaches them; others stay, unless `exact`"),
]


# --- comparing ---------------------------------------------------------------------------------------


def merged(
    wanted: Sequence[ContactMethod], live: Sequence[ContactMethod], *, exact: bool
) -> tuple[ContactMethod, ...]:
    """Return the methods after the wanted ones are applied: those that stay, in their order, then new ones.

    Others stay unless `exact`, and push ones always.
    """
    places = _continued(wanted, live)
    changes = {place: method for method, place in zip(wanted, places, strict=True) if place is not None}
    after = [
        changes[place].merged_onto(live[place]) if place in changes else live[place]
        for place in _kept(places, live, exact=exact)
    ]
    for method, place in zip(wanted, places, strict=True):
        if place is None:
            label = method.label or _free(
                USUAL_LABEL, [one.label for one in after if one.type == method.type]
            )
            new = {"type": method.type, "address": method.address, "label": label, "short": method.short}
            after.append(ContactMethod.from_wire(**new))
    return tuple(after)


def _kept(places: Sequence[int | None], live: Sequence[ContactMethod], *, exact: bool) -> Sequence[int]:
    """Return the places of the live methods that stay."""
    return [place for place, method in enumerate(live) if place in places or not exact or method.type == PUSH]


def names(methods: Iterable[ContactMethod]) -> tuple[str, ...]:
    """Return what rules call each method beside its type: its label, with a number where that is taken."""
    found: list[tuple[str, str]] = []
    for method in methods:
        taken = [name for type_, name in found if type_ == method.type]
        found.append((method.type, _free(method.label, taken)))
    return tuple(name for _, name in found)


def new_names(
    wanted: Sequence[ContactMethod], live: Sequence[ContactMethod], *, exact: bool
) -> Mapping[tuple[str, str], str]:
    """Return the names that live methods will have, by their types and the names that they have."""
    kept = _kept(_continued(wanted, live), live, exact=exact)
    before, after = names(live), names(merged(wanted, live, exact=exact))
    return {(live[place].type, before[place]): after[number] for number, place in enumerate(kept)}


def _continued(wanted: Sequence[ContactMethod], live: Sequence[ContactMethod]) -> list[int | None]:
    """Pair methods by address; then by label, so that a new number keeps the rules of the old one."""
    labels: Counter[tuple[str, str]] = Counter((method.type, method.label) for method in live)
    return continued([_keys(method, labels) for method in wanted], [_keys(method, labels) for method in live])


def _keys(method: ContactMethod, labels: Mapping[tuple[str, str], int]) -> Sequence[Hashable | None]:
    """What identifies a method; a label that several of its type have does not."""
    label = (method.type, method.label)
    return method.identity, label if labels.get(label) == 1 else None


def unlisted(wanted: Sequence[ContactMethod], live: Sequence[ContactMethod]) -> Iterable[ContactMethod]:
    """Return the live methods that are not among the wanted ones."""
    places = _continued(wanted, live)
    return (method for place, method in enumerate(live) if place not in places)


def _free(text: str, taken: Collection[str]) -> str:
    numbered = (text if number == 1 else f"{text} ({number})" for number in count(1))
    return next(free for free in numbered if free not in taken)


def decoded(raws: Iterable[Json]) -> tuple[ContactMethod, ...]:
    """Return the methods, in the vendor's order."""
    return tuple(
        ContactMethod.from_wire(
            type=type_of(raw),
            address=_address(raw),
            label=raw.get("label") or raw.get("summary") or type_of(raw),
            short=raw.get("send_short_email"),
        )
        for raw in raws
    )


def type_of(raw: Json) -> str:
    """Return our word for the type of a method, or of a reference to one."""
    word = text_at(raw, "type").removesuffix("_reference").removesuffix(SUFFIX)
    return next((ours for ours, wire in WIRE_TYPES.items() if wire == word), word)


def wire_type(type_: str) -> str:
    return f"{WIRE_TYPES.get(type_, type_)}{SUFFIX}"


def _address(raw: Json) -> str:
    address = str(raw.get("address") or "")
    by_number = type_of(raw) in {"phone", "sms", "whatsapp"}
    return f"+{raw.get('country_code') or 1} {address}" if by_number else address


def method_ref(person: Ref, type_: str, name: str) -> Ref:
    """How the id of a method is known while its person is written."""
    return Ref("contact_method", f"{person.key} {type_} {name}")


# --- the part ------------------------------------------------------------------------------------------


class HasContactMethods(Protocol):
    @property
    def contact_methods(self) -> ContactMethodList: ...
    @property
    def exact(self) -> bool: ...
    def methods_after(self, live: Sequence[ContactMethod]) -> Sequence[ContactMethod]: ...


class ContactMethods(Part[HasContactMethods]):
    """The contact methods of a person, which the list of people includes; written one call each.

    They are removed last, because the vendor removes the rules of a method with it.
    """

    fields = children = frozenset({"contact_methods"})
    stored = "contact_methods"
    late = True

    def decode(self, live: Live, id_index: IdIndex) -> Mapping[str, Any]:
        return {"contact_methods": decoded(live.parts["contact_methods"])}

    def warnings(
        self,
        before: HasContactMethods | None,
        after: HasContactMethods,
        fields: Collection[str],
        now: datetime,
    ) -> Iterable[str]:
        there = before.contact_methods if before else ()
        for method, place in zip(there, _continued(there, after.contact_methods), strict=True):
            if place is None:
                yield f"all rules that use the {method.type} {method.label!r} go with it, listed or not"

    def write(self, session: Session, ref: Ref, live: Live, spec: HasContactMethods) -> None:
        raws, there = self._there(live)
        methods, wanted = _list_of(session, live), spec.contact_methods
        for method, name, place in zip(wanted, names(wanted), _continued(wanted, there), strict=True):
            if place is None:
                id_ = methods.add(_encoded(method, None), method.is_same)
            else:
                id_ = raws[place]["id"]
                if method != there[place]:
                    methods.update(id_, _encoded(method, (there[place], raws[place])))
            session.id_index.add(method_ref(ref, method.type, name), id_)

    def shrink(self, session: Session, live: Live, spec: HasContactMethods) -> None:
        raws, there = self._there(live)
        kept = _continued(spec.contact_methods, there)
        for place, raw in enumerate(raws):
            if place not in kept:
                _list_of(session, live).remove(raw["id"])

    def _there(self, live: Live) -> tuple[Sequence[Json], Sequence[ContactMethod]]:
        raws = live.parts["contact_methods"]
        return raws, decoded(raws)


def _list_of(session: Session, live: Live) -> UserList:
    return UserList(session.clients, live.id, "contact_methods", "contact_method")


def _encoded(method: ContactMethod, there: tuple[ContactMethod, Json] | None) -> Json:
    """Return the body of a method. What does not change is sent as the vendor has it."""
    before, raw = there or (None, {})
    body: Json = {"type": wire_type(method.type)}
    body["label"] = raw["label"] if before and before.label == method.label else method.label
    if before and before.address == method.address:
        body |= {name: raw[name] for name in ("address", "country_code") if raw.get(name) is not None}
    elif method.type == "email":
        body["address"] = method.address
    else:
        code, _, body["address"] = method.address.removeprefix("+").partition(" ")
        body["country_code"] = int(code)
    if method.short != (before.short if before else False):
        body["send_short_email"] = method.short
    return body
