"""Automation runners: what runs scripts and jobs outside of PagerDuty (pagerduty.md 10.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import FILLED, Description, Pattern, problem
from pdslack_cli.kinds.fields.secret import WriteOnlyText, secret_at_most
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.automation.links import LinkedTeams, Links
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.model import Json, Live, Ref

SECRET = "secret"  # noqa: S105 - the name under which it is kept
_LONGEST_DESCRIPTION = 1_024  # with its mark
_LONGEST_API_KEY = 64

Host = Annotated[
    str,
    Pattern(
        r"^[A-Za-z0-9._-]{1,255}$",
        "host of Runbook Automation",
        "write the first part alone: `acme` of acme.runbook.pagerduty.cloud",
    ),
]


class AutomationRunner(Resource):
    """Runs automation actions: a sidecar in your own network, or Runbook Automation."""

    name: Annotated[str, FILLED, at_most(255), NAMED] = ""
    description: Annotated[Description, at_most(_LONGEST_DESCRIPTION)] = ""
    type: Annotated[
        Literal["sidecar", "runbook"],
        Field(
            description="a program of yours that asks for work, or Runbook Automation; a new one if changed"
        ),
    ] = "sidecar"
    host: Annotated[Host | None, Field(description="of Runbook Automation, its first part: `acme`")] = None
    api_key: Annotated[
        WriteOnlyText | None,
        secret_at_most(_LONGEST_API_KEY),
        Field(description="for Runbook Automation; never read back, `rotate` sends it again"),
    ] = None
    teams: LinkedTeams = ()

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        fields = [name for name in ("host", "api_key") if getattr(self, name) is not None]
        if self.type == "sidecar" and fields:
            raise problem(
                f"a sidecar has no `{fields[0]}`", "write `type: runbook`", (fields[0],), needs=("type",)
            )
        if self.type == "runbook" and self.host is None:
            raise problem(
                "Runbook Automation needs its `host`", "write `host: acme`", ("type",), needs=("type", "host")
            )
        return self


class AutomationRunners(PagerDutyKind[AutomationRunner]):
    name, section, spec = "automation_runner", "automation_runners", AutomationRunner
    path, wrapper, plural = "/automation_actions/runners", "runner", "runners"
    params: ClassVar[Mapping[str, Any]] = {"include": ["associated_actions"]}
    mark_limit = _LONGEST_DESCRIPTION
    fixed_fields = frozenset({"type"})
    sought_with = frozenset({"automation_runner"})
    secret_name = SECRET
    write_only_fields = frozenset({"api_key"})
    parts = (Links(path, "team", listed=True),)

    def secret_of(self, spec: Resource) -> str:
        return SECRET if getattr(spec, "type", "sidecar") == "sidecar" else ""

    # --- lenses --------------------------------------------------------------------------------------

    def decode(self, live: Live, id_index: IdIndex) -> AutomationRunner:
        raw = live.raw
        is_runbook = raw["runner_type"] == "runbook"
        return AutomationRunner.from_wire(
            name=live.name,
            description=raw["description"].strip(),
            type=raw["runner_type"],
            host=raw.get("runbook_base_uri") if is_runbook else None,
            api_key=WriteOnlyText("") if is_runbook else None,
            **self.decoded_parts(live, id_index),
        )

    def encode(self, spec: AutomationRunner, id_index: IdIndex, live: Live | None) -> Json:
        fields = spec.model_fields_set
        body: Json = spec.model_dump(include={"name", "description"}, exclude_unset=True)
        # PagerDuty tells the two sorts of body apart by it.
        body["runner_type"] = live.raw["runner_type"] if live else spec.type
        if "host" in fields and spec.host:
            body["runbook_base_uri"] = spec.host
        if "api_key" in fields and spec.api_key and (key := spec.api_key.get_secret_value()):
            body["runbook_api_key"] = key
        return body

    # --- what a plan asks ----------------------------------------------------------------------------

    def obstacles(
        self,
        spec: AutomationRunner,
        live: Live,
        fields: Collection[str],
        id_index: IdIndex,
        *,
        adopt: bool,
    ) -> Iterable[str]:
        used_by = (live.raw.get("associated_actions") or {}).get("actions")
        is_same = adopt and spec.type == live.raw["runner_type"]
        if self.fixed_fields & set(fields) and used_by and not is_same:
            yield (
                "this creates a new runner, and the actions of the old one would stay with it: add another "
                "runner, name it in those actions, apply, and then remove this one"
            )

    def unfit(
        self, before: AutomationRunner | None, after: AutomationRunner, found: Mapping[Ref, Live]
    ) -> Iterator[Doubt]:
        if after.type == "runbook" and not after.api_key and (before is None or before.type != "runbook"):
            yield Doubt(("type",), "a new runner of Runbook Automation needs its `api_key`", "add it")

    def warnings(
        self,
        before: AutomationRunner | None,
        after: AutomationRunner,
        fields: Collection[str],
        now: datetime,
    ) -> Iterator[str]:
        yield from super().warnings(before, after, fields, now)
        if before and self.fixed_fields & set(fields) and self.secret_of(before):
            yield "its secret changes: the sidecar that runs with the old one stops working"
