"""The chart of a group's composition by sector, country and the like, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from stockgroups.charts import theme
from stockgroups.queries.composition import LEAST_REST, shorten
from stockgroups.queries.origins import make_label
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.queries.answers import GroupAnswer
    from stockgroups.queries.composition import Slice

MOST_SLICES = 30
_ROOM_FOR_VALUES = 130


def draw_composition(answer: GroupAnswer, by: str = "sector") -> alt.VConcatChart:
    """Return a group's composition as bars: by weight, or without weights by number of stocks.

    Args:
        answer: The group, read with details.
        by: `sector`, `industry`, `country` or `currency`.

    Raises:
        UsageError: `by` is none of these.
    """
    slices, gaps, by_weight = answer.divide(by)
    name = theme.clean(answer.name, theme.LONGEST_NAME)
    caption = theme.Caption(
        f"{make_label(answer.kind, answer.key)} by {by}",
        [
            f"{name} · {count_of(len(answer.holdings), 'stock')}",
            *theme.describe_sources([("", answer.origin)], answer.moment),
        ],
        gaps,
    )
    return draw_slices(slices, caption, by_weight=by_weight)


def draw_slices(
    slices: Iterable[Slice],
    caption: theme.Caption,
    *,
    by_weight: bool = True,
    axis: str = "share of the whole",
) -> alt.VConcatChart:
    """Return parts of a whole as bars, the largest first; many small ones are joined.

    Args:
        by_weight: Whether the values are fractions; otherwise they are counts.
        axis: The title of the axis of fractions.
    """
    return theme.finish(make_bars(slices, by_weight=by_weight, axis=axis), caption)


def make_bars(
    slices: Iterable[Slice], *, by_weight: bool = True, axis: str, most: int = MOST_SLICES
) -> theme.Picture:
    """Return the picture of `draw_slices`, with at most `most` known parts."""
    shown = shorten(slices, most)
    labels = theme.label_apart(one.label for one in shown)
    rows = [
        {
            "label": label,
            "value": one.value,
            "text": _format_slice(one, by_weight=by_weight),
            "rest": one.is_rest,
        }
        for label, one in zip(labels, shown, strict=True)
    ]
    beside = theme.measure_labels(labels)
    values = [one.value for one in shown if abs(one.value) >= LEAST_REST]
    ends = [min([0.0, *values]), max([0.0, *values]) or 1.0]
    digits = _choose_digits(ends)
    base = alt.Chart({"values": rows}).encode(
        x=alt.X(
            "value:Q",
            title=axis if by_weight else "number of stocks",
            scale=alt.Scale(domain=ends),
            axis=alt.Axis(
                format=f".{digits}%" if by_weight else ",d",
                tickCount=5,
                tickMinStep=10.0 ** -(digits + 2) if by_weight else 1,
            ),
        ),
        y=alt.Y("label:N", sort=labels, title=None),
        tooltip=[
            alt.Tooltip("label:N", title="part"),
            alt.Tooltip("text:N", title="size"),
        ],
    )
    bars = base.mark_bar().encode(
        color=alt.condition("datum.rest", alt.value(theme.REST), alt.value(theme.BLUE))
    )
    texts = (
        base.mark_text(align="left", dx=5, color=theme.INK)
        .encode(x=alt.X("shown:Q"), text="text:N")
        .transform_calculate(shown="max(datum.value, 0)")
    )
    if not shown:
        return theme.draw_nothing()
    return alt.layer(bars, texts).properties(
        width=max(200, theme.WIDTH - beside - _ROOM_FOR_VALUES), height=theme.ROW * len(shown)
    )


def _choose_digits(ends: Sequence[float]) -> int:
    """Return how many digits tell the percents of an axis of these ends apart."""
    longest = max(map(abs, ends))
    return 0 if longest >= 0.05 else 1 if longest >= 0.005 else 2


def _format_slice(one: Slice, *, by_weight: bool) -> str:
    count = "" if one.stocks is None else count_of(one.stocks, "stock")
    if not by_weight:
        return f"{one.value:,.0f}"
    part = theme.write_percent(one.value)
    return f"{part} · {count}" if count else part
