"""The questions about now, asked for a day in the past."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import reading
from stockgroups.errors import SymbolError
from stockgroups.model import GroupType
from stockgroups.queries.answers import Holding, merge_lines
from stockgroups.queries.identified import explain_unidentified, find_identified, find_name
from stockgroups.queries.missing import explain_missing_stock, explain_unreadable
from stockgroups.queries.moments import (
    EffectiveSnapshot,
    explain_stale,
    find_effective,
    find_left_out,
)
from stockgroups.queries.stock_answers import Place, StockAnswer
from stockgroups.ranges import SymbolInterval
from stockgroups.store import Store, execute
from stockgroups.symbols import list_readings, parse_symbol
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.queries.moments import Moment

_SQL = load_statements("past")


def find_past_stock(store: Store, text: str, moment: Moment) -> StockAnswer:
    """Return the groups that held a stock on a day, under whatever symbol it had.

    The text is read as the symbol of that day, else as a symbol that a stock had at another time.
    The catalogue is read only for unusual spellings. Raises SymbolError for a text that is not a
    symbol, NotFoundError for an unknown stock, StaleError if every fund that holds it is older than
    the moment's `max_age`; if only some funds are too old, the answer names them.
    """
    with reading(store.connection):
        security = find_security(store, text, moment.on)
        registry_ids = _list_groups(store, security, moment)
        found = find_effective(store.connection, registry_ids, moment)
        symbol, name, names = read_security(store, security)
        then = next((n.symbol for n in names if n.valid_from <= moment.on < n.valid_to), symbol)
        holders = _read_holders(store.connection, security, then, found)
        left_out = find_left_out(store.connection, registry_ids, found, moment)
    places = tuple(
        Place(
            GroupType(of.kind),
            of.name,
            of.description or of.name,
            held.symbol,
            held.weight,
            of.origin,
        )
        for of in found
        if (held := holders.get(of.snapshot_id)) is not None
    )
    fresh, too_old = _part_by_age(places, moment)
    etfs = [place for place in places if place.kind == GroupType.ETF]
    if (etfs or places) and not any(place in fresh for place in etfs or places):
        raise explain_stale(symbol, etfs or places, moment)
    sectors = [place.group for place in fresh if place.kind == GroupType.SECTOR]
    return StockAnswer(
        then,
        symbol,
        name,
        fresh,
        sector=sectors[0] if sectors else None,
        names=tuple(names),
        moment=moment,
        too_old=too_old,
        left_out=left_out,
    )


def find_unheld_stock(store: Store, text: str) -> StockAnswer:
    """Return a stock that groups held once and none holds today: its symbols and its name.

    Raises SymbolError for a text that is not a symbol, NotFoundError for a stock that no current
    report has.
    """
    with reading(store.connection):
        security = find_security(store, text, None)
        symbol, name, names = read_security(store, security)
        if execute(store, _SQL["was_held"], security_id=security).fetchone() is None:
            raise explain_missing_stock(store, symbol)
    return StockAnswer(symbol, symbol, name, (), names=tuple(names))


def _part_by_age(
    places: tuple[Place, ...], moment: Moment
) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """Return the places with a source that is recent enough, and the others."""
    fresh = tuple(
        place
        for place in places
        if moment.max_age is None or (place.origin.age_on(moment.on) or 0) <= moment.max_age
    )
    return fresh, tuple(place for place in places if place not in fresh)


def find_security(store: Store, text: str, on: dt.date | None) -> int:
    """Return the number of the security of a symbol or identifier on a day; None: today.

    A symbol that nobody had on that day means the stock that had it last. Raises SymbolError,
    NotFoundError.
    """
    tried: list[str] = []
    identified = find_identified(store, text, on)
    if identified is not None and identified.security_id is not None:
        return identified.security_id
    if identified is not None and identified.current_symbol is not None:
        tried.append(identified.current_symbol)
    with suppress(SymbolError):
        tried.append(parse_symbol(text, {}))
        number = _find_named(store, tried[-1:], on)
        if number is not None:
            return number
    catalog = store.catalog
    readings: list[str] = []
    try:
        readings = list_readings(text, catalog.share_classes, catalog.exchanges)
    except SymbolError as error:
        if identified is None:
            raise explain_unreadable(store, text, error) from error
    for symbol in readings:
        number = _find_named(store, [symbol], on)
        if number is not None:
            return number
    if identified is not None and not (tried or readings):
        raise explain_unidentified(identified)
    raise explain_missing_stock(store, (tried or readings)[0])


def read_security(store: Store, security_id: int) -> tuple[str, str | None, list[SymbolInterval]]:
    """Return a security's symbol of today, its name, and all its symbols with their dates.

    The name is that of its metadata, else that of the newest source that has one.
    """
    symbol, name, symbols, starts, ends = only_row(
        store.connection.execute(_SQL["read_security"], {"security_id": security_id})
    )
    name = name or find_name(store, symbol)
    intervals = [
        SymbolInterval(*interval)
        for interval in zip(symbols, starts, ends, strict=True)
        if interval[0]
    ]
    return symbol, name, intervals


def _find_named(store: Store, symbols: Sequence[str], on: dt.date | None) -> int | None:
    rows = execute(store, _SQL["find_named"], symbols=list(symbols)).fetchall()
    day = on or today_utc()
    held: list[int] = [row[3] for row in rows if row[1] <= day < row[2]]
    ever: list[int] = [row[3] for row in rows]
    return next(iter(held or reversed(ever)), None)


def _list_groups(store: Store, security: int, moment: Moment) -> list[int]:
    """Return the groups that may have held a security; past knowledge has no projection."""
    is_projected = not moment.is_bounded and moment.kind is None
    name = "find_groups_of" if is_projected else "list_registry"
    return [
        row[0] for row in execute(store, _SQL[name], security_id=security, on=moment.on, type=None)
    ]


def _read_holders(
    connection: Connection, security: int, label: str, found: Sequence[EffectiveSnapshot]
) -> dict[int, Holding]:
    """Return what each snapshot that holds a security reports of it.

    The name of the holding is its reported symbol, or `label` if none was reported.
    """
    refs = connection.execute(_SQL["list_refs_of"], {"security_id": security}).fetchall()
    held: dict[int, Holding] = {}
    for _, snapshot, symbol, weight, _ in connection.execute(
        _SQL["read_holders"],
        {
            "registry_ids": [of.registry_id for of in found],
            "snapshot_ids": [of.snapshot_id for of in found],
            "dates": [of.origin.as_of for of in found],
            **as_columns("ref_ids starts ends", refs),
        },
    ):
        holding = Holding(symbol or label, weight=weight)
        held[snapshot] = merge_lines(held[snapshot], holding) if snapshot in held else holding
    return held
