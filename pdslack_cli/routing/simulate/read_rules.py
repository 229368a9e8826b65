"""Parse PagerDuty's JSON of a path into typed rules, collecting all problems (orchestration.md 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pdslack_cli.errors import PdslackError
from pdslack_cli.model import DataPath, Json, find_cycle
from pdslack_cli.routing.pcl.ast import FieldPath
from pdslack_cli.routing.pcl.conditions import Condition, parse, parse_path
from pdslack_cli.routing.pcl.mistakes import PclError
from pdslack_cli.routing.pcl.regex import RegexError, compile_regex
from pdslack_cli.routing.pcl.templates import Template, parse_template
from pdslack_cli.routing.simulate.rules import (
    CACHE_SECONDS,
    START,
    UNROUTED,
    Automation,
    CacheVariable,
    Capture,
    DynamicRoute,
    Extraction,
    PathActions,
    PathKind,
    PathRule,
    PathWebhook,
    RulePath,
)
from pdslack_cli.suggest import one_of

MAX_CONDITIONS = 25  # of a rule
SEVERITIES = ("critical", "error", "warning", "info")

_EVENT_ACTIONS = frozenset({"variables", "extractions", "severity", "event_action"})
_INCIDENT_ACTIONS = frozenset(
    {
        "priority",
        "escalation_policy",
        "annotate",
        "suppress",
        "suspend",
        "incident_custom_field_updates",
        "automation_actions",
    }
)
_ALLOWED: Mapping[PathKind, frozenset[str]] = {
    PathKind.GLOBAL: _EVENT_ACTIONS | _INCIDENT_ACTIONS | {"drop_event"},
    PathKind.ROUTER: frozenset({"dynamic_route_to"}),
    PathKind.SERVICE: _EVENT_ACTIONS | _INCIDENT_ACTIONS | {"pagerduty_automation_actions"},
    PathKind.UNROUTED: _EVENT_ACTIONS,
}


@dataclass(frozen=True)
class RuleProblem:
    """A value that PagerDuty would reject: its path in the document, and the position if it is a text."""

    where: DataPath
    message: str
    hint: str = ""
    position: int = 0


class RulesError(PdslackError):
    """A path document, or a cache variable, that PagerDuty would reject; with all problems."""

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        super().__init__("\n".join(problem.message for problem in problems))
        self.problems = tuple(problems)


def read_path(kind: PathKind, document: Json) -> RulePath:
    """Read the rules of a path document, with or without its wrapper; raises RulesError.

    The document must fit PagerDuty's schema: only what the schema cannot express is checked.
    """
    reader = Reader()
    path = reader.path(kind, document.get("orchestration_path", document))
    reader.finish()
    return path


def read_cache_variable(raw: Json) -> CacheVariable:
    """Read a cache variable from PagerDuty's JSON; raises RulesError."""
    reader = Reader()
    settings = raw.get("configuration") or {}
    capture = None
    if settings.get("type") == "recent_value":
        capture = reader.capture(settings.get("source"), settings.get("regex"), ("configuration",))
    conditions = tuple(reader.conditions(raw.get("conditions") or (), ("conditions",)))
    for number, condition in enumerate(conditions):
        if condition.thresholds:
            reader.add_problem(("conditions", number, "expression"), "a cache variable cannot use thresholds")
    reader.finish()
    return CacheVariable(
        name=raw["name"],
        conditions=conditions,
        capture=capture,
        ttl=settings.get("ttl_seconds") or CACHE_SECONDS,
        external=settings.get("type") == "external_data",
        disabled=bool(raw.get("disabled")),
    )


class Reader:
    """Parses JSON into rules and collects problems."""

    def __init__(self) -> None:
        self.problems: list[RuleProblem] = []

    def finish(self) -> None:
        """Raise RulesError if there are problems."""
        if self.problems:
            raise RulesError(self.problems)

    def add_problem(self, where: DataPath, message: str, hint: str = "", position: int = 0) -> None:
        self.problems.append(RuleProblem(where, message, hint, position))

    def path(self, kind: PathKind, document: Json) -> RulePath:
        sets: dict[str, tuple[PathRule, ...]] = {}
        for number, raw in enumerate(document.get("sets") or ()):
            where: DataPath = ("sets", number)
            if raw.get("id") in sets:
                self.add_problem(where, f"the set {raw['id']!r} is defined twice")
            sets[str(raw.get("id"))] = tuple(
                self.rule(kind, str(raw.get("id")), position, rule, (*where, "rules", position))
                for position, rule in enumerate(raw.get("rules") or ())
            )
        last = dict((document.get("catch_all") or {}).get("actions") or {})
        if kind is PathKind.UNROUTED:
            last.pop("suppress", None)  # which PagerDuty adds by itself
        actions = self.actions(kind, last, ("catch_all", "actions"))
        if actions.route_to and kind is not PathKind.ROUTER:
            self.add_problem(
                ("catch_all", "actions", "route_to"), "a catch-all cannot have `route_to`", "remove it"
            )
        path = RulePath(kind, sets, actions)
        self._check_sets(path)
        return path

    def _check_sets(self, path: RulePath) -> None:
        if START not in path.sets:
            self.add_problem(("sets",), f"there is no set {START!r}, where rules begin")
        if path.kind is PathKind.ROUTER:
            if set(path.sets) - {START}:
                self.add_problem(("sets",), f"a router has one set, {START!r}")
            return
        links = {
            name: {rule.actions.route_to for rule in rules if rule.actions.route_to}
            for name, rules in path.sets.items()
        }
        for name, targets in links.items():
            for target in sorted(targets - set(path.sets)):
                self.add_problem(
                    ("sets",), f"a rule of {name!r} routes to the set {target!r}, which does not exist"
                )
        if cycle := find_cycle(links):
            self.add_problem(("sets",), f"sets form a cycle: {' → '.join(cycle)}")
        for name in sorted(set(path.sets) - {START} - set().union(*links.values())):
            self.add_problem(("sets",), f"no rule routes to the set {name!r}")

    def rule(self, kind: PathKind, set_id: str, position: int, raw: Json, where: DataPath) -> PathRule:
        expressions = raw.get("conditions") or ()
        if len(expressions) > MAX_CONDITIONS:
            self.add_problem(
                (*where, "conditions"),
                f"expected at most {MAX_CONDITIONS} conditions in a rule, got {len(expressions)}",
                "join some with `or`",
            )
        actions = self.actions(kind, raw.get("actions") or {}, (*where, "actions"))
        if kind is PathKind.ROUTER:
            self._check_route(position, bool(expressions), actions, (*where, "actions"))
        return PathRule(
            set_id=set_id,
            position=position,
            id=raw.get("id") or "",
            label=raw.get("label") or "",
            conditions=tuple(self.conditions(expressions, (*where, "conditions"))),
            actions=actions,
            disabled=bool(raw.get("disabled")),
        )

    def _check_route(self, position: int, conditional: bool, actions: PathActions, where: DataPath) -> None:
        if bool(actions.route_to) == bool(actions.dynamic):
            self.add_problem(where, "a routing rule must have either `route_to` or `dynamic_route_to`")
        if actions.route_to == UNROUTED:
            self.add_problem((*where, "route_to"), "only the catch-all can route to `unrouted`")
        if actions.dynamic and (position or conditional):
            self.add_problem(where, "`dynamic_route_to` must be in the first rule, without conditions")

    def conditions(self, raw: Iterable[Any], where: DataPath) -> Iterator[Condition]:
        """Return the valid conditions. An official example has strings in place of objects."""
        for number, item in enumerate(raw):
            text = item if isinstance(item, str) else item.get("expression") or ""
            try:
                yield parse(text)
            except PclError as error:
                place = (*where, number, "expression")
                self.add_problem(place, f"{text!r}: {error.message}", error.hint, error.position)

    def actions(self, kind: PathKind, raw: Json, where: DataPath) -> PathActions:
        for name in sorted(set(raw) - _ALLOWED[kind] - {"route_to"}):
            if raw[name]:
                self.add_problem((*where, name), f"{kind} rules have no action {name!r}")
        for name, choices in (("severity", SEVERITIES), ("event_action", ("trigger", "resolve"))):
            if raw.get(name) and raw[name] not in choices:
                message, hint = one_of(choices, raw[name])
                self.add_problem((*where, name), f"{name}: {message}", hint)
        dynamic = raw.get("dynamic_route_to") or {}
        place = (*where, "dynamic_route_to")
        find = self.capture(dynamic.get("source"), dynamic.get("regex"), place) if dynamic else None
        return PathActions(
            route_to=raw.get("route_to") or "",
            dynamic=DynamicRoute(find, dynamic["lookup_by"]) if find else None,
            variables=tuple(self._variables(raw.get("variables") or (), (*where, "variables"))),
            extractions=tuple(self._extractions(raw.get("extractions") or (), (*where, "extractions"))),
            severity=raw.get("severity") or "",
            event_action=raw.get("event_action") or "",
            priority=raw.get("priority") or "",
            escalation_policy=raw.get("escalation_policy") or "",
            note=self.template(raw["annotate"], (*where, "annotate")) if raw.get("annotate") else None,
            suppress=raw.get("suppress"),
            suspend=raw.get("suspend") or 0,
            drop=bool(raw.get("drop_event")),
            fields=self._pairs(raw, "incident_custom_field_updates", "id", where),
            webhooks=tuple(
                self._webhook(webhook, (*where, "automation_actions", number))
                for number, webhook in enumerate(raw.get("automation_actions") or ())
            ),
            automations=tuple(
                Automation(action["action_id"], _alert_state(action))
                for action in raw.get("pagerduty_automation_actions") or ()
            ),
        )

    def _variables(self, raw: Iterable[Json], where: DataPath) -> Iterator[tuple[str, Capture]]:
        for number, variable in enumerate(raw):
            find = self.capture(variable.get("path"), variable.get("value"), (*where, number))
            if find:
                yield variable["name"], find

    def _extractions(self, raw: Iterable[Json], where: DataPath) -> Iterator[Extraction]:
        for number, extraction in enumerate(raw):
            place: DataPath = (*where, number)
            target = self._event_path(extraction.get("target"), (*place, "target"))
            if bool(extraction.get("template")) == bool(extraction.get("regex")):
                self.add_problem(place, "an extraction must have either `template` or `source` and `regex`")
                continue
            value = (
                self.template(extraction["template"], (*place, "template"))
                if extraction.get("template")
                else self.capture(extraction.get("source"), extraction["regex"], place)
            )
            if target and value:
                yield Extraction(target, value)

    def _event_path(self, text: str | None, where: DataPath) -> FieldPath | None:
        path = self._path(text, where)
        if path and not path.rest:
            return FieldPath("event", (path.root,), span=path.span)  # real files also say `dedup_key`
        if path and path.root != "event":
            self.add_problem(where, f"{path} cannot be set", "set a field of `event`")
        return path

    def _webhook(self, raw: Json, where: DataPath) -> PathWebhook:
        on = _alert_state(raw)
        if on != "alert_triggered" and not raw.get("auto_send"):
            self.add_problem(
                (*where, "auto_send"), f"a webhook for {on} has no button", "send it automatically"
            )
        return PathWebhook(
            name=raw.get("name") or "",
            url=raw.get("url") or "",
            auto_send=bool(raw.get("auto_send")),
            headers=self._pairs(raw, "headers", "key", where),
            parameters=self._pairs(raw, "parameters", "key", where),
            on=on,
        )

    def _pairs(self, raw: Json, name: str, key: str, where: DataPath) -> tuple[tuple[str, Template], ...]:
        """Return a list of keys (or ids) with templates as values."""
        read = (
            (pair[key], self.template(pair.get("value") or "", (*where, name, number, "value")))
            for number, pair in enumerate(raw.get(name) or ())
        )
        return tuple((name, template) for name, template in read if template)

    def template(self, text: str, where: DataPath) -> Template | None:
        try:
            return parse_template(text)
        except PclError as error:
            self.add_problem(where, f"{text!r}: {error.message}", error.hint, error.position)
            return None

    def capture(self, source: str | None, pattern: str | None, where: DataPath) -> Capture | None:
        path = self._path(source, (*where, "source"))
        try:
            regex = compile_regex(pattern or "", ignore_case=False)
        except RegexError as error:
            self.add_problem((*where, "regex"), f"{pattern!r} is not a regular expression of RE2: {error}")
            return None
        return Capture(path, pattern or "", regex) if path else None

    def _path(self, text: str | None, where: DataPath) -> FieldPath | None:
        try:
            return parse_path(text or "")
        except PclError as error:
            self.add_problem(where, f"{text!r}: {error.message}", error.hint, error.position)
            return None


def _alert_state(raw: Json) -> str:
    return str((raw.get("trigger_types") or ["alert_triggered"])[0])
