"""The chart of each fund's stocks with a sector, by confidence, as stacked bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from stockgroups.charts import theme
from stockgroups.sectors.answer import Confidence
from stockgroups.text import count_of, list_some

if TYPE_CHECKING:
    from stockgroups.jobs.measure import FundCoverage, MeasureReport

MOST_FUNDS = 60
_COLOURS = {
    Confidence.OVERRIDE: theme.PURPLE,
    Confidence.KEPT: theme.GREEN,
    Confidence.HIGH: theme.BLUE,
    Confidence.MEDIUM: theme.SKY,
    Confidence.LOW: theme.YELLOW,
    Confidence.NONE: theme.REST,
}
_WORDS = {
    Confidence.OVERRIDE: "set by a user",
    Confidence.KEPT: "another program's",
    Confidence.HIGH: "high: sources agree",
    Confidence.MEDIUM: "medium: one source",
    Confidence.LOW: "low",
    Confidence.NONE: "no sector",
}
_MOST_SOURCES = 6
_ROOM_FOR_VALUES = 130


def draw_coverage(report: MeasureReport) -> alt.VConcatChart:
    """Return the number of each fund's US stocks with a sector, by confidence, as stacked bars.

    The fund with the lowest coverage is first. At most 60 funds are shown.
    """
    funds = sorted((one for one in report.funds if one.stocks), key=_rank)
    shown = funds[:MOST_FUNDS]
    labels = theme.label_apart(one.etf for one in shown)
    levels = [level for level in _COLOURS if any(one.confidences.get(level) for one in shown)]
    rows = [
        {
            "fund": label,
            "level": _WORDS[level],
            "order": levels.index(level),
            "share": one.confidences[level] / one.stocks,
            "stocks": one.confidences[level],
        }
        for label, one in zip(labels, shown, strict=True)
        for level in levels
        if one.confidences.get(level)
    ]
    sums = [
        {
            "fund": label,
            "whole": 1,
            "text": f"{one.with_sector / one.stocks:.1%} of {count_of(one.stocks, 'stock')}",
        }
        for label, one in zip(labels, shown, strict=True)
    ]
    y = alt.Y("fund:N", sort=labels, title=None)
    bars = (
        alt.Chart({"values": rows})
        .mark_bar()
        .encode(
            x=alt.X(
                "share:Q",
                title="share of the fund's stocks that are listed in the US",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            y=y,
            color=alt.Color(
                "level:N",
                scale=alt.Scale(
                    domain=[_WORDS[level] for level in levels],
                    range=[_COLOURS[level] for level in levels],
                ),
                legend=alt.Legend(orient="top", title=None, columns=0, labelLimit=200),
            ),
            order="order:O",
            tooltip=[
                alt.Tooltip("fund:N", title="fund"),
                alt.Tooltip("level:N", title="sector"),
                alt.Tooltip("stocks:Q", title="stocks", format=","),
                alt.Tooltip("share:Q", title="share", format=".1%"),
            ],
        )
    )
    texts = (
        alt.Chart({"values": sums})
        .mark_text(align="left", dx=5, color=theme.INK)
        .encode(x="whole:Q", y=y, text="text:N")
    )
    picture = alt.layer(bars, texts).properties(
        width=theme.WIDTH - theme.measure_labels(labels) - _ROOM_FOR_VALUES,
        height=theme.ROW * max(1, len(shown)),
    )
    caption = _describe(report, len(funds) - len(shown))
    return theme.finish(picture if rows else theme.draw_nothing(), caption)


def _rank(fund: FundCoverage) -> tuple[float, str]:
    return fund.with_sector / fund.stocks, fund.etf


def _describe(report: MeasureReport, left_out: int) -> theme.Caption:
    """Return the caption of the picture."""
    known = report.with_sector / report.stocks if report.stocks else 0.0
    sources = [f"{one.name} ({one.stocks:,})" for one in report.sources]
    text = list_some(sources, _MOST_SOURCES)
    when = "now" if report.on is None else f"by labels reported by {report.on}"
    facts = [
        f"{when}: {report.with_sector:,} of {report.stocks:,} stocks of the ETFs, {known:.1%}",
        *([f"sources, with their stocks: {text}"] if sources else []),
    ]
    gaps = []
    if left_out:
        gaps.append(f"left out: {count_of(left_out, 'fund')} with a higher coverage")
    foreign = sorted(one.etf for one in report.funds if not one.stocks)
    if foreign:
        gaps.append(f"without a stock listed in the US: {', '.join(foreign)}")
    return theme.Caption("How many stocks of each fund have a sector", facts, gaps)
