"""What each row of a holdings file is: a stock of the fund, or one of the things beside it.

The asset class decides where the issuer prints one, then identifiers, exchange and ticker; words
in names come last, as there is a stock for nearly every word (CVR Energy, Dollar General). Every
rule works on whole columns and yields the rows that it decides; the first rule that does so wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.model import Category
from stockgroups.sources.asset_classes import category_of
from stockgroups.sources.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stockgroups.catalog import Catalog

LARGEST_REMNANT = 0.001
"""Of the fund. Rights and claims are smaller: a larger line is the stock that its ticker names."""


class Verdict(NamedTuple):
    """What a row is, and why, when it is no member."""

    category: Category
    reason: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns that tell what a row is; None where the file has no such column."""

    tickers: Sequence[str]
    names: Sequence[str] | None
    asset_classes: Sequence[str] | None
    sectors: Sequence[str] | None
    identifiers: Sequence[str] | None
    sedols: Sequence[str] | None
    exchanges: Sequence[str] | None
    market_values: Sequence[float | None] | None
    shares: Sequence[float | None] | None
    weights: Sequence[float | None] | None = None
    stocks_have_sectors: bool = False


_CASH_SECTOR = "cash and/or derivatives"
_CURRENCY_ID = re.compile(r"999([A-Z]{3})[A-Z0-9]{2,3}")
_MONEY_ID = re.compile(r"X9([A-Z]{3})[A-Z0-9]{4}")
_MONEY_STARTS = ("999", "X9")  # as the two begin: in a tenth of the time of their search
_FUTURE = re.compile(r"[A-Z0-9]{1,4}[FGHJKMNQUVXZ]\d{1,2}")
_CASH_WORDS = re.compile(
    r"\b(?:CASH|MONEY MARKET|TREASURY|GOVERNMENT|LIQUID(?:ITY)?|LIQ|REPO|COLLATERAL|DOLLARS?"
    r"|STERLING|EURO|YEN|FRANCS?)\b",
    re.IGNORECASE,
)
_CASH_TICKER = re.compile(r"CASH[_ ][A-Z]{3}|[A-Z]{3}[_ ]CASH|USD|XTSLA", re.IGNORECASE)
_CASH_OR_STOCK = "cash, or the stock of that ticker: write CASH_USD or CASH.XNAS"
_PLACEHOLDER = re.compile(r"\d{7}D|[A-Z]*DUMMY")
_RIGHTS_TICKER = re.compile(r"[A-Z0-9]+[ /.\-](?:RTS?|WS|WT|W\d)|[A-Z]{4}[RW] US")
# CVR at the start of a name is CVR Energy, CVR Partners.
_CLAIM_WORDS = re.compile(r"(?<=.)\bCVR\b|\b(?:ESCROW|RTS|RIGHTS|WARRANTS?|WTS|CONTINGENT VALUE)\b")
_VAGUE_WORDS = re.compile(r"\b(?:ESC|CONTRA|PRVT|ACCRUAL)\b")
# The same without the boundaries of words, which take three quarters of the search.
_CLAIM_HINT = re.compile(r"C(?:VR|ONT(?:RA|INGENT))|ESC|R(?:TS|IGHT)|W(?:ARRANT|TS)|PRVT|ACCRUAL")
# A blank before the hyphen, or CW after it: WD-40 is a stock.
_EXPIRY = re.compile(r"(?: - ?|- ?CW)\d{2}[A-Z]?\Z")


def classify(rows: Rows, catalog: Catalog) -> dict[int, Verdict]:
    """Return by position the verdict on every row that is no member by its content."""
    verdicts: dict[int, Verdict] = {}
    for rule in RULES:
        for position, verdict in rule(rows, catalog):
            verdicts.setdefault(position, verdict)
    return verdicts


def by_asset_class(rows: Rows, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`JPM | CASH COLLATERAL USD JPM | Cash Collateral and Margins` is no JPMorgan share."""
    if rows.asset_classes is None:
        return
    verdicts = {
        printed: Verdict(category, f"asset class {printed}")
        for printed in set(rows.asset_classes)
        if (category := category_of(printed)) is not None
    }
    for position, printed in enumerate(rows.asset_classes):
        if printed in verdicts:
            yield position, verdicts[printed]


def by_sector(rows: Rows, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Take the sector `Cash and/or Derivatives` at its word where there are no asset classes."""
    if rows.sectors is None or rows.asset_classes is not None:
        return
    verdict = Verdict(Category.CASH, "sector Cash and/or Derivatives")
    for position, sector in enumerate(rows.sectors):
        if sector.casefold() == _CASH_SECTOR:
            yield position, verdict


def by_identifier(rows: Rows, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`US DOLLAR | - | 999USDZ92`: State Street's own identifiers of currencies.

    `GOLDMAN FS TRSY OBLIG INST 468 | X9USDGSFT` is a money fund in an ARK file.
    """
    if rows.identifiers is None:
        return
    for position in [
        at for at, cell in enumerate(rows.identifiers) if cell.startswith(_MONEY_STARTS)
    ]:
        identifier = rows.identifiers[position]
        if currency := _CURRENCY_ID.fullmatch(identifier):
            yield position, Verdict(Category.CASH, f"currency {currency[1]}")
        elif currency := _MONEY_ID.fullmatch(identifier):
            yield position, Verdict(Category.CASH, f"money in {currency[1]} by its identifier")


def by_exchange(rows: Rows, catalog: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`HOLX | HOLOGIC INC | 0.01 | NO MARKET (E.G. UNLISTED)` has left the exchange."""
    if rows.exchanges is None:
        return
    unlisted = {
        printed
        for printed in set(rows.exchanges)
        if (exchange := catalog.exchange_printed(printed)) is not None and not exchange.listed
    }
    if unlisted:
        for position, printed in enumerate(rows.exchanges):
            if printed in unlisted:
                yield position, Verdict(Category.UNLISTED, f"exchange {printed!r}")


def by_ticker(rows: Rows, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Tickers that no exchange gives to a share.

    `2602335D` marks a contra line, `MPTI RT` and `MPTI/WS` rights and warrants, `BTS-W6` a warrant
    in Bangkok, `EOSER US` (a fifth letter R before the country) rights that expired, where
    `EHTH US` is a share. `IXDH6` is a future in a file of US lines, whose stocks have no digits;
    elsewhere `ABEV3` is a stock. Invesco's cash has tickers that start with `-`. A list of symbols
    names its cash `USD`; `CASH` is a stock (Pathward), in a list with weights perhaps either.
    """
    bare = rows.names is None and rows.asset_classes is None
    for position in [
        at
        for at, cell in enumerate(rows.tickers)
        if bare or not (cell.isalpha() or cell.isdecimal())
    ]:
        ticker = rows.tickers[position]
        if _PLACEHOLDER.fullmatch(ticker):
            yield position, Verdict(Category.UNLISTED, "a placeholder for a ticker")
        elif _RIGHTS_TICKER.fullmatch(ticker):
            yield position, Verdict(Category.UNLISTED, "the ticker of a right or warrant")
        elif rows.exchanges is None and _FUTURE.fullmatch(ticker):
            yield position, Verdict(Category.DERIVATIVE, "a future's ticker")
        elif ticker.startswith("-") and ticker not in NULLS:
            yield position, Verdict(Category.CASH, "a ticker that starts with '-'")
        elif bare and _CASH_TICKER.fullmatch(ticker):
            yield position, Verdict(Category.CASH, "cash by its ticker")
        elif bare and rows.weights is not None and ticker.upper() == "CASH":
            yield position, Verdict(Category.REJECTED, _CASH_OR_STOCK)


def by_words(rows: Rows, catalog: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Claims on what a company left behind, and rights to its shares.

    `AKE | AKERO THERAPEUTICS CVR | NASDAQ`, `P5N994 | Petrocorp Inc Escrow` and `EQTL1 | EQUATORIAL
    RTS SA | XBSP` stand under an exchange, as shares do. Vague words count only without one: `ESC
    GCI LIBERTY INC SR`, `SCILEX HOLDING Prvt`, `NEXPOINT STRATEGIC CASH ACCRUAL`.
    """
    names = rows.names or ()
    for position in _search_upper(_CLAIM_HINT, names):
        if _is_large(rows, position):
            continue
        name = names[position].upper()
        found = _CLAIM_WORDS.search(name)
        if found is None and not _is_on_exchange(rows, position, catalog):
            found = _VAGUE_WORDS.search(name)
        if found:
            yield position, Verdict(Category.UNLISTED, f"{found[0]} in its name")


def by_expiry(rows: Rows, catalog: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Warrants under tickers like those of shares, with the year of their end in the name.

    `SQFTW | PRESIDIO PROPERTY TRST -CW27`, `ASPSZ | ALTISOURCE PORTFOLIO - 29C`, without exchanges.
    """
    if rows.names is None:
        return
    for position in [at for at, name in enumerate(rows.names) if "-" in name]:
        if not (found := _EXPIRY.search(rows.names[position])):
            continue
        if not _is_large(rows, position) and not _is_on_exchange(rows, position, catalog):
            yield position, Verdict(Category.UNLISTED, f"a warrant: {found[0].strip()} in its name")


def by_missing_sector(rows: Rows, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Lines without a sector, where the issuer prints one for every stock.

    Schwab's `GVMXX | SSC GOVERNMENT MM GVMXX | XNAS`, `USD | US DOLLAR | OTC` and
    `FAZ5 | S&P MID 400 EMINI DEC 25 | OTC`.
    """
    if rows.sectors is None or not rows.stocks_have_sectors:
        return
    for position in [at for at, sector in enumerate(rows.sectors) if sector in NULLS]:
        if _FUTURE.fullmatch(rows.tickers[position]):
            yield position, Verdict(Category.DERIVATIVE, "a future's ticker, no sector")
        elif rows.names is not None and _CASH_WORDS.search(rows.names[position]):
            yield position, Verdict(Category.CASH, "cash or a money fund by its name, no sector")
        else:
            yield position, Verdict(Category.OTHER, "no sector, which every stock has here")


def by_missing_ticker(rows: Rows, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`-` for a ticker: a line that does not trade, or the fund's money.

    `SSI US GOV MONEY MARKET CLASS | - | 924QSGII3` and `STATE STREET INSTITUTIONAL LIQ` are money
    funds: no asset class, no SEDOL, and the words. `OPENAI GROUP PBC SERIES C | PPOPENAIC`, 254,476
    shares worth 172,563,178.42, is held privately: a share of a money fund is worth one.
    """
    for position in [at for at, ticker in enumerate(rows.tickers) if ticker in NULLS]:
        is_stock = (rows.asset_classes is not None and rows.asset_classes[position]) or (
            rows.sedols is not None and rows.sedols[position] not in NULLS
        )
        if is_stock:
            yield position, Verdict(Category.UNLISTED, "no ticker")
        elif rows.names is not None and _CASH_WORDS.search(rows.names[position]):
            yield position, Verdict(Category.CASH, "cash or a money fund by its name, no ticker")
        elif _is_priced(rows, position):
            yield position, Verdict(Category.UNLISTED, "no ticker")
        else:
            yield position, Verdict(Category.OTHER, "no ticker")


RULES: tuple[Callable[[Rows, Catalog], Iterator[tuple[int, Verdict]]], ...] = (
    by_asset_class,
    by_sector,
    by_identifier,
    by_exchange,
    by_ticker,
    by_words,
    by_expiry,
    by_missing_sector,
    by_missing_ticker,
)


def _search_upper(pattern: re.Pattern[str], cells: Sequence[str]) -> Iterator[int]:
    """Yield the positions of the cells that hold the pattern in upper case.

    The column is searched as one text, a cell a line, in a third of the time of cell by cell.
    """
    column = "\n".join(cells).upper()
    if column.count("\n") >= len(cells) > 0:  # a cell of several lines
        column = "\n".join(" ".join(cell.split()) for cell in cells).upper()
    position = end = 0
    for found in pattern.finditer(column):
        position += column.count("\n", end, found.start())
        end = found.start()
        yield position


def _is_large(rows: Rows, position: int) -> bool:
    """Tell whether a line with a ticker is too large for a right, a warrant or a claim."""
    weight = rows.weights[position] if rows.weights else None
    return rows.tickers[position] not in NULLS and abs(weight or 0.0) >= LARGEST_REMNANT


def _is_on_exchange(rows: Rows, position: int, catalog: Catalog) -> bool:
    """Tell whether a line has a ticker and an exchange on which stocks are listed."""
    printed = None if rows.exchanges is None else catalog.exchange_printed(rows.exchanges[position])
    return rows.tickers[position] not in NULLS and printed is not None and printed.listed


def _is_priced(rows: Rows, position: int) -> bool:
    """Tell whether the row is of shares that are worth other than one dollar each."""
    if rows.market_values is None or rows.shares is None:
        return False
    value, shares = rows.market_values[position], rows.shares[position]
    return bool(value and shares and abs(abs(value) - abs(shares)) >= 1)
