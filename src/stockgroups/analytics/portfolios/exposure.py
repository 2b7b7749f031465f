"""What a portfolio holds, through its funds: by stock, sector, industry, theme or place."""

from __future__ import annotations

import re
from collections import defaultdict
from math import fsum
from typing import TYPE_CHECKING

from stockgroups.analytics.attributes import PLACES, Value, describe_stocks, find_values
from stockgroups.analytics.funds import LARGE_REST, ROUNDING, Part
from stockgroups.analytics.portfolios.exposure_answers import (
    ATTRIBUTES,
    LARGEST_COUNTED,
    Concentration,
    ExposedNotional,
    ExposedPosition,
    ExposureAnswer,
    ExposureRow,
)
from stockgroups.analytics.portfolios.exposure_funds import FundsRead, names_fund
from stockgroups.analytics.portfolios.look_through import Contents, Held, Leaf, look_through
from stockgroups.analytics.portfolios.overlap import sum_shared, warn_of, warn_of_days
from stockgroups.analytics.portfolios.positions import Meaning, find_meanings
from stockgroups.collector import pausing_collector
from stockgroups.db.transactions import reading
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.analytics.funds import Fund
    from stockgroups.queries.moments import Moment
    from stockgroups.readers.lists.portfolios import Position
    from stockgroups.store import Store

BY_STOCK = "stock"
BY_THEME = "theme"
_GEARED = re.compile(
    r"\b(?:ULTRA\w*|LEVERAGED?|INVERSE|HEDGED|BULL|BEAR|-?[1-4](?:\.\d+)?X)\b", re.IGNORECASE
)
"""Words in the name of a fund whose derivatives matter much, whatever their market value is."""


@pausing_collector()
def find_exposure(
    store: Store,
    portfolio: Sequence[Position],
    by: str = BY_STOCK,
    moment: Moment | None = None,
) -> ExposureAnswer:
    """Return what a portfolio holds at a moment (None: now), looked through.

    Args:
        portfolio: The positions; each amount is divided by their sum.
        by: One of ATTRIBUTES.
        moment: The moment to answer for; each fund answers by its newest report not after it.

    Raises:
        UsageError: `by` is not one of ATTRIBUTES.
        NotFoundError: Nothing is recorded by that day for a fund in the portfolio.
        StaleError: The source of such a fund is older than the moment allows.
    """
    if by not in ATTRIBUTES:
        raise UsageError(
            f"cannot group the exposure by {by!r}", remedy=f"use one of {', '.join(ATTRIBUTES)}"
        )
    total = fsum(one.amount for one in portfolio)
    with reading(store.connection):
        # Of now, names from one question about all stocks take half as long as each fund's own.
        read = FundsRead(store, moment, details=moment is not None or by in PLACES)
        warnings: list[str] = []
        meanings = find_meanings(store, portfolio, read, moment, warnings)
        amounts: dict[str, float] = defaultdict(float)
        contents: dict[str, Contents] = {}
        named: dict[str, Meaning] = {}
        for one, meaning in zip(portfolio, meanings, strict=True):
            named[meaning.name] = meaning
            amounts[meaning.name] += one.amount
        for name, meaning in named.items():
            weight = amounts[name] / total
            contents[name] = (
                Contents(funds={name: weight}) if meaning.fund else Contents({meaning.leaf: weight})
            )
        opened = {label: read.open(one) for label, one in read.funds.items()}
        held = look_through(contents, opened)
        titles = _read_titles(store, held, list(read.funds.values()))
        held = {_judge(leaf, titles): one for leaf, one in held.items()}
        items, more = _list_items(store, held, by, titles, read.funds.values(), moment)
    warnings += warn_of_days(read.funds.values())
    for fund in read.funds.values():
        warnings += _warn_of(fund)
    return ExposureAnswer(
        by,
        tuple(_describe_positions(named, amounts, total, held, titles)),
        tuple(items),
        tuple(read.funds.values()),
        _sum_parts(held),
        _measure(held),
        moment,
        (*warnings, *_warn_of_funds(held, read), *more),
        _find_notional(contents, opened, read.funds),
    )


def _read_titles(store: Store, held: Mapping[Leaf, Held], funds: Iterable[Fund]) -> dict[str, str]:
    """Return the names of stocks, from the first report that has one, and of other funds."""
    titles: dict[str, str] = {}
    for fund in funds:
        for holding in fund.answer.holdings:
            if holding.name is not None:
                titles.setdefault(holding.symbol, holding.name)
    symbols = {leaf.symbol for leaf in held if leaf.symbol}
    described = describe_stocks(store, symbols - titles.keys())
    titles |= {symbol: one.name for symbol, one in described.items() if one.name}
    listed = {one: store.catalog.etfs[one].name for one in symbols & store.catalog.etfs.keys()}
    return {fund.label: fund.answer.name for fund in funds} | listed | titles


def _judge(leaf: Leaf, titles: Mapping[str, str]) -> Leaf:
    """Return what a leaf is: a fund that no catalogue and no directory knows has its name."""
    is_fund = leaf.part is Part.STOCKS and names_fund(titles.get(leaf.symbol or "", ""))
    return Leaf(Part.FUNDS, leaf.symbol) if is_fund else leaf


def _list_items(
    store: Store,
    held: Mapping[Leaf, Held],
    by: str,
    titles: Mapping[str, str],
    funds: Iterable[Fund],
    moment: Moment | None,
) -> tuple[list[ExposureRow], list[str]]:
    """Return the rows, those of stocks first, and what to warn of."""
    stocks = {leaf.symbol: one for leaf, one in held.items() if leaf.part is Part.STOCKS}
    values: Mapping[str, Sequence[Value]]
    warnings: list[str] = []
    if by == BY_STOCK:
        values = {symbol: [Value(symbol, titles.get(symbol, ""))] for symbol in stocks if symbol}
    else:
        reports = [{h.symbol: h for h in fund.answer.holdings} for fund in funds]
        values, warnings = find_values(store, by, {s for s in stocks if s}, reports, moment)
    gathered: dict[Value | None, list[Held]] = defaultdict(list)
    for symbol, one in stocks.items():
        for value in values.get(symbol or "") or (None,):
            gathered[value].append(one)
    rows = [
        _make_row(value.key, value.name or None, Part.STOCKS, several)
        for value, several in gathered.items()
        if value is not None
    ]
    rows.sort(key=lambda row: (-row.weight, row.key or ""))
    if None in gathered:
        words = "in no theme" if by == BY_THEME else f"{by} not known"
        rows.append(_make_row(None, words, Part.STOCKS, gathered[None]))
        if by != BY_THEME:
            share = fsum(one.weight for one in gathered[None])
            warnings.append(f"the {by} of {share:.2%} of the portfolio is not known")
    if by == BY_THEME:
        warnings.append("a stock counts in each of its themes: the rows do not sum to the whole")
    rest = [
        _make_row(leaf.symbol, titles.get(leaf.symbol or "", leaf.part.label), leaf.part, [one])
        for leaf, one in held.items()
        if leaf.part is not Part.STOCKS
    ]
    order = list(Part)
    rest.sort(key=lambda row: (order.index(row.part), -row.weight, row.key or ""))
    return rows + [row for row in rest if max(row.long, -row.short) > ROUNDING], warnings


def _make_row(
    key: str | None, name: str | None, part: Part, several: Sequence[Held]
) -> ExposureRow:
    return ExposureRow(
        key,
        name,
        part,
        fsum(one.weight for one in several),
        fsum(one.long for one in several),
        fsum(one.short for one in several),
        len(several) if part is Part.STOCKS else 0,
        _sum_by_position(several),
    )


def _sum_by_position(several: Iterable[Held]) -> dict[str, float]:
    """Return the contribution of each position to several holdings together."""
    through: dict[str, float] = defaultdict(float)
    for one in several:
        for position, weight in one.by_position.items():
            through[position] += weight
    return dict(through)


def _sum_parts(held: Mapping[Leaf, Held]) -> dict[Part, float]:
    """Return what the portfolio is in all, in the order of the parts."""
    sums: dict[Part, list[float]] = {part: [] for part in Part}
    for leaf, one in held.items():
        sums[leaf.part].append(one.weight)
    return {part: fsum(weights) for part, weights in sums.items() if weights}


def _find_notional(
    portfolio: Mapping[str, Contents], opened: Mapping[str, Contents], funds: Mapping[str, Fund]
) -> ExposedNotional | None:
    """Return the notional of derivatives in the funds that hold them; None if none is known."""
    notional = {
        label: {
            Leaf(Part.DERIVATIVES, side): weight
            for side, weight in fund.notional.to_dict().items()
            if side in ExposedNotional.SIDES and weight
        }
        for label, fund in funds.items()
        if fund.notional is not None
    }
    if not any(notional.values()):
        return None
    held = look_through(
        {name: Contents(funds=one.funds) for name, one in portfolio.items()},
        {label: Contents(notional.get(label, {}), one.funds) for label, one in opened.items()},
    )
    none = Held()
    unsided = held.pop(Leaf(Part.DERIVATIVES, "unsided"), none)
    sided = [one for leaf, one in held.items() if leaf.part is Part.DERIVATIVES]
    return ExposedNotional(
        fsum(one.long for one in sided),
        fsum(one.short for one in sided),
        unsided.long - unsided.short,
        _sum_by_position(sided),
    )


def _measure(held: Mapping[Leaf, Held]) -> Concentration:
    weights = sorted(
        (one.weight for leaf, one in held.items() if leaf.part is Part.STOCKS), reverse=True
    )
    largest = {count: fsum(weights[:count]) for count in LARGEST_COUNTED}
    hhi = fsum(weight * weight for weight in weights)
    return Concentration(hhi, fsum(map(abs, weights)), largest)


def _describe_positions(
    named: Mapping[str, Meaning],
    amounts: Mapping[str, float],
    total: float,
    held: Mapping[Leaf, Held],
    titles: Mapping[str, str],
) -> Iterator[ExposedPosition]:
    """Yield the positions, each with what it has beside the others."""
    own: dict[str, dict[str, float]] = {name: {} for name in named}
    for leaf, one in held.items():
        if leaf.part is Part.STOCKS and leaf.symbol is not None:
            for position, weight in one.by_position.items():
                own[position][leaf.symbol] = weight
    holders: dict[str, int] = defaultdict(int)
    whole: dict[str, float] = defaultdict(float)
    for stocks in own.values():
        for symbol, weight in stocks.items():
            holders[symbol] += 1
            whole[symbol] += weight
    for name, meaning in named.items():
        share = amounts[name] / total
        mine = {symbol: weight / share for symbol, weight in own[name].items()}
        rest = 1 - share
        yield ExposedPosition(
            name,
            meaning.fund.answer.name if meaning.fund else titles.get(name),
            _judge(meaning.leaf, titles).part,
            amounts[name],
            share,
            meaning.fund,
            len(mine),
            fsum(abs(weight) for symbol, weight in mine.items() if holders[symbol] == 1),
            sum_shared(
                mine,
                {
                    symbol: (whole[symbol] - own[name][symbol]) / rest
                    for symbol in mine
                    if holders[symbol] > 1
                },
            )
            if rest > ROUNDING
            else None,
        )


def _warn_of_funds(held: Mapping[Leaf, Held], read: FundsRead) -> Iterator[str]:
    """Yield which funds stand for themselves, and why."""
    for reason in read.refused.values():
        yield f"not looked through: {reason}"
    names = [leaf.symbol for leaf in held if leaf.part is Part.FUNDS and leaf.symbol]
    looped = sorted(name for name in names if name in read.funds)
    if looped:
        yield f"funds that hold each other, which are not looked through there: {' '.join(looped)}"
    missing = sorted(name for name in names if name not in read.funds and name not in read.refused)
    if missing:
        yield f"funds that are not looked through, as they are not loaded: {' '.join(missing)}"


def _warn_of(fund: Fund) -> Iterator[str]:
    """Yield what makes the figures of a fund that is looked through less than they seem."""
    yield from warn_of(fund)
    if not fund.has_weights:
        yield f"{fund.label} has no weights: it cannot be looked through"
    derivatives = fund.beside.get(Part.DERIVATIVES, 0.0)
    notional = fund.notional
    is_large = abs(derivatives) >= LARGE_REST or _GEARED.search(fund.answer.name)
    if notional.untold if notional else derivatives and is_large:
        many = f"{notional.untold} of them" if notional else "these"
        yield (
            f"the derivatives of {fund.label} are worth {derivatives:.4%} of it; "
            f"the notional of {many} is not reported, and may be many times that"
        )
