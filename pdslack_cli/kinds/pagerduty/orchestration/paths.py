"""The path documents of event orchestrations: rules in sets that lead to each other (pagerduty.md 7.3).

A document is always replaced as a whole. It has no ETag, but a `version`: a document that changed since it
was read is not overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pdslack_cli.clients.http.vendor_json import text_at
from pdslack_cli.errors import StaleError
from pdslack_cli.kinds.base.calls import Session
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.lenses.export_notes import as_comment, unwritable_fields
from pdslack_cli.kinds.lenses.merge import merged
from pdslack_cli.kinds.lenses.pairing import continued
from pdslack_cli.kinds.pagerduty.orchestration.actions import (
    PathName,
    RuleActions,
    decode_actions,
    encode_actions,
)
from pdslack_cli.kinds.pagerduty.orchestration.rules import START, UNNAMED_SET, Rule, Rules, Shared
from pdslack_cli.model import Json, Ref

if TYPE_CHECKING:
    from pdslack_cli.clients import Clients

PATHS = "/event_orchestrations"

EMPTY: Json = {"sets": [{"id": START, "rules": []}], "catch_all": {"actions": {}}}
SERVER_MADE = frozenset(
    {"id", "type", "parent", "self", "version", "created_at", "created_by", "updated_at", "updated_by"}
)

R = TypeVar("R", bound="Conditional")

# --- calls -----------------------------------------------------------------------------------------


def read_path(clients: Clients, path: str) -> Json:
    return dict(clients.pagerduty.get(path)["orchestration_path"])


def replace_path(
    session: Session,
    ref: Ref,
    path: str,
    planned: Json | None,
    change: Callable[[Json], Json],
    *,
    new: bool,
) -> None:
    """Replace a document by the result of `change` for its current content: empty if its owner is `new`.

    `planned` is the document that the plan was made from, None for one nobody looked at. Raises StaleError
    where it moved since. What PagerDuty warns of becomes a notice: rules that the account's plan lacks are
    stored, but never act (pagerduty.md 7.3).
    """
    now = {} if new else read_path(session.clients, path)
    if planned is not None and now.get("version") != planned.get("version"):
        raise StaleError(
            f"the rules at {path} were changed by somebody else after this plan was made",
            provider="pagerduty",
            method="PUT",
            path=path,
            hint="run again: the new plan shows what they hold now",
        )
    body = {"orchestration_path": change(now)}
    answer = session.clients.pagerduty.update(path, body)
    for warning in answer.get("warnings") or ():
        rule = _named_rule(answer["orchestration_path"], warning.get("rule_id"))
        session.notice(ref, f"{rule}{warning['message']}")


def _named_rule(document: Json, rule_id: str | None) -> str:
    for rules in _sets(document).values():
        for place, rule in enumerate(rules, 1):
            if rule_id and rule.get("id") == rule_id:
                name = rule.get("label") or " or ".join(conditions_of(rule)) or f"no. {place}"
                return f"rule {name!r}: "
    return ""


# --- identity --------------------------------------------------------------------------------------


class Conditional(Protocol):
    """An item of an ordered list with conditions: a rule or a route."""

    @property
    def label(self) -> str: ...
    @property
    def if_(self) -> tuple[str, ...]: ...


def conditions_of(raw: Json) -> tuple[str, ...]:
    """Return the conditions of a live rule: null, texts or mappings (orchestration.md 2.1).

    Surrounding white space, which other tools write, is removed.
    """
    return tuple(
        (condition if isinstance(condition, str) else condition["expression"]).strip()
        for condition in raw.get("conditions") or ()
    )


def continued_rules(wanted: Sequence[Conditional], live: Sequence[Json]) -> list[Json]:
    """Return for each wanted rule the live one that it continues, {} for a new one.

    Matched by label, then by conditions, then by position: the id that is sent back keeps the identity of a
    rule, which threshold counters may depend on.
    """
    pairs = continued(
        [(rule.label or None, rule.if_ or None, place) for place, rule in enumerate(wanted)],
        [(raw.get("label") or None, conditions_of(raw) or None, place) for place, raw in enumerate(live)],
    )
    return [{} if place is None else live[place] for place in pairs]


def encode_rule(rule: Conditional, live: Json, actions: Json, *, disabled: bool) -> Json:
    """Convert a rule to PagerDuty's form."""
    return {
        **({"id": live["id"]} if live.get("id") else {}),
        **({"label": rule.label} if rule.label else {}),
        "conditions": [{"expression": condition} for condition in rule.if_],
        "actions": actions,
        "disabled": disabled,
    }


def start_of(document: Json) -> Sequence[Json]:
    """Return the rules of the first set of a document."""
    return _sets(document).get(START, ())


def does(rule: Rule) -> RuleActions | None:
    """Return the actions of a rule, if any."""
    actions = rule.otherwise or rule.then
    return None if actions == RuleActions() else actions


def foreign_rules(wanted: Sequence[R], there: Sequence[R], deed: Callable[[R], object | None]) -> int:
    """Return the number of live rules, if none of them is recognised as one of ours; else 0.

    For objects whose mark does not record that the file managed their rules (`Live.own_rules`). A rule is
    recognised by its label, its conditions or its actions (`deed`), so that editing one of these does not
    hide it. That both rules always match is weak evidence: it counts only between lists of the same length.
    """
    for rule in wanted:
        for other in there:
            keys = (
                (rule.label, other.label),
                (rule.if_ or len(wanted), other.if_ or len(there)),
                (deed(rule), deed(other)),
            )
            if any(mine and mine == theirs for mine, theirs in keys):
                return 0
    return len(there)


def _sets(document: Json) -> Mapping[str, Sequence[Json]]:
    return {text_at(each, "id"): each.get("rules") or () for each in document.get("sets") or ()}


def _catch_all(document: Json) -> Json:
    return (document.get("catch_all") or {}).get("actions") or {}


# --- encode ----------------------------------------------------------------------------------------


def encode_path(rules: Rules, id_index: IdIndex, live: Json) -> Json:
    """Build the document with these rules; `live` is the one that it replaces."""
    catch_all = next((rule.otherwise for rule in rules if rule.otherwise is not None), RuleActions())
    encoder = _Encoder(id_index, _sets(live), {rule.set for rule in _shared(rules)})
    encoder.add(START, [rule for rule in rules if rule.otherwise is None], start_of(live), "nested")
    there = _sets(live)
    for set_id in _unreached(live):
        encoder.sets.setdefault(set_id, list(there[set_id]))
    # Their order means nothing, so that of the live document stays.
    order = [*there, *(set_id for set_id in encoder.sets if set_id not in there)]
    return {
        "sets": [{"id": set_id, "rules": encoder.sets[set_id]} for set_id in order if set_id in encoder.sets],
        "catch_all": {"actions": encode_actions(catch_all, id_index)},
    }


def change_path(rules: Rules, id_index: IdIndex, live: Json, path: PathName) -> Json:
    """Merge these rules into the live document; everything else in it is kept."""
    before = encode_path(decode_path(live, id_index, path), id_index, live)
    return merged(encode_path(rules, id_index, live), before, writable(live))


def writable(document: Json) -> Json:
    """Return a document without its read-only fields."""
    given = {name: value for name, value in document.items() if name not in SERVER_MADE}
    held = EMPTY | {name: value for name, value in given.items() if value is not None}
    if document.get("type") == "unrouted":
        actions = {name: value for name, value in _catch_all(held).items() if name != "suppress"}
        held["catch_all"] = {**held["catch_all"], "actions": actions}
    return held


def export_notes(rules: Rules, document: Json, id_index: IdIndex, path: PathName) -> Iterable[str]:
    """Describe what a document has besides its decoded rules."""
    encoded = encode_path(rules, id_index, document)
    held = writable(document)
    yield from as_comment(unwritable_fields(held, encoded, {}, {"conditions"}), f"its {path} rules")
    if strays := _strays(_sets(document)):
        yield f"no rule leads to the sets {', '.join(map(repr, sorted(strays)))}: they stay as they are"


def _unreached(document: Json) -> Sequence[str]:
    """Return the sets that no rule leads to, and the sets that they lead to: files cannot hold them."""
    sets = _sets(document)
    kept = _reached(sets, _strays(sets))
    return [set_id for set_id in sets if set_id in kept and set_id != START]


def _strays(sets: Mapping[str, Sequence[Json]]) -> set[str]:
    return sets.keys() - _reached(sets, [START])


def _reached(sets: Mapping[str, Sequence[Json]], first: Iterable[str]) -> set[str]:
    """Return the sets that rules of the given sets lead to, directly or not."""
    found: set[str] = set()
    ahead = [*first]
    while ahead:
        set_id = ahead.pop()
        if set_id in sets and set_id not in found:
            found.add(set_id)
            ahead += [_target(raw) for raw in sets[set_id]]
    return found


def _shared(rules: Rules) -> Iterable[Shared]:
    for rule in rules:
        if isinstance(rule.rules, Shared):
            yield rule.rules
        yield from _shared(rule.nested)


class _Encoder:
    """Writes rules as sets; each set only once."""

    def __init__(self, id_index: IdIndex, live: Mapping[str, Sequence[Json]], names: set[str]) -> None:
        self.id_index, self.names = id_index, names
        self.live = {set_id: rules for set_id, rules in live.items() if set_id != START}
        self.taken = {*names, *live}
        self.sets: dict[str, list[Json]] = {}

    def add(self, set_id: str, rules: Sequence[Rule], live: Sequence[Json], place: str) -> None:
        made: list[Json] = []
        self.sets[set_id] = made
        for index, (rule, old) in enumerate(zip(rules, continued_rules(rules, live), strict=True), 1):
            actions = encode_actions(rule.then, self.id_index)
            if rule.rules:
                actions["route_to"] = self._nested(rule, old, f"{place}-{index}")
            made.append(encode_rule(rule, old, actions, disabled=rule.disabled))

    def _nested(self, rule: Rule, old: Json, place: str) -> str:
        named = rule.rules.set if isinstance(rule.rules, Shared) else None
        before = _target(old)
        # A set without a name keeps the id that it has, if that rule still is the one that leads to it.
        kept = before if before in self.live and UNNAMED_SET.fullmatch(before) else None
        set_id = named or (kept if kept and kept not in self.names else self._unnamed(place))
        if set_id not in self.sets:
            self.add(set_id, rule.nested, self._continued(named, before), place)
        return set_id

    def _continued(self, named: str | None, before: str) -> Sequence[Json]:
        """Return the live rules of that name, or else those that the parent led to; each set only once."""
        if named in self.live:
            return self.live.pop(named)
        return () if before in self.names else self.live.pop(before, ())

    def _unnamed(self, place: str) -> str:
        # No place holds a 0, so this meets no other place.
        return self._unnamed(f"{place}-0") if place in self.taken else place


# --- decode ----------------------------------------------------------------------------------------


def decode_path(document: Json, id_index: IdIndex, path: PathName) -> Rules:
    """Convert a document, also one written by other tools, to rules; `path` names the document."""
    rules = _Decoder(id_index, path, _sets(document)).rules(START, ())
    catch_all = decode_actions(_catch_all(document), id_index, path)
    return rules if catch_all == RuleActions() else (*rules, Rule.from_wire(otherwise=catch_all))


class _Decoder:
    """Reads rules from sets. A set with its own name, or that several rules lead to, is shared."""

    def __init__(self, id_index: IdIndex, path: PathName, live: Mapping[str, Sequence[Json]]) -> None:
        self.id_index, self.path, self.live = id_index, path, live
        ways = Counter(_target(raw) for rules in live.values() for raw in rules)
        self.inline = {
            set_id for set_id, count in ways.items() if count == 1 and UNNAMED_SET.fullmatch(set_id)
        }
        self.known: dict[str, Rules] = {}

    def rules(self, set_id: str, above: tuple[str, ...]) -> Rules:
        if set_id not in self.known:
            rules = tuple(self._rule(raw, (*above, set_id)) for raw in self.live.get(set_id, ()))
            self.known[set_id] = rules
        return self.known[set_id]

    def _rule(self, raw: Json, above: tuple[str, ...]) -> Rule:
        return Rule.from_wire(
            label=raw.get("label"),
            if_=conditions_of(raw),
            then=decode_actions(raw.get("actions") or {}, self.id_index, self.path),
            rules=self._nested(_target(raw), above),
            disabled=bool(raw.get("disabled")),
        )

    def _nested(self, target: str, above: tuple[str, ...]) -> Any:
        if not target:
            return ()
        if target in above:  # a circle, which only other tools could draw: name it, and stop
            return Shared.from_wire(set=target)
        rules = self.rules(target, above)
        return rules if rules and target in self.inline else Shared.from_wire(set=target, rules=rules)


def _target(raw: Json) -> str:
    return (raw.get("actions") or {}).get("route_to") or ""
