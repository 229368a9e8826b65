"""A PagerDuty account in the sandbox, as tests of its kinds want to see and change it."""

from __future__ import annotations

from typing import Any

from pdslack_cli.clients.pagerduty import PagerDutyClient
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.change import Plan
from pdslack_cli.model import Json
from pdslack_cli.sandbox.settings import save_plan
from tests.support.factories import stack
from tests.support.runs import Runner

WORLD = """
owner: payments
slack: {workspace: T0ACME}
escalation_policies: {first: {lookup: true}, second: {lookup: true}}
"""


def file(*sections: str) -> Stack:
    """The stack of a world with these sections more."""
    return stack(WORLD + "\n".join(sections))


def service(*fields: str, **sections: str) -> Stack:
    """The stack with one service, `api`, and sections more."""
    lines = ["services:", "  api:", "    escalation_policy: first", *(f"    {field}" for field in fields)]
    return file("\n".join(lines), *sections.values())


class Account(Runner):
    """The sandbox, with short ways to look into it and to change it behind our back."""

    @property
    def pagerduty(self) -> PagerDutyClient:
        return self.clients(file()).pagerduty

    def made(self, wanted: Stack, **options: Any) -> None:
        """Apply, and see that nothing is left to do."""
        report = self.apply(wanted, **options)
        assert report.complete, [str(result.error) for result in report.results if result.error]
        plan = self.plan(wanted)
        assert plan.problems == ()
        assert [(str(change.ref), change.fields) for change in plan.changes] == []

    def problems(self, wanted: Stack, **options: Any) -> list[str]:
        return [problem.message for problem in self.plan(wanted, **options).problems]

    def warnings(self, plan: Plan) -> list[str]:
        return [warning for change in plan.changes for warning in change.warnings]

    def service(self, name: str) -> Json:
        include = ["integrations", "auto_pause_notifications_parameters"]
        services = self.pagerduty.list("/services", "services", include=include)
        return next(service for service in services if service["name"] == name)

    def orchestration(self, name: str) -> Json:
        orchestrations = self.pagerduty.list("/event_orchestrations", "orchestrations")
        (found,) = [each for each in orchestrations if each["name"] == name]
        return found

    def service_path(self, name: str) -> str:
        return f"/event_orchestrations/services/{self.service(name)['id']}"

    def document(self, path: str) -> Json:
        whole: Json = self.pagerduty.get(path)["orchestration_path"]
        return whole

    def rules(self, path: str, set_id: str = "start") -> list[Json]:
        """The rules of a set of a path document."""
        return next(each["rules"] for each in self.document(path)["sets"] if each["id"] == set_id)

    def replace_rules(self, path: str, *rules: Json, catch_all: Json | None = None) -> None:
        """What somebody else writes into a path."""
        whole = {"sets": [{"id": "start", "rules": list(rules)}], "catch_all": {"actions": catch_all or {}}}
        self.pagerduty.update(path, {"orchestration_path": whole})

    def take_away(self, *features: str) -> None:
        """Of the account's plan."""
        with self.sandbox.store.transaction():
            save_plan(self.sandbox.store, dict.fromkeys(features, False))
