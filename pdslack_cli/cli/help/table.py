"""The table of commands: their modules and help texts, available without importing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

DOCS = "https://github.com/pdslack/pdslack/blob/main/docs"


class CommandHelp(NamedTuple):
    """A command: its module below `commands`, summary, usage, and page of the docs."""

    module: str
    summary: str
    examples: tuple[str, ...]
    page: str = "commands.md"

    @property
    def epilog(self) -> str:
        """The text at the end of its help; \\b preserves line breaks."""
        return "\b\nExamples:\n" + "".join(f"  {line}\n" for line in self.examples) + f"\n{DOCS}/{self.page}"


COMMANDS: Mapping[str, CommandHelp] = {
    "init": CommandHelp(
        "init",
        "Write a starter stack from questions on a terminal or from flags; it works in the sandbox as it is.",
        ("pdslack init", "pdslack init infra --owner payments --ci github"),
    ),
    "validate": CommandHelp(
        "validate",
        "Check the files without a network.",
        ("pdslack validate", "pdslack validate stacks/payments"),
        "concepts/file.md#mistakes",
    ),
    "fmt": CommandHelp(
        "fmt",
        "Rewrite the files in their canonical order and layout; comments and meaning stay as they are.",
        ("pdslack fmt", "pdslack fmt --check"),
        "commands.md#layout",
    ),
    "test": CommandHelp(
        "test",
        "Run the `tests:` of the files, and of *.test.yaml beside them, without a network.",
        ("pdslack test", "pdslack test --junit results.xml"),
        "testing.md#test",
    ),
    "route": CommandHelp(
        "route",
        "Show where an event goes, who is paged and which channels are notified, without a network.",
        (
            "pdslack route event.json --to routing/production",
            "pdslack route --to service/api --summary 'Disk full' --severity critical",
        ),
        "testing.md#route",
    ),
    "send": CommandHelp(
        "send",
        "Send an event to a service or an orchestration, and show what the sandbox makes of it.",
        (
            "pdslack send service/payments-api --summary 'Disk full' --sandbox",
            "pdslack send routing/production event.json",
            "pdslack send service/payments-api --action resolve --dedup-key disk --live",
        ),
        "concepts/sandbox.md#send",
    ),
    "app": CommandHelp(
        "app",
        "Show the manifest of the Slack app with the scopes that the files need; create or update the app.",
        ("pdslack app", "pdslack app --show-secrets", "pdslack app --create", "pdslack app --update --yes"),
        "slack-app.md",
    ),
    "message": CommandHelp(
        "message",
        "Show the Slack message of an invented incident, and what of its template Slack would refuse.",
        ("pdslack message --preview", "pdslack message short --status resolved --format json"),
        "messages.md",
    ),
    "replay": CommandHelp(
        "replay",
        "Show which past alerts would go elsewhere, be silenced or page somebody else by the files' rules.",
        ("pdslack replay --since 30d", "pdslack replay --from alerts.jsonl --base main/pdslack.yaml"),
        "testing.md#replay",
    ),
    "plan": CommandHelp(
        "plan",
        "Show what apply would change, or why it would refuse to, and change nothing.",
        (
            "pdslack plan --sandbox",
            "pdslack plan --only 'service/*' --no-delete",
            "pdslack plan --out plan.json --detailed-exitcode",
        ),
        "concepts/safety.md",
    ),
    "show": CommandHelp(
        "show",
        "Show a saved plan; needs no tokens, no network and no stack files.",
        ("pdslack show plan.json", "pdslack show plan.json --format markdown --only 'service/*'"),
        "ci.md",
    ),
    "apply": CommandHelp(
        "apply",
        "Make PagerDuty and Slack match the files, or apply a saved plan.",
        (
            "pdslack apply --sandbox",
            "pdslack apply --yes",
            "pdslack apply plan.json",
            "pdslack apply    # after `git revert HEAD`: undoes the apply of that commit",
        ),
        "how-to.md#undo-a-mistake",
    ),
    "destroy": CommandHelp(
        "destroy",
        "Delete every object that carries the owner's mark, of every kind.",
        ("pdslack destroy --sandbox", "pdslack destroy --yes"),
        "concepts/safety.md",
    ),
    "adopt": CommandHelp(
        "marking",
        "Put the ownership mark on existing objects, and change nothing else.",
        ("pdslack adopt service/payments-api", "pdslack adopt '*/*' --from old-owner"),
        "how-to.md",
    ),
    "release": CommandHelp(
        "marking",
        "Remove the ownership mark from objects, and change nothing else.",
        ("pdslack release service/payments-api", "pdslack release 'channel/*' -f stacks/payments"),
        "how-to.md",
    ),
    "rotate": CommandHelp(
        "marking",
        "Renew secrets that are shown once: replace the webhook, and store its new secret.",
        ("pdslack rotate webhook/incidents",),
        "how-to.md",
    ),
    "output": CommandHelp(
        "output",
        "Print the ids and integration keys of what the stack manages.",
        ("pdslack output", "pdslack output --only 'service/*' --format json --show-secrets"),
    ),
    "export": CommandHelp(
        "export",
        "Write the live objects as YAML whose plan is nothing but adoptions.",
        (
            "pdslack export --owner payments --out stack",
            "pdslack export --owner payments --team Payments --only 'service/*'",
        ),
        "export.md",
    ),
    "doctor": CommandHelp(
        "doctor",
        "Check what would keep an apply from working, and how to fix it; change nothing.",
        ("pdslack doctor", "pdslack doctor --format json"),
        "concepts/tokens.md#doctor",
    ),
    "report": CommandHelp(
        "report",
        "Show how fast incidents were answered, by service, team and week, before and after a date.",
        (
            "pdslack report --since 90d",
            "pdslack report --split 2026-03-01 --cost-per-minute 100 --format html > report.html",
        ),
        "report.md",
    ),
    "coverage": CommandHelp(
        "coverage",
        "Check that somebody can be reached for each service in the coming 14 days; exit 2 on holes.",
        ("pdslack coverage", "pdslack coverage --format json"),
        "on-call.md#coverage",
    ),
    "graph": CommandHelp(
        "graph",
        "Draw where alerts go: from event sources through routing to people and channels.",
        ("pdslack graph --out graph.svg", "pdslack graph --diff --only team/payments --out change.html"),
        "commands.md#pictures",
    ),
    "list": CommandHelp(
        "list",
        "List what the accounts have, as files refer to it: actions, vendors, people, ...",
        ("pdslack list", "pdslack list actions slack", "pdslack list vendors --sandbox --format json"),
    ),
    "explain": CommandHelp(
        "explain",
        "Describe the sections and fields of the file, and topics such as conditions.",
        (
            "pdslack explain",
            "pdslack explain service.alert_grouping",
            "pdslack explain schedules --recursive",
            "pdslack explain conditions",
        ),
        "reference.md",
    ),
    "schema": CommandHelp(
        "schema",
        "Print the JSON Schema of the file; editors complete and check with it.",
        ("pdslack schema > pdslack.schema.json",),
        "reference.md",
    ),
    "sandbox": CommandHelp(
        "sandbox",
        "Run a local PagerDuty and Slack for tests; print the environment that points programs at them.",
        (
            "pdslack sandbox",
            "pdslack sandbox pdslack.yaml    # seeds it for the stack; add: POST /_sandbox/seed",
            "pdslack sandbox --ready-file sandbox.env",
            "pdslack sandbox --port 8080 --reset",
            "pdslack sandbox --coverage --format markdown",
        ),
        "concepts/sandbox.md",
    ),
    "serve": CommandHelp(
        "serve",
        "Keep incidents and Slack messages in step, both ways, until stopped.",
        (
            "pdslack serve",
            "pdslack serve --sandbox",
            "pdslack serve --host 0.0.0.0 --port 8080 --database postgresql://pdslack@db/pdslack",
        ),
        "serve.md",
    ),
    "audit": CommandHelp(
        "audit",
        "Print who did what: changes of applies, and acts on incidents from Slack, as JSON lines.",
        ("pdslack audit", "pdslack audit --since 7d", "pdslack audit --incident Q1K7T5ZD0PLW2A"),
        "serve.md#audit",
    ),
    "queue": CommandHelp(
        "queue",
        "Show work of the two-way service that was given up; try it again or drop it.",
        ("pdslack queue list", "pdslack queue retry message-12", "pdslack queue drop event-7"),
        "serve.md#parked-work",
    ),
    "version": CommandHelp("version", "Print the version.", ("pdslack version",)),
}
