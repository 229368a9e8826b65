"""Schedules, escalation policies, webhooks and workflows, as files write them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.outbound.webhook import KNOWN
from pdslack_cli.model import Name, Ref

SOON = f"{date.today() + timedelta(days=30):%Y-%m-%d}"  # of what a plan only looks at if it is to come
PEOPLE = ("ines", "maya", "tom")
TEAMS = ("payments", "platform")
SERVICES = ("api", "auth", "web")
SCHEDULES = ("days", "nights")
ACTIONS = ("acme.example:tools:tell:1", "acme.example:tools:loop:2")
TYPES = ("Major", "Security")


def id_index() -> IdIndex:
    """Everything that the strategies refer to; the ids sort otherwise than the keys."""
    kinds = {"person": PEOPLE, "team": TEAMS, "service": SERVICES, "schedule": SCHEDULES}
    ids = {
        Ref(kind, key): f"P{kind}{9 - place}"
        for kind, keys in kinds.items()
        for place, key in enumerate(keys)
    }
    ids |= {Ref("workflow_action", Name(action)): action for action in ACTIONS}
    ids |= {Ref("incident_type", Name(name)): f"PTYPE{9 - place}" for place, name in enumerate(TYPES)}
    return IdIndex(ids)


texts = st.sampled_from(["", "Card payments", "Two\n\nlines", "ünï [x]", None])
names = st.sampled_from(["Primary", "Nights", "ünï"])


def few(keys: tuple[str, ...], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(keys), min_size=least, max_size=3)


# --- schedules ---------------------------------------------------------------------------------------

PAST = ("2020-01-06T09:00:00", "2021-07-05T22:30:00")
FUTURE = ("2040-01-02T09:00:00", "2041-07-01T22:30:00")
clocks = st.sampled_from(["00:00", "09:00", "17:30", "22:15"])
days = st.sampled_from(["mon-fri", "sat,sun", "all", "wed", ["mon", "sun"]])
moments = st.builds(lambda day, clock: f"{day} {clock}", st.sampled_from(["mon", "fri", "sun"]), clocks)
windows = st.one_of(
    st.fixed_dictionaries({"from": clocks, "to": clocks}, optional={"days": days}),
    st.fixed_dictionaries({"from": moments, "to": moments}).filter(lambda span: span["from"] != span["to"]),
)
layers = st.fixed_dictionaries(
    {
        "start": st.sampled_from([*PAST, *FUTURE]),
        "rotate": st.sampled_from(["12h", "1 week", "1d12h"]),
        "people": few(PEOPLE, least=1),
    },
    optional={
        "name": st.sampled_from(["Weekly", "Days", "Nights"]),
        "only": st.lists(windows, max_size=3),
        "end": st.sampled_from(["2030-01-01T00:00:00", "2050-01-01T00:00:00", "2022-01-01T00:00:00", None]),
        "handoff": st.sampled_from([*PAST, *FUTURE]),
    },
).filter(lambda layer: not layer.get("end") or layer["end"] > layer["start"])
schedules = st.fixed_dictionaries(
    {
        "name": names,
        "time_zone": st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]),
        "layers": st.lists(layers, max_size=4),
    },
    optional={"description": texts, "teams": few(TEAMS)},
)

# --- escalation policies -----------------------------------------------------------------------------

TARGETS = (*(f"person/{key}" for key in PEOPLE), *(f"schedule/{key}" for key in SCHEDULES))
levels = st.fixed_dictionaries(
    {"notify": few(TARGETS, least=1)},
    optional={
        "escalate_after": st.sampled_from(["1m", "90m", "2d"]),
        "assign": st.sampled_from(["everyone", "round_robin"]),
    },
)
escalation_policies = st.fixed_dictionaries(
    {"name": names, "levels": st.lists(levels, min_size=1, max_size=3)},
    optional={
        "description": texts,
        "team": st.sampled_from([*TEAMS, None]),
        "repeat": st.integers(0, 9),
        "handoff_notifications": st.sampled_from(["always", "if_has_services"]),
    },
)

# --- webhooks ----------------------------------------------------------------------------------------

EVENTS = (*sorted(KNOWN)[::5], "incident.*", "*.updated", "service.*", "incident.invented")
webhooks = st.fixed_dictionaries(
    {
        "url": st.sampled_from(["https://sync.acme.example/a", "http://user@acme.example:8080/b?c=d"]),
        "from": st.sampled_from(["account", "service/api", "team/payments", "team/platform"]),
        "events": few(EVENTS, least=1),
    },
    optional={
        "headers": st.dictionaries(
            st.sampled_from(["X-Env", "Authorization"]), st.text(max_size=9), max_size=2
        ),
        "active": st.booleans(),
        "description": texts,
    },
)

# --- workflows ---------------------------------------------------------------------------------------


def _steps(inner: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    one = st.fixed_dictionaries(
        {"name": st.sampled_from(["Tell", "Ask", "Repeat"]), "action": st.sampled_from(ACTIONS)},
        optional={
            "inputs": st.dictionaries(
                st.sampled_from(["Message", "Times", "Steps"]),
                st.sampled_from(["Down", "{{incident.title}}", "", 3, True, "team/payments", "service/api"])
                | inner,
                max_size=3,
            )
        },
    )
    return st.lists(one, max_size=3)


steps = _steps(_steps(st.just("leaf")))
starts = st.one_of(
    st.fixed_dictionaries(
        {"manual": st.just(True)},
        optional={"team": st.sampled_from([*TEAMS])},  # type: ignore[arg-type]
    ),
    st.just({"created": True}),
    st.fixed_dictionaries(
        {"if": st.sampled_from(["incident.priority matches 'P1'", "incident.urgency matches 'high'"])}
    ),
    st.fixed_dictionaries({"incident_types": few((*TYPES, "MAJOR"), least=1)}),
)
triggers = st.builds(
    lambda start, services: {**start, "services": services}, starts, st.just("all") | few(SERVICES)
)


def _start(trigger: dict[str, object]) -> str:
    types = {str(name).casefold() for name in trigger.get("incident_types", ())}  # type: ignore[attr-defined]
    said = {**trigger, "services": None, "incident_types": sorted(types)}
    return str(sorted(said.items(), key=lambda item: item[0]))


workflows = st.fixed_dictionaries(
    {"name": names},
    optional={
        "description": texts,
        "team": st.sampled_from([*TEAMS, None]),
        "enabled": st.booleans(),
        "steps": steps,
        "triggers": st.lists(triggers, max_size=4, unique_by=_start),
    },
)
