"""Protection, adoption, release, rotation, `--only`, `--no-delete`, beside leftovers, copies and strangers.

Each command is followed by plain applies, as a user would go on. The end is a world with one object of ours
and nothing left to do, or problems that say how to go on; what belongs to others is as it was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import cache, partial
from itertools import product
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from pdslack_cli.config.stack import Stack, StackEntry
from pdslack_cli.engine.change import Plan
from pdslack_cli.engine.live import LiveState
from pdslack_cli.engine.marking import plan_adopt, plan_release, plan_rotate
from pdslack_cli.engine.plan import make_plan
from pdslack_cli.engine.refusals import Allowed, with_refusals
from pdslack_cli.kinds import MANAGED, MANAGED_NAMED
from pdslack_cli.kinds.base.kind import Kind
from pdslack_cli.kinds.mark import split_mark
from pdslack_cli.kinds.pagerduty.grouping.alert_grouping import OWN_MARK
from pdslack_cli.model import Json, Ref
from pdslack_cli.sandbox.server import Sandbox
from tests.config.plain import dump, read
from tests.kinds.strategies import SOON
from tests.support.factories import mark, stack
from tests.support.runs import Runner

FILE = read(f"""
owner: acme
slack: {{workspace: T0ACME}}
people: {{ana: ana@acme.example}}
teams: {{t: {{name: T, description: before}}, far: {{name: Far}}}}
schedules:
  s: {{name: S, time_zone: Etc/UTC, description: before, layers: [
    {{name: L, start: "2026-01-05T09:00:00", rotate: 1 week, people: [ana]}}]}}
shift_schedules:
  x: {{name: X, time_zone: Etc/UTC, description: before, rotations: [{{events: [{{name: L, people: [ana],
    from: "2026-01-05T09:00:00", to: "2026-01-06T09:00:00", recurrence: FREQ=DAILY}}]}}]}}
escalation_policies:
  p: {{name: P, description: before, levels: [{{notify: [person/ana], escalate_after: 10m}}]}}
  q: {{name: Q, levels: [{{notify: [person/ana], escalate_after: 10m}}]}}
services:
  api: {{name: API, escalation_policy: q}}
  web: {{name: Web, escalation_policy: q}}
  v: {{name: V, description: before, escalation_policy: q}}
incident_types: {{i: {{description: before}}}}
incident_custom_fields: {{c: {{description: before}}}}
business_services: {{b: {{name: B, description: before}}}}
service_custom_fields: {{f: {{description: before}}}}
maintenance_windows:
  m: {{description: before, from: "{SOON}T09:00:00Z", to: "{SOON}T11:00:00Z", services: [api]}}
status_update_templates: {{u: {{name: U, description: before}}}}
oauth_clients: {{o: {{name: O, client_id: before, client_secret: x, token_url: "https://x.acme.example"}}}}
automation_runners: {{k: {{name: K, description: before, type: runbook, host: acme, api_key: x}}}}
automation_actions: {{a: {{name: A, description: before, script: ls}}}}
routing: {{r: {{name: R, description: before, integrations: [A], otherwise: api}}}}
channels: {{c: {{purpose: before}}, alerts: {{}}}}
user_groups: {{g: {{name: G, description: before, members: [ana]}}}}
notification_rules: {{n: {{from: team/far, to: alerts, urgency: high, events: [triggered]}}}}
extensions: {{e: {{name: E, schema: ServiceNow (v7), services: [api], config: {{target: before}}}}}}
addons: {{d: {{name: D, url: "https://x.acme.example"}}}}
webhooks: {{h: {{url: "https://x.acme.example", from: account, description: before, events: ["incident.*"]}}}}
alert_groupings:
  l: {{name: L, description: before, services: [api, web], grouping: {{by: intelligent, window: 5m}}}}
workflows: {{w: {{name: W, description: before, triggers: [{{manual: true, services: [api]}}]}}}}
""")


class Place(NamedTuple):
    """An entry, what its mark is bound to, where its documents are, and the field with the mark."""

    ref: Ref
    name: str
    documents: str
    text: str = "description"
    changed: Mapping[str, Any] = MappingProxyType({"description": "after"})

    @property
    def kind(self) -> Kind[Any]:
        return MANAGED_NAMED[self.ref.kind]

    @property
    def prefix(self) -> str:
        """What the vendor's text has before the key."""
        return OWN_MARK if self.kind.name == "alert_grouping" else ""

    def text_of(self, raw: Json) -> str:
        text = raw.get(self.text, "")
        return str(text["value"] if isinstance(text, dict) else text)

    def with_text(self, raw: Json, text: str) -> Json:
        held = raw.get(self.text)
        if not self.text:
            return raw
        return {**raw, self.text: {**held, "value": text} if isinstance(held, dict) else text}

    def name_of(self, raw: Json) -> str:
        if self.kind.named_by == self.text:
            return split_mark(self.text_of(raw))[0].strip()
        return str(raw["delivery_method"]["url"] if "delivery_method" in raw else raw.get("name", ""))

    def renamed(self, raw: Json, number: int) -> Json:
        """The object as somebody copied it, under another name."""
        name = f"{self.name_of(raw)}-{number}-copy"
        if self.kind.named_by == self.text:
            return self.with_text(raw, f"{name} {split_mark(self.text_of(raw))[1]}")
        if "delivery_method" in raw:
            return {**raw, "delivery_method": {**raw["delivery_method"], "url": name}}
        taken: Json = {field: f"{number}-copy" for field in ("handle", "display_name") if field in raw}
        if self.kind.name == "alert_grouping":  # a service is in one at most
            taken["services"] = [{"id": f"PSERV{number}{one}", "type": "service_reference"} for one in "AB"]
        return {**raw, "name": name, **taken}

    @property
    def is_single(self) -> bool:
        """Whether the vendor refuses a second object like it, so that no run can leave one."""
        return self.kind.unique_names or self.kind.name == "alert_grouping"


URL = "https://x.acme.example"
CHANGED_END = {"to": f"{SOON}T12:00:00Z"}
CHANGED_PURPOSE, CHANGED_EVENTS = {"purpose": "after"}, {"events": ["triggered", "resolved"]}
OTHER_TARGET = {"config": {"target": "after"}}
PLACES = [
    Place(Ref("schedule", "s"), "S", "pagerduty.schedule"),
    Place(Ref("shift_schedule", "x"), "X", "pagerduty.schedule_v3"),
    Place(Ref("team", "t"), "T", "pagerduty.team"),
    Place(Ref("escalation_policy", "p"), "P", "pagerduty.escalation_policy"),
    Place(Ref("service", "v"), "V", "pagerduty.service"),
    Place(Ref("incident_type", "i"), "i", "pagerduty.incident_type"),
    Place(Ref("incident_custom_field", "c"), "c", "pagerduty.incident_field"),
    Place(Ref("business_service", "b"), "B", "pagerduty.business_service"),
    Place(Ref("maintenance_window", "m"), "before", "pagerduty.maintenance_window", changed=CHANGED_END),
    Place(Ref("service_custom_field", "f"), "f", "pagerduty.service_field"),
    Place(Ref("status_update_template", "u"), "U", "pagerduty.template"),
    Place(Ref("oauth_client", "o"), "O", "pagerduty.oauth_client", "name", {"client_id": "after"}),
    Place(Ref("automation_runner", "k"), "K", "pagerduty.runner"),
    Place(Ref("automation_action", "a"), "A", "pagerduty.action"),
    Place(Ref("routing", "r"), "R", "pagerduty.event_orchestration"),
    Place(Ref("channel", "c"), "c", "slack.channel", "purpose", CHANGED_PURPOSE),
    Place(Ref("user_group", "g"), "G", "slack.user_group"),
    Place(Ref("notification_rule", "n"), "", "pagerduty.slack_connection", "", CHANGED_EVENTS),
    Place(Ref("webhook", "h"), URL, "pagerduty.webhook_subscription"),
    Place(Ref("extension", "e"), "E", "pagerduty.extension", "name", OTHER_TARGET),
    Place(Ref("addon", "d"), "D", "pagerduty.addon", "name", {"url": "https://y.acme.example"}),
    Place(Ref("alert_grouping", "l"), "L", "pagerduty.alert_grouping_setting"),
    Place(Ref("workflow", "w"), "W", "pagerduty.incident_workflow"),
]
COMMANDS = ["apply", "--only", "--no-delete", "--only --no-delete", "--adopt"]
COMMANDS += ["adopt", "adopt --from", "release", "rotate"]
OTHERS = [(0, 0, 0), (1, 0, 1), (0, 2, 0), (2, 1, 1)]  # of owner `old`, of nobody, and copies of ours


@cache
def written() -> Mapping[Ref, StackEntry]:
    """The entries of the file."""
    return {ref: entry for ref, entry in stack(dump(FILE)).entries.items() if entry.kind.section in FILE}


def kept_beside(place: Place) -> list[Ref]:
    """The entry, those of its section that are no place, and what all of these refer to."""
    entries, places = written(), {other.ref for other in PLACES}
    left = {ref for ref in entries if ref.kind == place.ref.kind and ref not in places} | {place.ref}
    kept: set[Ref] = set()
    while left:
        kept |= left
        left = {ref for one in left for ref in entries[one].references if ref in entries} - kept
    return [ref for ref in entries if ref in kept]


def stack_of(place: Place, *, said: str, protect: bool) -> Stack:
    """The file with the entry as it was, changed or removed, and with what it needs; no other place."""
    file: dict[str, Any] = {name: FILE[name] for name in ("owner", "slack", "people")}
    for ref in kept_beside(place):  # or each run would list kinds that it is not about
        name = written()[ref].kind.section
        file.setdefault(name, {})[ref.key] = copy.deepcopy(FILE[name][ref.key])
    section = file[place.kind.section]
    section[place.ref.key] |= {"protect": True} if protect and place.kind.marked else {}
    if said == "changed":
        section[place.ref.key] |= place.changed
    elif said == "removed":
        del section[place.ref.key]
    return stack(dump(file))


def _is_put_away(raw: Json) -> bool:
    return bool(raw.get("is_archived") or raw.get("date_delete"))


class World:
    """One entry that was applied, and other objects of its name beside it."""

    def __init__(self, sandbox: Sandbox, place: Place) -> None:
        self.place, self.runner = place, Runner(sandbox)
        self.applied: dict[bool, bytes] = {}
        self.snapshots: dict[tuple[int, ...], bytes] = {}
        self.stacks = {
            (said, protect): stack_of(place, said=said, protect=protect)
            for said in ("same", "changed", "removed")
            for protect in (False, True)
        }
        empty = sandbox.snapshot()
        for protect in (False, True):
            sandbox.restore(empty)
            wanted = self.stacks["same", protect]
            self.runner.seed(wanted)
            assert self.runner.apply(wanted).complete
            self.applied[protect] = sandbox.snapshot()

    def objects(self) -> dict[str, Json]:
        """All objects of the kind that are not archived, by id."""
        raws = self.runner.sandbox.store.all(self.place.documents)
        if self.place.kind.archives_on_delete:
            raws = [raw for raw in raws if raw.get("enabled", not _is_put_away(raw))]
        return {raw["id"]: raw for raw in raws}

    def ours(self) -> list[str]:
        """The ids of those whose mark is ours and fits; of a kind without marks, of all."""
        marks = {
            id_: split_mark(self.place.text_of(raw))[1]
            for id_, raw in self.objects().items()
            if not self.place.name_of(raw).endswith("copy")
        }
        return [
            id_
            for id_, owned in marks.items()
            if not self.place.kind.marked
            or (owned and owned.address == ("acme", self.place.prefix + self.place.ref.key))
        ]

    def set_up(self, *, ours: int, old: int, free: int, copies: int, protect: bool) -> dict[str, Json]:
        """Make the world; what is foreign in it."""
        sandbox, key = self.runner.sandbox, (ours, old, free, copies, protect)
        if key in self.snapshots:
            sandbox.restore(self.snapshots[key])
        else:
            sandbox.restore(self.applied[protect])
            self.make(ours=ours, old=old, free=free, copies=copies)
            self.snapshots[key] = sandbox.snapshot()
        mine = self.ours()
        return {id_: raw for id_, raw in self.objects().items() if id_ not in mine}

    def make(self, *, ours: int, old: int, free: int, copies: int) -> None:
        place, store = self.place, self.runner.sandbox.store
        (first,) = self.ours()
        raw = self.objects()[first]
        text = place.text_of(raw)
        plain = split_mark(text)[0]
        theirs = mark(f"old/{place.ref.key}", place.name).replace("old/", f"old/{place.prefix}")
        texts = [text] * ours + [f"{plain} {theirs}"] * old + [plain] * free
        if not place.kind.marked:
            texts, copies = [text] * ours, 0
        elif place.is_single:  # what is alone with our mark is ours, whatever its name
            del texts[1:]
            copies = 0 if old and not ours else copies
        elif ours == 0:
            texts.insert(0, plain)
        if texts:
            store.replace(place.documents, first, place.with_text(raw, texts[0]))
        else:
            store.delete(place.documents, first)
        for number, other in enumerate(texts[1:]):
            self.clone(first, place.with_text(raw, other), f"X{number}")
        for number in range(copies):
            self.clone(first, place.renamed(raw, number), f"COPY{number}")

    def clone(self, first: str, raw: Json, id_: str) -> None:
        """Insert the document under another id, with those whose id ends with that of the first."""
        store, ids = self.runner.sandbox.store, f"PX{id_}"
        store.insert(self.place.documents, ids, copy.deepcopy({**raw, "id": ids}))
        for path in store.all("pagerduty.path"):
            if path["_parent"] == first:
                path |= {"id": path["id"].replace(first, ids), "_parent": ids}
                store.insert("pagerduty.path", path["id"], path)

    def run(self, wanted: Stack, command: str) -> tuple[Plan, bool]:
        """The plan of a command, and whether it was carried out."""
        ref = str(self.place.ref)
        marking: dict[str, Any] = {
            "adopt": partial(plan_adopt, patterns=[ref]),
            "adopt --from": partial(plan_adopt, patterns=[ref], from_owner="old"),
            "release": partial(plan_release, patterns=[ref]),
            "rotate": partial(plan_rotate, patterns=[ref]),
        }
        options: dict[str, Any] = {
            "adopt": command == "--adopt",
            "delete": "--no-delete" not in command,
            "only": [self.place.ref] if "--only" in command else [],
        }
        clients = self.runner.clients(wanted)
        live: LiveState = self.runner.read(wanted, clients)
        plan: Plan = (
            marking[command](wanted, live) if command in marking else make_plan(wanted, live, **options)
        )
        plan = with_refusals(plan, wanted, live, clients, Allowed(deletes=10))
        assert [problem.message for problem in plan.problems if not problem.hint] == []
        if plan.problems:
            return plan, False
        report = self.runner.carry_out(plan, wanted, clients)
        assert report.complete, [str(result.error) for result in report.results if result.error]
        return plan, True


@pytest.fixture(scope="module", params=PLACES, ids=lambda place: place.ref.kind)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with Sandbox() as sandbox:
        yield World(sandbox, request.param)


def test_every_kind_has_a_place():
    assert {place.ref.kind for place in PLACES} == {kind.name for kind in MANAGED}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("protect", [False, True], ids=["", "protected"])
def test_every_command_ends_in_the_clean_world_or_says_how_to_go_on(world, protect, command):
    place = world.place
    if (command == "rotate" and not place.kind.secret_name) or (protect and not place.kind.marked):
        return
    turn = COMMANDS.index(command) + protect + len(place.kind.name)
    for number, (ours, said) in enumerate(product(range(4), ["same", "changed", "removed"])):
        if (number + number // 3 + turn) % 6:  # the others are those of the next commands and kinds
            continue
        old, free, copies = OTHERS[(number // 3 + turn) % len(OTHERS)]
        foreign = world.set_up(ours=ours, old=old, free=free, copies=copies, protect=protect)
        wanted = world.stacks[said, protect]

        first, done = world.run(wanted, command)
        taken = done and "adopt" in command
        claimed = {change.live.id for change in first.changes if change.live and taken}
        plan, applied = world.run(wanted, "apply")
        if plan.changes and applied:
            plan, applied = world.run(wanted, "apply")

        now, mine = world.objects(), world.ours()
        case = f"{ours} of ours, {old} of old, {free} free, {copies} copies: {said}"
        for id_, raw in foreign.items():
            assert id_ in claimed or now.get(id_) == raw, case
        if applied:
            assert plan.changes == (), case
            kept = 1 if place.kind.marked else max(ours, 1)  # without a mark, nobody knows who made it
            assert len(mine) == (0 if said == "removed" else kept), case
        if ours and protect and command != "release":
            assert mine, case
