"""Every symbol of the real files, through every vendor's spelling and back."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from stockgroups.catalog import Catalog
from stockgroups.errors import StockgroupsError
from stockgroups.jobs.folder import find_files
from stockgroups.readers import read_holdings
from stockgroups.readers.directories import read_directory
from stockgroups.symbols import SymbolStyle, is_canonical, is_isin, list_readings, render_symbol

FEWEST = 1_000


@cache
def read_symbols(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The symbols of the holdings files but for ISINs, and those of the directories."""
    from stockgroups.catalog import load_catalog

    held: set[str] = set()
    listed: set[str] = set()
    for path in find_files(folder).files:
        try:
            if path.parent.name in ("nasdaqtrader", "sec"):
                listed |= {one.symbol for one in read_directory(path, path.name).listings}
            else:
                symbols = read_holdings(path, path.name, load_catalog()).snapshot.symbols
                held |= {symbol for symbol in symbols if not is_isin(symbol)}
        except StockgroupsError:
            continue
    return frozenset(held), frozenset(listed)


@pytest.mark.parametrize("style", SymbolStyle)
def test_every_symbol_comes_back_from_every_spelling(
    holdings: Path, catalog: Catalog, style: SymbolStyle
) -> None:
    """A spelling means the symbol, and what else it may mean no file and no directory has.

    Without its dot a class is found by the directories, or by the table of classes.
    """
    held, listed = read_symbols(holdings)
    if len(held) < FEWEST or not listed:
        pytest.skip("too few holdings files, or no directory, in the folder")
    compact = {symbol.replace(".", ""): symbol for symbol in listed if "." in symbol}
    for symbol in sorted(held):
        assert is_canonical(symbol)
        exchange = catalog.exchanges.get(symbol.rpartition(".")[2])
        if style is SymbolStyle.YAHOO and exchange is not None and exchange.yahoo is None:
            continue
        text = render_symbol(symbol, style, catalog.exchanges)
        readings = list_readings(text, catalog.share_classes, catalog.exchanges)
        if text not in listed and text in compact:
            readings.append(compact[text])
        assert symbol in readings, text
        others = [other for other in readings if other != symbol and other in held]
        assert not others, (text, others)
