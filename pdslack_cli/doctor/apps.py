"""Check the Slack apps of the stack, which are known by their ids alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pdslack_cli.doctor.context import DoctorContext, Facts
from pdslack_cli.doctor.finding import DoctorFinding, FindingLevel
from pdslack_cli.engine.slack_app.kind import plan_app
from pdslack_cli.engine.slack_app.provision import unfinished_creation
from pdslack_cli.engine.slack_app.workflows import apps_of
from pdslack_cli.engine.slack_app.workflows_kind import plan_workflows
from pdslack_cli.errors import PdslackError, Problem

CHECK = "apps"


def find_apps(context: DoctorContext, facts: Facts, *, readable: bool) -> Iterator[DoctorFinding]:
    """Report what a plan tells of the apps; where they are not `readable`, creations that were cut off."""
    try:
        if not readable:
            yield from (DoctorFinding.of_problem(CHECK, problem) for problem in _unfinished(context))
            return
        now = datetime.now(UTC)
        known = context.stack, context.clients, context.app_secrets
        plans = plan_workflows(*known, facts.ownership.id_index, now), plan_app(*known, now)
    except PdslackError as error:  # of the secret store
        yield DoctorFinding.of_error(CHECK, error)
        return
    for plan in plans:
        yield from (DoctorFinding.of_problem(CHECK, problem) for problem in plan.problems)
        yield from (DoctorFinding(FindingLevel.WARNING, CHECK, notice) for notice in plan.notices)


def _unfinished(context: DoctorContext) -> Iterator[Problem]:
    for ref in apps_of(context.stack):
        if problem := unfinished_creation(context.app_secrets, ref):
            yield problem
