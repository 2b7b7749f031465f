"""The chart of a panel: the number of stocks over time, and the stocks or the changes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import altair as alt

from stockgroups.charts import theme
from stockgroups.charts.changes import colour_changes, sum_by_span
from stockgroups.charts.timeline import choose_format, count_milliseconds
from stockgroups.ranges import DateRange
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.analytics.panels.panel import Panel

MOST_STRIPS = 40
"""Stocks that have a line each; of more, those that came and went are counted."""
_HEIGHT, _LOW = 200, 110
"""The heights of the chart of numbers, in pixels; it is small if each stock has a line."""
_DAY = dt.timedelta(days=1)
_BAR = 0.8 * _DAY
"""The part of its time span that a bar fills."""


def draw_panel(answer: Panel) -> alt.VConcatChart:
    """Return the number of stocks of a panel on its dates, as a line over time.

    Below it each of up to 40 stocks has a line, which is darker for a larger weight. For more
    stocks, bars show how many were added and removed. Times without a source are grey.
    """
    stocks = answer.symbols
    ends = [*answer.dates[1:], answer.dates[-1] + _find_step(answer.dates)]
    span = DateRange(answer.dates[0], ends[-1])
    labels = theme.label_apart(_order(answer)) if 0 < len(stocks) <= MOST_STRIPS else []
    beside = max(theme.measure_labels(labels), 56)
    below: list[theme.Picture] = []
    if labels:
        below = [_draw_strips(answer, ends, span, labels, beside)]
    elif moves := _count_moves(answer):
        below = [_draw_moves(moves, span, beside)]
    counts = _draw_counts(answer, ends, span, beside, height=_LOW if labels else _HEIGHT)
    return theme.finish(counts, _describe(answer, has_moves=bool(below)), *below)


def _find_step(dates: Sequence[dt.date]) -> dt.timedelta:
    """Return the time that one date represents: the average distance of two dates."""
    return max(_DAY, (dates[-1] - dates[0]) / max(1, len(dates) - 1))


def _order(answer: Panel) -> list[str]:
    """Return the stocks, sorted by first date, then by number of dates, most first."""
    first: dict[str, int] = {}
    days: Counter[str] = Counter()
    for run in answer.runs:
        for stock in run.stocks:
            first.setdefault(stock.symbol, run.start)
            days[stock.symbol] += run.stop - run.start
    return sorted(first, key=lambda symbol: (first[symbol], -days[symbol], symbol))


def _in_time(span: DateRange) -> alt.X:
    first, last = map(count_milliseconds, span)
    scale = alt.Scale(type="utc", nice=False, domainMin=first, domainMax=last)
    axis = alt.Axis(format=choose_format(span), tickCount=8, labelOverlap=True, grid=True)
    return alt.X("from:T", scale=scale, axis=axis, title=None)


def _draw_counts(
    answer: Panel, ends: Sequence[dt.date], span: DateRange, beside: int, *, height: int
) -> theme.Picture:
    counts = list(answer.count_members())
    rows = [
        {"from": day.isoformat(), "to": end.isoformat(), "stocks": count}
        for (day, count, *_), end in zip(counts, ends, strict=True)
    ]
    steps = _merge(row for row in rows if row["stocks"] is not None)
    gaps = _merge(row for row in rows if row["stocks"] is None)
    most = max((row["stocks"] for row in steps), default=0)
    base = alt.Chart({"values": [*steps, *gaps]}).encode(x=_in_time(span), x2="to:T")
    scale = alt.Scale(domain=[0, max(1, most)], nice=True)
    axis = alt.Axis(tickMinStep=1, format="d", minExtent=beside, tickCount=5)
    grey = base.transform_filter("datum.stocks === null").mark_rect(color=theme.EMPTY)
    area = base.transform_filter("datum.stocks !== null").mark_rect(
        color=theme.BLUE, stroke=theme.BLUE, strokeWidth=0.5
    )
    picture: theme.Picture = alt.layer(
        grey,
        area.encode(
            y=alt.Y("stocks:Q", title="number of stocks", scale=scale, axis=axis),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("from:T", title="from", formatType="utc", format="%Y-%m-%d"),
                alt.Tooltip("stocks:Q", title="stocks"),
            ],
        ),
    ).properties(width=theme.WIDTH - beside, height=height)
    return picture


def _merge(rows: Any) -> list[dict[str, Any]]:
    """Return rows; adjacent rows with equal values are merged."""
    merged: list[dict[str, Any]] = []
    for row in rows:
        before = merged[-1] if merged else None
        if before and before["to"] == row["from"] and _list_values(before) == _list_values(row):
            before["to"] = row["to"]
        else:
            merged.append(dict(row))
    return merged


def _list_values(row: dict[str, Any]) -> list[Any]:
    return [value for key, value in row.items() if key not in ("from", "to")]


def _draw_strips(
    answer: Panel, ends: Sequence[dt.date], span: DateRange, labels: Sequence[str], beside: int
) -> theme.Picture:
    held: dict[str, list[dict[str, Any]]] = {symbol: [] for symbol in _order(answer)}
    names = dict(zip(held, labels, strict=True))
    for run in answer.runs:
        since, until = answer.dates[run.start].isoformat(), ends[run.stop - 1].isoformat()
        for stock in run.stocks:
            row = {"symbol": names[stock.symbol], "from": since, "to": until}
            held[stock.symbol].append({**row, "weight": stock.weight})
    rows = [row for several in held.values() for row in _merge(several)]
    most = max((row["weight"] or 0.0 for row in rows), default=0.0)
    shade = alt.Color(
        "weight:Q",
        scale=alt.Scale(domain=[0, most], range=theme.LIGHT_TO_DARK[1:], clamp=True),
        legend=alt.Legend(title="weight", format=".1%", orient="top", gradientLength=160),
    )
    picture: theme.Picture = (
        alt.Chart({"values": rows})
        .mark_bar(height=theme.ROW * 0.6, color=theme.BLUE)
        .encode(
            x=_in_time(span),
            x2="to:T",
            y=alt.Y("symbol:N", sort=list(labels), title=None, axis=alt.Axis(minExtent=beside)),
            tooltip=[
                alt.Tooltip("symbol:N", title="stock"),
                alt.Tooltip("from:T", title="from", formatType="utc", format="%Y-%m-%d"),
                alt.Tooltip("to:T", title="to", formatType="utc", format="%Y-%m-%d"),
                alt.Tooltip("weight:Q", title="weight", format=".4%"),
            ],
            **({"color": shade} if answer.has_weights and most > 0 else {}),
        )
        .properties(width=theme.WIDTH - beside, height=theme.ROW * len(labels))
    )
    return picture


def _count_moves(answer: Panel) -> list[dict[str, Any]]:
    """Return the numbers of added and removed stocks in each time span; removals are negative."""
    found: Counter[tuple[str, str]] = Counter()
    for day, _, added, removed in answer.count_members():
        found[day.isoformat(), "added"] += added
        found[day.isoformat(), "removed"] += removed
    return sum_by_span(+found)


def _draw_moves(rows: Sequence[dict[str, Any]], span: DateRange, beside: int) -> theme.Picture:
    spans = [{**row, **_bound(row["when"], span)} for row in rows]
    picture: theme.Picture = (
        alt.Chart({"values": spans})
        .mark_bar()
        .encode(
            x=_in_time(span),
            x2="to:T",
            y=alt.Y(
                "count:Q",
                title="added and removed",
                stack=False,
                axis=alt.Axis(tickMinStep=1, format="d", minExtent=beside, tickCount=5),
            ),
            y2=alt.datum(0),
            color=colour_changes(row["kind"] for row in rows),
            tooltip=[
                alt.Tooltip("when:O", title="by"),
                alt.Tooltip("kind:N", title="change"),
                alt.Tooltip("count:Q", title="stocks"),
            ],
        )
        .properties(width=theme.WIDTH - beside, height=_HEIGHT * 0.7)
    )
    return picture


def _bound(when: str, span: DateRange) -> dict[str, str]:
    """Return the start and the end of the bar of a day, a month or a year."""
    first = dt.date.fromisoformat(f"{when}-01-01"[:10])
    days = {4: 365, 7: 30}.get(len(when), max(1, (span.valid_to - span.valid_from).days // 120))
    last = min(first + _BAR * days, span.valid_to)
    return {"from": max(first, span.valid_from).isoformat(), "to": last.isoformat()}


def _describe(answer: Panel, *, has_moves: bool) -> theme.Caption:
    dates, stocks = count_of(len(answer.dates), "date"), count_of(len(answer.symbols), "stock")
    facts = [
        f"{dates} from {answer.dates[0]} to {answer.dates[-1]}, {stocks} in all",
        *(group.describe() for group in answer.groups),
    ]
    gaps = [
        f"no answer on {count_of(gap.dates, 'date')} ({gap.since} to {gap.until}): {gap.why}"
        for gap in answer.gaps
    ]
    gaps += answer.warnings
    if not has_moves:
        gaps.append("no stock was added or removed")
    return theme.Caption(
        f"{theme.clean(answer.expression, theme.LONGEST_NAME)} over time", facts, gaps
    )
