"""The chart of the overlap of groups, as a heat map."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import altair as alt

from stockgroups.analytics.portfolios.overlap_answers import OverlapAnswer
from stockgroups.analytics.portfolios.overlap_matrix import OverlapMatrix
from stockgroups.charts import theme
from stockgroups.charts.composition import draw_slices, make_bars
from stockgroups.charts.ordering import order_alike
from stockgroups.queries.composition import Slice
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.analytics.portfolios.nearest import NearestAnswer
    from stockgroups.queries.origins import Origin

MOST_GROUPS = 150
"""Groups whose names can still be read beside a heat map."""
_WEIGHED = "overlap: the sum of the smaller weights of the shared stocks"
_SIDE = 640
_LONGEST_NAME = 24
_MOST_STOCKS = 15
_LARGEST_CELL, _LARGE_CELL, _SMALLEST_CELL = 132, 72, 9
"""Pixels of a cell; one that is larger than large holds a long label."""
_CELL_WITH_TENTHS, _CELL_WITH_TEXT = 44, 26
"""The size of a cell, in pixels, from which a percentage fits into it."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The overlap of every two groups; NaN if one of them has no weights.

    The diagonal of `shared` has the numbers of stocks.
    """

    labels: Sequence[str]
    sources: Sequence[tuple[str, Origin]]
    overlap: Sequence[Sequence[float]]
    shared: Sequence[Sequence[int]]

    def pick(self, places: Sequence[int]) -> _Table:
        """Return the table of some groups, in this order."""
        return _Table(
            [self.labels[at] for at in places],
            [self.sources[at] for at in places],
            [[float(self.overlap[i][j]) for j in places] for i in places],
            [[int(self.shared[i][j]) for j in places] for i in places],
        )

    def list_pairs(self) -> list[float]:
        """Return the overlap of every pair of groups."""
        return [self.overlap[i][j] for i in range(len(self.labels)) for j in range(i)]

    def share_names(self) -> list[list[float]]:
        """Return the number of shared stocks as a fraction of the smaller group."""
        counts = [max(1, row[at]) for at, row in enumerate(self.shared)]
        return [
            [names / min(counts[i], counts[j]) for j, names in enumerate(row)]
            for i, row in enumerate(self.shared)
        ]


def draw_overlap(answer: OverlapAnswer | OverlapMatrix) -> alt.VConcatChart:
    """Return the overlap of every two groups as a heat map, with similar groups side by side.

    It shows Σ min(weight); if no two groups have weights, the shared stocks as a fraction of the
    smaller group. Of more than 150 groups it shows those with the most overlap.
    """
    table = _tabulate(answer)
    total = len(table.labels)
    table = table.pick(_choose(table))
    missing = [isnan(value) for value in table.list_pairs()]
    by_weight = not missing or not all(missing)
    parts = table.overlap if by_weight else table.share_names()
    order = order_alike([[0.0 if isnan(part) else part for part in row] for row in parts])
    table, parts = table.pick(order), [[parts[i][j] for j in order] for i in order]
    gaps = list(answer.warnings)
    if by_weight and any(missing):
        gaps.insert(0, "grey: the number of shared names, where a group has no weights")
    if total > len(order):
        left_out = count_of(total - len(order), "group")
        gaps.insert(0, f"left out: {left_out} that share less with others")
    what = _WEIGHED if by_weight else "shared names as a share of the smaller group's"
    names = " and ".join(table.labels) if total == 2 else count_of(total, "group")
    facts = [what, *theme.describe_sources(table.sources, answer.moment)]
    caption = theme.Caption(f"What {names} share", facts, gaps)
    if not order:
        return theme.finish(theme.draw_nothing(), caption)
    picture, width = _draw(table, parts)
    return theme.finish(picture, caption, *_list_stocks(answer), width=width)


def _list_stocks(answer: OverlapAnswer | OverlapMatrix) -> Iterator[theme.Picture]:
    """Yield the picture of the stocks that make up the overlap of all groups by weight."""
    if isinstance(answer, OverlapAnswer) and answer.overlap:
        slices = [
            Slice(f"{row.symbol} · {row.name}" if row.name else row.symbol, row.overlap or 0.0)
            for row in answer.common
        ]
        whose = "both" if len(answer.groups) == 2 else "all"
        yield make_bars(
            slices, axis=f"what {whose} have in common, stock by stock", most=_MOST_STOCKS
        )


def draw_nearest(answer: NearestAnswer) -> alt.VConcatChart:
    """Return the overlap of a group with its nearest funds, as bars."""
    fund = answer.fund
    slices = [
        Slice(f"{other.label} · {other.answer.name}", pair.overlap or 0.0, pair.shared)
        for other, pair in answer.nearest
    ]
    gaps = list(answer.warnings) if slices else ["no fund shares a stock with it"]
    sources = [
        (other.label, other.answer.origin)
        for other in (fund, *(other for other, _ in answer.nearest))
    ]
    facts = [_WEIGHED, *theme.describe_sources(sources, answer.moment)]
    return draw_slices(
        slices, theme.Caption(f"What shares most with {fund.label}", facts, gaps), axis="overlap"
    )


def _tabulate(answer: OverlapAnswer | OverlapMatrix) -> _Table:
    if isinstance(answer, OverlapMatrix):
        sources = list(zip(answer.labels, answer.origins, strict=True))
        return _Table(answer.labels, sources, answer.overlap, answer.shared)
    labels = [group.label for group in answer.groups]
    place = {label: at for at, label in enumerate(labels)}
    overlap = [[nan] * len(labels) for _ in labels]
    shared = [[0] * len(labels) for _ in labels]
    for at, group in enumerate(answer.groups):
        shared[at][at] = group.names
    for pair in answer.pairs:
        i, j = place[pair.a], place[pair.b]
        overlap[i][j] = overlap[j][i] = nan if pair.overlap is None else pair.overlap
        shared[i][j] = shared[j][i] = pair.shared
    sources = [(group.label, group.fund.answer.origin) for group in answer.groups]
    return _Table(labels, sources, overlap, shared)


def _choose(table: _Table) -> Sequence[int]:
    """Return the places of the groups with the most overlap, as many as can be shown."""
    places = range(len(table.labels))
    if len(places) <= MOST_GROUPS:
        return places

    def rank(at: int) -> tuple[float, int]:
        others = (part for other, part in enumerate(table.overlap[at]) if other != at)
        return -sum(part for part in others if not isnan(part)), -sum(table.shared[at])

    return sorted(sorted(places, key=rank)[:MOST_GROUPS])


def _draw(table: _Table, parts: Sequence[Sequence[float]]) -> tuple[theme.Picture, int]:
    """Return the heat map, and its width with the labels, in pixels."""
    labels = theme.label_apart(table.labels, _LONGEST_NAME)
    beside = theme.measure_labels(labels)
    largest = max(_LARGE_CELL, beside) if beside <= _LARGEST_CELL else _LARGE_CELL
    cell = max(_SMALLEST_CELL, min(largest, _SIDE // max(1, len(labels))))
    size = max(8, min(theme.SMALL, cell - 1))
    cells = [
        {"a": a, "b": b, "part": part, "names": table.shared[i][j]}
        | {"text": "" if i == j else _format_cell(part, table.shared[i][j], cell)}
        for i, a in enumerate(labels)
        for j, b in enumerate(labels)
        for part in [None if i == j or isnan(parts[i][j]) else parts[i][j]]
    ]
    axis: dict[str, Any] = {"title": None, "labelFontSize": size, "labelOverlap": False}
    base = alt.Chart({"values": cells}).encode(
        x=alt.X(
            "b:N",
            sort=labels,
            axis=alt.Axis(orient="top", labelAngle=-90 if beside > cell else 0, **axis),
        ),
        y=alt.Y("a:N", sort=labels, axis=alt.Axis(**axis)),
        tooltip=[
            alt.Tooltip("a:N", title="group"),
            alt.Tooltip("b:N", title="other"),
            alt.Tooltip("part:Q", title="overlap", format=".2%"),
            alt.Tooltip("names:Q", title="shared names", format=","),
        ],
    )
    has_text = cell >= _CELL_WITH_TEXT
    legend = alt.Legend(title="overlap", format=".0%", gradientLength=160, tickCount=3)
    scale = alt.Scale(range=list(theme.LIGHT_TO_DARK), domain=[0, 1], clamp=True)
    layers = [
        base.mark_rect(color=theme.EMPTY, stroke="white"),
        base.transform_filter("isValid(datum.part)")
        .mark_rect(stroke="white", strokeWidth=1 if cell > 12 else 0.5)
        .encode(color=alt.Color("part:Q", scale=scale, legend=None if has_text else legend)),
    ]
    if has_text:
        layers.append(
            base.mark_text(
                fontSize=theme.SMALL if cell >= _CELL_WITH_TENTHS else theme.SMALL - 2
            ).encode(
                text="text:N",
                color=alt.when(f"datum.part > {theme.DARK_FROM}")
                .then(alt.value("white"))
                .when("isValid(datum.part)")
                .then(alt.value(theme.INK))
                .otherwise(alt.value(theme.FAINT)),
            )
        )
    side = cell * len(labels)
    return alt.layer(*layers).properties(width=side, height=side), side + beside


def _format_cell(part: float | None, names: int, cell: int) -> str:
    """Return the text of a cell: the overlap, else the number of shared stocks."""
    if part is None:
        return f"{names:,}"
    return f"{part:.1%}" if cell >= _CELL_WITH_TENTHS else f"{part:.0%}"
