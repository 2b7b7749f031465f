"""Read what the loaded files say about funds: their series, tickers and kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.readers.sec.fund_register import FundRegister
from stockgroups.readers.sec.funds import FundClass

if TYPE_CHECKING:
    from stockgroups.store import Store

_SQL = load_statements("directories")


def read_fund_register(store: Store) -> FundRegister:
    """Return the register of funds that the loaded files give."""
    rows = store.connection.execute(_SQL["read_fund_classes"])
    return FundRegister(
        [(source, as_of, FundClass(*fields)) for source, as_of, *fields in rows],
        store.connection.execute(_SQL["read_registrants"]).fetchall(),
        dict(store.connection.execute(_SQL["read_etf_flags"]).fetchall()),
        store.catalog.etfs.keys(),
    )
