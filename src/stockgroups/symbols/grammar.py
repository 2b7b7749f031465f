"""The grammar of canonical symbols, and what a symbol tells of itself.

The grammar of a canonical symbol:

    us       = root [ "." suffix ]
    root     = 1 to 5 letters
    suffix   = class | "PR" [ series ] | "WS" [ series ] | "U" | "RT"
    class    = one letter, but not P, R, U, W (these mark preferreds, rights, units, warrants)
    series   = one letter
    foreign  = local "." mic
    local    = letters, digits and "&" in parts joined by "-", 15 characters at most
    mic      = the market's operating ISO 10383 code, 4 characters

A stock that sources report without a ticker has its ISIN for a symbol: twelve letters and digits,
which no ticker has.

`BRK.B` is a share class, `ABR.PRD` a preferred, `BFLY.WS` a warrant, `7203.XTKS` a line in Tokyo.
A stock whose symbol another stock has since is shown under a label: the symbol, and the month in
which it was last reported (`COR-202112`). `is_label` knows one; it is no symbol.

A spelling without any mark between root and class (`BRKB`) is never split by a rule, as ABB, GOOGL
and CWEN look the same: only the table of share classes resolves it.
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
_LABEL = re.compile(r"(.+)-\d{6}(?:\d{2}-\d+)?")


def is_canonical(text: str) -> bool:
    """Tell whether the text follows the grammar, and so is the one spelling of its symbol."""
    if US.fullmatch(text) or is_isin(text):
        return True
    foreign = FOREIGN.fullmatch(text)
    return foreign is not None and LOCAL.fullmatch(foreign[1]) is not None


def is_isin(text: str) -> bool:
    """Tell whether a symbol is an ISIN: that of a stock for which no source gives a ticker.

    Its check digit is looked at where it is read.
    """
    return len(text) == ISIN_LENGTH and ISIN.fullmatch(text) is not None


def is_label(text: str) -> bool:
    """Tell whether the text is the label of a stock whose symbol is another one's by now."""
    label = _LABEL.fullmatch(text)
    return label is not None and is_canonical(label[1])


def is_foreign(symbol: str) -> bool:
    """Tell whether a canonical symbol ends in a market's MIC: a listing outside the United States.

    A suffix of a US listing is shorter.
    """
    _, dot, suffix = symbol.rpartition(".")
    return bool(dot) and len(suffix) == 4


def make_ref(symbol: str) -> Ref:
    """Return the ref of a list that holds canonical symbols and nothing else."""
    return Ref(symbol, isin=symbol) if is_isin(symbol) else Ref(symbol, ticker=symbol)
