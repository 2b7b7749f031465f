"""Find the fund of a filing: the ticker of its series, and whether it is an ETF.

The newest list of classes with the series gives the tickers, else the newest N-CEN report. A trust
without a series has the ticker of its number in the SEC's list of companies. If a series has a
mutual fund and an ETF (VTSAX, VTI), the ETF's ticker is used.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import AmbiguousFileError
from stockgroups.readers.sec.funds import LIST
from stockgroups.symbols.grammar import is_exchange_traded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from stockgroups.readers.sec.funds import FundClass
    from stockgroups.readers.sec.nport import FilingHeader

LOAD_CLASSES = (
    "load company_tickers_mf.json of the SEC with `stockgroups load-directory FILE`, which has "
    "the tickers of all funds"
)
"""The remedy for an unknown fund."""

LOAD_COMPANIES = (
    "load company_tickers.json of the SEC with `stockgroups load-directory FILE`, which has the "
    "tickers of trusts without series"
)
"""The same for a trust that has no series."""


def explain_unknown(header: FilingHeader, file_name: str) -> AmbiguousFileError:
    """Return the error for a filing whose fund nothing identifies."""
    number = f"series {header.series_id}" if header.series_id else f"CIK {header.cik}"
    lists = LOAD_CLASSES if header.series_id else LOAD_COMPANIES
    return AmbiguousFileError(
        f"unknown fund {header.name!r} ({number})",
        where=file_name,
        remedy=f"{lists}; or name the file TICKER_DATE",
    )


class Fund(NamedTuple):
    """A fund as a group: its key, the ticker if it has one, and whether it is an ETF.

    `why` states the source of its kind, or why it has no ticker, in words.
    """

    key: str
    ticker: str | None
    is_etf: bool
    why: str


class FundRegister:
    """Everything that the loaded files say about funds."""

    def __init__(
        self,
        classes: Iterable[tuple[str, dt.date, FundClass]],
        companies: Iterable[tuple[int, str]] = (),
        flags: Mapping[str, bool] | None = None,
        etfs: AbstractSet[str] = frozenset(),
    ) -> None:
        """Make the register.

        Args:
            classes: Classes with the source and the date of their file, the newest file first.
            companies: Numbers of registrants with a symbol, from the newest list of companies.
            flags: By symbol, whether an exchange's directory has it as an ETF.
            etfs: Tickers of ETFs in the catalogue.
        """
        self._flags, self._etfs = flags or {}, etfs
        self._listed: dict[str, list[FundClass]] = {}
        self._reported: dict[str, list[FundClass]] = {}
        self._owners: dict[str, str] = {}
        dates: dict[tuple[bool, str], dt.date] = {}
        for source, as_of, one in classes:
            of_list = source == LIST
            key = one.series_id or _key_of(one.cik)
            if dates.setdefault((of_list, key), as_of) == as_of:
                kept = self._listed if of_list else self._reported
                kept.setdefault(key, []).append(one)
            if of_list and one.ticker:
                self._owners.setdefault(one.ticker, key)
        self._symbols: dict[int, list[str]] = defaultdict(list)
        self._registrants: dict[str, int] = {}
        for cik, symbol in companies:
            self._symbols[cik].append(symbol)
            self._registrants[symbol] = cik

    @property
    def is_empty(self) -> bool:
        """Whether no list of classes and no report was loaded."""
        return not (self._listed or self._reported)

    def find(self, header: FilingHeader) -> Fund:
        """Return the fund of a filing."""
        key = header.series_id or _key_of(header.cik)
        tickers, why = self._find_tickers(header, key)
        is_etf, kind = self._find_kind(header, key, tickers)
        listed = [one for one in tickers if is_exchange_traded(one)]
        chosen = (listed if is_etf else tickers) or tickers
        if not chosen:
            return Fund(key, None, False, why or "no file has a ticker for it")
        return Fund(chosen[0], chosen[0], is_etf, kind)

    def _find_tickers(self, header: FilingHeader, key: str) -> tuple[list[str], str | None]:
        """Return the tickers of a fund, the first class's first, and why there are none."""
        classes = [one for one in self._listed.get(key, ()) if one.ticker]
        classes = classes or [one for one in self._reported.get(key, ()) if one.ticker]
        classes.sort(key=lambda one: one.class_id or "")
        tickers = [one.ticker for one in classes if one.ticker]
        if header.series_id is None:
            tickers = tickers or sorted(self._symbols.get(header.cik, ()))
        tickers = tickers or [one.upper() for one in header.tickers]
        why = None
        for ticker in [*tickers]:
            owner, registrant = self._owners.get(ticker, key), self._registrants.get(ticker)
            if header.series_id is not None and registrant not in (None, header.cik):
                why = f"the SEC's list of companies assigns {ticker} to the registrant {registrant}"
                tickers.remove(ticker)
            elif owner != key:
                why = f"its ticker was {ticker}, which {owner} has today"
                tickers.remove(ticker)
        return tickers, why

    def _find_kind(self, header: FilingHeader, key: str, tickers: list[str]) -> tuple[bool, str]:
        """Return whether the fund is an ETF, and by which source."""
        reports = [one.is_etf for one in self._reported.get(key, ()) if one.is_etf is not None]
        flags = {self._flags[one] for one in tickers if one in self._flags}
        if reports:
            is_etf, source = any(reports), "its N-CEN report"
        elif flags:
            is_etf, source = any(flags), "the exchanges' directories"
        elif not self._etfs.isdisjoint(tickers):
            is_etf, source = True, "the catalogue of funds"
        elif header.series_id is not None:
            is_etf = any(map(is_exchange_traded, tickers))
            source = "the form of its ticker"
        else:
            return False, "no file says whether this trust is an ETF (its N-CEN report would)"
        return is_etf, f"an ETF by {source}" if is_etf else f"not an ETF by {source}"


def _key_of(cik: int) -> str:
    """Return the key of a fund without a series."""
    return f"CIK{cik:010d}"
