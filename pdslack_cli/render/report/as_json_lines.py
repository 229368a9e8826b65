"""A run as a stream of JSON events, one per line, in the format of Terraform's machine-readable UI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pdslack_cli import __version__
from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.engine.change import Action, Change
from pdslack_cli.engine.order import Phase, PlanStep
from pdslack_cli.engine.report import Report, Result, StepOutcome
from pdslack_cli.errors import Problem, Severity
from pdslack_cli.model import Json, Ref
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.plan.wording import Tally, tally_json
from pdslack_cli.render.problems import problems_json
from pdslack_cli.render.report.text import apply_summary, done_tally, error_lines, result_line

UI_VERSION = "1.2"  # of Terraform's messages, which we follow

_PLANNED = {
    ("create",): "create",
    ("update",): "update",
    ("create", "delete"): "replace",
    ("delete",): "delete",
    ("forget",): "remove",
    ("no-op",): "import",
}
_DOING = {
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.REPLACE: "create",
    Action.DELETE: "delete",
    Action.ADOPT: "import",
    Action.RESTORE: "update",
    Action.RELEASE: "remove",
}


def version_event() -> Json:
    """Return the first event: the version of the program."""
    return _event("version", f"pdslack {__version__}", pdslack=__version__, ui=UI_VERSION)


def plan_events(plan: ShownPlan) -> Iterator[Json]:
    """Yield events for the changes, notices and totals of a plan."""
    for change, shown in zip(plan.document["resource_changes"], plan.changes, strict=True):
        details: Json = {
            "resource": _resource(change["address"], change["provider_name"]),
            "action": _PLANNED[tuple(change["change"]["actions"])],
        }
        if reason := change.get("action_reason"):
            details["reason"] = reason
        if importing := change["change"].get("importing"):
            details["importing"] = importing
        yield _event("planned_change", f"{shown.address}: {shown.sentence}", change=details)
        yield from (_note(f"{shown.address}: {warning}") for warning in shown.warnings)
    yield from map(_note, plan.notices)
    yield _summary(plan.summary, plan.tally, "plan")


def problem_events(problems: Sequence[Problem]) -> Iterator[Json]:
    """Yield an event per problem."""
    for diagnostic in problems_json(problems):
        severity = "error" if diagnostic["severity"] == Severity.ERROR else "warning"
        yield _diagnostic({**diagnostic, "severity": severity})


def start_event(step: PlanStep) -> Json:
    """Return the event that a step started."""
    return _event("apply_start", f"{step.change.ref}: {_doing(step)} started", hook=_hook(step))


def progress_event(step: PlanStep, seconds: float) -> Json:
    """Return the event that a step is still running."""
    hook = {**_hook(step), "elapsed_seconds": round(seconds)}
    message = f"{step.change.ref}: {_doing(step)} still running after {seconds:.0f} s"
    return _event("apply_progress", message, hook=hook)


def result_events(result: Result, seconds: float) -> Iterator[Json]:
    """Yield the events of a finished step: done, failed, or skipped."""
    message = safe_line(result_line(result))
    hook = {**_hook(result.step), "elapsed_seconds": round(seconds)}
    if result.outcome is StepOutcome.DONE:
        yield _event("apply_complete", message, hook=hook)
    elif result.error is None:
        yield _note(message)
    else:
        yield _event("apply_errored", message, level="error", hook=hook)
        line, *hint = map(safe_line, error_lines(result))
        summary = line.removeprefix("Error: ")
        yield _diagnostic({"severity": "error", "summary": summary, "detail": "".join(hint).strip()})


def report_events(report: Report, *, destroying: bool) -> Iterator[Json]:
    """Yield the events of a finished run."""
    yield from map(_note, report.notices)
    if report.interrupted:
        yield _diagnostic({"severity": "error", "summary": "interrupted", "detail": ""})
    operation = "destroy" if destroying else "apply"
    yield _summary(apply_summary(report, destroying=destroying), done_tally(report), operation)


def outputs_event(ids: Mapping[Ref, str]) -> Json:
    """Return the event with the ids of managed objects, without secrets (see `pdslack output`)."""
    outputs = {str(ref): {"sensitive": False, "type": "string", "value": id_} for ref, id_ in ids.items()}
    return _event("outputs", f"Outputs: {len(outputs)}", outputs=outputs)


def _event(type_: str, message: str, level: str = "info", **details: Any) -> Json:
    return {
        "@level": level,
        "@message": mask_tokens(message),
        "@module": "pdslack.ui",
        "@timestamp": datetime.now(UTC).isoformat(),
        "type": type_,
        **details,
    }


def _diagnostic(diagnostic: Json) -> Json:
    level = "error" if diagnostic["severity"] == "error" else "warn"
    message = f"{level.capitalize()}: {diagnostic['summary']}"
    return _event("diagnostic", message, level, diagnostic=diagnostic)


def _note(text: str) -> Json:
    return _diagnostic({"severity": "warning", "summary": safe_line(text), "detail": ""})


def _summary(message: str, tally: Tally, operation: str) -> Json:
    return _event("change_summary", message, changes={**tally_json(tally), "operation": operation})


def _hook(step: PlanStep) -> Json:
    change = step.change
    hook: Json = {
        "resource": _resource(str(change.ref), change.kind.provider),
        "action": _doing(step),
    }
    if change.live and hook["action"] != "create":  # what takes its place has an id of its own
        hook |= {"id_key": "id", "id_value": change.live.id}
    return hook


def _doing(step: PlanStep) -> str:
    change: Change = step.change
    if step.phase is Phase.REMOVE and change.action is Action.REPLACE:
        return "delete"
    if step.phase is Phase.DEDUPLICATE:
        return "delete"
    is_update = step.phase in {Phase.SHRINK, Phase.REPOINT, Phase.LET_GO, Phase.RENAME_TEMPORARILY}
    if is_update or (change.action is Action.ADOPT and change.fields):
        return "update"
    return _DOING[change.action]


def _resource(address: str, provider: str) -> Json:
    kind, _, key = address.partition("/")
    return {
        "addr": address,
        "module": "",
        "resource": address,
        "implied_provider": provider,
        "resource_type": kind,
        "resource_name": key,
        "resource_key": None,
    }
