"""Sectors and themes: the catalogues' groups must exist, be complete, agree, and be listed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from stockgroups.checks.section import BUILD, Section
from stockgroups.db.sql import load_statements, only_row
from stockgroups.model import GroupType
from stockgroups.sectors import read_kept
from stockgroups.store import Store, execute
from stockgroups.symbols import is_foreign, is_isin
from stockgroups.text import fold_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.checks.differences import Drift
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
FEWEST, MOST = 7, 17
ORGANIZE_SECTORS = "run `stockgroups organize-sectors`"
ORGANIZE_THEMES = "run `stockgroups organize-universe`"
DELETE = "another program made it: give it symbols, or delete the group"


def check_sectors(store: Store, drift: Drift) -> Section:
    """Check that the catalogue's sectors and industries exist, and that their stocks are listed."""
    section = Section("sectors", "Sectors")
    rows = execute(store, _SQL["sectors"])
    stored: dict[str, Any] = dict(rows.fetchall())
    representatives: dict[str, list[str]] = {}
    industries = 0
    for key in store.catalog.sectors:
        if ("SECTOR", key) in drift.deleted:
            section.spoil()
        elif key not in stored:
            section.find(
                "is in the catalogue but not in the database", group=key, remedy=ORGANIZE_SECTORS
            )
    for key, metadata in stored.items():
        listed = _read_list(metadata, "industries")
        industries += len(listed)
        representatives[key] = _read_list(metadata, "representative_stocks")
        if not listed and drift.is_reworded(GroupType.SECTOR, key, "industries"):
            section.spoil()
        elif not listed and key in store.catalog.sectors:
            section.find("lists no industries", group=key, remedy=ORGANIZE_SECTORS)
    _compare_members(store, drift, section)
    present = sum(key in stored for key in store.catalog.sectors)
    section.add_fact("Sectors", f"{present} of {len(store.catalog.sectors)}", passed=section.passed)
    section.add_fact("Industries", industries)
    remedy = f"change sectors.toml, then {ORGANIZE_SECTORS}"
    _check_listed(store.connection, section, "Representative stocks", representatives, remedy)
    return section


def check_themes(store: Store, drift: Drift) -> Section:
    """Check the size of each theme, and that its members exist and are listed."""
    section = Section("themes", "Themes")
    rows = execute(store, _SQL["themes"]).fetchall()
    names = {row[0] for row in rows} | {name for kind, name in drift.deleted if kind == "THEME"}
    folded = {fold_key(name) for name in names}
    ships = store.catalog.themes.__contains__
    empty = 0
    changed = drift.groups
    for key in store.catalog.themes:
        if ("THEME", key) in drift.deleted:
            section.spoil()
        elif key not in names:
            section.find(
                "is in the catalogue but not in the database", group=key, remedy=ORGANIZE_THEMES
            )
    for name, metadata, members in rows:
        if ("THEME", name) in changed:
            empty += not members
            section.spoil()
        elif not members:
            empty += 1
            section.find(
                "has no symbols", group=name, remedy=ORGANIZE_THEMES if ships(name) else DELETE
            )
        elif ships(name) and not FEWEST <= len(members) <= MOST:
            section.find(
                f"has {len(members)} symbols, not {FEWEST} to {MOST}",
                group=name,
                warning=not _is_ours(metadata),
                remedy="change themes.toml, then " + ORGANIZE_THEMES,
            )
        is_reworded = drift.is_reworded(GroupType.THEME, name, "related_themes")
        for related in _read_list(metadata, "related_themes"):
            if fold_key(related) in folded:
                continue
            if is_reworded and _is_ours(metadata):
                section.spoil()
                continue
            section.find(
                f"names a related theme that does not exist: {related}",
                group=name,
                warning=not _is_ours(metadata),
                remedy="change themes.toml, then " + ORGANIZE_THEMES
                if _is_ours(metadata)
                else "another program wrote it: correct related_themes in its metadata, or "
                "load a theme of that key",
            )
    section.add_fact("Themes", f"{len(rows)}", passed=section.passed)
    section.add_fact("Empty themes", empty, passed=not empty)
    remedy = f"change themes.toml, then {ORGANIZE_THEMES}"
    _check_listed(store.connection, section, "Symbols", {row[0]: row[2] for row in rows}, remedy)
    return section


def _is_ours(metadata: Any) -> bool:
    """Return whether the group's metadata come from the catalogue, not from another program."""
    return isinstance(metadata, dict) and metadata.get("data_source") == "catalog"


def _compare_members(store: Store, drift: Drift, section: Section) -> None:
    """Compare the members of the sectors with the sectors in the stocks' entries."""
    changed = drift.pairs("SECTOR")
    rows = [
        row
        for row in execute(store, _SQL["sector_differences"], sectors=list(store.catalog.sectors))
        if row[:2] not in changed and ("SECTOR", row[0]) not in drift.deleted
    ]
    kept = read_kept(store) if rows else {}
    for key, symbol, is_member in rows:
        if is_member and len(kept.get(symbol, ())) > 1:
            others = ", ".join(sorted({str(decision.sector) for decision in kept[symbol]}))
            section.find(
                f"is in several sectors by other programs' rows: {others}",
                group=key,
                symbol=symbol,
                warning=True,
                remedy=f"run `stockgroups classify override {symbol} SECTOR --reason TEXT`, then "
                "`stockgroups build-metadata`",
            )
            continue
        section.find(
            "is a member, but its metadata has another sector"
            if is_member
            else "is not a member, but its metadata has this sector",
            group=key,
            symbol=symbol,
            remedy=BUILD,
        )


def _check_listed(
    connection: Connection,
    section: Section,
    label: str,
    groups: Mapping[str, Sequence[str]],
    remedy: str,
) -> None:
    """Look up the groups' symbols in the newest symbol directories, and report which these are.

    If no directory is complete, a symbol that is in none of them is unverified, not an error. The
    same holds for a symbol of a foreign market and for an ISIN, which no directory covers.
    """
    symbols = {symbol for members in groups.values() for symbol in members}
    parameters = {"symbols": sorted(symbols), "day": dt.date.max}
    listed = connection.execute(_SQL["listed_symbols"], parameters)
    complete, directories, found = only_row(listed)
    unlisted = symbols - set(found)
    unverified = {s for s in unlisted if complete is None or is_foreign(s) or is_isin(s)}
    text = ", ".join(directories)
    for group, members in groups.items():
        for symbol in members:
            if symbol in unlisted - unverified:
                section.find(
                    f"is not listed according to {text}",
                    group=group,
                    symbol=symbol,
                    remedy=f"{remedy}; or load a newer directory: "
                    "`stockgroups load-directory FILE`",
                )
    counts = [f"listed: {len(found)}"] if directories else []
    counts += [f"unverified: {len(unverified)}"] if unverified else []
    section.add_fact(
        label,
        f"{len(symbols)} ({', '.join(counts)})" if counts else len(symbols),
        passed=unlisted == unverified if directories else None,
    )
    section.add_fact("Symbol directories", text or "none loaded")


def _read_list(metadata: Any, key: str) -> list[str]:
    value = metadata.get(key) if isinstance(metadata, dict) else None
    return [str(item) for item in value] if isinstance(value, list) else []
