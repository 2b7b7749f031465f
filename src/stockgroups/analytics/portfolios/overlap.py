"""What groups share: the names, and by weight the sum of the smaller weights of each stock."""

from __future__ import annotations

from itertools import combinations
from math import fsum
from typing import TYPE_CHECKING

from stockgroups.analytics.funds import LARGE_REST, Part, read_fund
from stockgroups.analytics.portfolios.overlap_answers import (
    ComparedGroup,
    OverlapAnswer,
    OverlapRow,
    Pair,
)
from stockgroups.db.transactions import reading
from stockgroups.errors import UsageError
from stockgroups.model import GroupType
from stockgroups.queries.moments import warn_left_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.analytics.funds import Fund
    from stockgroups.queries.moments import Moment
    from stockgroups.store import Store


def share(weights: Iterable[float]) -> float:
    """Return what weights of one stock have in common, without a sign.

    Long positions share the smallest; so do short ones; a long and a short share nothing.
    """
    smallest, *_, largest = sorted(weights)
    return max(0.0, smallest, -largest)


def sum_shared(mine: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """Return the overlap by weight of two funds, given by their stocks' weights."""
    return fsum(
        share((weight, theirs[symbol])) for symbol, weight in mine.items() if symbol in theirs
    )


def find_overlap(store: Store, names: Sequence[str], moment: Moment | None = None) -> OverlapAnswer:
    """Return what two or more groups share at a moment (None: now).

    Args:
        names: Funds' tickers, or other groups with their type (`universe:sp500`).
        moment: The day that is asked about; each group answers by its newest report not after it.

    Raises:
        UsageError: There are fewer than two groups, or one twice.
        NotFoundError: There is no such group, or nothing is recorded of it by that day.
        StaleError: A source is older than the moment allows.
    """
    with reading(store.connection):
        funds = [read_fund(store, *read_name(name), moment) for name in names]
    labels = [fund.label for fund in funds]
    if len(set(labels)) < max(2, len(labels)):
        raise UsageError(
            f"an overlap needs two or more different groups, not {', '.join(labels)}",
            remedy="name each once: SPY QQQ universe:sp500",
        )
    return compare(funds, moment)


def read_name(text: str) -> tuple[GroupType, str]:
    """Return the type and the name of a group: a bare name is a fund's."""
    kind, colon, name = text.strip().partition(":")
    if not colon:
        return GroupType.ETF, kind
    try:
        return GroupType(kind.strip().upper()), name.strip()
    except ValueError as error:
        types = ", ".join(one.lower() for one in GroupType)
        raise UsageError(f"unknown group type {kind!r}", remedy=f"use one of {types}") from error


def compare(funds: Sequence[Fund], moment: Moment | None = None) -> OverlapAnswer:
    """Return what groups share that are read already."""
    weights = [fund.weights for fund in funds]
    known = [fund.has_weights for fund in funds]
    labels = [fund.label for fund in funds]
    pairs = tuple(
        _pair(labels[i], labels[j], (weights[i], weights[j]), (known[i], known[j]))
        for i, j in combinations(range(len(funds)), 2)
    )
    groups = tuple(
        _describe(fund, own, set().union(*(other for other in weights if other is not own)))
        for fund, own in zip(funds, weights, strict=True)
    )
    return OverlapAnswer(groups, pairs, tuple(_list_rows(funds)), moment, tuple(_warn(funds)))


def _pair(
    a: str,
    b: str,
    weights: tuple[Mapping[str, float], Mapping[str, float]],
    known: tuple[bool, bool],
) -> Pair:
    mine, theirs = weights
    shared = mine.keys() & theirs.keys()
    return Pair(
        a,
        b,
        len(shared),
        sum_shared(mine, theirs) if all(known) else None,
        *(
            fsum(own[symbol] for symbol in shared) if has else None
            for own, has in zip(weights, known, strict=True)
        ),
    )


def _describe(fund: Fund, own: Mapping[str, float], others: set[str]) -> ComparedGroup:
    shared = own.keys() & others
    covered = fsum(own[symbol] for symbol in shared) if fund.has_weights else None
    return ComparedGroup(fund, len(own), len(shared), covered)


def _list_rows(funds: Sequence[Fund]) -> list[OverlapRow]:
    """Return every stock of any of the groups; first what most of them hold, the heaviest first."""
    names: dict[str, str | None] = {}
    held: dict[str, dict[str, float | None]] = {}
    for fund in funds:
        for holding in fund.answer.holdings:
            weight = holding.weight if holding.weight is not None or not fund.has_weights else 0.0
            names[holding.symbol] = names.get(holding.symbol) or holding.name
            places = held.setdefault(holding.symbol, {})
            before = places.get(fund.label)
            places[fund.label] = weight if before is None or weight is None else before + weight
    rows = []
    for symbol, places in held.items():
        known = [weight for weight in places.values() if weight is not None]
        shared: float | None = 0.0
        if len(places) == len(funds):
            shared = share(known) if len(known) == len(funds) else None
        rows.append(OverlapRow(symbol, names[symbol], places, shared))
    rows.sort(
        key=lambda row: (
            -len(row.weights),
            -(row.overlap or 0.0),
            -max(abs(weight or 0.0) for weight in row.weights.values()),
            row.symbol,
        )
    )
    return rows


def _warn(funds: Sequence[Fund]) -> Iterator[str]:
    """Yield what a reader must know before trusting the figures."""
    yield from warn_of_days(funds)
    for fund in funds:
        yield from warn_of(fund)
        if not fund.has_weights:
            yield f"{fund.label} has no weights: only names are compared"


def warn_of_days(funds: Iterable[Fund]) -> Iterator[str]:
    """Yield how far the sources of funds are apart, if they are."""
    dates = {fund.answer.as_of: fund.label for fund in funds if fund.answer.as_of}
    if len(dates) > 1:
        first, last = min(dates), max(dates)
        yield (
            f"the sources have different dates: {dates[first]} of {first}, "
            f"{dates[last]} of {last}, {(last - first).days} days apart"
        )


def warn_of(fund: Fund) -> Iterator[str]:
    """Yield what limits a fund's figures."""
    origin = fund.answer.origin
    if origin.is_drifted:
        yield f"{fund.label} was changed by another program; `stockgroups db reconcile` records it"
    if origin.is_proxy and fund.answer.kind is GroupType.ETF:
        yield f"{fund.label} is a proxy: its index's constituents in place of the issuer's file"
    yield from warn_of_left_out(fund)
    blank = sum(holding.weight is None for holding in fund.answer.holdings)
    if blank and fund.has_weights:
        yield f"{fund.label} has {blank} holdings without a weight, which count as 0"
    rest = fund.beside.get(Part.UNSTATED, 0.0)
    if fund.has_weights and abs(rest) >= LARGE_REST:
        yield f"the source of {fund.label} accounts for {1 - rest:.2%} of the fund"


def warn_of_left_out(fund: Fund) -> Iterator[str]:
    """Yield which newer reports of a fund were not public yet, if any."""
    for warning in warn_left_out(fund.answer.moment, fund.answer.left_out):
        yield f"{fund.label}: {warning}"
