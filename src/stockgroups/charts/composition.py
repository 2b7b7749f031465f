"""What a group consists of, by sector, country and the like, as bars."""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

import altair as alt

from stockgroups.catalog.countries import COUNTRIES, read_country
from stockgroups.charts.theme import (
    BLUE,
    INK,
    LONGEST_NAME,
    REST,
    ROW,
    WIDTH,
    Caption,
    Picture,
    clean,
    describe_sources,
    draw_nothing,
    finish,
    label_apart,
    measure_labels,
    write_percent,
)
from stockgroups.errors import UsageError
from stockgroups.queries.answers import PARTS, make_label
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.queries.answers import GroupAnswer, Holding

MOST_SLICES = 30
_LEAST_REST = 0.0005
"""What is less, a fraction of the fund, is rounding."""
_ROOM_FOR_VALUES = 130


class Slice(NamedTuple):
    """A part of a whole.

    Attributes:
        label: What it is called.
        value: A fraction of the whole, or a number of stocks.
        stocks: How many stocks it is of, None: not told.
        is_rest: Whether it is what is not known, or no stock; it stands last, in grey.
    """

    label: str
    value: float
    stocks: int | None = None
    is_rest: bool = False


def draw_composition(answer: GroupAnswer, by: str = "sector") -> alt.VConcatChart:
    """Return what a group consists of as bars: by weight, or by the number of stocks without any.

    Args:
        answer: The group, read with details.
        by: `sector`, `industry`, `country` or `currency`.

    Raises:
        UsageError: `by` is another word.
    """
    if by not in PARTS:
        raise UsageError(f"no division by {by!r}", remedy=f"use one of {', '.join(PARTS)}")
    has_weights = any(one.weight is not None for one in answer.holdings)
    held: dict[str | None, list[Holding]] = defaultdict(list)
    for holding in answer.holdings:
        held[_name(by, getattr(holding, by))].append(holding)
    slices = [
        Slice(
            label or f"{by} unknown",
            fsum(one.weight or 0.0 for one in members) if has_weights else len(members),
            len(members),
            is_rest=label is None,
        )
        for label, members in held.items()
    ]
    gaps = list(_list_gaps(answer, by, len(held.get(None, ())), has_weights=has_weights))
    rest = 1.0 - fsum(one.value for one in slices)
    if has_weights and abs(rest) >= _LEAST_REST:
        slices.append(Slice("not in stocks", rest, is_rest=True))
        gaps.append(
            "not in stocks: cash, derivatives and other assets, and what the source leaves out"
        )
    caption = Caption(
        f"{make_label(answer.kind, answer.key)} by {by}",
        [
            f"{clean(answer.name, LONGEST_NAME)} · {count_of(len(answer.holdings), 'stock')}",
            *describe_sources([("", answer.origin)], answer.moment),
        ],
        gaps,
    )
    return draw_slices(slices, caption, by_weight=has_weights)


def draw_slices(
    slices: Iterable[Slice],
    caption: Caption,
    *,
    by_weight: bool = True,
    axis: str = "share of the whole",
) -> alt.VConcatChart:
    """Return parts of a whole as bars, the largest first; of many, the small ones together.

    Args:
        slices: The parts.
        caption: The words around the picture.
        by_weight: Whether the values are fractions, else counts.
        axis: What the fractions are.
    """
    return finish(make_bars(slices, by_weight=by_weight, axis=axis), caption)


def make_bars(
    slices: Iterable[Slice], *, by_weight: bool = True, axis: str, most: int = MOST_SLICES
) -> Picture:
    """Return the picture of `draw_slices`, of so many parts that are known at most."""
    found = sorted(slices, key=lambda one: -one.value)
    plain = [one for one in found if not one.is_rest]
    rest = [one for one in found if one.is_rest]
    if len(plain) > most:
        plain, others = plain[: most - 1], plain[most - 1 :]
        stocks = [one.stocks for one in others if one.stocks is not None]
        rest.insert(
            0,
            Slice(
                f"{len(others)} others",
                fsum(one.value for one in others),
                sum(stocks) if stocks else None,
                is_rest=True,
            ),
        )
    shown = [*plain, *rest]
    labels = label_apart(one.label for one in shown)
    rows = [
        {
            "label": label,
            "value": one.value,
            "text": _tell(one, by_weight=by_weight),
            "rest": one.is_rest,
        }
        for label, one in zip(labels, shown, strict=True)
    ]
    beside = measure_labels(labels)
    values = [one.value for one in shown if abs(one.value) >= _LEAST_REST]
    ends = [min([0.0, *values]), max([0.0, *values]) or 1.0]
    base = alt.Chart({"values": rows}).encode(
        x=alt.X(
            "value:Q",
            title=axis if by_weight else "number of stocks",
            scale=alt.Scale(domain=ends),
            axis=alt.Axis(
                format=".0%" if by_weight else ",d",
                tickCount=5,
                tickMinStep=0.01 if by_weight else 1,
            ),
        ),
        y=alt.Y("label:N", sort=labels, title=None),
        tooltip=[
            alt.Tooltip("label:N", title="part"),
            alt.Tooltip("text:N", title="size"),
        ],
    )
    bars = base.mark_bar().encode(
        color=alt.condition("datum.rest", alt.value(REST), alt.value(BLUE))
    )
    texts = (
        base.mark_text(align="left", dx=5, color=INK)
        .encode(x=alt.X("shown:Q"), text="text:N")
        .transform_calculate(shown="max(datum.value, 0)")
    )
    if not shown:
        return draw_nothing()
    picture: Picture = alt.layer(bars, texts).properties(
        width=max(200, WIDTH - beside - _ROOM_FOR_VALUES), height=ROW * len(shown)
    )
    return picture


def _list_gaps(answer: GroupAnswer, by: str, unknown: int, *, has_weights: bool) -> Iterable[str]:
    if not answer.holdings:
        yield "there is no stock in it"
    if unknown and answer.moment is not None and by in ("sector", "industry"):
        yield f"{by} unknown: it is known of today alone, not of a day in the past"
    elif unknown:
        yield f"{by} unknown: no source tells it of {count_of(unknown, 'stock')}"
    if answer.holdings and not has_weights:
        yield "the source has no weights: stocks are counted"
    elif blank := sum(one.weight is None for one in answer.holdings):
        yield f"without a weight, and counted as 0: {count_of(blank, 'stock')}"


def _name(by: str, told: str | None) -> str | None:
    """Return what a holding's part is called; None where it is not known."""
    if not told or not told.strip():
        return None
    if by == "country":
        code = read_country(told)
        return COUNTRIES[code][0] if code in COUNTRIES else told.strip()
    return told.replace("_", " ").capitalize() if by == "sector" else told.strip()


def _tell(one: Slice, *, by_weight: bool) -> str:
    count = "" if one.stocks is None else count_of(one.stocks, "stock")
    if not by_weight:
        return f"{one.value:,.0f}"
    part = write_percent(one.value)
    return f"{part} · {count}" if count else part
