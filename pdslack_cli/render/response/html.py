"""The report of how incidents were answered, as one HTML file with charts that loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from string import Template

from pdslack_cli.analysis.response.figures import Figures, ResponseReport
from pdslack_cli.render.graph.text import clean
from pdslack_cli.render.response.words import cells, columns, compared, duration, per_week

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 180, 64, 24

_PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
body { color: #1d2733; }
table { border-collapse: collapse; margin: .5rem 0 2rem; }
th, td { padding: .25rem .75rem; text-align: right; border-bottom: 1px solid #dde3ea; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.wide { overflow-x: auto; }
svg { display: block; max-width: 100%; height: auto; }
svg text { font-size: 11px; fill: #5a6775; }
.mean { fill: #2d6cdf; } .p90 { fill: #b9cff6; } .split { stroke: #c2410c; stroke-dasharray: 4 3; }
@media (prefers-color-scheme: dark) {
  body { background: #14191f; color: #dfe6ee; } th, td { border-color: #313b46; } svg text { fill: #9aa8b6; }
}
</style>
</head>
<body>
<h1>$title</h1>
<p>$about</p>
$body
</body>
</html>
""")


def response_html(report: ResponseReport) -> str:
    """Return the page."""
    about = f"{report.total.incidents} incidents, from PagerDuty's {report.source}. {report.reason}".strip()
    head = columns(report)
    parts = [_table(["", *head], [["all", *cells(report.total)]])]
    if report.split and report.before and report.after:
        rows = [*compared(report.before, report.after), *per_week(report)]
        parts.append(f"<h2>Before and after {report.split:%Y-%m-%d}</h2>")
        parts.append(_table(["", "before", "after", "change"], rows))
    weeks = report.weeks
    parts += [
        _chart(
            "Time to acknowledge by week",
            weeks,
            [(one.acknowledge.mean, one.acknowledge.p90) for one in weeks.values()],
            report,
        ),
        _chart(
            "Time to resolve by week",
            weeks,
            [(one.resolve.mean, one.resolve.p90) for one in weeks.values()],
            report,
        ),
        _chart(
            "Downtime by week",
            weeks,
            [(one.downtime.total_seconds(), None) for one in weeks.values()],
            report,
        ),
    ]
    for title, groups in (("service", report.services), ("team", report.teams), ("week", weeks)):
        parts.append(f"<h2>By {title}</h2>")
        parts.append(_table(["", *head], [[name, *cells(one)] for name, one in groups.items()]))
    title = f"Incident response, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}"
    return _PAGE.substitute(title=_text(title), about=_text(about), body="\n".join(parts))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [
        "<div class='wide'><table>",
        "<tr>" + "".join(f"<th>{_text(cell)}</th>" for cell in head) + "</tr>",
    ]
    lines += ["<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return "\n".join([*lines, "</table></div>"])


def _chart(
    title: str,
    weeks: Mapping[str, Figures],
    values: Sequence[tuple[float | None, float | None]],
    report: ResponseReport,
) -> str:
    """Return a bar chart: a dark bar for the mean, before a light one for the 90th percentile."""
    most = max((value for pair in values for value in pair if value is not None), default=0) or 1
    room = (WIDTH - LEFT) / max(len(values), 1)
    tall = HEIGHT - BOTTOM
    bars = []
    for number, (name, (mean, p90)) in enumerate(zip(weeks, values, strict=True)):
        for kind, value in (("p90", p90), ("mean", mean)):
            if value is not None:
                high = value / most * (tall - 14)
                bars.append(
                    f"<rect class='{kind}' x='{LEFT + number * room + 2:.1f}' y='{tall - high:.1f}' "
                    f"width='{max(room - 4, 1):.1f}' height='{high:.1f}'>"
                    f"<title>{_text(name)}: {kind} {duration(value)}</title></rect>"
                )
        if number % max(len(values) // 8, 1) == 0:
            bars.append(f"<text x='{LEFT + number * room + 2:.1f}' y='{HEIGHT - 8}'>{_text(name)}</text>")
    if report.split:
        place = (report.split - report.since) / (report.until - report.since)
        x = LEFT + place * (WIDTH - LEFT)
        bars.append(f"<line class='split' x1='{x:.1f}' x2='{x:.1f}' y1='0' y2='{tall}'/>")
    scale = f"<text x='0' y='14'>{duration(most)}</text><text x='0' y='{tall}'>0</text>"
    return (
        f"<h2>{_text(title)}</h2>\n<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' "
        f"aria-label='{_text(title)}'>{scale}{''.join(bars)}</svg>"
    )


def _text(text: str) -> str:
    return escape(clean(text), quote=True)
