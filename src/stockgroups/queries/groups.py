"""What is in a group: fund, theme, universe, sector, industry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.model import GroupType
from stockgroups.queries.answers import (
    FundAnswer,
    GroupAnswer,
    IndustryAnswer,
    Origin,
    SectorAnswer,
)
from stockgroups.queries.missing import explain_missing
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("queries")


def find_fund(connection: Connection, environment: str, ticker: str) -> FundAnswer:
    """Return what is in an ETF. Raises NotFoundError with the nearest names."""
    name = ticker.strip().upper()
    row = _find_group(connection, environment, GroupType.ETF, name)
    return FundAnswer(
        row.name, row.description or row.name, row.weights, row.metadata, row.liquidity, row.origin
    )


def find_theme(connection: Connection, environment: str, key: str) -> GroupAnswer:
    """Return what belongs to a theme. Raises NotFoundError with the nearest names."""
    return _find_listed(connection, environment, GroupType.THEME, key)


def find_universe(connection: Connection, environment: str, key: str) -> GroupAnswer:
    """Return what belongs to a universe. Raises NotFoundError with the nearest names."""
    return _find_listed(connection, environment, GroupType.UNIVERSE, key)


def find_sector(connection: Connection, environment: str, key: str) -> SectorAnswer:
    """Return a sector and its stocks. Raises NotFoundError with the nearest names."""
    name = fold_key(key)
    row = connection.execute(
        _SQL["find_sector"], {"environment": environment, "name": name}
    ).fetchone()
    if row is None:
        raise explain_missing(connection, environment, GroupType.SECTOR, name)
    metadata = _as_mapping(row[2])
    return SectorAnswer(
        row[0],
        str(metadata.get("name") or row[0]),
        row[1] or "",
        list(metadata.get("industries") or ()),
        list(metadata.get("representative_stocks") or ()),
        list(row[3] or ()),
    )


def find_industry(connection: Connection, environment: str, industry: str) -> IndustryAnswer:
    """Return an industry, its sector and its stocks. Raises NotFoundError with the nearest names.

    It is one that a sector lists or that a source prints for a stock; where no sector lists it, the
    sector is that of most of its stocks.
    """
    words = " ".join(industry.replace("_", " ").split())
    row = connection.execute(
        _SQL["find_industry"], {"environment": environment, "industry": words}
    ).fetchone()
    if row is None:
        names = [
            name[0]
            for name in connection.execute(_SQL["list_industries"], {"environment": environment})
        ]
        raise explain_missing(connection, environment, GroupType.SECTOR, words, "industry", names)
    return IndustryAnswer(row[0], row[1], list(row[2] or ()))


def fold_key(text: str) -> str:
    """Return the key that a person means: `Crypto Miners` and `crypto-miners` are crypto_miners."""
    return "_".join(text.replace("-", " ").replace("_", " ").lower().split())


class _GroupRow:
    """One row of `find_group` with its parts named."""

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.name: str = row[0]
        self.description: str = row[1] or ""
        self.metadata = _as_mapping(row[2])
        self.liquidity: dict[str, Any] | None = row[3] if isinstance(row[3], dict) else None
        self.origin = Origin(row[4], row[5], row[6], row[8], row[9])
        self.weights: dict[str, float | None] = dict(zip(row[10] or (), row[11] or (), strict=True))


def _find_listed(
    connection: Connection, environment: str, kind: GroupType, key: str
) -> GroupAnswer:
    row = _find_group(connection, environment, kind, fold_key(key))
    title = str(row.metadata.get("name") or row.name)
    symbols = sorted(row.weights)
    return GroupAnswer(kind, row.name, title, row.description, symbols, row.metadata, row.origin)


def _find_group(connection: Connection, environment: str, kind: GroupType, name: str) -> _GroupRow:
    row = connection.execute(
        _SQL["find_group"],
        {"environment": environment, "type": kind.value, "name": name},
        binary=True,
    ).fetchone()
    if row is None:
        raise explain_missing(connection, environment, kind, name)
    return _GroupRow(row)


def _as_mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
