"""The chart of a stock's intervals in its groups, as bars over time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import altair as alt

from stockgroups.charts import theme
from stockgroups.model import GroupType
from stockgroups.queries.origins import make_label
from stockgroups.ranges import DateRange
from stockgroups.text import UNNAMED, count_of
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.queries.timelines import MembershipInterval, StockTimeline

MOST_GROUPS = 60
_COLOURS = {
    GroupType.ETF: theme.BLUE,
    GroupType.UNIVERSE: theme.ORANGE,
    GroupType.SECTOR: theme.GREEN,
    GroupType.THEME: theme.PURPLE,
    GroupType.SEGMENT: theme.SKY,
    GroupType.CUSTOM: theme.YELLOW,
}
_MARK_HEIGHT = 14
_SHORTEST_SPAN = dt.timedelta(days=30)


def draw_timeline(answer: StockTimeline) -> alt.VConcatChart:
    """Return the intervals of a stock in its groups as bars; open ones end today.

    Renames are lines across the bars. At most 60 groups are shown, those that held it longest.
    """
    now = today_utc()
    held: dict[tuple[str, str], list[MembershipInterval]] = {}
    for one in answer.intervals:
        held.setdefault((one.kind, one.group), []).append(one)
    kept = sorted(held, key=lambda group: -_count_days(held[group], now))[:MOST_GROUPS]
    order = sorted(kept, key=lambda group: (_place(group[0]), held[group][0].valid_from, group[1]))
    labels = theme.label_apart(make_label(GroupType(kind), name) for kind, name in order)
    rows = [
        {
            "group": label,
            "type": kind,
            "from": one.valid_from.isoformat(),
            "to": (one.valid_to if one.has_ended else now).isoformat(),
            "dates": DateRange(one.valid_from, one.valid_to).describe(),
            "lasts": not one.has_ended,
        }
        for label, (kind, name) in zip(labels, order, strict=True)
        for one in held[kind, name]
    ]
    first = min((one.valid_from for one in answer.intervals), default=now)
    span = DateRange(min(first, now - _SHORTEST_SPAN), now)
    renames = _list_renames(answer, first, now)
    picture = _draw(rows, labels, span, renames) if rows else theme.draw_nothing()
    return theme.finish(picture, _describe(answer, len(held), len(held) - len(kept), now))


def _draw(
    rows: Sequence[dict[str, Any]],
    labels: Sequence[str],
    span: DateRange,
    renames: Sequence[dict[str, Any]],
) -> theme.Picture:
    beside = theme.measure_labels(labels)
    kinds = sorted({row["type"] for row in rows}, key=_place)
    colours = alt.Scale(domain=kinds, range=[_COLOURS[GroupType(kind)] for kind in kinds])
    # All dates are days. They are read and shown in UTC, so that every time zone shows the same.
    utc = alt.Scale(type="utc")
    # `domain` is not used, because Vega-Lite reads a domain of dates as two domains if `x2` is set.
    first, last = map(count_milliseconds, span)
    whole = alt.Scale(type="utc", nice=False, domainMin=first, domainMax=last)
    base = alt.Chart({"values": list(rows)}).encode(
        y=alt.Y("group:N", sort=labels, title=None),
        color=alt.Color(
            "type:N",
            scale=colours,
            legend=alt.Legend(orient="top", title=None) if len(kinds) > 1 else None,
        ),
        tooltip=[
            alt.Tooltip("group:N", title="group"),
            alt.Tooltip("dates:N", title="in it"),
        ],
    )
    axis = alt.Axis(format=choose_format(span), tickCount=8, grid=True, labelOverlap=True)
    layers: list[alt.Chart] = [
        base.mark_bar(height=theme.ROW * 0.6, opacity=1).encode(
            x=alt.X("from:T", scale=whole, axis=axis, title=None), x2="to:T"
        ),
        base.transform_filter("datum.lasts")
        .mark_point(shape="triangle-right", filled=True, size=70, opacity=1, xOffset=4)
        .encode(x=alt.X("to:T", scale=utc)),
    ]
    if renames:
        marks = alt.Chart({"values": list(renames)}).encode(x=alt.X("on:T", scale=utc))
        layers += [
            marks.mark_rule(color=theme.INK, strokeDash=[4, 3]),
            marks.mark_text(align="left", dx=4, fontSize=theme.SMALL, color=theme.FAINT).encode(
                text="symbol:N", y=alt.Y("above:Q", scale=None)
            ),
        ]
    height = theme.ROW * max(1, len(labels))
    return alt.layer(*layers).properties(width=max(240, theme.WIDTH - beside), height=height)


def count_milliseconds(day: dt.date) -> float:
    """Return a day as Vega's time: milliseconds since 1970 in UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp() * 1000


def choose_format(span: DateRange) -> str:
    """Return a date format in which no two ticks of a span have the same label."""
    days = (span.valid_to - span.valid_from).days
    return "%Y" if days > 5 * 365 else "%b %Y" if days > 365 else "%Y-%m-%d"


def _describe(answer: StockTimeline, groups: int, left_out: int, now: dt.date) -> theme.Caption:
    names = ", ".join(f"{one.symbol} {one.dates.describe()}" for one in answer.names)
    facts = [
        theme.clean(answer.name or UNNAMED, theme.LONGEST_NAME)
        + f" · in {count_of(groups, 'group')}",
        *([f"names: {names}"] if len(answer.names) > 1 else []),
        f"from the first source that has it to the first that no longer has it; today is {now}",
    ]
    gaps = [] if answer.intervals else ["no group has ever held it"]
    if left_out:
        gaps.append(f"left out: {count_of(left_out, 'group')} that held it for a shorter time")
    return theme.Caption(f"When {answer.symbol} was in which groups", facts, gaps)


def _list_renames(answer: StockTimeline, first: dt.date, now: dt.date) -> list[dict[str, Any]]:
    """Return the days on which the stock took another symbol, within the range of the picture.

    A label that would touch the label before it is placed one line higher.
    """
    changed = [one for one in answer.names if first < one.valid_from <= now]
    apart = (now - first) / 7
    renames: list[dict[str, Any]] = []
    line, before = 0, None
    for one in sorted(changed, key=lambda one: one.valid_from):
        line = line + 1 if before is not None and one.valid_from - before < apart else 0
        before = one.valid_from
        renames.append(
            {
                "on": one.valid_from.isoformat(),
                "symbol": theme.clean(f"{one.symbol} from {one.valid_from}"),
                "above": -8 - _MARK_HEIGHT * line,
            }
        )
    return renames


def _count_days(intervals: Sequence[MembershipInterval], now: dt.date) -> int:
    return sum((min(one.valid_to, now) - one.valid_from).days for one in intervals)


def _place(kind: str) -> int:
    return list(_COLOURS).index(GroupType(kind))
