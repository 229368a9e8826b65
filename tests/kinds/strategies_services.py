"""Services, routings and rules of every sort, as files write them and as PagerDuty holds them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Annotated

from hypothesis import strategies as st
from pydantic import TypeAdapter

from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.orchestration.actions import PathName
from pdslack_cli.kinds.pagerduty.orchestration.rules import Rules, allowed_in
from pdslack_cli.model import Json, Name, Ref

SERVICES = ("api", "auth", "web")
PRIORITIES = ("P1", "P2", "Major outage")
FIELDS = ("impact", "Region", "tags")
ACTIONS = ("Restart", "Collect logs")
VENDORS = ("Datadog", "Amazon CloudWatch")


def id_index() -> IdIndex:
    """Everything that the strategies refer to, under ids that look like PagerDuty's."""
    ids = {Ref("service", key): f"PSVC{key}" for key in SERVICES}
    ids |= {Ref("escalation_policy", key): f"PEP{key}" for key in ("first", "second")}
    ids |= {Ref("team", "payments"): "PTEAM1"}
    for kind, names in (
        ("priority", PRIORITIES),
        ("incident_custom_field", FIELDS),
        ("automation_action", ACTIONS),
        ("vendor", VENDORS),
    ):
        ids |= {Ref(kind, Name(name)): f"P{kind}{place}" for place, name in enumerate(names)}
    return IdIndex(ids)


def cased(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from([*names, *(name.upper() for name in names)])


conditions = st.sampled_from(
    [
        "event.severity matches 'critical'",
        "event.custom_details.region == 'eu' and not event.class exists",
        "alert.title matches part 'card' && alert.env != 'dev'",
        "now in Mon,Tue 09:00:00 to 17:00:00 Europe/Berlin",
        "trigger_count over 5 minutes > 10",
        "event.source matches regex '(?i)^db'",
        "true",
    ]
)
templates = st.sampled_from(
    [
        "CRITICAL: {{event.summary}}",
        "{{alert.service}}!",
        "plain",
        "ünï {{variables.host}}",
        "[a, b]",
        '["x"]',
    ]
)
paths = st.sampled_from(["event.source", "alert.title", "event.custom_details['load-avg']", "raw_event.a[0]"])
patterns = st.sampled_from(["(.*)", "host: (\\w+)", "a|b", "^x$"])
found = st.fixed_dictionaries({"from": paths}, optional={"regex": patterns})
targets = st.sampled_from(
    ["event.severity", "event.summary", "event.custom_details.host", "event.dedup_key", "alert.body"]
)
labels = st.sampled_from(["", "EU critical", "Cards", "Night", "Login", "Rest"])
when = st.sampled_from(["triggered", "suppressed", "paused"])
texts = st.dictionaries(st.sampled_from(["X-Env", "channel", "a b"]), templates, max_size=2)

webhooks = st.fixed_dictionaries(
    {"name": st.sampled_from(["Tell", "Page"]), "url": st.just("https://hooks.acme.example/x")},
    optional={"headers": texts, "body": texts},
).flatmap(
    lambda hook: st.sampled_from(
        [hook, {**hook, "send": "auto"}, {**hook, "send": "auto", "on": "paused"}, {**hook, "send": "button"}]
    )
)
runs = cased(ACTIONS) | st.fixed_dictionaries({"action": cased(ACTIONS)}, optional={"on": when})

EVENT: dict[str, st.SearchStrategy[object]] = {
    "title": templates,
    "set": st.dictionaries(targets, templates | found, max_size=3),
    "variables": st.dictionaries(st.sampled_from(["host", "env"]), paths | found, max_size=2),
    "severity": st.sampled_from(["info", "warning", "error", "critical", None]),
    "event_action": st.sampled_from(["trigger", "resolve", None]),
}
INCIDENT: dict[str, st.SearchStrategy[object]] = {
    "priority": cased(PRIORITIES) | st.none(),
    "escalation_policy": st.sampled_from(["first", "second", None]),
    "note": templates,
    "suppress": st.booleans(),
    "pause": st.sampled_from(["30s", "5m", "1h30m", None]),
    "fields": st.dictionaries(
        st.sampled_from(FIELDS),
        templates | st.integers() | st.booleans() | st.lists(templates, max_size=2),
        max_size=2,
    ),
    "webhook": webhooks | st.lists(webhooks, max_size=2),
}
THEN = {
    "unrouted": EVENT,
    "global": {**EVENT, **INCIDENT, "drop": st.booleans()},
    "service": {**EVENT, **INCIDENT, "run": runs | st.lists(runs, max_size=1)},
}


def _has_a_title(then: Json) -> bool:
    """Whether what is set last is not the summary, which is what `title` is for."""
    last = next(reversed(then.get("set") or {"": ""}))
    return bool(then.get("title")) or last != "event.summary"


def actions(path: str) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=THEN[path]).filter(_has_a_title)


def _unlike(rules: list[Json]) -> bool:
    given = [rule["label"] for rule in rules if rule.get("label")]
    return len(given) == len(set(given))


def rule_lists(path: str) -> st.SearchStrategy[list[Json]]:
    """Rules of a path, nested, with what happens otherwise."""

    def of(nested: st.SearchStrategy[object]) -> st.SearchStrategy[list[Json]]:
        one = st.fixed_dictionaries(
            {},
            optional={
                "label": labels,
                "if": conditions | st.lists(conditions, max_size=2),
                "then": actions(path),
                "rules": nested,
                "disabled": st.booleans(),
            },
        )
        return st.lists(one, max_size=3).filter(_unlike)

    shared = st.lists(st.fixed_dictionaries({"then": actions(path)}), min_size=1, max_size=1)
    plain = st.recursive(of(st.just([])), lambda inner: of(inner), max_leaves=6)
    otherwise = st.just([]) | actions(path).map(lambda then: [{"otherwise": then}])

    def led_to(rules: list[Json], named: list[Json]) -> list[Json]:
        return [{**rule, "rules": {"set": "common", "rules": named}} for rule in rules]

    with_shared = st.builds(led_to, of(st.just([])), shared)
    return st.builds(lambda rules, last: [*rules, *last], plain | with_shared, otherwise)


SOURCES = [
    "events-api-v2",
    "nagios_inbound_integration",
    "Datadog",
    "amazon cloudwatch",
    {"name": "Prometheus", "type": "events-api-v2"},
    {"name": "Prometheus", "vendor": "DATADOG"},
    {"name": "Mail", "email": "Mail@acme.pagerduty.com"},
    {"name": "Mail", "email": "other@acme.pagerduty.com"},
    {
        "name": "Mail",
        "email": "other@acme.pagerduty.com",
        "mail": {"filter_mode": "all-email", "filters": []},
    },
    {
        "name": "Mail",
        "email": "other@acme.pagerduty.com",
        "mail": {
            "incident_creation": "use_rules",
            "filter_mode": "or-rules-email",
            "filters": [{"subject_mode": "no-match", "subject_regex": "test"}],
            "parsing_fallback": "discard",
            "parsers": [
                {
                    "action": "resolve",
                    "match_predicate": {
                        "type": "not",
                        "children": [{"type": "regex", "part": "body", "matcher": "a|b"}],
                    },
                    "value_extractors": [{"type": "entire", "part": "subject", "value_name": "incident_key"}],
                }
            ],
        },
    },
]


def _name(source: object) -> str:
    return source if isinstance(source, str) else source["name"]  # type: ignore[index]


hours = st.fixed_dictionaries(
    {
        "time_zone": st.sampled_from(["Europe/Berlin", "UTC"]),
        "from": st.sampled_from(["00:00", "08:30", "08:30:15"]),
        "to": st.sampled_from(["17:00", "24:00", "23:59", "23:59:59", "17:00:30"]),
    },
    optional={"days": st.sampled_from(["mon-fri", "sat,sun", "all"])},
)
HOURS = {"time_zone": "Asia/Tokyo", "from": "09:00", "to": "18:00"}
levels = st.sampled_from(["high", "low", "severity"])
urgencies = (
    levels
    | st.fixed_dictionaries({"support_hours": levels, "outside": levels})
    | st.sampled_from(
        [{"support_hours": "high", "outside": "low", "raise_at": at} for at in ("start", "end", None)]
    )
)
windows = st.sampled_from(["5m", "20m", "1h"])
rolling = windows | st.just("recommended")
groupings = st.one_of(
    st.fixed_dictionaries({"by": st.just("time")}, optional={"window": windows | st.just("until-resolved")}),
    st.fixed_dictionaries(
        {"by": st.just("intelligent"), "window": rolling},
        optional={"fields": st.just(["summary", "class"])},
    ),
    st.fixed_dictionaries(
        {
            "by": st.sampled_from(["content", "content-and-intelligent"]),
            "fields": st.lists(st.sampled_from(["component", "source", "custom_details.env"]), min_size=1),
            "window": rolling,
        },
        optional={"match": st.sampled_from(["all", "any"])},
    ),
    st.none(),
)
prose = st.sampled_from(["", "Takes card payments", "Two\n\nlines ", "Runbook: none", None])

_SERVICE: dict[str, st.SearchStrategy[object]] = {
    "description": prose,
    "disabled": st.booleans(),
    "runbook": st.sampled_from(["https://wiki.acme.example/a", "http://wiki/b", None]),
    "urgency": urgencies,
    "acknowledgement_timeout": st.sampled_from(["30m", "never", "0s", None]),
    "auto_resolve_timeout": st.sampled_from(["4h", "never", None]),
    "auto_pause": st.sampled_from(["2m", "15m", "recommended", None]),
    "alert_grouping": groupings,
    "integrations": st.lists(st.sampled_from(SOURCES), unique_by=_name, max_size=4) | st.none(),
    "exact": st.booleans(),
    "rules": rule_lists("service") | st.none(),
}


def _with_hours(fields: Json, support_hours: Json | None) -> Json:
    """Support hours where the urgency depends on them, or somebody wants them all the same."""
    if support_hours is None and isinstance(fields.get("urgency"), dict):
        return {**fields, "support_hours": HOURS}
    return fields if support_hours is None else {**fields, "support_hours": support_hours}


services: st.SearchStrategy[Json] = st.builds(
    _with_hours,
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["Payments API", "auth"]),
            "escalation_policy": st.sampled_from(["first", "second"]),
        },
        optional=_SERVICE,
    ),
    st.none() | hours,
)

routes = st.lists(
    st.fixed_dictionaries(
        {"to": st.sampled_from(SERVICES)},
        optional={
            "label": labels,
            "if": conditions | st.lists(conditions, max_size=2),
            "disabled": st.booleans(),
        },
    ),
    unique_by=lambda route: route["to"],
).filter(_unlike)
dynamics = st.none() | st.fixed_dictionaries(
    {},
    optional={"label": st.sampled_from(["", "By name"]), "regex": patterns, "disabled": st.booleans()},
).flatmap(
    lambda rest: st.sampled_from([{**rest, by: "alert.service"} for by in ("service_name", "service_id")])
)

routings: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"name": st.sampled_from(["Production", "Staging"])},
    optional={
        "description": prose,
        "team": st.sampled_from(["payments", None]),
        "integrations": st.lists(st.sampled_from(["Alertmanager", "Datadog"]), unique=True) | st.none(),
        "exact": st.booleans(),
        "rules": rule_lists("global"),
        "dynamic": dynamics,
        "routes": routes | st.none(),
        "otherwise": st.sampled_from(["unrouted", "web", None]),
        "unrouted": rule_lists("unrouted"),
    },
)

# --- what PagerDuty makes of it ----------------------------------------------------------------------

_ids: Iterator[int] = count(1)


def kept_path(path: str, document: Json) -> Json:
    """A path document as it reads back (pagerduty.md 7.3, 15): ids given, nulls for what is empty."""
    sets = [{**each, "rules": [_kept_rule(rule) for rule in each["rules"]]} for each in document["sets"]]
    catch_all = dict(document["catch_all"]["actions"])
    if path == "unrouted":
        catch_all["suppress"] = True
    return {
        "type": path,
        "sets": sets,
        "catch_all": {"actions": catch_all},
        "version": f"v{next(_ids)}",
    }


def _kept_rule(rule: Json) -> Json:
    return {
        "id": f"{next(_ids):08x}",
        "label": None,
        **rule,
        "conditions": rule["conditions"] or None,
    }


def kept_service(body: Json, before: Json) -> Json:
    """A service as it reads back: what is left out stays, descriptions are null when empty."""
    raw = {"id": "PSVCapi", "integrations": [], "status": "active", **before, **body}
    pause = raw.get("auto_pause_notifications_parameters") or {"enabled": False}
    raw["auto_pause_notifications_parameters"] = {"timeout": None, "recommended_timeout": 300, **pause}
    return raw


EMPTY_PATH: Json = {
    "sets": [{"id": "start", "rules": []}],
    "catch_all": {"actions": {}},
    "version": "v0",
}


def read_rules(path: PathName, rules: list[Json]) -> Rules:
    """The rules of a path, as a file that holds them is read."""
    adapter: TypeAdapter[Rules] = TypeAdapter(Annotated[Rules, allowed_in(path)])
    return adapter.validate_python(rules)
