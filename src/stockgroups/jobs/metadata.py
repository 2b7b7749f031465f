"""Building `stock_metadata`: for every stock of an ETF, its ETFs and themes, name and sector.

The entries live in `cache_entries`, which other programs write too: rows are matched by type, key
and environment, values are merged, keys of others stay.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import bump_version, reading, writing
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("metadata")
OWN_KEYS = [
    "symbol",
    "name",
    "sector",
    "sector_label",
    "industry",
    "member_of_etfs",
    "themes",
]


@dataclass(frozen=True, slots=True)
class MetadataReport:
    """What was built, or would be. `leftovers` are entries of stocks that no ETF holds."""

    stocks: int
    relationships: int
    inserted: int
    updated: int
    leftovers: int
    leftovers_emptied: int
    leftovers_deleted: int
    duplicates: int
    with_sector: int
    dry_run: bool

    @property
    def changed(self) -> bool:
        """Whether anything was, or would be, written."""
        return bool(
            self.inserted or self.updated or self.leftovers_emptied or self.leftovers_deleted
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)


def build_metadata(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    *,
    rebuild: bool = False,
    dry_run: bool = False,
) -> MetadataReport:
    """Bring the `stock_metadata` entries to what groups and snapshots say, in one transaction.

    `rebuild` writes our keys anew, dropping those that no source supports any more, and deletes
    the entries of stocks that no ETF holds; without it such entries stay, with no ETFs.
    """
    labels = sorted(catalog.sector_labels.items())
    parameters = {
        "environment": environment,
        "labels": [label for label, _ in labels],
        "keys": [key for _, key in labels],
        "rebuild": rebuild,
        "own_keys": OWN_KEYS,
    }
    if dry_run:
        with reading(connection):
            return _report(connection, b"", parameters)
    with writing(connection, environment):
        report = _report(connection, b",\n" + _SQL["write"], parameters)
        if report.changed:
            bump_version(connection, environment)
    if report.changed:
        connection.execute(_SQL["analyze"])
    return report


def _report(connection: Connection, write: bytes, parameters: dict[str, Any]) -> MetadataReport:
    """Run the statement, with or without its writing part, and read what it counts."""
    statement = b"WITH " + _SQL["wanted"] + write + b"\n" + _SQL["counts"]
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    stocks, relationships, inserted, updated, leftovers, stale, duplicates, with_sector = row
    rebuild = parameters["rebuild"]
    return MetadataReport(
        stocks=stocks,
        relationships=int(relationships),
        inserted=inserted,
        updated=updated,
        leftovers=leftovers,
        leftovers_emptied=0 if rebuild else stale,
        leftovers_deleted=leftovers if rebuild else 0,
        duplicates=duplicates,
        with_sector=with_sector,
        dry_run=not write,
    )
