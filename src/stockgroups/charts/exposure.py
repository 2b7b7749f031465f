"""The chart of a portfolio's exposure, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.analytics.funds import Part
from stockgroups.charts import theme
from stockgroups.charts.composition import draw_slices
from stockgroups.queries.composition import Slice
from stockgroups.text import list_some

if TYPE_CHECKING:
    import altair as alt

    from stockgroups.analytics.portfolios.exposure_answers import ExposureAnswer, ExposureRow

_MOST_POSITIONS = 8


def draw_exposure(answer: ExposureAnswer) -> alt.VConcatChart:
    """Return the exposure of a portfolio as bars; positions that are not stocks are last."""
    slices = [
        Slice(
            _name(answer.by, one),
            one.weight,
            one.stocks if one.stocks and answer.by != "stock" else None,
            is_rest=one.part is not Part.STOCKS or one.key is None,
        )
        for one in answer.items
    ]
    weights = [f"{one.name} {one.weight:.1%}" for one in answer.positions]
    portfolio = list_some(weights, _MOST_POSITIONS)
    sources = [(fund.label, fund.answer.origin) for fund in answer.funds]
    facts = [portfolio, *theme.describe_sources(sources, answer.moment)]
    caption = theme.Caption(f"What the portfolio holds, by {answer.by}", facts, answer.warnings)
    return draw_slices(slices, caption, axis="share of the portfolio")


def _name(by: str, row: ExposureRow) -> str:
    """Return the label of a row; for a stock, its symbol and its name."""
    if row.key is None or not row.name or row.name == row.key:
        return row.name or row.key or row.part.label
    return (
        f"{row.key} · {theme.clean(row.name, 32)}" if by == "stock" or not row.stocks else row.name
    )
