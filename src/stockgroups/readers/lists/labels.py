"""The labels that people and vendors use in lists, and their meanings.

For lists that no issuer makes: a person's own file, the constituents of an index as exchanges,
index providers and data sets publish them. Issuers' formats name their own labels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPELLINGS = {
    Field.TICKER: (
        "symbol, symbols, ticker, tickers, ticker symbol, stock symbol, stock ticker, "
        "trading symbol, security symbol, act symbol, stock code, constituent code, asx code, "
        "epic, kürzel, symbole"
    ),
    Field.NAME: (
        "name, company, company name, name of company, security, security name, "
        "security description, stock name, constituent name eng, constituent name, constituent, "
        "description, holding, holding name, issuer, issuer name, long name, short name, "
        "bezeichnung, unternehmen, nom, nombre"
    ),
    Field.WEIGHT: (
        "weight, weight %, % weight, weights, weighting, weightings, weightage, weight pct, "
        "weight percent, weight percentage, wt, index weight, index weighting, target weight, "
        "portfolio weight, portfolio weight %, allocation, allocation %, % of net assets, "
        "% net assets, % of assets, % of fund, % of portfolio, percent of assets, "
        "holdings percent, gewicht, gewicht %, gewichtung, gewichtung %, poids, poids %, "
        "pondération, pondération %, peso, peso %"
    ),
    Field.SHARES: (
        "shares, shares held, share count, number of shares, no of shares, quantity, qty, units, "
        "stück, anzahl, quantité"
    ),
    Field.MARKET_VALUE: (
        "value, market value, market value $, market value usd, mkt value, mv, total value, "
        "marktwert, kurswert"
    ),
    Field.IDENTIFIER: "identifier",
    Field.CUSIP: "cusip, cusip number",
    Field.ISIN: "isin, isin code, isin number, isin no",
    Field.SEDOL: "sedol, sedol code",
    Field.FIGI: "figi, bbg figi, composite figi, share class figi",
    Field.DATE: (
        "date, as of, as of date, asof, asof date, effective date, holdings date, report date, "
        "trade date, datum"
    ),
    Field.FUND: (
        "fund, fund ticker, fund symbol, etf, etf ticker, etf symbol, account ticker, portfolio"
    ),
    Field.ASSET_CLASS: "asset class, asset type, security type, instrument type",
    Field.SECTOR: (
        "sector, gics sector, gics sector name, sector name, icb sector, sektor, secteur"
    ),
    Field.INDUSTRY: (
        "industry, industry name, sub industry, subindustry, gics sub industry, gics subindustry, "
        "gics sub industry name, gics industry, gics industry group, industry group, branche"
    ),
    Field.EXCHANGE: (
        "exchange eng, exchange, primary exchange, listing exchange, stock exchange, "
        "exchange name, mic"
    ),
    Field.CURRENCY: "currency, currency code, market currency, local currency, währung",
    Field.START: (
        "opt in, date added, date first added, added, added date, date joined, start, start date, "
        "from, from date, valid from, entry date, inclusion date"
    ),
    Field.END: (
        "opt out, date removed, removed, removed date, end, end date, to, to date, thru, through, "
        "valid to, exit date, exclusion date"
    ),
}
"""The labels of each meaning; if a table has several, the first one is used."""

# Labels of columns that contain no stock, no amount and no date.
_OTHERS = (
    "cik, closing price, current price, founded, headquarters, headquarters location, "
    "index code, index name, index name eng, last price, market cap, no, notes, nr, price, "
    "rank, series, share price, unnamed 0"
)
_IGNORED = frozenset(_OTHERS.split(", "))
_MEANINGS = {
    spelling: field for field, found in _SPELLINGS.items() for spelling in found.split(", ")
}
_RANKS = {spelling: rank for rank, spelling in enumerate(_MEANINGS)}

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Chinese beside English, as China Securities Index heads its columns, is left out.
_BETWEEN = re.compile(r"[\s_\-./()\[\]:#*\"'’\u2e80-\u9fff\uff00-\uffef]+")


def fold_label(label: str) -> str:
    """Return a label without irrelevant differences: case, humps, signs between words."""
    spaced = _BETWEEN.sub(" ", _HUMP.sub(" ", label)).replace("%", " % ")
    return " ".join(spaced.casefold().split())


def field_of(label: str) -> Field | None:
    """Return what a label means, or None for one that is not known."""
    return _MEANINGS.get(fold_label(label))


def choose_columns(labels: Sequence[str]) -> tuple[dict[Field, int], tuple[str, ...]]:
    """Return the column of each field, and the labels that are neither known nor ignored.

    Of several columns with one meaning, the one whose label comes first in the table above is used:
    `Symbol` before `Stock Code`.
    """
    ranked: dict[Field, tuple[int, int]] = {}
    unknown: list[str] = []
    for index, label in enumerate(labels):
        field = field_of(label)
        if field is None:
            if label.strip() and fold_label(label) not in _IGNORED:
                unknown.append(label.strip())
        else:
            place = (_RANKS[fold_label(label)], index)
            ranked[field] = min(place, ranked.get(field, place))
    return {field: index for field, (_, index) in ranked.items()}, tuple(unknown)
