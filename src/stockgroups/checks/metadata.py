"""Stock metadata: every stock of an ETF has its entry, and a sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.checks.build import BUILD
from stockgroups.checks.classification import check_classification
from stockgroups.checks.section import Section
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")


def check_metadata(connection: Connection, environment: str, catalog: Catalog) -> Section:
    """Look for stocks without an entry, entries without a stock, and stocks without a sector."""
    section = Section("metadata", "Stock metadata")
    where = {"environment": environment}
    rows = connection.execute(_SQL["stocks"], where).fetchall()
    missing = [symbol for symbol, is_held, has_entry, _ in rows if is_held and not has_entry]
    leftovers = [symbol for symbol, is_held, _, _ in rows if not is_held]
    stocks = sum(is_held for _, is_held, _, _ in rows)
    with_sector = sum(is_held and has_sector for _, is_held, _, has_sector in rows)
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
    check_classification(connection, environment, catalog, section)
    return section
