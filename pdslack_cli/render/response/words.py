"""Figures of incidents in words and in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from pdslack_cli.analysis.response.figures import Figures, ResponseReport, Spread, change
from pdslack_cli.model import Json

COLUMNS = (
    "incidents",
    "MTTA",
    "p50",
    "p90",
    "MTTR",
    "p50",
    "p90",
    "interruptions",
    "escalations",
    "downtime",
)
_BARS = "▁▂▃▄▅▆▇█"


def cells(figures: Figures) -> list[str]:
    """Return a row of the table, in the order of `COLUMNS`; with the cost where it is known."""
    row = [
        str(figures.incidents),
        *_times(figures.acknowledge),
        *_times(figures.resolve),
        str(figures.interruptions),
        str(figures.escalations),
        duration(figures.downtime.total_seconds()),
    ]
    return row if figures.cost is None else [*row, money(figures.cost)]


def columns(report: ResponseReport) -> list[str]:
    return [*COLUMNS] if report.total.cost is None else [*COLUMNS, "cost"]


def duration(seconds: float | None) -> str:
    """Return a time in its two largest units: `4m 12s`, `3h 5m`; a dash for None."""
    if seconds is None:
        return "–"
    rest, words = round(seconds), []
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count}{unit}")
    return " ".join(words[:2]) or "0s"


def money(amount: float) -> str:
    return f"{amount:,.0f}"


def percent(part: float | None) -> str:
    return "" if part is None else f"{part * 100:+.0f} %"


def sparkline(values: Sequence[float | None]) -> str:
    """Return a bar for each value, relative to the largest; a space where there is none."""
    most = max((value for value in values if value is not None), default=0)
    return "".join(
        " " if value is None else _BARS[min(round(value / most * 7) if most else 0, 7)] for value in values
    )


def compared(before: Figures, after: Figures) -> list[tuple[str, str, str, str]]:
    """Return name, before, after and change of each time."""
    rows: list[tuple[str, str, str, str]] = []
    for name, one, other in (
        ("MTTA", before.acknowledge, after.acknowledge),
        ("MTTR", before.resolve, after.resolve),
    ):
        for label, old, new in (
            (name, one.mean, other.mean),
            (f"{name} p50", one.p50, other.p50),
            (f"{name} p90", one.p90, other.p90),
        ):
            rows.append((label, duration(old), duration(new), percent(change(old, new))))
    return rows


def per_week(report: ResponseReport) -> list[tuple[str, str, str, str]]:
    """Return name, before, after and change of what is counted, per week: the two times differ in length."""
    if not (report.split and report.before and report.after):
        return []
    weeks = timedelta(days=7)
    spans = (report.split - report.since) / weeks, (report.until - report.split) / weeks
    rows = []
    for name, value, write in _COUNTED:
        one, other = value(report.before), value(report.after)
        if one is not None and other is not None:
            old, new = one / spans[0], other / spans[1]
            rows.append((f"{name} a week", write(old), write(new), percent(change(old, new))))
    return rows


def _decimal(number: float) -> str:
    return f"{number:.1f}"


_COUNTED: tuple[tuple[str, Callable[[Figures], float | None], Callable[[float], str]], ...] = (
    ("incidents", lambda one: one.incidents, _decimal),
    ("interruptions", lambda one: one.interruptions, _decimal),
    ("escalations", lambda one: one.escalations, _decimal),
    ("downtime", lambda one: one.downtime.total_seconds(), duration),
    ("cost", lambda one: one.cost, money),
)


def response_json(report: ResponseReport) -> Json:
    """Return a report as JSON; times are in seconds."""
    compared_json = (
        {
            "split": report.split.isoformat(),
            "before": _figures_json(report.before),
            "after": _figures_json(report.after),
            "change": {
                "mtta": change(report.before.acknowledge.mean, report.after.acknowledge.mean),
                "mttr": change(report.before.resolve.mean, report.after.resolve.mean),
            },
        }
        if report.split and report.before and report.after
        else {}
    )
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "source": report.source,
        "total": _figures_json(report.total),
        **compared_json,
        "services": _named_json(report.services),
        "teams": _named_json(report.teams),
        "weeks": _named_json(report.weeks),
    }


def _named_json(groups: Mapping[str, Figures]) -> list[Json]:
    return [{"name": name, **_figures_json(figures)} for name, figures in groups.items()]


def _figures_json(figures: Figures) -> Json:
    return {
        "incidents": figures.incidents,
        "mtta": _spread_json(figures.acknowledge),
        "mttr": _spread_json(figures.resolve),
        "interruptions": figures.interruptions,
        "escalations": figures.escalations,
        "downtime": round(figures.downtime.total_seconds()),
        "cost": figures.cost,
    }


def _spread_json(one: Spread) -> Json:
    return {"mean": one.mean, "p50": one.p50, "p90": one.p90}


def _times(one: Spread) -> list[str]:
    return [duration(one.mean), duration(one.p50), duration(one.p90)]
