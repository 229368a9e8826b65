"""The results of an apply as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from pdslack_cli.engine.report import Report
from pdslack_cli.render.output.markdown import COMMENT_LIMIT, Block, code, document, fenced, marker, prose
from pdslack_cli.render.output.safe import safe_line
from pdslack_cli.render.report.text import apply_summary, failures, next_step, result_line


def report_markdown(report: Report, owner: str, *, destroying: bool, limit: int = COMMENT_LIMIT) -> str:
    """Return the report, of at most `limit` bytes; failures come first."""
    command = "destroy" if destroying else "apply"
    summary = apply_summary(report, destroying=destroying)
    head = f"{marker(command, owner)}\n## pdslack {command}: `{owner}`\n\n**{prose(summary)}**"
    tail = "" if report.complete else next_step(report, code)
    return document(head, list(_blocks(report)), tail, limit)


def _blocks(report: Report) -> Iterator[Block]:
    for failure in failures(report):
        yield Block(fenced("\n".join(map(safe_line, failure))), "error")
    for notice in report.all_notices:
        yield Block(fenced(f"Note: {safe_line(notice)}"), "note")
    if report.results:
        lines = "\n".join(safe_line(result_line(result)) for result in report.results)
        yield Block(f"<details><summary>Steps</summary>\n\n{fenced(lines)}\n\n</details>", "list of steps")
