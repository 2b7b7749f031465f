"""Build `stock_metadata`: the ETFs, themes, name and sector of every stock of an ETF.

The entries are in `cache_entries`, which other programs write too: rows are matched by type, key
and environment, values are merged, and other programs' keys stay. The SECTOR groups get the same
stocks in the same sectors, in the same transaction, by plan and apply.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from stockgroups.collector import pausing_collector
from stockgroups.db.arrays import as_columns, pack_ints
from stockgroups.db.locks import ENTRIES, GROUPS
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import joining_by_hash, reading_or_writing
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.jobs.sectors import Answer, fill_sectors
from stockgroups.json_values import pick
from stockgroups.model import GroupType
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.sectors import read_evidence
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.record.plan import Plan
    from stockgroups.sectors import Classification, Evidence

_SQL = load_statements("metadata")
_QUERIES = load_statements("queries")
_BUILT_FROM = (GroupType.ETF, GroupType.THEME)
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
class MetadataReport(PlanReport):
    """What was built, or would be. `leftovers` are entries of stocks that no ETF holds.

    `sectors` maps SECTOR groups to their numbers of stocks; `sectors_changed` counts the groups
    whose members change. `drifted` are the ETFs and themes (type, name) whose members another
    program has changed; the entries are built from the changed members. `plan` is the plan of the
    SECTOR groups.
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
    drifted: list[tuple[str, str]]
    plan: Plan | None

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

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "plan"}
        return values | self.others


@pausing_collector()
def build_metadata(store: Store, *, rebuild: bool = False, dry_run: bool = False) -> MetadataReport:
    """Update entries and SECTOR groups from groups and snapshots, in one transaction.

    `rebuild` writes this program's keys again, drops keys that no source supports any more, and
    deletes the entries of stocks that no ETF holds. Without it such entries stay, with no ETFs.
    """
    tables = (*GROUPS, *ENTRIES)
    with reading_or_writing(store.connection, store.environment, tables, dry_run=dry_run):
        evidence = read_evidence(store)
        answers = _classify(store, evidence)
        rows = execute(store, _QUERIES["list_drifted"])
        drifted = [(kind, name) for kind, name in rows if kind in _BUILT_FROM]
        number = None if dry_run else reserve_load(store.connection)
        entries = _write_entries(store, answers, number, rebuild=rebuild)
        figures = {"stock_metadata": {k: v for k, v in entries.items() if k in _FIGURES and v}}
        arguments = {"rebuild": True} if rebuild else {}
        note = LoadNote("build-metadata", arguments, figures=figures, number=number)
        plan = fill_sectors(store, answers, evidence.kept, note, dry_run=dry_run)
        groups = plan.groups if plan else []
        sectors = [group for group in groups if group.key.type is GroupType.SECTOR]
        report = MetadataReport(
            **entries,
            sectors={group.key.name: group.member_count or 0 for group in sectors},
            sectors_changed=sum(group.changes_anything for group in sectors),
            dry_run=dry_run,
            drifted=drifted,
            plan=plan,
        )
        is_noted = plan is not None and plan.load_id is not None
        if report.entries_changed and not dry_run and not is_noted:
            write_load(store, note)
    if report.entries_changed and not dry_run:
        store.connection.execute(_SQL["analyze"])
    return report


_FIGURES = ("inserted", "updated", "leftovers_emptied", "leftovers_deleted")


def _classify(store: Store, evidence: Evidence) -> list[Answer]:
    """Return the sectors of the stocks that ETFs hold. Many stocks share one result."""
    answers = list(evidence.classify(store.catalog.taxonomy))
    unheard = sorted(
        symbol
        for symbols, answer in answers
        if not (answer.votes or answer.kept)
        for symbol in symbols
    )
    if not unheard:
        return answers
    rows = execute(store, _SQL["held_stocks"], symbols=unheard)
    held = {row[0] for row in rows}
    return [
        (symbols, answer)
        for symbols, answer in answers
        if answer.votes or answer.kept or symbols[0] in held
    ]


def _write_entries(
    store: Store, answers: Sequence[Answer], number: int | None, *, rebuild: bool
) -> dict[str, int]:
    """Write the entries under the load's number (None: only count), and return the counts.

    The replaced values are kept under that number, so that a rollback can restore them.
    """
    newest = execute(store, _SQL["list_newest"]).fetchall()
    write = b"" if number is None else b",\n" + _SQL["write"]
    statement = b"WITH " + _SQL["wanted"] + write + b"\n" + _SQL["counts"]
    with joining_by_hash(store.connection):
        counted = execute(
            store,
            statement,
            symbols=[symbol for symbols, _ in answers for symbol in symbols],
            answers=pack_ints(n for n, (symbols, _) in enumerate(answers, 1) for _ in symbols),
            values=[json.dumps(_describe(answer)) for _, answer in answers],
            rebuild=rebuild,
            own_keys=OWN_KEYS,
            sector_keys=SECTOR_KEYS,
            load_id=number,
            **as_columns("registry_ids snapshot_ids dates", newest),
        )
        row = only_row(counted)
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
    """Return an entry's keys about its stock's sector; none if it has no sector."""
    if answer.sector is None:
        return {}
    values = pick(
        answer,
        "sector sector_label industry=shown_industry industry_label confidence sources",
    )
    return {key: value for key, value in values.items() if value is not None}
