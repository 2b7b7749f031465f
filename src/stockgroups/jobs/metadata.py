"""Building `stock_metadata`: for every stock of an ETF, its ETFs and themes, name and sector.

The entries live in `cache_entries`, which other programs write too: rows are matched by type, key
and environment, values are merged, keys of others stay. The members of the SECTOR groups are the
same stocks, by the same sectors, and are written in the same transaction through plan and apply.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.collector import pausing_collector
from stockgroups.db.transactions import bump_version, reading, writing
from stockgroups.evidence import read_evidence
from stockgroups.jobs.sectors import Answer, fill_sectors
from stockgroups.model import GroupType
from stockgroups.sql import load_statements
from stockgroups.store.loads import LoadNote, record_load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.classify import Classification
    from stockgroups.db.connection import Connection

_SQL = load_statements("metadata")
SECTOR_KEYS = [
    "sector",
    "sector_label",
    "industry",
    "industry_label",
    "confidence",
    "sources",
]
OWN_KEYS = ["symbol", "name", "member_of_etfs", "themes", *SECTOR_KEYS]


@dataclass(frozen=True, slots=True)
class MetadataReport:
    """What was built, or would be. `leftovers` are entries of stocks that no ETF holds.

    `sectors` maps the SECTOR groups to their stocks' number, `sectors_changed` counts those of
    them whose members change.
    """

    stocks: int
    relationships: int
    inserted: int
    updated: int
    leftovers: int
    leftovers_emptied: int
    leftovers_deleted: int
    duplicates: int
    with_sector: int
    low_confidence: int
    sectors: dict[str, int]
    sectors_changed: int
    dry_run: bool

    @property
    def changed(self) -> bool:
        """Whether anything was, or would be, written."""
        return self.entries_changed or bool(self.sectors_changed)

    @property
    def entries_changed(self) -> bool:
        """Whether any entry was, or would be, written."""
        return bool(
            self.inserted or self.updated or self.leftovers_emptied or self.leftovers_deleted
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)


@pausing_collector()
def build_metadata(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    *,
    rebuild: bool = False,
    dry_run: bool = False,
) -> MetadataReport:
    """Bring entries and SECTOR groups to what groups and snapshots say, in one transaction.

    `rebuild` writes our keys anew, dropping those that no source supports any more, and deletes
    the entries of stocks that no ETF holds; without it such entries stay, with no ETFs.
    """
    with reading(connection) if dry_run else writing(connection, environment):
        answers = _classify(connection, environment, catalog)
        entries = _write_entries(connection, environment, answers, rebuild=rebuild, dry_run=dry_run)
        figures = {"stock_metadata": {k: v for k, v in entries.items() if k in _FIGURES and v}}
        note = LoadNote("build-metadata", {"rebuild": True} if rebuild else {}, figures=figures)
        plan = fill_sectors(connection, environment, catalog, answers, note, dry_run=dry_run)
        groups = plan.groups if plan else []
        sectors = [group for group in groups if group.key.type is GroupType.SECTOR]
        report = MetadataReport(
            **entries,
            sectors={group.key.name: group.member_count or 0 for group in sectors},
            sectors_changed=sum(group.changes_anything for group in sectors),
            dry_run=dry_run,
        )
        is_told = plan is not None and plan.load_id is not None
        if report.entries_changed and not dry_run and not is_told:
            record_load(connection, environment, note)
            bump_version(connection, environment)
    if report.entries_changed and not dry_run:
        connection.execute(_SQL["analyze"])
    return report


_FIGURES = ("inserted", "updated", "leftovers_emptied", "leftovers_deleted")


def _classify(connection: Connection, environment: str, catalog: Catalog) -> list[Answer]:
    """Return the sectors of the stocks that ETFs hold; many stocks share one answer."""
    evidence = read_evidence(connection, environment, catalog)
    answers = list(evidence.classify(catalog.taxonomy))
    unheard = sorted(
        symbol for symbols, answer in answers if not answer.votes for symbol in symbols
    )
    if not unheard:
        return answers
    rows = connection.execute(_SQL["held_stocks"], {"environment": environment, "symbols": unheard})
    held = {row[0] for row in rows}
    return [(symbols, answer) for symbols, answer in answers if answer.votes or symbols[0] in held]


def _write_entries(
    connection: Connection,
    environment: str,
    answers: Sequence[Answer],
    *,
    rebuild: bool,
    dry_run: bool,
) -> dict[str, int]:
    """Run the statement, with or without its writing part, and return what it counts."""
    parameters = {
        "environment": environment,
        "symbols": [symbol for symbols, _ in answers for symbol in symbols],
        "answers": [n for n, (symbols, _) in enumerate(answers, 1) for _ in symbols],
        "values": [json.dumps(_describe(answer)) for _, answer in answers],
        "rebuild": rebuild,
        "own_keys": OWN_KEYS,
        "sector_keys": SECTOR_KEYS,
    }
    write = b"" if dry_run else b",\n" + _SQL["write"]
    statement = b"WITH " + _SQL["wanted"] + write + b"\n" + _SQL["counts"]
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    stocks, relationships, inserted, updated, leftovers, stale, duplicates, known, low = row
    return {
        "stocks": stocks,
        "relationships": int(relationships),
        "inserted": inserted,
        "updated": updated,
        "leftovers": leftovers,
        "leftovers_emptied": 0 if rebuild else stale,
        "leftovers_deleted": leftovers if rebuild else 0,
        "duplicates": duplicates,
        "with_sector": known,
        "low_confidence": low,
    }


def _describe(answer: Classification) -> dict[str, Any]:
    """Return what an entry says of its stock's sector; nothing where there is none.

    The industry is the catalogue's, or where the printed one falls into none of these, that.
    """
    if answer.sector is None:
        return {}
    said = {
        "sector": answer.sector,
        "sector_label": answer.sector_label,
        "industry": answer.industry or answer.printed_industry,
        "industry_label": answer.printed_industry,
        "confidence": answer.confidence.value,
        "sources": answer.sources,
    }
    return {key: value for key, value in said.items() if value is not None}
