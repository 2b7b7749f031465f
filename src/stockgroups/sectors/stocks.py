"""Find the stocks to classify, and today's symbols of stocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_SQL = load_statements("evidence")


def find_current_symbols(store: Store, symbols: Iterable[str]) -> dict[str, str]:
    """Return today's symbols of stocks that have or had these; unknown ones are left out."""
    rows = execute(store, _SQL["find_current_symbols"], symbols=sorted(symbols))
    return dict(rows.fetchall())


def list_held(
    store: Store, etfs: Sequence[str] | None = None
) -> dict[str, dict[str, float | None]]:
    """Return the members of each ETF, or of these `etfs`, with their weights."""
    rows = execute(store, _SQL["list_held"], etfs=None if etfs is None else list(etfs))
    return {name: dict(zip(symbols, weights, strict=True)) for name, symbols, weights in rows}
