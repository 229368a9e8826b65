"""GitHub Actions: workflow commands, and the files of a step (cli-conventions.md 3.6)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pdslack_cli.config.sources.files import append_text, open_to_write, reported_writing
from pdslack_cli.errors import Location, Problem, Severity
from pdslack_cli.masking import SHORTEST_INSIDE_TEXT
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.visible import one_line, visible

Level = Literal["error", "warning", "notice"]
LEVELS: Mapping[Severity, Level] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}

SUMMARY_LIMIT = 1024 * 1024  # bytes of a step's summary


class Runner:
    """The runner of a step, from its environment variables; outside of one, no file is written."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def annotation(
        self, level: Level, message: str, location: Location | None = None, title: str = ""
    ) -> str:
        """Return the workflow command that shows a message, at its location in the files if it has one."""
        properties: dict[str, object] = {}
        if location:
            properties |= {
                "file": self._in_workspace(location.file),
                "line": location.line,
                "col": location.column,
            }
        if title:
            properties["title"] = title
        shown = ",".join(f"{name}={_property(one_line(str(value)))}" for name, value in properties.items())
        return f"::{level}{f' {shown}' if shown else ''}::{_data(visible(message))}"

    def problem(self, problem: Problem) -> str:
        """Return the annotation of a problem, including its hint."""
        hint = f"\n{safe_line(problem.hint)}" if problem.hint else ""
        return self.annotation(
            LEVELS[problem.severity], safe_line(problem.summary) + hint, problem.location, "pdslack"
        )

    def masks(self, values: Iterable[str]) -> list[str]:
        """Return the commands that mask values in the log; empty without a runner."""
        if self.environ.get("GITHUB_ACTIONS") != "true":
            return []
        shown = (value for value in values if len(value.strip()) >= SHORTEST_INSIDE_TEXT)
        return [f"::add-mask::{_data(value)}" for value in shown]

    def summary_room(self) -> int:
        """The remaining size of the step's summary, in bytes."""
        path = self.environ.get("GITHUB_STEP_SUMMARY")
        return SUMMARY_LIMIT - (Path(path).stat().st_size if path and Path(path).exists() else 0)

    def add_summary(self, markdown: str) -> None:
        """Append to the step's summary; raises PdslackError."""
        self._append("GITHUB_STEP_SUMMARY", visible(markdown))

    def set_outputs(self, outputs: Mapping[str, str]) -> None:
        """Set outputs of the step, one line each so that none can forge another; raises PdslackError."""
        lines = [f"{name}={one_line(value)}\n" for name, value in outputs.items()]
        self._append("GITHUB_OUTPUT", "".join(lines))

    def keep(self, name: str, text: str) -> Path | None:
        """Write a file for later steps of the job; returns None without a runner; raises PdslackError."""
        folder = self.environ.get("RUNNER_TEMP")
        if not folder:
            return None
        path = Path(folder) / name
        _write(path, visible(text), "w")
        return path

    def _append(self, variable: str, text: str) -> None:
        if path := self.environ.get(variable):
            _write(Path(path), text, "a")

    def _in_workspace(self, file: str) -> str:
        """Return the path relative to the root of the repository, as GitHub expects it."""
        workspace = self.environ.get("GITHUB_WORKSPACE")
        if not workspace:
            return file
        path = os.path.relpath(file, workspace)
        return file if path.startswith("..") else path


def log(text: str) -> str:
    """Print text to the log so that no line is interpreted as a workflow command."""
    token = secrets.token_hex(16)
    return f"::stop-commands::{token}\n{visible(text).rstrip()}\n::{token}::"


def _write(path: Path, text: str, mode: Literal["w", "a"]) -> None:
    with reported_writing(path, "for GitHub Actions"):
        if mode == "a":
            append_text(path, text)
        else:
            with open_to_write(path) as file:
                file.write(text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
