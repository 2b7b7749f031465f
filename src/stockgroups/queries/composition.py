"""The parts of a group: its stocks by sector, industry, country or currency."""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.catalog.countries import COUNTRIES, read_country
from stockgroups.errors import UsageError
from stockgroups.queries.answers import PARTS
from stockgroups.text import count_of, name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stockgroups.queries.answers import GroupAnswer, Holding

LEAST_REST = 0.0005
"""A smaller fraction of the fund is rounding."""


class Slice(NamedTuple):
    """A part of a whole.

    Attributes:
        value: A fraction of the whole, or a number of stocks.
        stocks: The number of its stocks; None if unknown.
        is_rest: Whether it is the unknown part, or the part that is not stocks; it comes last.
        holding_value: The value that the part's holdings have; None for holdings without one.
    """

    label: str
    value: float
    stocks: int | None = None
    is_rest: bool = False
    holding_value: str | None = None


class Composition(NamedTuple):
    """The parts of a group.

    Attributes:
        slices: The parts, the largest first.
        gaps: What could not be covered, in words.
        by_weight: Whether the values are fractions of the group; otherwise they count stocks.
    """

    slices: Sequence[Slice]
    gaps: Sequence[str]
    by_weight: bool


def divide(answer: GroupAnswer, by: str) -> Composition:
    """Return the parts of a group: by weight, or by number of stocks if there are no weights.

    Args:
        answer: The group, read with details.
        by: `sector`, `industry`, `country` or `currency`.

    Raises:
        UsageError: `by` is any other word.
    """
    if by not in PARTS:
        raise UsageError(
            f"a group cannot be divided by {by!r}", remedy=f"use one of {', '.join(PARTS)}"
        )
    by_weight = any(one.weight is not None for one in answer.holdings)
    held: dict[str | None, list[Holding]] = defaultdict(list)
    for holding in answer.holdings:
        held[_name(by, getattr(holding, by))].append(holding)
    slices = [
        Slice(
            label or f"{by} unknown",
            fsum(one.weight or 0.0 for one in members) if by_weight else len(members),
            len(members),
            is_rest=label is None,
            holding_value=label and getattr(members[0], by),
        )
        for label, members in held.items()
    ]
    gaps = list(_list_gaps(answer, by, len(held.get(None, ())), by_weight=by_weight))
    rest = 1.0 - fsum(one.value for one in slices)
    if by_weight and abs(rest) >= LEAST_REST:
        slices.append(Slice("not in stocks", rest, is_rest=True))
        gaps.append("not in stocks: cash, derivatives and other assets, and what the source omits")
    return Composition(shorten(slices, len(slices)), gaps, by_weight)


def shorten(slices: Iterable[Slice], most: int) -> list[Slice]:
    """Return the largest parts first and the unknown last; many small parts become one."""
    found = sorted(slices, key=lambda one: -one.value)
    plain = [one for one in found if not one.is_rest]
    rest = [one for one in found if one.is_rest]
    if len(plain) > most:
        plain, others = plain[: most - 1], plain[most - 1 :]
        stocks = [one.stocks for one in others if one.stocks is not None]
        value = fsum(one.value for one in others)
        rest.insert(
            0, Slice(f"{len(others)} others", value, sum(stocks) if stocks else None, is_rest=True)
        )
    return [*plain, *rest]


def _list_gaps(answer: GroupAnswer, by: str, unknown: int, *, by_weight: bool) -> Iterator[str]:
    if not answer.holdings:
        yield "it holds no stocks"
    if unknown and answer.moment is not None and by in ("sector", "industry"):
        yield f"{by} unknown: it is known only for today, not for a past date"
    elif unknown:
        # A source's label may be too old to count, or contradict another one.
        decided = "no source's label decides it" if by == "sector" else "no source has it"
        yield f"{by} unknown: {decided} for {count_of(unknown, 'stock')}"
    if answer.holdings and not by_weight:
        yield "the source has no weights: stocks are counted"
    elif blank := sum(one.weight is None for one in answer.holdings):
        yield f"without a weight, and counted as 0: {count_of(blank, 'stock')}"


def _name(by: str, value: str | None) -> str | None:
    """Return the name of a holding's part; None if it is unknown."""
    if not value or not value.strip():
        return None
    if by == "country":
        code = read_country(value)
        return COUNTRIES[code][0] if code in COUNTRIES else value.strip()
    return name_key(value) if by == "sector" else value.strip()
