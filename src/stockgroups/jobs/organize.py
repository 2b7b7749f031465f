"""Organise sectors, themes and universes from the catalogues, through plan and apply."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stockgroups.db.locks import hold_tables
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import reading, writing
from stockgroups.errors import CatalogError, SymbolError
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.jobs.reconcile import find_changes, record_changes
from stockgroups.json_values import pick
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.readers.lists import index_package
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import effective_snapshots
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.record.state import read_groups, read_reported_refs
from stockgroups.store import Store, execute
from stockgroups.symbols import read_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.catalog import Catalog, SectorEntry, ThemeEntry, UniverseEntry
    from stockgroups.record.plan import GroupPlan, Plan

_SQL = load_statements("store")
_METADATA = load_statements("metadata")
CATALOG_READER = "catalog/1"
FUND_READER = "fund/1"


@dataclass(frozen=True, slots=True)
class OrganizeReport(PlanReport):
    """What was done, or would be done: the plan, and its groups by type.

    `entries` counts the entries of stock_metadata whose themes changed. `deleted` are the groups
    that were deleted first, in a load of its own with the number `deletion_id`.
    """

    plan: Plan
    dry_run: bool
    entries: int = 0
    deleted: Sequence[GroupKey] = ()
    deletion_id: int | None = None

    def groups(self, kind: GroupType) -> list[GroupPlan]:
        """Return the plans of one type of group, in the order of the catalogue."""
        return [group for group in self.plan.groups if group.key.type is kind]

    @property
    def refused(self) -> bool:
        """Whether the database refused a group."""
        return any(group.error for group in self.plan.groups)

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {
            "dry_run": self.dry_run,
            "changed": self.changed or bool(self.deleted),
            "load": self.load_id,
            "groups": [
                pick(
                    group,
                    "type=key.type key=key.name total_symbols=member_count is_new "
                    "changed=changes_anything added=added_symbols removed error",
                )
                for group in self.plan.groups
            ],
            "deleted": [key.name for key in self.deleted],
            **pick(self, "deletion=deletion_id *others identity"),
        }


def organize_sectors(store: Store, *, dry_run: bool = False) -> OrganizeReport:
    """Make the SECTOR groups match the catalogue; their members do not change."""
    desired = [_sector(store, entry) for entry in store.catalog.sectors.values()]
    note = LoadNote("organize-sectors")
    plan = apply(store, desired, dry_run=dry_run, note=note, aliases=store.catalog.aliases)
    return OrganizeReport(plan, dry_run)


def find_strangers(store: Store) -> list[GroupKey]:
    """Return the themes of the environment that are in no catalogue."""
    rows = execute(store, _SQL["list_groups"], type=GroupType.THEME.value)
    return [
        store.key(GroupType.THEME, name) for (name,) in rows if name not in store.catalog.themes
    ]


def organize_universe(
    store: Store, *, delete: Sequence[GroupKey] = (), dry_run: bool = False
) -> OrganizeReport:
    """Make the THEME and UNIVERSE groups match the catalogue and the index package.

    Without the package, universes stay as they are. Entries of stock_metadata that a build wrote
    get the new themes at once. `delete` are themes to delete first, as `find_strangers` returns
    them. Their drift is recorded first, and the deletion is a load of its own: rolling it back
    restores the themes and nothing else.
    """
    desired = [_theme(store, entry) for entry in store.catalog.themes.values()]
    has_package = index_package.find_lack() is None
    universes = [
        _universe(store, entry, has_package=has_package)
        for entry in store.catalog.universes.values()
    ]
    desired += [group for group in universes if group is not None]
    deletion: Plan | None = None
    with reading(store.connection) if dry_run else writing(store.connection, store.environment):
        if delete and not dry_run:
            deletion = _delete(store, delete)
        note = LoadNote(
            "organize-universe", number=None if dry_run else reserve_load(store.connection)
        )
        plan = apply(store, desired, dry_run=dry_run, note=note, aliases=store.catalog.aliases)
        entries = 0 if dry_run else _refresh_entries(store, plan, note)
    if deletion is None:
        return OrganizeReport(plan, dry_run, entries, delete)
    return OrganizeReport(plan, dry_run, entries, deletion.deleted, deletion.load_id)


def _refresh_entries(store: Store, plan: Plan, note: LoadNote) -> int:
    """Write each stock's current themes into its entry; return how many entries changed."""
    refreshed = execute(store, _METADATA["refresh_themes"], load_id=note.number)
    count: int = only_row(refreshed)[0]
    if count and plan.load_id is None:
        figures = {"stock_metadata": {"updated": count}}
        plan.load_id = write_load(store, replace(note, figures=figures))
    return count


def _delete(store: Store, keys: Sequence[GroupKey]) -> Plan:
    """Delete groups in the open transaction, with all their members in the record."""
    hold_tables(store.connection)
    changes = find_changes(store)
    record_changes(store, [c for c in changes if c.key in keys])
    names = [key.name for key in keys]
    note = LoadNote("organize-universe", {"delete": names})
    return apply(store, [], delete=keys, note=note)


def _sector(store: Store, entry: SectorEntry) -> DesiredGroup:
    return DesiredGroup(
        store.key(GroupType.SECTOR, entry.key),
        description=entry.description,
        metadata={
            "name": entry.name,
            "industries": list(entry.industries),
            "representative_stocks": _read_symbols(
                entry.representative_stocks, f"sectors.toml, {entry.key}", store.catalog
            ),
        },
    )


def _theme(store: Store, entry: ThemeEntry) -> DesiredGroup:
    snapshot = _read_list("themes.toml", entry.key, entry.symbols, store.catalog)
    return DesiredGroup(
        store.key(GroupType.THEME, entry.key),
        description=entry.description,
        metadata={
            "name": entry.name,
            "selection_criteria": entry.selection_criteria,
            "related_themes": list(entry.related_themes),
        },
        snapshots=(snapshot,),
    )


def _read_list(file: str, key: str, texts: Iterable[str], catalog: Catalog) -> Snapshot:
    """Return the members that a catalogue lists. Raises the errors of `_read_symbols`."""
    symbols = sorted(_read_symbols(texts, f"{file}, {key}", catalog))
    return Snapshot(
        as_of=None,
        source="catalog",
        sha256=hashlib.sha256(json.dumps([key, symbols]).encode()).hexdigest(),
        reader=CATALOG_READER,
        refs=tuple(Ref(symbol, ticker=symbol) for symbol in symbols),
        file_name=file,
    )


def _read_symbols(texts: Iterable[str], where: str, catalog: Catalog) -> list[str]:
    """Return the canonical symbols of texts that a person wrote, in any spelling.

    Raises CatalogError for a text that is not a symbol and for a stock that is named twice.
    """
    symbols: dict[str, str] = {}
    for text in texts:
        try:
            symbol = read_symbol(text, catalog)
        except SymbolError as error:
            raise CatalogError(error.what, where=where, remedy=error.remedy) from error
        if symbol in symbols:
            raise CatalogError(
                f"{symbol} is named twice: {symbols[symbol]!r} and {text!r}",
                where=where,
                remedy="keep one of them",
            )
        symbols[symbol] = text
    return list(symbols)


def _universe(store: Store, entry: UniverseEntry, *, has_package: bool) -> DesiredGroup | None:
    """Return the universe with the members of its entry's source; None if there are none."""
    key = store.key(GroupType.UNIVERSE, entry.key)
    snapshots: tuple[Snapshot, ...] | None = None
    if entry.symbols:
        snapshots = (_read_list("universes.toml", entry.key, entry.symbols, store.catalog),)
    elif entry.fund:
        snapshots = _read_fund(store, key, entry.fund)
    elif entry.index and has_package:
        snapshots = (index_package.read_universe(entry, store.catalog),)
    if snapshots is None:
        return None
    return DesiredGroup(
        key,
        description=entry.description,
        metadata=entry.metadata,
        snapshots=snapshots,
        yields=True,
    )


def _read_fund(store: Store, universe: GroupKey, ticker: str) -> tuple[Snapshot, ...] | None:
    """Return the fund's reports that the universe does not have yet, as proxies of the universe.

    They hold the fund's refs, because symbols alone could mean other stocks, and the fund's dates.
    They leave out the fund's weights, which are not the index's. None: no report of the fund is
    known.
    """
    fund = store.key(GroupType.ETF, ticker)
    groups = read_groups(store, [fund, universe])
    registry_id = groups[fund].registry_id
    reports = [h for h in effective_snapshots(groups[fund].headers) if not h.is_proxy]
    known = {(h.as_of, h.sha256) for h in groups[universe].headers}
    missing = [h for h in reports if (h.as_of, h.sha256) not in known]
    if registry_id is None or not reports:
        return () if groups[universe].headers else None
    refs = read_reported_refs(store.connection, [(registry_id, h.id) for h in missing])
    return tuple(
        Snapshot(
            as_of=header.as_of,
            source=f"holdings of {ticker}",
            sha256=header.sha256,
            reader=FUND_READER,
            refs=tuple(refs[header.id]),
            is_proxy=True,
        )
        for header in missing
    )
