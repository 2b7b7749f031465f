"""Organising what the catalogues define: sectors, themes and universes, through plan and apply."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.sources import index_package
from stockgroups.sql import load_statements
from stockgroups.store.apply import apply, preview
from stockgroups.store.desired import DesiredGroup

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog, SectorEntry, ThemeEntry, UniverseEntry
    from stockgroups.db.connection import Connection
    from stockgroups.store.plan import GroupPlan, Plan

_SQL = load_statements("store")
CATALOG_READER = "catalog/1"


@dataclass(frozen=True, slots=True)
class OrganizeReport:
    """What was done, or would be: the plan, and its groups by type."""

    plan: Plan
    dry_run: bool

    def groups(self, kind: GroupType) -> list[GroupPlan]:
        """Return the plans of one type of group, in the order of the catalogue."""
        return [group for group in self.plan.groups if group.key.type is kind]


def organize_sectors(
    connection: Connection, environment: str, catalog: Catalog, *, dry_run: bool = False
) -> OrganizeReport:
    """Make the SECTOR groups what the catalogue says; their members are left alone."""
    desired = [_sector(environment, entry) for entry in catalog.sectors.values()]
    run = preview if dry_run else apply
    return OrganizeReport(run(connection, environment, desired), dry_run)


def organize_universe(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    *,
    preserve: bool = False,
    dry_run: bool = False,
) -> OrganizeReport:
    """Make the THEME and UNIVERSE groups what catalogue and index package say.

    Themes that are in no catalogue are deleted unless `preserve`; their past is kept, and comes
    back when they are made again.
    """
    desired = [_theme(environment, entry) for entry in catalog.themes.values()]
    desired += [_universe(environment, entry, catalog) for entry in catalog.universes.values()]
    rows = connection.execute(
        _SQL["list_groups"], {"environment": environment, "type": GroupType.THEME.value}
    )
    strangers = [
        GroupKey(environment, GroupType.THEME, name)
        for (name,) in rows
        if name not in catalog.themes
    ]
    run = preview if dry_run else apply
    plan = run(connection, environment, desired, delete=() if preserve else strangers)
    return OrganizeReport(plan, dry_run)


def _sector(environment: str, entry: SectorEntry) -> DesiredGroup:
    return DesiredGroup(
        GroupKey(environment, GroupType.SECTOR, entry.key),
        description=entry.description,
        metadata={
            "name": entry.name,
            "industries": list(entry.industries),
            "representative_stocks": list(entry.representative_stocks),
        },
    )


def _theme(environment: str, entry: ThemeEntry) -> DesiredGroup:
    symbols = sorted(entry.symbols)
    snapshot = Snapshot(
        as_of=None,
        source="catalog",
        sha256=hashlib.sha256(json.dumps([entry.key, symbols]).encode()).hexdigest(),
        reader=CATALOG_READER,
        refs=tuple(Ref(symbol, ticker=symbol) for symbol in symbols),
        file_name="themes.toml",
    )
    return DesiredGroup(
        GroupKey(environment, GroupType.THEME, entry.key),
        description=entry.description,
        metadata={
            "name": entry.name,
            "selection_criteria": entry.selection_criteria,
            "related_themes": list(entry.related_themes),
        },
        snapshots=(snapshot,),
    )


def _universe(environment: str, entry: UniverseEntry, catalog: Catalog) -> DesiredGroup:
    return DesiredGroup(
        GroupKey(environment, GroupType.UNIVERSE, entry.key),
        description=entry.description,
        metadata={"name": entry.name, "index": entry.index},
        snapshots=(index_package.read_universe(entry, catalog),),
    )
