"""Rows as refs: the symbol that a printed ticker means where it is listed, and what stands by it.

Text is bounded here: what is longer than any issuer prints, or not printable, rejects its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import SymbolError
from stockgroups.model import Ref
from stockgroups.sources.format import Field, Printed
from stockgroups.sources.numbers import NULLS
from stockgroups.symbols import foreign_symbol, parse_symbol, us_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.catalog import Catalog, Exchange

LONGEST = {
    Field.TICKER: 40,
    Field.NAME: 200,
    Field.ASSET_CLASS: 60,
    Field.SECTOR: 100,
    Field.INDUSTRY: 100,
    Field.IDENTIFIER: 20,
    Field.CUSIP: 20,
    Field.ISIN: 20,
    Field.SEDOL: 20,
    Field.FIGI: 20,
    Field.EXCHANGE: 100,
    Field.COUNTRY: 60,
    Field.CURRENCY: 10,
}
"""Characters that a cell may have; issuers' longest are about half of it."""

_ISIN_LENGTH = 12
_MIC_LENGTH = 4
# NYSE American, Cboe BZX, NYSE, Arca, Nasdaq's three tiers; `GRMN U` is `GRMN UN` cut off.
_US_CODES = frozenset({"UA", "UF", "UN", "UP", "UQ", "UR", "UW", "U"})


def check_texts(printed: Printed) -> dict[int, str]:
    """Return by position why a row's text is not acceptable."""
    errors: dict[int, str] = {}
    for field, limit in LONGEST.items():
        cells = printed.columns.get(field)
        if not cells or (max(map(len, cells)) <= limit and _is_plain("".join(cells))):
            continue
        for position, cell in enumerate(cells):
            if len(cell) > limit:
                errors.setdefault(position, f"{field} of {len(cell)} characters")
            elif not "".join(cell.split()).isprintable():
                errors.setdefault(position, f"{field} with unprintable characters")
    return errors


def resolve_symbols(
    printed: Printed, positions: Sequence[int], catalog: Catalog
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the canonical symbols of the rows at `positions`, and why others have none."""
    tickers = printed.columns[Field.TICKER]
    exchanges = printed.columns.get(Field.EXCHANGE)
    codes = printed.columns.get(Field.LISTING)
    currencies = printed.columns.get(Field.CURRENCY)
    known: dict[str, Exchange | None] = {}
    if exchanges is not None:
        known = {name: catalog.exchange_printed(name) for name in set(exchanges)}
    elif codes is not None:
        exchanges, known = codes, _exchanges_by_code(codes, catalog)
        tickers = [
            ticker.removesuffix(f" {code}") for ticker, code in zip(tickers, codes, strict=True)
        ]
    symbols: dict[int, str] = {}
    errors: dict[int, str] = {}
    for position in positions:
        ticker = tickers[position]
        try:
            if exchanges is not None:
                exchange = known[exchanges[position]]
                if exchange is None:
                    errors[position] = _unknown_exchange(exchanges[position])
                elif exchange.us:
                    symbols[position] = us_symbol(ticker, catalog.share_classes)
                else:
                    symbols[position] = foreign_symbol(ticker, exchange)
            elif printed.typed:
                symbols[position] = _typed_symbol(ticker, catalog)
            elif currencies is not None and currencies[position] != "USD":
                errors[position] = f"a line in {currencies[position]!r} without an exchange"
            else:
                symbols[position] = us_symbol(ticker, catalog.share_classes)
        except SymbolError as error:
            errors[position] = error.what
    return symbols, errors


def make_refs(printed: Printed, symbols: dict[int, str]) -> dict[int, Ref]:
    """Return the refs of the rows that have symbols, with what was printed, by position."""
    positions = list(symbols)
    columns = printed.columns
    identifiers = _column(columns.get(Field.IDENTIFIER), positions)
    cusips = _column(columns.get(Field.CUSIP), positions)
    isins = _column(columns.get(Field.ISIN), positions)
    if Field.IDENTIFIER in columns:
        cusips = [None if i and len(i) == _ISIN_LENGTH else i for i in identifiers]
        isins = [i if i and len(i) == _ISIN_LENGTH else None for i in identifiers]
    refs = map(
        Ref,
        symbols.values(),
        _column(columns[Field.TICKER], positions),
        _column(columns.get(Field.NAME), positions),
        cusips,
        isins,
        _column(columns.get(Field.SEDOL), positions),
        _column(columns.get(Field.FIGI), positions),
        _column(columns.get(Field.EXCHANGE), positions),
        _column(columns.get(Field.COUNTRY), positions),
        _column(columns.get(Field.CURRENCY), positions),
    )
    return dict(zip(positions, refs, strict=True))


def _column(cells: Sequence[str] | None, positions: Sequence[int]) -> list[str | None]:
    """Return the cells at the positions, None for nulls."""
    if cells is None:
        return [None] * len(positions)
    chosen = cells if len(positions) == len(cells) else [cells[row] for row in positions]
    return (
        list(chosen)
        if NULLS.isdisjoint(chosen)
        else [c if c not in NULLS else None for c in chosen]
    )


def _is_plain(text: str) -> bool:
    """Tell, fast, whether a column's text is ASCII of one line; else every cell is looked at."""
    return text.isascii() and not any(sign in text for sign in "\t\n\r")


def _typed_symbol(ticker: str, catalog: Catalog) -> str:
    symbol = parse_symbol(ticker, catalog.share_classes)
    local, dot, mic = symbol.rpartition(".")
    if not dot or len(mic) != _MIC_LENGTH:
        return symbol
    exchange = catalog.exchanges.get(mic)
    if exchange is None:
        raise SymbolError(f"{ticker!r}: the exchange {mic!r} is not known")
    return us_symbol(local, catalog.share_classes) if exchange.us else symbol


def _exchanges_by_code(codes: Sequence[str], catalog: Catalog) -> dict[str, Exchange | None]:
    """Return the markets of Bloomberg's codes, None where a code is unknown or of several.

    Of the codes of single venues only those of the US exchanges are known.
    """
    coded: dict[str, Exchange | None] = {}
    for exchange in catalog.exchanges.values():
        if exchange.bloomberg is not None:
            twice = exchange.bloomberg in coded and not exchange.us
            coded[exchange.bloomberg] = None if twice else exchange
    return {code: coded.get("US" if code in _US_CODES else code) for code in set(codes)}


def _unknown_exchange(printed: str) -> str:
    return "no exchange" if printed in NULLS else f"the exchange {printed!r} is not known"
