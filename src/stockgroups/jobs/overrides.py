"""A user's word on the sector of a stock: given, taken back, listed and exported."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from stockgroups.catalog import SectorOverride
from stockgroups.db.transactions import bump_version, writing
from stockgroups.errors import NotFoundError, UsageError
from stockgroups.evidence import find_current_symbols, read_overrides, write_override
from stockgroups.store.loads import LoadNote, record_load
from stockgroups.symbols import list_meanings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

LONGEST_REASON = 500


def decide_sector(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    symbol: str,
    sector: str,
    reason: str,
    *,
    industry: str | None = None,
    decided_on: dt.date | None = None,
) -> SectorOverride:
    """Put a stock into a sector from a day on (None: today), and return what was decided.

    Symbol and sector are understood in any spelling. Raises NotFoundError for a stock that the
    environment does not know, UsageError for a sector, an industry, a reason or a day that cannot
    be.
    """
    key = catalog.sector_of_label(sector)
    if key is None:
        raise UsageError(
            f"{sector!r} is no sector", where="SECTOR", remedy=f"use {', '.join(catalog.sectors)}"
        )
    override = SectorOverride(
        find_symbol(connection, environment, symbol, catalog),
        _check_day(decided_on),
        key,
        None if industry is None else _find_industry(industry, key, catalog),
        _check_reason(reason),
    )
    _write(connection, environment, override)
    return override


def withdraw_sector(
    connection: Connection, environment: str, catalog: Catalog, symbol: str, reason: str
) -> SectorOverride:
    """Take back, from today on, what was decided for a stock; return that act.

    Raises NotFoundError where nothing stands.
    """
    found = find_symbol(connection, environment, symbol, catalog)
    said = read_overrides(connection, environment, catalog).get(found, [])
    if not said or said[-1].sector is None:
        raise NotFoundError(
            f"no override stands for {found} in environment {environment}",
            remedy="`stockgroups classify override --list` shows those that do",
        )
    today = max(_today(), said[-1].decided_on)
    override = SectorOverride(found, today, None, None, _check_reason(reason))
    _write(connection, environment, override)
    return override


def find_symbol(connection: Connection, environment: str, text: str, catalog: Catalog) -> str:
    """Return the symbol that the stock has today which a person means by any spelling.

    Raises SymbolError for what is no symbol, NotFoundError for a stock that is not known.
    """
    meanings = list(list_meanings(text, catalog.share_classes, catalog.exchanges))
    known = find_current_symbols(connection, environment, meanings)
    for meaning in meanings:
        if meaning in known:
            return known[meaning]
    raise NotFoundError(
        f"no stock {meanings[0]!r} in environment {environment}",
        remedy="load a group that holds it",
    )


def export_overrides(overrides: Iterable[SectorOverride]) -> str:
    """Return the overrides that stand as the `overrides.toml` of a catalogue."""
    lines = ["# Sectors that a user decided; they stand above what sources print."]
    for override in overrides:
        if override.sector is None:
            continue
        # What JSON writes between quotes is what TOML reads there.
        fields = {
            "sector": override.sector,
            "industry": override.industry,
            "decided_on": override.decided_on.isoformat(),
            "reason": override.reason,
        }
        lines += ["", f"[sector_overrides.{json.dumps(override.symbol)}]"]
        lines += [
            f"{name} = {json.dumps(value, ensure_ascii=False)}"
            for name, value in fields.items()
            if value is not None
        ]
    return "\n".join([*lines, ""])


def _write(connection: Connection, environment: str, override: SectorOverride) -> None:
    act = {
        "symbol": override.symbol,
        "sector": override.sector,
        "industry": override.industry,
        "decided_on": override.decided_on.isoformat(),
        "reason": override.reason,
    }
    with writing(connection, environment):
        write_override(connection, environment, override)
        record_load(connection, environment, LoadNote("classify-override", act))
        bump_version(connection, environment)


def _find_industry(text: str, sector: str, catalog: Catalog) -> str:
    industry = catalog.taxonomy.industry_of(sector, text)
    if industry is None:
        raise UsageError(
            f"{text!r} is no industry of {sector}",
            where="--industry",
            remedy=f"use {', '.join(catalog.sectors[sector].industries)}",
        )
    return industry


def _check_reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON or not words.isprintable():
        raise UsageError(
            "the reason is blank, too long or no plain text",
            where="--reason",
            remedy=f"say in up to {LONGEST_REASON} characters why",
        )
    return words


def _check_day(day: dt.date | None) -> dt.date:
    today = _today()
    if day is not None and day > today:
        raise UsageError(
            f"{day} lies in the future", where="--on", remedy="decide it on a day that has come"
        )
    return day or today


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
