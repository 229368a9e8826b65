"""`pdslack doctor`: check tokens, plan, people and environment against the files."""

from __future__ import annotations

from typing import Annotated

import typer

from pdslack_cli.cli.errors import Failed, reported_errors
from pdslack_cli.cli.options import Files, Format, OutputFormat, Quiet, UseSandbox
from pdslack_cli.cli.session import opened
from pdslack_cli.doctor import DoctorContext, FindingLevel, run_checks
from pdslack_cli.render.doctor import findings_json, print_findings
from pdslack_cli.render.output.console import stdout
from pdslack_cli.render.output.streams import echo, echo_json

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
    with reported_errors(format_, files, command="doctor", quiet=quiet):

        def watch(step: str) -> None:
            if not quiet:
                echo(f"{step}...", err=True)

        with opened(files, sandbox=sandbox, tokens_required=False) as context:
            doctor_context = DoctorContext(
                context.stack, context.clients, context.secrets, context.environ, context.sandboxed
            )
            probed = not context.sandboxed if probe_webhooks is None else probe_webhooks
            findings = run_checks(doctor_context, watch, webhooks=probed)
        if format_ is Format.JSON:
            echo_json(findings_json(findings))
        else:
            print_findings(findings, stdout(), quiet=quiet)
    if any(finding.level is FindingLevel.ERROR for finding in findings):
        raise Failed
