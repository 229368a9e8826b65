"""The view for programs that follow a run: one JSON event per line."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pdslack_cli.cli.views.view import CommandResult, DocumentView, TextView
from pdslack_cli.config.stack import Stack
from pdslack_cli.engine.order import PlanStep
from pdslack_cli.engine.report import Report, Result
from pdslack_cli.errors import Problem
from pdslack_cli.model import Json, Ref
from pdslack_cli.render.output.streams import echo_json_line
from pdslack_cli.render.plan.shown import ShownPlan
from pdslack_cli.render.report import as_json_lines

STILL_RUNNING = 10.0  # seconds between two signs of life of a step, as in Terraform


class JsonLinesView(DocumentView):
    """One JSON object per line on standard output."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began: dict[PlanStep, float] = {}
        self._ended = threading.Event()

    def begin(self) -> None:
        self._write([as_json_lines.version_event()])

    def problems(self, problems: Sequence[Problem]) -> None:
        self._ended.set()
        self._write(as_json_lines.problem_events(problems))
        TextView(quiet=True).problems(problems)

    def valid(self, stack: Stack, advice: Sequence[Problem]) -> None:
        self.advise(advice)

    def advise(self, advice: Sequence[Problem]) -> None:
        self._write(as_json_lines.problem_events(advice))

    def plan(self, plan: ShownPlan, command: str, saved_to: Path | None) -> None:
        self.preview(plan)
        if plan.problems:
            self.problems(plan.problems)

    def preview(self, plan: ShownPlan) -> None:
        self._write(as_json_lines.plan_events(plan))

    def step(self, event: PlanStep | Result) -> None:
        if isinstance(event, PlanStep):
            if not self._began:
                threading.Thread(target=self._show_running, daemon=True).start()
            self._began[event] = time.monotonic()
            self._write([as_json_lines.start_event(event)])
        else:
            began = self._began.get(event.step)
            if began is not None:
                self._began[event.step] = 0.0
            seconds = time.monotonic() - began if began else 0.0
            self._write(as_json_lines.result_events(event, seconds))

    def report(self, report: Report, owner: str, *, destroying: bool) -> None:
        self._ended.set()
        self._write(as_json_lines.report_events(report, destroying=destroying))

    def result(self, result: CommandResult) -> None:
        self._write(as_json_lines.problem_events(result.problems))

    def outputs(self, ids: Mapping[Ref, str]) -> None:
        self._write([as_json_lines.outputs_event(ids)])

    def _show_running(self) -> None:
        """Report periodically which steps are still running."""
        while not self._ended.wait(STILL_RUNNING):
            now = time.monotonic()
            running = [(step, now - began) for step, began in dict(self._began).items() if began]
            self._write(as_json_lines.progress_event(*one) for one in running if one[1] >= STILL_RUNNING)

    def _write(self, events: Iterable[Json]) -> None:
        with self._lock:
            for event in events:
                echo_json_line(event)
