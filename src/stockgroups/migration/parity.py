"""Parity: compares every entry of the old store with the new tables, in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.migration.entries import (
    Listing,
    ReadGroup,
    list_entries,
    read_batches,
)
from stockgroups.migration.legacy import LEGACY_TYPES, fold_type
from stockgroups.migration.parity_report import Difference, ParityReport, TypeParity
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.digests import content_digest
from stockgroups.record.memberships import project
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.record.state import (
    Members,
    StoredGroup,
    read_groups,
    read_members,
    read_snapshot_refs,
)
from stockgroups.store import Store, execute
from stockgroups.text import Progress, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Sequence


_SQL = load_statements("legacy")
_OLD_TYPES = {kind: name for name, kind in LEGACY_TYPES.items()}
_OTHER = "other types"


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The report in progress, the sectors that another job wrote since then, archived entries."""

    report: ParityReport
    reorganised: dict[str, str]
    archived: set[int]
    ref_securities: RefSecurities


_Refs = list[tuple[int, str, float | None]]


def check_parity(
    store: Store, *, accepts_refused: bool = False, progress: Progress = ignore_progress
) -> ParityReport:
    """Compare every entry, archived ones too, with the new tables, on one consistent state.

    Args:
        accepts_refused: Unreadable entries and members do not count as differences.
        progress: Gets the number of compared entries.
    """
    with reading(store.connection):
        return compare(store, accepts_refused=accepts_refused, progress=progress)


def compare(
    store: Store, *, accepts_refused: bool = False, progress: Progress = ignore_progress
) -> ParityReport:
    """Compare as `check_parity` does, in the open transaction."""
    listing = list_entries(store, archived=True)
    report = ParityReport(store.environment, accepts_refused=accepts_refused)
    report.types = {name: TypeParity() for name in LEGACY_TYPES}
    if listing.misplaced:
        report.differences.append(Difference("entries", store.environment, listing.misplaced))
    rows = execute(store, _SQL["list_reorganised"])
    run = _Comparison(
        report,
        {name: f"{kind} of {day}" for name, kind, day in rows},
        listing.archived,
        RefSecurities(store),
    )
    for batch in read_batches(store, listing, "comparing", progress):
        _compare_batch(store, batch, run)
    for refusal in listing.refused:
        kind = _type_of(refusal.header.type)
        figures = report.types.setdefault(kind, TypeParity())
        figures.entries += 1
        figures.refused += 1
        report.refused.append(Difference(kind, _name(refusal.header.key), refusal.reason))
    _find_orphans(store, listing, report)
    return report


def _compare_batch(store: Store, batch: Sequence[ReadGroup], run: _Comparison) -> None:
    report = run.report
    stored = read_groups(store, [group.key for group in batch])
    members = read_members(store.connection, (g.group_id for g in stored.values()))
    pointers = ((g.registry_id, g.snapshot_id) for g in stored.values())
    refs = read_snapshot_refs(store.connection, pointers)
    run.ref_securities.read((ref, symbol) for held in refs.values() for ref, symbol, _ in held)
    for group in batch:
        name = _OLD_TYPES[group.key.type]
        figures = report.types[name]
        figures.entries += len(group.entries) + len(group.refused)
        figures.refused += len(group.refused)
        for refusal in group.refused:
            report.refused.append(Difference(name, _name(refusal.header.key), refusal.reason))
        for entry in group.entries:
            report.refused += [
                Difference(name, group.key.name, f"refused: {reason}") for reason in entry.refused
            ]
        if not group.entries:
            continue
        found = stored[group.key]
        before = len(report.differences)
        if found.group_id is None:
            report.differences.append(
                Difference(name, group.key.name, "is in the old store but not in the new tables")
            )
        elif group.key.type is GroupType.SECTOR:
            figures.groups += 1
            _compare_sector(group, found, run)
        else:
            figures.groups += 1
            held = members.get(found.group_id, {})
            _compare_members(group, found, held, refs.get(found.snapshot_id or 0, []), run)
        if len(report.differences) == before:
            figures.agreeing += len(group.entries)
            report.movable |= {
                entry.header.id: entry.header.type
                for entry in group.entries
                if entry.header.id not in run.archived
            }


def _compare_sector(group: ReadGroup, found: StoredGroup, run: _Comparison) -> None:
    """Compare the lists of the latest entry with the sector's metadata."""
    metadata = group.entries[-1].metadata
    figures = run.report.types[_old_type(group.key)]
    by = run.reorganised.get(group.key.name)
    if by is not None:
        figures.superseded.append(f"{group.key.name} by {by}")
        return
    for key, word in (("industries", "industry"), ("representative_stocks", "stock")):
        old = {str(item) for item in metadata.get(key) or ()}
        new = {str(item) for item in found.metadata.get(key) or ()}
        if word == "stock":
            figures.old_symbols |= old
            figures.new_symbols |= new
        _note_differences(run.report, group.key, old, new, word)


def _compare_members(
    group: ReadGroup, found: StoredGroup, held: Members, refs: _Refs, run: _Comparison
) -> None:
    """Compare the entries of one group with the record, and the latest one with the memberships."""
    report = run.report
    kind = _old_type(group.key)
    figures = report.types[kind]
    recorded = {header.digest for header in found.headers if not header.retracted}
    digest = ""
    for entry in group.entries:
        assert entry.snapshot is not None  # noqa: S101 - sectors alone have none
        digest = content_digest(entry.snapshot)
        if digest not in recorded:
            message = f"the content of entry {entry.header.id} is not in the record"
            report.differences.append(Difference(kind, group.key.name, message))
            return
    latest = group.entries[-1].snapshot
    assert latest is not None  # noqa: S101 - as above
    weights = latest.weights or (None,) * len(latest.refs)
    expected = dict(zip(latest.symbols, weights, strict=True))
    current = next((h for h in found.headers if h.id == found.snapshot_id), None)
    if current is not None and current.digest != digest:
        differing = len(expected.keys() ^ held.keys())
        by = f"{current.source} of {current.as_of}, {differing} symbols differ"
        figures.superseded.append(f"{group.key.name} by {by}")
        figures.old_symbols |= expected.keys()
        figures.old_relationships += len(expected)
        return
    if current is not None and {symbol: weight for _, symbol, weight in refs} == expected:
        # A stock under several refs is one relationship, under today's symbol.
        expected = project(refs, current.as_of, run.ref_securities)
    figures.old_symbols |= expected.keys()
    figures.old_relationships += len(expected)
    figures.new_symbols |= held.keys()
    figures.new_relationships += len(held)
    _note_differences(report, group.key, set(expected), set(held), "symbol")
    for symbol in sorted(expected.keys() & held.keys()):
        if expected[symbol] != held[symbol]:
            message = f"weighs {held[symbol]}, but {expected[symbol]} in the old store"
            report.differences.append(Difference(kind, group.key.name, message, symbol))


def _note_differences(
    report: ParityReport, key: GroupKey, old: set[str], new: set[str], word: str
) -> None:
    kind = _old_type(key)
    report.types[kind].agreeing += len(old & new)
    report.differences += [
        Difference(kind, key.name, f"the {word} is in the old store but not in the new", item)
        for item in sorted(old - new)
    ]
    report.differences += [
        Difference(kind, key.name, f"the {word} is in the new store but not in the old", item)
        for item in sorted(new - old)
    ]


def _find_orphans(store: Store, listing: Listing, report: ParityReport) -> None:
    """Find groups that the migration made and that no entry describes any more."""
    rows = execute(store, _SQL["list_migrated"])
    for kind, name in rows:
        key = store.key(kind, name)
        if key not in listing.groups:
            message = "was migrated, but no entry of the old store has it now"
            report.differences.append(Difference(_old_type(key), name, message))


def _old_type(key: GroupKey) -> str:
    return _OLD_TYPES[key.type]


def _type_of(ref: str) -> str:
    folded = fold_type(ref)
    return folded if folded in LEGACY_TYPES else _OTHER


def _name(key: str | None) -> str:
    return key or "(no key)"
