"""Sectors and themes: what the catalogues define is there, complete and of one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.checks.section import Section
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
FEWEST, MOST = 7, 17
ORGANIZE_SECTORS = "run `stockgroups organize-sectors`"
ORGANIZE_THEMES = "run `stockgroups organize-universe`"


def check_sectors(connection: Connection, environment: str, catalog: Catalog) -> Section:
    """Look for the catalogue's sectors, and count the industries of each."""
    section = Section("sectors", "Sectors")
    rows = connection.execute(_SQL["sectors"], {"environment": environment}).fetchall()
    stored = dict(rows)
    industries = 0
    for key in catalog.sectors:
        if key not in stored:
            section.find("is in the catalogue and not stored", group=key, remedy=ORGANIZE_SECTORS)
    for key, metadata in stored.items():
        listed = _read_list(metadata, "industries")
        industries += len(listed)
        if not listed:
            section.find("lists no industries", group=key, remedy=ORGANIZE_SECTORS)
    present = sum(key in stored for key in catalog.sectors)
    section.tell("Sectors", f"{present} of {len(catalog.sectors)}", passed=section.passed)
    section.tell("Industries", industries)
    return section


def check_themes(connection: Connection, environment: str, catalog: Catalog) -> Section:
    """Look at the size of each theme, and whether what it names exists."""
    section = Section("themes", "Themes")
    rows = connection.execute(_SQL["themes"], {"environment": environment}).fetchall()
    names = {row[0] for row in rows}
    symbols: set[str] = set()
    empty = 0
    for key in catalog.themes:
        if key not in names:
            section.find("is in the catalogue and not stored", group=key, remedy=ORGANIZE_THEMES)
    for name, metadata, members in rows:
        symbols.update(members)
        if not members:
            empty += 1
            section.find("has no symbols", group=name, remedy=ORGANIZE_THEMES)
        elif not FEWEST <= len(members) <= MOST:
            section.find(
                f"has {len(members)} symbols, not {FEWEST} to {MOST}",
                group=name,
                remedy="change themes.toml, then " + ORGANIZE_THEMES,
            )
        for related in _read_list(metadata, "related_themes"):
            if related not in names:
                section.find(
                    f"names a related theme that does not exist: {related}",
                    group=name,
                    remedy="change themes.toml, then " + ORGANIZE_THEMES,
                )
    section.tell("Themes", f"{len(rows)}", passed=section.passed)
    section.tell("Empty themes", empty, passed=not empty)
    # Whether a symbol is listed is known from a symbol directory; none is loaded.
    section.tell("Symbols", f"{len(symbols)} (unverified: {len(symbols)})")
    return section


def _read_list(metadata: Any, key: str) -> list[str]:
    value = metadata.get(key) if isinstance(metadata, dict) else None
    return [str(item) for item in value] if isinstance(value, list) else []
