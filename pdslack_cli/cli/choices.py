"""The words that flags of single commands take; those of several are in `options`.

Apart from the commands, so that both `--help`, which loads no command, and the command have the same classes.
"""

from __future__ import annotations

from enum import StrEnum


class SplitBy(StrEnum):
    """How objects are distributed over the files of a folder."""

    SECTION = "section"
    TEAM = "team"


class Drawing(StrEnum):
    """The output formats of the picture."""

    MERMAID = "mermaid"
    SVG = "svg"
    HTML = "html"


class Pipeline(StrEnum):
    """The CI system that plans and applies changes."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


class IncidentState(StrEnum):
    """The states of an incident."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class OutputAs(StrEnum):
    """The output formats."""

    ENV = "env"
    JSON = "json"
    GITHUB = "github"  # outputs of a GitHub Actions step
    GITLAB = "gitlab"  # a dotenv report of a GitLab job


class QueueAction(StrEnum):
    """What to do with parked work."""

    LIST = "list"
    RETRY = "retry"
    DROP = "drop"


class ReportFormat(StrEnum):
    """How to print a report of incidents."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class ReportSource(StrEnum):
    """Where a report comes from."""

    AUTO = "auto"
    ANALYTICS = "analytics"
    INCIDENTS = "incidents"


class CoverageFormat(StrEnum):
    """How the coverage is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class EventAction(StrEnum):
    """The actions of an event."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class EventSeverity(StrEnum):
    """The severities of an event."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class LogFormat(StrEnum):
    """How the log is written."""

    JSON = "json"
    TEXT = "text"
