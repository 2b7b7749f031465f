"""The style of all charts: colours, fonts, sizes and captions."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import altair as alt

from stockgroups.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.queries.moments import Moment
    from stockgroups.queries.origins import Origin

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first one is part of vl-convert, so that files look alike on every machine."""
WIDTH = 760
"""The width of a whole chart with labels, in pixels, unless its content needs more."""
ROW = 22
"""Pixels of a row of bars."""
SMALL = 11
"""The size of most letters, in pixels."""

# The palette of Okabe and Ito, which colour-blind people can distinguish too.
BLUE, ORANGE, GREEN, SKY = "#0072B2", "#D55E00", "#009E73", "#56B4E9"
PURPLE, YELLOW = "#CC79A7", "#E69F00"
REST = "#A3A8AE"
"""The colour of unknown values, and of positions that are not stocks."""
EMPTY = "#E9EAEC"
LIGHT_TO_DARK = ("#F3F8FD", "#B9D6EB", "#5BA3CF", "#1B69AF", "#08306B")
"""The colours from 0 to 1."""
DARK_FROM = 0.6
"""The value on this scale from which letters are white."""
INK, FAINT, GRID = "#1F2328", "#5B626A", "#E3E5E8"

LONGEST_LABEL = 48
LONGEST_NAME = 160
_LONGEST_LINE = 400
_MOST_GAPS = 8
_SMALL_PART = 0.01
_MOST_LISTED = 4
"""The most sources that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Caption:
    """The text around a chart.

    Attributes:
        title: The title.
        facts: The date, the sources and their ages.
        gaps: The parts that the data do not cover.
    """

    title: str
    facts: Sequence[str] = ()
    gaps: Sequence[str] = field(default=())


def clean(text: str, most: int = LONGEST_LABEL) -> str:
    """Return a text for a chart: on one line, with at most `most` characters."""
    line = escape(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def label_apart(texts: Iterable[str], most: int = LONGEST_LABEL) -> list[str]:
    """Return texts as labels; a label that would equal another gets a stroke at its end."""
    labels: dict[str, None] = {}
    for text in texts:
        label = clean(text, most)
        while label in labels:
            label += "′"
        labels[label] = None
    return list(labels)


def measure_labels(labels: Iterable[str]) -> int:
    """Return the approximate width of the longest label, in pixels."""
    return round(max((len(label) for label in labels), default=0) * SMALL * 0.56) + 12


def write_percent(part: float) -> str:
    """Return a fraction as per cent; a small one has two decimals, zero has no sign."""
    text = f"{part:.1%}" if abs(part) >= _SMALL_PART else f"{part:.2%}"
    return "0.0%" if text.strip("-0.%") == "" else text.replace("-", "−")


def describe_sources(sources: Sequence[tuple[str, Origin]], moment: Moment | None) -> list[str]:
    """Return the sources of the figures: a line for each group, or one line for many groups."""
    if len(sources) <= _MOST_LISTED:
        return [
            f"{label} {origin.describe(moment)}" if label else origin.describe(moment)
            for label, origin in sources
        ]
    dated = sorted(
        (origin.as_of, origin.age_on(moment.on if moment else None) or 0)
        for _, origin in sources
        if origin.as_of is not None
    )
    names = sorted({origin.source for _, origin in sources if origin.source})
    if not dated:
        return ["no recorded sources"]
    (first, oldest), (last, newest) = dated[0], dated[-1]
    ages = f"{newest} to {oldest}" if newest != oldest else f"{newest}"
    days = f"{first} to {last}" if first != last else f"{first}"
    behind = "old" if moment is None else f"before {moment.on}"
    return [f"as of {days} ({ages} days {behind}), from {', '.join(names)}"]


def draw_nothing() -> alt.Chart:
    """Return the picture of an answer without rows."""
    chart: alt.Chart = (
        alt.Chart({"values": [{}]})
        .mark_text(text="nothing to show", color=FAINT)
        .properties(width=WIDTH // 2, height=2 * ROW)
    )
    return chart


Picture = alt.Chart | alt.LayerChart | alt.FacetChart


def finish(
    picture: Picture, caption: Caption, *below: Picture, width: int = WIDTH
) -> alt.VConcatChart:
    """Return a picture with its caption and the style of all charts.

    Args:
        below: Other pictures, placed below it.
        width: The width of the whole chart in pixels, at which lines are wrapped.
    """
    width = max(width, WIDTH)
    gaps = list(caption.gaps)
    if len(gaps) > _MOST_GAPS:
        gaps[_MOST_GAPS - 1 :] = [f"and {len(gaps) - _MOST_GAPS + 1} more notes"]
    gaps = _break(gaps, width, SMALL)
    *pictures, last = picture, *below
    if gaps:
        foot = alt.TitleParams(
            text=gaps,
            orient="bottom",
            anchor="start",
            frame="bounds",
            offset=12,
            fontSize=SMALL,
            fontWeight="normal",
            color=FAINT,
        )
        last = last.properties(title=foot)
    whole: alt.VConcatChart = alt.vconcat(
        *pictures,
        last,
        description=clean(caption.title, _LONGEST_LINE),
        title=alt.TitleParams(
            text=_break([caption.title], width, 17),
            subtitle=_break(caption.facts, width, 12),
            anchor="start",
            offset=14,
        ),
    )
    configured: alt.VConcatChart = whole.configure(**_CONFIG)
    return configured


def _break(lines: Sequence[str], width: int, size: int) -> list[str]:
    """Return texts, wrapped to lines that fit a width."""
    most = int(width / (size * 0.52))
    return [
        part for line in lines for part in textwrap.wrap(clean(line, _LONGEST_LINE), most) or [""]
    ]


_CONFIG: dict[str, Any] = {
    "background": "white",
    "font": FONT,
    "padding": 16,
    "view": alt.ViewConfig(stroke=None),
    "title": alt.TitleConfig(
        color=INK,
        fontSize=17,
        fontWeight="bold",
        subtitleColor=FAINT,
        subtitleFontSize=12,
        subtitlePadding=6,
    ),
    "axis": alt.AxisConfig(
        labelFontSize=SMALL,
        labelColor=INK,
        labelLimit=360,
        titleFontSize=SMALL,
        titleFontWeight="normal",
        titleColor=FAINT,
        gridColor=GRID,
        domain=False,
        ticks=False,
        labelPadding=6,
    ),
    "legend": alt.LegendConfig(
        labelFontSize=SMALL,
        titleFontSize=SMALL,
        titleFontWeight="normal",
        titleColor=FAINT,
        labelColor=INK,
    ),
    "text": alt.MarkConfig(fontSize=SMALL, color=INK),
}
