"""Rows as refs: the symbol that a printed ticker means where it is listed, and what stands by it.

Text is bounded here: what is longer than any issuer prints, or not printable, rejects its row.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from stockgroups.collector import pausing_collector
from stockgroups.errors import SymbolError
from stockgroups.model import Ref
from stockgroups.sources.columns import REPEATED
from stockgroups.sources.format import Field, Printed
from stockgroups.sources.numbers import NULLS
from stockgroups.sources.texts import is_printable
from stockgroups.symbols import foreign_symbol, list_meanings, us_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

_CUSIP_LENGTH = 9
_ISIN_LENGTH = 12
_MIC_LENGTH = 4
# NYSE American, Cboe BZX, NYSE, Arca, Nasdaq's three tiers; `GRMN U` is `GRMN UN` cut off.
_US_CODES = frozenset({"UA", "UF", "UN", "UP", "UQ", "UR", "UW", "U"})


def check_texts(printed: Printed) -> dict[int, str]:
    """Return by position why a row's text is not acceptable."""
    errors: dict[int, str] = {}
    for field, limit in LONGEST.items():
        cells = printed.columns.get(field)
        if not cells:
            continue
        different = set(cells) if field in REPEATED else cells
        if "".join(different).isprintable() and max(map(len, different)) <= limit:
            continue
        for position, cell in enumerate(cells):
            if len(cell) > limit:
                errors.setdefault(position, f"{field} of {len(cell)} characters")
            elif not is_printable(cell):
                errors.setdefault(position, f"{field} with unprintable characters")
    return errors


def resolve_symbols(
    printed: Printed, positions: Sequence[int], catalog: Catalog
) -> tuple[list[str], dict[int, str]]:
    """Return the canonical symbols of the rows at `positions`, and by position why one has none.

    The symbols run in parallel with the positions that are not among those.
    """
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
    share_classes = catalog.share_classes
    symbols: list[str] = []
    errors: dict[int, str] = {}
    for position in positions:
        ticker = tickers[position]
        try:
            if exchanges is not None:
                exchange = known[exchanges[position]]
                if exchange is None:
                    errors[position] = _unknown_exchange(exchanges[position])
                elif exchange.us:
                    symbols.append(us_symbol(ticker, share_classes))
                else:
                    symbols.append(foreign_symbol(ticker, exchange))
            elif printed.typed:
                symbols.append(_typed_symbol(ticker, catalog))
            elif currencies is not None and currencies[position] != "USD":
                errors[position] = f"a line in {currencies[position]!r} without an exchange"
            else:
                symbols.append(us_symbol(ticker, share_classes))
        except SymbolError as error:
            errors[position] = error.what
    return symbols, errors


def make_refs(printed: Printed, positions: Sequence[int], symbols: Sequence[str]) -> list[Ref]:
    """Return the refs of the rows at `positions`: their symbols, with what was printed.

    CUSIPs get the characters back that older files and spreadsheets leave off.
    """
    columns = printed.columns
    identifiers = choose(columns.get(Field.IDENTIFIER), positions)
    cusips = choose(columns.get(Field.CUSIP), positions)
    isins = choose(columns.get(Field.ISIN), positions)
    if Field.IDENTIFIER in columns:
        cusips = [None if i and len(i) == _ISIN_LENGTH else i for i in identifiers]
        isins = [i if i and len(i) == _ISIN_LENGTH else None for i in identifiers]
    if Field.IDENTIFIER in columns or Field.CUSIP in columns:
        cusips = _whole_cusips(list(cusips))
    rows = zip(
        symbols,
        choose(columns[Field.TICKER], positions),
        choose(columns.get(Field.NAME), positions),
        cusips,
        isins,
        choose(columns.get(Field.SEDOL), positions),
        choose(columns.get(Field.FIGI), positions),
        choose(columns.get(Field.EXCHANGE), positions),
        choose(columns.get(Field.COUNTRY), positions),
        choose(columns.get(Field.CURRENCY), positions),
        strict=True,
    )
    with pausing_collector():
        # A third of the time of Ref(...): fields in their order, all of them given.
        return list(map(tuple.__new__, repeat(Ref), rows))


def _whole_cusips(printed: list[str | None]) -> list[str | None]:
    """Return the CUSIPs with nine characters each, as far as it is plain what they lack."""
    if min(map(len, filter(None, printed)), default=_CUSIP_LENGTH) >= _CUSIP_LENGTH:
        return printed
    # Its check digits take 30 ms to import, and few files need them.
    from stockgroups.identifiers import complete_cusips  # noqa: PLC0415

    return complete_cusips(printed)


def choose(cells: Sequence[str] | None, positions: Sequence[int]) -> Iterable[str | None]:
    """Return a column's cells at the positions, None for nulls and where there is no column."""
    if cells is None:
        return repeat(None, len(positions))
    chosen = cells
    if len(positions) < len(cells):
        chosen = list(map(cells.__getitem__, positions))
    if NULLS.isdisjoint(chosen):
        return chosen
    return [None if cell in NULLS else cell for cell in chosen]


def _typed_symbol(ticker: str, catalog: Catalog) -> str:
    """Return what a person means who wrote this in a list.

    `7203.T` is Yahoo's for Tokyo. `SHEL.L` may be London or a share class L: a foreign stock never
    passes for one of the US, so where the table of classes does not know it, it is refused.
    """
    meanings = list_meanings(ticker, catalog.share_classes, catalog.exchanges)
    if len(meanings) > 1:
        known = catalog.share_classes.values()
        meanings = [symbol for symbol in meanings if symbol in known] or meanings
    if len(meanings) > 1 and "." in ticker:
        raise SymbolError(f"{ticker!r} may be {' or '.join(meanings)}: write that")
    symbol = meanings[-1]
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
