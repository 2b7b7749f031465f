"""Stock metadata: every stock of an ETF must have an entry and a sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.checks.classification import check_classification
from stockgroups.checks.section import BUILD, Section
from stockgroups.db.sql import load_statements
from stockgroups.errors import SymbolError
from stockgroups.store import Store, execute
from stockgroups.symbols import is_canonical, parse_symbol

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.checks.differences import Drift

_SQL = load_statements("checks")


def check_metadata(store: Store, drift: Drift) -> Section:
    """Look for stocks without an entry, entries without a stock, and stocks without a sector.

    If only another program's change of memberships added or removed a stock, it is reported with
    that membership.
    """
    section = Section("metadata", "Stock metadata")
    changed = drift.pairs("ETF")
    lost = {symbol for _, symbol in changed}
    deleted = any(kind == "ETF" for kind, _ in drift.deleted)
    held = {stock.symbol for stock in drift.stocks if stock.is_held}
    unentered = {stock.symbol for stock in drift.stocks if stock.is_held and not stock.has_entry}
    doubled = {
        symbol: canonical
        for symbol in sorted(held)
        if not is_canonical(symbol)
        and (canonical := _find_canonical(symbol, store.catalog)) in held
    }
    symbols = [*unentered, *doubled]
    holders: dict[str, list[str]] = (
        dict(execute(store, _SQL["holders"], symbols=symbols).fetchall()) if symbols else {}
    )
    missing = [
        symbol
        for symbol in sorted(unentered)
        if any((etf, symbol) not in changed for etf in holders[symbol])
    ]
    leftovers = [
        stock.symbol
        for stock in drift.stocks
        if not (stock.is_held or stock.symbol in lost or deleted)
    ]
    stocks = len(held)
    with_sector = sum(
        stock.is_held
        and stock.sector is not None
        and (
            stock.confidence is not None
            or stock.sector in store.catalog.sectors
            or store.catalog.sector_of_label(stock.sector) is not None
        )
        for stock in drift.stocks
    )
    for symbol in missing:
        section.find("is held by an ETF and has no metadata", symbol=symbol, remedy=BUILD)
    for symbol in leftovers:
        section.find(
            "has metadata and is held by no ETF",
            symbol=symbol,
            warning=True,
            remedy="run `stockgroups build-metadata --rebuild` to delete it",
        )
    for symbol, canonical in doubled.items():
        section.find(
            f"in {', '.join(holders[symbol])} is the stock that other ETFs hold as {canonical}: "
            "its metadata is kept under both",
            symbol=symbol,
            warning=True,
            remedy="use one spelling in the program that writes these rows",
        )
    section.add_fact("Stocks in ETFs", stocks)
    section.add_fact("Without metadata", len(missing), passed=not missing)
    section.add_fact("Left over", len(leftovers))
    share = f" ({with_sector / stocks:.1%})" if stocks else ""
    section.add_fact("With a sector", f"{with_sector} of {stocks}{share}")
    section.measure(stocks_with_a_sector=with_sector)
    check_classification(store, drift, section)
    return section


def _find_canonical(text: str, catalog: Catalog) -> str | None:
    try:
        return parse_symbol(text, catalog.share_classes)
    except SymbolError:
        return None
