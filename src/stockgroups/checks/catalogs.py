"""Sectors and themes: what the catalogues define is there, complete, of one piece, and listed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from stockgroups.checks.build import BUILD
from stockgroups.checks.section import Section
from stockgroups.sql import load_statements
from stockgroups.symbols import is_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
FEWEST, MOST = 7, 17
ORGANIZE_SECTORS = "run `stockgroups organize-sectors`"
ORGANIZE_THEMES = "run `stockgroups organize-universe`"


def check_sectors(connection: Connection, environment: str, catalog: Catalog) -> Section:
    """Look for the catalogue's sectors, their industries, and whether their stocks are listed."""
    section = Section("sectors", "Sectors")
    rows = connection.execute(_SQL["sectors"], {"environment": environment})
    stored: dict[str, Any] = dict(rows.fetchall())
    representatives: dict[str, list[str]] = {}
    industries = 0
    for key in catalog.sectors:
        if key not in stored:
            section.find("is in the catalogue and not stored", group=key, remedy=ORGANIZE_SECTORS)
    for key, metadata in stored.items():
        listed = _read_list(metadata, "industries")
        industries += len(listed)
        representatives[key] = _read_list(metadata, "representative_stocks")
        if not listed:
            section.find("lists no industries", group=key, remedy=ORGANIZE_SECTORS)
    differences = connection.execute(
        _SQL["sector_differences"], {"environment": environment}
    ).fetchall()
    for key, symbol, is_member in differences:
        section.find(
            "is a member, its metadata say another sector"
            if is_member
            else "is no member, its metadata say this sector",
            group=key,
            symbol=symbol,
            remedy=BUILD,
        )
    present = sum(key in stored for key in catalog.sectors)
    section.tell("Sectors", f"{present} of {len(catalog.sectors)}", passed=section.passed)
    section.tell("Industries", industries)
    remedy = f"change sectors.toml, then {ORGANIZE_SECTORS}"
    _check_listed(connection, section, "Representative stocks", representatives, remedy)
    return section


def check_themes(connection: Connection, environment: str, catalog: Catalog) -> Section:
    """Look at the size of each theme, and whether what it names exists and is listed."""
    section = Section("themes", "Themes")
    rows = connection.execute(_SQL["themes"], {"environment": environment}).fetchall()
    names = {row[0] for row in rows}
    empty = 0
    for key in catalog.themes:
        if key not in names:
            section.find("is in the catalogue and not stored", group=key, remedy=ORGANIZE_THEMES)
    for name, metadata, members in rows:
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
    remedy = f"change themes.toml, then {ORGANIZE_THEMES}"
    _check_listed(connection, section, "Symbols", {row[0]: row[2] for row in rows}, remedy)
    return section


def _check_listed(
    connection: Connection,
    section: Section,
    label: str,
    groups: Mapping[str, Sequence[str]],
    remedy: str,
) -> None:
    """Look the groups' symbols up in the newest symbol directories, and tell which these are.

    Where no directory is complete, a symbol that none of them has is unverified and no error; so
    is a symbol of a market abroad, which no directory covers.
    """
    symbols = {symbol for members in groups.values() for symbol in members}
    parameters = {"symbols": sorted(symbols), "day": dt.date.max}
    row = connection.execute(_SQL["listed_symbols"], parameters).fetchone()
    complete, directories, found = row or (None, [], [])
    unlisted = symbols - set(found)
    unverified = {s for s in unlisted if complete is None or is_foreign(s)}
    told = ", ".join(directories)
    for group, members in groups.items():
        for symbol in members:
            if symbol in unlisted - unverified:
                section.find(
                    f"is not listed according to {told}",
                    group=group,
                    symbol=symbol,
                    remedy=f"{remedy}; or load a newer directory: `stockgroups load-directory`",
                )
    counts = [f"listed: {len(found)}"] if directories else []
    counts += [f"unverified: {len(unverified)}"] if unverified else []
    section.tell(
        label,
        f"{len(symbols)} ({', '.join(counts)})" if counts else len(symbols),
        passed=unlisted == unverified if directories else None,
    )
    section.tell("Symbol directories", told or "none loaded")


def _read_list(metadata: Any, key: str) -> list[str]:
    value = metadata.get(key) if isinstance(metadata, dict) else None
    return [str(item) for item in value] if isinstance(value, list) else []
