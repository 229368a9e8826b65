"""`pdslack doctor`: check tokens, plan, people and environment against the files."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from pdslack_cli.cli.errors import Failed, reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet, UseSandbox
from pdslack_cli.cli.run.session import opened
from pdslack_cli.cli.views.view import CommandResult
from pdslack_cli.doctor import DoctorContext, FindingLevel, run_checks
from pdslack_cli.render.doctor import findings_json, findings_markdown, print_findings, problems_of
from pdslack_cli.render.output.streams import echo

ProbeWebhooks = Annotated[
    bool | None,
    typer.Option("--probe-webhooks/--no-probe-webhooks", help="Send a HEAD request to webhook URLs.",
                 show_default="on, except in the sandbox", envvar="PDSLACK_PROBE_WEBHOOKS"),
]  # fmt: skip


def doctor(
    files: Files = None,
    sandbox: UseSandbox = False,
    format_: OutputFormat = Format.TEXT,
    probe_webhooks: ProbeWebhooks = None,
    quiet: Quiet = False,
) -> None:
    with reported_errors(format_, files, command="doctor", quiet=quiet) as view:

        def watch(step: str) -> None:
            if not quiet:
                echo(f"{step}...", err=True)

        with opened(files, sandbox=sandbox, tokens_required=False, quiet=quiet) as context:
            doctor_context = DoctorContext(
                context.stack,
                context.clients,
                context.secrets,
                context.environ,
                context.sandboxed,
                context.app_secrets.creations,
            )
            probed = not context.sandboxed if probe_webhooks is None else probe_webhooks
            count = context.progress.counter("reading")
            findings = run_checks(doctor_context, watch, count, webhooks=probed)
        view.result(
            CommandResult(
                context.stack.owner,
                partial(print_findings, findings, quiet=quiet),
                partial(findings_json, findings),
                partial(findings_markdown, findings, context.stack.owner),
                problems_of(findings),
            )
        )
    if any(finding.level is FindingLevel.ERROR for finding in findings):
        raise Failed
