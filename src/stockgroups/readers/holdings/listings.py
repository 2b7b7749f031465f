"""Rows as refs: the symbol that a printed ticker means on its market, and the other fields.

Text is bounded here: a text that is longer than any issuer prints, or not printable, rejects its
row.
"""

from __future__ import annotations

from itertools import repeat
from operator import add, itemgetter
from typing import TYPE_CHECKING

from stockgroups.collector import pausing_collector
from stockgroups.errors import SymbolError
from stockgroups.model import Category, Ref
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.verdicts import (
    Verdict,
    find_isin,
    find_misprint,
    name_identifier,
)
from stockgroups.readers.values.columns import REPEATED, as_column, find_cells, find_unusual
from stockgroups.readers.values.numbers import NO_TEXT, NULLS
from stockgroups.readers.values.texts import is_printable
from stockgroups.symbols import (
    choose_market,
    is_foreign,
    list_markets,
    listed_symbol,
    mixes_cases,
    read_symbol,
    strip_key,
    us_symbol,
)
from stockgroups.symbols.grammar import ISIN_LENGTH
from stockgroups.symbols.identifiers import (
    CUSIP_LENGTH,
    complete_cusips,
    find_contradiction,
    is_sedol_abroad,
    valid_isin,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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

_DOLLAR = "USD"
# NYSE American, Cboe BZX, NYSE, Arca, Nasdaq's three tiers; `GRMN U` is `GRMN UN` cut off.
_LISTED_IN_NEW_YORK = frozenset({"US", "BM", "IL", "KY", "LR", "MH", "PA", "VG"})
"""Where companies are at home whose shares trade in the United States, and often only there."""

_US_CODES = frozenset({"UA", "UF", "UN", "UP", "UQ", "UR", "UW", "U"})


def check_texts(printed: FileColumns) -> dict[int, str]:
    """Return, by position, why a row's text is not acceptable."""
    errors: dict[int, str] = {}
    for field, limit in LONGEST.items():
        cells = printed.columns.get(field)
        if not cells:
            continue
        different = as_column(cells).distinct if field in REPEATED else cells
        if "".join(different).isprintable() and max(map(len, different)) <= limit:
            continue
        for position, cell in enumerate(cells):
            if len(cell) > limit:
                errors.setdefault(position, f"{field} of {len(cell)} characters")
            elif not is_printable(cell):
                errors.setdefault(position, f"{field} with unprintable characters")
    return errors


def resolve_symbols(
    printed: FileColumns, positions: Sequence[int], catalog: Catalog
) -> tuple[list[str], dict[int, Verdict]]:
    """Return the canonical symbols of the rows at `positions`, and by position why one has none.

    The symbols are parallel to the positions without those that have none. A row without a ticker
    or an exchange has its ISIN as its symbol. Without an ISIN it is unresolved if another valid
    identifier names its stock, else rejected.
    """
    tickers = printed.columns[Field.TICKER]
    exchanges = printed.columns.get(Field.EXCHANGE)
    codes = printed.columns.get(Field.LISTING) if exchanges is None else None
    currencies = printed.columns.get(Field.CURRENCY)
    known: dict[str, Sequence[Exchange]] = {}
    if exchanges is not None:
        markets_of = {
            name: catalog.exchange_printed(name) for name in as_column(exchanges).distinct
        }
        known = {name: (market,) if market else () for name, market in markets_of.items()}
    elif codes is not None:
        exchanges = codes
        known = {code: find_markets(code, catalog) for code in as_column(codes).distinct}
    abroad = _find_abroad(printed) if printed.typed and exchanges is None else frozenset()
    share_classes = catalog.share_classes
    places, endings = exchanges, _list_endings(known)
    if places is None:
        currency_of_row = None if printed.typed else currencies
        places, endings = currency_of_row or [_DOLLAR] * len(tickers), {_DOLLAR: ""}
    # Nearly every row is usual, and then the place alone makes the symbol.
    symbols = list(map(add, tickers, map(endings.get, places, repeat(""))))
    odd = {*find_unusual(tickers), *find_cells(tickers, share_classes.keys()), *abroad}
    if unknown := as_column(places).distinct - endings.keys():
        odd.update(find_cells(places, unknown))
    errors: dict[int, Verdict] = {}
    for position in sorted(odd.intersection(positions)):
        ticker = tickers[position]
        if codes is not None:
            ticker = _strip_market(ticker, known[codes[position]], codes[position])
        try:
            if ticker in NULLS or (
                len(ticker) == ISIN_LENGTH and ticker == find_isin(printed, position)
            ):
                found = _place_by_isin(printed, position, "")
            elif not printed.typed and mixes_cases(ticker, share_classes):
                found = Verdict(Category.REJECTED, "capitals and lower-case letters in its ticker")
            elif exchanges is not None:
                markets = known[exchanges[position]]
                exchange = markets[0] if len(markets) == 1 else choose_market(ticker, markets)
                if exchange is None:
                    found = _place_by_isin(printed, position, exchanges[position], markets)
                else:
                    found = listed_symbol(ticker, exchange, share_classes)
            elif printed.typed:
                found = read_symbol(ticker, catalog)
                if position in abroad and not is_foreign(found):
                    found = _place_by_isin(printed, position, "")
            elif currencies is not None and currencies[position] != _DOLLAR:
                found = _place_by_isin(printed, position, "")
            else:
                found = us_symbol(ticker, share_classes)
        except SymbolError as error:
            found = Verdict(Category.REJECTED, error.what)
        if isinstance(found, Verdict):
            errors[position] = found
        else:
            symbols[position] = found
    placed = [at for at in positions if at not in errors] if errors else positions
    return list(map(symbols.__getitem__, placed)), errors


def _list_endings(known: Mapping[str, Sequence[Exchange]]) -> dict[str, str]:
    """Return, by exchange or code, the ending that turns a usual ticker into a symbol.

    Codes that mean no exchange or several are left out, and exchanges whose tickers have a suffix.
    """
    alone = {name: markets[0] for name, markets in known.items() if len(markets) == 1}
    return {
        name: "" if exchange.us else f".{exchange.mic}"
        for name, exchange in alone.items()
        if exchange.us or not exchange.drop_suffix
    }


def _find_abroad(printed: FileColumns) -> frozenset[int]:
    """Return the rows of a list whose SEDOLs are foreign, or most of whose ISINs are.

    `MC` beside LVMH's SEDOL 4061412 is Paris's ticker, and another company's in New York. An ISIN
    alone says where a company is incorporated, not where it is listed: Accenture is Irish.
    """
    sedols = printed.columns.get(Field.SEDOL, ())
    abroad = {row for row, sedol in enumerate(sedols) if is_sedol_abroad(sedol)}
    isins = printed.isins or ()
    known = {row for row, isin in enumerate(isins) if valid_isin(isin)}
    foreign = {row for row in known if isins[row][:2].upper() not in _LISTED_IN_NEW_YORK}
    return frozenset(abroad | foreign if 2 * len(foreign) > len(known) else abroad)


def _strip_market(ticker: str, markets: Sequence[Exchange], code: str) -> str:
    """Return a ticker without its code of the market: `RKLB UQ`, State Street's `SU-CA`."""
    ticker = strip_key(ticker)
    for country in {market.country for market in markets if not market.us}:
        ticker = ticker.removesuffix(f"-{country}")
    return ticker.removesuffix(f" {code}")


def make_refs(
    printed: FileColumns, positions: Sequence[int], symbols: Sequence[str | None]
) -> list[Ref]:
    """Return the refs of the rows at `positions`: their symbols, with the printed fields.

    CUSIPs get back the characters that older files and spreadsheets leave off.
    """
    columns = printed.columns
    cusips = choose(columns.get(Field.CUSIP), positions)
    isins = choose(columns.get(Field.ISIN), positions)
    if Field.IDENTIFIER in columns:
        identifiers = choose(columns[Field.IDENTIFIER], positions)
        cusips = _whole_cusips([None if i and len(i) == ISIN_LENGTH else i for i in identifiers])
        isins = (i if i and len(i) == ISIN_LENGTH else None for i in identifiers)
    elif Field.CUSIP in columns:
        cusips = _whole_cusips([*cusips])
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
    """Return the CUSIPs with nine characters each, if it is clear what they lack."""
    if min(map(len, filter(None, printed)), default=CUSIP_LENGTH) >= CUSIP_LENGTH:
        return printed
    return complete_cusips(printed)


def choose(cells: Sequence[str] | None, positions: Sequence[int]) -> Iterable[str | None]:
    """Return a column's cells at the positions; None for nulls and without such a column."""
    if cells is None:
        return repeat(None, len(positions))
    few = len(positions) < 2
    chosen = [cells[at] for at in positions] if few else itemgetter(*positions)(cells)
    if NO_TEXT.isdisjoint(chosen):
        return chosen
    return [None if cell in NO_TEXT else cell for cell in chosen]


def find_markets(code: str, catalog: Catalog) -> Sequence[Exchange]:
    """Return the markets of a MIC or a Bloomberg code; none for an unknown one."""
    if code in _US_CODES or code == "US":
        return [next(exchange for exchange in catalog.exchanges.values() if exchange.us)]
    market = catalog.exchanges.get(code)
    return [market] if market else list_markets(code, catalog.exchanges)


def _place_by_isin(
    printed: FileColumns, position: int, exchange: str, markets: Sequence[Exchange] = ()
) -> str | Verdict:
    """Return the symbol of a row without a known market: its ISIN; else why it has none."""
    cusips = printed.columns.get(Field.CUSIP)
    # A code may be that of a venue, or of several markets: it does not contradict the ISIN.
    is_coded = Field.EXCHANGE not in printed.columns
    isin = find_isin(printed, position) if exchange in NULLS or is_coded else None
    if isin and cusips and (contradiction := find_contradiction(isin, cusips[position])):
        return Verdict(Category.UNRESOLVED, contradiction)
    return isin or _judge_unplaced(printed, position, exchange, markets)


def _judge_unplaced(
    printed: FileColumns, position: int, exchange: str, markets: Sequence[Exchange]
) -> Verdict:
    """Return the verdict on a row whose exchange is blank, unknown, or one of several `markets`."""
    currencies = printed.columns.get(Field.CURRENCY)
    currency = currencies[position] if currencies is not None else ""
    reason = f"a line in {currency!r} without an exchange" if currency else "no exchange"
    if exchange not in NULLS:
        reason = f"unknown exchange {exchange!r}"
        if markets:
            mics = " or ".join(market.mic for market in markets)
            reason = f"the code {exchange!r} means {mics}"
        if Field.EXCHANGE in printed.columns:
            return Verdict(Category.REJECTED, reason)
    name = name_identifier(printed, position)
    if name is None:
        return Verdict(Category.REJECTED, reason + find_misprint(printed, position))
    return Verdict(Category.UNRESOLVED, f"{reason}; known by {name}")
