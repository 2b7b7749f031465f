"""Stock metadata: every stock of an ETF has its entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.checks.section import Section
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
BUILD = "run `stockgroups build-metadata`"


def check_metadata(connection: Connection, environment: str, _catalog: Catalog) -> Section:
    """Look for stocks without an entry, entries without a stock, and count the sectors."""
    section = Section("metadata", "Stock metadata")
    where = {"environment": environment}
    missing = [row[0] for row in connection.execute(_SQL["stocks_without_metadata"], where)]
    leftovers = [row[0] for row in connection.execute(_SQL["metadata_without_stock"], where)]
    coverage = connection.execute(_SQL["sector_coverage"], where).fetchone()
    stocks, with_sector = coverage or (0, 0)
    for symbol in missing:
        section.find("is held by an ETF and has no metadata", symbol=symbol, remedy=BUILD)
    for symbol in leftovers:
        section.find(
            "has metadata and is held by no ETF",
            symbol=symbol,
            warning=True,
            remedy=f"{BUILD} with --rebuild to delete it",
        )
    section.tell("Stocks in ETFs", stocks)
    section.tell("Without metadata", len(missing), passed=not missing)
    section.tell("Left over", len(leftovers))
    share = f" ({with_sector / stocks:.1%})" if stocks else ""
    section.tell("With a sector", f"{with_sector} of {stocks}{share}")
    return section
