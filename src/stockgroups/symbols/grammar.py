"""The grammar of canonical symbols, and tests of a symbol's form.

The grammar of a canonical symbol:

    us       = root [ "." suffix ]
    root     = 1 to 5 letters
    suffix   = class | "PR" [ series ] | "WS" [ series ] | "U" | "RT"
    class    = one letter, but not P, R, U, W (these mark preferreds, rights, units, warrants)
    series   = one letter
    foreign  = local "." mic
    local    = letters, digits and "&" in parts joined by "-", 15 characters at most
    mic      = the market's operating ISO 10383 code, 4 characters

If sources report a stock without a ticker, its symbol is its ISIN. An ISIN has twelve letters and
digits, so that it cannot be a ticker.

`BRK.B` is a share class, `ABR.PRD` a preferred, `BFLY.WS` a warrant, `7203.XTKS` a listing in
Tokyo. If another stock has taken a stock's symbol, the earlier stock is shown under a label: the
symbol, and the month of its last report (`COR-202112`). `is_label` recognises a label, which is not
a symbol.

No rule splits a spelling without a mark between root and class (`BRKB`), because ABB, GOOGL and
CWEN have the same form. Only the table of share classes resolves it.
"""

from __future__ import annotations

import re

from stockgroups.model import Ref

ROOT = re.compile(r"[A-Z]{1,5}")
US = re.compile(r"([A-Z]{1,5})(?:\.([A-OQSTVX-Z]|PR[A-Z]?|WS[A-Z]?|U|RT))?")
ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
ISIN_LENGTH = 12
LOCAL = re.compile(r"[A-Z0-9&]{1,15}|(?=.{1,15}\Z)[A-Z0-9&]+(?:-[A-Z0-9&]+)*")
FOREIGN = re.compile(r"(.{1,30})\.([A-Z][A-Z0-9]{3})")
_OF_ETFS = re.compile(r"[A-Z]{1,4}")
_LABEL = re.compile(r"(.+)-\d{6}(?:\d{2}-\d+)?")


def is_canonical(text: str) -> bool:
    """Return whether the text follows the grammar, and so is the canonical spelling."""
    if US.fullmatch(text) or is_isin(text):
        return True
    foreign = FOREIGN.fullmatch(text)
    return foreign is not None and LOCAL.fullmatch(foreign[1]) is not None


def is_isin(text: str) -> bool:
    """Return whether a symbol is an ISIN: the symbol of a stock without a ticker from any source.

    The check digit is not tested here, but when the ISIN is read.
    """
    return len(text) == ISIN_LENGTH and ISIN.fullmatch(text) is not None


def is_exchange_traded(ticker: str) -> bool:
    """Return whether a US fund's ticker has the form of an ETF's: one to four letters.

    Tickers of mutual funds have five letters and end in X, those of insurers have more.
    """
    return _OF_ETFS.fullmatch(ticker) is not None


def is_label(text: str) -> bool:
    """Return whether the text is the label of a stock whose symbol another stock has taken."""
    label = _LABEL.fullmatch(text)
    return label is not None and is_canonical(label[1])


def is_foreign(symbol: str) -> bool:
    """Return whether a canonical symbol ends in a MIC, so that it is a listing outside the US.

    A suffix of a US listing is shorter.
    """
    _, dot, suffix = symbol.rpartition(".")
    return bool(dot) and len(suffix) == 4


def make_ref(symbol: str) -> Ref:
    """Return the ref of a symbol from a list that has only canonical symbols."""
    return Ref(symbol, isin=symbol) if is_isin(symbol) else Ref(symbol, ticker=symbol)
