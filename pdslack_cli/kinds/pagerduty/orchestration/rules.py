"""Rules of event orchestrations as people write them (orchestration.md 2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from pdslack_cli.kinds.base.spec import Resource, Spec
from pdslack_cli.kinds.fields.conditions import Conditions
from pdslack_cli.kinds.fields.limits import USUAL_NAME
from pdslack_cli.kinds.fields.references import RefTo
from pdslack_cli.kinds.fields.scalars import FILLED, problem
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.kinds.pagerduty.orchestration.actions import FORBIDDEN, PathName, RuleActions
from pdslack_cli.model import DataPath, Json, Ref, find_cycle

START = "start"  # the set that every path begins with

# Ids that we give to sets without a name: a set of the file must not look like one.
UNNAMED_SET = re.compile(r"nested(-\d+)+")


def _form(value: Any) -> str | None:
    if isinstance(value, str | Ref):
        return "name"
    if isinstance(value, list | tuple):
        return "list"
    return "shared" if isinstance(value, dict | Shared) else None


def _free(name: str) -> str:
    if name == START:
        raise problem(f"{name!r} is not a valid name of a set", "the name is reserved: choose another")
    return name


class Shared(Spec):
    """A named rule set that several rules of a path may lead to."""

    set: Annotated[str, FILLED, Field(description="its name within the path"), AfterValidator(_free)]
    rules: Annotated[tuple[Rule, ...], Field(description="the rules of the set, in order")] = ()


class Rule(Linted):
    """Actions for events that meet a condition. The first matching rule of a list applies."""

    label: Annotated[
        str, USUAL_NAME, Field(description="identifies the rule when it is changed or moved")
    ] = ""
    if_: Conditions = ()
    then: Annotated[RuleActions, Field(description="actions for matching events")] = RuleActions.built({})
    rules: Annotated[
        Annotated[tuple[Rule, ...], Tag("list")]
        | Annotated[Ref, RefTo("set"), Tag("name")]
        | Annotated[Shared, Tag("shared")],
        Discriminator(
            _form,
            custom_error_type="pdslack",
            custom_error_message="{message}",
            custom_error_context={
                "message": "expected rules",
                "hint": "write a list of rules, or the key of an entry of `sets`",
            },
        ),
        Field(description="tried after this one matched: a list, or the key of a set"),
    ] = ()
    disabled: Annotated[bool, Field(description="kept, but never tried")] = False
    use: Annotated[
        Annotated[Ref, RefTo("set")] | None,
        Field(description="the set whose rules to include here; cannot be combined with other keys"),
    ] = None
    otherwise: Annotated[
        RuleActions | None, Field(description="actions if no rule matches; must be the last item of a path")
    ] = None

    @model_validator(mode="after")
    def _stands_alone(self) -> Self:
        for word, beside in (("use", {"use"}), ("otherwise", {"otherwise", "ignore"})):
            if word in self.model_fields_set and self.model_fields_set - beside:
                raise problem(
                    f"`{word}` cannot be combined with other keys", "make it an item of its own", needs=()
                )
        return self

    @property
    def nested(self) -> tuple[Rule, ...]:
        """The rules evaluated after this one matches."""
        if isinstance(self.rules, Shared):
            return self.rules.rules
        return () if isinstance(self.rules, Ref) else self.rules


Rules = tuple[Rule, ...]

# --- checks ----------------------------------------------------------------------------------------


def allowed_in(path: PathName | None) -> AfterValidator:
    """Return a validator of rules for a path; None for a rule set, whose path is not known."""

    def check(rules: Rules) -> Rules:
        found = [
            InitErrorDetails(type=wrong, loc=place, input=None)
            for place, wrong in (*_problems(rules, path, is_path=path is not None), *_cycles(rules))
        ]
        if found:
            raise ValidationError.from_exception_data("rules", found)
        return tuple(rule for rule in rules if rule.otherwise != RuleActions())

    return AfterValidator(check)


def _problems(
    rules: Rules, path: PathName | None, *, is_path: bool, shared: dict[str, Rules] | None = None
) -> Iterator[tuple[DataPath, PydanticCustomError]]:
    shared = {} if shared is None else shared
    for index, rule in enumerate(rules):
        if rule.otherwise is not None and not (is_path and index == len(rules) - 1):
            hint = "it applies when no rule of the path matches"
            yield (index, "otherwise"), problem("`otherwise` must be the last item of its path", hint)
        for word, actions in (("then", rule.then), ("otherwise", rule.otherwise or RuleActions())):
            forbidden = FORBIDDEN[path] if path else {}
            for name in sorted(actions.model_fields_set & forbidden.keys()):
                yield (index, word, name), problem(f"{name!r} is not allowed here", forbidden[name])
        if isinstance(rule.rules, Shared) and rule.nested:
            known = shared.setdefault(rule.rules.set, rule.nested)
            if known != rule.nested:
                hint = "give one of them another name"
                yield (index, "rules", "set"), problem(f"two sets are named {rule.rules.set!r}", hint)
        inside: DataPath = ("rules", "rules") if isinstance(rule.rules, Shared) else ("rules",)
        for place, wrong in _problems(rule.nested, path, is_path=False, shared=shared):
            yield (index, *inside, *place), wrong


def _cycles(rules: Rules) -> Iterator[tuple[DataPath, PydanticCustomError]]:
    """Find the first circular reference between rule sets."""
    links: dict[str, dict[str, None]] = {}  # ordered, so that the same cycle is always reported
    places: dict[str, DataPath] = {}

    def follow(rules: Rules, place: DataPath, above: str) -> None:
        for index, rule in enumerate(rules):
            inside: DataPath = (*place, index, "rules")
            name = above
            if isinstance(rule.rules, Shared):
                name = rule.rules.set
                links.setdefault(above, {})[name] = None
                places.setdefault(name, (*inside, "set"))
                inside = (*inside, "rules")
            follow(rule.nested, inside, name)

    follow(rules, (), START)
    if cycle := find_cycle(links):
        message = f"the set {cycle[0]!r} leads back to itself: {' → '.join(cycle)}"
        yield places[cycle[0]], problem(message, "remove one of the rules that lead from one to the next")


# --- sets ------------------------------------------------------------------------------------------


def _as_list(schema: Json) -> None:
    rules = schema["properties"]["rules"]
    schema.clear()
    schema.update(rules)


class RuleSet(Resource):
    """Rules that other entries refer to: included by `use`, or evaluated after a match by `rules`."""

    model_config = ConfigDict(json_schema_extra=_as_list)

    rules: Annotated[Rules, allowed_in(None)] = ()

    @model_validator(mode="before")
    @classmethod
    def _is_a_list(cls, value: Any) -> Any:
        if not isinstance(value, list):
            raise problem("a set is a list of rules", "begin each rule with `- `")
        return {"rules": value}


def with_sets(rules: Rules, specs: Mapping[Ref, Resource], path: PathName) -> Rules:
    """Return the rules with the rule sets that they refer to included; raises a validation error on failure.

    Circular references between entries were rejected earlier.
    """
    whole = _with_sets(rules, specs)
    for _, wrong in _problems(whole, path, is_path=True):
        context = wrong.context or {}
        raise problem(f"with its sets put in: {context['message']}", context["hint"])
    return whole


def _with_sets(rules: Sequence[Rule], specs: Mapping[Ref, Resource]) -> Rules:
    whole: list[Rule] = []
    for rule in (each.without_ignored() for each in rules):
        if rule.use:
            whole += _set(rule.use, specs)
        elif isinstance(rule.rules, Ref):
            shared = Shared(set=_named(rule.rules), rules=_set(rule.rules, specs))
            whole.append(rule.model_copy(update={"rules": shared}))
        elif rule.nested:
            nested = _with_sets(rule.nested, specs)
            inner = Shared(set=rule.rules.set, rules=nested) if isinstance(rule.rules, Shared) else nested
            whole.append(rule.model_copy(update={"rules": inner}))
        else:
            whole.append(rule)
    return tuple(whole)


def _set(ref: Ref, specs: Mapping[Ref, Resource]) -> Rules:
    found = specs[ref]
    assert isinstance(found, RuleSet)
    return _with_sets(found.rules, specs)


def _named(ref: Ref) -> str:
    if UNNAMED_SET.fullmatch(ref.key):
        raise problem(
            f"{ref.key!r} is not a valid name of a set", "the name is reserved for sets without a name"
        )
    return _free(ref.key)
