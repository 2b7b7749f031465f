"""Which stocks there are to be classified, and what they are called today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.db.connection import Connection

_SQL = load_statements("evidence")


def find_current_symbols(
    connection: Connection, environment: str, symbols: Iterable[str]
) -> dict[str, str]:
    """Return today's symbols of the stocks that have or had these; strangers are left out."""
    rows = connection.execute(
        _SQL["find_current_symbols"], {"environment": environment, "symbols": sorted(symbols)}
    )
    return dict(rows.fetchall())


def list_held(
    connection: Connection, environment: str, etfs: Sequence[str] | None = None
) -> dict[str, dict[str, float | None]]:
    """Return the members of each ETF, or of these `etfs`, with their weights."""
    rows = connection.execute(
        _SQL["list_held"],
        {"environment": environment, "etfs": None if etfs is None else list(etfs)},
    )
    return {name: dict(zip(symbols, weights, strict=True)) for name, symbols, weights in rows}
