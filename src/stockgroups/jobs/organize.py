"""Organising what the catalogues define: sectors, themes and universes, through plan and apply."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import CatalogError, SymbolError
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.sources import index_package
from stockgroups.sql import load_statements
from stockgroups.store.apply import carry_out
from stockgroups.store.desired import DesiredGroup
from stockgroups.store.loads import LoadNote
from stockgroups.symbols import parse_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    desired = [_sector(environment, entry, catalog) for entry in catalog.sectors.values()]
    note = LoadNote("organize-sectors")
    plan = carry_out(
        connection, environment, desired, dry_run=dry_run, note=note, aliases=catalog.aliases
    )
    return OrganizeReport(plan, dry_run)


def find_strangers(connection: Connection, environment: str, catalog: Catalog) -> list[GroupKey]:
    """Return the themes of the environment that are in no catalogue."""
    rows = connection.execute(
        _SQL["list_groups"], {"environment": environment, "type": GroupType.THEME.value}
    )
    return [
        GroupKey(environment, GroupType.THEME, name)
        for (name,) in rows
        if name not in catalog.themes
    ]


def organize_universe(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    *,
    delete: Sequence[GroupKey] = (),
    dry_run: bool = False,
) -> OrganizeReport:
    """Make the THEME and UNIVERSE groups what catalogue and index package say.

    `delete` are themes to delete, as `find_strangers` gives them; their past is kept, and comes
    back when they are made again.
    """
    desired = [_theme(environment, entry, catalog) for entry in catalog.themes.values()]
    desired += [_universe(environment, entry, catalog) for entry in catalog.universes.values()]
    note = LoadNote("organize-universe")
    plan = carry_out(
        connection,
        environment,
        desired,
        dry_run=dry_run,
        delete=delete,
        note=note,
        aliases=catalog.aliases,
    )
    return OrganizeReport(plan, dry_run)


def _sector(environment: str, entry: SectorEntry, catalog: Catalog) -> DesiredGroup:
    return DesiredGroup(
        GroupKey(environment, GroupType.SECTOR, entry.key),
        description=entry.description,
        metadata={
            "name": entry.name,
            "industries": list(entry.industries),
            "representative_stocks": _read_symbols(
                entry.representative_stocks, f"sectors.toml, {entry.key}", catalog
            ),
        },
    )


def _theme(environment: str, entry: ThemeEntry, catalog: Catalog) -> DesiredGroup:
    symbols = sorted(_read_symbols(entry.symbols, f"themes.toml, {entry.key}", catalog))
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


def _read_symbols(texts: Iterable[str], where: str, catalog: Catalog) -> list[str]:
    """Return the canonical symbols of what a person wrote, in any spelling.

    Raises CatalogError for a text that is no symbol and for a stock that is named twice.
    """
    symbols: dict[str, str] = {}
    for text in texts:
        try:
            symbol = parse_symbol(text, catalog.share_classes)
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


def _universe(environment: str, entry: UniverseEntry, catalog: Catalog) -> DesiredGroup:
    return DesiredGroup(
        GroupKey(environment, GroupType.UNIVERSE, entry.key),
        description=entry.description,
        metadata={"name": entry.name, "index": entry.index},
        snapshots=(index_package.read_universe(entry, catalog),),
    )
