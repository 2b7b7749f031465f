"""Choose filings: which are asked for, to which fund they belong, which are recorded already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.jobs.fund_register import read_fund_register
from stockgroups.jobs.nport_report import ALL, ETFS
from stockgroups.model import GroupType
from stockgroups.readers import reader_ids
from stockgroups.readers.funds import find_claim, find_fund
from stockgroups.readers.sec.fund_register import explain_unknown
from stockgroups.readers.sec.nport import FORMS
from stockgroups.record.state import find_displaced
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.jobs.nport_report import NportOptions
    from stockgroups.readers.sec.fund_register import Fund, FundRegister
    from stockgroups.readers.sec.nport import FilingHeader

_SQL = load_statements("store")


class Choice:
    """The chosen filings, by the register of funds and the catalogue."""

    def __init__(self, store: Store, options: NportOptions) -> None:
        """Read the register of funds."""
        self._store = store
        self._options = options
        self._register: FundRegister = read_fund_register(store)
        self._asked = (
            None
            if isinstance(options.funds, str)
            else frozenset(word.strip().upper() for word in options.funds)
        )

    @property
    def knows_no_etf(self) -> bool:
        """Whether ETFs are asked for and no loaded file says which funds are ETFs."""
        return self._register.is_empty and self._options.funds == ETFS

    def fund_of(self, header: FilingHeader) -> Fund:
        """Return the fund of a filing in a data set."""
        fund = self._register.find(header)
        if fund.ticker is None and (named := self._store.catalog.fund_named(header.name)):
            fund = fund._replace(key=named.ticker, ticker=named.ticker, is_etf=True)
        if fund.ticker and (former := self._store.catalog.renamed_fund(fund.key, header.as_of)):
            fund = fund._replace(key=former.fund)
        return fund

    def name_fund(self, header: FilingHeader, file_name: str) -> Fund:
        """Return the fund of a filing's file. The file's name may not contradict it."""
        fund = self._register.find(header)
        catalog = self._store.catalog
        claim = find_claim(file_name, catalog)
        is_named = fund.ticker or catalog.fund_named(header.name) or (claim and claim.sure)
        if not is_named and (self._asked_for(fund, header) or not self._register.is_empty):
            return fund
        if not is_named:
            raise explain_unknown(header, file_name)
        key = find_fund(
            file_name,
            catalog,
            as_of=header.as_of,
            printed_ticker=fund.ticker,
            printed_name=header.name,
        )
        return fund._replace(key=key, ticker=key, is_etf=fund.is_etf or fund.ticker is None)

    def _asked_for(self, fund: Fund, header: FilingHeader) -> bool:
        if self._asked is None:
            return self._options.funds == ALL
        keys = {fund.key, fund.ticker, header.series_id, f"CIK{header.cik:010d}", str(header.cik)}
        return not self._asked.isdisjoint(filter(None, keys))

    def decline(self, fund: Fund, header: FilingHeader) -> str | None:
        """Return why a filing is not asked for; None if it is."""
        if header.form not in FORMS:
            return f"form {header.form}"
        if self._asked is not None or self._options.funds == ALL:
            return None if self._asked_for(fund, header) else "not among --funds"
        return None if fund.is_etf else fund.why

    def find_known(self, hashes: Mapping[str, str]) -> set[str]:
        """Return the hashes that are recorded for these funds, as the current reader reads them."""
        if self._options.rebuild or not hashes:
            return set()
        readers = reader_ids(self._store.catalog)
        rows = execute(self._store, _SQL["known_files"], hashes=list(hashes))
        known = {row[0] for row in rows if row[2] in readers and hashes[row[0]] == row[3]}
        return known - find_displaced(self._store, GroupType.ETF, known)
