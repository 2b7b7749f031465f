"""The chart of the stocks that an expression means, by sector, as bars."""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import TYPE_CHECKING

from stockgroups.charts import theme
from stockgroups.charts.composition import draw_slices
from stockgroups.queries.composition import LEAST_REST, Slice, shorten
from stockgroups.text import count_of

if TYPE_CHECKING:
    import altair as alt

    from stockgroups.analytics.expressions.members import Member, Members


def draw_members(answer: Members) -> alt.VConcatChart:
    """Return the stocks of an expression by sector: by weight, or without weights by number."""
    by_weight = any(one.weight is not None for one in answer.members)
    held: dict[str | None, list[Member]] = defaultdict(list)
    for member in answer.members:
        held[member.sector].append(member)
    slices = [
        Slice(
            sector.replace("_", " ") if sector else "sector unknown",
            fsum(one.weight or 0.0 for one in members) if by_weight else len(members),
            len(members),
            is_rest=sector is None,
        )
        for sector, members in held.items()
    ]
    gaps = list(answer.warnings)
    rest = 1.0 - fsum(one.value for one in slices)
    if by_weight and abs(rest) >= LEAST_REST:
        slices.append(Slice("not in the answer", rest, is_rest=True))
        gaps.append("not in the answer: other stocks of the groups, and what is not a stock")
    caption = theme.Caption(
        f"{theme.clean(answer.expression, theme.LONGEST_NAME)} by sector",
        [
            count_of(len(answer), "stock"),
            *theme.describe_sources(
                [(one.term, one.origin) for one in answer.groups], answer.moment
            ),
        ],
        gaps,
    )
    return draw_slices(shorten(slices, len(slices)), caption, by_weight=by_weight)
