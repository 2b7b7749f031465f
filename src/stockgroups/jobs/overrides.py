"""Users' decisions on a stock's sector: make, withdraw, list and export them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stockgroups.catalog import SectorOverride
from stockgroups.db.transactions import writing
from stockgroups.errors import NotFoundError, UsageError
from stockgroups.queries.identified import explain_unidentified, find_identified
from stockgroups.record.loads import LoadNote, write_load
from stockgroups.sectors import find_current_symbols, read_overrides, write_override
from stockgroups.symbols import list_readings
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from stockgroups.catalog import Catalog
    from stockgroups.store import Store

LONGEST_REASON = 500


def decide_sector(
    store: Store,
    symbol: str,
    sector: str,
    reason: str,
    *,
    industry: str | None = None,
    decided_on: dt.date | None = None,
) -> SectorOverride:
    """Put a stock into a sector from a day on (None: today), and return the decision.

    Symbol and sector may have any spelling. Raises NotFoundError for a stock that the environment
    does not know, UsageError for an invalid sector, industry, reason or day.
    """
    key = store.catalog.sector_of_label(sector)
    if key is None:
        raise UsageError(
            f"{sector!r} is not a sector",
            where="SECTOR",
            remedy=f"use {', '.join(store.catalog.sectors)}",
        )
    override = SectorOverride(
        find_symbol(store, symbol),
        _check_day(decided_on),
        key,
        None if industry is None else _find_industry(industry, key, store.catalog),
        _check_reason(reason),
    )
    _write(store, override)
    return override


def withdraw_sector(store: Store, symbol: str, reason: str) -> SectorOverride:
    """Withdraw the decision on a stock from today on; return the withdrawal.

    Raises NotFoundError if there is no decision.
    """
    found = find_symbol(store, symbol)
    decisions = read_overrides(store).get(found, [])
    if not decisions or decisions[-1].sector is None:
        raise NotFoundError(
            f"there is no override for {found} in environment {store.environment}",
            remedy="`stockgroups classify override --list` shows all",
        )
    today = max(today_utc(), decisions[-1].decided_on)
    override = SectorOverride(found, today, None, None, _check_reason(reason))
    _write(store, override)
    return override


def find_symbol(store: Store, text: str) -> str:
    """Return today's symbol of the stock that a person names, in any spelling or by an identifier.

    Raises SymbolError for a text that is not a symbol, NotFoundError for an unknown stock.
    """
    identified = find_identified(store, text)
    if identified is not None:
        if identified.security_id is None or identified.current_symbol is None:
            raise explain_unidentified(identified)
        return identified.current_symbol
    readings = list(list_readings(text, store.catalog.share_classes, store.catalog.exchanges))
    known = find_current_symbols(store, readings)
    for reading in readings:
        if reading in known:
            return known[reading]
    raise NotFoundError(
        f"no stock {readings[0]!r} in environment {store.environment}",
        remedy="load a group that holds it",
    )


def export_overrides(overrides: Iterable[SectorOverride]) -> str:
    """Return the valid overrides as the `overrides.toml` of a catalogue."""
    lines = ["# Sectors that a user decided; they override what sources print."]
    for override in overrides:
        if override.sector is None:
            continue
        # A quoted JSON string is also a valid TOML string.
        lines += ["", f"[sector_overrides.{json.dumps(override.symbol)}]"]
        lines += [
            f"{name} = {json.dumps(value, ensure_ascii=False)}"
            for name, value in override.to_dict().items()
            if value is not None and name != "symbol"
        ]
    return "\n".join([*lines, ""])


def _write(store: Store, override: SectorOverride) -> None:
    with writing(store.connection, store.environment):
        write_override(store, override)
        write_load(store, LoadNote("classify-override", override.to_dict()))


def _find_industry(text: str, sector: str, catalog: Catalog) -> str:
    industry = catalog.taxonomy.industry_of(sector, text)
    if industry is None:
        raise UsageError(
            f"{text!r} is not an industry of {sector}",
            where="--industry",
            remedy=f"use {', '.join(catalog.sectors[sector].industries)}",
        )
    return industry


def _check_reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON or not words.isprintable():
        raise UsageError(
            "the reason is blank, too long or not plain text",
            where="--reason",
            remedy=f"give a reason of up to {LONGEST_REASON} characters",
        )
    return words


def _check_day(day: dt.date | None) -> dt.date:
    today = today_utc()
    if day is not None and day > today:
        raise UsageError(
            f"{day} is in the future", where="--on", remedy="choose today or a day in the past"
        )
    return day or today
