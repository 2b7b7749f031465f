"""Classify each row of a holdings file: a stock of the fund, or another kind of line.

The asset class decides if the issuer prints one, then identifiers, exchange and ticker. Words in
names come last, because nearly every word is also a stock's (CVR Energy, Dollar General). Every
rule works on whole columns and yields the rows that it decides; the first rule that decides a row
wins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import IDENTIFIERS, Field, FileColumns
from stockgroups.readers.holdings.asset_classes import category_of, name_class
from stockgroups.readers.holdings.bonds import by_bond
from stockgroups.readers.holdings.claims import by_expiry, by_words
from stockgroups.readers.holdings.money import (
    CURRENCY_CODE,
    by_cash_line,
    by_currency,
    by_forward,
    by_identifier,
    by_sector,
    is_currency,
    names_currency,
    names_money,
)
from stockgroups.readers.holdings.mutual_funds import by_fund_ticker
from stockgroups.readers.holdings.verdicts import (
    Verdict,
    find_isin,
    has_class,
    name_identifier,
    names_delivery,
)
from stockgroups.readers.values.columns import find_cells, find_unusual
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stockgroups.catalog import Catalog

LONGEST_TICKER = 7
"""Characters of a ticker. A longer one that is the row's identifier as well is none: State Street
prints `964WKM90` for its money fund in both columns."""

_FUTURE = re.compile(r"[A-Z0-9]{1,4}[FGHJKMNQUVXZ]\d{1,2}")
_CASH_TICKER = re.compile(r"CASH[_ ][A-Z]{3}|[A-Z]{3}[_ ]CASH", re.IGNORECASE)
_CASH_OR_STOCK = "cash, or the stock of that ticker: write CASH_USD or CASH.XNAS"
_PLACEHOLDER = re.compile(r"\d{7}D|[A-Z]*DUMMY[A-Z0-9]*")
_NO_STOCK = frozenset({"DUMMY", "USD", "XTSLA", "CASH"})
"""Those of the usual tickers that may belong to no stock."""

# `COIN 260710C00175000`, as options are listed; a digit before it marks a flexible one.
_OPTION_TICKER = re.compile(r"\d?[A-Z.]{1,6} ?\d? ?\d{6}[CP]\d{8}")
_OPTION_NAME = re.compile(r"\b\d{1,2}/\d{1,2}/(?:\d{2}|\d{4}) [CP]\d", re.IGNORECASE)
_SWAP = re.compile(r"\bSWAPS?\b", re.IGNORECASE)
_FUTURE_NAME = re.compile(r"\bFUT(?:URES?)?\b", re.IGNORECASE)
_TRS = re.compile(r"\bTRS\b")
_SWAP_TICKER = re.compile(r".+[ -](?:TRS|SWAP)[ -].+")
_BLOOMBERG = re.compile(r"(.+?) (COMDTY|CORP|CURNCY|GOVT|INDEX|MTGE|MUNI)", re.IGNORECASE)
"""Bloomberg's tickers with its names of markets for other things than stocks."""
_BONDS = frozenset({"CORP", "GOVT", "MTGE", "MUNI"})

_PLAIN_TICKER = re.compile(r"[A-Z]{1,6}(?:[./ -][A-Z]{1,2})?")
# Bangkok's warrants are numbered, and have a receipt for foreigners each: `JMART.W5.R`.
_RIGHTS_TICKER = re.compile(r"[A-Z0-9]+[ /.\-](?:RTS?|WS|WT|W\d{1,2})(?:[.\-]R)?|[A-Z]{4}[RW] US")


def classify(rows: FileColumns, catalog: Catalog) -> dict[int, Verdict]:
    """Return, by position, the verdict on every row that is not a member by its content."""
    verdicts: dict[int, Verdict] = {}
    for rule in RULES:
        for position, verdict in rule(rows, catalog):
            verdicts.setdefault(position, verdict)
    return verdicts


def by_format(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Yield the rows that the format itself classifies."""
    yield from rows.verdicts.items()


def by_asset_class(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`JPM | CASH COLLATERAL USD JPM | Cash Collateral and Margins` is no JPMorgan share."""
    asset_classes = rows.columns.get(Field.ASSET_CLASS, ())
    verdicts = {
        printed: Verdict(category, name_class(printed))
        for printed in set(asset_classes)
        if (category := category_of(printed, rows.asset_classes)) is not None
    }
    for position, printed in enumerate(asset_classes):
        if printed in verdicts:
            yield position, verdicts[printed]


def by_exchange(rows: FileColumns, catalog: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`HOLX | HOLOGIC INC | 0.01 | NO MARKET (E.G. UNLISTED)` has left the exchange."""
    exchanges = rows.columns.get(Field.EXCHANGE, ())
    unlisted = {
        printed
        for printed in set(exchanges)
        if (exchange := catalog.exchange_printed(printed)) is not None and not exchange.listed
    }
    if unlisted:
        for position, printed in enumerate(exchanges):
            if printed in unlisted:
                yield position, Verdict(Category.UNLISTED, f"exchange {printed!r}")


def by_ticker(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Tickers that no exchange gives to a share.

    `2602335D` marks a contra line, `MPTI RT` and `MPTI/WS` rights and warrants, `BTS-W6` a warrant
    in Bangkok and `JMART.W5.R` the receipt of one, `EOSER US` (a fifth letter R before the country)
    rights that expired, where `EHTH US` is a share. `IXDH6` is a future in a file of US lines,
    whose stocks have no digits; elsewhere `ABEV3` is a stock, and so is Henkel's `HEN3`, which has
    a SEDOL. India's exchange prints `DUMMYREL` for a company that is about to be listed. Invesco's
    cash has tickers that start with `-`. A list of symbols names its cash `USD`; `CASH` is a stock
    (Pathward), in a list with weights or values perhaps either.
    """
    tickers = rows.columns[Field.TICKER]
    has_amounts = not rows.numbers.keys().isdisjoint({Field.WEIGHT, Field.MARKET_VALUE})
    bare = rows.columns.keys().isdisjoint({Field.NAME, Field.ASSET_CLASS})
    for position in (*find_unusual(tickers), *find_cells(tickers, _NO_STOCK)):
        ticker = tickers[position]
        if _PLACEHOLDER.fullmatch(ticker):
            yield position, Verdict(Category.UNLISTED, "a placeholder for a ticker")
        elif _RIGHTS_TICKER.fullmatch(ticker):
            yield position, Verdict(Category.UNLISTED, "the ticker of a right or warrant")
        elif (
            Field.EXCHANGE not in rows.columns
            and not _says(rows, Field.SEDOL, position)
            and _FUTURE.fullmatch(ticker)
        ):
            yield position, Verdict(Category.DERIVATIVE, "a future's ticker")
        elif ticker.startswith("-") and ticker not in NULLS:
            yield position, Verdict(Category.CASH, "a ticker that starts with '-'")
        elif ticker == "XTSLA":
            yield position, Verdict(Category.CASH, "BlackRock's ticker of its money fund")
        elif _CASH_TICKER.fullmatch(ticker) or (
            bare and (ticker == "USD" or CURRENCY_CODE.fullmatch(ticker))
        ):
            yield position, Verdict(Category.CASH, "cash by its ticker")
        elif bare and has_amounts and ticker.upper() == "CASH":
            yield position, Verdict(Category.REJECTED, _CASH_OR_STOCK)


def by_contract(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Options, swaps and futures that an issuer lists without asset classes.

    `COIN 260710C00175000` and `NDX US 07/17/26 C30325` are options. `595112103 TRS 050427 NM |
    MICRON TECHNOLOGY INC SWAP NM` is a swap, and so is `NASDAQ 100 INDEX SWAP` without a ticker, as
    `SEP26 S&P/TSX FUT` is a future; a line with a ticker of letters is the stock that it names.
    `ESU6 INDEX`, `TYZ6 COMDTY` and `EUR CURNCY` are Bloomberg's tickers.
    """
    if Field.ASSET_CLASS in rows.columns and all(rows.columns[Field.ASSET_CLASS]):
        return
    tickers = rows.columns[Field.TICKER]
    names = rows.columns.get(Field.NAME) or [""] * len(tickers)
    for position in find_unusual(tickers):
        ticker, name = tickers[position], names[position]
        if _PLAIN_TICKER.fullmatch(ticker):
            continue
        text = name if ticker in NULLS else ticker
        if keyed := _BLOOMBERG.fullmatch(ticker):
            yield position, _judge_key(*keyed.groups())
        elif _OPTION_TICKER.fullmatch(ticker) or _OPTION_NAME.search(text):
            yield position, Verdict(Category.DERIVATIVE, "an option")
        elif _SWAP_TICKER.fullmatch(ticker) or ("SWAP" in name.upper() and _SWAP.search(name)):
            yield position, Verdict(Category.DERIVATIVE, "a swap")
        elif text is name and _TRS.search(name):
            yield position, Verdict(Category.DERIVATIVE, "a swap by its name, no ticker")
        elif text is name and _FUTURE_NAME.search(name):
            yield position, Verdict(Category.DERIVATIVE, "a future by its name, no ticker")


def by_missing_sector(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """Lines without a sector, if the issuer prints one for every stock.

    Schwab's `GVMXX | SSC GOVERNMENT MM GVMXX | XNAS`, `USD | US DOLLAR | OTC` and `FAZ5 | S&P MID
    400 EMINI DEC 25 | OTC`.
    """
    if not rows.stocks_have_sectors:
        return
    sectors, names = rows.columns[Field.SECTOR], rows.columns[Field.NAME]
    for position in find_cells(sectors, NULLS):
        if _FUTURE.fullmatch(rows.columns[Field.TICKER][position]):
            yield position, Verdict(Category.DERIVATIVE, "a future's ticker, no sector")
        elif names_money(names[position]):
            yield position, Verdict(Category.CASH, "cash or a money fund by its name, no sector")
        else:
            yield position, Verdict(Category.OTHER, "no sector, which every stock has here")


def by_missing_ticker(rows: FileColumns, _: Catalog) -> Iterator[tuple[int, Verdict]]:
    """`-` for a ticker, or the identifier once more: a line that does not trade, or money.

    `SSI US GOV MONEY MARKET CLASS | - | 924QSGII3` and `STATE STREET INSTITUTIONAL LIQ` are money
    funds: no asset class, no SEDOL, and the words. `OPENAI GROUP PBC SERIES C | PPOPENAIC`, 254,476
    shares worth 172,563,178.42, is held privately: a share of a money fund is worth one. `TCS GROUP
    HOLDING -REG S | 87238U203` trades in London under a ticker that the file does not tell. A row
    with an ISIN is known by it; but an issuer of asset classes and tickers has both for what trades
    (`CHENNAI SUPER KINGS CRICKET LTD | Equity | INE852S01026`).
    """
    tickers = rows.columns[Field.TICKER]
    names = rows.columns.get(Field.NAME)
    identifiers = rows.columns.get(Field.IDENTIFIER) or [""] * len(tickers)
    unusual = find_unusual(tickers)
    missing = [at for at in unusual if tickers[at] in NULLS]
    missing += [
        at for at in unusual if len(tickers[at]) > LONGEST_TICKER and tickers[at] == identifiers[at]
    ]
    prints_tickers = len(missing) < len(tickers)
    for position in missing:
        if find_isin(rows, position) and not (
            prints_tickers and has_class(rows, position) and not _says(rows, Field.SEDOL, position)
        ):
            continue
        if names and names_delivery(names[position]):
            yield position, Verdict(Category.DERIVATIVE, "a future by its name, no ticker")
        elif _says(rows, Field.SEDOL, position):
            yield position, _judge_unnamed(rows, position)
        elif has_class(rows, position):
            yield position, Verdict(Category.UNLISTED, "no ticker")
        elif names and (names_money(names[position]) or names_currency(names[position])):
            yield position, Verdict(Category.CASH, "cash or a money fund by its name, no ticker")
        elif _is_priced(rows, position) or (
            rows.typed and any(_says(rows, field, position) for field in IDENTIFIERS)
        ):
            yield position, _judge_unnamed(rows, position)
        else:
            yield position, Verdict(Category.OTHER, "no ticker")


RULES: tuple[Callable[[FileColumns, Catalog], Iterator[tuple[int, Verdict]]], ...] = (
    by_format,
    by_asset_class,
    by_sector,
    by_identifier,
    by_exchange,
    by_contract,
    by_forward,
    by_currency,
    by_cash_line,
    by_ticker,
    by_fund_ticker,
    by_bond,
    by_words,
    by_expiry,
    by_missing_sector,
    by_missing_ticker,
)


def _says(rows: FileColumns, field: Field, position: int) -> bool:
    """Return whether a line has a text in a column. Only a line on an exchange has a SEDOL."""
    return field in rows.columns and rows.columns[field][position] not in NULLS


def _judge_key(root: str, key: str) -> Verdict:
    """Return the verdict on a line with a ticker of Bloomberg's that is no stock's."""
    if key.upper() in _BONDS:
        return Verdict(Category.OTHER, "Bloomberg's ticker of a bond")
    if key.upper() == "CURNCY" and is_currency(root.upper()):
        return Verdict(Category.CASH, f"currency {root.upper()}")
    return Verdict(Category.DERIVATIVE, "Bloomberg's ticker of a future or an index")


def _judge_unnamed(rows: FileColumns, position: int) -> Verdict:
    """Return the verdict on a line without a ticker: a stock if its own identifier names one."""
    name = name_identifier(rows, position)
    if name is not None:
        return Verdict(Category.UNRESOLVED, f"no ticker; known by {name}")
    if rows.typed:
        return Verdict(Category.REJECTED, "no ticker, and no valid identifier of a share")
    return Verdict(Category.UNLISTED, "no ticker")


def _is_priced(rows: FileColumns, position: int) -> bool:
    """Return whether the row's shares are worth something other than one dollar each."""
    values, held = rows.numbers.get(Field.MARKET_VALUE), rows.numbers.get(Field.SHARES)
    if values is None or held is None:
        return False
    value, shares = values[position], held[position]
    return bool(value and shares and abs(abs(value) - abs(shares)) >= 1)
