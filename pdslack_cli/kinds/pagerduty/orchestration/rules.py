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
from pdslack_cli.kinds.fields.conditions import Condition
from pdslack_cli.kinds.fields.scalars import RefTo, problem
from pdslack_cli.kinds.fields.shorthand import OneOrSeveral
from pdslack_cli.kinds.lints import Linted
from pdslack_cli.kinds.pagerduty.orchestration.actions import FORBIDDEN, PathName, RuleActions
from pdslack_cli.model import Json, Ref

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
        raise problem(f"a set cannot be named {name!r}", "that name is taken: choose another")
    return name


class Shared(Spec):
    """A set of rules that several rules of a path may lead to."""

    set: Annotated[str, Field(min_length=1, description="its name within the path"), AfterValidator(_free)]
    rules: tuple[Rule, ...] = ()


class Rule(Linted):
    """What happens to events that meet a condition. The first rule of a list that matches is taken."""

    label: Annotated[str, Field(description="tells rules apart, so that one can be changed or moved")] = ""
    if_: Annotated[
        tuple[Condition, ...],
        OneOrSeveral(),
        Field(alias="if", description="conditions of which any must hold; always, if left out"),
    ] = ()
    then: RuleActions = RuleActions()
    rules: Annotated[
        Annotated[tuple[Rule, ...], Tag("list")]
        | Annotated[Ref, RefTo("set"), Tag("name")]
        | Annotated[Shared, Tag("shared")],
        Discriminator(
            _form,
            custom_error_type="pdslack",
            custom_error_message="{message}",
            custom_error_context={
                "message": "these are no rules",
                "hint": "write a list of rules, or the key of an entry of `sets`",
            },
        ),
        Field(description="tried after this one matched: a list, or the key of a set"),
    ] = ()
    disabled: bool = False
    use: Annotated[
        Annotated[Ref, RefTo("set")] | None,
        Field(description="a set whose rules stand here; nothing else may stand beside it"),
    ] = None
    otherwise: Annotated[
        RuleActions | None, Field(description="what happens if no rule matched; the last item of a path")
    ] = None

    @model_validator(mode="after")
    def _stands_alone(self) -> Self:
        for word, beside in (("use", {"use"}), ("otherwise", {"otherwise", "ignore"})):
            if word in self.model_fields_set and self.model_fields_set - beside:
                raise problem(f"`{word}` stands beside other words", "make it an item of its own")
        return self

    @property
    def nested(self) -> tuple[Rule, ...]:
        """The rules that are tried after this one."""
        if isinstance(self.rules, Shared):
            return self.rules.rules
        return () if isinstance(self.rules, Ref) else self.rules


Rules = tuple[Rule, ...]

# --- checks ----------------------------------------------------------------------------------------

Place = tuple[int | str, ...]


def allowed_in(path: PathName | None) -> AfterValidator:
    """Checks rules against what a path can do; those of a set, which knows no path, with None."""

    def check(rules: Rules) -> Rules:
        found = [
            InitErrorDetails(type=wrong, loc=place, input=None)
            for place, wrong in _problems(rules, path, is_path=path is not None)
        ]
        if found:
            raise ValidationError.from_exception_data("rules", found)
        return tuple(rule for rule in rules if rule.otherwise != RuleActions())

    return AfterValidator(check)


def _problems(
    rules: Rules, path: PathName | None, *, is_path: bool, shared: dict[str, Rules] | None = None
) -> Iterator[tuple[Place, PydanticCustomError]]:
    shared = {} if shared is None else shared
    for index, rule in enumerate(rules):
        if rule.otherwise is not None and not (is_path and index == len(rules) - 1):
            hint = "it says what happens when no rule of the whole path matched"
            yield (index, "otherwise"), problem("`otherwise` is not the last item of a path", hint)
        for word, actions in (("then", rule.then), ("otherwise", rule.otherwise or RuleActions())):
            forbidden = FORBIDDEN[path] if path else {}
            for name in sorted(actions.model_fields_set & forbidden.keys()):
                yield (index, word, name), problem(f"{name!r} is not possible here", forbidden[name])
        if isinstance(rule.rules, Shared) and rule.nested:
            known = shared.setdefault(rule.rules.set, rule.nested)
            if known != rule.nested:
                hint = "give one of them another name"
                yield (index, "rules", "set"), problem(f"two sets are named {rule.rules.set!r}", hint)
        inside: Place = ("rules", "rules") if isinstance(rule.rules, Shared) else ("rules",)
        for place, wrong in _problems(rule.nested, path, is_path=False, shared=shared):
            yield (index, *inside, *place), wrong


# --- sets ------------------------------------------------------------------------------------------


def _as_list(schema: Json) -> None:
    rules = schema["properties"]["rules"]
    schema.clear()
    schema.update(rules)


class RuleSet(Resource):
    """Rules that others use by name: spliced in by `use`, or tried after a match by `rules`."""

    model_config = ConfigDict(json_schema_extra=_as_list)

    rules: Annotated[Rules, allowed_in(None)] = ()

    @model_validator(mode="before")
    @classmethod
    def _is_a_list(cls, value: Any) -> Any:
        if not isinstance(value, list):
            raise problem(f"{value!r} is not a list", "a set is a list of rules")
        return {"rules": value}


def with_sets(rules: Rules, specs: Mapping[Ref, Resource], path: PathName) -> Rules:
    """The same rules with the sets that they name put in; raises a validation error where that goes wrong.

    No set leads back to itself: that the entries of a file refer to each other in no circle is known by now.
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
        raise problem(f"a set cannot be named {ref.key!r}", "sets without a name are called so")
    return _free(ref.key)
