"""The questions about now, asked of a day in the past."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import reading
from stockgroups.errors import SymbolError
from stockgroups.model import GroupType
from stockgroups.queries.answers import Origin
from stockgroups.queries.groups import fold_key
from stockgroups.queries.missing import explain_missing, explain_missing_stock
from stockgroups.queries.moments import EVER, Counting, check_age, explain_unrecorded, find_counting
from stockgroups.queries.past_answers import (
    PastGroup,
    PastHolding,
    PastMember,
    PastStatistics,
    PastStock,
    SymbolSpan,
)
from stockgroups.sql import load_statements
from stockgroups.symbols import list_meanings, parse_symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.queries.moments import Moment

_SQL = load_statements("past")


def find_past_group(
    connection: Connection, environment: str, kind: GroupType, name: str, moment: Moment
) -> PastGroup:
    """Return what was in a group, from the newest source not after the day.

    Weights and symbols are those that the source printed; `current_symbol` is what the stock is
    called today. A group that was deleted is found all the same. Raises NotFoundError for an
    unknown group and for a day before its record, StaleError beyond the moment's `max_age`.
    """
    name = name.strip().upper() if kind is GroupType.ETF else fold_key(name)
    row = connection.execute(
        _SQL["find_past_group"],
        {
            "environment": environment,
            "type": kind.value,
            "name": name,
            "on": moment.on,
            "known_at": moment.known_at or EVER,
        },
        binary=True,
    ).fetchone()
    if row is None:
        raise explain_missing(connection, environment, kind, name)
    registry_id, description, metadata, first, first_recorded, snapshot_id, *rest = row
    if snapshot_id is None:
        raise explain_unrecorded(name, moment, first, first_recorded)
    as_of, source, is_proxy, file_name, recorded_at, member_count, *columns = rest
    found = Counting(
        registry_id,
        kind.value,
        name,
        description,
        snapshot_id,
        Origin(as_of, source, is_proxy, file_name, recorded_at),
        member_count,
    )
    check_age(found, moment)
    title = metadata.get("name") if isinstance(metadata, dict) else None
    return PastGroup(
        kind,
        name,
        str(title or description or name),
        description or "",
        moment,
        found.origin,
        _read_members(columns),
    )


def _read_members(columns: Sequence[Sequence[Any] | None]) -> list[PastMember]:
    """Return a snapshot's members by symbol; prints of one security are one member."""
    members: dict[int | str, PastMember] = {}
    for printed, security, current, weight in zip(*(c or () for c in columns), strict=True):
        key = printed if security is None else security
        member = PastMember(printed, current or printed, weight)
        members[key] = members[key].merge(member) if key in members else member
    return sorted(members.values(), key=lambda member: member.symbol)


def find_past_stock(
    connection: Connection,
    environment: str,
    text: str,
    moment: Moment,
    load_catalog: Callable[[], Catalog],
) -> PastStock:
    """Return the groups that held a stock on a day, under whatever name it had.

    The text is read as the symbol of that day, else as one that a stock has had at another time.
    `load_catalog` is called only for unusual spellings. Raises SymbolError for what is no symbol,
    NotFoundError for a stock that was never seen, StaleError when every source that holds it is
    older than the moment's `max_age`; of several, those that are too old are named in the answer.
    """
    with reading(connection):
        security = find_security(connection, environment, text, moment.on, load_catalog)
        registry_ids = _list_groups(connection, environment, security, moment)
        found = find_counting(connection, registry_ids, moment)
        holders = _read_holders(connection, security, found)
        symbol, name, names = read_security(connection, security)
    holdings = [
        PastHolding(of.kind, of.name, of.description or of.name, *held, of.origin)
        for of in found
        if (held := holders.get(of.snapshot_id)) is not None
    ]
    allowed = moment.max_age
    fresh = [h for h in holdings if allowed is None or h.age_on(moment.on) <= allowed]
    if holdings and not fresh:
        holding_it = (of for of in found if of.snapshot_id in holders)
        check_age(min(holding_it, key=lambda of: of.age_on(moment.on)), moment)
    return PastStock(
        symbol,
        name,
        moment,
        names,
        fresh,
        too_old=[holding.name for holding in holdings if holding not in fresh],
    )


def find_security(
    connection: Connection,
    environment: str,
    text: str,
    on: dt.date | None,
    load_catalog: Callable[[], Catalog],
) -> int:
    """Return the number of the security that a symbol means on a day, None: today.

    A symbol that nobody had that day means whoever had it last. Raises SymbolError, NotFoundError.
    """
    asked: list[str] = []
    with suppress(SymbolError):
        asked.append(parse_symbol(text, {}))
        number = _find_named(connection, environment, asked, on)
        if number is not None:
            return number
    catalog = load_catalog()
    meanings = list_meanings(text, catalog.share_classes, catalog.exchanges)
    for symbol in meanings:
        number = _find_named(connection, environment, [symbol], on)
        if number is not None:
            return number
    raise explain_missing_stock(connection, environment, (asked or meanings)[0])


def read_security(
    connection: Connection, security_id: int
) -> tuple[str, str | None, list[SymbolSpan]]:
    """Return a security's symbol of today, its name, and all its symbols with their days."""
    row = connection.execute(_SQL["read_security"], {"security_id": security_id}).fetchone()
    assert row is not None  # noqa: S101 - the number was read in the same transaction
    symbol, name, symbols, starts, ends = row
    spans = [SymbolSpan(*span) for span in zip(symbols, starts, ends, strict=True) if span[0]]
    return symbol, name, spans


def read_past_statistics(
    connection: Connection, environment: str, moment: Moment
) -> PastStatistics:
    """Count what was there on a day. Raises NotFoundError when nothing was."""
    with reading(connection):
        rows = connection.execute(_SQL["list_registry"], {"environment": environment}).fetchall()
        found = find_counting(connection, [row[0] for row in rows], moment)
        counts = connection.execute(
            _SQL["count_securities"],
            {
                "registry_ids": [of.registry_id for of in found],
                "snapshot_ids": [of.snapshot_id for of in found],
                "in_etf": [of.kind == GroupType.ETF for of in found],
            },
        ).fetchone()
    if not found:
        raise explain_unrecorded(f"environment {environment}", moment, None, None)
    etf_stocks, all_stocks = counts or (0, 0)
    return PastStatistics(environment, moment, found, etf_stocks, all_stocks)


def _find_named(
    connection: Connection, environment: str, symbols: Sequence[str], on: dt.date | None
) -> int | None:
    rows = connection.execute(
        _SQL["find_named"], {"environment": environment, "symbols": list(symbols)}
    ).fetchall()
    day = on or dt.datetime.now(dt.UTC).date()
    held: list[int] = [row[3] for row in rows if row[1] <= day < row[2]]
    ever: list[int] = [row[3] for row in rows]
    return next(iter(held or reversed(ever)), None)


def _list_groups(
    connection: Connection, environment: str, security: int, moment: Moment
) -> list[int]:
    """Return the groups that may have held a security; what was known once is not projected."""
    name = "find_groups_of" if moment.known_at is None else "list_registry"
    parameters = {"environment": environment, "security_id": security, "on": moment.on}
    return [row[0] for row in connection.execute(_SQL[name], parameters)]


def _read_holders(
    connection: Connection, security: int, found: Sequence[Counting]
) -> dict[int, tuple[str, float | None]]:
    """Return what each snapshot that holds a security prints of it: symbol and weight."""
    prints = connection.execute(_SQL["list_prints_of"], {"security_id": security}).fetchall()
    held: dict[int, tuple[str, float | None]] = {}
    for _, snapshot, symbol, weight, _ in connection.execute(
        _SQL["read_holders"],
        {
            "registry_ids": [of.registry_id for of in found],
            "snapshot_ids": [of.snapshot_id for of in found],
            "ref_ids": [row[0] for row in prints],
            "starts": [row[1] for row in prints],
            "ends": [row[2] for row in prints],
        },
    ):
        member = PastMember(symbol, symbol, weight)
        if snapshot in held:
            first, its_weight = held[snapshot]
            member = PastMember(first, first, its_weight).merge(member)
        held[snapshot] = (member.symbol, member.weight)
    return held
