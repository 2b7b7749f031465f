"""N-PORT, a fund's monthly report of its portfolio to the SEC: its content and its account.

A filing is for one series of one registrant and one day (`repPdDate`; `repPdEnd` is the end of the
fiscal year). It comes as XML (`nport_xml`), or as rows of the SEC's quarterly data set
(`nport_tables`). Both give the header and the positions of this module, and become the same
snapshot here. Codes classify a position: `assetCat` the class, `issuerCat` RF or PF a fund, units
NC contracts. A swap may print the ISIN of the stock that it refers to, so the codes come before the
identifiers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.model import NPORT, Category
from stockgroups.readers.holdings.claims import LARGEST_REMNANT, find_claim_word
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.values.numbers import LARGEST, parse_number
from stockgroups.readers.values.texts import escape_text
from stockgroups.receipts import Amount, FilingFacts
from stockgroups.symbols.identifiers import (
    find_contradiction,
    valid_cusip,
    valid_figi,
    valid_isin,
    valid_sedol,
)

if TYPE_CHECKING:
    import datetime as dt

READER = f"{NPORT}/5"
"""Increase it with every change of how a filing is read; the files are then read again."""

FORMS = ("NPORT-P", "NPORT-P/A", "NPORT-NP", "NPORT-NP/A")
NAMESPACE = "http://www.sec.gov/edgar/nport"

_SHARES = {"EC": "common stock", "EP": "preferred stock"}
_CASH = {"STIV": "a short-term investment", "RA": "a repurchase agreement"}
_DERIVATIVES = {
    "DCO": "a derivative of commodities",
    "DCR": "a derivative of credit",
    "DE": "a derivative of equities",
    "DFE": "a derivative of currencies",
    "DIR": "a derivative of interest rates",
    "DO": "a derivative",
}
_OTHERS = {
    "DBT": "debt",
    "SN": "a structured note",
    "LON": "a loan",
    "ABS-MBS": "a mortgage-backed security",
    "ABS-APCP": "asset-backed commercial paper",
    "ABS-CBDO": "a collateralised bond or debt obligation",
    "ABS-O": "an asset-backed security",
    "COMM": "a commodity",
    "RE": "real estate",
}
CONTRACTS = "NC"
"""The units of positions that are reported in contracts."""
_FUNDS, _SHORT = frozenset({"RF", "PF"}), "Short"  # registered funds, private funds
_OTC_DERIVATIVE = "EZ"
"""The country of the ISINs of derivatives that are traded over the counter."""

LONGEST_NAME = 200

IDENTIFIERS = {"isin": valid_isin, "SEDOL": valid_sedol, "FIGI": valid_figi}
"""The kinds of identifiers of a position beside its CUSIP and its ticker."""
_NULLS = frozenset({"", "N/A", "n/a"})
_US_TICKER = re.compile(r"[A-Z]{1,5}(?:[./-][A-Z])?")


class Position(NamedTuple):
    """One position as a filing reports it; None for a blank or `N/A`.

    `category` is `assetCat`, or the description if that is OTHER; then `is_coded` is False. `units`
    is NS for shares, PA for a principal amount, NC for contracts. `is_derivative`: the position has
    terms of a derivative beside its category; `amount` is its notional by them, in US dollars.
    """

    name: str | None
    title: str | None
    cusip: str | None
    isin: str | None
    ticker: str | None
    sedol: str | None
    figi: str | None
    balance: str | None
    units: str | None
    currency: str | None
    value: str | None
    percent: str | None
    payoff: str | None
    category: str | None
    is_coded: bool
    issuer_category: str | None
    country: str | None
    is_derivative: bool
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class FilingHeader:
    """The header of a filing.

    Attributes:
        form: NPORT-P, or NPORT-P/A for an amendment.
        cik: The registrant's number.
        registrant: The registrant's name.
        series_id: The series; None for a trust that has none.
        series_name: The fund's name; None if the filing says `N/A`.
        as_of: The day of the positions.
        accession: The filing's number at the SEC; None for a bare `primary_doc.xml`.
        filed_on: The filing date; None as above.
        net_assets: In US dollars, as are the next two.
        total_assets: The fund's total assets.
        cash: Cash that is not among the positions.
        is_last: It is the fund's last report.
        tickers: The tickers of the fund's classes, if the submission's header has them.
    """

    form: str
    cik: int
    registrant: str
    series_id: str | None
    series_name: str | None
    as_of: dt.date
    accession: str | None = None
    filed_on: dt.date | None = None
    net_assets: float | None = None
    total_assets: float | None = None
    cash: float | None = None
    is_last: bool = False
    tickers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The fund's name: of the series, else of the registrant."""
        return self.series_name or self.registrant

    @property
    def facts(self) -> FilingFacts:
        """The facts for the receipt."""
        return FilingFacts(
            self.form,
            self.accession,
            self.cik,
            escape_text(self.registrant, LONGEST_NAME),
            self.series_id,
            escape_text(self.name, LONGEST_NAME),
        )


def clean(text: str | None) -> str | None:
    """Return a text as reported; None for a blank and for `N/A`."""
    bare = text.strip() if text else ""
    return None if bare in _NULLS else bare


def name_kind(described: str) -> str | None:
    """Return the kind of an identifier that a filer describes in words: `SEDOL`, `BB FIGI`."""
    upper = described.upper()
    return next((kind for kind in IDENTIFIERS if kind.upper() in upper), None)


def prefer(kind: str, text: str | None, other: str | None) -> str | None:
    """Return the first of two identifiers of one kind that is valid; without one, the first."""
    is_valid = IDENTIFIERS[kind]
    return text if text is not None and (is_valid(text) or not is_valid(other)) else other


def read_figure(text: str | None) -> float | None:
    """Return the number in a field, None for a blank. Raise ValueError for any other text."""
    if text is None or text in _NULLS:
        return None
    try:
        number = math.nan if "_" in text else float(text)
    except ValueError:
        number = math.nan
    return number if abs(number) <= LARGEST else parse_number(text)


def judge(position: Position, weight: float | None, value: float | None) -> Verdict | None:
    """Return the verdict on a position; None for a stock that the fund owns.

    A stock with an ISIN is a member. One with a CUSIP, SEDOL or FIGI alone, or with a CUSIP that
    contradicts its ISIN, is unresolved until a file or a register resolves it; a ticker beside
    identifiers decides nothing (`is_us_ticker`). `weight` is a fraction of the net assets.
    """
    category = position.category
    if position.is_derivative or position.units == CONTRACTS or category in _DERIVATIVES:
        what = _DERIVATIVES.get(category or "", "a derivative")
        return Verdict(Category.DERIVATIVE, _code(what, position))
    if category is None:
        return Verdict(Category.REJECTED, "no asset category")
    if category not in _SHARES or not position.is_coded:
        if position.is_coded and category in _CASH:
            return Verdict(Category.CASH, _code(_CASH[category], position))
        what = _OTHERS.get(category, "") if position.is_coded else "another asset"
        return Verdict(Category.OTHER, _code(what or "an unknown asset category", position))
    if position.issuer_category in _FUNDS:
        reason = f"shares of another fund: issuerCat {position.issuer_category}"
        return Verdict(Category.OTHER, reason)
    if position.payoff == _SHORT or (weight or 0.0) < 0 or (value or 0.0) < 0:
        return Verdict(Category.OTHER, _code("a short position", position))
    return _judge_stock(position, weight)


def _judge_stock(position: Position, weight: float | None) -> Verdict | None:
    isin = position.isin
    if isin is not None and isin.startswith(_OTC_DERIVATIVE):
        return Verdict(Category.DERIVATIVE, "the ISIN of a derivative over the counter")
    if abs(weight or 0.0) < LARGEST_REMNANT:
        for name in filter(None, (position.name, position.title)):
            if word := find_claim_word(name.upper(), is_on_exchange=False):
                return Verdict(Category.UNLISTED, f"{word} in its name")
    if contradiction := find_contradiction(isin, position.cusip):
        return Verdict(Category.UNRESOLVED, contradiction)
    if valid_isin(isin) is not None or is_us_ticker(position):
        return None
    for kind, text, valid in (
        ("CUSIP", position.cusip, valid_cusip),
        ("SEDOL", position.sedol, valid_sedol),
        ("FIGI", position.figi, valid_figi),
    ):
        if valid(text) is not None:
            return Verdict(Category.UNRESOLVED, f"no ISIN and no ticker; known by {kind} {text}")
    return Verdict(Category.UNLISTED, "no valid identifier")


def is_us_ticker(position: Position) -> bool:
    """Return whether a US ticker identifies a stock that has no other identifier.

    What filers write as a ticker is often a code of their own (`KYSFAC` of a bond, `FDXMH4`). It
    counts only if nothing else identifies the stock and it looks like a US ticker.
    """
    return (
        position.ticker is not None
        and (position.country, position.currency) == ("US", "USD")
        and _US_TICKER.fullmatch(position.ticker) is not None
        and not any((valid_cusip(position.cusip), valid_isin(position.isin)))
    )


def name_unknown(position: Position) -> set[str]:
    """Return the asset category if the form does not define it, for the receipt."""
    known = {*_SHARES, *_CASH, *_DERIVATIVES, *_OTHERS, None}
    is_unknown = position.is_coded and position.category not in known
    return {str(position.category)} if is_unknown else set()


def _code(text: str, position: Position) -> str:
    where = "assetCat" if position.is_coded else "assetConditional"
    return f"{text}: {where} {position.category}"
